from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from ledger.core.values import (
    LARGEST_QUANTITY,
    LARGEST_TPP,
    LARGEST_UNIT_TPP,
    PATTERN_WORDS,
    AmountTpp,
    Country,
    Headquarters,
    Id,
    Positive,
    Quantity,
    Text,
    Tpp,
    UnitTpp,
    Value,
    VerifierKey,
    day,
    exact,
    plain,
    shown,
    whole,
)


class Shipment(Value):
    tpp: Tpp


def test_a_value_refuses_unknown_fields_and_changes() -> None:
    with pytest.raises(ValidationError, match="extra_forbidden"):
        Shipment.model_validate({"tpp": 1, "colour": "green"})
    shipment = Shipment(tpp=Tpp(10))
    with pytest.raises(ValidationError, match="frozen"):
        setattr(shipment, "tpp", Tpp(20))  # noqa: B010 -- the type checker knows it is frozen


@pytest.mark.parametrize(
    ("amount", "tenths"),
    [(15832, 158320), ("15831.2", 158312), (Decimal("0.1"), 1), ("-3.5", -35), (0, 0)],
)
def test_an_amount_is_read_as_exact_tenths(amount: object, tenths: int) -> None:
    assert int(Tpp.of(amount)) == tenths


def test_an_amount_that_is_read_already_stays_itself() -> None:
    assert Tpp.of(Tpp(158312)) == 158312


@pytest.mark.parametrize("amount", ["15831.25", Decimal("0.01")])
def test_more_than_one_decimal_place_is_refused_with_the_cure(amount: object) -> None:
    with pytest.raises(ValueError, match=f"found {amount}; round it up to the next 0.1"):
        Tpp.of(amount)


def test_a_computed_amount_of_whole_tenths_is_kept() -> None:
    assert int(Tpp.ceiling(Decimal("15831.2"))) == 158312
    assert int(Tpp.ceiling(Decimal(0))) == 0


@pytest.mark.parametrize(
    ("tenths", "text"),
    [(158312, "15831.2"), (158320, "15832"), (-5, "-0.5"), (-20, "-2"), (0, "0"), (7, "0.7")],
)
def test_an_amount_is_written_as_a_plain_decimal(tenths: int, text: str) -> None:
    assert str(Tpp(tenths)) == text
    assert repr(Tpp(tenths)) == f"Tpp({text})"


@given(st.integers(min_value=-(10**15), max_value=10**15))
def test_what_is_written_reads_back(tenths: int) -> None:
    assert Tpp.of(str(Tpp(tenths))) == tenths


def test_tpp_goes_through_json_as_text() -> None:
    shipment = Shipment.model_validate({"tpp": "15831.2"})
    assert shipment.model_dump_json() == '{"tpp":"15831.2"}'
    schema = Shipment.model_json_schema()["properties"]["tpp"]
    assert schema["anyOf"] == [
        {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9])?$"},
        {"type": "number"},
    ]
    assert schema["description"] == "TPP, one decimal place"


@pytest.mark.parametrize("amount", [1.5, True, False])
def test_floats_and_truth_values_are_no_exact_numbers(amount: object) -> None:
    with pytest.raises(ValueError, match=r"expected an exact number .* found"):
        exact(amount)


@pytest.mark.parametrize("amount", [None, [1], b"1"])
def test_other_things_are_no_numbers(amount: object) -> None:
    with pytest.raises(ValueError, match="expected a number, found"):
        exact(amount)


def test_text_that_is_no_number_is_shown() -> None:
    with pytest.raises(ValueError, match="expected a number, found 'many'"):
        exact("many")


@pytest.mark.parametrize("amount", ["NaN", "sNaN", "Infinity", "-inf"])
def test_only_finite_numbers_are_read(amount: str) -> None:
    with pytest.raises(ValueError, match="expected a finite number"):
        exact(Decimal(amount))
    with pytest.raises(ValueError, match="expected a number, found"):
        exact(amount)


@pytest.mark.parametrize("text", ["", " 5", "1_000", "٣", "0x10", "5,0", "many"])
def test_a_number_is_written_in_plain_digits(text: str) -> None:
    with pytest.raises(ValueError, match="expected a number, found"):
        exact(text)


@pytest.mark.parametrize("amount", ["1e999999999", "-1e31", "1e-31", 10**31])
def test_a_number_that_would_fill_the_memory_is_refused(amount: object) -> None:
    with pytest.raises(ValueError, match="expected a number of at most 30 digits"):
        exact(amount)


def test_the_longest_numbers_are_read() -> None:
    assert exact("1e30") == 10**30
    assert exact("1e-30") == Decimal(1).scaleb(-30)
    assert exact("0e99") == 0


@pytest.mark.parametrize(
    ("number", "text"),
    [("19.40", "19.4"), ("1E+3", "1000"), ("100", "100"), ("5.00", "5"), ("0.000001", "0.000001")],
)
def test_a_decimal_has_one_way_of_being_written(number: str, text: str) -> None:
    assert plain(Decimal(number)) == text


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=0, max_value=10**9, places=6))
def test_a_written_decimal_is_the_same_number(number: Decimal) -> None:
    assert Decimal(plain(number)) == number


def test_whole_numbers_are_read_from_numbers_and_text() -> None:
    assert (whole(5), whole("7"), whole(Decimal("9.0"))) == (5, 7, 9)
    with pytest.raises(ValueError, match=r"expected a whole number, found 2\.5"):
        whole("2.5")


def test_a_day_is_read_from_a_date_or_its_text() -> None:
    assert day("2025-05-15") == day(date(2025, 5, 15)) == date(2025, 5, 15)


