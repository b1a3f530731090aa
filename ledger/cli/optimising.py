"""`chipledger pipeline optimise`: the best set of deals, or the smallest change to have all."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal

from cyclopts import CycloptsError, Parameter
from rich.console import Console

from ledger.cli.deal_faults import faults_told
from ledger.cli.flags import PICTURES, AsOfFlag, Common, PostureFlag, formats_named
from ledger.cli.output import emit, esc, heading, lines, progress_bar, put, table
from ledger.store.as_of import AsOf

if TYPE_CHECKING:
    from ledger.planning.optimised import OptimisedPipeline, Proof
    from ledger.planning.waiting import Bound

MOST_SHOWN: Final = 60
"""Rows of a table that a terminal is shown."""

AimFlag = Literal["value", "tpp", "number"]
ChangeFlag = Literal["quantity", "days"]

MILLION: Final = 1_000_000

FORMATS: Final = "csv,xlsx,json"
"""What is written into a folder, if nothing else is said."""


def optimise(
    file: Path,
    /,
    *,
    aim: Annotated[AimFlag | None, Parameter(name="--for")] = None,
    change: ChangeFlag | None = None,
    seconds: float = 20.0,
    posture: PostureFlag | None = None,
    as_of: AsOfFlag = None,
    format: str | None = None,  # noqa: A002 -- the flag's name
    out: Path | None = None,
    common: Common = Common(),  # noqa: B008 -- frozen
) -> int:
    """Plan the best set of deals: which, when, of which device, under which authorization.

    Nothing is recorded. Exit status 1 where not every fixed deal can be served whole, with --change
    days where not every deal can: a smallest set of deals and caps that conflict is told.

    Example: chipledger pipeline optimise examples/deals.csv --for value

    Parameters
    ----------
    file
        The deals: a .csv, .xlsx, .parquet or .json file.
    aim
        What there is to be most of: value, TPP (if left out), or deals served whole.
    change
        Instead: the fewest units to cut, or days to move deals past their windows, so that all go.
    seconds
        How long the solver may take; what is not proven by then says so.
    posture
        Decide by what is on the books, or by what is enforced; else the setting posture/default.
    as_of
        As the ledger was known at a size, a time with its offset from UTC, or the end of a day.
    format
        Some of csv, xlsx, parquet, json, html, pdf; needs --out. Left out: csv, xlsx, json.
    out
        Folder for files of the plan.
    """
    question, formats = (*_question(aim, change), _time(seconds)), _formats(format, out)
    with (
        faults_told(as_json=common.json) as faults,
        progress_bar("planning", shown=not common.json) as progress,
    ):
        found = _planned(common.url, file, question, posture, as_of, progress)
    if faults:
        return faults[0].exit_status
    _told(found, _written(found, formats, out), as_json=common.json)
    return int(not found.met)


def _planned(  # noqa: PLR0917 -- handed on as they came
    url: str,
    file: Path,
    question: "tuple[AimFlag, ChangeFlag | None, float]",
    posture: PostureFlag | None,
    as_of: AsOf | None,
    progress: Callable[[int, int], None],
) -> "OptimisedPipeline":
    from ledger.planning.optimise import Asked, optimise_pipeline

    asked = Asked(*question)
    return optimise_pipeline(url, file, asked, posture=posture, as_of=as_of, progress=progress)


def _told(found: "OptimisedPipeline", files: Sequence[str], *, as_json: bool) -> None:
    data = found.as_data() | ({"files": list(files)} if files else {})
    emit(data, lambda to: _show(to, found, files), as_json=as_json)


def _question(aim: AimFlag | None, change: ChangeFlag | None) -> tuple[AimFlag, ChangeFlag | None]:
    """What is asked; wrong usage where it is both an aim and a smallest change."""
    if aim is not None and change is not None:
        raise CycloptsError(msg="Give --for or --change: a smallest change has no other aim.")
    return aim or "tpp", change


def _time(seconds: float) -> float:
    if not seconds > 0:
        raise CycloptsError(msg=f"--seconds is more than 0; found {seconds}.")
    return seconds


def _formats(text: str | None, out: Path | None) -> list[str]:
    """The formats that are asked for; wrong usage where one is none, or has no place to go."""
    from ledger.reporting.writing import WRITERS

    if text is not None and out is None:
        raise CycloptsError(msg="Files need a folder: name it with --out.")
    known = [one for one in WRITERS if one not in PICTURES]
    return formats_named(text or FORMATS, known)


def _written(found: "OptimisedPipeline", formats: Iterable[str], out: Path | None) -> list[str]:
    from ledger.reporting.writing import write

    return [] if out is None else [str(one) for one in write(found.table(), formats, out)]


def _show(to: Console, found: "OptimisedPipeline", files: Sequence[str]) -> None:
    from ledger.cli.pipeline import show_sealed
    from ledger.planning.optimised import AIMS, CHANGES, amount

    served = f"{found.served:,} of {len(found.file.deals):,} deals of {found.file.name} go whole"
    style = "bold green" if found.met else "bold red"
    fixed = "" if found.fixed_served else ", not all that are fixed"
    to.print(f"[{style}]{esc(served)}{fixed}[/]")
    asked = CHANGES[found.change] if found.change else AIMS[found.aim]
    to.print(f"for {asked}")
    worth = ""
    if found.asked_value:
        worth = f", worth {amount(found.value)} of {amount(found.asked_value)}"
    to.print(f"{len(found.lots):,} lots, {found.tpp.grouped()} TPP{worth}")
    _show_proof(to, found.proof)
    _show_conflict(to, found)
    _show_lots(to, found)
    _show_changes(to, found)
    _show_bounds(to, found.bounds)
    _show_left_out(to, found)
    lines(to, files)
    show_sealed(to, found.sealed)


def _show_proof(to: Console, proof: "Proof") -> None:
    from ledger.planning.optimised import amount

    gap = "" if proof.gap is None else f"{amount(proof.gap * 100, up=True)} %"
    bound = "" if proof.bound is None else amount(proof.bound, up=True)
    reached = amount(proof.achieved)
    past = f"none gets past {bound}, {gap} away" if bound else "how far it is from the best is open"
    told = {
        "best": f"{reached}: none is better",
        "within-gap": f"{reached}: {past}",
        "time-limit": f"{reached}, when --seconds were over: {past}",
        "none": "there is no plan, or none was found in time",
    }[proof.status]
    days = "a coarse grid of days was tried" if proof.coarse else "all days that matter were tried"
    to.print(f"[dim]{told}; {days} ({proof.choices:,} choices)[/]")


def _show_conflict(to: Console, found: "OptimisedPipeline") -> None:
    if found.conflict is None:
        return
    heading(to, "Deals that can't all be served")
    lines(to, [", ".join(found.conflict.deals)])
    caps = [f"{cap} of {', '.join(holder)}" for cap, holder in found.conflict.caps]
    if caps:
        lines(to, caps, mark="→")


def _show_lots(to: Console, found: "OptimisedPipeline") -> None:
    from ledger.planning.optimised import amount

    if not found.lots:
        return
    heading(to, "Plan by day")
    figures = ("row", "units", "TPP", "value")
    made = table(
        "on", "row", "deal", "units", "device", "to", "under", "TPP", "value",
        right=figures, whole=("on",),
    )  # fmt: skip
    for one in found.lots[:MOST_SHOWN]:
        under = f"{one.authorization}{f' {one.line}' if one.line else ''}"
        to_whom = f"{one.deal.end_user}, {one.deal.destination}"
        made.add_row(
            str(one.on),
            f"{one.row:,}",
            esc(one.deal.deal),
            f"{one.quantity:,}",
            *(esc(cell) for cell in (one.device, to_whom, under)),
            one.tpp.grouped(),
            amount(one.value),
        )
    put(to, made)
    _more(to, len(found.lots), "lots")


def _show_changes(to: Console, found: "OptimisedPipeline") -> None:
    from ledger.planning.optimised import amount

    if found.change is None:
        return
    heading(to, "Changes")
    if not found.changes:
        to.print("no deal is changed")
        return
    made = table("row", "deal", "units cut", "days moved", right=("row", "units cut", "days moved"))
    for one in found.changes[:MOST_SHOWN]:
        cut = amount(one.units, up=True)
        made.add_row(f"{one.row:,}", esc(one.deal.deal), cut, f"{one.days:,}")
    put(to, made)
    _more(to, len(found.changes), "changes")


def _show_bounds(to: Console, bounds: "Sequence[Bound]") -> None:
    if not bounds:
        return
    heading(to, "What binds, TPP (of licence lines, units)")
    figures = ("allowance", "in the ledger", "planned", "left", "a million more")
    made = table("cap", "holder", "on", *figures, "waiting", right=figures, whole=("on",))
    for one in bounds[:MOST_SHOWN]:
        held = one.drawdown + one.reserved
        amounts = (one.allowance, held, one.planned, one.left)
        made.add_row(
            esc(one.cap),
            esc(", ".join(one.holder)),
            str(one.on),
            *(one.amount(number, grouped=True) or "no limit" for number in amounts),
            _worth(one),
            f"{len(one.waiting):,} deals" if len(one.waiting) > 1 else esc(one.waiting[0]),
        )
    put(to, made)
    to.print("[dim]~ what more room would gain if lots could go in parts: an estimate[/]")


def _worth(one: "Bound") -> str:
    """What a million TPP more would gain, of a licence line one more unit."""
    if one.worth is None:
        return ""
    return f"~{one.worth:.4g} a unit" if one.in_units else f"~{one.worth * MILLION:.4g}"


def _show_left_out(to: Console, found: "OptimisedPipeline") -> None:
    from ledger.planning.optimised import amount

    if not found.left_out:
        return
    heading(to, "Deals that do not go whole")
    made = table("row", "deal", "left out", "why", right=("row", "left out"))
    for one in found.left_out[:MOST_SHOWN]:
        name = f"{one.deal.deal} (fixed)" if one.deal.fixed else one.deal.deal
        left = f"{amount(one.share * 100, up=True)} %"
        made.add_row(f"{one.row:,}", esc(name), left, esc(one.why))
    put(to, made)
    _more(to, len(found.left_out), "deals")


def _more(to: Console, count: int, what: str) -> None:
    if count > MOST_SHOWN:
        to.print(f"{count - MOST_SHOWN:,} more {what}: see --json, or write them with --out DIR")
