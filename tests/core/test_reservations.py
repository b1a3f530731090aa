import pytest

from ledger.core.errors import InvalidEvent, NotFound, NotOpen
from ledger.core.movements import recording
from ledger.core.positions import Recording
from tests.core.builders import (
    event,
    exported,
    licence,
    released,
    reserved,
    reversed_,
)
from tests.core.lives import draws, life


def test_a_reservation_holds_its_units_until_they_go_or_are_released() -> None:
    ledger = life()
    assert draws(ledger, reserved("r", quantity=10)) == [("reserved", 10, "158320")]
    went = draws(ledger, exported("e", quantity=4, reservation="r"))
    assert went == [("exported", 4, "63328"), ("reserved", -4, "-63328")]
    assert draws(ledger, released("x", "r")) == [("reserved", -6, "-94992")]
    with pytest.raises(NotOpen, match="'r' was released on 2025-09-01 by 'x' and holds nothing"):
        ledger.append(released("y", "r"))


def test_a_release_names_all_that_the_reservation_named() -> None:
    ledger = life(licence())
    held = ledger.append(reserved("r", quantity=3, reference="D100", line=1)).movements[0]
    (freed,) = ledger.append(released("x", "r")).movements
    assert freed == held.taken_back()


def test_a_final_export_closes_the_reservation_whatever_is_left() -> None:
    ledger = life(reserved("r", quantity=10))
    went = draws(ledger, exported("e", quantity=4, reservation="r", final=True))
    assert went == [("exported", 4, "63328"), ("reserved", -10, "-158320")]
    with pytest.raises(NotOpen, match="'r' was used up on 2025-08-01 by 'e' and holds nothing"):
        ledger.append(released("x", "r"))


def test_an_export_takes_no_more_than_is_reserved() -> None:
    ledger = life(reserved("r", quantity=2))
    went = draws(ledger, exported("e", quantity=3, reservation="r"))
    assert went == [("exported", 3, "47496"), ("reserved", -2, "-31664")]


def test_an_export_frees_what_was_reserved_at_the_tpp_that_was_reserved() -> None:
    ledger = life(reserved("r", quantity=3, unit_tpp="100"))
    went = draws(ledger, exported("e", quantity=1, unit_tpp="120", reservation="r"))
    assert went == [("exported", 1, "120"), ("reserved", -1, "-100")]


@pytest.mark.parametrize(
    "other", [{"device": "b200"}, {"destination": "CL"}, {"ultimate_consignee": "other"}]
)
def test_an_export_may_not_use_a_reservation_of_another_lot(other: dict[str, str]) -> None:
    with pytest.raises(InvalidEvent, match="the reservation 'r' is for h100 to buyer in BR"):
        life(reserved("r")).append(exported("e", reservation="r", **other))


def test_a_reservation_that_does_not_exist_is_not_found() -> None:
    for new in (released("x", "e"), exported("f", reservation="nothing")):
        with pytest.raises(NotFound, match="there is no reservation '"):
            life(exported("e")).append(new)


def test_an_extension_draws_nothing_and_needs_an_open_reservation() -> None:
    more = event(
        kind="lot.extended", id="m", on="2025-09-01", reservation="r", hold_until="2026-01-01"
    )
    ledger = life(reserved("r"))
    assert ledger.append(more) == Recording()
    ledger.append(released("x", "r"))
    with pytest.raises(NotOpen):
        recording(more, ledger, ledger.law)


def test_a_reservation_inside_the_united_states_is_held_as_domestic() -> None:
    ledger = life()
    inside = {"destination": "US", "ultimate_consignee": "seller", "end_user": "seller"}
    assert draws(ledger, reserved("r", quantity=3, **inside)) == [("reserved-domestic", 3, "47496")]
    assert draws(ledger, exported("e", quantity=1, reservation="r", **inside)) == [
        ("domestic", 1, "15832"),
        ("reserved-domestic", -1, "-15832"),
    ]
    assert getattr(ledger.reservation("r"), "open_units", None) == 2
    assert draws(ledger, released("x", "r")) == [("reserved-domestic", -2, "-31664")]
    assert draws(ledger, reversed_("y", "x")) == [("reserved-domestic", 2, "31664")]
    assert draws(ledger, reversed_("z", "e")) == [
        ("domestic", -1, "-15832"),
        ("reserved-domestic", 1, "15832"),
    ]
    assert getattr(ledger.reservation("r"), "open_units", None) == 3
