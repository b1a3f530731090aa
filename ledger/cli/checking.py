"""`chipledger check`, and how a decision is shown."""

from collections.abc import Iterable

from rich.console import Console

from ledger.cli.flags import AsOfFlag, Common, LotFlags, PostureFlag
from ledger.cli.output import OUTCOME_STYLE, emit, esc, heading, lines, put, table, tpp
from ledger.core.alternatives import Alternative, OtherDevice
from ledger.core.changes import changes
from ledger.core.decision import Decision
from ledger.core.duties import Duty
from ledger.core.findings import Finding
from ledger.core.values import Tpp
from ledger.service.checking import Answer
from ledger.service.checking import check as check_request

DIGEST_SHOWN = 12


def check(
    *,
    lot: LotFlags = LotFlags(),  # noqa: B008 -- frozen
    posture: PostureFlag | None = None,
    as_of: AsOfFlag = None,
    explain: bool = False,
    common: Common = Common(),  # noqa: B008 -- frozen
) -> int:
    """May this lot go, under which authorization, and what is left?

    Nothing is recorded. Exit status 0 if permitted, 1 if not.

    Example: chipledger check --device nvidia-h100-sxm --quantity 50 --destination BR
    --ultimate-consignee uni-br --exporter seller --on 2025-09-01

    Parameters
    ----------
    posture
        Decide by what is on the books, or by what is enforced; else the setting posture/default.
    as_of
        As the ledger was known at a size, a time with its offset from UTC, or the end of a day.
    explain
        Show every authorization with each requirement, not only what decides.
    """
    answer = check_request(common.url, lot.data(), posture=posture, as_of=as_of)
    emit(answer.as_data(), lambda to: show_answer(to, answer, whole=explain), as_json=common.json)
    return int(answer.decision.outcome != "permitted")


def show_answer(to: Console, answer: Answer, *, whole: bool = False) -> None:
    """Show a decision to a person: the answer first, then what it rests on."""
    decision = answer.decision
    show_outcome(to, decision)
    # Of a lot that may go, the caps it draws on and no other; of another one, what is in its way.
    over = [f for c in decision.candidates for f in c.findings if f.decides and not f.fits]
    blocking = over if decision.authorization is None else []
    shown = {(f.cap, f.holder): f for f in (*decision.findings, *blocking)}
    if shown:
        _show_findings(to, shown.values())
    heading(to, "Why")
    short = decision.authorization is not None and not whole
    stops = [one for one in decision.reasons if one.startswith("every authorization")]
    lines(to, [*stops, decision.reasons[-1]] if short else decision.reasons)
    if whole:
        _show_candidates(to, decision)
        show_changes(to, decision)
    if answer.alternatives:
        also = "Also open" if decision.authorization else "What would go"
        heading(to, also)
        lines(to, (_alternative(one) for one in answer.alternatives), mark="→")
    if decision.duties:
        heading(to, "Duties")
        lines(to, (_duty(d, answer) for d in sorted(decision.duties, key=lambda d: d.due_on)))
    _show_standing(to, answer)


def show_outcome(to: Console, decision: Decision) -> None:
    """Show an answer's first lines: the outcome and the lot."""
    request = decision.request
    style = OUTCOME_STYLE[decision.outcome]
    under = f"  under [bold]{esc(decision.authorization)}[/]" if decision.authorization else ""
    review = f"  review: {decision.review}" if decision.review else ""
    review += f" [dim]({esc(decision.review_cite)})[/]" if decision.review_cite else ""
    to.print(f"[{style}]{decision.outcome}[/]{under}{review}")
    item_class = decision.item_class or "class unknown"
    to.print(
        f"{request.quantity:,} {esc(request.device)} ({item_class}) = {tpp(decision.tpp)} TPP, "
        f"{request.transaction} {request.origin} to {request.destination} on {request.on}, "
        f"for {esc(request.ultimate_consignee)}, operated by {esc(request.end_user)}"
    )


