from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest

from ledger.planning.optimised import OptimisedPipeline, Proof, amount
from tests.core.selling import deal_of
from tests.planning.test_optimise import planned


@pytest.mark.parametrize(
    ("number", "down", "up"),
    [
        (Fraction(7), "7", "7"),
        (Fraction(5, 2), "2.5", "2.5"),
        (Fraction(10, 3), "3.33", "3.34"),
        (Fraction(-10, 3), "-3.34", "-3.33"),
        (Fraction(1, 1000), "0", "0.01"),
        (Fraction(-5, 100), "-0.05", "-0.05"),
        (Fraction(1005, 100), "10.05", "10.05"),
    ],
)
def test_a_number_is_told_in_hundredths_rounded_as_it_is_said(
    number: Fraction, down: str, up: str
) -> None:
    assert (amount(number), amount(number, up=True)) == (down, up)


def proven(achieved: int, bound: int | None) -> Proof:
    most = None if bound is None else Fraction(bound)
    return Proof("time-limit", Fraction(achieved), most, coarse=True, choices=9, rounds=1)


def test_the_gap_is_a_part_of_the_larger_of_plan_and_bound() -> None:
    assert proven(75, 100).gap == Fraction(1, 4)
    assert proven(4, 0).gap == 1  # a cost of four where none might do
    assert proven(0, 0).gap == 0
    assert proven(5, None).gap is None
    told = proven(5, None).as_data()
    assert (told["bound"], told["gap_percent"], told["days"]) == (None, None, "coarse")


@pytest.fixture
def found() -> OptimisedPipeline:
    return planned(deal_of("op-ae", quantity=9, value="70"), deal_of("lost", value="5", fixed=True))


def test_a_plan_counts_what_goes_and_what_all_would_be_worth(found: OptimisedPipeline) -> None:
    assert (found.served, found.tpp.grouped()) == (1, "142,488")
    assert (found.value, found.asked_value) == (Fraction(70), Fraction(75))
    assert not found.fixed_served
    data = found.as_data()
    assert (data["value"], data["value_of_all_deals"], data["tpp"]) == ("70", "75", "142488")
    assert data["left_out"][0]["left_percent"] == "100"
    assert data["left_out"][0]["fixed"]


def test_its_table_says_what_it_was_asked(found: OptimisedPipeline) -> None:
    table = found.table()
    assert dict(table.values) == {"file": "deals.csv", "digest": "d" * 64, "for": "tpp"}
    assert table.table.rows()[0][9:] == (Decimal("142488.0"), "70")
    changed = replace(found, change="quantity").table()
    assert (changed.values["change"], "for" in changed.values) == ("quantity", False)
