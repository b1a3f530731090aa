"""Reservations: what an export takes from one, what a release gives back, what re-opens."""

from ledger.core.errors import InvalidEvent, NotFound, NotOpen
from ledger.core.events import LotExported, LotReleased
from ledger.core.lots import Lot
from ledger.core.positions import RESERVATIONS, Kind, Movement, Query, line_key
from ledger.core.prefix import Prefix, Reservation


def consumed(event: LotExported, prefix: Prefix) -> tuple[Movement, ...]:
    """What the export takes from its reservation; the rest stays reserved unless it is final."""
    if event.reservation is None:
        return ()
    reservation = open_reservation(event.reservation, prefix)
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


def open_reservation(reservation_id: str, prefix: Prefix) -> Reservation:
    """A reservation that still holds something; raises `NotFound` or `NotOpen`."""
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
            cure="place a new one, or record a lot that has gone without it",
        )
    return reservation


def reserved_kind(lot: Lot) -> Kind:
    """What a reservation of a lot is held as."""
    return Kind.RESERVED_DOMESTIC if lot.transaction == "domestic" else Kind.RESERVED


def released(reservation: Reservation) -> tuple[Movement, ...]:
    """What gives back all that a reservation still holds."""
    event = reservation.event
    held = Movement(
        on=event.on,
        kind=reserved_kind(event),
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


def reopened(event: LotReleased, prefix: Prefix) -> tuple[Movement, ...]:
    """What undoes a release: all that was reserved, less what exports that stand have taken.

    So it makes no difference whether a release or an export of the same reservation is taken back
    first.
    """
    if prefix.is_reversed(event.reservation):
        return ()
    held = prefix.movements_of(event.reservation)[0]
    query = Query(
        shape=("party", "destination"),
        key=(held.party, held.destination),
        kinds=RESERVATIONS,
        exact_from=held.on,
    )
    own = [(by, m) for by, m in prefix.listed(query) if m.lot == event.reservation]
    standing = [m for by, m in own if by == event.reservation or _still_takes(by, prefix)]
    units = sum(m.units for m in standing) - sum(m.units for _, m in own)
    tpp = sum(m.tpp for m in standing) - sum(m.tpp for _, m in own)
    return (held.counted(units, tpp),) if units else ()


def _still_takes(event_id: str, prefix: Prefix) -> bool:
    event = prefix.find(event_id)
    return isinstance(event, LotExported) and not prefix.is_reversed(event_id)
