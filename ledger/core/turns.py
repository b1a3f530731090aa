"""Turns: the days on which the law, or the facts that it asks for by day, change for a holder."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import chain

from ledger.core.events import AuthorizationAmended, AuthorizationGranted
from ledger.core.holders import Holder
from ledger.core.kinship import above, family, kin
from ledger.core.law.caps import Cap
from ledger.core.law.law import Law
from ledger.core.law.rows import Authorization
from ledger.core.prefix import Prefix

_OWNERS = frozenset({"ultimate_consignee", "ultimate_parent", "family"})


def starts(
    key: tuple[str, Holder], versions: Sequence[Cap], prefix: Prefix, law: Law, earliest: date
) -> list[date]:
    """The first days of stretches in which all draws of a holder are read alike.

    Within a stretch a question about any of its days counts the same draws in the same way.
    """
    days = {day for cap in versions for day in (cap.valid_from, cap.until)}
    days |= {cap.allowance[0].valid_from for cap in versions if cap.allowance}
    if any(cap.counts.classes for cap in versions):
        rows = (row for one in law.adopted for row in one.pack.classes)
        days |= {day for row in rows for day in (row.valid_from, row.until)}
    for switch in {name for cap in versions for name in cap.counts.when_switch or {}}:
        days |= {adopted.on for adopted in prefix.readings(switch)}
    if any(cap.ratio for cap in versions):
        days |= {version.on for version in prefix.device(key[1][0])}
        licences = (row for row in law.grounds().values() if row.kind == "licence")
        days |= {day for granted in _granted(licences, prefix) for day in _changes(granted, prefix)}
    if any(cap.of_licence_line for cap in versions):
        days |= {change.on for change in prefix.grant_changes(key[1][0])}
    first = max(min((cap.valid_from for cap in versions), default=earliest), earliest)
    until = max((cap.until for cap in versions), default=earliest)
    return sorted({first, *(day for day in days if first < day <= until)} - {date.max})


def counting_days(
    key: tuple[str, Holder], versions: Sequence[Cap], prefix: Prefix, law: Law
) -> set[date]:
    """The days on which a cap may begin or cease to count for a holder."""
    cap_id, holder = key
    rows = (row for one in law.adopted for row in one.pack.authorizations)
    owners = [row for row in rows if cap_id in row.caps]
    days = {day for one in (*owners, *versions) for day in (one.valid_from, one.until)}
    days |= {cap.allowance[0].valid_from for cap in versions if cap.allowance}
    parties: set[str] = set()
    for cap in versions:
        named = dict(zip(cap.per, holder, strict=True))
        parties |= set(_related([named[key] for key in cap.per if key in _OWNERS], prefix))
        tests = [group for test in cap.when for group in (*test.groups, *test.not_groups)]
        days |= {day for group in tests for day in law.turning_days(group)}
    days |= {version.on for party in parties for version in prefix.party(party)}
    granted = [one for party in sorted(parties) for one in prefix.grants_to(party)]
    if any(cap.of_licence_line for cap in versions):
        granted += [one for one in [prefix.grant(holder[0])] if one is not None]
    for one in granted:
        days |= {one.valid_from, *_changes(one, prefix)}
        days |= set() if one.until is None else {one.until}
    return days - {date.min, date.max}


def _related(parties: Iterable[str], prefix: Prefix) -> Iterator[str]:
    """The parties that decide who a holder is: those above and those below."""
    below = chain.from_iterable(family(party, prefix) for party in parties)
    return iter(kin(below, lambda one: above(one, prefix)))


def _granted(rows: Iterable[Authorization], prefix: Prefix) -> Iterator[AuthorizationGranted]:
    return (granted for row in rows for granted in prefix.granted(row.id))


def _changes(granted: AuthorizationGranted, prefix: Prefix) -> Iterator[date]:
    for change in prefix.grant_changes(granted.reference):
        yield change.on
        if isinstance(change, AuthorizationAmended) and change.until is not None:
            yield change.until
