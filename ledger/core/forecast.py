"""Forecast: at the rate of the last months, when a cap will be exhausted, and how sure that is.

The method, which every report states: the draws of the last twelve blocks of 30 days, those before
the first draw left out. The expected rate is their mean; the interval is that of their 90th and
10th percentile (interpolated between blocks), widened to the mean where that lies outside. At least
three blocks are needed. The headroom is that of the day, so later allowances do not count; days are
rounded down.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from statistics import quantiles
from typing import Final

from ledger.core.headroom import Book

BLOCK_DAYS: Final = 30
BLOCKS: Final = 12
FEWEST: Final = 3


@dataclass(frozen=True, slots=True)
class Forecast:
    """Rates in tenths of TPP a block of 30 days, and the days on which the headroom is gone.

    A day is None where the rate is none, or the window or the calendar ends first.
    """

    blocks: int
    slow: Fraction
    expected: Fraction
    fast: Fraction
    earliest_on: date | None
    expected_on: date | None
    latest_on: date | None


def forecast(book: Book, on: date, headroom_tpp: int, *, until: date = date.max) -> Forecast | None:
    """When a headroom is gone at the rate of the draws up to a day; None with too few blocks.

    `until` is the first day on which what counts on the day counts no longer: the window is over.
    """
    blocks = _blocks(book, on)
    if len(blocks) < FEWEST:
        return None
    tenths = quantiles(blocks, n=10, method="inclusive")
    expected = sum(blocks, Fraction()) / len(blocks)
    # One large lot among idle months puts the mean outside: the interval then ends with it.
    slow, fast = min(tenths[0], expected), max(tenths[-1], expected)

    def gone(rate: Fraction) -> date | None:
        found = _gone(on, headroom_tpp, rate)
        return None if found is None or found >= until else found

    return Forecast(
        blocks=len(blocks),
        slow=slow,
        expected=expected,
        fast=fast,
        earliest_on=gone(fast),
        expected_on=gone(expected),
        latest_on=gone(slow),
    )


def first_read(on: date) -> date:
    """The first day whose draws the rates of a day may be of."""
    return on - timedelta(days=BLOCKS * BLOCK_DAYS - 1)


def _blocks(book: Book, on: date) -> Sequence[Fraction]:
    """The draws of each block, the latest first, as long as there were any before."""
    found: list[Fraction] = []
    first = next(iter(book.days), None)
    last = on
    while len(found) < BLOCKS and first is not None and last >= first:
        start = last - timedelta(days=BLOCK_DAYS - 1)
        found.append(Fraction(book.drawn(start, last)))
        last = start - timedelta(days=1)
    return found


def _gone(on: date, headroom_tpp: int, rate: Fraction) -> date | None:
    """The day on which a headroom is gone at a rate a block: never a day too late."""
    if headroom_tpp <= 0:
        return on
    if rate <= 0:
        return None
    days = headroom_tpp * BLOCK_DAYS // rate
    return None if days > (date.max - on).days else on + timedelta(days=int(days))
