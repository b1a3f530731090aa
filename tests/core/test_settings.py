import pytest

from ledger.core.events import AnyEvent
from ledger.core.law.row import Posture
from ledger.core.memory import MemoryPrefix
from ledger.core.settings import SETTINGS, posture, setting
from tests.core.builders import on, reversed_, set_to


def value(name: str, day: str, *events: AnyEvent) -> str:
    return setting(name, on(day), MemoryPrefix(events))


def test_a_setting_that_nobody_changed_has_its_default() -> None:
    assert {name: value(name, "2025-09-01") for name in SETTINGS} == {
        "screening/threshold": "88",
        "screening/max-age-days": "30",
        "screening/max-shrink-percent": "5",
        "reporting/time-zone": "ledger",
        "reporting/quarters-begin-in": "1",
        "posture/default": "on-the-books",
    }


def test_every_default_is_a_value_that_the_setting_takes() -> None:
    assert all(one.accepts(one.default) for one in SETTINGS.values())


def test_a_change_counts_from_its_day_on() -> None:
    events = (
        set_to("screening/threshold", "95", day="2025-09-01"),
        set_to("screening/threshold", "80", day="2025-06-01"),
        set_to("screening/max-age-days", "7", day="2025-01-01"),
    )
    days = ["2025-05-31", "2025-06-01", "2025-08-31", "2025-09-01"]
    found = [value("screening/threshold", day, *events) for day in days]
    assert found == ["88", "80", "80", "95"]


def test_a_change_that_was_taken_back_changes_nothing() -> None:
    changed = set_to("screening/threshold", "95")
    assert value("screening/threshold", "2025-09-01", changed, reversed_("x", changed.id)) == "88"


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("screening/threshold", ["70", "88", "100"], ["69", "101", "88.5", "-88", "", "high"]),
        ("screening/max-age-days", ["1", "3650"], ["0", "3651", "1 day"]),
        ("screening/max-shrink-percent", ["0", "100"], ["101", "5%"]),
        ("posture/default", ["on-the-books", "enforced"], ["Enforced", "both", ""]),
        (
            "reporting/time-zone",
            ["ledger", "UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", "Etc/GMT+3"],
            ["", "Europe/", "../etc/passwd", "a b", "'"],
        ),
        ("reporting/quarters-begin-in", ["1", "2", "3"], ["0", "4", "February", ""]),
    ],
)
def test_a_setting_takes_values_of_its_kind_only(
    name: str, good: list[str], bad: list[str]
) -> None:
    accepts = SETTINGS[name].accepts
    assert [text for text in (*good, *bad) if accepts(text)] == good


@pytest.mark.parametrize(
    ("named", "expected"),
    [("on-the-books", "on-the-books"), ("enforced", "enforced"), (None, "on-the-books")],
)
def test_the_named_posture_decides_or_else_the_default(
    named: Posture | None, expected: str
) -> None:
    assert posture(named, on("2025-09-01"), MemoryPrefix()) == expected


def test_the_default_posture_is_that_of_the_day() -> None:
    prefix = MemoryPrefix([set_to("posture/default", "enforced", day="2025-09-01")])
    assert posture(None, on("2025-08-31"), prefix) == "on-the-books"
    assert posture(None, on("2025-09-01"), prefix) == "enforced"
    assert posture("on-the-books", on("2025-09-01"), prefix) == "on-the-books"
