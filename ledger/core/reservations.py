"""Reservations: what an export takes from one, what ends one, what re-opens or carries it on."""

from dataclasses import dataclass
from typing import Final, Literal

from ledger.core.errors import Conflict, InvalidEvent, NotFound, NotOpen
from ledger.core.events import AnyEvent, LotExported, LotReleased, LotReserved, RecordReversed
from ledger.core.lots import Lot
from ledger.core.positions import Kind, Movement, Recording, line_key
from ledger.core.prefix import Prefix, Reservation

State = Literal["open", "released", "expired", "used up", "reversed"]

_ENDED: Final = {
    "released": "was released",
    "expired": "expired",
    "used up": "was used up",
    "reversed": "was taken back",
}


@dataclass(frozen=True, slots=True)
class Ended:
    """How a reservation came to hold nothing: the event, and the units that it gave back."""

    state: State
    event: AnyEvent
    units: int

    @property
    def told(self) -> str:
        """The end as a part of a sentence."""
        return f"{_ENDED[self.state]} on {self.event.on} by '{self.event.id}'"


# ---- taking from one


def consumed(event: LotExported, prefix: Prefix) -> Recording:
    """What the export takes from its reservation; the rest stays reserved unless it is final.

    A lot that has gone is a fact: from a reservation that holds less, or nothing any more, it
    takes what there is. Raises `NotFound`, and `InvalidEvent` where another lot is reserved.
    """
    if event.reservation is None:
        return Recording()
    reservation = known_reservation(event.reservation, prefix)
    _same_lot(reservation.event, event)
    beyond = max(event.quantity - reservation.open_units, 0)
    if not reservation.open_units:
        return Recording(unreserved_units=beyond)
    units = reservation.open_units if event.final else min(event.quantity, reservation.open_units)
    tpp = reservation.open_tpp * units // reservation.open_units
    held = prefix.movements_of(event.reservation)[0]
    return Recording((held.counted(-units, -tpp),), unreserved_units=beyond)


def _same_lot(reserved: LotReserved, lot: Lot) -> None:
    """Raise `InvalidEvent` where a lot is not the one that was reserved, but for its quantity."""
    if (reserved.device, reserved.destination, reserved.ultimate_consignee) != (
        lot.device,
        lot.destination,
        lot.ultimate_consignee,
    ):
        raise InvalidEvent(
            f"the reservation '{reserved.id}' is for {reserved.device} to "
            f"{reserved.ultimate_consignee} in {reserved.destination}, not for this lot",
            cure="name the reservation that was made for it, or none",
        )


# ---- looking one up


def known_reservation(reservation_id: str, prefix: Prefix) -> Reservation:
    """A reservation, open or not; raises `NotFound`."""
    reservation = prefix.reservation(reservation_id)
    if reservation is None:
        raise NotFound(
            f"there is no reservation '{reservation_id}'",
            cure="the open ones are listed by 'chipledger headroom'",
        )
    return reservation


def open_reservation(reservation_id: str, prefix: Prefix) -> Reservation:
    """A reservation that still holds something; raises `NotFound` or `NotOpen`."""
    reservation = known_reservation(reservation_id, prefix)
    end = ended(reservation, prefix)
    if end is not None:
        raise NotOpen(
            f"the reservation '{reservation_id}' {end.told} and holds nothing",
            cure=_way_on(reservation, end, prefix),
        )
    return reservation


def ended(reservation: Reservation, prefix: Prefix) -> Ended | None:
    """How a reservation came to hold nothing; None while it is open."""
    if reservation.open_units:
        return None
    life = [(by, m.units) for by, m in prefix.life_of(reservation.event.id) if m.units]
    last = life[-1][0]
    event = prefix.find(last) or reservation.event
    units = -sum(units for by, units in life if by == last)
    match event:
        case LotReleased():
            return Ended(event.reason, event, units)
        case RecordReversed():
            return Ended("reversed", event, units)
        case _:
            return Ended("used up", event, units)


