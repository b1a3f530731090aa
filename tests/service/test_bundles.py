"""Bundles: each lot is decided after those before it, and all are recorded or none."""

from typing import Any

import pytest
from freezegun.api import FrozenDateTimeFactory
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.core.errors import AlreadyRecorded, InvalidEvent, InvalidRequest, LedgerError, NotOpen
from ledger.core.events import LotReserved
from ledger.service.bundles import Bundle, reserve_bundle, reserve_bundle_in
from ledger.service.bundles_held import extend_bundle, release_bundle
from ledger.service.reserving import reverse
from tests.core.builders import ON, house, licence, on
from tests.service.lots import LINES, LONG, asked, explained, held_units, reserved_as
from tests.store.ledgers import (
    LPP_UNITS,
    MARK,
    SIZE,
    entries_of,
    head_of,
    in_memory,
    put,
    put_into,
    stored,
)


def together(url: str, *lots: dict[str, Any], bundle: str | None = "b") -> Bundle:
    return reserve_bundle(url, lots, bundle=bundle, hold_until=LONG)


def test_every_lot_is_reserved_on_the_decision_at_the_head_that_it_is_appended_to(url: str) -> None:
    made = together(url, asked(100), asked(200, on="2025-10-01"), asked(300))
    assert (made.reserved, made.refused) == (True, [])
    assert held_units(url) == {"b/1": 100, "b/2": 200, "b/3": 300}
    events = [entry.event for entry in entries_of(url)[SIZE:]]
    for place, event in enumerate(events):
        assert isinstance(event, LotReserved)
        assert (event.bundle, event.hold_until) == ("b", LONG)
        found = explained(url, event.id).decision
        assert found is not None
        assert found.decision_id == event.decision_id
        assert found.as_of.size == SIZE + place
        answer = made.lots[place][1].answer
        assert answer is not None
        assert answer.decision == found


def test_a_lot_that_does_not_fit_after_the_others_refuses_them_all(url: str) -> None:
    before = stored(url)
    made = together(url, asked(1000), asked(LPP_UNITS), asked(600), asked(100))
    assert not made.reserved
    assert [place for place, _ in made.refused] == [2, 4]
    room = [
        (one.change, one.value) for _, answer in made.refused for one in answer.alternatives[:1]
    ]
    assert room == [("quantity", LPP_UNITS - 1000), ("quantity", LPP_UNITS - 1600)]
    data = made.as_data()
    assert (data["reserved"], data["refused"]) == (False, [2, 4])
    outcomes = [lot["decision"]["outcome"] for lot in data["lots"]]
    assert outcomes == ["permitted", "license-required", "permitted", "license-required"]
    assert all("seq" not in lot for lot in data["lots"])
    assert stored(url) == before


def test_the_same_bundle_again_is_reserved_once(url: str) -> None:
    lots = (asked(100), asked(200, id="mine"))
    first = together(url, *lots)
    before = stored(url)
    again = together(url, *lots)
    assert [(name, made.open_units) for name, made in again.lots] == [("b/1", 100), ("mine", 200)]
    assert [made.appended and made.appended.seq for _, made in again.lots] == [
        made.appended and made.appended.seq for _, made in first.lots
    ]
    assert again.reserved
    assert stored(url) == before


@pytest.mark.parametrize(
    "lots",
    [
        [asked(100)],
        [asked(100), asked(201)],
        [asked(100), asked(200), asked(1)],
        [asked(100), asked(200, id="other")],
        [asked(200), asked(100)],
    ],
)
def test_a_bundle_id_with_other_lots_is_a_conflict(lots: list[dict[str, Any]], url: str) -> None:
    together(url, asked(100), asked(200))
    before = stored(url)
    with pytest.raises(AlreadyRecorded, match="stands in the ledger with other content"):
        together(url, *lots)
    assert stored(url) == before


def test_a_lots_own_id_that_is_taken_is_a_conflict(url: str) -> None:
    reserved_as("mine", url, 200)
    before = stored(url)
    with pytest.raises(AlreadyRecorded, match="'mine' stands in the ledger with other content"):
        together(url, asked(100), asked(200, id="mine"))
    assert stored(url) == before


