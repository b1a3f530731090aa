"""A naive reference of cap arithmetic, which tries every amount on every day, and random caps."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

from hypothesis import strategies as st

from ledger.core.headroom import (
    Draw,
)
from ledger.core.law.caps import Cap, Window
from tests.core.builders import Fields, cap, on

FIRST, LAST, HORIZON = on("2025-01-01"), on("2026-06-30"), on("2028-12-31")
BEYOND = 10_000
"""More than any headroom, and less than any shortfall, that the random draws make."""


def window(kind: str, **more: object) -> Window:
    return Window.model_validate({"kind": kind} | more)


def days(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=n) for n in range((last - first).days + 1))


# ---- the naive reference: every day, every draw, every amount


def counts_on(found: Window, drawn_on: date, day: date) -> bool:
    """Whether what is drawn on one day counts on another."""
    if drawn_on > day:
        return False
    match found.kind:
        case "period":
            return found.first_on is not None and found.first_on <= drawn_on
        case "calendar-year":
            return drawn_on.year == day.year
        case "calendar-quarter":
            quarter = (drawn_on.year, (drawn_on.month - 1) // 3)
            return quarter == (day.year, (day.month - 1) // 3)
        case "rolling":
            return day - timedelta(days=found.days or 0) < drawn_on
        case _:
            return True


@dataclass(frozen=True)
class Day:
    """What a cap counts and allows on one day; a share gives both as N and p * T."""

    on: date
    used: int
    allowed: Fraction | None
    share: Fraction = Fraction(0)

    def takes(self, x: int) -> bool:
        return self.allowed is None or self.used + x <= self.allowed + self.share * x


def naive_days(versions: Sequence[Cap], draws: Sequence[Draw], lot_on: date) -> list[Day]:
    """Every day on which a lot counts and a version of the cap has a figure."""
    found = []
    for day in days(lot_on, HORIZON):
        cap = next((c for c in versions if c.valid_from <= day < c.until), None)
        if cap is None or not counts_on(cap.window, lot_on, day):
            continue
        if cap.measured_on and f"{day:%m-%d}" not in cap.measured_on:
            continue
        counted = [draw for draw in draws if counts_on(cap.window, draw.on, day)]
        drawn = sum(draw.tpp for draw in counted if not draw.reserved)
        used = sum(draw.tpp for draw in counted if draw.reserved)
        used += max(drawn, 0) if cap.window.kind == "stock" else drawn
        if cap.share is not None:
            share = Fraction(cap.share.percent) / 100
            whole = max(sum(draw.whole for draw in counted), 0)
            found.append(Day(day, used, share * whole, share))
            continue
        begun = [step for step in cap.allowance if step.valid_from <= day]
        if begun:
            tpp = begun[-1].tpp
            found.append(Day(day, used, None if tpp is None else Fraction(tpp)))
    return found


def largest(found: Sequence[Day], *, unit: int = 1) -> int | None:
    """The largest number of units that every day takes, found by trying; None: any."""
    if all(day.allowed is None for day in found):
        return None
    low, high = -BEYOND, BEYOND
    while high - low > 1:
        middle = (low + high) // 2
        if all(day.takes(middle * unit) for day in found):
            low = middle
        else:
            high = middle
    return low


def tightest(found: Sequence[Day]) -> date:
    """The first day that takes no more than the whole does."""
    most = largest(found)
    return next(day.on for day in found if largest([day]) == most)


# ---- random caps and draws

some_days = st.dates(FIRST, LAST)
windows = st.one_of(
    st.just(window("period", first_on="2025-01-01")),
    st.just(window("calendar-year")),
    st.just(window("calendar-quarter")),
    st.just(window("stock")),
    st.integers(1, 400).map(lambda n: window("rolling", days=n)),
)
draws = st.lists(
    st.builds(
        Draw,
        on=some_days,
        tpp=st.integers(-40, 200),
        reserved=st.booleans(),
        whole=st.integers(-50, 600),
    ),
    max_size=8,
)
tpp = st.one_of(st.integers(0, 500).map(lambda n: f"{n // 10}.{n % 10}"), st.just("unlimited"))
measured = st.sampled_from([(), (), ("02-01", "08-01"), ("12-31",)])


@st.composite
def allowances(draw: st.DrawFn) -> list[Fields]:
    """Steps of an allowance; the first has no day, or one that may come after the lot."""
    begin = draw(st.lists(some_days, max_size=3, unique=True))
    steps: list[Fields] = [{"from": day, "tpp": draw(tpp)} for day in sorted(begin)]
    if not steps or draw(st.booleans()):
        steps.insert(0, {"tpp": draw(tpp)})
    return steps


@st.composite
def version_lists(draw: st.DrawFn, kinds: st.SearchStrategy[Window] = windows) -> list[Cap]:
    """One to three versions of a cap, with or without days on which none is in force."""
    shared: Fields = {"window": draw(kinds), "basis": "installed", "measured_on": draw(measured)}
    edges = sorted(draw(st.lists(some_days, min_size=0, max_size=4, unique=True)))
    if len(edges) < 2:
        return [cap(allowance=draw(allowances()), **shared)]
    pieces = list(pairwise(edges))
    kept = [piece for piece in pieces if draw(st.booleans())] or pieces[:1]
    dated = [cap(allowance=draw(allowances()), **shared, **_dates(*piece)) for piece in kept]
    if draw(st.booleans()) and kept[-1][1] == edges[-1]:
        dated.append(cap(allowance=draw(allowances()), **shared, **{"from": edges[-1]}))
    return dated


def _dates(first: date, until: date) -> Fields:
    return {"from": first, "until": until}
