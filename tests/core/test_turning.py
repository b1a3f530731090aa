from datetime import date

from ledger.core.situation import Situation
from ledger.core.turning import turning_days
from tests.core.builders import (
    Fields,
    amended,
    cleared,
    device,
    ended,
    ledger_of,
    licence,
    list_adopted,
    on,
    party,
    people,
    request,
    signed,
)


def days(*events: object, **changes: object) -> list[date]:
    ledger = ledger_of(*people("buyer"), *events)  # type: ignore[arg-type]  # events of any kind
    return turning_days(Situation(request(**changes), ledger, ledger.law))


def test_rules_that_come_later_turn_an_answer_and_those_of_the_past_do_not() -> None:
    found = days(on="2025-09-01")
    assert {on("2025-09-29"), on("2025-11-10"), on("2026-07-10"), on("2027-04-06")} <= set(found)
    assert found == sorted(day for day in found if day > on("2025-09-01"))
    assert date.max not in found


def test_a_country_of_the_lot_or_of_a_party_turns_where_it_changes_groups() -> None:
    cambodia = on("2026-02-03")
    assert cambodia not in days(on="2025-09-01")
    assert cambodia in days(on="2025-09-01", destination="KH")
    owner = party("khmer", headquarters="KH")
    sub = party("sub", headquarters="BR", ultimate_parent="khmer")
    assert cambodia in days(owner, sub, on="2025-09-01", ultimate_consignee="sub")


def test_grants_turn_when_they_begin_change_and_end() -> None:
    later: Fields = {"on": "2026-01-05", "from": "2026-01-05", "until": "2026-12-04"}
    found = days(
        licence("D1", **later),  # type: ignore[arg-type]  # none of them is the quantity
        amended("a", "D1", on="2026-02-06", until="2026-12-07"),
        ended("e", "D1", "2026-10-08"),
        licence("D2", **{"from": "2026-03-09"}),  # type: ignore[arg-type]  # as above
        on="2025-09-01",
    )
    wanted = ("2026-01-05", "2026-12-04", "2026-02-06", "2026-10-08", "2026-03-09")
    assert {on(day) for day in wanted} <= set(found)


def test_facts_of_parties_devices_switches_and_lists_turn_on_their_days() -> None:
    found = days(
        party("buyer", on="2026-01-04"),
        cleared("buyer", "EL:1", day="2026-01-05"),
        device("h100", on="2026-01-06"),
        signed("s", "us-ear/lpp-in-d1-d4", "available", day="2026-01-07"),
        list_adopted(source_on="2026-01-08"),
        party("seller", headquarters="US", on="2026-01-09"),
        on="2025-09-01",
    )
    assert {on(f"2026-01-0{day}") for day in range(4, 10)} <= set(found)