@pytest.mark.parametrize(
    "text", ["2025-5-15", "20250515", "2025-05-15T00:00", "15.05.2025", "2025-W20-4", ""]
)
def test_a_day_has_one_form(text: str) -> None:
    with pytest.raises(ValueError, match="expected a day as YYYY-MM-DD"):
        day(text)


@pytest.mark.parametrize("moment", [datetime(2025, 5, 15, tzinfo=UTC), 20250515, None])
def test_a_moment_is_no_day(moment: object) -> None:
    with pytest.raises(ValueError, match="expected a day as YYYY-MM-DD"):
        day(moment)


@pytest.mark.parametrize("text", ["1899-12-31", "3000-01-01", "0001-01-01"])
def test_a_day_is_near_enough_that_windows_around_it_stay_in_the_calendar(text: str) -> None:
    with pytest.raises(ValueError, match=f"expected a day from 1900 to 2999, found {text}"):
        day(text)
    with pytest.raises(ValueError, match="expected a day from 1900 to 2999"):
        day(date.fromisoformat(text))
    assert (day("1900-01-01"), day("2999-12-31")) == (date(1900, 1, 1), date(2999, 12, 31))


def test_a_day_stands_in_the_calendar() -> None:
    with pytest.raises(ValueError, match="2025-02-29', which is not in the calendar"):
        day("2025-02-29")


class LegalDay(date):
    """A date of somebody else's class."""


def test_a_date_of_another_class_becomes_a_plain_date() -> None:
    assert type(day(LegalDay(2025, 5, 15))) is date


@pytest.mark.parametrize(
    ("kind", "good", "bad", "sentence"),
    [
        (
            UnitTpp,
            ["0.1", LARGEST_UNIT_TPP],
            ["0", "-1", f"{LARGEST_UNIT_TPP}.1"],
            "TPP of one unit above 0",
        ),
        (
            AmountTpp,
            ["0", "0.1", LARGEST_TPP],
            ["-0.1", f"{LARGEST_TPP}.1"],
            "expected TPP of 0 or more and at most",
        ),
        (Quantity, [1, LARGEST_QUANTITY], [0, -1, LARGEST_QUANTITY + 1], "whole quantity from 1"),
        (Positive, ["0.001"], ["0", "-2.50"], "expected a number above 0, found"),
        (Country, ["BR"], ["br", "BRA", "B"], "match pattern"),
        (Headquarters, ["US", "unknown"], ["Unknown", "USA"], "match pattern"),
        (Id, ["a", "a b", "us-ear/lpp", "x" * 200], ["", " a", "a ", "a\nb", "x" * 201], "pattern"),
        (Text, ["a", " ", "ä" * 2000], ["a\x00"], "match pattern"),
        (Text, ["a"], [""], "at least 1 character"),
        (Text, ["a"], ["a" * 2001], "at most 2000 characters"),
    ],
)
def test_each_kind_of_value_has_its_bounds(
    kind: type[object], good: list[object], bad: list[object], sentence: str
) -> None:
    reader: TypeAdapter[object] = TypeAdapter(kind)
    for value in good:
        reader.validate_python(value)
    for value in bad:
        with pytest.raises(ValidationError, match=sentence):
            reader.validate_python(value)


def test_the_largest_lot_stays_inside_a_signed_64_bit_column() -> None:
    assert LARGEST_UNIT_TPP * 10 * LARGEST_QUANTITY < 2**63


def test_an_exact_number_is_written_as_text() -> None:
    reader: TypeAdapter[Decimal] = TypeAdapter(Positive)
    assert reader.dump_python(reader.validate_python("19.40"), mode="json") == "19.4"


@pytest.mark.parametrize(
    ("computed", "tenths"),
    [("15831.2", 158312), ("15831.21", 158313), ("15831.20001", 158313), ("0.01", 1), ("0", 0)],
)
def test_a_computed_amount_is_rounded_up(computed: str, tenths: int) -> None:
    assert int(Tpp.ceiling(Decimal(computed))) == tenths


@given(st.decimals(min_value=0, max_value=10**9, places=4))
def test_rounding_up_never_loses_and_never_adds_a_whole_tenth(number: Decimal) -> None:
    rounded = Fraction(int(Tpp.ceiling(number)), 10)
    assert 0 <= rounded - Fraction(number) < Fraction(1, 10)


def test_an_amount_of_many_digits_is_exact_or_refused() -> None:
    with pytest.raises(ValueError, match=r"one decimal place|digits"):
        Tpp.of("1234567890123456789012345678.94")


@pytest.mark.parametrize(
    ("tenths", "text"),
    [
        (0, "0"),
        (9999, "999.9"),
        (10000, "1,000"),
        (269000000, "26,900,000"),
        (12345678901, "1,234,567,890.1"),
        (-15832005, "-1,583,200.5"),
    ],
)
def test_people_read_thousands_apart(tenths: int, text: str) -> None:
    assert Tpp(tenths).grouped() == shown(Tpp(tenths)) == text
    assert str(Tpp(tenths)) == text.replace(",", "")


def test_people_read_no_limit_as_a_word() -> None:
    assert shown(None) == "unlimited"


def test_the_words_for_a_pattern_stand_for_the_pattern_of_a_field() -> None:
    kinds = {"Country": Country, "Headquarters": Headquarters, "Id": Id, "Key": VerifierKey}
    patterns = {TypeAdapter(kind).json_schema()["pattern"] for kind in kinds.values()}
    assert patterns == set(PATTERN_WORDS)
