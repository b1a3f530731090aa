"""`chipledger init`."""

from rich.console import Console

from ledger.cli.flags import Common
from ledger.cli.output import emit, esc
from ledger.service.creating import create
from ledger.store.connection import shown


def init(
    *,
    time_zone: str | None = None,
    actor: str | None = None,
    common: Common = Common(),  # noqa: B008 -- frozen
) -> int:
    """Create a ledger, or bring an existing one up to date: standard packs and device catalogue.

    Example: chipledger init --ledger sqlite:///chipledger.db

    Parameters
    ----------
    time_zone
        Time zone of the ledger's legal days, such as America/New_York; UTC if left out, and fixed.
    actor
        Who records; else CHIPLEDGER_ACTOR, else the system's user.
    """
    head, new = create(common.url, time_zone=time_zone, actor=actor)
    url = shown(common.url)
    data = {"ledger": url, "new": new, "head": {"size": head.size, "root": head.root}}

    def show(to: Console) -> None:
        done = "created" if new else "is up to date"
        to.print(f"[bold green]{done}[/]  {esc(url)}: {head.size} entries")
        to.print(f"[dim]root {head.root}[/]")

    emit(data, show, as_json=common.json)
    return 0
