"""`chipledger copy`."""

from typing import Annotated

from cyclopts import Parameter
from rich.console import Console

from ledger.cli.output import emit, esc, progress_bar
from ledger.store.connection import shown
from ledger.store.copying import copy as copy_ledger


def copy(
    from_: Annotated[str, Parameter(name="FROM")],
    to: str,
    /,
    *,
    json: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Copy a whole ledger into an empty one, from either engine to either, and verify the copy.

    Entries, heads and screening lists are copied byte by byte; every other table follows from them.
    The source is read as it stands at one moment and is not changed. TO must hold no ledger. A copy
    that was interrupted leaves no entry behind: make it again.

    Example: chipledger copy sqlite:///chipledger.db postgresql+psycopg://chipledger@db.example/chipledger

    Parameters
    ----------
    from_
        URL of the ledger to copy.
    to
        URL of the new ledger: a file that does not exist, an empty database or an empty schema.
    json
        Print one JSON document for programs.
    """
    with progress_bar("copying") as progress:
        done = copy_ledger(from_, to, progress=progress)
    data = {
        "entries": done.entries,
        "head": {"size": done.head.size, "root": done.head.root},
        "verified": True,
    }

    def show(printed: Console) -> None:
        printed.print(
            f"[bold green]copied[/]  {done.entries:,} entries to {esc(shown(to))}, size and root "
            f"are those of the source\n[dim]head {done.head.size}, root {done.head.root}[/]"
        )

    emit(data, show, as_json=json)
    return 0
