"""Cap arithmetic, beside a naive reference that tries every amount on every day."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.core.headroom import (
    Book,
    Draw,
    Level,
    binding,
    counted_from,
    counts_until,
    least,
    level,
    levels,
    next_quarter,
    quarter_start,
    version_on,
    whole_units,
)
from ledger.core.law.caps import Cap, Window
from tests.core.builders import cap, on
from tests.core.trying import (
    days,
    draws,
    largest,
    measured,
    naive_days,
    some_days,
    tightest,
    version_lists,
    window,
)


@settings(max_examples=300)
@given(version_lists(), draws, some_days)
def test_headroom_by_formula_is_headroom_by_trying(
    versions: list[Cap], found: list[Draw], lot_on: date
) -> None:
    least = binding(levels(versions, Book(found), lot_on))
    tried = naive_days(versions, found, lot_on)
    if version_on(versions, lot_on) is None or not tried:
        assert least is None
        return
    assert least is not None
    assert least.headroom_tpp == largest(tried)
    assert least.on == tightest(tried)


mostly_growing = draws | st.lists(
    st.builds(Draw, on=some_days, tpp=st.integers(0, 200), reserved=st.booleans()), max_size=12
)


@st.composite
def changing_windows(draw: st.DrawFn) -> list[Cap]:
    """Versions of a cap that follow each other, each with a window of its own."""
    first, second = draw(version_lists())[0], draw(version_lists())[0]
    turn = draw(some_days)
    return [
        first.model_copy(update={"until": turn, "measured_on": ()}),
        second.model_copy(update={"valid_from": turn, "until": date.max, "measured_on": ()}),
    ]


any_period = some_days.map(lambda day: window("period", first_on=day))
"""One may begin after the day that is asked about: what was drawn before it does not count."""


@settings(max_examples=500)
@given(version_lists() | version_lists(any_period) | changing_windows(), mostly_growing, some_days)
def test_the_least_headroom_is_that_of_the_binding_level(
    versions: list[Cap], found: list[Draw], lot_on: date
) -> None:
    book = Book(found)
    assert least(versions, book, lot_on) == binding(levels(versions, book, lot_on))


@given(mostly_growing, mostly_growing)
def test_a_book_that_draws_are_added_to_is_the_book_of_them_all(
    first: list[Draw], later: list[Draw]
) -> None:
    book, whole = Book(first), Book([*first, *later])
    for draw in later:
        book.add(draw)
    assert (book.days, book.falls) == (whole.days, whole.falls)
    for day in [date.min, *book.days]:
        for name in ("drawn", "reserved"):
            assert getattr(book, name)(day, date.max) == getattr(whole, name)(day, date.max)
        assert book.whole(day) == whole.whole(day)


def test_a_book_falls_where_a_day_takes_back_more_than_it_draws() -> None:
    found = book(("2025-03-01", 30), ("2025-03-01", -10))
    assert not found.falls
    found.add(Draw(on("2025-03-01"), -30))
    assert found.falls
    found.add(Draw(on("2025-03-01"), 10))
    assert not found.falls
    assert book(("2025-03-02", -1)).falls


@settings(max_examples=150)
@given(draws, some_days, st.sampled_from([25, 7, 50]), measured)
def test_headroom_of_a_share_by_formula_is_headroom_by_trying(
    found: list[Draw], lot_on: date, percent: int, measured_on: tuple[str, ...]
) -> None:
    share = cap(
        share={"percent": percent},
        basis="installed",
        window={"kind": "stock"},
        measured_on=measured_on,
    )
    least = binding(levels([share], Book(found), lot_on))
    tried = naive_days([share], found, lot_on)
    assert least is not None
    assert least.headroom_tpp == largest(tried)
    assert least.on == tightest(tried)


@settings(max_examples=150)
@given(version_lists(), draws, some_days, st.integers(1, 60))
def test_whole_units_are_those_that_fit_by_trying(
    versions: list[Cap], found: list[Draw], lot_on: date, unit: int
) -> None:
    least = binding(levels(versions, Book(found), lot_on))
    if least is None:
        return
    tried = largest(naive_days(versions, found, lot_on), unit=unit)
    expected = None if tried is None else max(tried, 0)
    assert whole_units(least.headroom_tpp, unit) == expected


@given(st.integers(-100, 1000), st.integers(1, 60))
def test_whole_units_below_a_threshold_do_not_reach_it(headroom: int, unit: int) -> None:
    found = whole_units(headroom, unit, below=True)
    assert found == max((n for n in range(1001) if n * unit < headroom), default=0)


def test_units_of_an_unlimited_headroom_are_unlimited() -> None:
    assert whole_units(None, 10) is None
    assert whole_units(-5, 10) == 0


# ---- days and windows


def test_quarters_begin_where_the_calendar_says() -> None:
    for day in days(on("2025-01-01"), on("2026-12-31")):
        start, after = quarter_start(day), next_quarter(day)
        assert start <= day < after
        assert (start.day, start.month % 3, after.day, after.month % 3) == (1, 1, 1, 1)
        assert 89 < (after - start).days < 93


@pytest.mark.parametrize(
    ("found", "first", "until"),
    [
        (window("stock"), date.min, date.max),
        (window("lot"), on("2025-05-15"), on("2025-05-16")),
        (window("period", first_on="2025-01-13"), on("2025-01-13"), date.max),
        (window("calendar-year"), on("2025-01-01"), on("2026-01-01")),
        (window("calendar-quarter"), on("2025-04-01"), on("2025-07-01")),
        (window("rolling", days=1), on("2025-05-15"), on("2025-05-16")),
        (window("rolling", days=365), on("2024-05-16"), on("2026-05-15")),
    ],
)
def test_a_window_says_which_days_count_together(found: Window, first: date, until: date) -> None:
    assert counted_from(found, on("2025-05-15")) == first
    assert counts_until(found, on("2025-05-15")) == until


# ---- books and levels


def book(*rows: tuple[str, int] | tuple[str, int, bool]) -> Book:
    return Book(Draw(on(row[0]), *row[1:]) for row in rows)


def test_a_book_sums_draws_and_reservations_apart() -> None:
    found = book(("2025-03-01", 10), ("2025-01-01", 5), ("2025-02-01", 7, True))
    first, last = on("2025-01-02"), on("2025-03-01")
    assert found.days == [on("2025-01-01"), on("2025-02-01"), on("2025-03-01")]
    assert (found.drawn(first, last), found.drawn(date.min, last)) == (10, 15)
    assert (found.reserved(first, last), found.reserved(on("2025-02-02"), last)) == (7, 0)
    assert found.drawn(on("2025-01-01"), on("2025-02-28")) == 5


def test_a_level_shows_allowance_drawdown_and_reserved() -> None:
    versions = [cap(allowance=[{"tpp": "10"}])]
    found = level(versions, book(("2025-03-01", 30), ("2025-04-01", 20, True)), on("2025-05-01"))
    assert found == Level(on("2025-05-01"), 100, 30, 20, 50)


def test_headroom_may_be_negative() -> None:
    least = binding(
        levels([cap(allowance=[{"tpp": 1}])], book(("2025-03-01", 30)), on("2025-04-01"))
    )
    assert least is not None
    assert least.headroom_tpp == -20


def test_a_stock_is_never_below_nothing() -> None:
    stock = cap(allowance=[{"tpp": "10"}], basis="installed", window={"kind": "stock"})
    least = binding(levels([stock], book(("2025-03-01", -30)), on("2025-04-01")))
    assert least == Level(on("2025-04-01"), 100, 0, 0, 100)


def test_a_reservation_of_a_later_day_binds_a_lot_of_today() -> None:
    period = cap(allowance=[{"tpp": "10"}], window={"kind": "period", "first_on": "2025-01-01"})
    least = binding(levels([period], book(("2025-09-01", 80, True)), on("2025-04-01")))
    assert least == Level(on("2025-09-01"), 100, 0, 80, 20)


def test_a_later_and_lower_allowance_binds_a_lot_of_today() -> None:
    steps = [{"tpp": "10"}, {"from": "2026-01-01", "tpp": "3"}]
    stock = cap(allowance=steps, basis="installed", window={"kind": "stock"})
    assert binding(levels([stock], book(), on("2025-04-01"))) == Level(
        on("2026-01-01"), 30, 0, 0, 30
    )


def test_what_has_left_a_rolling_window_is_free_again() -> None:
    rolling = cap(allowance=[{"tpp": "10"}], window={"kind": "rolling", "days": 30})
    found = book(("2025-04-01", 100))
    assert getattr(binding(levels([rolling], found, on("2025-04-30"))), "headroom_tpp", None) == 0
    assert getattr(binding(levels([rolling], found, on("2025-05-01"))), "headroom_tpp", None) == 100


def test_what_was_given_back_leaves_a_rolling_window_too() -> None:
    rolling = cap(allowance=[{"tpp": "10"}], window={"kind": "rolling", "days": 30})
    found = book(("2025-03-20", -30), ("2025-04-01", 50))
    least = binding(levels([rolling], found, on("2025-04-10")))
    assert least == Level(on("2025-04-19"), 100, 50, 0, 50)


def test_the_first_of_equally_tight_days_binds() -> None:
    versions = [cap(allowance=[{"tpp": "10"}])]
    found = book(("2025-05-01", 40), ("2025-06-01", -10), ("2025-07-01", 10))
    least = binding(levels(versions, found, on("2025-04-01")))
    assert getattr(least, "on", None) == on("2025-05-01")


def test_an_unlimited_day_never_binds_while_another_has_a_figure() -> None:
    limited = Level(on("2025-02-01"), 10, 0, 0, 10)
    free = Level(on("2025-01-01"), None, 0, 0, None)
    assert binding([free, limited]) == limited
    assert binding([limited, free]) == limited
    assert binding([free, Level(on("2025-03-01"), None, 0, 0, None)]) == free
    assert binding([]) is None


def test_a_cap_without_a_figure_for_the_day_has_no_levels() -> None:
    later = cap(allowance=[{"from": "2025-06-01", "tpp": 1}])
    assert list(levels([later], book(), on("2025-05-31"))) == []
    assert level([later], book(), on("2025-05-31")) is None
    assert version_on([later], on("2025-06-01")) is later
    ended = cap(allowance=[{"tpp": 1}], until="2025-06-01")
    assert version_on([ended], on("2025-06-01")) is None


def test_a_measured_cap_is_read_on_its_measuring_days_only() -> None:
    half = cap(
        share={"percent": 50},
        basis="installed",
        window={"kind": "stock"},
        measured_on=("02-01", "08-01"),
    )
    draws = [Draw(on("2025-03-01"), 100, whole=100), Draw(on("2026-03-01"), -50, whole=100)]
    found = [(one.on, one.headroom_tpp) for one in levels([half], Book(draws), on("2025-01-15"))]
    assert found == [
        (on("2025-02-01"), 0),
        (on("2025-08-01"), -100),
        (on("2026-02-01"), -100),
        (on("2026-08-01"), 100),
    ]


def test_nothing_counts_against_a_period_before_it_begins() -> None:
    period = cap(window={"kind": "period", "first_on": "2027-01-01"}, allowance=[{"tpp": 100}])
    book = Book([Draw(on("2024-06-01"), 500), Draw(on("2025-06-01"), 500)])
    found = level([period], book, on("2025-09-01"))
    assert found is not None
    assert (found.drawdown_tpp, found.headroom_tpp) == (0, 1000)


def test_nothing_is_drawn_from_a_day_to_an_earlier_one() -> None:
    drawn = Book([Draw(on("2025-06-01"), 5, whole=7), Draw(on("2025-06-01"), 3, reserved=True)])
    first, last = on("2025-07-01"), on("2025-05-01")
    assert (drawn.drawn(first, last), drawn.reserved(first, last)) == (0, 0)
    assert drawn.whole(last, first) == 0
    assert drawn.sums(first, last) == (0, 0)
    assert (drawn.drawn(last, first), drawn.reserved(last, first)) == (5, 3)
    assert (drawn.whole(first, last), drawn.sums(last, first)) == (7, (5, 3))


def test_a_lot_counts_on_the_days_of_a_later_window_that_reaches_back_to_it() -> None:
    """A year that becomes a rolling one: a lot of December counts in January, too."""
    year = cap(until="2027-01-01", allowance=({"tpp": 100},))
    rolling = cap(
        **{"from": "2027-01-01"},
        window={"kind": "rolling", "days": 365},
        allowance=({"from": "2027-01-01", "tpp": 100},),
    )
    book = Book([Draw(on("2027-01-10"), 900)])
    found = least([year, rolling], book, on("2026-12-20"))
    assert found is not None
    assert (found.on, found.headroom_tpp) == (on("2027-01-10"), 100)
    back = least(
        [
            cap(
                until="2027-01-01",
                window={"kind": "rolling", "days": 365},
                allowance=({"tpp": 100},),
            ),
            cap(**{"from": "2027-01-01"}, allowance=({"from": "2027-01-01", "tpp": 100},)),
        ],
        book,
        on("2026-12-20"),
    )
    assert back is not None
    assert (back.on, back.headroom_tpp) == (on("2026-12-20"), 1000)
