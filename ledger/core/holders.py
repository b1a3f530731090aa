"""Holders: whose share of a cap there is anything to say about, on a day."""

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import product

from ledger.core.grants import Grant, grant_on
from ledger.core.kinship import above, family, kin
from ledger.core.law.caps import Cap
from ledger.core.law.conditions import Test
from ledger.core.law.day import among
from ledger.core.law.law import Law
from ledger.core.law.logic import every, some
from ledger.core.law.rows import Authorization
from ledger.core.parties import party_facts, ultimate_parent
from ledger.core.positions import SHAPE_FIELDS, Movement
from ledger.core.prefix import Prefix

Holder = tuple[str, ...]


def holders(
    cap: Cap, *, on: date, prefix: Prefix, law: Law, destinations: Iterable[str]
) -> list[Holder]:
    """Every holder of a cap with a status, a draw or an allowance of its own, in order.

    A cap per destination alone is held by each destination it applies to, and one that only
    authorizations draw on by nobody while none of them is in force.
    """
    owners = [row for row in law.authorizations(on) if cap.id in row.caps]
    if not owners and law.draws_on(cap.id):
        return []
    found = {*prefix.reported_holders(cap.id)}
    status = [row for row in owners if row.kind == "status"]
    if "line" in cap.per:
        found |= set(_lines(owners, on, prefix))
    elif status:
        found |= set(_of_status(cap, status, on, prefix))
    elif cap.per == ("destination",) and not cap.beside:
        found |= {(iso,) for iso in destinations}
    else:
        found |= set(_of_movements(cap, on, prefix))
    return sorted(h for h in found if _applies(cap, h, on, prefix, law))


def ever(cap: Cap, prefix: Prefix) -> list[Holder]:
    """Every holder that anything was ever drawn or reported for, whatever the day."""
    found = {*prefix.reported_holders(cap.id)}
    if cap.of_licence_line:
        found |= {tuple(line.rsplit("/", 1)) for (line,) in prefix.holders(("line",))}
    else:
        found |= set(_of_movements(cap, date.max, prefix))
    return sorted(found)


def counts_for(cap: Cap, holder: Holder, *, on: date, prefix: Prefix, law: Law) -> bool:
    """Whether a cap counts for a holder on a day: with a live status or line where it takes one.

    What only authorizations draw on counts for nobody while none of them is in force.
    """
    owners = [row for row in law.authorizations(on) if cap.id in row.caps]
    if not owners and law.draws_on(cap.id):
        return False
    status = {row.id for row in owners if row.kind == "status"}
    held = True
    if "line" in cap.per:
        held = _has_line(holder, {row.id for row in owners}, on, prefix)
    elif status:
        held = _has_status(cap, holder, status, on, prefix)
    reported = held or holder in prefix.reported_holders(cap.id)
    return reported and _applies(cap, holder, on, prefix, law)


def _has_line(holder: Holder, owners: set[str], on: date, prefix: Prefix) -> bool:
    reference, number = holder
    granted = prefix.grant(reference)
    if granted is None or granted.authorization not in owners:
        return False
    grant = grant_on(granted, prefix.grant_changes(reference), on)
    return grant.live(on) and number in {str(line.line) for line in grant.lines}


def _has_status(cap: Cap, holder: Holder, status: set[str], on: date, prefix: Prefix) -> bool:
    """Whether a holder, or one of its family, has a live status for the destination."""
    owner, place = holder[0], dict(zip(cap.per, holder, strict=True)).get("destination")
    parties = [owner]
    if "family" in cap.per:
        members = family(owner, prefix)
        parties = [p for p in members if (ultimate_parent(p, on, prefix.party) or p) == owner]
    grants = (
        grant_on(granted, prefix.grant_changes(granted.reference), on)
        for party in parties
        for granted in prefix.grants_to(party)
    )
    return any(
        grant.authorization in status and grant.live(on) and (place is None or grant.reaches(place))
        for grant in grants
    )


