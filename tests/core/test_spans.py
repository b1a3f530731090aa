"""Breaches as rows: which days, by how much, which entry; what is new and what is cured."""

import pytest

from ledger.core.breaches import Passed, View
from ledger.core.causes import Causes
from ledger.core.events import AnyEvent
from ledger.core.headroom import Level
from ledger.core.memory import MemoryPrefix
from ledger.core.spans import Breach, beyond, breaches, postures, rows
from tests.china import CAP as CHINA
from tests.china import chinese, gone, under
from tests.china import ledger as chinese_ledger
from tests.core.builders import (
    LICENCE,
    LPP,
    LPP_YEAR,
    NVEU,
    TABLE,
    UVEU,
    amended,
    declared,
    device,
    ended,
    exported,
    granted,
    house,
    ledger_of,
    licence,
    on,
    party,
    people,
    reserved,
    reversed_,
    signed,
    used,
)

HALF = "us-ear/uveu/outside-us"
LINE = "us-ear/license/line"
ALLOCATION = "us-ear/allocation/country"


def listed(ledger: MemoryPrefix, since: str = "1900-01-01") -> list[Breach]:
    """The breaches of a ledger that reach a day."""
    events = ledger.events
    base = len(ledger_of().events)

    def at(size: int) -> View:
        prefix = ledger_of(*events[base:size]) if size >= base else MemoryPrefix(events[:size])
        return View(prefix, prefix.law)

    view = at(len(events))
    found = breaches(view, Causes(at, len(events)), view.keys(view.limits()), since=on(since))
    return list(found)


def told(ledger: MemoryPrefix, cap: str | None = None) -> list[tuple[str, str, str, str, str]]:
    """Holder, first and last day, by how much at worst, and the event that did it."""
    return [
        (
            "/".join(one.holder),
            str(one.first_on),
            str(one.last_on or "open"),
            str(one.over_tpp),
            ledger.events[one.entry - 1].id,
        )
        for one in listed(ledger)
        if cap in (None, one.cap)
    ]


def life(*events: AnyEvent) -> MemoryPrefix:
    return ledger_of(*people("buyer", "group", "branch"), *events)


# ---- which event did it


def test_the_lot_that_passes_a_year_is_named_until_the_year_ends() -> None:
    ledger = life(exported("e1", quantity=1600), exported("e2", on="2025-09-01", quantity=200))
    assert told(ledger) == [("buyer", "2025-09-01", "2025-12-31", "1597600", "e2")]


def test_a_back_dated_lot_passes_earlier_days_by_itself_and_later_ones_stay_with_theirs() -> None:
    ledger = life(
        exported("e1", quantity=1600),
        exported("e2", on="2025-10-01", quantity=200),
        exported("late", on="2025-06-20", quantity=150),
    )
    assert told(ledger) == [
        ("buyer", "2025-08-01", "2025-09-30", "806000", "late"),
        ("buyer", "2025-10-01", "2025-12-31", "3972400", "e2"),
    ]


def test_a_day_that_was_cured_and_passed_again_is_the_later_entrys() -> None:
    ledger = life(
        exported("e1", quantity=1800),
        reversed_("x", "e1"),
        exported("e2", quantity=1000),
        exported("e3", quantity=1000),
    )
    assert told(ledger) == [("buyer", "2025-08-01", "2025-12-31", "4764000", "e3")]


def test_others_reported_draws_a_rating_and_a_parent_do_it_too() -> None:
    reported = life(exported("e", quantity=1600), used("u", LPP_YEAR, ["buyer"], "3000000"))
    assert told(reported)[0][1:] == ("2025-08-01", "2025-12-31", "1431200", "u")
    rated = life(exported("e", quantity=1600), device("h100", "17000", on="2025-01-01", id="rate"))
    assert told(rated) == [("buyer", "2025-08-01", "2025-12-31", "300000", "rate")]
    family = life(
        exported("e", quantity=900),
        exported("f", quantity=900, ultimate_consignee="branch"),
        party("branch", ultimate_parent="buyer", id="corrected"),
    )
    assert told(family) == [("buyer", "2025-08-01", "2025-12-31", "1597600", "corrected")]


