"""`chipledger keys`: which keys sign the ledger's heads, and a new one in time or after a loss."""

from typing import Any

from cyclopts import App
from rich.console import Console

from ledger.cli.flags import Common
from ledger.cli.output import emit, esc
from ledger.cli.proving import write
from ledger.core.errors import NotFound
from ledger.core.events import KeyAdopted

keys = App(
    name="keys",
    help="""The keys that sign the ledger's heads; each adoption is an event.

    Example: chipledger keys rotate --reason 'once a year'
    """,
)


@keys.default
def list_keys(
    *,
    out: str | None = None,
    common: Common = Common(),  # noqa: B008 -- frozen
) -> int:
    """List the keys in the order of their adoption, and whether their files are here.

    Example: chipledger keys --out owner.vkey

    Parameters
    ----------
    out
        Write the verifier key of now into this file, to hand it out.
    """
    from ledger.service.keys import listed

    found = listed(common.url)
    if out is not None:
        if not found["keys"]:
            raise NotFound("the ledger has no signing key", cure="make one: chipledger init")
        write(out, f"{found['keys'][-1]['key']}\n")
    emit(found, lambda to: _show(to, found), as_json=common.json)
    return 0


@keys.command
def rotate(
    *,
    reason: str,
    actor: str | None = None,
    common: Common = Common(),  # noqa: B008 -- frozen
) -> int:
    """Make a new key that signs from here on; the present one endorses it.

    Whoever holds the old verifier key can go on checking with it: proofs carry the endorsement.

    Example: chipledger keys rotate --reason 'once a year'

    Parameters
    ----------
    reason
        Why.
    actor
        Who does it; else CHIPLEDGER_ACTOR, else the system's user.
    """
    from ledger.service.keys import rotate as rotate_key

    _adopted(rotate_key(common.url, reason=reason, actor=actor), common)
    return 0


@keys.command
def adopt(
    *,
    reason: str,
    actor: str | None = None,
    common: Common = Common(),  # noqa: B008 -- frozen
) -> int:
    """Make a new key after the present one was lost; nobody can follow to it from the old one.

    Hand the new verifier key out by a way that its readers trust.

    Example: chipledger keys adopt --reason 'the disk with the key is broken'

    Parameters
    ----------
    reason
        What became of the key before.
    actor
        Who does it; else CHIPLEDGER_ACTOR, else the system's user.
    """
    from ledger.service.keys import adopt as adopt_key

    _adopted(adopt_key(common.url, reason=reason, actor=actor), common)
    return 0


def _adopted(event: KeyAdopted, common: Common) -> None:
    endorsed = event.endorsement is not None
    data = {"id": event.id, "vkey": event.key, "endorsed": endorsed, "on": str(event.on)}

    def show(to: Console) -> None:
        how = "endorsed by the key before" if endorsed else "endorsed by no key"
        to.print(f"[bold green]adopted[/]  {how}; hand it out:")
        to.print(esc(event.key), soft_wrap=True)

    emit(data, show, as_json=common.json)


def _show(to: Console, found: dict[str, Any]) -> None:
    to.print(f"[bold]{esc(found['origin'])}[/], files in {esc(found['folder'])}", soft_wrap=True)
    if not found["keys"]:
        to.print("no key yet: chipledger init makes one")
    for place, one in enumerate(found["keys"]):
        to.print(f"\n{esc(one['key'])}", soft_wrap=True)
        chain = "endorsed by the key before" if one["endorsed"] else "[bold red]endorsed by none[/]"
        chain = "the first" if place == 0 else chain
        use = "signs now" if one["signs"] else "no longer signs"
        here = "its file is here" if one["here"] else "[bold yellow]its file is not here[/]"
        to.print(f"  adopted on {one['on']}: {esc(one['reason'])}; {chain}; {use}; {here}")
