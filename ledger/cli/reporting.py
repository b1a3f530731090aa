"""`chipledger report`."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from cyclopts import App, CycloptsError
from rich.console import Console

from ledger.cli.filing import quarterly, verify
from ledger.cli.flags import AsOfFlag, Common, formats_named
from ledger.cli.output import console, emit, esc, heading, lines, progress_bar, put, table

if TYPE_CHECKING:
    from ledger.reporting.parameters import Parameter
    from ledger.reporting.report import Report
    from ledger.reporting.running import Ran

MOST_SHOWN = 200
"""Rows that a terminal is shown of one report."""


report = App(
    name="report",
    help="""Reports on the ledger's snapshot: listed, run, written as documents, filed and verified.

    Example: chipledger report headroom --param on=2026-09-30 --format xlsx,pdf --out filed
    """,
)
report.command(quarterly)
report.command(verify)


@report.default
def run_report(
    name: str | None = None,
    /,
    *,
    param: tuple[str, ...] = (),
    format: str | None = None,  # noqa: A002 -- the flag's name
    out: Path | None = None,
    reports: Path | None = None,
    snapshot: Path | None = None,
    as_of: AsOfFlag = None,
    common: Common = Common(),  # noqa: B008 -- frozen
) -> int:
    """List the reports, or run one on the ledger's snapshot, which is brought up to date first.

    Every report names the head, the law and the lists that it was made from.

    Example: chipledger report headroom --param on=2026-09-30 --format xlsx,pdf --out filed

    Parameters
    ----------
    name
        The report; left out, the reports are listed with what they answer and ask for.
    param
        A parameter as NAME=VALUE; may be given again.
    format
        Some of table, csv, xlsx, parquet, json, html, pdf, svg, png, with commas between.
    out
        Folder for the files; without it the table is printed.
    reports
        A folder with reports of your own; else CHIPLEDGER_REPORTS.
    snapshot
        The snapshot's file, if not the usual one.
    as_of
        As the ledger was known at a size, a time with its offset from UTC, or the end of a day.
    """
    from ledger.reporting.report import named
    from ledger.reporting.running import reporting

    own = reports or (Path(found) if (found := os.environ.get("CHIPLEDGER_REPORTS")) else None)
    if name is None:
        return _listed(own, common)
    asked, given = named(name, own), _given(param)
    formats = _formats(format, out, as_json=common.json)
    with (
        progress_bar("filling", shown=not common.json) as progress,
        reporting(common.url, snapshot, as_of=as_of, progress=progress) as session,
    ):
        ran = session.run(asked, given)
    return _brought(ran, formats, out, common)


def _given(param: tuple[str, ...]) -> dict[str, str]:
    """Parameters by their names."""
    found = {}
    for one in param:
        name, equals, value = one.partition("=")
        if not equals or name in found:
            raise CycloptsError(msg=f"Write --param NAME=VALUE, each name once; found '{one}'.")
        found[name] = value
    return found


def _formats(text: str | None, out: Path | None, *, as_json: bool) -> list[str]:
    """The formats that are asked for; wrong usage where one is none, or has no place to go."""
    from ledger.reporting.writing import WRITERS

    if text is None and out is not None:
        raise CycloptsError(msg="Say what to write: --format csv, xlsx, parquet, json, html, pdf.")
    if text is None or (as_json and text == "table"):
        return ["json"] if as_json else ["table"]
    named = formats_named(text, ["table", *WRITERS])
    if out is None and set(named) - {"table"} and named != ["json"]:
        raise CycloptsError(msg="Files need a folder: name it with --out.")
    return named


def _brought(ran: "Ran", formats: list[str], out: Path | None, common: Common) -> int:
    """Print a report, or write its files and say where they are."""
    from ledger.reporting.writing import put_json, write

    files = write(ran, [one for one in formats if one != "table"], out) if out is not None else []
    if "table" in formats and not common.json:
        show(console(), ran)
    if out is None and "table" not in formats:
        put_json(ran, sys.stdout)
    if out is not None:
        data = {**ran.about(), "files": [str(file) for file in files]}
        emit(data, lambda to: lines(to, [str(file) for file in files]), as_json=common.json)
    return 0


def show(to: Console, ran: "Ran") -> None:
    """Show a report as a table; what is longer than a screen says so."""
    from ledger.reporting.writing import text

    to.print(f"[bold]{esc(ran.report.title)}[/]")
    given = ", ".join(f"{name} {value}" for name, value in ran.values.items() if value is not None)
    to.print(f"[dim]{esc(ran.report.question)}{f' ({esc(given)})' if given else ''}[/]")
    rows = ran.table.head(MOST_SHOWN).rows()
    if not rows:
        to.print("there is nothing to show")
    else:
        figures = {one.label for one in ran.report.columns if one.unit not in (None, "day")}
        days = {one.label for one in ran.report.columns if one.unit == "day"}
        made = table(*(one.label for one in ran.report.columns), right=figures, whole=days)
        for row in rows:
            made.add_row(*(esc(text(cell)) for cell in row))
        totals = ran.totals()
        if any(total is not None for total in totals):
            made.add_section()
            made.add_row(*(f"[bold]{esc(text(total))}[/]" for total in totals))
        put(to, made)
    left = ran.table.height - len(rows)
    if left:
        to.print(f"{left:,} more rows: write them with --format csv --out DIR")
    sealed = ran.sealed
    law = esc(", ".join(f"{one['pack']} {one['digest'][:12]}" for one in sealed["law"]))
    as_of = sealed["as_of"]
    to.print(f"\n[dim]as of head {as_of['size']}, root {as_of['root']}\nlaw {law}[/]")


def _listed(own: Path | None, common: Common) -> int:
    from ledger.reporting.report import reports as known

    found = list(known(own).values())
    emit([_told(one) for one in found], lambda to: _show_list(to, found), as_json=common.json)
    return 0


def _told(one: "Report") -> dict[str, object]:
    return {
        "name": one.name,
        "title": one.title,
        "question": one.question,
        "file": str(one.file),
        "parameters": [
            {
                "name": asked.name,
                "type": asked.type,
                "optional": asked.optional,
                "default": asked.default,
                "meaning": asked.meaning,
            }
            for asked in one.parameters
        ],
        "columns": [
            {"name": column.name, "unit": column.unit, "meaning": column.meaning}
            for column in one.columns
        ],
    }


def _asked(one: "Parameter") -> str:
    """A parameter as the list names it: with its default, in brackets where it may be left out."""
    if one.default is not None:
        return f"{one.name}={one.default}"
    return f"[{one.name}]" if one.optional else f"{one.name} (needed)"


def _show_list(to: Console, found: "list[Report]") -> None:
    made = table("report", "what it answers", "parameters", whole=["report"])
    for one in found:
        asked = [_asked(each) for each in one.parameters]
        made.add_row(one.name, esc(one.question), esc(", ".join(asked)))
    heading(to, "Reports")
    put(to, made)
    to.print("run one: chipledger report NAME --param NAME=VALUE --format xlsx,pdf --out DIR")