def _show_findings(to: Console, findings: Iterable[Finding]) -> None:
    heading(to, "Headroom, TPP")
    figures = ("allowance", "drawn", "reserved", "before", "this lot", "after", "units")
    for f in findings:
        kind = "" if f.effect == "limit" else f", {f.effect}"
        house = f"; {f.house}" if f.house else ""
        holder = esc(", ".join(f.holder))
        to.print(f"[bold]{esc(f.cap)}[/] for {holder}{kind}, binds on {f.binding_on}")
        to.print(f"[dim]{esc(f.title)} ({esc(f.cite)}){esc(house)}[/]")
        after = None if f.headroom_tpp is None else Tpp(f.headroom_tpp - f.requested_tpp)
        made = table(*figures, right=figures)
        made.add_row(
            tpp(f.allowance_tpp),
            tpp(f.drawdown_tpp),
            tpp(f.reserved_tpp),
            tpp(f.headroom_tpp),
            tpp(f.requested_tpp),
            tpp(after),
            "" if f.headroom_units is None else f"{f.headroom_units:,}",
            style="" if f.fits or not f.decides else "red",
        )
        put(to, made)


def _show_candidates(to: Console, decision: Decision) -> None:
    for one in decision.candidates:
        heading(to, f"{one.authorization}: {one.status}")
        marks = {True: "[green]yes[/]", False: "[red]no[/]", None: "[magenta]?[/]"}
        made = table("", "needs", "found", "stands in", "rule")
        for r in one.requirements:
            rule = f"{r.row} ({r.cite})"
            cells = (r.needs, r.found, ", ".join(r.sources), rule)
            made.add_row(marks[r.holds], *(esc(cell) for cell in cells))
        put(to, made)
        if one.findings:
            _show_findings(to, one.findings)


def _duty(duty: Duty, answer: Answer) -> str:
    passed = answer.today is not None and duty.due_on < answer.today
    ago = f", passed by {answer.today}: was it done?" if passed else ""
    return f"by {duty.due_on}{ago}  {duty.what}  ({duty.cite})"


def show_changes(to: Console, decision: Decision) -> None:
    """Show what would have to change for the answer to change."""
    heading(to, "What would change the answer")
    said = []
    for change in changes(decision):
        if not change.opens:
            facts = "; ".join(m.found for m in change.missing)
            said.append(f"{change.authorization} rests on these facts: {facts}")
            continue
        lacks = "; and ".join(f"{m.needs} (found {m.found}; {m.row})" for m in change.missing)
        said.append(f"{change.authorization} lacks {len(change.missing)}: {lacks}")
    lines(to, said)


def _alternative(one: Alternative) -> str:
    value = one.value
    match one.change:
        case "quantity":
            return f"quantity {value:,} on that day, under {one.authorization}"
        case "on":
            return f"the whole lot on {value}, under {one.authorization}"
        case "authorization":
            return f"under {one.authorization}"
        case "device" if isinstance(value, OtherDevice):
            return f"{value.quantity:,} {value.device} instead, under {one.authorization}"
        case _ if isinstance(value, tuple):
            return "split: " + " and ".join(
                f"{part.quantity:,} on {part.on} under {part.authorization}" for part in value
            )
    return f"{one.change} {value}, under {one.authorization}"


def _show_standing(to: Console, answer: Answer) -> None:
    decision = answer.decision
    heading(to, "Standing")
    notes = []
    for note in decision.status:
        axes = ""
        if note.on_the_books is not None:
            books = "on the books" if note.on_the_books else "not on the books"
            enforced = "enforced" if note.enforced else "not enforced"
            since = "from" if note.since and note.since > decision.request.on else "since"
            axes = f" {books}, {enforced}, {since} {note.since}:"
        notes.append(f"{note.provision}:{axes} {note.text} ({note.cite})")
    other = decision.other_posture
    if other is not None:
        under = f" under {other.authorization}" if other.authorization else ""
        notes.append(f"as {other.posture} the answer is {other.outcome}{under}")
    notes += [
        f"overdue on {answer.today}, still counted: reservation {held}" for held in answer.overdue
    ]
    lines(to, notes)
    law = esc(", ".join(f"{one.pack} {one.digest[:DIGEST_SHOWN]}" for one in decision.law))
    to.print(
        f"\n[dim]as of head {decision.as_of.size}, root {decision.as_of.root}\n"
        f"posture {decision.posture}; decision {decision.decision_id}\nlaw {law}\n"
        "This advises; it is not legal clearance.[/]"
    )
