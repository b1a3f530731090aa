"""Tests of the parties to a lot: where they are, who is above them, what they hold or are on."""

from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache
from typing import Final

from ledger.core.events import PartyRegistered
from ledger.core.facts import Facts
from ledger.core.law.conditions import Test
from ledger.core.law.day import among
from ledger.core.law.logic import every, negated, some
from ledger.core.law.rows import Listing, Named
from ledger.core.ownership import chain, held_by
from ledger.core.parties import PartyFacts, latest
from ledger.core.screening import Hit, labels, names_of, uncleared
from ledger.core.values import UNKNOWN
from ledger.core.verdicts import Verdict

MOST_NAMES: Final = 20_000
"""How many names are kept in plain words."""


def location(facts: Facts, test: Test) -> Verdict:
    """Where the parties are."""

    def of(party: PartyFacts) -> tuple[list[str | None], str]:
        return [party.location], f"in {party.location or UNKNOWN}"

    return _of_parties(facts, test, of)


def headquarters(facts: Facts, test: Test) -> Verdict:
    """Where the parties, and their ultimate parents, are headquartered."""

    def of(party: PartyFacts) -> tuple[list[str | None], str]:
        own, parent = party.headquarters, party.ultimate_parent_headquarters
        said = (
            f"{own or UNKNOWN}, its ultimate parent {party.ultimate_parent or UNKNOWN} "
            f"{parent or UNKNOWN}"
        )
        return [own, parent], said

    return _of_parties(facts, test, of)


def party_kind(facts: Facts, test: Test) -> Verdict:
    """Whether the parties, and their ultimate parents, are companies, governments, universities."""

    def of(party: PartyFacts) -> tuple[list[str | None], str]:
        parent = party.ultimate_parent
        above = None if parent is None else facts.registered(parent)
        kinds = [party.kind, None if above is None else above.party_kind]
        return kinds, f"{party.kind}, its ultimate parent {kinds[1] or UNKNOWN}"

    return _of_parties(facts, test, of)


def _of_parties(
    facts: Facts, test: Test, of: Callable[[PartyFacts], tuple[list[str | None], str]]
) -> Verdict:
    values: list[str | None] = []
    shown: list[str] = []
    sources: list[str] = []
    for role, party in facts.roles(test.of):
        found, said = of(party)
        values += found
        shown.append(f"{party.party} ({role}) {said}")
        sources += party.sources
    verdicts = [None if v is None else among(test, v, facts.rules) for v in values]
    holds = some(verdicts) if test.some else every(verdicts)
    return Verdict(holds, "; ".join(dict.fromkeys(shown)), tuple(dict.fromkeys(sources)))


def status(facts: Facts, test: Test) -> Verdict:
    """Whether the parties hold one of some statuses for the destination."""
    destination = facts.request.destination
    shown: list[str] = []
    verdicts: list[bool | None] = []
    sources: list[str] = []
    for role, party in facts.roles(test.of):
        grants = [
            grant for grant in facts.grants(party.party) if grant.authorization in test.values
        ]
        verdicts.append(bool(grants))
        sources += [grant.event for grant in grants]
        held = ", ".join(f"{grant.authorization} {grant.reference}" for grant in grants)
        shown.append(f"{party.party} ({role}): {held or 'none for ' + destination}")
    return Verdict(every(verdicts), "; ".join(shown), tuple(dict.fromkeys(sources)))


def listing(facts: Facts, test: Test) -> Verdict:
    """Whether the parties are named in a listing of the law; with `not_values`, whether in none."""
    wanted = {*test.values, *test.not_values}
    rows = [row for row in facts.rules.listings if row.id in wanted]
    shown, verdicts = [], []
    sources: list[str] = []
    roles = facts.roles(test.of)
    parties = {party.party: party for _, party in roles}
    found = {one: some(_named_in(row, parties[one], facts) for row in rows) for one in parties}
    for role, party in roles:
        named = found[party.party]
        words = {True: "named", False: "not named", None: "may be named"}[named]
        verdicts.append(negated(named) if test.not_values else named)
        shown.append(f"{party.party} ({role}) {words} in {', '.join(sorted(wanted))}")
        sources += party.sources
    holds = some(verdicts) if test.some else every(verdicts)
    return Verdict(holds, "; ".join(dict.fromkeys(shown)), tuple(dict.fromkeys(sources)))


def _named_in(row: Listing, party: PartyFacts, facts: Facts) -> bool | None:
    verdicts = []
    for member in row.members:
        if member.valid_from <= facts.on < member.until:
            verdict = _is(member, row, party, facts)
            unconfirmed = (member.evidence or row.evidence) == "UNCONFIRMED"
            verdicts.append(None if verdict and unconfirmed else verdict)
    return some(verdicts)


