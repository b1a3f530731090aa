"""Reserving headroom, giving it up, recording what went, taking an entry back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from ledger.core.alternatives import alternatives
from ledger.core.decision import Decision, decide
from ledger.core.errors import AlreadyRecorded, Conflict, InvalidRequest, NotFound
from ledger.core.events import (
    AuthorizedLot,
    LotExported,
    LotReleased,
    LotReserved,
    RecordReversed,
)
from ledger.core.grants import grant_on
from ledger.core.law.rows import Posture
from ledger.core.lots import Lot, Request
from ledger.core.positions import line_key
from ledger.core.situation import Situation
from ledger.core.values import UNKNOWN
from ledger.service.checking import Answer
from ledger.service.recording import expire_overdue, record
from ledger.service.requests import built, parse_request
from ledger.service.shell import legal_today, new_id, signature
from ledger.store.ledger import Appended, Ledger, Writer

HOLD_DAYS: Final = 14
"""How long a reservation is held when nobody says otherwise."""

LICENCE: Final = "licence"


@dataclass(frozen=True, slots=True)
class Recorded:
    """What was recorded: the event's id, its place, whether it is new, and the answer behind it.

    `open_units` says of a reservation that stood there already what it still holds.
    """

    event_id: str
    appended: Appended | None
    answer: Answer | None = None
    open_units: int | None = None

    def as_data(self) -> dict[str, Any]:
        """The outcome for programs; of a refusal, the answer alone."""
        data: dict[str, Any] = {}
        if self.appended is not None:
            data = {"id": self.event_id, "seq": self.appended.seq, "new": self.appended.new}
        if self.open_units is not None:
            data["open_units"] = self.open_units
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
            request = parse_request(_as_before(data, event_id, writer), writer.prefix)
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
            fields = _lot_fields(request, answer.decision, writer)
            event = built(
                LotReserved,
                "reserve",
                **fields,
                id=new_id("reservation") if event_id is None else event_id,
                hold_until=until,
            )
            return Recorded(event.id, record(writer, event, mark), answer)
    finally:
        ledger.close()


def _as_before(data: Mapping[str, Any], event_id: str | None, writer: Writer) -> Mapping[str, Any]:
    """A retry that names no day is about the day of what was recorded under its id."""
    known = None if event_id is None else writer.prefix.find(event_id)
    return data if known is None else {"on": known.on, **data}


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


def _answer(
    request: Request,
    writer: Writer,
    posture: Posture,
    *,
    without: str | None = None,
    line: str | None = None,
) -> Answer:
    decision = decide(request, writer.law, writer.prefix, posture, without=without, line=line)
    return Answer(decision, alternatives(decision, writer.law, writer.prefix))


def _known_reservation(
    event_id: str | None, request: Request, hold_until: date | None, writer: Writer
) -> Recorded | None:
    """The same reservation made before under this id, so that a retry is done once."""
    found = None if event_id is None else writer.prefix.locate(event_id)
    if found is None:
        return None
    seq, event = found
    if not isinstance(event, LotReserved) or not (
        hold_until in (None, event.hold_until) and _same_lot(event, request)
    ):
        raise _other_content(event.id, seq)
    reservation = writer.prefix.reservation(event.id)
    holds = 0 if reservation is None else reservation.open_units
    return Recorded(event.id, Appended(seq, new=False), open_units=holds)


def _other_content(event_id: str, seq: int) -> AlreadyRecorded:
    return AlreadyRecorded(
        f"the id '{event_id}' stands in the ledger with other content (entry {seq})",
        where="--id",
        cure="use another id for another fact; to correct the old one, reverse it first",
    )


def _same_lot(event: AuthorizedLot, request: Request) -> bool:
    named = request.authorization in (None, event.authorization)
    return named and event.on == request.on and _bare(event) == _bare(request)


def _bare(lot: Lot) -> dict[str, Any]:
    return {name: getattr(lot, name) for name in Lot.model_fields}


def _lot_fields(request: Request, decision: Decision, writer: Writer) -> dict[str, Any]:
    """Lot fields of an event under the authorization that a decision chose."""
    fields: dict[str, Any] = {
        **_bare(request),
        "on": request.on,
        "authorization": decision.authorization,
        "decision_id": decision.decision_id,
    }
    chosen = next(
        (c for c in decision.candidates if c.authorization == decision.authorization), None
    )
    covering = Situation(request, writer.prefix, writer.law, decision.line).covering_line
    if chosen is not None and chosen.kind == LICENCE and covering is not None:
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
            expire_overdue(writer, mark, but=reservation)
            event = built(
                LotReleased,
                "release",
                id=new_id("release") if event_id is None else event_id,
                on=_day_of(event_id, writer),
                reservation=reservation,
                reason="released",
            )
            return Recorded(event.id, record(writer, event, mark))
    finally:
        ledger.close()


def _day_of(event_id: str | None, writer: Writer) -> date:
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
    ledger = Ledger.open(url)
    try:
        with ledger.writing() as writer:
            mark = signature("cli", actor=actor)
            expire_overdue(writer, mark)
            event = built(
                RecordReversed,
                "reverse",
                id=new_id("reversal") if event_id is None else event_id,
                on=_day_of(event_id, writer),
                target=target,
                reason=reason,
            )
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
    somebody names the authorization that it went under. The same id with the same lot is done once.
    """
    ledger = Ledger.open(url)
    try:
        with ledger.writing() as writer:
            mark = signature("cli", actor=actor)
            reservation = extra.get("reservation")
            expire_overdue(writer, mark, but=reservation)
            filled = _from_reservation(_as_before(data, event_id, writer), reservation, writer)
            extra = _with_line(extra, filled, writer)
            granted = writer.prefix.grant(extra.get("reference") or "")
            named = filled.pop("authorization", None if granted is None else granted.authorization)
            request = parse_request(filled, writer.prefix)
            _has_come(request, legal_today(writer.prefix))
            known = _known_export(event_id, request, named, extra, writer)
            if known is not None:
                return known
            answer = _answer(
                _forced(request, named), writer, posture, without=reservation, line=_line(extra)
            )
            decision = answer.decision
            if named is None and decision.authorization is None:
                raise _not_named(decision)
            fields = {
                **_lot_fields(request, decision, writer),
                "authorization": named or decision.authorization,
            }
            fields |= {name: value for name, value in extra.items() if value is not None}
            new = new_id("export") if event_id is None else event_id
            event = built(LotExported, "export-lot", **fields, id=new)
            return Recorded(event.id, record(writer, event, mark), answer)
    finally:
        ledger.close()


def _has_come(request: Request, today: date) -> None:
    if request.on > today:
        raise InvalidRequest(
            f"{request.on} has not come yet: the lot can't have gone",
            where="--on",
            cure="reserve headroom for it instead",
        )


def _not_named(decision: Decision) -> Conflict:
    return Conflict(
        f"the lot is {decision.outcome}, so the authorization that it went under is not known",
        where="--authorization",
        cure="name it, or 'unknown': what has gone is then recorded, whatever the caps say",
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
    return {**filled, "authorization": held.authorization, **data}


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
        raise _other_content(event.id, seq)
    # The quantity of a retry that names none is that of what was recorded, not of what is left.
    asked = request if extra.get("reservation") is None else _of_quantity(request, event)
    if named not in (None, event.authorization) or not _same_lot(event, asked):
        raise _other_content(event.id, seq)
    return Recorded(event.id, Appended(seq, new=False))


def _of_quantity(request: Request, event: LotExported) -> Request:
    return request.model_copy(update={"quantity": event.quantity})
