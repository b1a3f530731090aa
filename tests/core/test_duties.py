from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.core.decision import decide
from ledger.core.duties import Thresholds, days_between, due_on, lot_days
from ledger.core.events import AnyEvent
from ledger.core.law.rows import Due
from ledger.core.memory import MemoryPrefix
from ledger.core.positions import RESERVATIONS, Query
from tests.core.builders import (
    AIA,
    LPP,
    LPP_YEAR,
    NVEU,
    Fields,
    adopted,
    decided,
    declared,
    device,
    exported,
    granted,
    ledger_of,
    on,
    pack_text,
    party,
    people,
    request,
    reserved,
    reversed_,
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
    assert "us-ear/veu/chip-accounting" not in found  # it arises with the grant, whatever goes


# ---- from the days of duties to the days of lots


DUES = [
    Due(),
    Due(days_before=25),
    Due(days_after=30),
    Due(years_after=5),
    Due(years_after=1),
    Due(at_end=True),
    VEU_REPORT,
    NEXT,
    Due(next_of=("02-01",)),
]


@pytest.mark.parametrize(
    ("due", "expected"),
    [
        (Due(), ("2025-09-01", "2025-10-01")),
        (Due(days_before=25), ("2025-09-26", "2025-10-26")),
        (Due(days_after=30), ("2025-08-02", "2025-09-01")),
        (Due(years_after=5), ("2020-09-01", "2020-10-01")),
        (VEU_REPORT, ("2025-07-01", "2025-07-01")),
        (NEXT, ("2025-08-01", "2025-08-01")),
    ],
)
def test_the_duties_of_a_month_are_those_of_few_lot_days(
    due: Due, expected: tuple[str, str]
) -> None:
    first, until = lot_days(due, on("2025-09-01"), on("2025-10-01"))
    assert (str(first), str(until)) == expected


def test_a_report_is_that_of_all_lots_of_its_half_year() -> None:
    half_year = (on("2025-07-01"), on("2026-01-01"))
    assert lot_days(VEU_REPORT, on("2026-01-15"), on("2026-01-16")) == half_year


@given(
    due=st.sampled_from(DUES),
    first=st.dates(on("2027-06-01"), on("2029-06-01")),
    days=st.integers(0, 300),
    lot=st.dates(on("2021-01-01"), on("2031-01-01")),
)
def test_lot_days_are_those_whose_duty_falls_into_the_days(
    due: Due, first: date, days: int, lot: date
) -> None:
    until = first + timedelta(days=days)
    lot_first, lot_until = lot_days(due, first, until)
    assert (lot_first <= lot < lot_until) == (first <= due_on(due, lot) < until)


def test_days_of_the_year_are_listed_from_a_day_to_the_day_before_another() -> None:
    found = days_between(("07-15", "01-15"), on("2025-07-15"), on("2026-07-15"))
    assert found == [on("2025-07-15"), on("2026-01-15")]


# ---- the lot that reaches a threshold


LIMIT = "us-ear/lpp/limit-reached"


def reached(ledger: MemoryPrefix, *more: AnyEvent, row: str = LIMIT) -> list[str]:
    """The lots of all days that reach the threshold of a duty."""
    for one in more:
        ledger.append(one)
    duty = next(d for a in ledger.law.adopted for d in a.pack.duties if d.id == row)
    lots = [*ledger.gone(on("1900-01-01"), on("3000-01-01"))]
    held = Query(("destination",), (), RESERVATIONS, on("1900-01-01"))
    lots += [m for _, m in ledger.listed(held)]
    mine = [lot for lot in lots if lot.authorization in duty.authorizations]
    found = Thresholds(ledger, ledger.law).reaching(duty, duty.cap or "", mine)
    return [lot.lot for lot in found]


def test_the_first_lot_with_which_the_limit_is_used_up_reaches_it() -> None:
    ledger = ledger_of(*people("buyer"))
    assert reached(ledger, exported("a", quantity=1698, on="2025-03-01")) == []
    assert reached(ledger, exported("b", quantity=1, on="2025-05-01")) == []
    # 1,699 H100 are 26,898,568 TPP: 1,432 short of the limit.
    assert reached(ledger, used("u", LPP_YEAR, ["buyer"], "1431.9", on="2025-05-01")) == []
    assert reached(ledger, used("v", LPP_YEAR, ["buyer"], "0.1", on="2025-05-01")) == ["b"]
    assert reached(ledger, exported("c", quantity=5, on="2025-06-01")) == ["b"]


def test_what_others_used_up_is_reached_by_the_next_lot() -> None:
    ledger = ledger_of(*people("buyer"), used("u", LPP_YEAR, ["buyer"], 26900000))
    assert reached(ledger, exported("a", on="2025-06-01")) == []
    assert reached(ledger, exported("c", on="2025-06-03")) == ["c"]
    assert reached(ledger, exported("b", on="2025-06-02")) == ["b"]


def test_of_one_day_the_lot_recorded_first_with_enough_reaches_it() -> None:
    ledger = ledger_of(*people("buyer"))
    for event_id, units in (("a", 1000), ("b", 700), ("c", 700)):
        ledger.append(exported(event_id, quantity=units, on="2025-03-01"))
    assert reached(ledger) == ["b"]


def test_a_family_reaches_its_limit_once_a_year() -> None:
    ledger = ledger_of(*people("top", "other"), party("sub", ultimate_parent="top"))
    ledger.append(party("orphan", ultimate_parent="unknown"))
    lots = [
        exported("a", ultimate_consignee="sub", quantity=1000, on="2025-03-01"),
        exported("b", ultimate_consignee="top", quantity=1000, on="2025-04-01"),
        exported("c", ultimate_consignee="sub", quantity=1000, on="2025-05-01"),
        exported("d", ultimate_consignee="other", quantity=1000, on="2025-05-01"),
        exported("e", ultimate_consignee="sub", quantity=2000, on="2026-05-01"),
        exported("f", ultimate_consignee="orphan", quantity=2000, on="2026-05-01"),
    ]
    assert reached(ledger, *lots) == ["b", "e"]


def test_what_does_not_count_reaches_nothing() -> None:
    ledger = ledger_of(*people("buyer"), device("small", "100"))
    small = exported("s", device="small", quantity=100, on="2025-03-02")
    assert reached(ledger, used("u", LPP_YEAR, ["buyer"], 26900000, on="2025-03-01"), small) == []
    assert reached(ledger, exported("a", on="2025-03-02")) == ["a"]
    assert reached(ledger, reversed_("r", "a")) == []
    assert reached(ledger, exported("old", quantity=2000, on="2024-12-31")) == []


def test_a_reservation_reaches_what_no_lot_that_went_has_reached() -> None:
    ledger = ledger_of(*people("buyer"), reserved("r", quantity=1000, on="2025-03-01"))
    assert reached(ledger, reserved("s", quantity=700, on="2025-04-01")) == ["s"]
    assert reached(ledger, reserved("t", quantity=700, on="2025-05-01")) == ["s"]
    assert reached(ledger, exported("e", quantity=1700, on="2025-12-01")) == ["e"]


def test_the_certification_is_filed_once_for_a_consignee() -> None:
    ledger = ledger_of(*people("buyer", headquarters="DE"))
    aia: Fields = {"destination": "DE", "authorization": AIA}
    lots = [
        exported("a", quantity=15980, on="2025-02-01", **aia),
        exported("b", quantity=1, on="2026-03-01", **aia),
        exported("c", quantity=20000, on="2027-03-01", **aia),
    ]
    assert reached(ledger, *lots, row="us-ear/aia/filing") == ["b"]


def test_the_notice_of_one_shipment_is_that_of_the_lot_alone() -> None:
    lots = [exported("a", quantity=202), exported("b", quantity=203), exported("c", quantity=203)]
    found = reached(ledger_of(*people("buyer")), *lots, row="us-ear/lpp/notice")
    assert found == ["b", "c"]


def toy(cap_rows: str, *events: AnyEvent, authorization: str = LPP) -> list[str]:
    """The lots that reach a cap of a toy pack, with a duty of its own."""
    text = pack_text(
        f'[[cap]]\nid = "toy/cap"\ntitle = "t"\ncite = "c"\neffect = "notice"\n{cap_rows}\n'
        '[[duty]]\nid = "toy/duty"\nwhat = "tell"\ncite = "c"\ncap = "toy/cap"\n'
        f'authorizations = ["{authorization}"]\n'
    )
    return reached(ledger_of(*people("buyer"), adopted(text), *events), row="toy/duty")


PER_USER = 'per = ["end_user"]\nbasis = "exported"\n'


def test_a_rolling_window_is_reached_again_when_the_lot_that_reached_it_has_left() -> None:
    rolling = (
        f'{PER_USER}window = {{ kind = "rolling", days = 30 }}\nallowance = [{{ tpp = 31664 }}]\n'
    )
    days = ["2025-03-01", "2025-03-02", "2025-03-31", "2025-04-01", "2025-06-01", "2025-06-02"]
    lots = [exported(day, on=day) for day in days]
    # On 1 April the lot of 2 March has just left the window, and that of 31 March still counts.
    assert toy(rolling, *lots) == ["2025-03-02", "2025-04-01", "2025-06-02"]


def test_an_allowance_without_a_figure_or_limit_is_never_reached() -> None:
    window = f'{PER_USER}window = {{ kind = "calendar-year" }}\n'
    lot = exported("a", quantity=100)
    assert toy(f'{window}allowance = [{{ tpp = "unlimited" }}]', lot) == []
    assert toy(f"{window}allowance = [{{ from = 2026-01-01, tpp = 1 }}]", lot) == []
    assert toy(f"{window}allowance = [{{ tpp = 1 }}]\nfrom = 2025-08-02", lot) == []
    assert toy(f"{window}allowance = [{{ tpp = 1 }}]\nfrom = 2025-08-01", lot) == ["a"]
    assert toy(f"{window}allowance = [{{ tpp = 1 }}]\nuntil = 2025-08-01", lot) == []


def test_draws_under_other_authorizations_count_before_the_lots_of_a_day() -> None:
    window = f'{PER_USER}window = {{ kind = "calendar-year" }}\nallowance = [{{ tpp = 31664 }}]\n'
    lots = [exported("a"), exported("b", authorization=AIA), exported("c")]
    assert toy(window, *lots) == ["a"]
    assert toy(window, *lots, authorization=AIA) == ["b"]


def test_a_share_is_reached_and_the_balance_of_a_licence_line_is_not() -> None:
    share = (
        'per = ["family"]\nbasis = "installed"\nwindow = { kind = "stock" }\n'
        'share = { percent = 50, outside_values = ["CL"] }\n'
    )
    at_home = declared("s", destination="CL", quantity=10)
    lots = [exported(name, quantity=4, on=f"2025-08-0{n}") for n, name in enumerate("abcd", 1)]
    assert toy(share, at_home, *lots) == ["c"]
    line = (
        'per = ["reference", "line"]\nbasis = "exported"\nwindow = { kind = "stock" }\n'
        "of_licence_line = true\n"
    )
    assert toy(line, *lots) == []
