"""Holding a reservation for longer."""

from datetime import date

from ledger.core.errors import Conflict
from ledger.core.events import LotExtended
from ledger.core.reservations import open_reservation
from ledger.service.recorded import Recorded
from ledger.service.recording import expire_overdue, record
from ledger.service.requests import built
from ledger.service.reserving import day_of, hold_day
from ledger.service.shell import new_id
from ledger.service.writing import writing
from ledger.store.writer import Appended, Signature, Writer


def extend(
    url: str,
    reservation: str,
    hold_until: date,
    *,
    event_id: str | None = None,
    actor: str | None = None,
) -> Recorded:
    """Hold a reservation until a later day; to the day it is held until is done already.

    Raises `NotFound`, `NotOpen` where it holds nothing (one whose hold has passed expires first),
    `InvalidRequest` for a day that has come, `Conflict` for one before the present day: somebody
    was promised that day.
    """
    with writing(url, actor=actor) as (writer, mark):
        return extend_in(writer, mark, reservation, hold_until, event_id=event_id)


def extend_in(
    writer: Writer,
    mark: Signature,
    reservation: str,
    hold_until: date,
    *,
    event_id: str | None = None,
) -> Recorded:
    """The same inside a transaction."""
    expire_overdue(writer, mark)
    if event_id is None or writer.prefix.find(event_id) is None:
        done = held_already(reservation, hold_until, writer)
        if done is not None:
            return done
    return extended(writer, mark, reservation, hold_until, event_id or new_id("extension"))


def held_already(reservation: str, hold_until: date, writer: Writer) -> Recorded | None:
    """The reservation itself, where it is held until that very day; raises as `extend` does."""
    held = open_reservation(reservation, writer.prefix)
    hold_day(hold_until, writer)
    if hold_until < held.hold_until:
        raise Conflict(
            f"the reservation '{reservation}' is held until {held.hold_until}, "
            f"which is after {hold_until}: a hold is not shortened",
            where="--hold-until",
            cure="release it, replace it with 'chipledger reserve --replaces', or reverse the "
            "extension that was an error",
        )
    if hold_until > held.hold_until:
        return None
    found = writer.prefix.locate(reservation)
    seq = 0 if found is None else found[0]
    note = f"'{reservation}' is held until {hold_until} already: nothing was recorded"
    return Recorded(reservation, Appended(seq, new=False), open_units=held.open_units, note=note)


def extended(
    writer: Writer, mark: Signature, reservation: str, hold_until: date, event_id: str
) -> Recorded:
    """Record that a reservation is held until a later day."""
    event = built(
        LotExtended,
        "extend",
        id=event_id,
        on=day_of(event_id, writer),
        reservation=reservation,
        hold_until=hold_until,
    )
    return Recorded(event.id, record(writer, event, mark))
