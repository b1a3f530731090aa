"""Giving reservations up: one, or all whose hold has passed."""

from ledger.core.events import LotReleased
from ledger.service.recorded import Recorded, Together
from ledger.service.recording import expire_overdue, expiries, record
from ledger.service.requests import built
from ledger.service.reserving import day_of
from ledger.service.shell import new_id
from ledger.service.writing import writing
from ledger.store.writer import Signature, Writer


def release(
    url: str, reservation: str, *, event_id: str | None = None, actor: str | None = None
) -> Recorded:
    """Give a reservation up; raises `NotFound`, or `NotOpen` where it holds nothing."""
    with writing(url, actor=actor) as (writer, mark):
        return release_in(writer, mark, reservation, event_id=event_id)


def release_in(
    writer: Writer, mark: Signature, reservation: str, *, event_id: str | None = None
) -> Recorded:
    """The same inside a transaction.

    A hold that has passed and that no command has expired yet is released, not expired: it is
    given up by name.
    """
    expire_overdue(writer, mark, but=reservation)
    event = built(
        LotReleased,
        "release",
        id=new_id("release") if event_id is None else event_id,
        on=day_of(event_id, writer),
        reservation=reservation,
        reason="released",
    )
    return Recorded(event.id, record(writer, event, mark))


def release_overdue(url: str, *, actor: str | None = None) -> Together:
    """Record the expiry of every reservation whose hold has passed, and nothing else."""
    with writing(url, actor=actor) as (writer, mark):
        return release_overdue_in(writer, mark)


def release_overdue_in(writer: Writer, mark: Signature) -> Together:
    """The same inside a transaction."""
    found = expiries(writer, mark)
    return Together(tuple((event.reservation, Recorded(event.id, added)) for event, added in found))
