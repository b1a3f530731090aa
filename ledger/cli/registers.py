"""`chipledger parties` and `chipledger devices`."""

from typing import Any

from rich.console import Console

from ledger.cli.flags import AsOfFlag, Common, as_day
from ledger.cli.output import emit, esc, put, table, tpp
from ledger.core.values import UNKNOWN, Tpp
from ledger.service import registers as service
from ledger.service.registers import Register


def parties(
    text: str = "",
    /,
    *,
    on: str | None = None,
    as_of: AsOfFlag = None,
    common: Common = Common(),  # noqa: B008 -- frozen
) -> int:
    """List the registered parties with their places and parents on a day.

    Example: chipledger parties uni --on 2026-01-01

    Parameters
    ----------
    text
        Only parties whose id or name holds this text.
    on
        The day; today if left out.
    as_of
        As the ledger was known at a size, a time with its offset from UTC, or the end of a day.
    """
    found = service.parties(common.url, text, on=as_day(on, "--on"), as_of=as_of)
    emit(found.as_data(), lambda to: _show_parties(to, found), as_json=common.json)
    return 0


def devices(
    text: str = "",
    /,
    *,
    on: str | None = None,
    as_of: AsOfFlag = None,
    common: Common = Common(),  # noqa: B008 -- frozen
) -> int:
    """List the devices with their TPP and item class on a day: the ids that a lot may name.

    Example: chipledger devices h200

    Parameters
    ----------
    text
        Only devices whose id, vendor or model holds this text.
    on
        The day; today if left out.
    as_of
        As the ledger was known at a size, a time with its offset from UTC, or the end of a day.
    """
    found = service.devices(common.url, text, on=as_day(on, "--on"), as_of=as_of)
    emit(found.as_data(), lambda to: _show_devices(to, found), as_json=common.json)
    return 0


def _show_parties(to: Console, found: Register) -> None:
    made = table("party", "name", "in", "headquarters", "ultimate parent", whole=("in",))
    for one in found.rows:
        later = f"registered from {one['first_on']} on"
        made.add_row(
            esc(one["party"]),
            later if one["name"] is None else esc(one["name"]),
            one["location"] or "",
            one["headquarters"] or UNKNOWN,
            esc(one["ultimate_parent"] or UNKNOWN),
        )
    _end(to, found, made)


def _show_devices(to: Console, found: Register) -> None:
    made = table("device", "model", "TPP", "class", "known from", right=("TPP",))
    for one in found.rows:
        made.add_row(
            esc(one["device"]),
            esc(f"{one['vendor']} {one['model']}" if one["model"] else "not classified yet"),
            "" if one["unit_tpp"] is None else tpp(Tpp.of(one["unit_tpp"])),
            esc(one["item_class"] or UNKNOWN),
            esc(one["classified_by"] or ("catalogue" if one["model"] else "")),
        )
    _end(to, found, made)


def _end(to: Console, found: Register, made: Any) -> None:  # noqa: ANN401 -- a rich table
    if found.rows:
        put(to, made)
    else:
        to.print(f"no {found.what} fit")
    to.print(f"[dim]on {found.on}; as of head {found.head.size}, root {found.head.root}[/]")
