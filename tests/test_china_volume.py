"""The half of China and Macau: what counts on each side, licences, reviews, derivations."""

from datetime import date
from typing import Final

from ledger.core.derivation import Derivation, derive
from ledger.core.findings import Finding, figure
from ledger.core.memory import MemoryPrefix
from tests.china import CAP, UNIT, chinese, gone, held, ledger, under
from tests.core.builders import (
    LICENCE,
    amended,
    decided,
    device,
    ended,
    finding_of,
    granted,
    on,
    released,
    reserved,
    reversed_,
    used,
)

DAY: Final = "2026-03-01"


def found(prefix: MemoryPrefix, day: str | date = DAY, holder: str = "h100") -> Finding:
    asked = day if isinstance(day, date) else on(day)
    one = figure(CAP, (holder,), on=asked, prefix=prefix, law=prefix.law)
    assert one is not None
    return one


def units(prefix: MemoryPrefix, day: str = DAY) -> tuple[int, int, int, int]:
    """Half of what went to the United States, drawn, reserved and left, in H100."""
    one = found(prefix, day)
    assert one.allowance_tpp is not None
    assert one.headroom_tpp is not None
    amounts = (one.allowance_tpp, one.drawdown_tpp, one.reserved_tpp, one.headroom_tpp)
    assert all(amount % (UNIT // 2) == 0 for amount in amounts)
    return tuple(amount // UNIT for amount in amounts)  # type: ignore[return-value]  # four


# ---- what it is measured against


def test_domestic_lots_and_lots_to_the_united_states_are_what_it_is_measured_against() -> None:
    assert units(ledger(gone("a", "US", 20))) == (10, 0, 0, 10)
    imports = gone("b", "US", 10, origin="TW", transaction="reexport")
    assert units(ledger(imports)) == (5, 0, 0, 5)
    assert units(ledger(gone("a", "US", 20), imports)) == (15, 0, 0, 15)
    assert units(ledger(gone("a", "DE", 20))) == (0, 0, 0, 0)


def test_half_of_an_odd_number_is_cut() -> None:
    one = found(ledger(gone("a", "US", 3, unit_tpp="0.1")))
    assert one.allowance_tpp == one.headroom_tpp == 1


def test_china_hong_kong_and_macau_count_together() -> None:
    events = [gone(f"to-{place}", place, 2) for place in ("CN", "HK", "MO", "TW", "BR")]
    assert units(ledger(gone("a", "US", 20), *events)) == (10, 6, 0, 4)


def test_another_device_counts_on_neither_side() -> None:
    prefix = ledger(
        gone("a", "US", 20),
        gone("b", "CN", 3),
        gone("c", "US", 100, device="h20"),
        gone("d", "HK", 7, device="h20"),
    )
    assert units(prefix) == (10, 3, 0, 7)
    other = found(prefix, holder="h20")
    assert (other.drawdown_tpp, other.allowance_tpp) == (7 * 23680, 50 * 23680)


def test_what_went_before_the_rule_counts_on_neither_side() -> None:
    prefix = ledger(
        gone("a", "US", 100, "2026-01-14"),
        gone("b", "CN", 50, "2026-01-14"),
        gone("c", "US", 8, "2026-01-15"),
        gone("d", "CN", 2, "2026-01-15"),
    )
    assert units(prefix) == (4, 2, 0, 2)
    assert figure(CAP, ("h100",), on=on("2026-01-14"), prefix=prefix, law=prefix.law) is None


def test_reservations_count_as_exports_and_never_as_what_went_to_the_united_states() -> None:
    prefix = ledger(
        gone("a", "US", 20), held("r", "MO", 3), held("s", "US", 40), held("t", "BR", 5)
    )
    assert units(prefix) == (10, 0, 3, 7)
    prefix.append(released("x", "r"))
    assert units(prefix) == (10, 0, 0, 10)


def test_what_others_reported_adds_to_the_exports() -> None:
    prefix = ledger(
        gone("a", "US", 20),
        used("u", CAP, ["h100"], 3 * 15832, on="2026-02-01"),
        used("v", CAP, ["h20"], 900, on="2026-02-01"),
        used("w", CAP, ["h100"], 15832, on="2026-01-14"),
    )
    assert units(prefix) == (10, 3, 0, 7)


def test_a_lot_that_was_taken_back_leaves_its_side() -> None:
    prefix = ledger(gone("a", "US", 20), gone("b", "CN", 3))
    prefix.append(reversed_("x", "a"))
    assert units(prefix) == (0, 3, 0, -3)
    prefix.append(reversed_("y", "b"))
    assert units(prefix) == (0, 0, 0, 0)


def test_the_day_that_binds_is_the_one_with_the_least_room() -> None:
    prefix = ledger(
        gone("a", "US", 20, "2026-01-20"),
        gone("b", "CN", 9, "2026-04-01"),
        gone("c", "US", 40, "2026-05-01"),
    )
    one = found(prefix)
    assert (one.binding_on, one.headroom_tpp) == (on("2026-04-01"), UNIT)
    assert found(prefix, "2026-05-01").headroom_tpp == 21 * UNIT


# ---- licences


def test_what_a_live_licence_still_covers_is_set_aside() -> None:
    prefix = ledger(gone("a", "US", 40), chinese("D1", 6), chinese("D2", 2, "HK"))
    assert units(prefix) == (20, 0, 8, 12)


def test_a_licence_for_elsewhere_or_of_another_device_sets_nothing_aside() -> None:
    line = {"line": 1, "device": "h20", "quantity": 30}
    prefix = ledger(gone("a", "US", 40), chinese("D1", 6, "BR"), chinese("D2", 6, lines=[line]))
    assert units(prefix) == (20, 0, 0, 20)
    status = granted("N", "us-ear/nveu", on="2026-02-01", destinations=["CN"])
    assert units(ledger(gone("a", "US", 40), status)) == (20, 0, 0, 20)


def test_the_tolerance_of_a_line_is_set_aside_too() -> None:
    line = {"line": 1, "device": "h100", "quantity": 10, "tolerance_percent": "25"}
    assert units(ledger(gone("a", "US", 40), chinese("D1", 1, lines=[line]))) == (20, 0, 12, 8)


def test_what_goes_under_the_licence_is_drawn_and_no_longer_set_aside() -> None:
    prefix = ledger(gone("a", "US", 40), chinese("D1", 6))
    prefix.append(gone("b", "CN", 4, **under("D1")))
    assert units(prefix) == (20, 4, 2, 14)
    prefix.append(gone("c", "CN", 5, **under("D1")))
    assert units(prefix) == (20, 9, 0, 11), "what went beyond the line counts, and no more is left"


def test_a_reservation_under_the_licence_is_set_aside_once() -> None:
    prefix = ledger(gone("a", "US", 40), chinese("D1", 6))
    fields: dict[str, object] = {"destination": "CN", "authorization": LICENCE, "on": "2026-02-01"}
    prefix.append(
        reserved("r", quantity=4, **fields, reference="D1", line=1, hold_until="2027-01-01")
    )
    assert units(prefix) == (20, 0, 6, 14)


def test_a_licence_frees_what_it_left_on_the_day_it_ends() -> None:
    prefix = ledger(gone("a", "US", 40), chinese("D1", 6, until="2026-04-01"))
    assert [units(prefix, day)[2:] for day in ("2026-03-31", "2026-04-01")] == [(6, 14), (0, 20)]


def test_a_licence_that_was_ended_frees_what_it_left() -> None:
    prefix = ledger(gone("a", "US", 40), chinese("D1", 6), ended("x", "D1", "2026-04-01"))
    days = ("2026-03-31", "2026-04-01")
    assert [units(prefix, day)[2:] for day in days] == [(6, 14), (0, 20)]


def test_a_licence_that_ends_before_it_begins_sets_nothing_aside() -> None:
    late = chinese("C", 4, **{"from": "2026-06-01"})
    moved = amended("x", "C", on="2026-02-01", until="2026-04-01")
    assert units(ledger(gone("a", "US", 20), late, moved)) == (10, 0, 0, 10)


def test_an_amended_line_sets_aside_what_it_then_covers() -> None:
    line = {"line": 1, "device": "h100", "quantity": 9}
    prefix = ledger(
        gone("a", "US", 40), chinese("D1", 6), amended("m", "D1", on="2026-04-01", lines=[line])
    )
    assert units(prefix, "2026-04-01")[2:] == (9, 11)


def test_a_licence_that_begins_later_binds_a_lot_of_today() -> None:
    later = chinese("D1", 6, **{"from": "2026-05-01"})
    one = found(ledger(gone("a", "US", 40), later))
    assert (one.binding_on, one.headroom_tpp) == (on("2026-05-01"), 14 * UNIT)


def test_a_licence_of_before_the_rule_is_set_aside_from_the_first_day_on() -> None:
    old = chinese("D1", 6, on="2025-02-01", **{"from": "2025-02-01"})
    shipped = gone("b", "CN", 2, "2025-06-01", **under("D1"))
    prefix = ledger(gone("a", "US", 40, "2026-01-15"), old, shipped)
    assert units(prefix, "2026-01-15") == (20, 0, 4, 16)


# ---- in a decision


def test_the_ratio_decides_how_an_application_is_reviewed() -> None:
    lot: dict[str, object] = {"device": "h20", "destination": "CN", "ultimate_consignee": "cn"}
    prefix = ledger(gone("a", "US", 20, device="h20"))
    found_ = {
        quantity: decided(prefix, "on-the-books", on=DAY, quantity=quantity, **lot)
        for quantity in (10, 11)
    }
    assert {one.outcome for one in found_.values()} == {"license-required"}
    assert found_[10].review == "case-by-case"
    assert found_[11].review == "presumption-of-denial"
    (finding,) = found_[11].findings
    assert (finding.cap, finding.holder, finding.headroom_units) == (CAP, ("h20",), 10)


# ---- derivation


def derived(prefix: MemoryPrefix, day: str = DAY) -> Derivation:
    (cap,) = prefix.law.versions(CAP)
    one = derive(cap, ("h100",), on=on(day), prefix=prefix, law=prefix.law)
    assert one is not None
    return one


def test_a_derivation_lists_both_sides_to_their_sums() -> None:
    prefix = ledger(
        gone("old", "US", 9, "2026-01-14"),
        gone("us", "US", 20, "2026-01-20"),
        gone("import", "US", 4, "2026-01-21", origin="TW", transaction="reexport"),
        gone("other", "US", 50, device="h20"),
        gone("cn", "CN", 3),
        held("mo", "MO", 2, "2026-02-10"),
        gone("br", "BR", 7),
        used("u", CAP, ["h100"], 15832, on="2026-02-05"),
        gone("late", "US", 6, "2026-06-01"),
    )
    one = derived(prefix)
    assert [(p.event, p.kind, p.units) for p in one.against] == [
        ("us", "domestic", 20),
        ("import", "exported", 4),
    ]
    assert [(p.event, p.units) for p in one.counted] == [("cn", 3), ("u", 0), ("mo", 2)]
    assert one.against[-1].sum_tpp == 24 * UNIT
    assert one.counted[-1].sum_tpp == 6 * UNIT
    assert one.finding.drawdown_tpp + one.finding.reserved_tpp == one.counted[-1].sum_tpp
    assert one.finding.allowance_tpp == one.against[-1].sum_tpp // 2
    assert one.allowance_row == "50 % of what went to US: 189,984 TPP"
    assert one.finding.headroom_tpp == 6 * UNIT


def test_a_derivation_adds_up_where_a_licence_is_set_aside() -> None:
    prefix = ledger(gone("us", "US", 40), chinese("D1", 6), gone("cn", "CN", 3))
    one = derived(prefix)
    assert one.finding.reserved_tpp == 6 * UNIT
    assert one.counted[-1].sum_tpp == one.finding.drawdown_tpp + one.finding.reserved_tpp
    assert "grant-D1" in [part.event for part in one.counted]


def test_any_other_cap_is_measured_against_nothing() -> None:
    prefix = ledger(gone("a", "BR", 5, "2025-06-01", authorization="us-ear/lpp"))
    (cap,) = prefix.law.versions("us-ear/lpp/parent-year")
    one = derive(cap, ("buyer",), on=on("2025-09-01"), prefix=prefix, law=prefix.law)
    assert one is not None
    assert one.against == ()


def test_a_lot_under_its_own_line_is_not_counted_against_itself() -> None:
    """Forty of the fifty are licensed: a lot of ten under that licence leaves thirty set aside."""
    rated = device("h100", dram_bandwidth_gbps="3350", on="2026-01-01")
    world = ledger(rated, gone("us", "US", 100), chinese("D1", 40))
    fields = {"destination": "CN", "ultimate_consignee": "cn", "end_user": "cn"}
    within = finding_of(decided(world, "on-the-books", on="2026-03-01", quantity=10, **fields), CAP)
    assert (within.reserved_tpp, within.headroom_units, within.fits) == (30 * UNIT, 20, True)
    beyond = finding_of(decided(world, "on-the-books", on="2026-03-01", quantity=41, **fields), CAP)
    assert (beyond.reserved_tpp, beyond.headroom_units, beyond.fits) == (40 * UNIT, 10, False)
