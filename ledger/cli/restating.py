"""How breaches and restatements are shown."""

from collections.abc import Iterable

from rich.console import Console

from ledger.cli.output import esc, heading, lines, put, table, tpp
from ledger.core.restating import Figure, Restated
from ledger.core.values import Tpp
from ledger.service.breaching import BreachList
from ledger.service.restating import Restatement
from ledger.service.sizes import Told


def show_breaches(to: Console, found: BreachList) -> None:
    """Show a breach list: a table, and what it was made of."""
    since = "" if found.since is None else f" on {found.since} or later"
    count = len(found.breaches)
    to.print(f"[bold]{count} breach{'' if count == 1 else 'es'}{since}[/], TPP")
    show_rows(to, found.breaches)
    law = esc(", ".join(f"{one['pack']} {one['digest'][:12]}" for one in found.law))
    to.print(f"\n[dim]as of head {found.as_of['size']}, root {found.as_of['root']}\nlaw {law}[/]")


def show_rows(to: Console, breaches: Iterable[Told]) -> None:
    """Show breaches as a table for each cap."""
    by_cap: dict[str, list[Told]] = {}
    for one in breaches:
        by_cap.setdefault(one.breach.cap, []).append(one)
    for cap, rows in by_cap.items():
        _show_cap(to, cap, rows)


def _show_cap(to: Console, cap: str, rows: list[Told]) -> None:
    first = rows[0].breach
    heading(to, cap)
    house = f"; {first.house}" if first.house else ""
    measured = f"; measured on {' and '.join(first.measured_on)} only" if first.measured_on else ""
    to.print(f"[dim]{esc(first.title)} ({esc(first.cite)}){esc(house)}{measured}[/]")
    figures = ("over", "drawn + reserved", "allowance")
    made = table("holder", "days", "worst on", *figures, "by", right=figures, whole=("days",))
    for told in rows:
        one, entry = told.breach, told.entry
        made.add_row(
            esc(", ".join(one.holder)),
            f"{one.first_on} to {one.last_on or 'open'}",
            str(one.worst_on),
            f"[bold red]{tpp(one.over_tpp)}[/]",
            tpp(Tpp(one.drawdown_tpp + one.reserved_tpp)),
            tpp(one.allowance_tpp),
            esc(f"{entry.event.id} (entry {one.entry})"),
        )
    put(to, made)
    if {one.breach.postures for one in rows} == {("on-the-books",)}:
        to.print("[dim]on the books; not enforced on these days[/]")


def show_restated(to: Console, found: Restatement) -> None:
    """Show what was restated, before and after, and the breaches that came or went with it."""
    if not found.figures and not found.breaches and not found.cured:
        to.print("[dim]no figure of a cap changes[/]")
        return
    if found.figures:
        heading(to, "Restated, TPP, before → after")
        for one in found.figures:
            _show_figure(to, one)
    if found.breaches:
        heading(to, "Passed now, and not before")
        show_rows(to, found.breaches)
    if found.cured:
        heading(to, "No longer passed")
        texts = (
            f"{one.breach.cap} for {', '.join(one.breach.holder)}: {one.breach.first_on} to "
            f"{one.breach.last_on or 'open'}, by up to {tpp(one.breach.over_tpp)} TPP"
            for one in found.cured
        )
        lines(to, texts)


def _show_figure(to: Console, one: Restated) -> None:
    to.print(f"\n[bold]{esc(one.cap)}[/] for {esc(', '.join(one.holder))} [dim]{esc(one.cite)}[/]")
    made = table("day", "drawn", "reserved", "headroom", right=("drawn", "reserved", "headroom"))
    made.add_row(str(one.on), *_turned(one.before, one.after))
    binding = one.binding_after or one.binding_before
    if binding is not None:
        made.add_row(f"binding, {binding.on}", *_turned(one.binding_before, one.binding_after))
    put(to, made)


def _turned(before: Figure | None, after: Figure | None) -> tuple[str, str, str]:
    """Drawn, reserved and headroom, each before and after; a dash where there is no figure."""

    def both(name: str) -> str:
        said = ["-" if figure is None else tpp(getattr(figure, name)) for figure in (before, after)]
        return said[0] if said[0] == said[1] else " → ".join(said)

    return both("drawdown_tpp"), both("reserved_tpp"), both("headroom_tpp")
