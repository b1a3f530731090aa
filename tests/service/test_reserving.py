"""Reservations from the first ask to the last unit, and what taking entries back re-opens."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest
from freezegun.api import FrozenDateTimeFactory

from ledger.core.errors import (
    AlreadyRecorded,
    InvalidEvent,
    InvalidRequest,
    NotFound,
    NotOpen,
)
from ledger.core.events import LotReleased, LotReserved
from ledger.service.recorded import Recorded
from ledger.service.releasing import release
from ledger.service.reserving import reserve, reverse
from ledger.store.writer import Appended
from tests.core.builders import (
    ALLOCATION,
    LICENCE,
    LPP,
    LPP_YEAR,
    ON,
    exported,
    licence,
    on,
    reserved,
)
from tests.service.lots import (
    LONG,
    answer_to,
    asked,
    decision_of,
    drawn_and_reserved,
    export,
    finding_of,
    held_units,
    reserved_as,
    tpp,
)
from tests.store.ledgers import LPP_UNITS, SIZE, entries_of, head_of, put, stored, verified

# ---- placing


def test_a_reservation_sets_headroom_aside_and_remembers_its_decision(url: str) -> None:
    made = reserved_as("r1", url, 1000)
    assert (made.event_id, made.appended) == ("r1", Appended(SIZE + 1, new=True))
    event = entries_of(url)[-1].event
    assert isinstance(event, LotReserved)
    assert event.authorization == LPP
    assert event.decision_id == decision_of(made).decision_id
    assert event.hold_until == LONG
    assert drawn_and_reserved(url) == ("0", tpp(1000))
    assert held_units(url) == {"r1": 1000}


def test_without_an_id_each_reservation_is_another(url: str) -> None:
    first, second = reserved_as(None, url), reserved_as(None, url)
    assert first.event_id != second.event_id
    assert first.event_id.startswith("reservation-")
    assert len(held_units(url)) == 2


def test_the_same_reservation_again_is_done_once(url: str) -> None:
    reserved_as("r1", url, 1000)
    before = stored(url)
    again = reserved_as("r1", url, 1000)
    assert again == Recorded("r1", Appended(SIZE + 1, new=False), open_units=1000)
    assert reserve(url, asked(1000), event_id="r1").appended == Appended(SIZE + 1, new=False)
    assert reserve(url, asked(1000, authorization=LPP), event_id="r1").open_units == 1000
    assert stored(url) == before


def test_a_retry_is_done_once_even_where_the_cap_is_full_now(url: str) -> None:
    reserved_as("r1", url, LPP_UNITS)
    assert reserved_as("r1", url, LPP_UNITS).appended == Appended(SIZE + 1, new=False)
    assert reserved_as("r2", url, 1).appended is None


@pytest.mark.parametrize(
    "other",
    [
        {"quantity": 999},
        {"on": "2025-09-02"},
        {"end_user": "group"},
        {"authorization": LICENCE},
        {"unit_tpp": "15832.1"},
        {"hold_until": on("2098-01-01")},
    ],
)
def test_an_id_with_another_lot_is_a_conflict(other: dict[str, Any], url: str) -> None:
    reserved_as("r1", url, 1000)
    before = stored(url)
    hold_until = other.pop("hold_until", LONG)
    data = asked(1000) | other
    with pytest.raises(
        AlreadyRecorded, match=rf"--id: the id 'r1' stands .* \(entry {SIZE + 1}\). Use an"
    ):
        reserve(url, data, event_id="r1", hold_until=hold_until)
    assert stored(url) == before


def test_an_id_of_another_kind_of_event_is_a_conflict(url: str) -> None:
    with pytest.raises(AlreadyRecorded, match="'party-buyer-2020-01-01' stands in the ledger"):
        reserved_as("party-buyer-2020-01-01", url)


def test_a_refusal_is_an_answer_and_appends_nothing(url: str) -> None:
    before = stored(url)
    made = reserved_as("r1", url, LPP_UNITS + 1)
    assert made.appended is None
    assert decision_of(made).outcome == "license-required"
    assert "id" not in made.as_data()
    assert stored(url) == before


@pytest.mark.parametrize("until", ["2026-03-01", "2026-02-28", "2001-01-01"])
def test_a_hold_in_the_past_is_refused(until: str, url: str, clock: FrozenDateTimeFactory) -> None:
    before = stored(url)
    with pytest.raises(InvalidRequest, match=f"--hold-until: hold_until {until} .*2026-03-01"):
        reserve(url, asked(), hold_until=on(until))
    assert stored(url) == before
    del clock


def test_a_hold_lasts_fourteen_days_where_nobody_says_otherwise(
    url: str, clock: FrozenDateTimeFactory
) -> None:
    reserve(url, asked(), event_id="r1")
    event = entries_of(url)[-1].event
    assert isinstance(event, LotReserved)
    assert event.hold_until == on("2026-03-15")
    clock.tick(1)


@pytest.mark.parametrize("wrong", ["", " ", " r1", "r\n1", "x" * 201])
def test_an_id_that_is_none_is_bad_input(wrong: str, url: str) -> None:
    before = stored(url)
    with pytest.raises(InvalidEvent, match="reserve: id: "):
        reserved_as(wrong, url)
    assert stored(url) == before


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"destination": "QQ"}, "request: destination: unknown country 'QQ'"),
        ({"device": "h999"}, "device: the device 'h999' is not classified"),
        ({"end_user": "who"}, "end_user: the party 'who' is not registered"),
        ({"colour": 1}, "request: unknown field 'colour'"),
        ({"quantity": "-1"}, "request: quantity: expected a whole quantity"),
        ({"quantity": "0.5"}, "request: quantity: expected a whole number"),
        ({"on": "someday"}, "request: on: expected a day as YYYY-MM-DD"),
    ],
)
def test_bad_input_reserves_nothing(changes: dict[str, object], said: str, url: str) -> None:
    before = stored(url)
    with pytest.raises(InvalidRequest, match=f"^{said}"):
        reserve(url, {**asked(), **changes}, event_id="r1")
    assert stored(url) == before


def test_the_line_of_a_licence_is_noted_with_the_lot(url: str) -> None:
    put(url, licence("D1", quantity=2000))
    made = reserved_as("r1", url, 1800)
    event = entries_of(url)[-1].event
    assert isinstance(event, LotReserved)
    assert (event.authorization, event.reference, event.line) == (LICENCE, "D1", 1)
    assert decision_of(made).authorization == LICENCE
    assert reserved_as("r2", url, 201, authorization=LICENCE).appended is None
    assert str(finding_of(answer_to(url).decision, ALLOCATION).drawdown_tpp) == tpp(2000)


# ---- giving up and expiring


def test_a_release_gives_all_of_it_back(url: str) -> None:
    reserved_as("r1", url, LPP_UNITS)
    assert reserved_as("r2", url).appended is None
    made = release(url, "r1", event_id="x")
    assert (made.event_id, made.appended) == ("x", Appended(SIZE + 2, new=True))
    assert held_units(url) == {}
    assert reserved_as("r2", url, LPP_UNITS).appended is not None


def test_a_reservation_is_released_once(url: str, clock: FrozenDateTimeFactory) -> None:
    reserved_as("r1", url)
    release(url, "r1", event_id="x")
    clock.tick(1)
    before = stored(url)
    with pytest.raises(
        NotOpen, match=r"'r1' was released on 2026-03-01 by 'x' and holds nothing. Reinstate it"
    ) as caught:
        release(url, "r1")
    assert caught.value.exit_status == 4
    assert stored(url) == before


def test_a_release_under_the_same_id_is_done_once(url: str, clock: FrozenDateTimeFactory) -> None:
    reserved_as("r1", url)
    release(url, "r1", event_id="x")
    clock.tick(60)
    assert release(url, "r1", event_id="x").appended == Appended(SIZE + 2, new=False)


def test_a_release_retried_the_next_day_is_done_once(
    url: str, clock: FrozenDateTimeFactory
) -> None:
    reserved_as("r1", url)
    assert release(url, "r1", event_id="x").appended == Appended(SIZE + 2, new=True)
    clock.move_to("2026-03-02")
    assert release(url, "r1", event_id="x").appended == Appended(SIZE + 2, new=False)
    event = entries_of(url)[-1].event
    assert (event.id, event.on) == ("x", on("2026-03-01"))


def test_a_reversal_retried_the_next_day_is_done_once(
    url: str, clock: FrozenDateTimeFactory
) -> None:
    put(url, exported("e1"))
    assert reverse(url, "e1", reason="twice", event_id="x").appended == Appended(SIZE + 2, new=True)
    clock.move_to("2026-03-02")
    assert reverse(url, "e1", reason="twice", event_id="x").appended == Appended(
        SIZE + 2, new=False
    )
    with pytest.raises(AlreadyRecorded, match="the id 'x' stands in the ledger with other"):
        reverse(url, "e1", reason="another reason", event_id="x")
    with pytest.raises(AlreadyRecorded, match="the id 'e1' stands in the ledger with other"):
        reverse(url, "e1", reason="twice", event_id="e1")


def test_a_reservation_that_is_used_up_can_not_be_released(url: str) -> None:
    reserved_as("r1", url, 5)
    export(url, reservation="r1", on=ON)
    with pytest.raises(
        NotOpen, match=r"'r1' was used up on 2025-09-01 by 'e1' and holds nothing. Place a new one"
    ):
        release(url, "r1")


@pytest.mark.parametrize("unknown", ["nothing", "party-buyer-2020-01-01"])
def test_an_unknown_reservation_is_not_found(unknown: str, url: str) -> None:
    before = stored(url)
    with pytest.raises(NotFound, match=f"there is no reservation '{unknown}'. The open ones"):
        release(url, unknown)
    with pytest.raises(NotFound, match=f"there is no reservation '{unknown}'"):
        export(url, reservation=unknown)
    assert stored(url) == before


def test_an_overdue_reservation_counts_until_the_next_recording_releases_it(
    url: str, clock: FrozenDateTimeFactory
) -> None:
    reserve(url, asked(LPP_UNITS), event_id="r1", hold_until=on("2026-03-10"))
    clock.move_to("2026-03-10")
    assert answer_to(url).overdue == ("r1",)
    assert answer_to(url).decision.outcome == "license-required"
    assert head_of(url).size == SIZE + 1
    made = reserved_as("r2", url, LPP_UNITS)
    assert made.appended == Appended(SIZE + 3, new=True)
    expiry = entries_of(url)[SIZE + 1].event
    assert isinstance(expiry, LotReleased)
    assert (expiry.reservation, expiry.reason, expiry.on) == ("r1", "expired", on("2026-03-10"))
    assert held_units(url) == {"r2": LPP_UNITS}
    assert answer_to(url).overdue == ()


def test_a_refusal_keeps_the_expiries_that_came_before_it(
    url: str, clock: FrozenDateTimeFactory
) -> None:
    reserve(url, asked(10), event_id="r1", hold_until=on("2026-03-10"))
    clock.move_to("2026-03-10")
    assert reserved_as("r2", url, LPP_UNITS + 1).appended is None
    assert entries_of(url)[-1].event.kind == "lot.released"
    assert held_units(url) == {}


def test_an_overdue_reservation_can_be_released_or_used_up_by_name(
    url: str, clock: FrozenDateTimeFactory
) -> None:
    reserve(url, asked(10), event_id="r1", hold_until=on("2026-03-10"))
    reserve(url, asked(10), event_id="r2", hold_until=on("2026-03-10"))
    clock.move_to("2026-03-11")
    made = export(url, reservation="r2", on=ON)
    assert decision_of(made).outcome == "permitted"
    assert [entry.event.kind for entry in entries_of(url)[SIZE + 2 :]] == [
        "lot.released",
        "lot.exported",
    ]
    with pytest.raises(NotOpen):
        release(url, "r1")


def test_releasing_an_overdue_reservation_says_released_not_expired(
    url: str, clock: FrozenDateTimeFactory
) -> None:
    reserve(url, asked(10), event_id="r1", hold_until=on("2026-03-10"))
    clock.move_to("2026-03-11")
    release(url, "r1")
    event = entries_of(url)[-1].event
    assert isinstance(event, LotReleased)
    assert event.reason == "released"


def test_a_retry_of_a_reservation_that_expired_says_that_it_holds_nothing(
    url: str, clock: FrozenDateTimeFactory
) -> None:
    reserve(url, asked(10), event_id="r1", hold_until=on("2026-03-10"))
    clock.move_to("2026-03-11")
    again = reserve(url, asked(10), event_id="r1")
    assert again.open_units == 0
    assert again.as_data() == {"id": "r1", "seq": SIZE + 1, "new": False, "open_units": 0}


# ---- taking back


def test_reversing_an_export_re_opens_what_it_took(url: str) -> None:
    reserved_as("r1", url, 10)
    export(url, reservation="r1", quantity=4, on=ON)
    reverse(url, "e1", reason="booked twice")
    assert drawn_and_reserved(url) == ("0", tpp(10))
    assert held_units(url) == {"r1": 10}


def test_unless_the_reservation_was_released_since(url: str) -> None:
    reserved_as("r1", url, 10)
    export(url, reservation="r1", quantity=4, on=ON)
    release(url, "r1", event_id="x")
    reverse(url, "e1", reason="booked twice")
    finding = finding_of(answer_to(url).decision, LPP_YEAR)
    assert (finding.drawdown_tpp, finding.reserved_tpp) == (0, 0)
    assert held_units(url) == {}


def test_reversing_a_reservation_gives_back_what_is_left_of_it(url: str) -> None:
    reserved_as("r1", url, 10)
    export(url, reservation="r1", quantity=4, on=ON)
    reverse(url, "r1", reason="for someone else")
    assert drawn_and_reserved(url) == (tpp(4), "0")
    with pytest.raises(NotOpen, match=r"'r1' was taken back on .* and holds nothing. Place a new"):
        release(url, "r1")


def test_reversing_a_release_holds_it_again(url: str) -> None:
    reserved_as("r1", url, 10)
    release(url, "r1", event_id="x")
    reverse(url, "x", reason="the wrong one")
    assert held_units(url) == {"r1": 10}


def test_writers_are_never_stuck_on_a_reservation_that_was_taken_back(
    url: str, clock: FrozenDateTimeFactory
) -> None:
    reserve(url, asked(10), event_id="r1", hold_until=on("2026-03-10"))
    release(url, "r1", event_id="x")
    reverse(url, "r1", reason="an error")
    reverse(url, "x", reason="an error, too")
    clock.move_to("2026-04-01")
    assert held_units(url) == {}
    assert reserved_as("r2", url, LPP_UNITS).appended is not None


def test_an_entry_is_taken_back_once(url: str) -> None:
    put(url, exported("e1"))
    reverse(url, "e1", reason="twice", event_id="x")
    before = stored(url)
    with pytest.raises(NotOpen, match=r"the event 'e1' was reversed before. Record the fact again"):
        reverse(url, "e1", reason="twice")
    with pytest.raises(InvalidEvent, match=r"a record.reversed can't be reversed"):
        reverse(url, "x", reason="not so")
    with pytest.raises(NotFound, match="there is no event 'nothing'"):
        reverse(url, "nothing", reason="why")
    with pytest.raises(InvalidEvent, match="reverse: reason: "):
        reverse(url, "r1", reason="")
    assert stored(url) == before


# ---- who records


def test_who_records_is_named_or_known_from_the_environment(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHIPLEDGER_ACTOR", "from the environment")
    reserve(url, asked(), hold_until=LONG, actor="ben")
    reserve(url, asked(), hold_until=LONG)
    actors = [entry.envelope.actor for entry in entries_of(url)[SIZE:]]
    assert actors == ["ben", "from the environment"]
    assert {entry.envelope.via for entry in entries_of(url)[SIZE:]} == {"cli"}


# ---- two writers


def test_reservations_made_at_once_never_pass_the_cap(url: str) -> None:
    def ask(number: int) -> str:
        made = reserved_as(f"r{number}", url, 100 + number)
        return "held" if made.appended is not None else "refused"

    with ThreadPoolExecutor(4) as pool:
        found = Counter(pool.map(ask, range(24)))
    held = held_units(url)
    assert found == {"held": len(held), "refused": 24 - len(held)}
    assert 0 < found["refused"] < 24
    assert LPP_UNITS - 124 < sum(held.values()) <= LPP_UNITS
    assert verified(url).entries == head_of(url).size == SIZE + len(held)


def test_one_id_asked_for_at_once_is_reserved_once(url: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: reserved_as("r1", url, 10), range(8)))
    assert Counter(one.appended for one in made) == {
        Appended(SIZE + 1, new=True): 1,
        Appended(SIZE + 1, new=False): 7,
    }
    assert held_units(url) == {"r1": 10}


def test_a_reservation_of_a_future_day_binds_a_lot_of_today(url: str) -> None:
    put(url, reserved("later", on="2025-12-31", quantity=1000, hold_until=str(LONG)))
    finding = finding_of(answer_to(url, 800).decision, LPP_YEAR)
    assert (finding.binding_on, finding.headroom_units) == (date(2025, 12, 31), LPP_UNITS - 1000)
