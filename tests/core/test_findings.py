from ledger.core.findings import Finding, figure, holder_finding, lot_finding, versions_for
from ledger.core.headroom import Book
from ledger.core.memory import MemoryPrefix
from ledger.core.situation import Situation
from ledger.core.usage import Tally
from tests.core.builders import (
    LICENCE,
    LPP_YEAR,
    ON,
    TABLE,
    cap,
    decided,
    declared,
    exported,
    finding_of,
    granted,
    house,
    ledger_of,
    licence,
    on,
    party,
    people,
    request,
    reserved,
    used,
)


def finding(ledger: MemoryPrefix, cap_id: str, **lot: object) -> Finding | None:
    situation = Situation(request(**lot), ledger, ledger.law)
    return lot_finding(cap_id, situation, Tally(ledger, ledger.law, situation.on))


def found(ledger: MemoryPrefix, cap_id: str, **lot: object) -> Finding:
    one = finding(ledger, cap_id, **lot)
    assert one is not None
    return one


def test_a_finding_says_what_a_cap_allows_holds_and_leaves() -> None:
    ledger = ledger_of(
        *people("buyer"),
        used("u", LPP_YEAR, ["buyer"], "26000000.5"),
        reserved("r", unit_tpp="99999.5", on="2025-10-01"),
    )
    one = found(ledger, LPP_YEAR, quantity=51)
    assert (one.cap, one.holder, one.basis, one.effect) == (
        LPP_YEAR,
        ("buyer",),
        "exported",
        "limit",
    )
    assert one.window == (on("2025-01-01"), on("2025-12-31"))
    amounts = (one.allowance_tpp, one.drawdown_tpp, one.reserved_tpp, one.headroom_tpp)
    assert [str(tpp) for tpp in amounts] == ["26900000", "26000000.5", "99999.5", "800000"]
    assert str(one.requested_tpp) == "807432"
    assert (one.headroom_units, one.fits, one.decides) == (50, False, True)
    assert one.binding_on == on("2025-10-01")
    assert one.cite == "15 CFR 740.29(a),(d)"
    assert (one.house, one.note) == (None, None)


def test_the_exact_headroom_fits_a_limit_and_reaches_a_threshold() -> None:
    ledger = ledger_of(*people("buyer"))
    assert found(ledger, LPP_YEAR, quantity=10, unit_tpp="2690000").fits
    assert not found(ledger, LPP_YEAR, quantity=10, unit_tpp="2690000.1").fits
    notice = found(ledger, "us-ear/lpp/shipment-notice", unit_tpp="3200000")
    assert (notice.fits, notice.decides, notice.headroom_units) == (False, False, 0)
    below = found(ledger, "us-ear/lpp/shipment-notice", unit_tpp="3199999.9")
    assert (below.fits, below.headroom_units) == (True, 1)


def test_the_notice_of_a_shipment_looks_at_the_lot_alone() -> None:
    ledger = ledger_of(*people("buyer"), exported("e", quantity=1000, on=ON))
    one = found(ledger, "us-ear/lpp/shipment-notice")
    assert (one.drawdown_tpp, one.window) == (0, (on(ON), on(ON)))


def test_a_day_without_a_figure_has_no_finding() -> None:
    ledger = ledger_of(*people("buyer"))
    assert finding(ledger, TABLE, on="2027-12-31") is not None
    assert finding(ledger, TABLE, on="2028-01-01") is None
    assert finding(ledger, "nothing") is None


def test_a_holder_that_is_not_known_has_no_finding() -> None:
    ledger = ledger_of(*people("buyer"), party("sub", ultimate_parent="unknown"))
    assert finding(ledger, LPP_YEAR, ultimate_consignee="sub") is None


def test_an_unlimited_allowance_is_shown_as_none() -> None:
    rows = 'per = ["end_user"]\nbasis = "exported"\nwindow = { kind = "calendar-year" }\n'
    ledger = ledger_of(*people("buyer"), house(rows + 'allowance = [{ tpp = "unlimited" }]'))
    one = found(ledger, "house/cap-1", quantity=10**6)
    assert (one.allowance_tpp, one.headroom_tpp, one.headroom_units) == (None, None, None)
    assert (one.fits, one.house) == (True, "the house pack")


def test_windows_are_the_days_that_count_together_with_the_lot() -> None:
    rows = 'per = ["end_user"]\nbasis = "exported"\nallowance = [{{ tpp = 99999 }}]\nwindow = {}\n'
    windows = [
        '{ kind = "rolling", days = 365 }',
        '{ kind = "calendar-quarter" }',
        '{ kind = "period", first_on = 2025-01-13 }',
        '{ kind = "stock" }',
    ]
    stock = '{ kind = "stock" }\nuntil = 2028-01-01\nfrom = 2025-01-01'
    ledger = ledger_of(*people("buyer"), house(*(rows.format(w) for w in [*windows, stock])))
    shown = [found(ledger, f"house/cap-{n}").window for n in range(1, 6)]
    assert shown == [
        (on("2024-09-02"), on("2025-09-01")),
        (on("2025-07-01"), on("2025-09-30")),
        (on("2025-01-13"), None),
        (None, None),
        (on("2025-01-01"), on("2027-12-31")),
    ]


