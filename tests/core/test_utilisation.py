"""Utilisation: the status of a cap by day, and the days on which it changes."""

import pytest

from ledger.core.breaches import View
from ledger.core.events import AnyEvent
from ledger.core.headroom import Level
from ledger.core.utilisation import changes, status_of
from tests.core.builders import exported, house, ledger_of, on, people, reversed_

QUARTER = (
    'per = ["end_user"]\nbasis = "exported"\nwindow = { kind = "calendar-quarter" }\n'
    "allowance = [{ tpp = 1583200 }]\n"
)
"""A hundred H100 a quarter."""

CAP = ("house/cap-1", ("buyer",))


def level(used: int, allowance: int | None, reserved: int = 0) -> Level:
    return Level(on("2025-01-01"), allowance, used - reserved, reserved, None)


@pytest.mark.parametrize(
    ("used", "status"),
    [
        (0, "open"),
        (799, "open"),
        (800, "critical-80"),
        (899, "critical-80"),
        (900, "critical-90"),
        (949, "critical-90"),
        (950, "critical-95"),
        (999, "critical-95"),
        (1000, "exhausted"),
        (1001, "over"),
    ],
)
def test_the_status_follows_what_is_drawn_and_reserved(used: int, status: str) -> None:
    assert status_of(level(used, 1000)) == status
    assert status_of(level(used, 1000, reserved=used // 2)) == status


def test_without_a_limit_nothing_is_critical_and_of_nothing_all_is_used() -> None:
    assert status_of(level(10**15, None)) == "unlimited"
    assert status_of(level(0, 0)) == "exhausted"
    assert status_of(level(1, 0)) == "over"


def turned(*events: AnyEvent) -> list[tuple[str, str | None]]:
    ledger = ledger_of(*people("buyer"), house(QUARTER), *events)
    return [(str(one.on), one.status) for one in changes(CAP, View(ledger, ledger.law))]


def test_a_quarter_fills_up_is_passed_and_begins_anew() -> None:
    found = turned(
        exported("L1", on="2025-07-10", quantity=79),
        exported("L2", on="2025-07-20", quantity=2),
        exported("L3", on="2025-08-01", quantity=19),
        exported("L4", on="2025-08-02", quantity=1),
        exported("L5", on="2025-10-05", quantity=1),
    )
    assert found == [
        ("2025-07-10", "open"),
        ("2025-07-20", "critical-80"),
        ("2025-08-01", "exhausted"),
        ("2025-08-02", "over"),
        ("2025-10-01", "reopened"),
    ]


def test_a_cap_that_is_critical_again_is_reopened_no_more() -> None:
    found = turned(
        exported("L1", on="2025-07-10", quantity=100),
        exported("L2", on="2025-10-05", quantity=90),
        exported("L3", on="2026-01-05", quantity=1),
    )
    assert found == [
        ("2025-07-10", "exhausted"),
        ("2025-10-01", "reopened"),
        ("2025-10-05", "critical-90"),
        ("2026-01-01", "open"),
    ]


def test_a_cap_that_sinks_through_critical_to_open_is_reopened() -> None:
    rolling = QUARTER.replace('kind = "calendar-quarter"', 'kind = "rolling", days = 90')
    lots = [
        exported("L1", on="2025-07-01", quantity=15),
        exported("L2", on="2025-07-05", quantity=40),
        exported("L3", on="2025-07-10", quantity=46),
    ]
    ledger = ledger_of(*people("buyer"), house(rolling), *lots)
    found = [(str(one.on), one.status) for one in changes(CAP, View(ledger, ledger.law))]
    assert found == [
        ("2025-07-01", "open"),
        ("2025-07-10", "over"),
        ("2025-09-29", "critical-80"),
        ("2025-10-03", "reopened"),
    ]


def test_a_reversal_reopens_a_cap_as_if_it_had_never_been_full() -> None:
    lots = [exported("L1", on="2025-07-10", quantity=100), exported("L2", on="2025-07-01")]
    assert turned(*lots, reversed_("X", "L1"))[0] == ("2025-07-01", "open")
    assert "exhausted" not in {status for _, status in turned(*lots, reversed_("X", "L1"))}


def test_a_cap_that_never_counts_for_a_holder_has_no_status() -> None:
    ledger = ledger_of(*people("buyer"), exported("L1", on="2025-07-10"))
    share = ("us-ear/uveu/country", ("buyer", "BR"))
    assert list(changes(share, View(ledger, ledger.law))) == []


def test_a_cap_that_counts_no_longer_has_no_status() -> None:
    until = QUARTER + "until = 2025-09-01\n"
    ledger = ledger_of(*people("buyer"), house(until), exported("L1", on="2025-07-10"))
    found = [(str(one.on), one.status) for one in changes(CAP, View(ledger, ledger.law))]
    assert found == [("2025-07-10", "open"), ("2025-09-01", None)]
    assert list(changes(CAP, View(ledger, ledger.law)))[1].level is None
