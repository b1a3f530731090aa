"""Crossing: held to a sum that is made anew for every question."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from ledger.core.crossing import Days, Sum

FIRST = date(2025, 1, 1)

Found = list[tuple[date, int, int]]


def naive(found: Found, first: date, last: date, limit: int) -> int | None:
    """The last place before which what counts is within the limit, by adding up."""
    counted = [(place, amount) for on, place, amount in found if first <= on <= last]
    places = sorted({place for _, place, _ in found}, reverse=True)
    return next(
        (
            place
            for place in places
            if sum(amount for other, amount in counted if other < place) <= limit
        ),
        None,
    )


def test_the_place_is_the_last_one_before_which_the_sum_is_within() -> None:
    found = Sum([3, 5, 9])
    for place, amount in ((3, 10), (5, 20), (9, 30)):
        found.add(place, amount)
    assert [found.last_within(limit) for limit in (60, 30, 29, 10, 9, 0, -1)] == [
        9, 9, 5, 5, 3, 3, None,
    ]  # fmt: skip


def test_what_is_taken_back_lets_a_sum_be_within_again() -> None:
    found = Sum([1, 2, 3, 4])
    for place, amount in ((1, 10), (2, -10), (3, 5), (4, 5)):
        found.add(place, amount)
    assert [found.last_within(limit) for limit in (4, 0, -1)] == [3, 3, None]


def test_of_nothing_nothing_is_within() -> None:
    assert Sum([]).last_within(0) is None
    assert Days([]).last_within(FIRST, FIRST, 0) is None


days = st.integers(0, 12).map(lambda many: FIRST + timedelta(days=many))
amounts = st.lists(st.tuples(days, st.integers(1, 40), st.integers(-5, 9)), max_size=60)


@given(amounts, st.lists(st.tuples(days, st.integers(0, 14), st.integers(-3, 40)), max_size=8))
def test_a_span_that_moves_on_finds_what_adding_up_finds(
    found: Found, asked: list[tuple[date, int, int]]
) -> None:
    walk, first, last = Days(found), date.min, date.min
    for on, back, limit in sorted(asked):
        first, last = max(first, on - timedelta(days=back)), max(last, on)
        assert walk.last_within(first, last, limit) == naive(found, first, last, limit)
