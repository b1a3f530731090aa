"""Answering: the questions of a scenario, each as a table whose rows have keys to compare by."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Any, Final

from ledger.core.alternatives import earliest
from ledger.core.breaches import Key
from ledger.core.candidates import STATUS_WORDS, Candidate
from ledger.core.decision import Decision
from ledger.core.errors import InvalidInput, InvalidRequest, LedgerError, NotFound
from ledger.core.events import LotExported
from ledger.core.findings import Finding
from ledger.core.fitting import largest
from ledger.core.layered import Layered
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
from ledger.service.overview import Filters, surveys
from ledger.service.requests import parse_request
from ledger.service.reserving import lot_fields
from ledger.whatif.tables import BINDING, WHY, Cell, Column, Table
from ledger.whatif.worlds import World

Reports = Callable[[World, ReportAsked], Table]
"""Runs a report on a world."""


def title(question: Question) -> str:
    """What an answer is headed with."""
    if question.name is not None:
        return question.name
    return f"report {question.report}" if isinstance(question, ReportAsked) else question.ask


def answer(question: Question, world: World, reports: Reports, known: Table | None = None) -> Table:
    """Answer a question; raises what its lots, caps or parameters are refused with.

    `known` is another world's answer: of headroom, its rows are told too where nothing is drawn.
    """
    if isinstance(question, ReportAsked):
        return reports(world, question)
    if isinstance(question, Headroom):
        return _headroom(question, world, known)
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
    gone = Layered(world.prefix, world.law)
    for number, request in enumerate(_requests(question.lots, world), start=1):
        found = world.decide(request, gone if question.together and number > 1 else None)
        permitted = found.authorization is not None
        bound = binding(found.findings) if permitted else _blocking(found.candidates)
        rows.append(
            (
                label(request),
                found.outcome,
                found.authorization,
                found.review,
                *_bound(bound),
                why(found),
                found.decision_id,
            )
        )
        if permitted and question.together:
            fields = lot_fields(request, found, gone, world.law)
            gone.append(LotExported.model_validate({"id": f"what-if lot {number}", **fields}))
    return Table(columns, 1, tuple(rows))


def why(found: Decision) -> str:
    """Why an answer is what it is; of a lot that may not go, what stands in the way."""
    if found.authorization is not None:
        return found.reasons[-1]
    said = [one for one in found.reasons if any(words in one for words in IN_THE_WAY)]
    return "; ".join(said) or found.reasons[-1]


IN_THE_WAY: Final = (
    f" is {STATUS_WORDS['exceeds-cap']}: ",
    f" is {STATUS_WORDS['unresolved']}: ",
    "every authorization",
    "only a cap of your own",
)
"""Words of the reasons that tell people what they may do about it."""


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
                why(found.decision),
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
            none = f"no later day was found on which it may go whole; {why(decision)}"
            rows.append((label(request), None, None, none))
            continue
        on = found.value if isinstance(found.value, date) else request.on
        then = world.decide(request.model_copy(update={"on": on}))
        rows.append((label(request), on, found.authorization, why(then)))
    return Table(columns, 1, tuple(rows))


# ---- caps


def _headroom(question: Headroom, world: World, known: Table | None) -> Table:
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
    filters = Filters(question.cap, question.holder, question.destination, everything=True)
    also = {row[:3] for row in known.rows} if known is not None else set()
    rows = {
        row[:3]: row
        for on, found, _ in surveys(filters, question.days, world.prefix, world.law)
        for row in [_figures(on, found.finding)]
        if question.destination is not None
        or row[:3] in also
        or _is_worth_telling(found.finding, world)
    }
    if question.holder is not None and not rows:
        raise NotFound(
            f"no cap is held by '{question.holder}' on these days",
            where="holder",
            cure="name a party, a family's ultimate parent, a destination or a licence",
        )
    ordered = sorted(rows, key=lambda key: tuple(map(str, key)))
    return Table(columns, 3, tuple(rows[key] for key in ordered))


def _figures(on: date, finding: Finding) -> tuple[Cell, ...]:
    return (
        on,
        finding.cap,
        ", ".join(finding.holder),
        finding.allowance_tpp,
        finding.drawdown_tpp,
        finding.reserved_tpp,
        finding.headroom_tpp,
        finding.binding_on,
        finding.cite,
    )


def _is_worth_telling(finding: Finding, world: World) -> bool:
    """Whether something is drawn, or a party has a limit of its own of which nothing is drawn."""
    if finding.drawdown_tpp or finding.reserved_tpp:
        return True
    return finding.effect == "limit" and bool(PARTIES & set(world.law.versions(finding.cap)[0].per))


PARTIES: Final = frozenset({"ultimate_parent", "family", "ultimate_consignee", "end_user"})
"""Keys of a holder that name a party: a party is told of, a country or device among many is not."""


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
    "breaches": _breaches,
}
"""Who answers which question."""
