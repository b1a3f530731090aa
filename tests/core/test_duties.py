from datetime import date

import pytest

from ledger.core.decision import decide
from ledger.core.duties import due_on
from ledger.core.law.rows import Due
from tests.core.builders import (
    AIA,
    LPP_YEAR,
    NVEU,
    decided,
    granted,
    ledger_of,
    on,
    people,
    request,
    used,
)

VEU_REPORT = Due(half_year_report=("07-15", "01-15"))
NEXT = Due(next_of=("08-01", "02-01"))


@pytest.mark.parametrize(
    ("due", "day", "expected"),
    [
        (Due(), "2025-09-01", "2025-09-01"),
        (Due(days_after=30), "2025-09-01", "2025-10-01"),
        (Due(days_after=0), "2025-09-01", "2025-09-01"),
        (Due(years_after=5), "2025-09-01", "2030-09-01"),
        (Due(years_after=1), "2028-02-29", "2029-03-01"),
        (VEU_REPORT, "2025-05-15", "2025-07-15"),
        (VEU_REPORT, "2025-06-30", "2025-07-15"),
        (VEU_REPORT, "2025-07-01", "2026-01-15"),
        (VEU_REPORT, "2025-07-10", "2026-01-15"),
        (VEU_REPORT, "2025-12-31", "2026-01-15"),
        (VEU_REPORT, "2026-01-02", "2026-07-15"),
        (Due(half_year_report=("02-01",)), "2025-05-15", "2026-02-01"),
        (NEXT, "2025-05-15", "2025-08-01"),
        (NEXT, "2025-07-31", "2025-08-01"),
        (NEXT, "2025-08-01", "2026-02-01"),
        (NEXT, "2025-12-31", "2026-02-01"),
        (NEXT, "2026-01-31", "2026-02-01"),
    ],
)
def test_a_duty_is_due_when_its_row_says(due: Due, day: str, expected: str) -> None:
    assert due_on(due, on(day)) == on(expected)


def duties(used_tpp: object = 0, **lot: object) -> dict[str, date]:
    reported = used("u", LPP_YEAR, ["buyer"], used_tpp)
    ledger = ledger_of(*people("buyer"), reported)
    decision = decide(request(**lot), ledger.law, ledger)
    assert decision.outcome == "permitted"
    return {duty.duty: duty.due_on for duty in decision.duties}


def test_an_authorization_brings_its_own_duties_and_no_others() -> None:
    found = duties()
    assert found["us-ear/lpp/certification"] == on("2025-09-01")
    assert found["us-ear/lpp/report"] == on("2025-10-01")
    assert not [duty for duty in found if duty.startswith(("us-ear/aia", "us-ear/veu"))]


def test_the_notice_of_a_large_shipment_arises_at_the_threshold() -> None:
    units = 32  # of 100,000 TPP: 3,200,000
    notice = "us-ear/lpp/notice"
    assert notice in duties(quantity=units, unit_tpp="100000")
    assert notice not in duties(quantity=1, unit_tpp="3199999.9")


def test_the_limit_is_reported_when_it_is_reached_and_not_before() -> None:
    reached = "us-ear/lpp/limit-reached"
    assert reached in duties("26899000", unit_tpp="1000")
    assert reached not in duties("26899000", unit_tpp="999.9")


def test_without_a_finding_of_its_threshold_a_duty_does_not_arise() -> None:
    ledger = ledger_of(*people("buyer", headquarters="DE"))
    decision = decided(ledger, destination="DE", quantity=15980)
    assert decision.authorization == AIA
    assert "us-ear/aia/filing" not in {duty.duty for duty in decision.duties}
    tripping = decided(ledger, destination="DE", quantity=15981)
    assert "us-ear/aia/filing" in {duty.duty for duty in tripping.duties}


def test_a_status_brings_the_report_of_its_half_year() -> None:
    ledger = ledger_of(*people("buyer"), granted("n", NVEU, destinations=["BR"]))
    found = {duty.duty: duty for duty in decided(ledger).duties}
    assert found["us-ear/veu/report"].due_on == on("2026-01-15")
    assert found["us-ear/veu/report"].cite == "15 CFR 748.15(f)(1)"
    assert found["us-ear/veu/chip-accounting"].due_on == on("2026-02-01")
