"""`chipledger import`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

from cyclopts import Parameter
from rich.console import Console

from ledger.cli.flags import Common
from ledger.cli.output import emit, heading, progress_bar, put, table
from ledger.core.errors import InvalidInput
from ledger.service.importing import ROWS_A_COMMIT, Import, Order
from ledger.service.importing import import_files as run

if TYPE_CHECKING:
    from collections import Counter

LONG_BYTES: Final = 1_000_000
"""Below it an import is over before a bar could be read."""


def import_files(
    *files: Path,
    map: Annotated[Path | None, Parameter(name="--map")] = None,  # noqa: A002 -- the flag's name
    dry_run: Annotated[bool, Parameter(negative="")] = False,
    atomic: Annotated[bool, Parameter(negative="")] = False,
    rejects: Path | None = None,
    commit_every: int = ROWS_A_COMMIT,
    actor: str | None = None,
    common: Common = Common(),  # noqa: B008 -- frozen
) -> int:
    """Import events (JSON Lines) or tables (CSV, XLSX, Parquet). Exit status 1 after rejects.

    Every row is counted: appended, already present, skipped by the map, or rejected. The same file
    imported again appends nothing.

    Example: chipledger import examples/shipments.csv --map examples/shipments.map.toml

    Parameters
    ----------
    files
        Files that end in .jsonl, .ndjson, .csv, .xlsx or .parquet.
    map
        Column map (TOML) that says how the rows of a table become events: docs/import.md.
    dry_run
        Evaluate every row and write nothing to the ledger.
    atomic
        Write nothing if any row is rejected.
    rejects
        Where the rejected rows go; else NAME.rejects.csv in the working directory.
    commit_every
        Rows that are committed together; fewer let other writers in more often, and take longer.
    actor
        Who records; else CHIPLEDGER_ACTOR, else the system's user.
    """
    if not files:
        raise InvalidInput("no file is named", where="import", cure="name at least one FILE")
    order = Order(
        files=files,
        column_map=map,
        dry_run=dry_run,
        atomic=atomic,
        rejects=rejects,
        actor=actor,
        commit_every=commit_every,
    )
    long = sum(file.stat().st_size for file in files if file.is_file()) >= LONG_BYTES
    with progress_bar("importing", shown=long) as progress:
        done = run(common.url, order, progress=progress)
    emit(done.as_data(), lambda to: show_import(to, done, order), as_json=common.json)
    return int(bool(done.rejected))


def show_import(to: Console, done: Import, order: Order) -> None:
    """What became of the rows: figures, reasons, and where the rejects are."""
    if done.dry_run:
        to.print("[bold]dry run[/]: nothing was written")
    elif order.atomic and done.rejected:
        to.print("[bold yellow]nothing was written[/]: a row was rejected and --atomic was given")
    figures = table("source rows", "count", right=("count",))
    figures.add_row("rows", f"{done.rows:,}")
    would = "would be " if done.dry_run else ""
    figures.add_row(f"{would}appended", f"{done.appended:,}")
    figures.add_row("already present", f"{done.already_present:,}")
    figures.add_row("skipped", f"{done.skipped.total():,}")
    figures.add_row("rejected", f"{done.rejected.total():,}")
    put(to, figures)
    _show_reasons(to, "Skipped", done.skipped)
    _show_reasons(to, "Rejected", done.rejected)
    if done.excess_units:
        to.print(f"{done.excess_units:,} units left a stock that was not recorded: see the entries")
    if done.unreserved_units:
        to.print(
            f"{done.unreserved_units:,} units went from reservations that no longer held them: "
            "they are recorded, and took nothing from those"
        )
    if done.rejects_file is not None:
        to.print(f"rejected rows: {done.rejects_file}", markup=False, soft_wrap=True)
    if done.head is not None:
        to.print(f"[dim]{done.events:,} events; head {done.head.size}, {done.head.root[:16]}…[/]")


def _show_reasons(to: Console, title: str, reasons: "Counter[str]") -> None:
    if not reasons:
        return
    from rich.text import Text

    heading(to, title)
    counted = table("rows", "reason", right=("rows",))
    for reason, count in reasons.most_common():
        counted.add_row(f"{count:,}", Text(reason))
    put(to, counted)
