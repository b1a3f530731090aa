"""Recording what has gone: a fact is never refused, and what it breaks is said."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from ledger.core.decision import Decision
from ledger.core.errors import Conflict, InvalidRequest
from ledger.core.events import LotExported
from ledger.core.grants import grant_on
from ledger.core.law.row import Posture
from ledger.core.lots import Request
from ledger.core.positions import line_key
from ledger.core.reservations import known_reservation, open_reservation
from ledger.core.values import UNKNOWN
from ledger.service.recorded import Recorded, other_content
from ledger.service.recording import expire_overdue, record
from ledger.service.requests import built, parse_request
from ledger.service.reserving import answer_on, as_before, bare_lot, lot_fields, same_lot
from ledger.service.shell import legal_today, new_id
from ledger.service.writing import writing
from ledger.store.writer import Appended, Signature, Writer


def export_lot(
    url: str,
    data: Mapping[str, Any],
    *,
    extra: Mapping[str, Any],
    more_than_reserved: bool = False,
    event_id: str | None = None,
    posture: Posture | None = None,
    actor: str | None = None,
) -> Recorded:
    """Record a lot that has gone, whatever the caps say; the answer says what it breaks.

    `extra` holds the fields of an export beyond the lot: reservation, final, reference, line,
    document. Lot fields left out are taken from the reservation. Without an authorization the one
    that the decision chooses is recorded, and an export that is not permitted is refused until
    somebody names the authorization that it went under. The same id with the same lot is done once.

    Raises `NotOpen` for a reservation that holds nothing any more, and `Conflict` for more units
    than it holds, unless they are said to have gone: `more_than_reserved`.
    """
    with writing(url, actor=actor) as (writer, mark):
        return export_lot_in(
            writer,
            mark,
            data,
            extra=extra,
            more_than_reserved=more_than_reserved,
            event_id=event_id,
            posture=posture,
        )


def export_lot_in(
    writer: Writer,
    mark: Signature,
    data: Mapping[str, Any],
    *,
    extra: Mapping[str, Any],
    more_than_reserved: bool = False,
    event_id: str | None = None,
    posture: Posture | None = None,
) -> Recorded:
    """The same inside a transaction; what raises has appended only expiries.

    A hold that has passed and that no command has expired yet can be used up by name.
    """
    reservation = extra.get("reservation")
    expire_overdue(writer, mark, but=reservation)
    filled = _from_reservation(as_before(data, event_id, writer), reservation, writer)
    extra = _with_line(extra, filled, writer)
    granted = writer.prefix.grant(extra.get("reference") or "")
    named = filled.pop("authorization", None if granted is None else granted.authorization)
    request = parse_request(filled, writer.prefix)
    _has_come(request, legal_today(writer.prefix))
    known = _known_export(event_id, request, named, extra, writer)
    if known is not None:
        return known
    if reservation is not None:
        _holds_it(reservation, request.quantity, writer, more_than_reserved=more_than_reserved)
    answer = answer_on(
        _forced(request, named), writer, posture, without=reservation, line=_line(extra)
    )
    fields = {
        **lot_fields(request, answer.decision, writer.prefix, writer.law),
        "authorization": named or _chosen(answer.decision),
    }
    fields |= {name: value for name, value in extra.items() if value is not None}
    new = new_id("export") if event_id is None else event_id
    event = built(LotExported, "export-lot", **fields, id=new)
    return Recorded(event.id, record(writer, event, mark), answer)


def _holds_it(reservation: str, quantity: int, writer: Writer, *, more_than_reserved: bool) -> None:
    """Raise where a reservation does not hold what is said to have gone from it."""
    held = open_reservation(reservation, writer.prefix)
    if quantity > held.open_units and not more_than_reserved:
        raise Conflict(
            f"the lot is {quantity:,} units and the reservation '{reservation}' still holds "
            f"{held.open_units:,}",
            where="--quantity",
            cure="correct the quantity, or say with --more-than-reserved that more has gone",
        )


def _chosen(decision: Decision) -> str:
    """The authorization that a decision chose; raises `Conflict` where it chose none."""
    if decision.authorization is None:
        raise Conflict(
            f"the lot is {decision.outcome}, so the authorization that it went under is not known",
            where="--authorization",
            cure="name it, or 'unknown': what has gone is then recorded, whatever the caps say",
        )
    return decision.authorization


def _has_come(request: Request, today: date) -> None:
    if request.on > today:
        raise InvalidRequest(
            f"{request.on} has not come yet: the lot can't have gone",
            where="--on",
            cure="reserve headroom for it instead",
        )


def _forced(request: Request, named: str | None) -> Request:
    if named in (None, UNKNOWN):
        return request
    return request.model_copy(update={"authorization": named})


def _from_reservation(
    data: Mapping[str, Any], reservation_id: str | None, writer: Writer
) -> dict[str, Any]:
    """The lot's fields, those left out taken from the reservation that it uses up."""
    if reservation_id is None:
        return dict(data)
    reservation = known_reservation(reservation_id, writer.prefix)
    held = reservation.event
    filled = {name: value for name, value in bare_lot(held).items() if value is not None}
    filled |= {"quantity": reservation.open_units or held.quantity}
    return {**filled, "authorization": held.authorization, **data}


def _with_line(
    extra: Mapping[str, Any], filled: Mapping[str, Any], writer: Writer
) -> Mapping[str, Any]:
    """The line that a licence has for the device, where only the licence is named."""
    granted = writer.prefix.grant(extra.get("reference") or "")
    if granted is None or extra.get("line") is not None:
        return extra
    changes = writer.prefix.grant_changes(granted.reference)
    grant = grant_on(granted, changes, legal_today(writer.prefix))
    matching = [line.line for line in grant.lines if line.device == filled.get("device")]
    return {**extra, "line": matching[0]} if matching else extra


def _line(extra: Mapping[str, Any]) -> str | None:
    """The licence line that the caller names, as a position names it."""
    reference, line = extra.get("reference"), extra.get("line")
    return None if reference is None or line is None else line_key(reference, line)


def _known_export(
    event_id: str | None,
    request: Request,
    named: str | None,
    extra: Mapping[str, Any],
    writer: Writer,
) -> Recorded | None:
    """The same export recorded before under this id, so that a retry is done once."""
    found = None if event_id is None else writer.prefix.locate(event_id)
    if found is None:
        return None
    seq, event = found
    same = isinstance(event, LotExported) and all(
        value is None or getattr(event, name) == value for name, value in extra.items()
    )
    if not isinstance(event, LotExported) or not same:
        raise other_content(event.id, seq)
    # The quantity of a retry that names none is that of what was recorded, not of what is left.
    asked = request if extra.get("reservation") is None else _of_quantity(request, event)
    if named not in (None, event.authorization) or not same_lot(event, asked):
        raise other_content(event.id, seq)
    return Recorded(event.id, Appended(seq, new=False))


def _of_quantity(request: Request, event: LotExported) -> Request:
    return request.model_copy(update={"quantity": event.quantity})
