"""The versions of a cap as spans of days, beside a naive look at every day."""

from datetime import date, timedelta

import pytest
from hypothesis import given

from ledger.core.headroom import version_on
from ledger.core.law import versions as module
from ledger.core.law.caps import Cap
from ledger.core.law.versions import Versions
from tests.core.builders import Fields, cap, on
from tests.core.trying import some_days, version_lists, window

SHARE = {"percent": "50"}


def limit(*steps: Fields, **rows: object) -> Cap:
    """A cap with steps of its allowance, or with one for ever."""
    return cap(allowance=steps or [{"tpp": 1}], **rows)


@given(version_lists(), some_days)
def test_a_day_stands_in_the_span_of_its_version_and_allowance(
    versions: list[Cap], day: date
) -> None:
    course, found = Versions(versions), version_on(list(versions), day)
    assert course.on(day) is course.on(day) is found
    assert [span.cap for span in course.from_day(day)[:1] if span.since <= day] == (
        [] if found is None else [found]
    )
    holding = [span for span in course.spans if span.since <= day < span.until]
    assert [span.cap for span in holding] == ([] if found is None else [found])
    assert all(span.allowed == span.cap.allowed(day) for span in holding)


@given(version_lists(), some_days)
def test_what_comes_after_a_day_begins_with_its_own_span(versions: list[Cap], day: date) -> None:
    course = Versions(versions)
    assert list(course.from_day(day)) == [span for span in course.spans if span.until > day]


def test_spans_leave_out_the_days_without_a_figure() -> None:
    early = limit(until="2025-02-01", **{"from": "2025-01-01"})
    late = limit(until="2025-04-01", **{"from": "2025-03-01"})
    course = Versions((early, late))
    assert [(span.since, span.until) for span in course.spans] == [
        (on("2025-01-01"), on("2025-02-01")),
        (on("2025-03-01"), on("2025-04-01")),
    ]
    assert [span.cap for span in course.from_day(on("2025-02-15"))] == [late]


def test_versions_are_plain_where_all_are_limits_of_every_day_with_one_window() -> None:
    one = limit()
    assert Versions((one, one)).plain
    assert not Versions((one, limit(window=window("rolling", days=30)))).plain
    assert not Versions((one, limit(measured_on=["12-31"]))).plain
    assert not Versions((cap(basis="installed", window=window("stock"), share=SHARE),)).plain


def test_days_that_were_looked_up_are_kept_up_to_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_DAYS", 2)
    course = Versions([limit(until="2025-06-01"), limit(**{"from": "2025-06-01"})])
    days = [on(f"2025-0{month}-01") for month in range(1, 10)]
    for day in (*days, *reversed(days)):
        assert course.on(day) is course[day >= on("2025-06-01")]
        assert len(course._on) <= 2


def test_versions_of_versions_are_they_themselves() -> None:
    course = Versions((limit(),))
    assert Versions.of(course) is course
    assert Versions.of([*course]) == course


def test_an_allowance_is_that_of_the_last_step_before_a_day() -> None:
    stepped = limit({"tpp": 1}, {"from": "2025-02-01", "tpp": 2})
    day = on("2025-02-01")
    assert (stepped.allowed(day - timedelta(days=1)), stepped.allowed(day)) == (10, 20)


def test_a_share_has_no_allowance_and_is_not_unlimited() -> None:
    share = cap(basis="installed", window=window("stock"), share=SHARE)
    assert share.has_figure(on("2025-02-01"))
    with pytest.raises(ValueError, match="has no allowance on 2025-02-01"):
        share.allowed(on("2025-02-01"))
    with pytest.raises(ValueError, match="has no allowance on"):
        _ = Versions((share,)).spans


def test_a_day_before_the_first_step_has_no_figure_and_is_not_unlimited() -> None:
    later = limit({"from": "2025-02-01", "tpp": "unlimited"})
    day = on("2025-02-01")
    assert later.has_figure(day)
    assert later.allowed(day) is None
    assert not later.has_figure(day - timedelta(days=1))
    with pytest.raises(ValueError, match="has no allowance on 2025-01-31"):
        later.allowed(day - timedelta(days=1))
