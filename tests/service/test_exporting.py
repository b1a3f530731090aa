"""Lots that have gone: from a reservation, under a licence, or of their own."""

from typing import Any

import pytest
from freezegun.api import FrozenDateTimeFactory

from ledger.core.errors import (
    AlreadyRecorded,
    Conflict,
    InvalidEvent,
    InvalidRequest,
    LedgerError,
    NotOpen,
)
from ledger.core.events import LotExported
from ledger.service.overview import Filters, headroom
from ledger.service.recorded import Recorded
from ledger.store.writer import Appended
from tests.core.builders import (
    LICENCE,
    LPP,
    LPP_YEAR,
    ON,
    licence,
    on,
)
from tests.service.lots import (
    LINE,
    LINES,
    asked,
    decision_of,
    drawn_and_reserved,
    explained,
    export,
    finding_of,
    held_units,
    reserved_as,
    tpp,
)
from tests.store.ledgers import LPP_UNITS, SIZE, entries_of, put, stored


def test_an_export_of_its_own_is_recorded_with_its_decision(url: str) -> None:
    made = export(url, **asked(10))
    event = entries_of(url)[-1].event
    assert isinstance(event, LotExported)
    assert (event.authorization, event.quantity) == (LPP, 10)
    assert event.decision_id == decision_of(made).decision_id
    assert drawn_and_reserved(url) == (tpp(10), "0")


def test_an_export_from_a_reservation_takes_the_lot_from_it(url: str) -> None:
    reserved_as("r1", url, 10, end_user="group", purchaser="branch")
    export(url, reservation="r1", document="ITN-1", on=ON)
    event = entries_of(url)[-1].event
    assert isinstance(event, LotExported)
    assert (event.quantity, event.on, event.end_user) == (10, on(ON), "group")
    assert (event.purchaser, event.authorization, event.document) == ("branch", LPP, "ITN-1")
    assert drawn_and_reserved(url) == (tpp(10), "0")
    assert held_units(url) == {}


def test_a_lot_went_today_where_nobody_names_the_day(
    url: str, clock: FrozenDateTimeFactory
) -> None:
    reserved_as("r1", url, 10)
    made = export(url, reservation="r1")
    assert decision_of(made).request.on == entries_of(url)[-1].event.on == on("2026-03-01")
    assert drawn_and_reserved(url) == ("0", "0")
    clock.tick(1)


@pytest.mark.parametrize("day", ["2026-03-02", "2027-01-01"])
@pytest.mark.parametrize("from_reservation", [True, False])
def test_a_lot_of_a_day_that_has_not_come_has_not_gone(
    day: str,
    from_reservation: bool,  # noqa: FBT001 -- a case
    url: str,
    clock: FrozenDateTimeFactory,
) -> None:
    reserved_as("r1", url, 10)
    before = stored(url)
    fields = {"reservation": "r1"} if from_reservation else asked(4, authorization="unknown")
    with pytest.raises(InvalidRequest, match=f"^--on: {day} has not come yet: .*Reserve") as caught:
        export(url, **{**fields, "on": day})
    assert caught.value.exit_status == 2
    assert stored(url) == before
    clock.move_to(day)
    assert export(url, **{**fields, "on": day}).appended == Appended(SIZE + 2, new=True)


def test_an_export_under_a_line_of_a_licence_draws_on_it_and_answers_for_it(url: str) -> None:
    put(url, licence("D1", lines=LINES))
    made = export(url, **asked(100, authorization=LICENCE), reference="D1", line=2)
    event = entries_of(url)[-1].event
    assert isinstance(event, LotExported)
    assert (event.authorization, event.reference, event.line) == (LICENCE, "D1", 2)
    decision = decision_of(made)
    assert (decision.outcome, decision.line) == ("permitted", "D1/2")
    (finding,) = decision.findings
    assert (finding.cap, finding.holder, finding.headroom_units) == (LINE, ("D1", "2"), 3000)
    assert explained(url, "e1").decision == decision
    after = {f.holder: f for f in headroom(url, Filters(cap=LINE), on=on(ON)).findings}
    drawn = {holder: str(f.drawdown_tpp) for holder, f in after.items()}
    assert drawn == {("D1", "1"): "0", ("D1", "2"): tpp(100), ("D1", "3"): "0"}
    assert str(after["D1", "2"].headroom_tpp) == tpp(2900)


def test_a_line_that_is_named_and_full_is_not_helped_by_another(url: str) -> None:
    put(url, licence("D1", lines=LINES))
    named = asked(2500, authorization=LICENCE)
    assert decision_of(export(url, "e1", **named)).outcome == "permitted"
    again = export(url, "e2", **named, reference="D1", line=1)
    assert decision_of(again).outcome == "license-required"
    finding = finding_of(decision_of(again), LINE)
    assert (finding.holder, finding.fits) == (("D1", "1"), False)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (3, "line: line 3 of 'D1' is for h200, not h100. Name the line of this device"),
        (9, "line: 'D1' has no line 9. Use one of 1, 2, 3"),
    ],
)
def test_a_line_of_another_device_is_refused(line: int, said: str, url: str) -> None:
    put(url, licence("D1", lines=LINES))
    before = stored(url)
    with pytest.raises(InvalidEvent, match=said):
        export(url, **asked(1, authorization=LICENCE), reference="D1", line=line)
    assert stored(url) == before


