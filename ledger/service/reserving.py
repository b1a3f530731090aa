"""Reserving headroom, giving it up, recording what went, taking an entry back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from pydantic import ValidationError

from ledger.core.alternatives import alternatives
from ledger.core.decision import Decision, decide
from ledger.core.encoding import faults
from ledger.core.errors import (
    AlreadyRecorded,
    Conflict,
    InvalidEvent,
    InvalidRequest,
    NotFound,
)
from ledger.core.events import LotExported, LotReleased, LotReserved, RecordReversed
from ledger.core.law.rows import Posture
from ledger.core.lots import Lot, Request
from ledger.core.overlay import overlay
from ledger.core.positions import Kind
from ledger.core.prefix import Prefix
from ledger.core.situation import Situation
from ledger.core.values import UNKNOWN
from ledger.service.checking import Answer
from ledger.service.recording import expire_overdue, record
from ledger.service.requests import parse_request
from ledger.service.shell import legal_today, new_id, signature
from ledger.store.ledger import Appended, Ledger, Writer

HOLD_DAYS: Final = 14
"""How long a reservation is held when nobody says otherwise."""

LICENCE: Final = "licence"


@dataclass(frozen=True, slots=True)
class Recorded:
    """What was recorded: the event's id, its place, whether it is new, and the answer behind it."""

    event_id: str
    appended: Appended | None
    answer: Answer | None = None

    def as_data(self) -> dict[str, Any]:
        """The outcome for programs; of a refusal, the answer alone."""
        data: dict[str, Any] = {}
        if self.appended is not None:
            data = {
                "id": self.event_id,
                "seq": self.appended.seq,
                "new": self.appended.new,
            }
            if self.appended.excess_units:
                data["excess_units"] = self.appended.excess_units
        if self.answer is not None:
            data["decision"] = self.answer.as_data()
        return data


def reserve(
    url: str,
    data: Mapping[str, Any],
    *,
    event_id: str | None = None,
    hold_until: date | None = None,
    posture: Posture = "on-the-books",
    actor: str | None = None,
) -> Recorded:
    """Set headroom aside for a lot if it may go; a refusal records nothing but expiries.

    The same id with the same lot is done once. Raises `InvalidRequest` or `AlreadyRecorded`.
    """
    ledger = Ledger.open(url)
    try:
        with ledger.writing() as writer:
            mark = signature("cli", actor=actor)
            expire_overdue(writer, mark)
            request = parse_request(data, writer.prefix)
            known = _known_reservation(event_id, request, hold_until, writer)
            if known is not None:
                return known
            today = legal_today(writer.prefix)
            until = hold_until or today + timedelta(days=HOLD_DAYS)
            if until <= today:
                raise InvalidRequest(
                    f"hold_until {until} is the first day out and has come already",
                    where="--hold-until",
                    cure=f"name a day after {today}",
                )
            answer = _answer(request, writer, posture)
            if answer.decision.outcome != "permitted":
                return Recorded("", None, answer)
            event = LotReserved(
                id=event_id or new_id("reservation"),
                hold_until=until,
                **_lot_fields(request, answer.decision, writer.prefix, writer),
            )
            return Recorded(event.id, record(writer, event, mark), answer)
    finally:
        ledger.close()


def _answer(request: Request, writer: Writer, posture: Posture) -> Answer:
    decision = decide(request, writer.law, writer.prefix, posture)
    return Answer(decision, alternatives(decision, writer.law, writer.prefix))


def _known_reservation(
    event_id: str | None, request: Request, hold_until: date | None, writer: Writer
) -> Recorded | None:
    """The same reservation made before under this id, so that a retry is done once."""
    found = None if event_id is None else writer.prefix.locate(event_id)
    if found is None:
        return None
    seq, event = found
    same = isinstance(event, LotReserved) and _same_lot(event, request)
    if not same or (hold_until is not None and event.hold_until != hold_until):  # type: ignore[union-attr]  # `same` says what it is
        raise AlreadyRecorded(
            f"the id '{event_id}' stands in the ledger with other content (entry {seq})",
            where="--id",
            cure="use another id for another reservation",
        )
    return Recorded(event.id, Appended(seq, new=False))


def _same_lot(event: LotReserved, request: Request) -> bool:
    named = request.authorization in (None, event.authorization)
    return named and event.on == request.on and _bare(event) == _bare(request)


def _bare(lot: Lot) -> dict[str, Any]:
    return {name: getattr(lot, name) for name in Lot.model_fields}


def _lot_fields(
    request: Request, decision: Decision, prefix: Prefix, writer: Writer
) -> dict[str, Any]:
    """Lot fields of an event under the authorization that a decision chose."""
    fields: dict[str, Any] = {
        **{name: value for name, value in _bare(request).items() if value is not None},
        "on": request.on,
        "authorization": decision.authorization,
        "decision_id": decision.decision_id,
    }
    chosen = next(c for c in decision.candidates if c.authorization == decision.authorization)
    covering = Situation(request, prefix, writer.law).covering_line
    if chosen.kind == LICENCE and covering is not None:
        fields |= {"reference": covering.grant.reference, "line": covering.line.line}
    return fields


