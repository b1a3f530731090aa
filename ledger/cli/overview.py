"""`chipledger headroom`."""

from itertools import groupby
from typing import Annotated

from cyclopts import Parameter
from rich.console import Console

from ledger.cli.flags import AsOfFlag, Common, as_day
from ledger.cli.output import bar, emit, esc, heading, lines, put, table, tpp
from ledger.cli.restating import show_breaches
from ledger.core.events import LotReserved
from ledger.core.findings import Finding
from ledger.core.values import Tpp
from ledger.service.breaching import breaches as breaches_of
from ledger.service.overview import Filters, Overview
from ledger.service.overview import headroom as headroom_of


def headroom(
    *,
    destination: str | None = None,
    holder: str | None = None,
    cap: str | None = None,
    on: str | None = None,
    as_of: AsOfFlag = None,
    all: bool = False,  # noqa: A002 -- the flag's name
    breaches: Annotated[bool, Parameter(negative="")] = False,
    common: Common = Common(),  # noqa: B008 -- frozen
) -> int:
    """Headroom of every cap and holder on a day: allowance, drawn, reserved, what is left.

    Example: chipledger headroom --destination AE --on 2026-01-01

    Parameters
    ----------
    destination
        Only caps of this destination (ISO 3166-1 alpha-2).
    holder
        Only this holder: a party, a family, a destination or a licence.
    cap
        Only this cap.
    on
        The day; today if left out. With --breaches: that day or a later one; all if left out.
    as_of
        As the ledger was known at a size, a time with its offset from UTC, or the end of a day.
    all
        List holders that nothing draws on, too.
    breaches
        List every span of days on which a limit is passed, and the event that did it, instead.
        The exit status is 0 whether there are any or none.
    """
    filters = Filters(cap=cap, holder=holder, destination=destination, everything=all)
    if breaches:
        listed = breaches_of(common.url, filters, since=as_day(on, "--on"), as_of=as_of)
        emit(listed.as_data(), lambda to: show_breaches(to, listed), as_json=common.json)
        return 0
    found = headroom_of(common.url, filters, on=as_day(on, "--on"), as_of=as_of)
    emit(found.as_data(), lambda to: show_overview(to, found), as_json=common.json)
    return 0


def show_overview(to: Console, found: Overview) -> None:
    """Show an overview: a table per cap, the untouched holders in a line, open reservations."""
    to.print(f"[bold]Headroom on {found.on}[/], TPP")
    for cap, same in groupby(found.findings, key=lambda finding: finding.cap):
        _show_cap(to, cap, list(same))
    for cap, rest in found.untouched.items():
        keys = " ".join("/".join(f.holder) for f in rest)
        heading(to, f"{cap}: {len(rest)} untouched, each with {tpp(rest[0].headroom_tpp)}")
        to.print(f"[dim]{esc(keys)}[/]")
    if not found.findings and not found.untouched:
        to.print("nothing fits these filters")
    if found.reservations:
        _show_reservations(to, found)
    law = esc(", ".join(f"{one['pack']} {one['digest'][:12]}" for one in found.law))
    to.print(f"\n[dim]as of head {found.as_of['size']}, root {found.as_of['root']}\nlaw {law}[/]")


def _show_cap(to: Console, cap: str, findings: list[Finding]) -> None:
    first = findings[0]
    heading(to, cap)
    house = f"; {first.house}" if first.house else ""
    to.print(f"[dim]{esc(first.title)} ({esc(first.cite)}){esc(house)}[/]")
    figures = ("allowance", "drawn", "reserved", "headroom")
    made = table("holder", *figures, "used", "binds on", right=figures, whole=("used", "binds on"))
    for f in sorted(findings, key=_by_use):
        used = f.drawdown_tpp + f.reserved_tpp
        left = f.headroom_tpp
        amount = tpp(left)
        made.add_row(
            esc(", ".join(f.holder)),
            tpp(f.allowance_tpp),
            tpp(f.drawdown_tpp),
            tpp(f.reserved_tpp),
            f"[bold red]{amount}[/]" if left is not None and left < 0 else amount,
            bar(used, f.allowance_tpp),
            str(f.binding_on),
        )
    put(to, made)


def _by_use(finding: Finding) -> tuple[int, tuple[str, ...]]:
    """The least headroom first; unlimited last."""
    left = finding.headroom_tpp
    return (Tpp(2**62) if left is None else left, finding.holder)


def _links(lot: LotReserved) -> str:
    reinstates = "" if lot.reinstates is None else f", reinstates {lot.reinstates}"
    return reinstates + ("" if lot.bundle is None else f", of bundle {lot.bundle}")


def _show_reservations(to: Console, found: Overview) -> None:
    heading(to, "Open reservations")
    rows = []
    for held in found.reservations:
        lot = held.event
        over = f", over on {found.on}: the next recording from then on releases it"
        late = over if lot.id in found.overdue else ""
        rows.append(
            f"{lot.id}: {held.open_units:,} {lot.device} for {lot.ultimate_consignee} in "
            f"{lot.destination} on {lot.on}, {tpp(Tpp(held.open_tpp))} TPP under "
            f"{lot.authorization}, held until {held.hold_until}{_links(lot)}{late}"
        )
    lines(to, rows)
