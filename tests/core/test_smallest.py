from collections.abc import Sequence
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from ledger.core.smallest import minimal

conflicts = st.lists(st.frozensets(st.integers(0, 7), min_size=1, max_size=4), max_size=4)


def test_what_does_not_fail_together_has_no_reason() -> None:
    assert minimal([1, 2, 3], lambda _: False) is None


def test_what_fails_without_anything_needs_nothing() -> None:
    assert minimal([1, 2, 3], lambda _: True) == ()


def test_one_thing_may_be_reason_enough() -> None:
    assert minimal("abcd", lambda some: "c" in some) == ("c",)


def test_things_that_are_the_same_are_counted_apart() -> None:
    assert minimal([4, 4, 4, 1], lambda some: sum(some) >= 8) == (4, 4)


def test_earlier_things_are_left_out_first() -> None:
    assert minimal("abcdef", lambda some: len(some) >= 2) == ("e", "f")


def test_few_questions_are_asked_where_few_things_conflict() -> None:
    asked: list[Sequence[int]] = []

    def fails(some: Sequence[int]) -> bool:
        asked.append(some)
        return {100, 900} <= {*some}

    assert minimal(range(1000), fails) == (100, 900)
    assert len(asked) < 60


@given(conflicts, st.permutations(range(8)))
def test_it_fails_and_nothing_smaller_within_it_does(
    reasons: list[frozenset[int]], items: list[int]
) -> None:
    def fails(some: Sequence[int]) -> bool:
        return any(reason <= {*some} for reason in reasons)

    found = minimal(items, fails)
    if not reasons:
        assert found is None
        return
    assert found is not None
    assert fails(found)
    assert [one for one in items if one in found] == [*found]
    assert not any(fails(rest) for rest in combinations(found, len(found) - 1))
