"""`chipledger pipeline`: files of deals, checked and simulated."""

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cyclopts import App, CycloptsError
from rich.console import Console

from ledger.cli.flags import AsOfFlag, Common, PostureFlag
from ledger.cli.output import emit, esc, heading, lines, progress_bar, put, table, tpp

if TYPE_CHECKING:
    from ledger.intake.deals import InvalidDeals
    from ledger.planning.answers import Answer, Checked, CheckedPipeline
    from ledger.reporting.running import Ran

MOST_SHOWN: Final = 50
"""Deals that a terminal is shown of those that do not go as they are."""

DIGEST_SHOWN: Final = 12

pipeline = App(
    name="pipeline",
    help="""Files of deals (CSV, XLSX, Parquet, JSON): what goes, and how likely a cap is passed.

    Nothing is recorded. The columns of a file are described in docs/pipeline.md.

    Example: chipledger pipeline check examples/deals.csv
    """,
)


@pipeline.command
def check(
    file: Path,
    /,
    *,
    posture: PostureFlag | None = None,
    as_of: AsOfFlag = None,
    format: str | None = None,  # noqa: A002 -- the flag's name
    out: Path | None = None,
    common: Common = Common(),  # noqa: B008 -- frozen
) -> int:
    """Check every deal of a file: by itself, and one after the other by priority.

    Exit status 0 if every deal goes whole in its window, in order, 1 if not, 2 where the file can't
    be read: every wrong cell is told with its row and column.

    Example: chipledger pipeline check examples/deals.csv --format xlsx,html --out checked

    Parameters
    ----------
    file
        The deals: a .csv, .xlsx, .parquet or .json file.
    posture
        Decide by what is on the books, or by what is enforced; else the setting posture/default.
    as_of
        As the ledger was known at a size, a time with its offset from UTC, or the end of a day.
    format
        Some of csv, xlsx, parquet, json, html, pdf, with commas between; needs --out.
    out
        Folder for the files.
    """
    from ledger.planning.checking import check_pipeline

    formats = _formats(format, out)
    with (
        _faults_told(as_json=common.json) as told,
        progress_bar("checking", shown=not common.json) as progress,
    ):
        found = check_pipeline(common.url, file, posture=posture, as_of=as_of, progress=progress)
    if told:
        return told[0].exit_status
    files = _written(found.table(), formats, out)
    data = found.as_data() | ({"files": files} if files else {})
    emit(data, lambda to: _show_checked(to, found, files), as_json=common.json)
    return int(not found.all_go)


@contextmanager
def _faults_told(*, as_json: bool) -> "Iterator[list[InvalidDeals]]":
    """Tell the faults of a file of deals row by row; they are in the list if there were any."""
    from ledger.intake.deals import InvalidDeals

    told: list[InvalidDeals] = []
    try:
        yield told
    except InvalidDeals as wrong:
        told.append(wrong)
        if as_json:
            print(json.dumps({"error": wrong.as_data()}), file=sys.stderr)  # noqa: T201
        else:
            _show_faults(wrong)


def _show_faults(wrong: "InvalidDeals") -> None:
    from ledger.cli.output import console

    to = console(stderr=True)
    to.print(f"[bold red]{wrong.code}[/]  {esc(wrong.where)}")
    made = table("row", "column", "value", "what is wrong", right=("row",), whole=("column",))
    for fault in wrong.faults:
        cells = (fault.column, fault.value, fault.reason)
        made.add_row(str(fault.row), *(esc(cell) for cell in cells))
    put(to, made)
    to.print(f"{wrong.cure[0].upper()}{wrong.cure[1:]}.", markup=False)


def _formats(text: str | None, out: Path | None) -> list[str]:
    """The formats that are asked for; wrong usage where one is none, or has no place to go."""
    from ledger.reporting.writing import WRITERS

    if (text is None) != (out is None):
        raise CycloptsError(msg="Give both --format and --out, or neither.")
    named = [] if text is None else [one.strip() for one in text.split(",")]
    for one in named:
        if one not in WRITERS:
            raise CycloptsError(msg=f"--format knows {', '.join(WRITERS)}; found '{one}'.")
    return named


def _written(ran: "Ran", formats: Sequence[str], out: Path | None) -> list[str]:
    """Write a table's files; returns their names."""
    from ledger.reporting.writing import write

    return [] if out is None else [str(one) for one in write(ran, formats, out)]


def _show_checked(to: Console, found: "CheckedPipeline", files: Sequence[str]) -> None:
    from ledger.planning.answers import ORDER, STANDINGS

    rows = f"{len(found.deals):,} deals of {found.file.name}"
    to.print(f"[bold]{esc(rows)}[/]")
    alone, in_order = (
        found.counts(lambda one: one.alone),
        found.counts(lambda one: one.in_order),
    )
    made = table("deal", "by itself", "in order", right=("by itself", "in order"))
    for standing, words in STANDINGS.items():
        if alone[standing] or in_order[standing]:
            made.add_row(words, f"{alone[standing]:,}", f"{in_order[standing]:,}")
    put(to, made)
    to.print(f"[dim]in order of {ORDER}; each deal that goes draws on what is left[/]")
    others = [one for one in found.deals if one.in_order.standing != "whole"]
    if others:
        _show_deals(to, others)
    lines(to, files)
    show_sealed(to, found.sealed)


def _show_deals(to: Console, others: "Sequence[Checked]") -> None:
    heading(to, "Deals that do not go as they are")
    columns = ("row", "deal", "asked", "by itself", "in order", "what binds, or stands in the way")
    made = table(*columns, right=("row",))
    for one in others[:MOST_SHOWN]:
        deal = one.deal
        asked = f"{deal.quantity:,} {deal.device} to {deal.end_user}, {deal.destination}"
        window = f"{deal.earliest} to {deal.latest}"
        stands = (_told(one.alone, deal.device), _told(one.in_order, deal.device))
        held = one.in_order.binding
        why = one.why
        if not why and held is not None:
            why = (
                f"{held.cap} leaves {', '.join(held.holder)} {tpp(held.headroom_tpp)} TPP, "
                f"{held.headroom_units:,} units, on {held.binding_on}"
            )
        made.add_row(
            str(one.row), *(esc(cell) for cell in (deal.deal, f"{asked}, {window}", *stands, why))
        )
    put(to, made)
    left = len(others) - MOST_SHOWN
    if left > 0:
        to.print(f"{left:,} more deals: write them with --format csv --out DIR")


def _told(answer: "Answer", device: str) -> str:
    """How a deal stands, and the parts that go or would; a device is named if it is another."""
    parts = [
        f"{one.quantity:,}{'' if one.device == device else f' {one.device}'} on {one.on} "
        f"under {one.authorization}{f' {one.line}' if one.line else ''}"
        for one in answer.parts
    ]
    return f"{answer.standing}: {', '.join(parts)}" if parts else answer.standing


def show_sealed(to: Console, sealed: dict[str, Any]) -> None:
    """What an answer rests on."""
    law = ", ".join(f"{one['pack']} {one['digest'][:DIGEST_SHOWN]}" for one in sealed["law"])
    as_of = sealed["as_of"]
    to.print(
        f"\n[dim]as of head {as_of['size']}, root {as_of['root']}\n"
        f"posture {sealed['posture']}\nlaw {esc(law)}\n"
        "This advises; it is not legal clearance.[/]"
    )
