"""Forecast: rates of thirty days, their interval, and the day on which headroom is gone."""

from datetime import date, timedelta
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from ledger.core.forecast import BLOCK_DAYS, BLOCKS, Forecast, first_read, forecast
from ledger.core.headroom import Book, Draw
from tests.core.builders import on

DAY = on("2026-01-01")


def book(*blocks: int) -> Book:
    """A draw on the last day of each block of thirty days, the latest first."""
    return Book(
        Draw(DAY - timedelta(days=30 * place), tpp) for place, tpp in enumerate(blocks) if tpp
    )


def rates(found: Forecast) -> list[str | int]:
    """The rates, whole ones as such."""
    return [
        int(rate) if rate.denominator == 1 else str(rate)
        for rate in (found.slow, found.expected, found.fast)
    ]


def test_the_first_day_that_is_read_is_that_of_the_oldest_block() -> None:
    assert first_read(DAY) == DAY - timedelta(days=BLOCKS * BLOCK_DAYS - 1)
    every = book(*[300] * 20)
    recent = Book(Draw(day, every.drawn(day, day)) for day in every.days if day >= first_read(DAY))
    assert forecast(every, DAY, 3000) == forecast(recent, DAY, 3000)


def test_an_even_rate_has_no_interval() -> None:
    found = forecast(book(300, 300, 300, 300), DAY, 3000)
    assert found is not None
    assert found.blocks == 4
    assert rates(found) == [300, 300, 300]
    gone = DAY + timedelta(days=300)
    assert (found.earliest_on, found.expected_on, found.latest_on) == (gone, gone, gone)


def test_an_uneven_rate_has_an_interval_by_its_tenths() -> None:
    found = forecast(book(100, 200, 300, 400, 500, 600, 700, 800, 900, 1000, 1100), DAY, 6000)
    assert found is not None
    assert rates(found) == [200, 600, 1000]
    assert found.earliest_on == DAY + timedelta(days=180)
    assert found.expected_on == DAY + timedelta(days=300)
    assert found.latest_on == DAY + timedelta(days=900)


def test_only_the_last_twelve_blocks_count() -> None:
    found = forecast(book(*[30] * 12, *[9000] * 5), DAY, 30)
    assert found is not None
    assert found.blocks == 12
    assert rates(found) == [30, 30, 30]


def test_days_are_rounded_down() -> None:
    found = forecast(book(7, 7, 7), DAY, 10)
    assert found is not None
    assert found.expected_on == DAY + timedelta(days=42)  # 42 and six sevenths


def test_with_fewer_than_three_blocks_nothing_is_told() -> None:
    assert forecast(book(), DAY, 100) is None
    assert forecast(book(5, 5), DAY, 100) is None
    assert forecast(book(0, 0, 5), DAY, 100) is not None


def test_what_does_not_grow_is_never_exhausted_and_what_is_gone_is_gone() -> None:
    idle = forecast(book(0, 0, 0, -5), DAY, 100)
    assert idle is not None
    assert (idle.earliest_on, idle.expected_on, idle.latest_on) == (None, None, None)
    spent = forecast(book(1, 1, 1), DAY, 0)
    assert spent is not None
    assert spent.earliest_on == spent.latest_on == DAY


def test_a_day_beyond_the_calendar_is_none() -> None:
    found = forecast(book(1, 1, 1), DAY, 10**9)
    assert found is not None
    assert found.expected_on is None


def test_a_window_that_is_over_before_is_not_exhausted() -> None:
    even = book(300, 300, 300)
    last = DAY + timedelta(days=100)
    found = forecast(even, DAY, 1000, until=last)
    assert found is not None
    assert found.expected_on is None
    found = forecast(even, DAY, 1000, until=last + timedelta(days=1))
    assert found is not None
    assert found.expected_on == last


def test_later_draws_are_not_looked_at() -> None:
    later = Book([Draw(DAY, 30), Draw(DAY - timedelta(days=89), 0), Draw(date.max, 10**6)])
    found = forecast(later, DAY, 100)
    assert found is not None
    assert found.expected == 10


@given(st.lists(st.integers(0, 1000), min_size=3, max_size=15), st.integers(1, 10**6))
def test_the_interval_holds_the_expected_day(blocks: list[int], headroom: int) -> None:
    blocks[-1] += 1  # the first draw
    found = forecast(book(*blocks), DAY, headroom)
    assert found is not None
    kept = blocks[:12]
    assert found.expected == Fraction(sum(kept), len(kept))
    days = [found.earliest_on, found.expected_on, found.latest_on]
    told = [day or date.max for day in days]
    assert told == sorted(told)
    if found.expected_on is not None:
        drawn = found.expected * (found.expected_on - DAY).days / BLOCK_DAYS
        assert drawn <= headroom < drawn + found.expected / BLOCK_DAYS
