"""Carrying on a reservation that was released or has expired: asked again, and linked to it."""

from datetime import date

from ledger.core.events import LotReserved
from ledger.core.law.row import Posture
from ledger.core.lots import Request
from ledger.core.positions import line_key
from ledger.core.reservations import known_reservation, reinstatable
from ledger.service.recorded import Recorded
from ledger.service.recording import expire_overdue, record
from ledger.service.reserving import (
    answer_on,
    bare_lot,
    hold_day,
    recorded_before,
    reservation_of,
)
from ledger.service.shell import new_id
from ledger.service.writing import writing
from ledger.store.writer import Signature, Writer


def reinstate(
    url: str,
    reservation: str,
    *,
    hold_until: date | None = None,
    event_id: str | None = None,
    posture: Posture | None = None,
    actor: str | None = None,
) -> Recorded:
    """Reserve again what a reservation still held when it was released or expired.

    The lot is decided on again, under the same authorization and licence line; a refusal records
    nothing but expiries. Raises `NotFound`, `Conflict` while it is open, and `NotOpen` where it was
    used up, taken back or reinstated before.
    """
    with writing(url, actor=actor) as (writer, mark):
        return reinstate_in(
            writer, mark, reservation, hold_until=hold_until, event_id=event_id, posture=posture
        )


def reinstate_in(
    writer: Writer,
    mark: Signature,
    reservation: str,
    *,
    hold_until: date | None = None,
    event_id: str | None = None,
    posture: Posture | None = None,
) -> Recorded:
    """The same inside a transaction."""
    expire_overdue(writer, mark)
    known = _known(event_id, reservation, hold_until, writer)
    if known is not None:
        return known
    before, units = reinstatable(reservation, writer.prefix)
    until = hold_day(hold_until, writer)
    line = None if before.line is None else line_key(before.reference or "", before.line)
    request = _asked_again(before, units)
    answer = answer_on(request, writer, posture, line=line)
    if answer.decision.outcome != "permitted":
        return Recorded("", None, answer)
    event = reservation_of(
        request,
        answer.decision,
        writer.prefix,
        writer.law,
        id=new_id("reservation") if event_id is None else event_id,
        hold_until=until,
        reinstates=reservation,
        bundle=before.bundle,
    )
    return Recorded(event.id, record(writer, event, mark), answer)


def _asked_again(before: LotReserved, units: int) -> Request:
    lot = {name: value for name, value in bare_lot(before).items() if value is not None}
    asked = {"on": before.on, "authorization": before.authorization, "quantity": units}
    return Request.model_validate({**lot, **asked})


def _known(
    event_id: str | None, reservation: str, hold_until: date | None, writer: Writer
) -> Recorded | None:
    """The same reinstatement made before under this id, so that a retry is done once."""
    event = None if event_id is None else writer.prefix.find(event_id)
    if event is None:
        return None
    before = known_reservation(reservation, writer.prefix).event
    units = event.quantity if isinstance(event, LotReserved) else before.quantity
    return recorded_before(
        event_id,
        _asked_again(before, units),
        hold_until,
        writer,
        reinstates=reservation,
        bundle=before.bundle,
    )
