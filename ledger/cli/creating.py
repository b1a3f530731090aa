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
    """Create a ledger, or bring an existing one up to date: law, device catalogue, signing key.

    The key that signs its heads is kept outside the ledger: in CHIPLEDGER_KEYS, else under the
    user's configuration. The verifier key that is printed may be handed to anyone.

    Example: chipledger init --ledger sqlite:///chipledger.db

    Parameters
    ----------
    time_zone
        Time zone of the ledger's legal days, such as America/New_York; UTC if left out, and fixed.
    actor
        Who records; else CHIPLEDGER_ACTOR, else the system's user.
    """
    from ledger.service.keys import ensure

    _, new = create(common.url, time_zone=time_zone, actor=actor)
    made = ensure(common.url, actor=actor)
    head, url = made.head, shown(common.url)
    data = {
        "ledger": url,
        "new": new,
        "head": {"size": head.size, "root": head.root},
        "vkey": made.vkey,
        "unsigned": made.unsigned,
    }

    def show(to: Console) -> None:
        done = "created" if new else "is up to date"
        to.print(f"[bold green]{done}[/]  {esc(url)}: {head.size} entries")
        to.print(f"[dim]root {head.root}[/]")
        if made.vkey is not None:
            to.print("key to hand out, for whoever checks what this ledger says:")
            to.print(esc(made.vkey), soft_wrap=True)
        if made.unsigned is not None:
            to.print(f"[bold yellow]its heads are not signed[/]  {esc(made.unsigned)}")

    emit(data, show, as_json=common.json)
    return 0