def _is(member: Named, row: Listing, party: PartyFacts, facts: Facts) -> bool | None:
    path: tuple[str, ...] = (party.party,)
    known = True
    if member.subsidiaries:
        path, known = facts.controllers(party.party)
    registered = (facts.registered(one) for one in path)
    named = some(is_named(member, row, one) for one in registered if one is not None)
    return named or (named if known else None)


def is_named(member: Named, row: Listing, party: PartyRegistered) -> bool | None:
    """Whether a registered party is the one that a member of a listing names."""
    if member.party_kind is not None:
        if party.party_kind != member.party_kind:
            return False
        if party.headquarters == UNKNOWN:
            return None
        left_out = party.headquarters in member.not_headquarters
        return not left_out and member.headquarters in (None, party.headquarters)
    # An alias is what others call it: only its own name makes a party the one that is named.
    own = _plain(party.name, row.name_endings)
    named = own in _all_plain(member.names, row.name_endings)
    if not named or member.headquarters is None:
        return named
    return None if party.headquarters == UNKNOWN else party.headquarters == member.headquarters


@lru_cache(maxsize=MOST_NAMES)
def _plain(name: str, endings: tuple[str, ...]) -> tuple[str, ...]:
    """The words of a name without case, punctuation and endings that tell nothing apart."""
    letters = "".join(c if c.isalnum() else " " for c in name.casefold().replace(".", ""))
    words = letters.split()
    while len(words) > 1 and words[-1] in endings:
        words.pop()
    return tuple(words)


@lru_cache(maxsize=MOST_NAMES)
def _all_plain(names: tuple[str, ...], endings: tuple[str, ...]) -> frozenset[tuple[str, ...]]:
    return frozenset(_plain(name, endings) for name in names)


def screening(facts: Facts, test: Test) -> Verdict:
    """Whether a party matches a listed one on some lists, and was not cleared of it."""
    if facts.screening_list is None:
        return Verdict(holds=False, found="no party matches")
    parties = dict.fromkeys(party.party for _, party in facts.roles(test.of))
    every_hit = [hit for party in parties for hit in facts.hits(party)]
    found = uncleared(every_hit, test.values)
    if found:
        return Verdict(holds=True, found=labels(found), sources=_list(facts))
    nameless = [party for party in parties if not facts.names(party)]
    if nameless:
        said = f"{', '.join(nameless)} can't be screened: its name has no letter or digit"
        return Verdict(None, said)
    return Verdict(holds=False, found="no party matches")


def owner_screening(facts: Facts, test: Test) -> Verdict:
    """Whether an owner of a party matches a listed one, and neither of them was cleared of it."""
    shown = []
    # Without a list there is nothing to match: the owners need not be known.
    for _, party in facts.roles(test.of) if facts.screening_list is not None else ():
        for owner in chain(party.party, facts.on, facts.prefix.party):
            found = [
                hit
                for hit in uncleared(facts.hits(owner), test.values)
                if not _cleared(party.party, owner, hit, facts)
            ]
            shown += [f"{labels(found)}, an owner of {party.party}"] if found else []
    if not shown:
        return Verdict(holds=False, found="no owner matches")
    return Verdict(holds=True, found="; ".join(dict.fromkeys(shown)), sources=_list(facts))


def _list(facts: Facts) -> tuple[str, ...]:
    adopted = facts.screening_list
    return () if adopted is None else (adopted.id,)


def _cleared(party: str, owner: str, hit: Hit, facts: Facts) -> bool:
    """Whether a party was cleared of its owner's hit, while the owner had the name that matches."""
    about = [one for one in facts.prefix.clearances(party) if one.hit == hit.match.entry]
    given = latest(about, facts.on)
    known = () if given is None else names_of(owner, given.on, facts.prefix)
    return hit.match.party_name in known


def affiliate(facts: Facts, test: Test) -> Verdict:
    """Whether a party is held by listed parties, alone or together, to a percentage or more.

    Parties located in one of `not_values` are out of the rule's reach.
    """
    if facts.screening_list is None:
        # That no list is adopted is a note of every answer, not a doubt about this party.
        return Verdict(holds=False, found="no screening list is adopted")
    percent = Fraction(test.percent or 0)
    shown, verdicts = [], []
    for role, party in facts.roles(test.of):
        if party.location in test.not_values:
            continue
        # That the party itself is listed is what `screening` asks; this is about those above it.
        held = held_by(
            party.party,
            facts.on,
            facts.prefix.party,
            lambda one, own=party.party: (  # type: ignore[misc]  # bound in the loop
                one != own and bool(uncleared(facts.hits(one), test.values))
            ),
            whole_from=percent,
        )
        verdicts.append(held.reaches(percent))
        if held.paths or held.findings:
            shown.append(f"{party.party} ({role}): {'; '.join((*held.paths, *held.findings))}")
    return Verdict(some(verdicts), "; ".join(shown) or "no owner is listed", _list(facts))