def test_a_reversal_of_a_correction_can_do_it() -> None:
    ledger = life(
        exported("e", quantity=1600),
        device("h100", "17000", on="2025-01-01", id="high"),
        device("h100", "15000", on="2025-01-01", id="low"),
        reversed_("x", "low"),
    )
    assert told(ledger) == [("buyer", "2025-08-01", "2025-12-31", "300000", "x")]


def test_a_cap_of_ones_own_does_it_when_it_is_adopted() -> None:
    rolling = (
        'per = ["end_user"]\nbasis = "exported"\nwindow = { kind = "rolling", days = 90 }\n'
        "allowance = [{ tpp = 100000 }]\n"
    )
    ledger = life(exported("e", quantity=10), reserved("r", on="2025-09-01", quantity=5))
    ledger.append(house(rolling).model_copy(update={"id": "adopted"}))
    assert told(ledger) == [("buyer", "2025-08-01", "2025-10-29", "137480", "adopted")]
    (found,) = listed(ledger)
    assert (found.house, found.worst_on) == ("the house pack", on("2025-09-01"))
    assert (found.drawdown_tpp, found.reserved_tpp) == (1583200, 791600)
    assert found.postures == ("on-the-books", "enforced")


def test_a_switch_does_it() -> None:
    names = ("us-ear/partner-hq-licences-use-allocation", "no", "yes")
    partner = party("de", headquarters="DE")
    big = {"line": 1, "device": "h100", "quantity": 60_000}
    ledger = life(partner, signed("a", *names[:2]), licence("D1", party="de", lines=[big]))
    assert told(ledger, ALLOCATION) == []
    ledger.append(signed("b", names[0], names[2], day="2025-07-01"))
    assert told(ledger, ALLOCATION) == [("BR", "2025-07-01", "2027-12-31", "159920000", "b")]


# ---- which days


def test_a_status_counts_while_it_is_live_and_the_table_steps_up() -> None:
    ae = {"destination": "AE", "ultimate_consignee": "buyer", "authorization": NVEU}
    ledger = life(
        exported("e", on="2025-06-01", quantity=90_000, **ae),
        granted("N1", NVEU, party="buyer", destinations=["AE"], **{"from": "2025-06-10"}),
        ended("end", "N1", "2026-03-01"),
    )
    assert told(ledger, TABLE) == [
        ("buyer/AE", "2025-06-10", "2025-09-30", "475380000", "grant-N1"),
    ]
    ledger.append(exported("f", on="2025-12-01", quantity=40_000, **ae))
    assert told(ledger, TABLE)[1] == ("buyer/AE", "2025-12-01", "2026-02-28", "475660000", "f")


def test_a_share_counts_on_measuring_days_only_and_says_so() -> None:
    ledger = life(
        party("ours", headquarters="US"),
        granted("U1", UVEU, party="ours", destinations=[]),
        declared("home", party="ours", destination="US", quantity=100),
        exported("e", on="2025-09-01", quantity=150, destination="DE", ultimate_consignee="ours"),
    )
    (found,) = [one for one in listed(ledger) if one.cap == HALF]
    assert (found.first_on, found.last_on) == (on("2026-02-01"), None)
    assert found.measured_on == ("02-01", "08-01")
    ledger.append(declared("more", party="ours", destination="US", on="2026-05-01", quantity=90))
    (found,) = [one for one in listed(ledger) if one.cap == HALF]
    assert (found.first_on, found.last_on) == (on("2026-02-01"), on("2026-02-01"))


