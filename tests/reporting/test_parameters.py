"""Parameters: texts as exact values, and what is said of those that are none."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.core.errors import InvalidInput
from ledger.reporting.parameters import Given, Parameter, Quarter, bound, quarter, resolved

TODAY = date(2026, 11, 23)


def asked(kind: str, *, optional: bool = False, default: str | None = None) -> Parameter:
    return Parameter("p", kind, optional, default, "what it is")


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("day", "2026-09-30", date(2026, 9, 30)),
        ("day", "today", TODAY),
        ("quarter", "2026Q3", Quarter(2026, 3)),
        ("quarter", "2026-q1", Quarter(2026, 1)),
        ("quarter", "this", Quarter(2026, 4)),
        ("quarter", "last", Quarter(2026, 3)),
        ("year", "2027", 2027),
        ("year", "this", 2026),
        ("whole", "30", 30),
        ("text", " us-ear/lpp ", "us-ear/lpp"),
    ],
)
def test_a_text_becomes_its_value(kind: str, text: str, value: Given) -> None:
    assert asked(kind).read(text, TODAY) == value


@pytest.mark.parametrize(
    ("kind", "text", "said"),
    [
        ("day", "30.9.2026", "expected a day as YYYY-MM-DD"),
        ("day", "2026-02-30", "not in the calendar"),
        ("quarter", "2026Q5", "expected a quarter such as 2026Q3"),
        ("quarter", "0001Q1", "expected a quarter such as 2026Q3"),
        ("year", "26", "expected a year from 1900"),
        ("whole", "-1", "expected a whole number of 0 or more"),
        ("whole", "1.5", "expected a whole number"),
        ("text", "  ", "expected a text, found nothing"),
    ],
)
def test_what_is_no_value_is_told_with_what_to_write(kind: str, text: str, said: str) -> None:
    with pytest.raises(InvalidInput, match=said) as caught:
        asked(kind).read(text, TODAY)
    assert "--param p" in caught.value.sentence
    assert "p=" in caught.value.sentence


@given(st.dates(date(1950, 1, 1), date(2900, 1, 1)), st.integers(1, 3))
def test_every_day_is_in_one_quarter_that_its_name_gives_back(on: date, begins_in: int) -> None:
    found = Quarter.of(on, begins_in)
    assert found.first <= on <= found.last
    assert found.first.day == 1
    assert (found.first.month - begins_in) % 3 == 0
    assert found.after.first == found.last + timedelta(days=1)
    assert found.after.before == found.before.after == found
    assert quarter(str(found), TODAY, begins_in) == found
    january = Quarter.of(on)
    assert str(january) == f"{on.year}Q{(on.month + 2) // 3}"


def test_what_is_left_out_has_its_default_is_none_or_is_asked_for() -> None:
    assert asked("day", default="today").read(None, TODAY) == TODAY
    assert asked("text", optional=True).read(None, TODAY) is None
    with pytest.raises(InvalidInput, match="asks for 'p': what it is"):
        asked("text").read(None, TODAY)


def test_a_parameter_that_the_report_has_not_is_refused() -> None:
    with pytest.raises(InvalidInput, match=r"no parameter 'q'.*are: p"):
        resolved([asked("day", default="today")], {"q": "1"}, TODAY)
    with pytest.raises(InvalidInput, match="are: none"):
        resolved([], {"q": "1"}, TODAY)


def test_sql_is_given_what_it_names_and_a_quarter_as_two_days() -> None:
    values: dict[str, Given] = {"q": Quarter(2026, 3), "cap": None, "on": TODAY}
    sql = "SELECT $q_first, $q_last, $cap"
    assert bound(values, sql) == {
        "q_first": date(2026, 7, 1),
        "q_last": date(2026, 9, 30),
        "cap": None,
    }