def test_an_export_of_a_part_leaves_the_rest_reserved(url: str) -> None:
    reserved_as("r1", url, 10)
    export(url, "e1", reservation="r1", quantity=4, on=ON)
    assert drawn_and_reserved(url) == (tpp(4), tpp(6))
    export(url, "e2", reservation="r1", on=ON)
    assert drawn_and_reserved(url) == (tpp(10), "0")
    with pytest.raises(NotOpen, match="'r1' was used up on 2025-09-01 by 'e2'"):
        export(url, "e3", reservation="r1", on=ON)


def test_a_final_export_of_a_part_gives_the_rest_back(url: str) -> None:
    reserved_as("r1", url, 10)
    export(url, reservation="r1", quantity=4, final=True, on=ON)
    assert drawn_and_reserved(url) == (tpp(4), "0")
    assert held_units(url) == {}


def test_an_export_of_more_than_was_reserved_is_recorded_in_full(url: str) -> None:
    reserved_as("r1", url, 10)
    export(url, reservation="r1", quantity=25, on=ON, more_than_reserved=True)
    assert drawn_and_reserved(url) == (tpp(25), "0")


def test_an_exports_own_reservation_does_not_stand_in_its_way(url: str) -> None:
    reserved_as("r1", url, LPP_UNITS)
    made = export(url, reservation="r1", on=ON)
    assert decision_of(made).outcome == "permitted"
    assert decision_of(made).without == "r1"
    assert str(finding_of(decision_of(made), LPP_YEAR).reserved_tpp) == "0"


def test_another_reservation_does(url: str) -> None:
    reserved_as("r1", url, 1000)
    reserved_as("r2", url, 600)
    made = export(url, reservation="r1", quantity=1200, on=ON, more_than_reserved=True)
    assert decision_of(made).outcome == "license-required"
    assert drawn_and_reserved(url) == (tpp(1200), tpp(600))


def test_a_fact_is_recorded_whatever_the_caps_say_once_its_ground_is_named(url: str) -> None:
    before = stored(url)
    with pytest.raises(Conflict, match=r"--authorization: the lot is license-required.*'unknown'"):
        export(url, **asked(LPP_UNITS + 1))
    assert stored(url) == before
    for event_id, named in (("e1", LPP), ("e2", "unknown")):
        made = export(url, event_id, **asked(LPP_UNITS + 1, authorization=named))
        assert decision_of(made).outcome == "license-required"
    # Only the first is known to have gone under LPP.
    assert drawn_and_reserved(url) == (tpp(LPP_UNITS + 1), "0")


@pytest.mark.parametrize("from_reservation", [True, False])
def test_the_same_export_again_is_done_once(from_reservation: bool, url: str) -> None:  # noqa: FBT001 -- a case
    reserved_as("r1", url, 10)
    fields = {"reservation": "r1", "quantity": 4, "on": ON} if from_reservation else asked(4)
    export(url, **fields)
    before = stored(url)
    again = export(url, **fields)
    assert again == Recorded("e1", Appended(SIZE + 2, new=False))
    assert stored(url) == before


def test_the_same_whole_export_of_a_reservation_again_is_done_once(url: str) -> None:
    reserved_as("r1", url, 10)
    export(url, reservation="r1", on=ON)
    assert export(url, reservation="r1", on=ON).appended == Appended(SIZE + 2, new=False)


@pytest.mark.parametrize(
    "other",
    [{"quantity": 5}, {"on": "2025-09-02"}, {"document": "ITN-2"}, {"authorization": "unknown"}],
)
def test_an_export_id_with_another_lot_is_a_conflict(other: dict[str, Any], url: str) -> None:
    export(url, **asked(4), document="ITN-1")
    before = stored(url)
    with pytest.raises(AlreadyRecorded, match="the id 'e1' stands in the ledger with other conte"):
        export(url, **({**asked(4), "document": "ITN-1"} | other))
    assert stored(url) == before


@pytest.mark.parametrize(
    ("changes", "kind", "said"),
    [
        ({"reference": "D9", "line": 1}, InvalidEvent, "no authorization has the reference 'D9'"),
        ({"line": 1}, InvalidEvent, "line needs the reference of its licence"),
        ({"final": True}, InvalidEvent, "final closes a reservation: name it"),
        ({"quantity": "1.5"}, InvalidRequest, "quantity: expected a whole number"),
        ({"device": "h999"}, InvalidRequest, "device: the device 'h999' is not classified"),
        ({"authorization": "us-ear/x"}, InvalidRequest, "knows the authorization 'us-ear/x'"),
    ],
)
def test_a_wrong_export_is_refused_and_nothing_is_written(
    changes: dict[str, Any], kind: type[LedgerError], said: str, url: str
) -> None:
    before = stored(url)
    with pytest.raises(kind, match=said):
        export(url, **(asked() | changes))
    assert stored(url) == before


def test_an_export_of_another_lot_can_not_use_a_reservation_up(url: str) -> None:
    reserved_as("r1", url, 10)
    before = stored(url)
    with pytest.raises(InvalidEvent, match="'r1' is for h100 to buyer in BR, not for this lot"):
        export(url, reservation="r1", device="h200", on=ON)
    assert stored(url) == before
