"""`chipledger verify`."""

from rich.console import Console

from ledger.cli.flags import Common
from ledger.cli.output import emit, progress_bar
from ledger.store.ledger import Ledger
from ledger.store.verification import verify as verify_ledger


def verify(*, common: Common = Common()) -> int:  # noqa: B008 -- frozen
    """Verify every entry, hash and head, and the derived tables against a rebuild.

    Exit status 5 with the place of the first difference if the ledger is damaged.

    Example: chipledger verify
    """
    ledger = Ledger.open(common.url)
    try:
        with progress_bar("verifying") as progress:
            found = verify_ledger(ledger, progress=progress)
    finally:
        ledger.close()
    data = {
        "verified": True,
        "entries": found.entries,
        "commits": found.commits,
        "movements": found.movements,
        "head": {"size": found.head.size, "root": found.head.root},
    }

    def show(to: Console) -> None:
        to.print(
            f"[bold green]verified[/]  {found.entries:,} entries in {found.commits:,} commits, "
            f"{found.movements:,} movements\n[dim]head {found.head.size}, root {found.head.root}[/]"
        )

    emit(data, show, as_json=common.json)
    return 0
