"""From an event to the movements it adds: the one place where a fact becomes a draw."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import accumulate
from typing import assert_never

from ledger.core.devices import unit_tpp
from ledger.core.errors import InvalidEvent, NotFound, NotOpen
from ledger.core.events import (
    AnyEvent,
    AuthorizationAmended,
    AuthorizationEnded,
    AuthorizationGranted,
    AuthorizedLot,
    DeviceClassified,
    DeviceFacts,
    InterpretationAdopted,
    LedgerCreated,
    LicenceLine,
    LotAttrited,
    LotExported,
    LotExtended,
    LotReleased,
    LotRelocated,
    LotReserved,
    PackAdopted,
    PartyRegistered,
    RecordReversed,
    StockDeclared,
    UsageReported,
)
from ledger.core.grants import grant_on, merged_lines
from ledger.core.law.law import Law
from ledger.core.parties import latest
from ledger.core.positions import INSTALLED, Kind, Movement, Query, line_key
from ledger.core.prefix import Prefix, Reservation


@dataclass(frozen=True, slots=True)
class Recording:
    """What an event adds: its movements, and the excess that could not be freed."""

    movements: tuple[Movement, ...] = ()
    excess_units: int = 0


def device_on(device: str, on: date, prefix: Prefix, law: Law) -> DeviceFacts:
    """The classification of a device in force on a day; an event overrides the catalogue.

    Raises `NotFound` for a device that is unknown, or not yet classified on that day.
    """
    versions = prefix.device(device)
    facts = latest(versions, on) or law.catalogue.get(device)
    if facts is None:
        late = f" on {on}; its first classification is of {versions[0].on}" if versions else ""
        raise NotFound(
            f"the device '{device}' is not classified{late}",
            cure="record device.classified for it, or use an id of the catalogue",
        )
    return facts


def recording(  # noqa: C901, PLR0911, PLR0912 -- one case per kind of event
    event: AnyEvent, prefix: Prefix, law: Law
) -> Recording:
    """The movements that an event adds after a prefix.

    Raises `InvalidEvent`, `NotFound` or `NotOpen` where the event names what does not exist or is
    closed; the prefix is never changed.
    """
    match event:
        case LotExported():
            return Recording((*_exported(event, prefix, law), *_consumed(event, prefix)))
        case LotReserved():
            return Recording((_lot(event, Kind.RESERVED, prefix, law),))
        case LotReleased():
            return Recording(_released(_open(event.reservation, prefix)))
        case LotExtended():
            _open(event.reservation, prefix)
            return Recording()
        case AuthorizationGranted():
            return Recording(_granted(event, prefix, law))
        case AuthorizationAmended():
            return Recording(_amended(event, prefix, law))
        case AuthorizationEnded():
            _known_grant(event.reference, prefix)
            return Recording()
        case StockDeclared():
            return Recording((_declared(event, prefix, law),))
        case LotAttrited():
            return _attrited(event, prefix)
        case LotRelocated():
            return _relocated(event, prefix, law)
        case RecordReversed():
            return Recording(_reversed(event, prefix))
        case (
            LedgerCreated()
            | DeviceClassified()
            | PartyRegistered()
            | UsageReported()
            | InterpretationAdopted()
            | PackAdopted()
        ):
            return Recording()
        case _:
            assert_never(event)


def _lot(event: AuthorizedLot, kind: Kind, prefix: Prefix, law: Law) -> Movement:
    unit = event.unit_tpp or unit_tpp(device_on(event.device, event.on, prefix, law))
    return Movement(
        on=event.on,
        kind=kind,
        device=event.device,
        party=event.ultimate_consignee,
        destination=event.destination,
        units=event.quantity,
        tpp=event.quantity * unit,
        lot=event.id,
        authorization=event.authorization,
        end_user=event.end_user,
        exporter=event.exporter,
        line="" if event.line is None else line_key(event.reference or "", event.line),
    )


def _exported(event: LotExported, prefix: Prefix, law: Law) -> tuple[Movement, ...]:
    kind = Kind.DOMESTIC if event.transaction == "domestic" else Kind.EXPORTED
    return (_lot(event, kind, prefix, law),)


def _consumed(event: LotExported, prefix: Prefix) -> tuple[Movement, ...]:
    """What the export takes from its reservation; the rest stays reserved unless it is final."""
    if event.reservation is None:
        return ()
    reservation = _open(event.reservation, prefix)
    reserved = reservation.event
    if (reserved.device, reserved.destination, reserved.ultimate_consignee) != (
        event.device,
        event.destination,
        event.ultimate_consignee,
    ):
        raise InvalidEvent(
            f"the reservation '{event.reservation}' is for {reserved.device} to "
            f"{reserved.ultimate_consignee} in {reserved.destination}, not for this lot",
            cure="name the reservation that was made for it, or none",
        )
    units = reservation.open_units if event.final else min(event.quantity, reservation.open_units)
    tpp = reservation.open_tpp * units // reservation.open_units
    held = prefix.movements_of(event.reservation)[0]
    return (held.counted(-units, -tpp),)


def _open(reservation_id: str, prefix: Prefix) -> Reservation:
    reservation = prefix.reservation(reservation_id)
    if reservation is None:
        raise NotFound(
            f"there is no reservation '{reservation_id}'",
            cure="the open ones are listed by 'chipledger headroom'",
        )
    if reservation.released or not reservation.open_units:
        state = "was released" if reservation.released else "has been used up"
        raise NotOpen(
            f"the reservation '{reservation_id}' {state} and holds nothing",
            cure="place a new reservation",
        )
    return reservation


def _released(reservation: Reservation) -> tuple[Movement, ...]:
    event = reservation.event
    held = Movement(
        on=event.on,
        kind=Kind.RESERVED,
        device=event.device,
        party=event.ultimate_consignee,
        destination=event.destination,
        units=-reservation.open_units,
        tpp=-reservation.open_tpp,
        lot=event.id,
        authorization=event.authorization,
        end_user=event.end_user,
        exporter=event.exporter,
        line="" if event.line is None else line_key(event.reference or "", event.line),
    )
    return (held,)


def _granted(event: AuthorizationGranted, prefix: Prefix, law: Law) -> tuple[Movement, ...]:
    if prefix.grant(event.reference) is not None:
        raise InvalidEvent(
            f"the reference '{event.reference}' was granted before",
            cure="amend it with authorization.amended, or use another reference",
        )
    return tuple(
        _licensed(event, line, units=line.quantity, on=event.on, prefix=prefix, law=law)
        for line in event.lines
    )


def _licensed(
    grant: AuthorizationGranted,
    line: LicenceLine,
    *,
    units: int,
    on: date,
    prefix: Prefix,
    law: Law,
) -> Movement:
    return Movement(
        on=on,
        kind=Kind.LICENSED,
        device=line.device,
        party=grant.party,
        destination=grant.destinations[0],
        units=units,
        tpp=units * unit_tpp(device_on(line.device, on, prefix, law)),
        lot=grant.id,
        authorization=grant.authorization,
        exporter=grant.exporter or "",
        line=line_key(grant.reference, line.line),
    )


def _amended(event: AuthorizationAmended, prefix: Prefix, law: Law) -> tuple[Movement, ...]:
    """Units that an amendment adds draw on its day; fewer units give nothing back."""
    granted = _known_grant(event.reference, prefix)
    before = grant_on(granted, prefix.grant_changes(event.reference), event.on)
    licensed = {line.line: line for line in before.lines}
    added = []
    for line in merged_lines((), event.lines or ()):
        known = licensed.get(line.line)
        same_device = known is not None and known.device == line.device
        more = line.quantity - (known.quantity if known and same_device else 0)
        if more > 0:
            added.append(_licensed(granted, line, units=more, on=event.on, prefix=prefix, law=law))
    return tuple(added)


def _known_grant(reference: str, prefix: Prefix) -> AuthorizationGranted:
    granted = prefix.grant(reference)
    if granted is None:
        raise NotFound(
            f"no authorization has the reference '{reference}'",
            cure="record authorization.granted first",
        )
    return granted


def _declared(event: StockDeclared, prefix: Prefix, law: Law) -> Movement:
    facts = device_on(event.device, event.on, prefix, law)
    return Movement(
        on=event.on,
        kind=Kind.DECLARED,
        device=event.device,
        party=event.party,
        destination=event.destination,
        units=event.quantity,
        tpp=event.quantity * unit_tpp(facts),
        lot=event.id,
        end_user=event.party,
    )


def _attrited(event: LotAttrited, prefix: Prefix) -> Recording:
    """Attrition frees at most what is recorded, on its day and on every later one."""
    units, tpp = _stock(event.party, event.destination, event.device, event.on, prefix)
    freed = min(event.quantity, units)
    freed_tpp = tpp * freed // units if units else 0
    if event.lot is not None:
        left = _left_of_lot(event, prefix)
        freed = min(freed, left.units)
        freed_tpp = left.tpp * freed // left.units if left.units else 0
    return Recording(
        (_stock_change(event, Kind.ATTRITED, event.destination, -freed, -freed_tpp),)
        if freed
        else (),
        excess_units=event.quantity - freed,
    )


def _left_of_lot(event: LotAttrited, prefix: Prefix) -> Movement:
    drawn = [m for m in prefix.movements_of(event.lot or "") if m.kind != Kind.RESERVED]
    if not drawn:
        raise NotFound(
            f"no export or stock has the id '{event.lot}'",
            cure="name the event whose units left, or leave 'lot' out",
        )
    first = drawn[0]
    if (first.party, first.destination, first.device) != (
        event.party,
        event.destination,
        event.device,
    ):
        raise InvalidEvent(
            f"the lot '{event.lot}' is {first.device} of {first.party} in {first.destination}",
            cure="name the lot whose units left, or leave 'lot' out",
        )
    return first.counted(sum(m.units for m in drawn), sum(m.tpp for m in drawn))


def _stock(party: str, destination: str, device: str, on: date, prefix: Prefix) -> tuple[int, int]:
    """Units and TPP of a device that stay recorded from a day on, whatever came later."""
    query = Query(
        shape=("party", "destination"),
        key=(party, destination),
        kinds=INSTALLED,
        exact_from=on,
    )
    drawn = sorted(d for d in prefix.draws(query) if d.device == device)
    before = [d for d in drawn if d.on <= on]
    later = [d for d in drawn if d.on > on]
    units = min(accumulate((d.units for d in later), initial=sum(d.units for d in before)))
    tpp = min(accumulate((d.tpp for d in later), initial=sum(d.tpp for d in before)))
    return max(units, 0), max(tpp, 0)


def _stock_change(
    event: LotAttrited | LotRelocated, kind: Kind, destination: str, units: int, tpp: int
) -> Movement:
    lot = event.lot if isinstance(event, LotAttrited) and event.lot else event.id
    return Movement(
        on=event.on,
        kind=kind,
        device=event.device,
        party=event.party,
        destination=destination,
        units=units,
        tpp=tpp,
        lot=lot,
        end_user=event.party,
    )


def _relocated(event: LotRelocated, prefix: Prefix, law: Law) -> Recording:
    """Units leave as far as they are recorded, and arrive in full."""
    units, tpp = _stock(event.party, event.destination_from, event.device, event.on, prefix)
    freed = min(event.quantity, units)
    freed_tpp = tpp * freed // units if units else 0
    excess = event.quantity - freed
    unit = unit_tpp(device_on(event.device, event.on, prefix, law))
    arrived = _stock_change(
        event, Kind.RELOCATED, event.destination_to, event.quantity, freed_tpp + excess * unit
    )
    left = _stock_change(event, Kind.RELOCATED, event.destination_from, -freed, -freed_tpp)
    return Recording((left, arrived) if freed else (arrived,), excess_units=excess)


def _reversed(event: RecordReversed, prefix: Prefix) -> tuple[Movement, ...]:
    target = prefix.find(event.target)
    if target is None:
        raise NotFound(
            f"there is no event '{event.target}'", cure="look its id up with 'chipledger explain'"
        )
    if isinstance(target, LedgerCreated | RecordReversed):
        raise InvalidEvent(
            f"a {target.kind} can't be reversed",
            cure="record the fact again under a new id",
        )
    if isinstance(target, PackAdopted):
        raise InvalidEvent(
            f"the adoption of '{target.pack}' can't be reversed: other packs may build on it",
            cure="adopt another version of it, without the rows that should go",
        )
    if prefix.is_reversed(event.target):
        raise NotOpen(
            f"the event '{event.target}' was reversed before",
            cure="record the fact again under a new id if it holds after all",
        )
    if isinstance(target, LotReserved):
        reservation = prefix.reservation(target.id)
        still_open = reservation is not None and reservation.open_units > 0
        return _released(reservation) if reservation is not None and still_open else ()
    return tuple(m.taken_back() for m in _still_standing(target, prefix))


def _still_standing(target: AnyEvent, prefix: Prefix) -> Sequence[Movement]:
    """What a reversal takes back: all that an event drew, and what left a lot since.

    What an export took from a reservation that is released stays taken; an attrition of a lot that
    was itself reversed has nothing left to give back.
    """
    match target:
        case LotExported():
            own = list(prefix.movements_of(target.id))
            reservation = prefix.reservation(target.reservation or "")
            if reservation is not None and not reservation.released:
                own += [m for m in prefix.caused_by(target.id) if m.kind == Kind.RESERVED]
            return own
        case StockDeclared():
            return prefix.movements_of(target.id)
        case LotReleased() if prefix.is_reversed(target.reservation):
            return ()
        case LotAttrited() if target.lot is not None and prefix.is_reversed(target.lot):
            return ()
        case _:
            return prefix.caused_by(target.id)
