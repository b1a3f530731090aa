"""How a pipeline is shown to people: what goes, what binds, and the odds under each cap."""

from collections.abc import Sequence
from typing import Final

from rich.console import Console

from ledger.cli.output import esc, heading, lines, put, table, tpp
from ledger.cli.pipeline import show_sealed
from ledger.core.values import Tpp
from ledger.planning.answers import ORDER, STANDINGS, Answer, Checked, CheckedPipeline
from ledger.planning.odds import INTERVAL, QUANTILE, Share
from ledger.planning.outcomes import Outcome, Simulated, named, quarters_of
from ledger.planning.sampling import GENERATOR

MOST_SHOWN: Final = 50
"""Deals or caps that a terminal is shown."""

SHOWN: Final = (5, 50, 95)
"""Quantiles that a terminal is shown, in percent."""

NEW_LINE: Final = "\n"


def show_checked(to: Console, found: CheckedPipeline, files: Sequence[str]) -> None:
    """Show what goes of a pipeline, and what stands in the way of the rest."""
    rows = f"{len(found.deals):,} deals of {found.file.name}"
    to.print(f"[bold]{esc(rows)}[/]")
    alone, in_order = (
        found.counts(lambda one: one.alone),
        found.counts(lambda one: one.in_order),
    )
    made = table("deal", "by itself", "in order", right=("by itself", "in order"))
    for standing, words in STANDINGS.items():
        if alone[standing] or in_order[standing]:
            made.add_row(words, f"{alone[standing]:,}", f"{in_order[standing]:,}")
    put(to, made)
    to.print(f"[dim]in order of {ORDER}; each deal that goes draws on what is left[/]")
    if found.overtaken:
        named = ", ".join(found.overtaken)
        to.print(
            f"[bold red]in the order of their days these no longer fit:[/] {esc(named)}; deals "
            "after them draw, on earlier days, on caps that limit only these"
        )
    others = [one for one in found.deals if one.in_order.standing != "whole"]
    if others:
        _show_deals(to, others)
    lines(to, files)
    show_sealed(to, found.sealed)


def _show_deals(to: Console, others: Sequence[Checked]) -> None:
    heading(to, "Deals that do not go as they are")
    columns = ("row", "deal", "asked", "by itself", "in order", "what binds, or stands in the way")
    made = table(*columns, right=("row",))
    for one in others[:MOST_SHOWN]:
        deal = one.deal
        asked = f"{deal.quantity:,} {deal.device} to {deal.end_user}, {deal.destination}"
        window = f"{deal.earliest} to {deal.latest}"
        stands = (_told(one.alone, deal.device), _told(one.in_order, deal.device))
        held = one.in_order.binding
        why = one.why
        if not why and held is not None:
            why = (
                f"{held.cap} leaves {', '.join(held.holder)} {tpp(held.headroom_tpp)} TPP, "
                f"{held.headroom_units:,} units, on {held.binding_on}"
            )
        made.add_row(
            str(one.row), *(esc(cell) for cell in (deal.deal, f"{asked}, {window}", *stands, why))
        )
    put(to, made)
    left = len(others) - MOST_SHOWN
    if left > 0:
        to.print(f"{left:,} more deals: write them with --format csv --out DIR")


def _told(answer: Answer, device: str) -> str:
    """How a deal stands, and the parts that go or would; a device is named if it is another."""
    parts = [
        f"{one.quantity:,}{'' if one.device == device else f' {one.device}'} on {one.on} "
        f"under {one.authorization}{f' {one.line}' if one.line else ''}"
        for one in answer.parts
    ]
    return f"{answer.standing}: {', '.join(parts)}" if parts else answer.standing


def show_simulated(to: Console, found: Simulated, files: Sequence[str]) -> None:
    """Show what is left under each cap, the likeliest to be passed first."""
    deals = f"{len(found.deals):,} deals of {found.file.name}, played {found.runs:,} times"
    to.print(f"[bold]{esc(deals)}[/], seed {found.seed}, from {found.since} to {found.days.last}")
    shown = found.likeliest[:MOST_SHOWN]
    if not shown:
        to.print("the deals draw on no cap that has a limit")
    for one in shown:
        _show_cap(to, found, one)
    left = len(found.outcomes) - len(shown)
    if left > 0:
        to.print(f"{left:,} more caps: write them with --format csv --out DIR")
    _show_left_out(to, found)
    lines(to, files)
    counted = "each deal draws on the first authorization that is open on its day, fitting or not"
    told = (counted, GENERATOR, f"quantiles: {QUANTILE}", f"intervals: {INTERVAL}")
    to.print(f"\n[dim]{esc(NEW_LINE.join(told))}[/]", end="")
    show_sealed(to, found.sealed)


def _show_cap(to: Console, found: Simulated, one: Outcome) -> None:
    last = found.days.last
    heading(to, f"{one.key[0]} for {', '.join(one.key[1])}")
    days = one.gone_on(last)
    told = ", ".join(f"{percent} % by {day}" for percent, day in days.items() if day is not None)
    gone = f"nothing is left in {_percent(one.gone_by(last))}{f', {told}' if told else ''}"
    to.print(f"passed in {_percent(one.ever)}; {esc(gone)}")
    figures = ("allowance", "without deals", *(f"{percent} %" for percent in SHOWN), "passed in")
    made = table("quarter", *figures, right=figures)
    for at, first in enumerate(quarters_of(found.days)):
        headroom, allowed = one.headroom(at), one.allowance[at]
        left = ["" for _ in (None, *SHOWN)]
        if headroom is not None:
            left = [tpp(Tpp(one.before[at])), *(tpp(headroom[percent]) for percent in SHOWN)]
        allowance = tpp(None if allowed is None else Tpp(allowed))
        made.add_row(named(first), allowance, *left, f"{100 * one.share(at).share:.2f} %")
    put(to, made)


def _percent(share: Share) -> str:
    """A share of runs in percent, with its interval."""
    low, high = (f"{100 * end:.2f}" for end in share.interval)
    return f"{100 * share.share:.2f} % of runs ({low} to {high})"


def _show_left_out(to: Console, found: Simulated) -> None:
    """Deals that are in no sums, and those that closed on days on which nothing was open."""
    told = [f"{one.deal.deal} (row {one.row}): {one.why}" for one in found.left_out]
    told += [
        f"{played.deal.deal} (row {played.row}): closed in {closings.shut:,} of {found.runs:,} "
        "runs on a day on which no authorization is open to it"
        for played, closings in found.deals
        if closings.shut and not played.why
    ]
    if told:
        heading(to, "Left out of the sums")
        lines(to, told[:MOST_SHOWN])
        if len(told) > MOST_SHOWN:
            to.print(f"{len(told) - MOST_SHOWN:,} more: --json tells all")
