from ledger.core.switches import reading
from tests.core.builders import ledger_of, on, signed

CONFLICT, ALLOCATION = "us-ear/lpp-in-d1-d4", "us-ear/partner-hq-licences-use-allocation"


def test_a_reading_counts_from_its_day_until_another_is_signed() -> None:
    ledger = ledger_of(
        signed("one", CONFLICT, "available", day="2025-06-01"),
        signed("two", CONFLICT, "barred", day="2025-07-01"),
    )
    days = ["2025-05-31", "2025-06-01", "2025-06-30", "2025-07-01"]
    found = [reading(CONFLICT, on(day), ledger, ledger.law) for day in days]
    assert found == [None, "available", "available", "barred"]


def test_an_unset_switch_means_what_its_pack_says() -> None:
    ledger = ledger_of()
    assert reading(ALLOCATION, on("2025-09-01"), ledger, ledger.law) == "yes"
    assert reading(CONFLICT, on("2025-09-01"), ledger, ledger.law) is None
    assert reading("nothing", on("2025-09-01"), ledger, ledger.law) is None
