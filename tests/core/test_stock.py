import pytest

from ledger.core.errors import InvalidEvent, NotFound
from ledger.core.memory import MemoryPrefix
from ledger.core.positions import Kind, Recording
from ledger.core.stock import uncovered
from ledger.core.values import Tpp
from tests.core.builders import (
    amounts,
    attrited,
    declared,
    exported,
    relocated,
    reserved,
)
from tests.core.lives import draws, installed, life


def test_declared_stock_counts_at_the_tpp_of_its_day() -> None:
    ledger = life()
    assert draws(ledger, declared("s", quantity=3)) == [("declared", 3, "47496")]
    assert installed(ledger) == (3, 474960)


def test_attrition_frees_what_is_recorded_and_reports_the_excess() -> None:
    ledger = life(declared("s", quantity=3))
    found = ledger.append(attrited("a", quantity=5))
    assert amounts(found.movements) == [("attrited", -3, "-47496")]
    assert found.excess_units == 2
    assert installed(ledger) == (0, 0)
    again = ledger.append(attrited("b", quantity=5))
    assert again == Recording(excess_units=5)


def test_attrition_of_a_known_export_is_freed_at_the_tpp_that_was_drawn() -> None:
    lots = [exported("e", quantity=4, unit_tpp="100"), exported("f", quantity=4, unit_tpp="300")]
    ledger = life(*lots)
    assert draws(ledger, attrited("a", quantity=2)) == [("attrited", -2, "-400")]
    ledger = life(*lots)
    assert draws(ledger, attrited("a", quantity=3, lot="e")) == [("attrited", -3, "-300")]
    found = ledger.append(attrited("b", quantity=3, lot="e"))
    assert (amounts(found.movements), found.excess_units) == ([("attrited", -1, "-100")], 2)
    assert ledger.append(attrited("c", quantity=3, lot="e")) == Recording(excess_units=3)


def test_attrition_before_the_units_came_frees_nothing() -> None:
    ledger = life(exported("e", quantity=4))
    assert ledger.append(attrited("a", on="2025-07-31")) == Recording(excess_units=1)
    assert ledger.append(attrited("b", on="2025-07-31", lot="e")) == Recording(excess_units=1)


def test_what_comes_and_goes_on_one_later_day_leaves_what_is_there_before() -> None:
    ledger = life(
        declared("s", quantity=30, on="2025-01-01"),
        exported("e", quantity=32, on="2026-01-01"),
        attrited("a", quantity=32, on="2026-01-01"),
    )
    assert draws(ledger, attrited("b", quantity=9, on="2025-12-31")) == [
        ("attrited", -9, "-142488")
    ]


def test_back_dated_attrition_leaves_what_later_attrition_took() -> None:
    ledger = life(declared("s", quantity=10), attrited("a", on="2025-12-01", quantity=8))
    found = ledger.append(attrited("b", on="2025-06-01", quantity=5))
    assert (amounts(found.movements), found.excess_units) == ([("attrited", -2, "-31664")], 3)


def test_attrition_of_an_unknown_or_another_lot_is_refused() -> None:
    ledger = life(exported("e"), reserved("r"), declared("s"))
    for nothing in ("nothing", "r"):
        with pytest.raises(NotFound, match=f"no export or stock has the id '{nothing}'"):
            ledger.append(attrited("a", lot=nothing))
    with pytest.raises(InvalidEvent, match="the lot 'e' is h100 of buyer in BR"):
        ledger.append(attrited("a", lot="e", destination="CL"))


def test_a_relocation_moves_units_with_their_tpp() -> None:
    ledger = life(declared("s", quantity=10, device="b200"), exported("e", unit_tpp="100"))
    found = ledger.append(relocated("m", device="b200", quantity=4))
    assert amounts(found.movements) == [
        ("relocated-out", -4, "-144000"),
        ("relocated-in", 4, "144000"),
    ]
    assert [m.destination for m in found.movements] == ["BR", "CL"]
    assert installed(ledger, "CL") == (4, 1440000)


def test_a_relocation_of_more_than_is_recorded_arrives_in_full() -> None:
    ledger = life(exported("e", quantity=2, unit_tpp="100"))
    found = ledger.append(relocated("m", quantity=5))
    assert amounts(found.movements) == [
        ("relocated-out", -2, "-200"),
        ("relocated-in", 5, "47696"),
    ]
    assert found.excess_units == 3
    nothing = ledger.append(relocated("n", quantity=1))
    assert amounts(nothing.movements) == [("relocated-in", 1, "15832")]
    assert nothing.excess_units == 1


# ---- what lacks once movements are taken back


def lacking(ledger: MemoryPrefix, *event_ids: str) -> list[tuple[str, str, int, str]]:
    """What is given back once events are taken back: destination, day, units and TPP."""
    undone = [m.taken_back() for event_id in event_ids for m in ledger.movements_of(event_id)]
    found = uncovered(undone, ledger)
    assert {m.kind for m in found} <= {Kind.ATTRITED}
    return [(m.destination, str(m.on), m.units, str(Tpp(m.tpp))) for m in found]


def test_attrition_that_other_units_still_cover_is_left_as_it_is() -> None:
    ledger = life(declared("s", quantity=5), exported("e", quantity=4), attrited("a", quantity=5))
    assert lacking(ledger, "e") == []


def test_what_is_lacking_is_given_back_on_the_first_day_that_lacks_it() -> None:
    ledger = life(
        declared("s", quantity=1),
        exported("e", quantity=4),
        attrited("a", quantity=1),
        attrited("b", on="2025-10-01", quantity=2),
        attrited("c", on="2025-11-01", quantity=2),
    )
    assert lacking(ledger, "e") == [("BR", "2025-10-01", 4, "63328")]


def test_what_came_later_does_not_cover_what_left_before() -> None:
    ledger = life(
        exported("e", quantity=4),
        attrited("a", quantity=3),
        declared("s", on="2025-12-01", quantity=9),
    )
    assert lacking(ledger, "e") == [("BR", "2025-09-15", 3, "47496")]


def test_attrition_on_the_day_of_an_arrival_is_covered_by_it() -> None:
    ledger = life(
        exported("e", quantity=4, on="2025-09-01"),
        declared("s", on="2025-09-15", quantity=3),
        attrited("a", on="2025-09-15", quantity=3),
    )
    assert lacking(ledger, "e") == []


def test_each_device_and_place_lacks_what_is_its_own() -> None:
    ledger = life(
        exported("e", quantity=4),
        exported("f", quantity=4, device="b200"),
        attrited("a", quantity=4),
        attrited("b", quantity=1, device="b200"),
    )
    assert lacking(ledger, "e") == [("BR", "2025-09-15", 4, "63328")]
    assert lacking(ledger, "e", "f") == [
        ("BR", "2025-09-15", 1, "36000"),
        ("BR", "2025-09-15", 4, "63328"),
    ]


def test_a_reservation_taken_back_lacks_nothing() -> None:
    assert lacking(life(reserved("r", quantity=4)), "r") == []
