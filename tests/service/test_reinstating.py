"""Reinstating: the same lot under the same authorization, decided on again, linked to the old."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from freezegun.api import FrozenDateTimeFactory

from ledger.core.errors import AlreadyRecorded, InvalidRequest, NotOpen
from ledger.core.events import LotReserved
from ledger.service.recorded import Recorded
from ledger.service.reinstating import reinstate
from ledger.service.releasing import release
from tests.core.builders import LICENCE, LPP, ON, ended, licence, on
from tests.service.lots import (
    LINES,
    LONG,
    decision_of,
    drawn_and_reserved,
    explained,
    export,
    held_units,
    reserved_as,
    tpp,
)
from tests.store.ledgers import LPP_UNITS, entries_of, put, stored


def test_the_new_reservation_is_the_same_lot_linked_to_the_old(url: str) -> None:
    reserved_as("r1", url, 10, end_user="group", purchaser="branch", unit_tpp="15000")
    export(url, reservation="r1", quantity=4, on=ON)
    release(url, "r1")
    made = reinstate(url, "r1", event_id="r2", hold_until=LONG)
    event = entries_of(url)[-1].event
    assert isinstance(event, LotReserved)
    assert (event.id, event.reinstates, event.quantity) == ("r2", "r1", 6)
    assert (event.end_user, event.purchaser, str(event.unit_tpp)) == ("group", "branch", "15000")
    assert (event.on, event.authorization, event.hold_until) == (on(ON), LPP, LONG)
    assert event.decision_id == decision_of(made).decision_id
    assert explained(url, "r2").decision == decision_of(made)
    assert held_units(url) == {"r2": 6}


def test_it_is_refused_where_it_no_longer_fits_and_told_what_would(url: str) -> None:
    reserved_as("r1", url, 700)
    release(url, "r1")
    reserved_as("r2", url, 1200)
    before = stored(url)
    made = reinstate(url, "r1")
    assert (made.appended, decision_of(made).outcome) == (None, "license-required")
    assert made.answer is not None
    options = {one.change: one.value for one in made.answer.alternatives}
    assert options["quantity"] == LPP_UNITS - 1200
    assert stored(url) == before


def test_it_goes_under_the_line_that_it_went_under_before(url: str) -> None:
    put(url, licence("D1", lines=LINES))
    reserved_as("r1", url, 2500, authorization=LICENCE)
    first = entries_of(url)[-1].event
    assert isinstance(first, LotReserved)
    assert (first.reference, first.line) == ("D1", 2)
    release(url, "r1")
    reinstate(url, "r1", event_id="r2")
    event = entries_of(url)[-1].event
    assert isinstance(event, LotReserved)
    assert (event.authorization, event.reference, event.line) == (LICENCE, "D1", 2)
    release(url, "r2")
    put(url, ended("over", "D1", "2025-08-01"))
    assert reinstate(url, "r2").appended is None


def test_a_hold_that_passes_is_never_counted_against_its_own_reinstatement(
    url: str, clock: FrozenDateTimeFactory
) -> None:
    reserved_as("r1", url, LPP_UNITS - 10)
    release(url, "r1")
    made = reinstate(url, "r1", event_id="r2", hold_until=on("2026-03-10"))
    assert made.appended is not None
    clock.move_to("2026-03-10")
    assert reinstate(url, "r2", event_id="r3").appended is not None
    assert drawn_and_reserved(url) == ("0", tpp(LPP_UNITS - 10))


@pytest.mark.parametrize(
    "other", [{"hold_until": on("2098-01-01")}, {"reservation": "r0"}], ids=["hold", "another"]
)
def test_the_id_of_another_reinstatement_is_a_conflict(other: dict[str, Any], url: str) -> None:
    for name in ("r0", "r1"):
        reserved_as(name, url, 10)
        release(url, name)
    reinstate(url, "r1", event_id="r2", hold_until=LONG)
    before = stored(url)
    with pytest.raises(AlreadyRecorded, match="--id: the id 'r2' stands in the ledger with other"):
        reinstate(url, **{"reservation": "r1", "event_id": "r2", "hold_until": LONG, **other})
    with pytest.raises(AlreadyRecorded, match="'party-buyer-2020-01-01' stands in the ledger"):
        reinstate(url, "r1", event_id="party-buyer-2020-01-01")
    assert stored(url) == before


def test_a_hold_in_the_past_is_refused(url: str, clock: FrozenDateTimeFactory) -> None:
    reserved_as("r1", url, 10)
    release(url, "r1")
    with pytest.raises(InvalidRequest, match=r"--hold-until: hold_until 2026-03-01 .*has come"):
        reinstate(url, "r1", hold_until=on("2026-03-01"))
    del clock


def _told(do: Callable[[], Recorded]) -> str:
    try:
        return "done" if do().appended else "refused"
    except NotOpen:
        return "not open"


@pytest.mark.parametrize("ending", ["release", "reinstate"])
def test_of_many_who_resolve_a_reservation_at_once_one_does(ending: str, url: str) -> None:
    reserved_as("r1", url, 10)
    do = {"release": lambda: release(url, "r1"), "reinstate": lambda: reinstate(url, "r1")}
    if ending == "reinstate":
        release(url, "r1")
    with ThreadPoolExecutor(4) as pool:
        told = Counter(pool.map(lambda _: _told(do[ending]), range(8)))
    assert told == {"done": 1, "not open": 7}
    assert sum(held_units(url).values()) == (10 if ending == "reinstate" else 0)