@pytest.mark.parametrize(
    ("lots", "kind", "said"),
    [
        ([], InvalidRequest, "--bundle: the bundle holds no lot"),
        ([asked(1), asked(1, device="h999")], InvalidRequest, "^lot 2: device: the device 'h999'"),
        ([asked(1), asked(1, exporter="who")], InvalidRequest, "^lot 2: exporter: the party"),
        ([asked(1, colour=1)], InvalidRequest, "^lot 1: request: unknown field 'colour'"),
        ([asked(1, id="a"), asked(1, id="a")], InvalidRequest, "^lot 2: the id 'a' stands twice"),
        ([asked(1), asked(1, id=" ")], InvalidEvent, "^lot 2: reserve: id: "),
    ],
)
def test_bad_input_names_the_lot_and_reserves_none(
    lots: list[dict[str, Any]], kind: type[LedgerError], said: str, url: str
) -> None:
    before = stored(url)
    with pytest.raises(kind, match=said):
        together(url, *lots)
    assert stored(url) == before


def test_lots_of_a_bundle_share_a_licence_line_until_it_is_used_up(url: str) -> None:
    put(url, licence("D1", lines=LINES[:1]))
    named = {"authorization": "us-ear/license"}
    made = together(url, asked(1500, **named), asked(501, **named))
    assert [place for place, _ in made.refused] == [2]
    assert together(url, asked(1500, **named), asked(500, **named)).reserved


def test_a_bundle_counts_no_hold_that_has_passed(url: str, clock: FrozenDateTimeFactory) -> None:
    reserve_bundle(url, [asked(LPP_UNITS)], bundle="old", hold_until=on("2026-03-10"))
    clock.move_to("2026-03-10")
    assert together(url, asked(LPP_UNITS - 1), asked(1)).reserved
    assert held_units(url) == {"b/1": LPP_UNITS - 1, "b/2": 1}


def test_what_a_bundle_holds_is_released_but_for_what_was_taken_back(url: str) -> None:
    together(url, asked(1), asked(2), asked(3))
    reverse(url, "b/2", reason="error")
    assert [one for one, _ in release_bundle(url, "b", event_id="x").each] == ["b/1", "b/3"]
    before = stored(url)
    assert [one for one, _ in release_bundle(url, "b", event_id="x").each] == ["b/1", "b/3"]
    with pytest.raises(AlreadyRecorded, match="'x/b/1' stands in the ledger with other content"):
        extend_bundle(url, "b", on("2099-02-01"), event_id="x")
    with pytest.raises(NotOpen, match="the bundle 'b' holds nothing"):
        extend_bundle(url, "b", on("2099-02-01"))
    assert stored(url) == before


def test_a_bundle_is_held_longer_as_a_whole(url: str) -> None:
    together(url, asked(1), asked(2))
    found = extend_bundle(url, "b", on("2099-02-01"))
    assert [one for one, _ in found.each] == ["b/1", "b/2"]
    size = head_of(url).size
    told = extend_bundle(url, "b", on("2099-02-01"))
    assert all(made.note is not None for _, made in told.each)
    assert head_of(url).size == size


lots_of_a_bundle = st.lists(
    st.tuples(
        st.integers(1, 900),
        st.sampled_from([ON, "2025-12-31", "2026-01-01", "2025-06-10"]),
        st.sampled_from(["buyer", "group", "branch"]),
    ),
    min_size=1,
    max_size=6,
)
ROLLING = (
    'per = ["exporter"]\nbasis = "exported"\nwindow = { kind = "rolling", days = 90 }\n'
    "allowance = [{ tpp = 20000000 }]\n"
)
STOCK = (
    'per = ["destination"]\nbasis = "installed"\nwindow = { kind = "stock" }\n'
    "allowance = [{ tpp = 30000000 }]\n"
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(lots_of_a_bundle)
def test_a_bundle_goes_in_if_each_lot_would_after_the_others(
    drawn: list[tuple[int, str, str]],
) -> None:
    """The rehearsal on plain lists of movements answers as reserving one by one does."""
    lots = [asked(n, on=day, ultimate_consignee=who) for n, day, who in drawn]
    one_by_one, at_once = in_memory(), in_memory()
    try:
        for ledger in (one_by_one, at_once):
            put_into(ledger, [house(ROLLING, STOCK)])
        with one_by_one.writing() as writer:
            singly = [
                reserve_bundle_in(writer, MARK, [lot], bundle=f"b{place}", hold_until=LONG)
                for place, lot in enumerate(lots)
            ]
        with at_once.writing() as writer:
            made = reserve_bundle_in(writer, MARK, lots, bundle="b", hold_until=LONG)
        expected = [place for place, one in enumerate(singly, start=1) if not one.reserved]
        assert [place for place, _ in made.refused] == expected
        size = at_once.head().size
        assert size == SIZE + 1 + (0 if expected else len(lots))
    finally:
        one_by_one.close()
        at_once.close()
