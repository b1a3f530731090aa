"""Reserving headroom for a lot, and what every use of a lot's decision shares."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final

from ledger.core.alternatives import alternatives
from ledger.core.decision import Decision, decide
from ledger.core.errors import InvalidRequest
from ledger.core.events import AuthorizedLot, LotReserved, RecordReversed
from ledger.core.law.law import Law
from ledger.core.law.row import Posture
from ledger.core.lots import Lot, Request
from ledger.core.prefix import Prefix
from ledger.core.settings import posture as posture_of
from ledger.core.situation import Situation
from ledger.service.checking import Answer
from ledger.service.recorded import Recorded, other_content
from ledger.service.recording import expire_overdue, record
from ledger.service.requests import built, parse_request
from ledger.service.shell import legal_today, new_id
from ledger.service.writing import writing
from ledger.store.writer import Appended, Signature, Writer

HOLD_DAYS: Final = 14
"""How long a reservation is held when nobody says otherwise."""

LICENCE: Final = "licence"

LOT_FIELDS: Final = tuple(Lot.model_fields)


def reserve(
    url: str,
    data: Mapping[str, Any],
    *,
    event_id: str | None = None,
    hold_until: date | None = None,
    posture: Posture | None = None,
    actor: str | None = None,
) -> Recorded:
    """Set headroom aside for a lot if it may go; a refusal records nothing but expiries.

    The same id with the same lot is done once. Raises `InvalidRequest` or `AlreadyRecorded`.
    """
    with writing(url, actor=actor) as (writer, mark):
        return reserve_in(
            writer, mark, data, event_id=event_id, hold_until=hold_until, posture=posture
        )


def reserve_in(
    writer: Writer,
    mark: Signature,
    data: Mapping[str, Any],
    *,
    event_id: str | None = None,
    hold_until: date | None = None,
    posture: Posture | None = None,
) -> Recorded:
    """The same inside a transaction; what is not permitted or raises has appended only expiries."""
    expire_overdue(writer, mark)
    request = parse_request(as_before(data, event_id, writer), writer.prefix)
    known = recorded_before(event_id, request, hold_until, writer)
    if known is not None:
        return known
    until = hold_day(hold_until, writer)
    answer = answer_on(request, writer, posture)
    if answer.decision.outcome != "permitted":
        return Recorded("", None, answer)
    event = reservation_of(
        request,
        answer.decision,
        writer.prefix,
        writer.law,
        id=writer.made_up(new_id("reservation")) if event_id is None else event_id,
        hold_until=until,
    )
    return Recorded(event.id, record(writer, event, mark), answer)


def hold_day(named: date | None, writer: Writer) -> date:
    """The first day out of a hold, 14 days from today if none is named.

    Raises `InvalidRequest` where it has come already.
    """
    today = legal_today(writer.prefix)
    until = named or today + timedelta(days=HOLD_DAYS)
    if until <= today:
        raise InvalidRequest(
            f"hold_until {until} is the first day out and has come already",
            where="--hold-until",
            cure=f"name a day after {today}",
        )
    return until


def as_before(data: Mapping[str, Any], event_id: str | None, writer: Writer) -> Mapping[str, Any]:
    """A retry that names no day is about the day of what was recorded under its id."""
    known = None if event_id is None else writer.prefix.find(event_id)
    return data if known is None else {"on": known.on, **data}


def answer_on(
    request: Request,
    writer: Writer,
    posture: Posture | None,
    *,
    without: str | None = None,
    line: str | None = None,
) -> Answer:
    """The decision at the writer's head, with what would make the lot fit."""
    decision = decision_on(request, writer.prefix, writer, posture, without=without, line=line)
    return Answer(decision, alternatives(decision, writer.law, writer.prefix))


def decision_on(
    request: Request,
    prefix: Prefix,
    writer: Writer,
    posture: Posture | None,
    *,
    without: str | None = None,
    line: str | None = None,
) -> Decision:
    """The decision alone, on a prefix that may hold more than the writer's."""
    decided_by = posture_of(posture, request.on, writer.bare_prefix)
    return decide(
        request,
        writer.law,
        prefix,
        decided_by,
        without=without,
        line=line,
        precedents=writer.precedents if prefix is writer.bare_prefix else None,
    )


def recorded_before(
    event_id: str | None,
    request: Request,
    hold_until: date | None,
    writer: Writer,
    *,
    reinstates: str | None = None,
    bundle: str | None = None,
) -> Recorded | None:
    """The same reservation made before under this id, so that a retry is done once.

    Raises `AlreadyRecorded` where the id stands for another lot, another hold, another reservation
    carried on or another bundle.
    """
    found = None if event_id is None else writer.prefix.locate(event_id)
    if found is None:
        return None
    seq, event = found
    if (
        not isinstance(event, LotReserved)
        or hold_until not in (None, event.hold_until)
        or (reinstates, bundle) not in ((None, None), (event.reinstates, event.bundle))
        or not same_lot(event, request)
    ):
        raise other_content(event.id, seq)
    reservation = writer.prefix.reservation(event.id)
    holds = 0 if reservation is None else reservation.open_units
    return Recorded(event.id, Appended(seq, new=False), open_units=holds)


def same_lot(event: AuthorizedLot, request: Request) -> bool:
    """Whether a recorded lot is the one that is asked about again."""
    named = request.authorization in (None, event.authorization)
    return named and event.on == request.on and bare_lot(event) == bare_lot(request)


def bare_lot(lot: Lot) -> dict[str, Any]:
    """The fields of a lot alone."""
    return {name: getattr(lot, name) for name in LOT_FIELDS}


def reservation_of(
    request: Request, decision: Decision, prefix: Prefix, law: Law, **more: object
) -> LotReserved:
    """The event that reserves a lot as a decision permits it; `more` are its other fields."""
    return built(LotReserved, "reserve", **lot_fields(request, decision, prefix, law), **more)


def lot_fields(request: Request, decision: Decision, prefix: Prefix, law: Law) -> dict[str, Any]:
    """Lot fields of an event under the authorization that a decision chose."""
    fields: dict[str, Any] = {
        **bare_lot(request),
        "on": request.on,
        "authorization": decision.authorization,
        "decision_id": decision.decision_id,
    }
    chosen = next(
        (c for c in decision.candidates if c.authorization == decision.authorization), None
    )
    if chosen is not None and chosen.kind == LICENCE:
        covering = Situation(request, prefix, law, decision.line).covering_line
        if covering is not None:
            fields |= {"reference": covering.grant.reference, "line": covering.line.line}
    return fields


def day_of(event_id: str | None, writer: Writer) -> date:
    """Today; of a retry, the day of the entry that it repeats."""
    known = None if event_id is None else writer.prefix.find(event_id)
    return legal_today(writer.prefix) if known is None else known.on


def reverse(
    url: str,
    target: str,
    *,
    reason: str,
    event_id: str | None = None,
    actor: str | None = None,
) -> Recorded:
    """Take an entry back; raises `NotFound`, `NotOpen` or `InvalidEvent`."""
    with writing(url, actor=actor) as (writer, mark):
        return reverse_in(writer, mark, target, reason=reason, event_id=event_id)


def reverse_in(
    writer: Writer, mark: Signature, target: str, *, reason: str, event_id: str | None = None
) -> Recorded:
    """The same inside a transaction."""
    expire_overdue(writer, mark)
    event = built(
        RecordReversed,
        "reverse",
        id=new_id("reversal") if event_id is None else event_id,
        on=day_of(event_id, writer),
        target=target,
        reason=reason,
    )
    return Recorded(event.id, record(writer, event, mark))
