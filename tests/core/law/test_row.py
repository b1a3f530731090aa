from datetime import date

import pytest
from pydantic import ValidationError

from ledger.core.law.row import Row
from ledger.core.law.rows import Due
from tests.core.builders import cap, on


def test_a_row_is_in_force_from_its_first_day_to_the_day_before_its_end() -> None:
    row = cap(allowance=[{"tpp": 1}], **{"from": "2025-01-01", "until": "2026-01-01"})
    days = ["2024-12-31", "2025-01-01", "2025-12-31", "2026-01-01"]
    assert [row.in_force(on(day)) for day in days] == [False, True, True, False]


def test_a_row_without_days_is_always_in_force() -> None:
    row = Row.model_validate({"id": "r", "cite": "c"})
    assert row.in_force(date.min)
    assert row.in_force(date(9999, 12, 30))


@pytest.mark.parametrize("field", ["id", "cite"])
def test_a_row_has_an_id_and_a_citation(field: str) -> None:
    fields = {"id": "r", "cite": "c"}
    del fields[field]
    with pytest.raises(ValidationError, match="Field required"):
        Row.model_validate(fields)


def test_a_row_says_how_well_it_is_attested() -> None:
    assert Row.model_validate({"id": "r", "cite": "c"}).evidence == "text"
    for mark in ("text+independent", "later-copy", "secondary", "inference", "UNCONFIRMED"):
        assert Row.model_validate({"id": "r", "cite": "c", "evidence": mark}).evidence == mark
    with pytest.raises(ValidationError, match="evidence"):
        Row.model_validate({"id": "r", "cite": "c", "evidence": "rumour"})


@pytest.mark.parametrize("text", ["02-29", "13-01", "00-10", "04-31"])
def test_a_day_of_the_year_is_one_that_every_year_has(text: str) -> None:
    for field in ("half_year_report", "next_of"):
        with pytest.raises(ValidationError, match="expected a day that every year has, as MM-DD"):
            Due.model_validate({field: [text]})


def test_a_day_of_the_year_is_kept_as_it_is_written() -> None:
    assert Due.model_validate({"next_of": ["02-01", "12-31"]}).next_of == ("02-01", "12-31")


@pytest.mark.parametrize("text", ["2-1", "02-1", "2025-02-01", "", 201])
def test_a_day_of_the_year_has_one_form(text: object) -> None:
    with pytest.raises(ValidationError, match="expected a day of the year as MM-DD"):
        Due.model_validate({"next_of": [text]})
