"""Holding a reservation for longer: never shorter, never after its day has come."""

import pytest
from freezegun.api import FrozenDateTimeFactory

from ledger.core.errors import AlreadyRecorded, Conflict, InvalidRequest, NotFound, NotOpen
from ledger.service.extending import extend
from ledger.service.overview import Filters, headroom
from ledger.service.recorded import Recorded
from ledger.service.reserving import reserve, reverse
from ledger.store.writer import Appended
from tests.core.builders import on
from tests.service.lots import asked, drawn_and_reserved
from tests.store.ledgers import SIZE, stored


def held_until(url: str) -> str:
    (one,) = headroom(url, Filters()).reservations
    return str(one.hold_until)


@pytest.fixture(autouse=True)
def _reserved(url: str, clock: FrozenDateTimeFactory) -> None:
    """A reservation of ten units until 2026-03-10, placed on 2026-03-01."""
    reserve(url, asked(10), event_id="r1", hold_until=on("2026-03-10"))
    clock.tick(1)


def test_an_extension_moves_the_day_and_no_figure(url: str) -> None:
    figures = drawn_and_reserved(url)
    made = extend(url, "r1", on("2026-04-01"), event_id="x")
    assert made == Recorded("x", Appended(SIZE + 2, new=True))
    assert (held_until(url), drawn_and_reserved(url)) == ("2026-04-01", figures)
    reverse(url, "x", reason="error")
    assert held_until(url) == "2026-03-10"


def test_the_day_that_it_is_held_until_already_changes_nothing_and_says_so(url: str) -> None:
    before = stored(url)
    made = extend(url, "r1", on("2026-03-10"), event_id="x")
    assert made.as_data() == {
        "id": "r1",
        "seq": SIZE + 1,
        "new": False,
        "open_units": 10,
        "note": "'r1' is held until 2026-03-10 already: nothing was recorded",
    }
    assert stored(url) == before


def test_a_hold_is_never_shortened(url: str) -> None:
    extend(url, "r1", on("2026-04-01"))
    before = stored(url)
    with pytest.raises(
        Conflict, match=r"held until 2026-04-01, which is after 2026-03-20: a hold is not shortened"
    ):
        extend(url, "r1", on("2026-03-20"))
    assert stored(url) == before


def test_an_extension_under_the_same_id_is_done_once(
    url: str, clock: FrozenDateTimeFactory
) -> None:
    extend(url, "r1", on("2026-04-01"), event_id="x")
    clock.move_to("2026-03-05")
    again = extend(url, "r1", on("2026-04-01"), event_id="x")
    assert again.appended == Appended(SIZE + 2, new=False)
    with pytest.raises(AlreadyRecorded, match="'x' stands in the ledger with other content"):
        extend(url, "r1", on("2026-04-02"), event_id="x")


@pytest.mark.parametrize("day", ["2026-03-01", "2025-01-01"])
def test_a_day_that_has_come_is_refused(day: str, url: str) -> None:
    before = stored(url)
    with pytest.raises(InvalidRequest, match=f"--hold-until: hold_until {day} is the first"):
        extend(url, "r1", on(day))
    assert stored(url) == before


def test_a_hold_whose_day_has_come_expires_first(url: str, clock: FrozenDateTimeFactory) -> None:
    clock.move_to("2026-03-10")
    with pytest.raises(
        NotOpen, match=r"'r1' expired on 2026-03-10 by 'expiry of r1 .*'chipledger reinstate r1'"
    ):
        extend(url, "r1", on("2026-04-01"))
    assert drawn_and_reserved(url) == ("0", "0")


def test_an_unknown_reservation_is_not_found(url: str) -> None:
    with pytest.raises(NotFound, match="there is no reservation 'nothing'"):
        extend(url, "nothing", on("2026-04-01"))
