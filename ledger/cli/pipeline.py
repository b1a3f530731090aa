"""`chipledger pipeline`: files of deals, checked and simulated."""

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cyclopts import App, CycloptsError
from rich.console import Console

from ledger.cli.flags import AsOfFlag, Common, PostureFlag, WholeFlag, as_day
from ledger.cli.output import console, emit, esc, progress_bar, put, table

if TYPE_CHECKING:
    from ledger.intake.deals import InvalidDeals
    from ledger.reporting.running import Ran

DIGEST_SHOWN: Final = 12
PICTURES: Final = frozenset({"svg", "png"})

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
    from ledger.cli.pipeline_shown import show_checked
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
    emit(data, lambda to: show_checked(to, found, files), as_json=common.json)
    return int(not found.all_go)


@pipeline.command
def simulate(
    file: Path,
    /,
    *,
    seed: WholeFlag,
    runs: WholeFlag = 1_000,
    until: str | None = None,
    posture: PostureFlag | None = None,
    as_of: AsOfFlag = None,
    format: str | None = None,  # noqa: A002 -- the flag's name
    out: Path | None = None,
    common: Common = Common(),  # noqa: B008 -- frozen
) -> int:
    """Play the deals of a file many times: each closes with its odds, on some day of its window.

    Tells of every cap that they draw on, and each quarter, what is left at its end and in how many
    runs the cap is passed, and from which day on nothing is left. The same seed gives the same
    answer. Exit status 0, also where caps are passed; 2 where the file can't be read.

    Example: chipledger pipeline simulate examples/deals.csv --seed 1 --format html,png --out odds

    Parameters
    ----------
    file
        The deals: a .csv, .xlsx, .parquet or .json file.
    seed
        A whole number that names the draws of chance.
    runs
        How often the deals are played.
    until
        A day in the last quarter; that of the last deal's latest day if left out.
    posture
        Decide by what is on the books, or by what is enforced; else the setting posture/default.
    as_of
        As the ledger was known at a size, a time with its offset from UTC, or the end of a day.
    format
        Some of csv, xlsx, parquet, json, html, pdf, svg, png, with commas between; needs --out.
    out
        Folder for the files; svg and png hold the fan chart.
    """
    from ledger.cli.pipeline_shown import show_simulated
    from ledger.planning.simulating import simulate_pipeline

    formats = _formats(format, out)
    with (
        _faults_told(as_json=common.json) as told,
        progress_bar("simulating", shown=not common.json) as progress,
    ):
        found = simulate_pipeline(
            common.url,
            file,
            seed=seed or 0,
            runs=runs or 0,
            until=as_day(until, "--until"),
            posture=posture,
            as_of=as_of,
            progress=progress,
        )
    if told:
        return told[0].exit_status
    files = [
        file
        for ran in found.tables()
        for file in _written(ran, _drawn_as(ran, formats), out if formats else None)
    ]
    data = found.as_data() | ({"files": files} if files else {})
    emit(data, lambda to: show_simulated(to, found, files), as_json=common.json)
    return 0


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


def _drawn_as(ran: "Ran", formats: Sequence[str]) -> list[str]:
    """The formats that a table can be written in: pictures only where it has one."""
    return [one for one in formats if one not in PICTURES or ran.report.chart is not None]


def show_sealed(to: Console, sealed: dict[str, Any]) -> None:
    """What an answer rests on."""
    law = ", ".join(f"{one['pack']} {one['digest'][:DIGEST_SHOWN]}" for one in sealed["law"])
    as_of = sealed["as_of"]
    to.print(
        f"\n[dim]as of head {as_of['size']}, root {as_of['root']}\n"
        f"posture {sealed['posture']}\nlaw {esc(law)}\n"
        "This advises; it is not legal clearance.[/]"
    )