def live_licences(owners: Iterable[Authorization], on: date, prefix: Prefix) -> Iterator[Grant]:
    """Grants of the given authorizations that are valid on a day."""
    for row in owners:
        for granted in prefix.granted(row.id):
            grant = grant_on(granted, prefix.grant_changes(granted.reference), on)
            if grant.live(on):
                yield grant


def _lines(owners: Iterable[Authorization], on: date, prefix: Prefix) -> Iterator[Holder]:
    for grant in live_licences(owners, on, prefix):
        yield from ((grant.reference, str(line.line)) for line in grant.lines)


def _of_status(
    cap: Cap, owners: Iterable[Authorization], on: date, prefix: Prefix
) -> Iterator[Holder]:
    for grant in live_licences(owners, on, prefix):
        owner = grant.party
        if "family" in cap.per:
            owner = ultimate_parent(grant.party, on, prefix.party) or grant.party
        if "destination" not in cap.per:
            yield (owner,)
            continue
        for iso in grant.destinations or _places(owner, prefix):
            yield (owner, iso)


def _places(owner: str, prefix: Prefix) -> list[str]:
    """Destinations in which a family has anything."""
    members = set(family(owner, prefix))
    return sorted(
        {iso for party, iso in prefix.holders(("party", "destination")) if party in members}
    )


def _of_movements(cap: Cap, on: date, prefix: Prefix) -> Iterator[Holder]:
    fields = tuple(dict.fromkeys(SHAPE_FIELDS[key] for key in cap.per))
    for values in prefix.holders(fields):
        yield from _holders_of(cap, dict(zip(fields, values, strict=True)), on, prefix)


def holders_of(cap: Cap, movement: Movement, prefix: Prefix) -> list[Holder]:
    """The holders of a cap that a movement may count for, whatever the day."""
    named = {SHAPE_FIELDS[key]: str(getattr(movement, SHAPE_FIELDS[key])) for key in cap.per}
    if not all(named.values()):
        return []
    if cap.of_licence_line:
        return [tuple(movement.line.rsplit("/", 1))]
    return list(_holders_of(cap, named, date.max, prefix))


def _holders_of(cap: Cap, named: dict[str, str], on: date, prefix: Prefix) -> Iterator[Holder]:
    keys = [_named(key, named[SHAPE_FIELDS[key]], on, prefix) for key in cap.per]
    yield from product(*keys)


def _named(key: str, value: str, on: date, prefix: Prefix) -> list[str]:
    """The holders that a party's draws may count for: of a parent, every one it ever had."""
    if key not in ("ultimate_parent", "family"):
        return [value]
    chain = kin([value], lambda party: above(party, prefix))
    days = {on} | {version.on for party in chain for version in prefix.party(party)}
    tops = {ultimate_parent(value, day, prefix.party) for day in days}
    # While it is open who is above a party, its draws may count for each that it ever named.
    return sorted({top for top in tops if top is not None}.union(chain if None in tops else ()))


def _applies(cap: Cap, holder: Holder, on: date, prefix: Prefix, law: Law) -> bool:
    """Whether a cap can count for a holder; an open fact keeps it in sight."""
    named: dict[str, str] = dict(zip(cap.per, holder, strict=True))
    verdicts = [_holds(test, named, on, prefix, law) for test in cap.when]
    return every(verdicts) is not False


def _holds(test: Test, named: dict[str, str], on: date, prefix: Prefix, law: Law) -> bool | None:
    owner = named.get("family") or named.get("ultimate_consignee")
    values: list[str | None] = []
    if test.fact == "destination" and "destination" in named:
        values = [named["destination"]]
    elif test.fact == "headquarters" and owner is not None:
        facts = party_facts(owner, on, prefix.party)
        values = [facts.headquarters, facts.ultimate_parent_headquarters]
    if not values:
        return None
    verdicts = [None if value is None else among(test, value, law.of_day(on)) for value in values]
    return some(verdicts) if test.some else every(verdicts)
