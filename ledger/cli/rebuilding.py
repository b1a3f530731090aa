"""`chipledger rebuild`."""

from rich.console import Console

from ledger.cli.flags import Common
from ledger.cli.output import emit, progress_bar
from ledger.store.ledger import Ledger
from ledger.store.rebuilding import rebuild as rebuild_tables


def rebuild(*, common: Common = Common()) -> int:  # noqa: B008 -- frozen
    """Drop every derived table and make it again from the entries, in one transaction.

    Entries, heads and the Merkle tree are only read. Use it when 'chipledger verify' says that a
    derived table is not what the entries give.

    Example: chipledger rebuild
    """
    ledger = Ledger.open(common.url)
    try:
        with progress_bar("rebuilding") as progress:
            made = rebuild_tables(ledger, progress=progress)
    finally:
        ledger.close()
    data = {
        "entries": made.entries,
        "movements": made.movements,
        "head": {"size": made.head.size, "root": made.head.root},
    }

    def show(to: Console) -> None:
        to.print(
            f"[bold green]rebuilt[/]  {made.movements:,} movements from {made.entries:,} entries\n"
            f"[dim]head {made.head.size}, root {made.head.root}[/]"
        )

    emit(data, show, as_json=common.json)
    return 0
