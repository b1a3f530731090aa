from itertools import permutations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.core.law.logic import both, every, negated, some

RANK = {False: 0, None: 1, True: 2}
"""Kleene's logic: or is the greater, and the lesser, of false < unknown < true."""

verdicts = st.lists(st.sampled_from([True, False, None]), max_size=5)
VALUES = (True, False, None)


TABLE_OF_AND = {
    (True, True): True,
    (True, None): None,
    (True, False): False,
    (None, None): None,
    (None, False): False,
    (False, False): False,
}


@pytest.mark.parametrize(("left", "right"), list(product(VALUES, VALUES)))
def test_and_of_two_is_its_truth_table(*, left: bool | None, right: bool | None) -> None:
    expected = TABLE_OF_AND.get((left, right), TABLE_OF_AND.get((right, left)))
    assert both(left, right) is expected
    assert every([left, right]) is expected


def test_not_is_its_truth_table() -> None:
    assert [negated(value) for value in (True, False, None)] == [False, True, None]


@given(verdicts)
def test_every_and_some_are_the_least_and_the_greatest(found: list[bool | None]) -> None:
    assert every(found) is min([True, *found], key=RANK.__getitem__)
    assert some(found) is max([False, *found], key=RANK.__getitem__)


@given(verdicts)
def test_some_is_not_every_not(found: list[bool | None]) -> None:
    assert some(found) is negated(every(negated(one) for one in found))


def test_of_nothing_every_holds_and_some_does_not() -> None:
    assert every([]) is True
    assert some([]) is False


@given(verdicts)
def test_the_order_of_verdicts_does_not_matter(found: list[bool | None]) -> None:
    assert len({every(order) for order in permutations(found[:4])}) == 1
    assert len({some(order) for order in permutations(found[:4])}) == 1
