"""Restating: what an entry changed in the figures and breaches of caps, before and after."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import product

from ledger.core.breaches import Key, View
from ledger.core.causes import Causes
from ledger.core.events import AnyEvent
from ledger.core.headroom import Level, least
from ledger.core.holders import holders_of
from ledger.core.positions import BASIS, Movement
from ledger.core.spans import Breach, beyond, rows
from ledger.core.values import Tpp, Value


class Figure(Value):
    """A cap on a day: null allowance and headroom mean unlimited."""

    on: date
    allowance_tpp: Tpp | None
    drawdown_tpp: Tpp
    reserved_tpp: Tpp
    headroom_tpp: Tpp | None


class Restated(Value):
    """A holder's figures before and after: of the day of the change, and on the binding day.

    Where the change tells on a later day only (a party that drew nothing then), `on` is that day.
    Null where the cap had no figure for the holder.
    """

    cap: str
    title: str
    holder: tuple[str, ...]
    on: date
    before: Figure | None
    after: Figure | None
    binding_before: Figure | None
    binding_after: Figure | None
    cite: str


class Restatement(Value):
    """What an entry restated, the breaches that are new with it, and those that it cured."""

    figures: tuple[Restated, ...] = ()
    breaches: tuple[Breach, ...] = ()
    cured: tuple[Breach, ...] = ()


@dataclass(frozen=True, slots=True)
class Pair:
    """The ledger before and after some entries, with who made what pass in each."""

    before: View
    after: View
    causes_before: Causes
    causes_after: Causes


def touched(movements: Iterable[Movement], view: View) -> dict[Key, date]:
    """The caps and holders that movements draw on, each with the first day on which they do."""
    found: dict[Key, date] = {}
    caps = [cap for cap_id in view.counted() for cap in view.versions(cap_id)]
    for movement, cap in product(movements, caps):
        kinds = BASIS[cap.basis] if cap.ratio is None else BASIS[cap.basis] | BASIS["installed"]
        if movement.kind in kinds:
            for holder in holders_of(cap, movement, view.prefix):
                key = (cap.id, holder)
                found[key] = min(found.get(key, movement.on), movement.on)
    return found


def concerned(event: AnyEvent, pair: Pair, on: date) -> dict[Key, date]:
    """The caps and holders for which an entry may change what counts, on the day of the change."""
    return {
        key: on
        for view in (pair.before, pair.after)
        for key in view.keys(view.counted())
        if pair.causes_after.matters(event, key)
    }


def restate(pair: Pair, keys: dict[Key, date]) -> Restatement:
    """Compare the figures and breaches of some caps and holders before and after."""
    figures = [_restated(key, on, pair) for key, on in sorted(keys.items())]
    fresh: list[Breach] = []
    cured: list[Breach] = []
    limits = {*pair.before.limits(), *pair.after.limits()}
    for key in sorted(keys):
        if key[0] in limits:
            before, after = pair.before.days(key), pair.after.days(key)
            new, gone = beyond(after, before), beyond(before, after)
            fresh += rows(key, new, pair.after, pair.causes_after)
            cured += rows(key, gone, pair.before, pair.causes_before)
    return Restatement(
        figures=tuple(one for one in figures if one is not None),
        breaches=tuple(fresh),
        cured=tuple(cured),
    )


def _restated(key: Key, since: date, pair: Pair) -> Restated | None:
    on = _first_changed(key, since, pair)
    if on is None:
        return None
    before, after = pair.before.level(key, on), pair.after.level(key, on)
    least_before, least_after = (_binding(key, on, view) for view in (pair.before, pair.after))
    known = pair.after.versions(key[0]) or pair.before.versions(key[0])
    cap = next((one for one in known if one.in_force(on)), known[0])
    return Restated(
        cap=cap.id,
        title=cap.title,
        holder=key[1],
        on=on,
        before=_figure(before),
        after=_figure(after),
        binding_before=_figure(least_before),
        binding_after=_figure(least_after),
        cite=cap.cite,
    )


def _first_changed(key: Key, since: date, pair: Pair) -> date | None:
    """The day of a change if it tells then, else the first later day on which it does."""
    before, after = pair.before, pair.after
    if _binding(key, since, before) != _binding(key, since, after):
        return since
    turning = {day for view in (before, after) for day, _ in view.turning(key)}
    days = [since, *sorted(day for day in turning if day > since)]
    return next((day for day in days if before.level(key, day) != after.level(key, day)), None)


def _binding(key: Key, on: date, view: View) -> Level | None:
    """The least headroom on a day and later, as a lot of that day would meet it."""
    reading = view.reading(key, view.start(key, on))
    if reading is None or view.level(key, on) is None:
        return None
    return least(reading.versions, reading.book, on)


def _figure(found: Level | None) -> Figure | None:
    if found is None:
        return None
    return Figure(
        on=found.on,
        allowance_tpp=None if found.allowance_tpp is None else Tpp(found.allowance_tpp),
        drawdown_tpp=Tpp(found.drawdown_tpp),
        reserved_tpp=Tpp(found.reserved_tpp),
        headroom_tpp=None if found.headroom_tpp is None else Tpp(found.headroom_tpp),
    )
