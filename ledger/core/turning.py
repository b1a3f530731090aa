"""Turning days: days after a lot's own on which an answer may turn, because a fact or rule does."""

from collections.abc import Iterator, Sequence
from datetime import date

from ledger.core.law.conditions import EVERYONE
from ledger.core.law.law import Law
from ledger.core.law.row import Row
from ledger.core.ownership import chain
from ledger.core.situation import Situation


def turning_days(situation: Situation) -> list[date]:
    """Every later day on which a rule, a status, a reading or a fact of the lot changes, in order.

    Days on which only a cap leaves more room are not among them.
    """
    days = {*_of_rules(situation.law), *_of_places(situation), *_of_facts(situation)}
    return sorted(day for day in days if situation.on < day < date.max)


def _of_rules(law: Law) -> Iterator[date]:
    for adopted in law.adopted:
        pack = adopted.pack
        for provision in pack.provisions:
            named = (provision.suspended_on, provision.stayed_on, provision.rescinded_on)
            yield from (provision.valid_from, provision.until)
            yield from (provision.compliance_on, provision.stayed_until)
            yield from (day for day in named if day is not None)
        named_rows: tuple[Sequence[Row], ...] = (
            pack.authorizations,
            pack.licence_requirements,
            pack.stops,
            pack.classes,
            pack.listings,
            pack.gaps,
            pack.coverage,
        )
        yield from (
            day for rows in named_rows for row in rows for day in (row.valid_from, row.until)
        )
        for listing in pack.listings:
            yield from (
                day for member in listing.members for day in (member.valid_from, member.until)
            )


def _of_places(situation: Situation) -> Iterator[date]:
    """Days on which a country of the lot or of its parties enters or leaves a group."""
    parties = situation.parties.values()
    places = {situation.request.destination}
    places |= {iso for p in parties for iso in (p.headquarters, p.location) if iso is not None}
    places |= {p.ultimate_parent_headquarters or "" for p in parties}
    for group in situation.law.groups:
        yield from (group.valid_from, group.until)
        for member in group.members:
            if member.iso in places:
                yield from (member.valid_from, member.until)


def _of_facts(situation: Situation) -> Iterator[date]:
    prefix, on = situation.prefix, situation.on
    for party in {facts.party for _, facts in situation.roles(EVERYONE)}:
        for one in (party, *chain(party, on, prefix.party)):
            yield from (version.on for version in prefix.party(one))
            yield from (cleared.on for cleared in prefix.clearances(one))
        for granted in prefix.grants_to(party):
            yield granted.valid_from
            if granted.until is not None:
                yield granted.until
            yield from (change.on for change in prefix.grant_changes(granted.reference))
    yield from (version.on for version in prefix.device(situation.request.device))
    for switch in situation.law.switches:
        yield from (reading.on for reading in prefix.readings(switch))
    yield from (adopted.source_on for adopted in prefix.lists())
