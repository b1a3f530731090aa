"""`chipledger entries`."""

from typing import Annotated, Final

from cyclopts import Parameter
from rich.console import Console

from ledger.cli.flags import AsOfFlag, Common, WholeFlag
from ledger.cli.output import emit, esc, put, table
from ledger.core.errors import InvalidInput
from ledger.service.entries import Entries, Sought
from ledger.service.entries import entries as entries_of

SHOWN: Final = 100


def entries(
    *,
    kind: str | None = None,
    party: str | None = None,
    device: str | None = None,
    since: AsOfFlag = None,
    as_of: AsOfFlag = None,
    limit: WholeFlag = SHOWN,
    all: Annotated[bool, Parameter(negative="")] = False,  # noqa: A002 -- the flag's name
    common: Common = Common(),  # noqa: B008 -- frozen
) -> int:
    """List what was recorded, when and by whom, in the order in which it was recorded.

    Example: chipledger entries --party uni-br --since 2026-11-01

    Parameters
    ----------
    kind
        Only events of this kind, such as lot.exported.
    party
        Only events that name this party.
    device
        Only events that name this device.
    since
        Only what was recorded after a size, a time with its offset from UTC, or the end of a day.
    as_of
        As the ledger was known at a size, a time with its offset from UTC, or the end of a day.
    limit
        At most so many, the newest.
    all
        List them all, however many there are.
    """
    if limit is not None and limit < 1:
        raise InvalidInput(f"expected a number above 0, found {limit}", where="--limit")
    sought = Sought(kind, party, device, since, None if all else limit)
    found = entries_of(common.url, sought, as_of=as_of)
    emit(found.as_data(), lambda to: _show(to, found), as_json=common.json)
    return 0


def _show(to: Console, found: Entries) -> None:
    if found.entries:
        made = table("entry", "recorded", "kind", "id", "on", "by", right=("entry",))
        for one in found.entries:
            event, envelope = one.event, one.envelope
            taken_back = " [bold red]reversed[/]" if event.id in found.reversed else ""
            made.add_row(
                f"{envelope.seq:,}",
                esc(envelope.recorded_at),
                event.kind,
                f"{esc(event.id)}{taken_back}",
                f"{event.on}",
                esc(envelope.actor),
            )
        put(to, made)
    else:
        to.print("no entry fits these filters")
    if found.more:
        to.print("older ones are left out: --limit or --all shows them, --since asks for less")
    to.print(f"[dim]as of head {found.head.size}, root {found.head.root}[/]")
