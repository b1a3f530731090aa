"""Turns: the days from which on something may be counted, or count for a holder, otherwise."""

from datetime import date

from ledger.core.turns import counting_days, starts
from tests.core.builders import (
    LPP_YEAR,
    NVEU,
    TABLE,
    amended,
    cap,
    device,
    ended,
    granted,
    ledger_of,
    licence,
    on,
    party,
    people,
    signed,
)

EARLIEST = on("1900-01-01")
SWITCH = "us-ear/partner-hq-licences-use-allocation"


def test_a_cap_without_a_turn_is_read_alike_for_ever() -> None:
    ledger = ledger_of()
    key = ("toy/cap", ("buyer",))
    allowed = cap(allowance=({"tpp": 5},))
    assert starts(key, [allowed], ledger, ledger.law, EARLIEST) == [EARLIEST]
    assert starts(key, [], ledger, ledger.law, EARLIEST) == [EARLIEST]


def test_stretches_begin_where_classes_switches_ratings_and_licences_turn() -> None:
    ledger = ledger_of(
        *people("buyer"),
        device("h100", on="2026-05-05"),
        licence("D1"),
        amended("a", "D1", on="2026-06-01", until="2026-09-01"),
        signed("s", SWITCH, "no", day="2025-04-04"),
    )
    law = ledger.law

    def of(cap_id: str, *holder: str) -> list[date]:
        return starts((cap_id, holder), law.versions(cap_id), ledger, law, EARLIEST)

    assert on("2025-04-04") in of("us-ear/allocation/country", "BR")
    assert {on("2026-05-05"), on("2026-06-01")} <= set(of("us-ear/china/us-volume", "h100"))
    assert on("2026-06-01") in of("us-ear/license/line", "D1", "1")
    assert on("2026-06-01") not in of(LPP_YEAR, "buyer")


def test_a_holder_counts_from_when_it_may_to_when_it_may_not() -> None:
    ledger = ledger_of(
        *people("buyer", "group"),
        party("buyer", on="2025-08-08", ultimate_parent="group"),
        party("group", on="2025-09-09"),
        granted("N1", NVEU, destinations=["AE"], until="2027-07-07"),
        amended("a", "N1", on="2026-01-01", until="2026-06-06"),
        ended("z", "N1", "2026-05-05"),
        licence("D1", until="2026-03-03"),
    )
    law = ledger.law

    def of(cap_id: str, *holder: str) -> set[date]:
        return counting_days((cap_id, holder), law.versions(cap_id), ledger, law)

    table = of(TABLE, "buyer", "AE")
    assert {
        *(on(f"2025-{day}") for day in ("02-01", "08-08", "09-09")),
        *(on(f"2026-{day}") for day in ("01-01", "05-05", "06-06")),
        on("2027-07-07"),
    } <= table
    line = of("us-ear/license/line", "D1", "1")
    assert on("2026-03-03") in line
    assert on("2027-07-07") not in line
    assert of("us-ear/license/line", "D9", "1").isdisjoint({on("2026-03-03")})
    assert date.max not in table | line
