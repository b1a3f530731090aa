"""What an answer rests on, and what each authorization that is not open still lacks."""

from ledger.core.changes import Change, changes
from ledger.core.events import AnyEvent
from tests.core.builders import (
    LPP,
    LPP_YEAR,
    NVEU,
    decided,
    granted,
    house,
    ledger_of,
    people,
    used,
)

USED_UP = used("u", LPP_YEAR, ["buyer"], 26900000)


def told(*events: AnyEvent, **lot: object) -> dict[str, Change]:
    """The changes of an answer on the books, by authorization, in their order."""
    decision = decided(ledger_of(*people("buyer"), *events), "on-the-books", **lot)
    return {change.authorization: change for change in changes(decision)}


def test_the_chosen_authorization_stands_first_with_the_facts_that_carry_it() -> None:
    found = told()
    first = next(iter(found.values()))
    assert (first.authorization, first.opens) == (LPP, False)
    assert all(missing.sources for missing in first.missing)
    by_need = {missing.needs: missing.sources for missing in first.missing}
    assert by_need["an a-class item"] == ("device-h100-2020-01-01",)
    headquarters = "no party, and no ultimate parent, headquartered in Macau or Country Group D:5"
    assert by_need[headquarters] == ("party-buyer-2020-01-01",)


def test_an_authorization_after_the_chosen_one_would_change_nothing() -> None:
    found = told(granted("n", NVEU, destinations=["BR"]))
    assert next(iter(found)) == NVEU
    assert LPP not in found
    assert "us-ear/license" not in found


def test_the_others_stand_by_how_little_each_lacks() -> None:
    lacking = [len(change.missing) for change in told(USED_UP).values() if change.opens]
    assert lacking == sorted(lacking)
    assert lacking[0] == 1


def test_without_a_chosen_one_every_authorization_tells_what_it_lacks() -> None:
    found = told(USED_UP)
    assert all(change.opens for change in found.values())
    (line,) = found["us-ear/license"].missing
    assert line.found == "no live licence line covers the lot"
    assert (line.row, line.cite) == ("us-ear/license", "15 CFR 750.7(a),(g)")


def test_an_open_fact_is_missing_as_well_as_a_wrong_one() -> None:
    (reading,) = told(destination="SA")[LPP].missing
    assert reading.found == "no reading adopted for us-ear/lpp-in-d1-d4"


def test_a_cap_that_the_lot_exceeds_is_missing_room() -> None:
    (room,) = told(USED_UP)[LPP].missing
    assert (room.needs, room.row) == ("at most 0 TPP for buyer", LPP_YEAR)
    assert room.found == "15,832 TPP; least room on 2025-09-01"
    assert room.cite == "15 CFR 740.29(a),(d)"


def test_a_threshold_that_is_reached_is_not_missing() -> None:
    notice = told(USED_UP, unit_tpp="3200000")[LPP].missing
    assert [missing.row for missing in notice] == [LPP_YEAR]


def test_a_house_cap_is_missing_room_too() -> None:
    rows = 'per = ["end_user"]\nbasis = "exported"\nwindow = { kind = "calendar-year" }\n'
    found = told(house(rows + "allowance = [{ tpp = 1 }]"))
    assert [missing.row for missing in found[LPP].missing] == ["house/cap-1"]
