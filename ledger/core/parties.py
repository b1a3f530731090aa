"""Parties and their ownership: location, headquarters facts, ultimate parent, on a day."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final, TypeVar

from ledger.core.events import Event, PartyRegistered
from ledger.core.values import UNKNOWN

Lookup = Callable[[str], Sequence[PartyRegistered]]
"""The registrations of a party, in the order of their days (equal days: as recorded)."""

MAJORITY_PERCENT: Final = Decimal(50)
"""An owner of more than half is a parent: arithmetic of control, not a number of law."""

Dated = TypeVar("Dated", bound=Event)


@dataclass(frozen=True, slots=True)
class PartyFacts:
    """What is known of a party on a day; `None` means that it is not known.

    `sources` are the ids of the registrations that say so: its own, and its ultimate parent's.
    """

    party: str
    location: str | None
    headquarters: str | None
    ultimate_parent: str | None
    ultimate_parent_headquarters: str | None
    kind: str | None = None
    sources: tuple[str, ...] = ()


def latest(versions: Sequence[Dated], on: date) -> Dated | None:
    """The version in force on a day: the last one that starts on it or before."""
    known = [version for version in versions if version.on <= on]
    return known[-1] if known else None


def party_facts(party: str, on: date, lookup: Lookup) -> PartyFacts:
    """Facts of a party on a day, its ultimate parent's headquarters included."""
    own = latest(lookup(party), on)
    parent = ultimate_parent(party, on, lookup)
    above = None if parent is None else latest(lookup(parent), on)
    return PartyFacts(
        party=party,
        location=None if own is None else own.location,
        headquarters=_known(own),
        ultimate_parent=parent,
        ultimate_parent_headquarters=_known(above),
        kind=None if own is None else own.party_kind,
        sources=tuple(dict.fromkeys(one.id for one in (own, above) if one is not None)),
    )


def _known(facts: PartyRegistered | None) -> str | None:
    return None if facts is None or facts.headquarters == UNKNOWN else facts.headquarters


def ultimate_parent(party: str, on: date, lookup: Lookup) -> str | None:
    """The party at the top of the chain of parents on a day; `None` if it can't be known."""
    path, known = controllers(party, on, lookup)
    return path[-1] if known else None


def controllers(party: str, on: date, lookup: Lookup) -> tuple[tuple[str, ...], bool]:
    """A party and its parents step by step, and whether the last one is surely the ultimate one.

    A party without a stated parent follows its majority owner, and is else its own parent. A
    cycle, a parent stated as unknown, or a majority owner below whom the stated parent does not
    stand leaves the answer open.
    """
    path: list[str] = []
    above: str | None = party
    while above is not None and above != UNKNOWN and above not in path:
        path.append(above)
        facts = latest(lookup(above), on)
        if facts is None:
            return tuple(path), len(path) > 1
        stated, majority = facts.ultimate_parent, _majority_owner(facts)
        above = majority or stated
        if above == path[-1]:
            above = None
        if stated is not None and majority not in (None, stated):
            beyond, known = controllers(majority or "", on, _without(lookup, path))
            open_ended = stated not in beyond or not set(path).isdisjoint(beyond)
            return (*path, *beyond), known and not open_ended
    return tuple(path), above is None


def _without(lookup: Lookup, path: Sequence[str]) -> Lookup:
    """The registrations without those of parties that were passed: a circle comes to an end."""
    passed = set(path)
    return lambda party: () if party in passed else lookup(party)


def _majority_owner(facts: PartyRegistered) -> str | None:
    held: dict[str, Decimal] = {}
    for owner in facts.owners:
        held[owner.party] = held.get(owner.party, Decimal(0)) + owner.percent
    return next((party for party, percent in held.items() if percent > MAJORITY_PERCENT), None)


def named_parents(facts: PartyRegistered) -> tuple[str, ...]:
    """The parties that a registration names above the party: links of the family index."""
    named = {facts.ultimate_parent, _majority_owner(facts)}
    return tuple(sorted(parent for parent in named if parent is not None and parent != UNKNOWN))
