"""`chipledger snapshot`."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from ledger.cli.flags import Common
from ledger.cli.output import emit, esc, progress_bar

if TYPE_CHECKING:
    from ledger.snapshot.archive import Archived
    from ledger.snapshot.filling import Filled


def snapshot(
    *,
    file: Path | None = None,
    parquet: Path | None = None,
    common: Common = Common(),  # noqa: B008 -- frozen
) -> int:
    """Copy what is new in the ledger into its snapshot: the columns that reports read.

    The snapshot is a cache, a DuckDB file beside the ledger's (of a ledger on a server, in this
    folder): it is filled by every report, too, and may be removed at any time. The ledger is only
    read. With --parquet the same is written as Parquet files for auditors and larger engines,
    partitioned by year and quarter; a later run adds the new entries.

    Example: chipledger snapshot --parquet archive

    Parameters
    ----------
    file
        The snapshot's file, if not the usual one.
    parquet
        Also bring the Parquet archive in this folder up to the same head.
    """
    from ledger.snapshot.archive import archive
    from ledger.snapshot.filling import fill
    from ledger.snapshot.opening import opened, root_at

    with progress_bar("filling") as progress:
        filled = fill(common.url, file, progress=progress)
    archived = None
    if parquet is not None:
        with opened(filled.file, filled.head) as found:
            root = partial(root_at, common.url)
            archived = archive(found.engine, filled.head, parquet, found.sealed(), root)
    emit(_data(filled, archived), lambda to: _show(to, filled, archived), as_json=common.json)
    return 0


def _data(filled: "Filled", archived: "Archived | None") -> dict[str, Any]:
    parquet = None
    if archived is not None:
        parquet = {"folder": str(archived.folder), "entries": archived.entries}
    return {
        "file": str(filled.file),
        "entries": filled.entries,
        "head": {"size": filled.head.size, "root": filled.head.root},
        "parquet": parquet,
    }


def _show(to: Console, filled: "Filled", archived: "Archived | None") -> None:
    done = [("filled", filled.entries, filled.file)]
    if archived is not None:
        done.append(("archived", archived.entries, archived.folder))
    for what, entries, place in done:
        to.print(f"[bold green]{what}[/]  {entries:,} new entries in {esc(place)}", soft_wrap=True)
    to.print(f"[dim]head {filled.head.size}, root {filled.head.root}[/]")
