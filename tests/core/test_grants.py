from ledger.core.events import AuthorizationAmended, AuthorizationEnded, LicenceLine
from ledger.core.grants import Grant, grant_on, later_lines, live_grants, merged_lines
from tests.core.builders import (
    LICENCE,
    NVEU,
    Fields,
    amended,
    decided,
    ended,
    finding_of,
    granted,
    ledger_of,
    licence,
    on,
    people,
)

Change = AuthorizationAmended | AuthorizationEnded


def line(number: int, quantity: int) -> LicenceLine:
    return LicenceLine(line=number, device="h100", quantity=quantity)


def standing(*changes: Change, day: str = "2025-09-01", **grant: object) -> Grant:
    fields: Fields = {"from": "2025-03-01", "until": "2026-03-01", "destinations": ["BR"]}
    fields |= {"lines": [line(1, 100).model_dump()]}
    return grant_on(granted("D100", LICENCE, **(fields | grant)), changes, on(day))


def test_a_grant_is_live_from_its_first_day_to_the_day_before_its_end() -> None:
    found = standing()
    days = ["2025-02-28", "2025-03-01", "2026-02-28", "2026-03-01"]
    assert [found.live(on(day)) for day in days] == [False, True, True, False]
    assert standing(until=None).live(on("2099-01-01"))


def test_a_grant_without_destinations_reaches_anywhere() -> None:
    assert standing(destinations=[], lines=[]).reaches("BR")
    assert standing().reaches("BR")
    assert not standing().reaches("CL")


def test_a_grant_carries_its_facts() -> None:
    found = standing(exporter="seller")
    assert (found.authorization, found.reference) == ("us-ear/license", "D100")
    assert (found.party, found.exporter) == ("buyer", "seller")
    assert found.lines == (line(1, 100),)


def test_an_end_is_the_first_day_without_the_grant() -> None:
    assert standing(ended("x", "D100", "2025-08-01")).until == on("2025-08-01")
    assert standing(ended("x", "D100", "2025-08-01"), until=None).until == on("2025-08-01")


def test_an_end_after_the_grant_has_run_out_prolongs_nothing() -> None:
    late = standing(ended("x", "D100", "2026-06-01"), day="2026-07-01")
    assert late.until == on("2026-03-01")


def test_a_change_of_a_later_day_does_not_count_yet() -> None:
    changes = [amended("a", "D100", on="2025-09-02", until="2030-01-01")]
    assert standing(*changes).until == on("2026-03-01")
    assert standing(*changes, day="2025-09-02").until == on("2030-01-01")


def test_an_amendment_changes_what_it_names_and_keeps_the_rest() -> None:
    moved = standing(amended("a", "D100", destinations=["CL"]))
    assert (moved.destinations, moved.until) == (("CL",), on("2026-03-01"))
    added = standing(amended("a", "D100", lines=[line(2, 5).model_dump()]))
    assert (added.destinations, added.lines) == (("BR",), (line(1, 100), line(2, 5)))
    assert standing(amended("a", "D100", destinations=[], lines=[])).destinations == ()


def test_a_line_of_the_same_number_is_replaced() -> None:
    assert merged_lines([line(2, 5), line(1, 100)], [line(2, 9)]) == (line(1, 100), line(2, 9))


def test_live_grants_are_those_of_the_party_the_place_and_the_day() -> None:
    ledger = ledger_of(
        granted("one", NVEU, party="buyer", destinations=["BR"]),
        granted("two", NVEU, party="buyer", destinations=["CL"]),
        granted("three", NVEU, party="other", destinations=["BR"]),
        granted("four", NVEU, party="buyer", until="2025-06-01"),
        granted("five", NVEU, party="buyer"),
        ended("x", "five", "2025-09-02"),
    )
    found = live_grants(ledger, "buyer", "BR", on("2025-09-01"))
    assert [grant.reference for grant in found] == ["one", "five"]
    assert [g.reference for g in live_grants(ledger, "buyer", "BR", on("2025-09-02"))] == ["one"]


def test_an_end_stands_whatever_is_amended_after_it() -> None:
    changes: list[Change] = [
        ended("x", "D100", "2025-08-01"),
        amended("a", "D100", on="2025-08-15", until="2030-01-01", destinations=["CL"]),
    ]
    found = standing(*changes)
    assert (found.until, found.destinations) == (on("2025-08-01"), ("CL",))
    assert not found.live(on("2025-08-01"))
    assert standing(*changes, until=None).until == on("2025-08-01")


def test_a_line_as_later_amendments_change_it() -> None:
    smaller = {"line": 1, "device": "h100", "quantity": 60}
    other = {"line": 2, "device": "h100", "quantity": 9}
    ledger = ledger_of(
        *people("buyer"),
        licence("D1", quantity=100),
        amended("a", "D1", on="2025-10-01", lines=[smaller]),
        amended("b", "D1", on="2025-11-01", lines=[other]),
        amended("c", "D1", on="2025-08-01", lines=[other]),
    )
    (grant,) = live_grants(ledger, "buyer", "BR", on("2025-09-01"))
    found = later_lines(grant, 1, on("2025-09-01"), ledger)
    assert [(str(day), line.quantity) for day, line in found] == [
        ("2025-10-01", 60),
        ("2025-11-01", 60),
    ]


def test_a_later_smaller_line_binds_a_lot_of_today() -> None:
    smaller = {"line": 1, "device": "h100", "quantity": 60}
    amendment = amended("a", "D1", on="2025-10-01", lines=[smaller])
    decision = decided(ledger_of(*people("buyer"), licence("D1"), amendment), quantity=61)
    found = finding_of(decision, "us-ear/license/line")
    assert (found.headroom_units, found.fits, str(found.binding_on)) == (60, False, "2025-10-01")
