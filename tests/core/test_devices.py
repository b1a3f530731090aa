from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.core.devices import classify, computed_tpp, performance_density, unit_tpp
from ledger.core.law.rows import ItemClass
from tests.core.builders import device, ledger_of, on

CLASSES = ledger_of().law.classes(on("2025-09-01"))


def item_class(**facts: object) -> str | None:
    return classify(device("ic", **({"unit_tpp": None} | facts)), CLASSES).item_class  # type: ignore[arg-type]


def test_tpp_is_the_largest_of_rate_times_bit_length() -> None:
    rates = {"4": Decimal(9000), "8": Decimal(4500), "16": Decimal(2000)}
    assert str(computed_tpp(rates)) == "36000"
    assert str(computed_tpp({"8": Decimal("1978.9")})) == "15831.2"


def test_a_stated_tpp_is_taken_as_it_stands_and_rates_are_computed() -> None:
    assert str(unit_tpp(device("ic", "15831.2"))) == "15831.2"
    assert str(unit_tpp(device("ic", None, rates={"16": "989.5"}))) == "15832"


@pytest.mark.parametrize(
    ("tpp", "density", "expected"),
    [
        ("4800", "0.1", "a-class"),
        ("4799.9", "5.92", "a-class"),
        ("1600", "5.92", "a-class"),
        ("1599.9", "5.92", "none"),
        ("4799.9", "5.91", "b-class"),
        ("2400", "1.6", "b-class"),
        ("2399.9", "1.6", "none"),
        ("2400", "1.59", "none"),
        ("1600", "3.2", "b-class"),
        ("1600", "3.19", "none"),
        ("2368", "2.91", "none"),
    ],
)
def test_the_paragraphs_hold_at_their_edges(tpp: str, density: str, expected: str) -> None:
    assert item_class(unit_tpp=tpp, performance_density=density) == expected


@pytest.mark.parametrize(
    ("tpp", "density", "expected"),
    [("4799.9", "19", "none"), ("4800", "19", "a-class"), ("2500", "4", "none")],
)
def test_an_ic_not_for_data_centers_is_out_below_the_floor(
    tpp: str, density: str, expected: str
) -> None:
    found = item_class(unit_tpp=tpp, performance_density=density, data_center=False)
    assert found == expected


def test_a_unit_of_several_ics_is_judged_by_one_of_them() -> None:
    assert item_class(unit_tpp="126656", ics=8, performance_density="19.4") == "a-class"
    assert item_class(unit_tpp="18944", ics=8, performance_density="2.91") == "none"


def test_the_density_follows_from_die_area_where_that_is_known() -> None:
    both = device("ic", "1600", die_area_mm2="270", performance_density="1")
    assert performance_density(both) == Fraction(160, 27)
    assert performance_density(device("ic", "3200", ics=2, die_area_mm2="270")) == Fraction(160, 27)
    assert performance_density(device("ic", "1600", performance_density="5.92")) == Fraction("5.92")
    assert performance_density(device("ic", "1600", performance_density=None)) is None


def test_an_unknown_density_leaves_the_class_open_only_where_it_matters() -> None:
    assert item_class(unit_tpp="4800", performance_density=None) == "a-class"
    assert item_class(unit_tpp="1599", performance_density=None) == "none"
    found = classify(device("ic", "3000", performance_density=None), CLASSES)
    assert found.item_class is None
    assert found.why == "3A090.a.2 depends on performance density, which is not known"
    assert found.cite == "ECCN 3A090.a"


def test_a_classification_names_its_paragraph() -> None:
    found = classify(device("ic", "2896", performance_density="3.67"), CLASSES)
    assert (found.item_class, found.why) == ("b-class", "meets 3A090.b.1")
    assert found.cite == "ECCN 3A090.b"
    none = classify(device("ic", "100"), CLASSES)
    assert (none.item_class, none.cite) == ("none", "ECCN 3A090.b")
    assert none.why == "meets no paragraph of 3A090.a, 3A090.b"


def test_classes_are_asked_in_their_order_whatever_order_they_come_in() -> None:
    row: dict[str, object] = {"cite": "a test", "title": "all ICs"}
    paragraphs = [{"paragraph": "1", "min_tpp": "1"}]
    second = ItemClass.model_validate(row | {"id": "b", "order": 2, "paragraphs": paragraphs})
    first = ItemClass.model_validate(row | {"id": "a", "order": 1, "paragraphs": paragraphs})
    assert classify(device("ic", "10"), [second, first]).item_class == "a"


def test_without_classes_nothing_is_classified() -> None:
    found = classify(device("ic", "15832"), [])
    assert (found.item_class, found.cite) == (None, "")
    assert found.why == "no item class is modelled for that day"


def test_computed_tpp_is_rounded_up_to_a_tenth() -> None:
    assert str(computed_tpp({"8": Decimal("2614.904")})) == "20919.3"


@given(
    st.dictionaries(
        st.sampled_from(["4", "8", "16", "32"]),
        st.decimals(min_value="0.001", max_value=10**5, places=3),
        min_size=1,
    )
)
def test_computed_tpp_is_the_naive_maximum_rounded_up(rates: dict[str, Decimal]) -> None:
    most = max(Fraction(rate) * int(bits) for bits, rate in rates.items())
    assert 0 <= Fraction(int(computed_tpp(rates)), 10) - most < Fraction(1, 10)
