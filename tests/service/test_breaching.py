"""The breach list on a stored ledger: filtered, as of a size, the same bytes for ever."""

import json

import pytest

from ledger.core.errors import InvalidInput, NotFound
from ledger.service.breaching import BreachList, breaches
from ledger.service.overview import Filters
from tests.core.builders import LPP_YEAR, exported, house, licence, on, reserved, reversed_
from tests.core.passing import OURS
from tests.store.ledgers import MARK, SIZE, head_of, put

ALL = Filters()


def rows(found: BreachList) -> list[tuple[str, str, str, str, str]]:
    return [
        (
            one.breach.cap,
            "/".join(one.breach.holder),
            str(one.breach.first_on),
            str(one.breach.last_on or "open"),
            one.entry.event.id,
        )
        for one in found.breaches
    ]


def test_a_breach_names_the_event_its_entry_and_when_it_was_recorded(url: str) -> None:
    put(url, exported("e1", quantity=1600), exported("e2", on="2025-06-20", quantity=200))
    found = breaches(url, ALL)
    assert rows(found) == [(LPP_YEAR, "buyer", "2025-08-01", "2025-12-31", "e2")]
    (data,) = found.as_data()["breaches"]
    assert (data["event"], data["kind"], data["entry"]) == ("e2", "lot.exported", SIZE + 2)
    assert (data["recorded_at"], data["actor"]) == (MARK.recorded_at, MARK.actor)
    assert (data["over_tpp"], data["drawdown_tpp"]) == ("1597600", "28497600")
    assert (data["allowance_tpp"], data["reserved_tpp"]) == ("26900000", "0")
    head = head_of(url)
    assert found.as_data()["as_of"] == {"size": head.size, "root": head.root}
    assert {one["pack"] for one in found.as_data()["law"]} >= {"us-ear/ai-diffusion", "devices"}


def test_as_of_a_size_it_says_what_it_said_then(url: str) -> None:
    put(url, exported("e1", quantity=1800))
    then = json.dumps(breaches(url, ALL).as_data())
    put(url, reversed_("x", "e1"), exported("e2", quantity=1, ultimate_consignee="group"))
    assert rows(breaches(url, ALL)) == []
    assert json.dumps(breaches(url, ALL, as_of=SIZE + 1).as_data()) == then


def test_filters_choose_caps_holders_destinations_and_days(url: str) -> None:
    put(
        url,
        house(*OURS, pack="ours"),
        exported("e1", quantity=40),
        exported("e2", quantity=40, ultimate_consignee="group", destination="CL"),
    )
    assert {row[0] for row in rows(breaches(url, ALL))} == {f"ours/cap-{n}" for n in (1, 2, 3, 4)}
    assert rows(breaches(url, Filters(cap="ours/cap-3"))) == [
        ("ours/cap-3", "buyer", "2025-08-01", "2025-09-30", "e1"),
        ("ours/cap-3", "group", "2025-08-01", "2025-09-30", "e2"),
    ]
    assert {row[1] for row in rows(breaches(url, Filters(holder="group")))} == {
        "group",
        "seller/group",
    }
    assert [row[:2] for row in rows(breaches(url, Filters(destination="CL")))] == [
        ("ours/cap-4", "CL")
    ]
    late = breaches(url, Filters(cap="ours/cap-1"), since=on("2025-10-29"))
    assert [row[3] for row in rows(late)] == ["2025-10-29", "2025-10-29"]
    assert rows(breaches(url, Filters(cap="ours/cap-1"), since=on("2025-10-30"))) == []


def test_what_nobody_knows_is_told(url: str) -> None:
    put(url, exported("e1", quantity=1))
    with pytest.raises(NotFound, match="no adopted pack has the cap 'us-ear/none'"):
        breaches(url, Filters(cap="us-ear/none"))
    with pytest.raises(NotFound, match="nothing was ever drawn by 'nobody'"):
        breaches(url, Filters(holder="nobody"))
    with pytest.raises(InvalidInput, match="unknown country 'XX'"):
        breaches(url, Filters(destination="XX"))


def test_a_reservation_and_a_licence_line_are_passed_too(url: str) -> None:
    fields = {"authorization": "us-ear/license", "reference": "D1", "line": 1}
    put(
        url,
        licence("D1", quantity=5),
        reserved("r", quantity=7, hold_until="2099-01-01", **fields),
    )
    (found,) = breaches(url, Filters(holder="D1")).breaches
    assert (found.breach.reserved_tpp, found.breach.drawdown_tpp) == (7 * 158320, 0)
    assert found.entry.event.id == "r"
