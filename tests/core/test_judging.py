"""Judging: a draw is asked about once for all that are alike between two turns of the facts."""

from ledger.core.judging import Judge
from ledger.core.plans import Known, Plan
from ledger.core.positions import Drawn, Kind
from tests.core.builders import LPP, LPP_YEAR, device, ledger_of, on, party, people


def row(device: str = "h100", day: str = "2025-08-01", who: str = "buyer") -> Drawn:
    return Drawn(on(day), Kind.EXPORTED, LPP, device, who, "BR", 1, 158_320)


def test_what_counts_is_of_a_counted_class_and_of_the_family() -> None:
    moved = party("buyer", on="2025-06-01", id="moved", ultimate_parent="top")
    ledger = ledger_of(*people("buyer", "top"), moved, device("tiny", "100", on="2020-01-01"))
    (cap,) = ledger.law.versions(LPP_YEAR)
    judge = Judge(ledger, ledger.law, on("2025-09-01"), Known())
    asked = [
        judge.counts(plan, cap, (holder,), "buyer", one)
        for holder in ("top", "buyer")
        for plan in [Plan((), (), (on("2025-06-01"),))]
        for one in (row(), row(day="2025-05-31"), row("tiny"))
    ]
    assert asked == [True, False, False, False, True, False]


def test_what_was_judged_is_not_asked_again() -> None:
    ledger = ledger_of(*people("buyer"))
    (cap,) = ledger.law.versions(LPP_YEAR)
    judge = Judge(ledger, ledger.law, on("2025-09-01"), Known())
    plan = Plan((), (), ())
    for day in ("2025-08-01", "2025-08-02"):
        assert judge.counts(plan, cap, ("buyer",), "buyer", row(day=day))
    assert len(plan.counted) == 1
