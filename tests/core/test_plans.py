from datetime import date

import pytest

from ledger.core.plans import Known, days_read
from tests.core.builders import cap, on

STEPS = [{"tpp": 1}]


@pytest.mark.parametrize(
    ("window", "first", "until"),
    [
        ({"kind": "calendar-year"}, "2025-01-01", "2026-01-01"),
        ({"kind": "calendar-quarter"}, "2025-07-01", "2025-10-01"),
        ({"kind": "rolling", "days": 30}, "2025-08-03", "2025-10-01"),
        ({"kind": "lot"}, "2025-09-01", "2025-09-02"),
    ],
)
def test_the_days_that_count_together_with_a_lot_are_read(
    window: dict[str, object], first: str, until: str
) -> None:
    asked = cap(window=window, allowance=STEPS)
    assert days_read(asked, [asked], on("2025-09-01")) == (on(first), on(until))
    assert days_read(asked, [], on("2025-09-01")) == (date.min, date.max)


def test_a_period_is_read_from_its_first_day() -> None:
    asked = cap(window={"kind": "period", "first_on": "2025-01-01"}, allowance=STEPS)
    for versions in ([asked], []):
        assert days_read(asked, versions, on("2025-09-01")) == (on("2025-01-01"), date.max)


def test_a_stock_is_read_as_a_whole() -> None:
    asked = cap(window={"kind": "stock"}, allowance=STEPS, basis="installed")
    assert days_read(asked, [asked], on("2025-09-01")) == (date.min, date.max)


def test_a_cap_with_another_window_on_other_days_is_read_as_a_whole() -> None:
    asked = cap(allowance=STEPS)
    other = cap(window={"kind": "calendar-quarter"}, allowance=STEPS)
    assert days_read(asked, [asked, other], on("2025-09-01")) == (date.min, date.max)


def test_nothing_is_known_at_first() -> None:
    known = Known()
    assert (known.plans, known.classified, known.parents, known.device_days) == ({}, {}, {}, None)
