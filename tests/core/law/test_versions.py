"""The versions of a cap as spans of days, beside a naive look at every day."""

from datetime import date, timedelta

from hypothesis import given

from ledger.core.headroom import version_on
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
    course, found = Versions(versions), version_on(versions, day)
    assert [span.cap for span in course.after(day)[:1] if span.since <= day] == (
        [] if found is None else [found]
    )
    holding = [span for span in course.spans if span.since <= day < span.until]
    assert [span.cap for span in holding] == ([] if found is None else [found])
    assert all(span.allowed == span.cap.allowed(day) for span in holding)


@given(version_lists(), some_days)
def test_what_comes_after_a_day_begins_with_its_own_span(versions: list[Cap], day: date) -> None:
    course = Versions(versions)
    assert list(course.after(day)) == [span for span in course.spans if span.until > day]


def test_spans_leave_out_the_days_without_a_figure() -> None:
    early = limit(until="2025-02-01", **{"from": "2025-01-01"})
    late = limit(until="2025-04-01", **{"from": "2025-03-01"})
    course = Versions((early, late))
    assert [(span.since, span.until) for span in course.spans] == [
        (on("2025-01-01"), on("2025-02-01")),
        (on("2025-03-01"), on("2025-04-01")),
    ]
    assert [span.cap for span in course.after(on("2025-02-15"))] == [late]


def test_versions_are_plain_where_all_are_limits_of_every_day_with_one_window() -> None:
    one = limit()
    assert Versions((one, one)).plain
    assert not Versions((one, limit(window=window("rolling", days=30)))).plain
    assert not Versions((one, limit(measured_on=["12-31"]))).plain
    assert not Versions((cap(basis="installed", window=window("stock"), share=SHARE),)).plain


def test_versions_of_versions_are_they_themselves() -> None:
    course = Versions((limit(),))
    assert Versions.of(course) is course
    assert Versions.of([*course]) == course


def test_an_allowance_is_that_of_the_last_step_before_a_day() -> None:
    stepped = limit({"tpp": 1}, {"from": "2025-02-01", "tpp": 2})
    day = on("2025-02-01")
    assert (stepped.allowed(day - timedelta(days=1)), stepped.allowed(day)) == (10, 20)