def release(
    url: str, reservation: str, *, event_id: str | None = None, actor: str | None = None
) -> Recorded:
    """Give a reservation up; raises `NotFound`, or `NotOpen` where it holds nothing."""
    ledger = Ledger.open(url)
    try:
        with ledger.writing() as writer:
            mark = signature("cli", actor=actor)
            expire_overdue(writer, mark)
            event = LotReleased(
                id=event_id or new_id("release"),
                on=legal_today(writer.prefix),
                reservation=reservation,
                reason="released",
            )
            return Recorded(event.id, record(writer, event, mark))
    finally:
        ledger.close()


def reverse(
    url: str,
    target: str,
    *,
    reason: str,
    event_id: str | None = None,
    actor: str | None = None,
) -> Recorded:
    """Take an entry back; raises `NotFound`, `NotOpen` or `InvalidEvent`."""
    ledger = Ledger.open(url)
    try:
        with ledger.writing() as writer:
            mark = signature("cli", actor=actor)
            expire_overdue(writer, mark)
            try:
                event = RecordReversed(
                    id=event_id or new_id("reversal"),
                    on=legal_today(writer.prefix),
                    target=target,
                    reason=reason,
                )
            except ValidationError as error:
                raise InvalidEvent(faults(error), where="reverse") from error
            return Recorded(event.id, record(writer, event, mark))
    finally:
        ledger.close()


def export_lot(
    url: str,
    data: Mapping[str, Any],
    *,
    extra: Mapping[str, Any],
    event_id: str | None = None,
    posture: Posture = "on-the-books",
    actor: str | None = None,
) -> Recorded:
    """Record a lot that has gone, whatever the caps say; the answer says what it breaks.

    `extra` holds the fields of an export beyond the lot: reservation, final, reference, line,
    document. Lot fields left out are taken from the reservation. Without an authorization the one
    that the decision chooses is recorded, and an export that is not permitted is refused until
    somebody names the authorization that it went under.
    """
    ledger = Ledger.open(url)
    try:
        with ledger.writing() as writer:
            mark = signature("cli", actor=actor)
            expire_overdue(writer, mark)
            prefix, filled = _with_reservation(data, extra, writer)
            named = filled.pop("authorization", None)
            request = parse_request(filled, writer.prefix)
            decision = decide(_forced(request, named), writer.law, prefix, posture)
            answer = Answer(decision, alternatives(decision, writer.law, prefix))
            about = {**extra, "id": event_id or new_id("export")}
            event = _export_event(request, answer, named, about, writer)
            return Recorded(event.id, record(writer, event, mark), answer)
    finally:
        ledger.close()


def _forced(request: Request, named: str | None) -> Request:
    if named in (None, UNKNOWN):
        return request
    return request.model_copy(update={"authorization": named})


def _with_reservation(
    data: Mapping[str, Any], extra: Mapping[str, Any], writer: Writer
) -> tuple[Prefix, dict[str, Any]]:
    """The prefix without the reservation that the export uses up, and the lot filled from it."""
    reservation_id = extra.get("reservation")
    if reservation_id is None:
        return writer.prefix, dict(data)
    reservation = writer.prefix.reservation(reservation_id)
    if reservation is None:
        raise NotFound(
            f"there is no reservation '{reservation_id}'",
            where="--reservation",
            cure="the open ones are listed by 'chipledger headroom'",
        )
    held = reservation.event
    filled = {name: value for name, value in _bare(held).items() if value is not None}
    filled |= {"quantity": reservation.open_units or held.quantity}
    filled |= {"authorization": held.authorization, **data}
    freed = [
        m.taken_back()
        for m in writer.prefix.movements_of(reservation_id)
        if m.kind == Kind.RESERVED
    ]
    return overlay(writer.prefix, freed), filled


def _export_event(
    request: Request,
    answer: Answer,
    named: str | None,
    extra: Mapping[str, Any],
    writer: Writer,
) -> LotExported:
    decision = answer.decision
    if named is None and decision.authorization is None:
        raise Conflict(
            f"the lot is {decision.outcome}, so the authorization that it went under is not known",
            where="--authorization",
            cure="name it, or 'unknown': what has gone is then recorded, whatever the caps say",
        )
    fields: dict[str, Any] = {"decision_id": decision.decision_id, "on": request.on}
    if decision.authorization is not None:
        fields = _lot_fields(request, decision, writer.prefix, writer)
    lot = {name: value for name, value in _bare(request).items() if value is not None}
    chosen = {"authorization": named or decision.authorization}
    given = {name: value for name, value in extra.items() if value is not None}
    try:
        return LotExported.model_validate({**lot, **fields, **chosen, **given})
    except ValidationError as error:
        raise InvalidEvent(faults(error), where="export-lot") from error