def _way_on(reservation: Reservation, end: Ended, prefix: Prefix) -> str:
    """What to do about a reservation that holds nothing."""
    name = reservation.event.id
    after = reinstated_by(name, prefix)
    if after is not None:
        return f"it was reinstated as '{after.id}': name that one"
    if end.state in ("released", "expired") and not prefix.is_reversed(name):
        return (
            f"reinstate it with 'chipledger reinstate {name}', "
            "or record a lot that has gone without it"
        )
    return "place a new one, or record a lot that has gone without it"


# ---- carrying one on


def reinstated_by(reservation_id: str, prefix: Prefix) -> LotReserved | None:
    """The reservation that carries on one which ended, unless it was itself taken back."""
    for by, _ in prefix.life_of(reservation_id):
        event = prefix.find(by)
        carries_on = isinstance(event, LotReserved) and event.reinstates == reservation_id
        if isinstance(event, LotReserved) and carries_on and not prefix.is_reversed(by):
            return event
    return None


def reinstatable(reservation_id: str, prefix: Prefix) -> tuple[LotReserved, int]:
    """A reservation that was released or expired, with the units it still held when it ended.

    Raises `NotFound`; `Conflict` while it is open; `NotOpen` where it was used up or taken back, or
    was reinstated before.
    """
    reservation = known_reservation(reservation_id, prefix)
    end = ended(reservation, prefix)
    if end is None:
        raise Conflict(
            f"the reservation '{reservation_id}' is open and holds {reservation.open_units} units",
            cure="hold it for longer with 'chipledger extend'",
        )
    after = reinstated_by(reservation_id, prefix)
    if after is not None:
        raise NotOpen(
            f"the reservation '{reservation_id}' was reinstated before, as '{after.id}'",
            cure=f"if that one has ended too, reinstate it: chipledger reinstate {after.id}",
        )
    if prefix.is_reversed(reservation_id) or end.state not in ("released", "expired"):
        state = end.told if end.state in ("used up", "reversed") else "was taken back"
        raise NotOpen(
            f"the reservation '{reservation_id}' {state}: nothing is left to reinstate",
            cure="place a new one",
        )
    return reservation.event, end.units


def carried_on(event: LotReserved, prefix: Prefix) -> tuple[Movement, ...]:
    """The mark that a reinstatement leaves on the reservation it carries on: nothing is moved.

    By the mark the old one knows that it was reinstated. Raises what `reinstatable` raises, and
    `InvalidEvent` for another lot or for more units than were given back.
    """
    if event.reinstates is None:
        return ()
    before, units = reinstatable(event.reinstates, prefix)
    _same_lot(before, event)
    if event.quantity > units:
        raise InvalidEvent(
            f"the reservation '{before.id}' held {units} units when it ended, not {event.quantity}",
            cure="reinstate no more than that, and reserve the rest",
        )
    return (prefix.movements_of(before.id)[0].counted(0, 0),)


# ---- ending one


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
    first. Raises `NotOpen` where the reservation was reinstated since: it would hold twice.
    """
    if prefix.is_reversed(event.reservation):
        return ()
    after = reinstated_by(event.reservation, prefix)
    if after is not None:
        raise NotOpen(
            f"the reservation '{event.reservation}' was reinstated as '{after.id}': "
            "re-opening it would hold its units twice",
            cure=f"reverse '{after.id}' first",
        )
    life = prefix.life_of(event.reservation)
    held = life[0][1]
    standing = [m for by, m in life if by == event.reservation or _still_takes(by, prefix)]
    units = sum(m.units for m in standing) - sum(m.units for _, m in life)
    tpp = sum(m.tpp for m in standing) - sum(m.tpp for _, m in life)
    return (held.counted(units, tpp),) if units else ()


def _still_takes(event_id: str, prefix: Prefix) -> bool:
    event = prefix.find(event_id)
    return isinstance(event, LotExported) and not prefix.is_reversed(event_id)
