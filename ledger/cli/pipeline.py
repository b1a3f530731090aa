"""`chipledger pipeline`: files of deals, checked and simulated."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cyclopts import App, CycloptsError, Parameter
from rich.console import Console

from ledger.cli.deal_faults import faults_told
from ledger.cli.flags import (
    PICTURES,
    AsOfFlag,
    Common,
    PostureFlag,
    WholeFlag,
    as_day,
    formats_named,
)
from ledger.cli.optimising import optimise
from ledger.cli.output import emit, esc, progress_bar

if TYPE_CHECKING:
    from ledger.intake.deals import InvalidDeals
    from ledger.reporting.running import Ran

DIGEST_SHOWN: Final = 12

pipeline = App(
    name="pipeline",
    help="""Files of deals (CSV, XLSX, Parquet, JSON): what goes, with which odds, and the best set.

    Nothing is recorded. The columns of a file are described in docs/pipeline.md.

    Example: chipledger pipeline check examples/deals.csv
    """,
)


@Parameter(name="*", group="Ledger")
@dataclass(frozen=True)
class Asking:
    """What of the ledger and of its law decides."""

    posture: PostureFlag | None = None
    "Decide by what is on the books, or by what is enforced; else the setting posture/default."
    as_of: AsOfFlag = None
    "As the ledger was known at a size, a time with its offset from UTC, or the end of a day."


@Parameter(name="*", group="Files")
@dataclass(frozen=True)
class Writing:
    """Which files are written, and where."""

    format: str | None = None
    "Some of csv, xlsx, parquet, json, html, pdf, and of a simulation svg, png; needs --out."
    out: Path | None = None
    "Folder for the files."

    def formats(self, *, pictures: bool) -> list[str]:
        """The formats that are asked for; wrong usage where one is none, or has no place to go."""
        from ledger.reporting.writing import WRITERS

        if (self.format is None) != (self.out is None):
            raise CycloptsError(msg="Give both --format and --out, or neither.")
        known = [one for one in WRITERS if pictures or one not in PICTURES]
        return [] if self.format is None else formats_named(self.format, known)


pipeline.command(optimise)


@pipeline.command
def check(
    file: Path,
    /,
    *,
    asking: Asking = Asking(),
    writing: Writing = Writing(),
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
    """
    from ledger.cli.pipeline_shown import show_checked
    from ledger.planning.checking import check_pipeline

    formats = writing.formats(pictures=False)
    with _waited_for("checking", common) as (told, progress):
        found = check_pipeline(
            common.url, file, posture=asking.posture, as_of=asking.as_of, progress=progress
        )
    if told:
        return told[0].exit_status
    files = _written([found.table()], formats, writing.out)
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
    asking: Asking = Asking(),
    writing: Writing = Writing(),
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
    """
    from ledger.cli.pipeline_shown import show_simulated
    from ledger.planning.simulating import Asked, simulate_pipeline

    formats = writing.formats(pictures=True)
    asked = Asked(seed or 0, runs or 0, as_day(until, "--until"))
    with _waited_for("simulating", common) as (told, progress):
        found = simulate_pipeline(
            common.url, file, asked, posture=asking.posture, as_of=asking.as_of, progress=progress
        )
    if told:
        return told[0].exit_status
    files = _written(found.tables(), formats, writing.out)
    data = found.as_data() | ({"files": files} if files else {})
    emit(data, lambda to: show_simulated(to, found, files), as_json=common.json)
    return 0


@contextmanager
def _waited_for(
    what: str, common: Common
) -> "Iterator[tuple[list[InvalidDeals], Callable[[int, int], None]]]":
    """Faults of a file of deals, told row by row if there are any, and a bar for who waits."""
    with (
        faults_told(as_json=common.json) as told,
        progress_bar(what, shown=not common.json) as progress,
    ):
        yield told, progress


def _written(tables: "Sequence[Ran]", formats: Sequence[str], out: Path | None) -> list[str]:
    """Write the files of some tables, pictures only of those that have one; returns their names."""
    from ledger.reporting.writing import write

    if out is None:
        return []
    files: list[Path] = []
    for ran in tables:
        drawn = [one for one in formats if one not in PICTURES or ran.report.chart is not None]
        files += write(ran, drawn, out)
    return [str(file) for file in files]


def show_sealed(to: Console, sealed: dict[str, Any]) -> None:
    """What an answer rests on."""
    law = ", ".join(f"{one['pack']} {one['digest'][:DIGEST_SHOWN]}" for one in sealed["law"])
    as_of = sealed["as_of"]
    to.print(
        f"\n[dim]as of head {as_of['size']}, root {as_of['root']}\n"
        f"posture {sealed['posture']}\nlaw {esc(law)}\n"
        "This advises; it is not legal clearance.[/]"
    )
