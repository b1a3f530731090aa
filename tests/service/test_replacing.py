"""One reservation in another's place: nothing is lost in between, and a refusal changes nothing."""

from typing import Any

import pytest
from freezegun.api import FrozenDateTimeFactory

from ledger.core.errors import AlreadyRecorded, InvalidEvent, InvalidRequest, NotFound, NotOpen
from ledger.core.events import LotReserved
from ledger.service.bundles import reserve_bundle
from ledger.service.recorded import Recorded
from ledger.service.releasing import release
from ledger.service.replacing import replace
from tests.core.builders import LICENCE, ON, licence, on
from tests.service.lots import (
    LONG,
    asked,
    decision_of,
    drawn_and_reserved,
    explained,
    export,
    held_units,
    reserved_as,
)
from tests.store.ledgers import LPP_UNITS, entries_of, put, stored


def replaced(url: str, event_id: str = "r2", replaces: str = "r1", **data: object) -> Recorded:
    return replace(url, data, replaces=replaces, event_id=event_id)


def last(url: str) -> LotReserved:
    event = entries_of(url)[-1].event
    assert isinstance(event, LotReserved)
    return event


def test_the_new_lot_is_decided_as_if_the_old_one_held_nothing(url: str) -> None:
    reserved_as("r1", url, LPP_UNITS - 5)
    made = replaced(url, quantity=LPP_UNITS)
    assert held_units(url) == {"r2": LPP_UNITS}
    assert [entry.event.kind for entry in entries_of(url)[-2:]] == ["lot.released", "lot.reserved"]
    assert last(url).decision_id == decision_of(made).decision_id
    assert explained(url, "r2").decision == decision_of(made)


def test_what_is_left_out_is_that_of_the_old_one(url: str) -> None:
    reserved_as("r1", url, 10, purchaser="branch", end_user="group", unit_tpp="15000")
    export(url, reservation="r1", quantity=4, on=ON)
    replaced(url, on="2025-10-01")
    event = last(url)
    assert (event.quantity, event.purchaser, event.end_user) == (6, "branch", "group")
    assert (event.on, event.hold_until) == (on("2025-10-01"), LONG)
    assert str(event.unit_tpp) == "15000"
    assert drawn_and_reserved(url) == ("60000", "90000")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"device": "h200"}, {"unit_tpp": None}),
        ({"ultimate_consignee": "group"}, {"end_user": "group"}),
        ({"origin": "TW"}, {"transaction": "reexport"}),
    ],
)
def test_what_follows_from_a_changed_field_changes_with_it(
    changes: dict[str, str], expected: dict[str, Any], url: str
) -> None:
    reserved_as("r1", url, 1, unit_tpp="15000")
    assert replaced(url, **changes).appended is not None
    assert {name: getattr(last(url), name) for name in expected} == expected


def test_a_refusal_leaves_the_old_one_as_it_was(url: str) -> None:
    reserved_as("r1", url, 10)
    before = stored(url)
    made = replaced(url, quantity=LPP_UNITS + 1)
    assert (made.appended, decision_of(made).outcome) == (None, "license-required")
    assert decision_of(made).without == "r1"
    assert stored(url) == before


def test_a_lot_may_move_to_a_licence(url: str) -> None:
    reserved_as("r1", url, LPP_UNITS)
    put(url, licence("D1", quantity=2000))
    replaced(url, quantity=2000)
    event = last(url)
    assert (event.authorization, event.reference, event.line) == (LICENCE, "D1", 1)


def test_the_same_replacement_again_is_done_once(url: str) -> None:
    reserved_as("r1", url, 10)
    export(url, reservation="r1", quantity=4, on=ON)
    replaced(url, quantity=7)
    before = stored(url)
    again = replaced(url, quantity=7)
    assert (again.open_units, again.appended and again.appended.new) == (7, False)
    assert replaced(url).open_units == 7
    for other in ({"quantity": 8}, {"on": "2025-10-01"}):
        with pytest.raises(AlreadyRecorded, match="'r2' stands in the ledger with other content"):
            replaced(url, **other)
    assert stored(url) == before


def test_an_id_that_replaced_something_else_or_nothing_is_a_conflict(url: str) -> None:
    for name in ("r0", "r1", "r2"):
        reserved_as(name, url, 10)
    with pytest.raises(AlreadyRecorded, match="'r2' stands in the ledger with other content"):
        replaced(url, "r2", "r1")
    replaced(url, "r3", "r1")
    before = stored(url)
    with pytest.raises(AlreadyRecorded, match="'r3' stands in the ledger with other content"):
        replaced(url, "r3", "r0")
    with pytest.raises(AlreadyRecorded, match="'party-buyer-2020-01-01' stands in the ledger"):
        replaced(url, "party-buyer-2020-01-01", "r0")
    assert stored(url) == before


def test_what_is_not_open_can_not_be_replaced(url: str, clock: FrozenDateTimeFactory) -> None:
    reserved_as("r1", url, 10)
    release(url, "r1", event_id="x")
    with pytest.raises(NotOpen, match=r"'r1' was released on 2026-03-01 by 'x'.*Reinstate it"):
        replaced(url)
    with pytest.raises(NotFound, match="there is no reservation 'nothing'"):
        replaced(url, replaces="nothing")
    clock.tick(1)


@pytest.mark.parametrize(
    ("event_id", "data", "kind"),
    [
        ("r2", {"device": "h999"}, InvalidRequest),
        ("r2", {"colour": "red"}, InvalidRequest),
        (" ", {"quantity": 3}, InvalidEvent),
        ("x" * 201, {"quantity": 3}, InvalidEvent),
    ],
)
def test_bad_input_releases_nothing(
    event_id: str, data: dict[str, Any], kind: type[Exception], url: str
) -> None:
    reserved_as("r1", url, 10)
    before = stored(url)
    with pytest.raises(kind):
        replaced(url, event_id, **data)
    assert stored(url) == before


def test_long_ids_leave_room_for_the_release_between_them(url: str) -> None:
    first, second = "a" * 200, "b" * 200
    reserved_as(first, url, 10)
    replaced(url, second, first, quantity=11)
    assert held_units(url) == {second: 11}
    assert replaced(url, second, first, quantity=11).open_units == 11


def test_a_lot_of_a_bundle_stays_one(url: str) -> None:
    reserve_bundle(url, [asked(1), asked(2)], bundle="b", hold_until=LONG)
    replaced(url, replaces="b/2", quantity=3)
    assert last(url).bundle == "b"
