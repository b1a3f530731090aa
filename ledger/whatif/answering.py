"""Answering: the questions of a scenario, each as a table whose rows have keys to compare by."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final, Literal

from ledger.core.alternatives import earliest
from ledger.core.breaches import Key
from ledger.core.candidates import Candidate
from ledger.core.errors import InvalidInput, InvalidRequest, LedgerError, NotFound
from ledger.core.findings import Finding
from ledger.core.fitting import largest
from ledger.core.lots import Request
from ledger.core.scenario import (
    Breaches,
    Carrying,
    Decide,
    Earliest,
    Fields,
    Headroom,
    Largest,
    Question,
    ReportAsked,
)
from ledger.core.spans import breaches as breaches_of
from ledger.core.values import Tpp
from ledger.service.overview import Filters, surveys
from ledger.service.requests import parse_request
from ledger.whatif.worlds import World

Cell = str | int | bool | Tpp | Decimal | date | None
Kind = Literal["text", "tpp", "units", "day"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of an answer: its name, what its cells are, and whether answers differ by it."""

    name: str
    kind: Kind = "text"
    compared: bool = True


UNSHOWN: Final = frozenset({"decision_id"})
"""Columns that only programs read."""


@dataclass(frozen=True, slots=True)
class Table:
    """An answer: rows with cells by column, the first `keys` of which say what a row is about."""

    columns: tuple[Column, ...]
    keys: int
    rows: tuple[tuple[Cell, ...], ...]

    def as_data(self) -> list[dict[str, Any]]:
        """The rows for programs: amounts of TPP and days as text."""
        names = [column.name for column in self.columns]
        return [dict(zip(names, map(plain, row), strict=True)) for row in self.rows]


def plain(cell: Cell) -> str | int | bool | None:
    """A cell for programs."""
    if isinstance(cell, Tpp | Decimal | date):
        return str(cell)
    return cell


WHY: Final = Column("why", compared=False)
BINDING: Final = (
    Column("binding_cap"),
    Column("holder"),
    Column("binding_on", "day"),
    Column("headroom_tpp", "tpp"),
    Column("headroom_units", "units"),
)
"""What binds: the cap, whose, on which day, and what it leaves room for."""

Reports = Callable[[World, ReportAsked], Table]
"""Runs a report on a world."""


def title(question: Question) -> str:
    """What an answer is headed with."""
    if question.name is not None:
        return question.name
    return f"report {question.report}" if isinstance(question, ReportAsked) else question.ask


def answer(question: Question, world: World, reports: Reports) -> Table:
    """Answer a question; raises what its lots, caps or parameters are refused with."""
    if isinstance(question, ReportAsked):
        return reports(world, question)
    return _ANSWERS[question.ask](question, world)


# ---- lots


def _requests(lots: Sequence[Fields], world: World, **filled: object) -> Iterator[Request]:
    """The lots that are asked about; raises `InvalidRequest` that says which one is wrong."""
    for place, fields in enumerate(lots):
        if "on" not in fields:
            raise InvalidRequest(
                "the field 'on' is missing",
                where=f"lots[{place}]",
                cure="name a day: a scenario has no today",
            )
        try:
            yield parse_request({**filled, **fields}, world.ground.prefix)
        except LedgerError as error:
            raise InvalidRequest(error.what, where=f"lots[{place}]", cure=error.cure) from error


def label(request: Request, *, quantity: bool = True) -> str:
    """A lot in a few words."""
    units = f"{request.quantity:,} " if quantity else ""
    forced = f" under {request.authorization}" if request.authorization else ""
    return (
        f"{units}{request.device} to {request.ultimate_consignee} in {request.destination} "
        f"on {request.on}{forced}"
    )


def _bound(finding: Finding | None) -> tuple[Cell, ...]:
    if finding is None:
        return (None,) * len(BINDING)
    return (
        finding.cap,
        ", ".join(finding.holder),
        finding.binding_on,
        finding.headroom_tpp,
        finding.headroom_units,
    )


def binding(findings: Sequence[Finding]) -> Finding | None:
    """The deciding finding that leaves the least room for more units."""
    limits = [f for f in findings if f.decides and f.headroom_units is not None]
    return min(limits, key=lambda f: f.headroom_units or 0, default=None)


def _blocking(candidates: Sequence[Candidate]) -> Finding | None:
    """What stands in the way of a lot: of the authorization that leaves room for most of it."""
    over = [binding(c.findings) for c in candidates if c.status == "exceeds-cap"]
    return max(
        (f for f in over if f is not None), key=lambda f: f.headroom_units or 0, default=None
    )


def _decided(question: Decide, world: World) -> Table:
    columns = (
        Column("lot"),
        Column("outcome"),
        Column("authorization"),
        Column("review"),
        *BINDING,
        WHY,
        Column("decision_id", compared=False),
    )
    rows = []
    for request in _requests(question.lots, world):
        found = world.decide(request)
        permitted = found.authorization is not None
        bound = binding(found.findings) if permitted else _blocking(found.candidates)
        rows.append(
            (
                label(request),
                found.outcome,
                found.authorization,
                found.review,
                *_bound(bound),
                found.reasons[-1],
                found.decision_id,
            )
        )
    return Table(columns, 1, tuple(rows))


