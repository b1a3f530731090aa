"""Reserving headroom, giving it up, taking an entry back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from ledger.core.alternatives import alternatives
from ledger.core.decision import Decision, decide
from ledger.core.errors import AlreadyRecorded, InvalidRequest
from ledger.core.events import (
    AuthorizedLot,
    LotReleased,
    LotReserved,
    RecordReversed,
)
from ledger.core.law.row import Posture
from ledger.core.lots import Lot, Request
from ledger.core.settings import posture as posture_of
from ledger.core.situation import Situation
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
    posture: Posture | None = None,
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
            request = parse_request(as_before(data, event_id, writer), writer.prefix)
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
            answer = answer_on(request, writer, posture)
            if answer.decision.outcome != "permitted":
                return Recorded("", None, answer)
            fields = lot_fields(request, answer.decision, writer)
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
    decision = decide(
        request,
        writer.law,
        writer.prefix,
        posture_of(posture, request.on, writer.bare_prefix),
        without=without,
        line=line,
    )
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
        hold_until in (None, event.hold_until) and same_lot(event, request)
    ):
        raise other_content(event.id, seq)
    reservation = writer.prefix.reservation(event.id)
    holds = 0 if reservation is None else reservation.open_units
    return Recorded(event.id, Appended(seq, new=False), open_units=holds)


def other_content(event_id: str, seq: int) -> AlreadyRecorded:
    """The id stands in the ledger for something else."""
    return AlreadyRecorded(
        f"the id '{event_id}' stands in the ledger with other content (entry {seq})",
        where="--id",
        cure="use another id for another fact; to correct the old one, reverse it first",
    )


def same_lot(event: AuthorizedLot, request: Request) -> bool:
    """Whether a recorded lot is the one that is asked about again."""
    named = request.authorization in (None, event.authorization)
    return named and event.on == request.on and bare_lot(event) == bare_lot(request)


def bare_lot(lot: Lot) -> dict[str, Any]:
    """The fields of a lot alone."""
    return {name: getattr(lot, name) for name in Lot.model_fields}


def lot_fields(request: Request, decision: Decision, writer: Writer) -> dict[str, Any]:
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
        covering = Situation(request, writer.prefix, writer.law, decision.line).covering_line
        if covering is not None:
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
