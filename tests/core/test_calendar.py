"""The calendar, case by case, and against a reference that goes through every lot and day."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.core.calendar import DutyDue, Told, calendar, find, looked_back, told
from ledger.core.duties import due_on
from ledger.core.events import (
    AnyEvent,
    AuthorizationGranted,
    DutyDone,
    LotExported,
    LotReserved,
    UsageReported,
)
from ledger.core.grants import grant_on
from ledger.core.law.rows import Duty
from ledger.core.memory import MemoryPrefix
from tests.core.builders import (
    AIA,
    LICENCE,
    LPP,
    LPP_YEAR,
    NVEU,
    UVEU,
    Fields,
    adopted,
    amended,
    ended,
    exported,
    granted,
    ledger_of,
    licence,
    on,
    pack_text,
    party,
    people,
    released,
    reserved,
    reversed_,
    used,
)
from tests.core.by_month import ByMonth

TODAY = "2025-09-01"
NAC = "us-ear/nac"


def briefly(one: Told) -> tuple[object, ...]:
    by = None if one.done is None else one.done.id
    return (one.id, one.row.id, *one[2:-1], by)


def duties(
    ledger: MemoryPrefix, first: str, until: str, *, today: str = TODAY
) -> tuple[DutyDue, ...]:
    found = calendar(ledger, ledger.law, first=on(first), until=on(until), today=on(today))
    for_report = told(ledger, ledger.law, first=on(first), until=on(until), today=on(today))
    assert sorted(briefly(one) for one in for_report) == sorted(
        (
            one.id,
            one.duty,
            one.due_on,
            one.state,
            one.party,
            one.destination,
            one.authorization,
            one.recorded_as,
        )
        for one in found
    )
    for one in found:
        assert found_by_id(ledger, one.id, today=today) == one
    return found


def found_by_id(ledger: MemoryPrefix, duty_id: str, *, today: str = TODAY) -> DutyDue | None:
    return find(ledger, ledger.law, duty_id, today=on(today))


def listed(ledger: MemoryPrefix, first: str, until: str, *, today: str = TODAY) -> list[str]:
    """The duties of some days as `day state id`."""
    found = duties(ledger, first, until, today=today)
    return [f"{one.due_on} {one.state} {one.id}" for one in found]


def did(duty: str, *, event_id: str = "done", day: str = "2025-08-20") -> DutyDone:
    return DutyDone(id=event_id, on=on(day), duty=duty, document="letter 7")


# ---- lots


def test_a_lot_brings_the_duties_of_its_authorization_each_on_its_day() -> None:
    ledger = ledger_of(*people("buyer"), exported("e", on="2025-08-01"))
    assert listed(ledger, "2025-08-01", "2025-09-01") == [
        "2025-08-01 overdue us-ear/exceptions/end-use@e",
        "2025-08-01 overdue us-ear/lpp/certification@e",
        "2025-08-01 overdue us-ear/lpp/direct@e",
        "2025-08-31 overdue us-ear/lpp/report@e",
    ]
    assert listed(ledger, "2025-09-01", "2040-01-01") == [
        "2030-08-01 due us-ear/exceptions/records@e"
    ]


def test_the_days_go_from_the_first_to_the_one_before_the_last() -> None:
    ledger = ledger_of(*people("buyer"), exported("e", on="2025-08-02"))
    report = ["2025-09-01 due us-ear/lpp/report@e"]
    assert listed(ledger, "2025-09-01", "2025-09-02") == report
    assert listed(ledger, "2025-08-03", "2025-09-01") == []
    assert listed(ledger, "2025-09-02", "2025-10-01") == []
    assert listed(ledger, "2025-09-01", "2025-09-01") == []


def test_a_duty_says_what_whose_and_why() -> None:
    ledger = ledger_of(*people("buyer"), exported("e", on="2025-08-02"))
    (found,) = duties(ledger, "2025-09-01", "2025-09-02")
    assert found.model_dump(mode="json") == {
        "id": "us-ear/lpp/report@e",
        "duty": "us-ear/lpp/report",
        "what": "Send the certification to EARReports@bis.doc.gov, subject 'LPP Shipment'",
        "due_on": "2025-09-01",
        "state": "due",
        "arises_from": ["e"],
        "party": "buyer",
        "destination": "BR",
        "authorization": LPP,
        "cite": "15 CFR 740.29(g)(1)",
        "document": None,
        "done_on": None,
        "recorded_as": None,
    }


def test_a_duty_is_overdue_from_the_day_after_it_was_due() -> None:
    ledger = ledger_of(*people("buyer"), exported("e", on="2025-08-02"))
    report = "us-ear/lpp/report@e"
    days = ("2025-09-01", "2025-09-02")
    assert listed(ledger, *days, today="2025-09-01") == [f"2025-09-01 due {report}"]
    assert listed(ledger, *days, today="2025-09-02") == [f"2025-09-01 overdue {report}"]


def test_a_large_shipment_brings_its_notice_and_a_used_up_limit_its_report() -> None:
    lots = [
        exported("small", quantity=202, on="2025-08-01"),
        exported("large", quantity=203, on="2025-08-02"),
        exported("last", quantity=1294, on="2025-08-03"),
        exported("after", quantity=1, on="2025-08-04"),
    ]
    used_up = used("u", LPP_YEAR, ["buyer"], 1432, on="2025-08-01")
    found = listed(ledger_of(*people("buyer"), used_up, *lots), "2025-08-01", "2025-08-05")
    assert [one for one in found if "lpp/notice" in one or "reached" in one] == [
        "2025-08-02 overdue us-ear/lpp/notice@large",
        "2025-08-03 overdue us-ear/lpp/limit-reached@last",
        "2025-08-03 overdue us-ear/lpp/notice@last",
    ]


def test_the_certification_of_a_partner_is_filed_when_its_total_asks_for_it() -> None:
    lots = [
        exported(name, quantity=units, on=day, destination="DE", authorization=AIA)
        for name, units, day in (("a", 15980, "2025-02-01"), ("b", 1, "2026-02-01"))
    ]
    found = duties(
        ledger_of(*people("buyer", headquarters="DE"), *lots), "2025-01-01", "2027-01-01"
    )
    filing = [one for one in found if one.duty == "us-ear/aia/filing"]
    assert [(one.id, str(one.due_on)) for one in filing] == [("us-ear/aia/filing@b", "2026-02-01")]


def test_the_lots_of_a_party_are_reported_together_for_their_half_year() -> None:
    lots = [
        exported("a", on="2025-07-02", authorization=NVEU),
        exported("b", on="2025-12-31", authorization=NVEU),
        exported("c", on="2025-08-01", authorization=NVEU, ultimate_consignee="other"),
        exported("d", on="2025-06-30", authorization=NVEU),
        exported("e", on="2025-09-01", authorization=UVEU, destination="CL"),
    ]
    ledger = ledger_of(*people("buyer", "other"), *lots)
    (first,) = duties(ledger, "2025-07-01", "2025-07-16")[-1:]
    assert (first.id, first.arises_from) == ("us-ear/veu/report@buyer/2025-07-15", ("d",))
    assert (first.destination, first.authorization) == ("BR", NVEU)
    buyer, other = duties(ledger, "2026-01-01", "2026-02-01")
    assert (buyer.id, buyer.arises_from) == (
        "us-ear/veu/report@buyer/2026-01-15",
        ("a", "e", "b"),
    )
    assert (buyer.destination, buyer.authorization) == (None, None)
    assert (other.id, other.arises_from) == ("us-ear/veu/report@other/2026-01-15", ("c",))


def test_what_was_taken_back_or_went_under_nothing_known_brings_no_duty() -> None:
    ledger = ledger_of(
        *people("buyer"),
        exported("e"),
        exported("f", authorization="unknown"),
        reversed_("r", "e"),
    )
    assert listed(ledger, "2020-01-01", "2040-01-01") == []


# ---- reservations


def test_an_open_reservation_brings_what_is_due_before_the_lot_goes() -> None:
    ledger = ledger_of(
        *people("buyer"),
        reserved("r", on="2025-10-01", authorization=NAC),
        reserved("gone", on="2025-10-02", authorization=NAC),
        released("x", "gone"),
    )
    assert listed(ledger, "2025-01-01", "2040-01-01") == [
        "2025-09-06 due us-ear/nac/notice@r",
        "2025-10-01 due us-ear/exceptions-740-8/end-use@r",
        "2025-10-01 due us-ear/nac/one-consignee@r",
    ]


def test_a_reserved_shipment_above_the_threshold_is_notified_beforehand() -> None:
    ledger = ledger_of(*people("buyer"), reserved("r", on="2025-10-01", quantity=203))
    assert "2025-10-01 due us-ear/lpp/notice@r" in listed(ledger, "2025-10-01", "2025-10-02")
    assert listed(ledger, "2025-10-02", "2040-01-01") == []


def test_once_it_went_the_export_stands_with_what_was_done_for_the_reservation() -> None:
    ledger = ledger_of(
        *people("buyer"),
        reserved("r", on="2025-10-01", quantity=3, authorization=NAC),
        did("us-ear/nac/notice@r"),
    )
    days = ("2025-09-05", "2025-09-09")
    assert listed(ledger, *days) == ["2025-09-06 done us-ear/nac/notice@r"]
    went: Fields = {"on": "2025-10-03", "authorization": NAC, "reservation": "r"}
    ledger.append(exported("e", quantity=2, **went))
    assert listed(ledger, *days) == [
        "2025-09-06 done us-ear/nac/notice@r",
        "2025-09-08 done us-ear/nac/notice@e",
    ]
    ledger.append(exported("f", quantity=1, **went))
    assert listed(ledger, *days) == [
        "2025-09-08 done us-ear/nac/notice@e",
        "2025-09-08 done us-ear/nac/notice@f",
    ]
    ledger.append(did("us-ear/nac/notice@e", event_id="again", day="2025-08-25"))
    found = found_by_id(ledger, "us-ear/nac/notice@e")
    assert found is not None
    assert (found.recorded_as, found.done_on) == ("again", on("2025-08-25"))
    assert "2025-10-03 due us-ear/nac/one-consignee@e" in listed(ledger, "2025-10-03", "2025-10-04")


# ---- grants


def test_a_status_is_reported_on_and_ends() -> None:
    ledger = ledger_of(
        *people("buyer"),
        granted("N", NVEU, destinations=["BR"], **{"from": "2025-07-20", "until": "2026-08-01"}),
    )
    assert listed(ledger, "2025-01-01", "2028-01-01", today="2026-07-15") == [
        "2025-08-01 overdue us-ear/veu/chip-accounting@N/2025-08-01",
        "2026-01-15 overdue us-ear/veu/inventory@N/2026-01-15",
        "2026-02-01 overdue us-ear/veu/chip-accounting@N/2026-02-01",
        "2026-07-15 due us-ear/veu/inventory@N/2026-07-15",
        "2026-07-31 due us-ear/veu/expiry@N/2026-07-31",
        "2026-08-01 due us-ear/veu/chip-accounting@N/2026-08-01",
        "2027-01-15 due us-ear/veu/inventory@N/2027-01-15",
    ]
    (one,) = duties(ledger, "2026-07-31", "2026-08-01")
    assert (one.arises_from, one.party, one.destination) == (("grant-N",), "buyer", "BR")
    assert one.authorization == NVEU


def test_a_status_granted_on_a_report_day_is_reported_on_the_next_one() -> None:
    ledger = ledger_of(*people("buyer"), granted("U", UVEU, **{"from": "2025-07-15"}))
    found = duties(ledger, "2025-07-01", "2026-01-16")
    assert [one.id for one in found] == [
        "us-ear/veu/chip-accounting@U/2025-08-01",
        "us-ear/veu/inventory@U/2026-01-15",
    ]
    assert {one.destination for one in found} == {None}


def test_an_open_grant_has_no_last_day_and_one_that_never_held_has_none() -> None:
    ledger = ledger_of(
        *people("buyer"),
        licence("D1"),
        licence("D2", until="2025-12-01"),
        ended("x", "D2", "2025-01-15"),
    )
    assert listed(ledger, "2020-01-01", "2040-01-01") == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ([], "2025-11-30"),
        ([amended("a", "D", until="2026-12-01")], "2026-11-30"),
        ([amended("a", "D", until="2025-10-01")], "2025-09-30"),
        ([ended("x", "D", "2025-06-10")], "2025-06-09"),
    ],
)
def test_a_licence_ends_on_the_last_day_that_is_known(
    changes: list[AnyEvent], expected: str
) -> None:
    ledger = ledger_of(*people("buyer"), licence("D", until="2025-12-01"), *changes)
    found = duties(ledger, "2020-01-01", "2040-01-01", today="2025-01-01")
    assert [one.id for one in found] == [f"us-ear/license/expiry@D/{expected}"]


def test_what_lasts_until_a_day_is_over_after_it() -> None:
    ledger = ledger_of(*people("buyer"), licence("D", until="2025-12-01"))
    window = ("2020-01-01", "2040-01-01")
    assert listed(ledger, *window, today="2025-11-30") == [
        "2025-11-30 due us-ear/license/expiry@D/2025-11-30"
    ]
    assert listed(ledger, *window, today="2025-12-01") == []


def test_a_status_that_lapsed_in_between_is_reported_for_the_days_it_held() -> None:
    ledger = ledger_of(
        *people("buyer"),
        granted("N", NVEU, until="2025-03-01"),
        amended("a", "N", on="2026-03-01", until="2026-09-01"),
    )
    found = [one.id for one in duties(ledger, "2025-01-01", "2027-12-01")]
    assert [one for one in found if "inventory" in one] == [
        "us-ear/veu/inventory@N/2025-07-15",
        "us-ear/veu/inventory@N/2026-07-15",
        "us-ear/veu/inventory@N/2027-01-15",
    ]


# ---- rows of other packs


def duty(name: str, rows: str) -> str:
    return f'[[duty]]\nid = "toy/{name}"\nwhat = "tell"\ncite = "c"\n{rows}\n'


def test_other_days_of_a_grant_are_counted_from_its_first() -> None:
    rows = f'authorizations = ["{LICENCE}"]\narises = "grant"\ndue = {{ days_after = 10 }}'
    toy = adopted(pack_text(duty("first", rows)))
    ledger = ledger_of(*people("buyer"), licence("D"), toy)
    assert listed(ledger, "2025-01-01", "2026-01-01") == [
        "2025-02-11 overdue toy/first@D/2025-02-11"
    ]


def test_the_law_of_the_lots_own_day_says_what_is_due() -> None:
    old = f'authorizations = ["{LPP}"]\ndue = {{ days_after = 3 }}\nuntil = 2025-08-02'
    new = f'authorizations = ["{LPP}"]\ndue = {{ days_after = 1 }}\nfrom = 2025-08-02'
    text = pack_text(duty("tell", old) + duty("tell", new))
    lots = [exported("a", on="2025-08-01"), exported("b", on="2025-08-02")]
    ledger = ledger_of(*people("buyer"), adopted(text), *lots)
    found = [one for one in listed(ledger, "2025-08-01", "2025-08-09") if "toy" in one]
    assert found == ["2025-08-03 overdue toy/tell@b", "2025-08-04 overdue toy/tell@a"]


def test_an_ended_row_asks_for_no_more_reports_of_a_grant() -> None:
    rows = (
        f'authorizations = ["{LICENCE}"]\narises = "grant"\nuntil = 2026-07-01\n'
        'due = { half_year_report = ["07-01"] }'
    )
    ledger = ledger_of(*people("buyer"), licence("D"), adopted(pack_text(duty("yearly", rows))))
    found = [one.id for one in duties(ledger, "2025-01-01", "2028-01-01")]
    assert found == ["toy/yearly@D/2025-07-01"]


def test_lots_of_several_authorizations_keep_their_order() -> None:
    rows = f'authorizations = ["{AIA}", "{LPP}"]\ncap = "toy/cap"'
    cap = (
        '[[cap]]\nid = "toy/cap"\ntitle = "t"\ncite = "c"\nper = ["end_user"]\nbasis = "exported"\n'
        'window = { kind = "calendar-year" }\nallowance = [{ tpp = 1 }]\n'
    )
    text = pack_text(cap + duty("first", rows))
    lots = [exported("a"), exported("b", authorization=AIA)]
    ledger = ledger_of(*people("buyer"), adopted(text), *lots)
    found = [one.id for one in duties(ledger, "2025-08-01", "2025-08-02") if "toy" in one.id]
    assert found == ["toy/first@a"]


# ---- listings


SUNSET = "us-ear/uae-2026/sunset"


def test_the_sunset_of_a_named_party_is_due_on_its_last_confirmed_day() -> None:
    ledger = ledger_of(
        party("core", headquarters="AE", name="Core42 LLC"),
        party("g42", headquarters="AE", name="Group 42 Holding", on="2026-01-01"),
        party("sub", headquarters="AE", name="a daughter", ultimate_parent="g42"),
        party("ministry", headquarters="AE", party_kind="government"),
    )
    assert listed(ledger, "2026-01-01", "2040-01-01") == [
        f"2027-04-05 due {SUNSET}@core",
        f"2027-04-05 due {SUNSET}@g42",
    ]
    (core, _) = duties(ledger, "2027-04-05", "2027-04-06")
    assert core.arises_from == ("party-core-2020-01-01",)
    assert (core.party, core.destination, core.authorization) == ("core", None, None)
    assert listed(ledger, "2026-01-01", "2027-04-05") == []
    assert listed(ledger, "2027-04-06", "2040-01-01") == []


def test_who_has_another_name_by_then_is_not_named() -> None:
    ledger = ledger_of(
        party("core", headquarters="AE", name="Core42"),
        party("core", headquarters="AE", name="Something Else", on="2027-01-01"),
        party("late", headquarters="AE", name="Core42", on="2028-01-01"),
    )
    assert listed(ledger, "2026-01-01", "2040-01-01") == []


def sunsets(members: str, *events: AnyEvent, more: str = "") -> list[str]:
    """The days until which a toy listing names parties."""
    listing = '[[listing]]\nid = "toy/list"\ntitle = "t"\ncite = "c"\n'
    rows = 'listings = ["toy/list"]\narises = "listing"\ndue = { at_end = true }'
    toy = pack_text(f"{listing}{members}\n{more}{duty('end', rows)}")
    found = duties(ledger_of(adopted(toy), *events, standard=False), "2020-01-01", "2040-01-01")
    return [f"{one.due_on} {one.id}" for one in found]


def test_a_listing_that_goes_on_does_not_end() -> None:
    acme = party("acme", name="Acme")
    renewed = (
        'members = [{ names = ["Acme"], until = 2026-01-01 }, '
        '{ names = ["ACME."], from = 2026-01-01, until = 2027-01-01 }]'
    )
    assert sunsets(renewed, acme) == ["2026-12-31 toy/end@acme"]
    again = renewed.replace("from = 2026-01-01", "from = 2026-06-01")
    assert sunsets(again, acme) == ["2026-12-31 toy/end@acme"]
    doubtful = 'members = [{ names = ["Acme"], until = 2026-01-01, evidence = "UNCONFIRMED" }]'
    assert sunsets(doubtful, acme) == []
    open_end = 'members = [{ names = ["Acme"] }]'
    assert sunsets(open_end, acme) == []


def test_a_listing_ends_where_its_next_version_names_the_party_no_more() -> None:
    first = 'members = [{ names = ["Acme"] }, { names = ["Beta"] }]\nuntil = 2026-01-01'
    second = (
        '[[listing]]\nid = "toy/list"\ntitle = "t"\ncite = "c"\nfrom = 2026-01-01\n'
        'members = [{ names = ["Beta"] }]\n'
    )
    both = [party("acme", name="Acme"), party("beta", name="Beta")]
    assert sunsets(first, *both, more=second) == ["2025-12-31 toy/end@acme"]


def test_a_daughter_is_named_with_its_parent_where_the_listing_says_so() -> None:
    members = 'members = [{ names = ["Acme"], subsidiaries = true, until = 2026-01-01 }]'
    daughters = [party("acme", name="Acme"), party("sub", name="Sub", ultimate_parent="acme")]
    assert sunsets(members, *daughters) == ["2025-12-31 toy/end@acme", "2025-12-31 toy/end@sub"]


# ---- what was done


def test_a_duty_that_was_done_says_when_and_by_what() -> None:
    ledger = ledger_of(*people("buyer"), exported("e", on="2025-07-01"), did("us-ear/lpp/report@e"))
    (found,) = duties(ledger, "2025-07-31", "2025-08-01")
    assert (found.state, found.document, found.done_on) == ("done", "letter 7", on("2025-08-20"))
    assert found.recorded_as == "done"
    ledger.append(reversed_("x", "done"))
    assert listed(ledger, "2025-07-31", "2025-08-01") == ["2025-07-31 overdue us-ear/lpp/report@e"]


def test_of_two_documents_the_one_recorded_last_stands() -> None:
    ledger = ledger_of(*people("buyer"), exported("e", on="2025-07-01"))
    for event_id in ("first", "second"):
        ledger.append(did("us-ear/lpp/report@e", event_id=event_id))
    found = found_by_id(ledger, "us-ear/lpp/report@e")
    assert found is not None
    assert found.recorded_as == "second"


def test_what_was_done_is_not_listed_outside_its_days_nor_if_nothing_brings_it_about() -> None:
    ledger = ledger_of(
        *people("buyer"),
        exported("e", on="2025-07-01"),
        did("us-ear/lpp/report@e"),
        did("us-ear/lpp/report@nobody", event_id="stray"),
    )
    assert listed(ledger, "2025-08-01", "2025-09-01") == []


@pytest.mark.parametrize(
    "duty_id",
    [
        "",
        "us-ear/lpp/report",
        "us-ear/lpp/report@",
        "us-ear/lpp/report@x",
        "us-ear/nac/notice@e",
        "us-ear/veu/report@buyer",
        "us-ear/veu/report@buyer/2025-13-01",
        "us-ear/veu/report@buyer/2026-01-16",
        "us-ear/veu/report@nobody/2026-01-15",
        "us-ear/license/expiry@D/2025-11-29",
        f"{SUNSET}@buyer",
    ],
)
def test_what_nothing_brings_about_is_not_found(duty_id: str) -> None:
    ledger = ledger_of(
        *people("buyer"),
        exported("e"),
        exported("v", authorization=NVEU),
        licence("D", until="2025-12-01"),
    )
    assert found_by_id(ledger, duty_id) is None


def test_a_duty_is_not_done_on_a_day_before_it_was() -> None:
    done = did("us-ear/lpp/report@e", day="2025-10-09")
    ledger = ledger_of(*people("buyer"), exported("e", on="2025-08-31"), done)
    states = {
        day: [
            one.state
            for one in duties(ledger, "2025-09-01", "2026-01-01", today=day)
            if one.id == "us-ear/lpp/report@e"
        ]
        for day in ("2025-09-30", "2025-10-08", "2025-10-09")
    }
    assert states == {"2025-09-30": ["due"], "2025-10-08": ["overdue"], "2025-10-09": ["done"]}


def test_looking_back_counts_what_is_overdue_and_lists_only_what_is_asked_for() -> None:
    ledger = ledger_of(
        *people("buyer", "other"),
        exported("a", on="2025-06-01"),
        exported("b", on="2025-08-15", ultimate_consignee="other"),
        did("us-ear/lpp/report@a"),
    )

    def looked(since: str, first: str, today: str = TODAY) -> tuple[int, dict[str, int]]:
        found, older = looked_back(
            ledger,
            ledger.law,
            since=on(since),
            first=on(first),
            until=on("2025-10-01"),
            today=on(today),
        )
        assert found == duties(ledger, first, "2025-10-01", today=today)
        return len(found), dict(older)

    assert looked("2025-01-01", "2025-09-01") == (1, {"buyer": 3, "other": 3})
    assert looked("2025-06-02", "2025-09-01") == (1, {"other": 3})
    assert looked("2025-01-01", "2025-09-01", today="2025-08-15") == (1, {"buyer": 4})
    assert looked("2025-01-01", "2025-06-01") == (8, {})


# ---- against a reference that knows no ranges


@dataclass(frozen=True, order=True)
class Naive:
    """A duty as the reference has it: just enough to compare."""

    due_on: date
    id: str
    arises_from: tuple[str, ...]


LEADS = {"top": "top", "sub": "top", "lone": "lone"}
LIMIT, TOTAL, SHIPMENT = 269_000_000, 2_530_000_000, 32_000_000
H100_TENTHS = 158_320


class Reference:
    """Every duty of every lot and grant, one by one, from the events alone."""

    def __init__(self, ledger: MemoryPrefix) -> None:
        self.changes = cache(ledger.grant_changes)
        self.events = ledger.events
        standing = [e for e in ledger.events if not ledger.is_reversed(e.id)]
        self.lots = sorted(
            (e for e in standing if isinstance(e, LotExported)), key=lambda lot: lot.on
        )
        taken = {lot.reservation for lot in self.lots}
        self.held = sorted(
            (e for e in standing if isinstance(e, LotReserved) and e.id not in taken),
            key=lambda lot: lot.on,
        )
        self.everything: list[LotExported | LotReserved] = [*self.lots, *self.held]
        self.place = {lot.id: number for number, lot in enumerate(self.everything)}
        self.reports = [e for e in ledger.events if isinstance(e, UsageReported)]
        self.rows = [row for a in ledger.law.adopted for row in a.pack.duties]

    def duties(self) -> Iterator[Naive]:
        reports: dict[tuple[date, str], list[str]] = defaultdict(list)
        for row in self.rows:
            if row.arises == "lot":
                for lot in self.everything:
                    due = due_on(row.due, lot.on)
                    late = isinstance(lot, LotReserved) and due > lot.on
                    if lot.authorization not in row.authorizations or late:
                        continue
                    if not row.in_force(lot.on):
                        continue
                    if row.together:
                        key = (due, f"{row.id}@{lot.ultimate_consignee}/{due}")
                        reports[key].append(lot.id)
                    elif self._reaches(row, lot):
                        yield Naive(due, f"{row.id}@{lot.id}", (lot.id,))
            if row.arises == "grant":
                yield from self._of_grants(row)
        yield from (Naive(due, name, tuple(lots)) for (due, name), lots in reports.items())

    def _of_grants(self, row: Duty) -> Iterator[Naive]:
        for event in self.events:
            if (
                isinstance(event, AuthorizationGranted)
                and event.authorization in row.authorizations
            ):
                for due in filter(row.in_force, self._days(row, event)):
                    yield Naive(due, f"{row.id}@{event.reference}/{due}", (event.id,))

    def _days(self, row: Duty, event: AuthorizationGranted) -> Iterator[date]:
        since = False
        for number in range(5 * 366):
            day = on("2025-01-01") + timedelta(days=number)
            if f"{day:%m-%d}" in row.due.next_of:
                if since:
                    yield day
                since = False
            since = since or self._live(event, day)
            tomorrow = day + timedelta(days=1)
            if row.due.at_end and self._live(event, day) and not self._live(event, tomorrow):
                yield day

    def _live(self, event: AuthorizationGranted, day: date) -> bool:
        return grant_on(event, self.changes(event.reference), day).live(day)

    def _reaches(self, row: Duty, lot: LotExported | LotReserved) -> bool:
        tenths = lot.quantity * H100_TENTHS
        match row.id:
            case "us-ear/lpp/notice":
                return tenths >= SHIPMENT
            case "us-ear/lpp/limit-reached":
                return self._first_past(LIMIT, lot) == lot.id
            case "us-ear/aia/filing":
                return self._first_past(TOTAL, lot) == lot.id
            case _:
                return True

    def _first_past(self, allowance: int, lot: LotExported | LotReserved) -> str | None:
        """The first lot of the same holder and window with which the sum is the allowance."""
        kin = [one for one in self.everything if self._together(one, lot)]
        went = [one for one in kin if isinstance(one, LotExported)]
        reported = [
            one
            for one in self.reports
            if lot.authorization == LPP and one.holder == (LEADS[lot.ultimate_consignee],)
            if one.on.year == lot.on.year
        ]
        for one in kin:
            counted = went if isinstance(one, LotExported) else kin
            own = (one.on, self.place[one.id])
            total = sum(int(report.tpp) for report in reported if report.on <= one.on)
            for other in counted:
                if (other.on, self.place[other.id]) <= own:
                    total += other.quantity * H100_TENTHS
            if total >= allowance:
                return one.id
        return None

    def _together(self, one: LotExported | LotReserved, lot: LotExported | LotReserved) -> bool:
        if one.authorization != lot.authorization:
            return False
        if lot.authorization == AIA:
            return one.ultimate_consignee == lot.ultimate_consignee
        same = LEADS[one.ultimate_consignee] == LEADS[lot.ultimate_consignee]
        return same and one.on.year == lot.on.year


days = st.dates(on("2025-02-01"), on("2026-12-31"))
few_days = st.sampled_from(["2025-06-30", "2025-07-01", "2025-07-15", "2025-12-31", "2026-01-01"])
some_days = st.one_of(days.map(str), few_days)
lots = st.tuples(
    some_days,
    st.sampled_from([LPP, AIA, NVEU, NAC]),
    st.sampled_from(list(LEADS)),
    st.sampled_from([1, 202, 203, 700, 1000, 1699, 8000, 15980]),
    st.sampled_from(["went", "went", "held", "went from"]),
)
reports = st.tuples(some_days, st.sampled_from(["top", "lone"]), st.sampled_from([1432, 9_000_000]))
grants = st.tuples(some_days, st.integers(1, 500), st.booleans())


@dataclass(frozen=True)
class Life:
    """What is drawn for one ledger."""

    lots: list[tuple[str, str, str, int, str]]
    reports: list[tuple[str, str, int]]
    grants: list[tuple[str, int, bool]]
    reversed_lots: set[int]

    def ledger(self) -> MemoryPrefix:
        ledger = ledger_of(*people("top", "lone"), party("sub", ultimate_parent="top"))
        for event in (*self._reports(), *self._grants(), *self._lots()):
            ledger.append(event)
        return ledger

    def _reports(self) -> Iterator[AnyEvent]:
        for number, (day, holder, tpp) in enumerate(self.reports):
            yield used(f"u{number}", LPP_YEAR, [holder], tpp, on=day)

    def _grants(self) -> Iterator[AnyEvent]:
        for number, (day, length, early) in enumerate(self.grants):
            until = on(day) + timedelta(days=length)
            yield granted(f"N{number}", NVEU, **{"from": day, "until": str(until)})
            if early:
                yield ended(f"x{number}", f"N{number}", str(on(day) + timedelta(days=90)))

    def _lots(self) -> Iterator[AnyEvent]:
        for number, (day, authorization, who, units, how) in enumerate(self.lots):
            fields: Fields = {"on": day, "authorization": authorization, "quantity": units}
            fields["ultimate_consignee"] = who
            if how != "went":
                yield reserved(f"r{number}", **fields)
            if how == "went from":
                fields["reservation"] = f"r{number}"
            if how != "held":
                yield exported(f"e{number}", **fields)
                if number in self.reversed_lots:
                    yield reversed_(f"x-e{number}", f"e{number}")


lives = st.builds(
    Life,
    lots=st.lists(lots, min_size=2, max_size=12),
    reports=st.lists(reports, max_size=2),
    grants=st.lists(grants, max_size=2),
    reversed_lots=st.sets(st.integers(0, 11), max_size=2),
)


@settings(max_examples=40)
@given(life=lives, first=days, length=st.integers(0, 700))
def test_the_calendar_is_that_of_going_through_every_lot_and_day(
    life: Life, first: date, length: int
) -> None:
    ledger = life.ledger()
    by_month = ByMonth(ledger.events)
    rows = [row for a in ledger.law.adopted for row in a.pack.duties]
    lasting = tuple(f"{row.id}@" for row in rows if row.lasts)
    expected = [
        one
        for one in sorted(Reference(ledger).duties())
        if not (one.id.startswith(lasting) and one.due_on < on(TODAY))
    ]
    until = first + timedelta(days=length)
    for begin, end in ((on("2024-01-01"), on("2034-01-01")), (first, until)):
        found = calendar(ledger, ledger.law, first=begin, until=end, today=on(TODAY))
        assert found == calendar(by_month, ledger.law, first=begin, until=end, today=on(TODAY))
        assert [Naive(one.due_on, one.id, one.arises_from) for one in found] == [
            one for one in expected if begin <= one.due_on < end
        ]