def _carrying(question: Carrying, world: World) -> Table:
    columns = (
        Column("lot"),
        Column("authorization"),
        Column("status"),
        *BINDING,
        WHY,
    )
    rows = [
        (
            label(request),
            one.authorization,
            one.status,
            *_bound(binding(one.findings)),
            one.cite if one.status == "available" else one.because,
        )
        for request in _requests(question.lots, world)
        for one in world.decide(request).candidates
    ]
    return Table(columns, 2, tuple(rows))


def _largest(question: Largest, world: World) -> Table:
    columns = (
        Column("lot"),
        Column("quantity", "units"),
        Column("limited"),
        Column("on", "day"),
        Column("authorization"),
        *BINDING,
        WHY,
    )
    rows = []
    for request in _requests(question.lots, world, quantity=1):
        found = largest(
            request,
            world.law,
            world.prefix,
            world.posture_on(request.on),
            until=question.by,
            precedents=world.precedents,
        )
        rows.append(
            (
                label(request, quantity=False),
                found.quantity,
                "no" if found.quantity is None else "yes",
                found.on,
                found.authorization,
                *_bound(found.binding),
                found.decision.reasons[-1],
            )
        )
    return Table(columns, 1, tuple(rows))


def _earliest(question: Earliest, world: World) -> Table:
    columns = (
        Column("lot"),
        Column("on", "day"),
        Column("authorization"),
        WHY,
    )
    rows: list[tuple[Cell, ...]] = []
    for request in _requests(question.lots, world):
        decision = world.decide(request)
        found = earliest(decision, world.law, world.prefix, world.precedents)
        if found is None:
            rows.append((label(request), None, None, decision.reasons[-1]))
            continue
        on = found.value if isinstance(found.value, date) else request.on
        then = world.decide(request.model_copy(update={"on": on}))
        rows.append((label(request), on, found.authorization, then.reasons[-1]))
    return Table(columns, 1, tuple(rows))


# ---- caps


def _headroom(question: Headroom, world: World) -> Table:
    columns = (
        Column("on", "day"),
        Column("cap"),
        Column("holder"),
        Column("allowance_tpp", "tpp"),
        Column("drawdown_tpp", "tpp"),
        Column("reserved_tpp", "tpp"),
        Column("headroom_tpp", "tpp"),
        Column("binding_on", "day"),
        Column("cite", compared=False),
    )
    filters = Filters(question.cap, question.holder, question.destination)
    named = question.destination is not None
    rows = [
        (
            on,
            found.finding.cap,
            ", ".join(found.finding.holder),
            found.finding.allowance_tpp,
            found.finding.drawdown_tpp,
            found.finding.reserved_tpp,
            found.finding.headroom_tpp,
            found.finding.binding_on,
            found.finding.cite,
        )
        for on, found, touched in surveys(filters, question.days, world.prefix, world.law)
        if touched or named
    ]
    return Table(columns, 3, tuple(sorted(rows, key=lambda row: tuple(map(str, row[:3])))))


def _breaches(question: Breaches, world: World) -> Table:
    columns = (
        Column("cap"),
        Column("holder"),
        Column("first_on", "day"),
        Column("last_on", "day"),
        Column("worst_on", "day"),
        Column("over_tpp", "tpp"),
        Column("allowance_tpp", "tpp"),
        Column("by_event"),
        Column("kind"),
        Column("supposed"),
        Column("cite", compared=False),
    )
    view = world.view()
    keys = [key for key in view.keys(_limits(question, world)) if _is_asked(key, question, world)]
    rows: list[tuple[Cell, ...]] = []
    for one in breaches_of(view, world.causes(), keys, since=question.since or date.min):
        event, supposed = world.event(one.entry)
        rows.append(
            (
                one.cap,
                ", ".join(one.holder),
                one.first_on,
                one.last_on,
                one.worst_on,
                one.over_tpp,
                one.allowance_tpp,
                event.id,
                event.kind,
                "yes" if supposed else "no",
                one.cite,
            )
        )
    return Table(columns, 3, tuple(rows))


def _limits(question: Breaches, world: World) -> list[str]:
    if question.cap is not None and not world.law.versions(question.cap):
        raise NotFound(
            f"no adopted pack has the cap '{question.cap}'",
            where="cap",
            cure="list the caps: chipledger rules",
        )
    return [one for one in world.view().limits() if question.cap in (None, one)]


def _is_asked(key: Key, question: Breaches, world: World) -> bool:
    cap_id, holder = key
    named = dict(zip(world.law.versions(cap_id)[0].per, holder, strict=True))
    placed = question.destination in (None, named.get("destination"))
    return placed and question.holder in (None, *holder)


def no_reports(_: World, question: ReportAsked) -> Table:
    """For those who ask no report."""
    raise InvalidInput(
        f"the report '{question.report}' is not run here",
        where="report",
        cure="run the scenario with 'chipledger whatif'",
    )


_ANSWERS: Final[dict[str, Callable[[Any, World], Table]]] = {
    "decide": _decided,
    "authorizations": _carrying,
    "largest": _largest,
    "earliest": _earliest,
    "headroom": _headroom,
    "breaches": _breaches,
}
"""Who answers which question."""