def test_a_cap_measured_on_certain_days_decides_on_those_days_only() -> None:
    ledger = ledger_of(
        *people("buyer", headquarters="US"),
        declared("s", quantity=10, destination="US"),
        declared("t", quantity=10, destination="DE"),
        granted("u", "us-ear/uveu"),
    )
    lots = {"destination": "DE", "quantity": 1}
    before = found(ledger, "us-ear/uveu/outside-us", on="2026-01-31", **lots)
    assert (before.fits, before.decides, before.binding_on) == (False, False, on("2026-02-01"))
    day = found(ledger, "us-ear/uveu/outside-us", on="2026-02-01", **lots)
    assert (day.fits, day.decides) == (False, True)


def test_a_cap_that_ends_before_it_is_measured_has_no_finding() -> None:
    rows = 'per = ["end_user"]\nbasis = "exported"\nwindow = { kind = "calendar-year" }\n'
    rows += 'measured_on = ["12-31"]\nallowance = [{ tpp = 100 }]\n'
    ledger = ledger_of(*people("buyer"), house(rows + "until = 2025-12-31\n", rows))
    assert finding(ledger, "house/cap-1") is None
    assert found(ledger, "house/cap-2").binding_on == on("2025-12-31")


# ---- licence lines


def test_a_licence_line_leaves_its_quantity_with_the_tolerance_in_whole_units() -> None:
    line = {"line": 1, "device": "h100", "quantity": 11, "tolerance_percent": "10"}
    ledger = ledger_of(
        *people("buyer"),
        licence(lines=[line]),
        exported("e", quantity=4, authorization=LICENCE, reference="D100", line=1),
    )
    one = found(ledger, "us-ear/license/line", quantity=9)
    assert (one.holder, one.headroom_units, one.fits) == (("D100", "1"), 8, False)
    assert str(one.allowance_tpp) == str(12 * 15832)


def test_without_a_covering_line_the_cap_of_a_line_has_no_version() -> None:
    ledger = ledger_of(*people("buyer"))
    bare = Situation(request(), ledger, ledger.law)
    assert versions_for("us-ear/license/line", bare) == []
    assert versions_for(LPP_YEAR, bare) == ledger.law.versions(LPP_YEAR)
    covered = ledger_of(*people("buyer"), licence())
    situation = Situation(request(), covered, covered.law)
    assert versions_for(LPP_YEAR, situation) == covered.law.versions(LPP_YEAR)


# ---- holders without a lot


def test_a_figure_is_a_holders_headroom_without_a_lot() -> None:
    ledger = ledger_of(*people("buyer"), exported("e", quantity=3))
    one = figure(LPP_YEAR, ("buyer",), on=on(ON), prefix=ledger, law=ledger.law)
    assert one is not None
    assert (str(one.headroom_tpp), one.headroom_units) == (str(26900000 - 3 * 15832), None)
    assert (one.requested_tpp, one.fits) == (0, True)
    for day, cap_id in (("2024-12-31", LPP_YEAR), (ON, "nothing")):
        assert figure(cap_id, ("buyer",), on=on(day), prefix=ledger, law=ledger.law) is None


def test_a_cap_that_no_pack_holds_has_a_finding_of_no_house() -> None:
    one = holder_finding(
        [cap(allowance=[{"tpp": 1}])], ("lab",), Book([]), on=on(ON), law=ledger_of().law
    )
    assert one is not None
    assert (one.house, one.cap) == (None, "toy/cap")


def test_findings_stand_in_the_candidate_that_draws_on_the_cap() -> None:
    decision = decided(ledger_of(*people("buyer")))
    assert finding_of(decision, LPP_YEAR) in decision.findings


def test_on_a_measuring_day_that_day_decides_and_no_later_one() -> None:
    later = reserved("r", on="2026-03-01", destination="DE", quantity=5)
    ledger = ledger_of(
        *people("buyer", headquarters="US"),
        declared("s", quantity=10, destination="US"),
        declared("t", quantity=8, destination="DE"),
        granted("u", "us-ear/uveu"),
        later,
    )
    lots = {"destination": "DE", "quantity": 2}
    day = found(ledger, "us-ear/uveu/outside-us", on="2026-02-01", **lots)
    assert (day.fits, day.decides, day.binding_on) == (True, True, on("2026-02-01"))
    after = found(ledger, "us-ear/uveu/outside-us", on="2026-02-02", **lots)
    assert (after.fits, after.decides, after.binding_on) == (False, False, on("2026-08-01"))