def test_a_licence_line_is_passed_from_its_lot_until_the_licence_ends() -> None:
    fields = {"authorization": LICENCE, "reference": "D1", "line": 1}
    ledger = life(
        licence("D1", quantity=100, until="2026-02-01"),
        exported("e", quantity=90, **fields),
        exported("f", on="2025-09-01", quantity=30, **fields),
    )
    assert told(ledger, LINE) == [("D1/1", "2025-09-01", "2026-01-31", "316640", "f")]
    more = {"line": 1, "device": "h100", "quantity": 130}
    ledger.append(amended("more", "D1", on="2025-10-01", lines=[more]))
    assert told(ledger, LINE) == [("D1/1", "2025-09-01", "2025-09-30", "316640", "f")]


def test_the_half_of_china_counts_what_licences_set_aside() -> None:
    ledger = chinese_ledger(gone("us", "US", 100), chinese("C1", 60))
    assert told(ledger, CHINA) == [("h100", "2026-02-01", "open", "158320", "grant-C1")]
    ledger.append(gone("cn", "CN", 20, "2026-03-01", **under("C1")))
    assert told(ledger, CHINA) == [("h100", "2026-03-01", "open", "158320", "grant-C1")]
    ledger.append(gone("more", "CN", 50, "2026-03-02", **under("C1")))
    assert told(ledger, CHINA) == [("h100", "2026-03-02", "open", "316640", "grant-C1")]
    ledger.append(gone("us2", "US", 100, "2026-02-15"))
    assert told(ledger, CHINA) == []
    ledger.append(gone("last", "CN", 31, "2026-03-03"))
    assert told(ledger, CHINA) == [("h100", "2026-03-03", "open", "15832", "last")]


def test_only_what_reaches_a_day_is_listed_when_one_is_named() -> None:
    ledger = life(exported("e", on="2025-06-01", quantity=1800))
    assert len(listed(ledger, "2025-12-31")) == 1
    assert listed(ledger, "2026-01-01") == []


def test_a_threshold_is_no_breach() -> None:
    ledger = life(exported("e", quantity=1000, authorization="us-ear/aia"))
    assert told(ledger) == []


def test_a_cap_decides_under_the_postures_of_what_draws_on_it() -> None:
    law = ledger_of().law
    assert postures(LPP_YEAR, on("2025-09-01"), law) == ("on-the-books",)
    assert postures(TABLE, on("2024-01-01"), law) == ("on-the-books", "enforced")
    assert postures(LINE, on("2026-06-01"), law) == ("on-the-books", "enforced")
    assert LPP in {row.id for row in law.authorizations(on("2025-09-01"))}


# ---- what is new, what is cured


def passed(first: str, until: str | None) -> Passed:
    day = on(first)
    return Passed(day, None if until is None else on(until), Level(day, 1, 2, 0, -1))


@pytest.mark.parametrize(
    ("other", "left"),
    [
        ([], [("2025-01-01", None)]),
        ([("2025-01-01", None)], []),
        ([("2024-01-01", "2025-02-01")], [("2025-02-01", None)]),
        ([("2025-03-01", "2025-04-01")], [("2025-01-01", "2025-03-01"), ("2025-04-01", None)]),
        ([("2025-03-01", None)], [("2025-01-01", "2025-03-01")]),
        (
            [("2025-02-01", "2025-03-01"), ("2025-03-01", "2025-05-01")],
            [("2025-01-01", "2025-02-01"), ("2025-05-01", None)],
        ),
    ],
)
def test_days_beyond_others(
    other: list[tuple[str, str | None]], left: list[tuple[str, str | None]]
) -> None:
    found = beyond([passed("2025-01-01", None)], [passed(*one) for one in other])
    said = [(str(one.on), None if one.until is None else str(one.until)) for one in found]
    assert said == left


def test_no_days_give_no_row() -> None:
    ledger = life()
    view = View(ledger, ledger.law)
    causes = Causes(lambda _: view, len(ledger.events))
    assert list(rows((LPP_YEAR, ("buyer",)), [], view, causes)) == []
