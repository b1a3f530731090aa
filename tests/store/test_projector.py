"""What each kind of event leaves in the derived tables."""

import pytest

from ledger.core.events import AnyEvent
from ledger.store.projector import subject
from tests.core.builders import (
    LPP_YEAR,
    VERIFIER_KEY,
    adopted,
    amended,
    attrited,
    declared,
    device,
    ended,
    exported,
    extended,
    granted,
    house,
    key_adopted,
    licence,
    pack_text,
    party,
    released,
    relocated,
    reserved,
    reversed_,
    signed,
    used,
)
from tests.store.ledgers import H100_TPP, SIZE, put, rows

TENTHS = 10


def holds(url: str) -> list[tuple[object, ...]]:
    return rows(url, "SELECT reservation, hold_until, open_units FROM hold ORDER BY reservation")


def test_an_export_is_one_movement_and_counts_in_its_day(url: str) -> None:
    put(url, exported("e1", quantity=3, on="2025-08-14"), exported("e2", on="2025-08-31"))
    found = rows(url, "SELECT seq, place, kind, party, destination, units, tpp, lot FROM position")
    assert found == [
        (SIZE + 1, 0, "exported", "buyer", "BR", 3, 3 * H100_TPP * TENTHS, "e1"),
        (SIZE + 2, 0, "exported", "buyer", "BR", 1, H100_TPP * TENTHS, "e2"),
    ]
    of_party = "WHERE shape = 'party,destination' ORDER BY on_day"
    assert rows(url, f"SELECT on_day, units FROM day_total {of_party}") == [  # noqa: S608 -- ours
        ("2025-08-14", 3),
        ("2025-08-31", 1),
    ]


def test_a_holder_that_a_movement_does_not_name_gets_no_total(url: str) -> None:
    put(url, exported("e1"))
    assert rows(url, "SELECT DISTINCT shape FROM day_total ORDER BY shape") == [
        ("destination",),
        ("party,destination",),
    ]


def test_licensed_quantities_are_read_one_by_one_and_never_totalled(url: str) -> None:
    put(url, licence("D1"))
    assert rows(url, "SELECT kind, units FROM position") == [("licensed", 100)]
    assert rows(url, "SELECT * FROM day_total") == []


def test_a_relocation_is_two_movements_of_one_entry(url: str) -> None:
    put(url, declared("d", quantity=4), relocated("m", quantity=3))
    assert rows(url, "SELECT place, kind, destination, units FROM position WHERE lot = 'm'") == [
        (0, "relocated-out", "BR", -3),
        (1, "relocated-in", "CL", 3),
    ]


def test_a_reversal_takes_back_and_edits_nothing(url: str) -> None:
    put(url, exported("e1", quantity=3), reversed_("x", "e1"))
    assert rows(url, "SELECT seq, units FROM position") == [(SIZE + 1, 3), (SIZE + 2, -3)]
    assert rows(url, "SELECT DISTINCT units, tpp FROM day_total") == [(0, 0)]


def test_attrition_of_a_lot_belongs_to_it(url: str) -> None:
    put(url, exported("e1", quantity=3), attrited("a", lot="e1"))
    assert rows(url, "SELECT lot, units FROM position") == [("e1", 3), ("e1", -1)]


def test_a_reservation_is_held_until_it_is_used_up_or_given_up(url: str) -> None:
    put(url, reserved("r1", quantity=10), reserved("r2", quantity=5))
    assert holds(url) == [("r1", "2025-12-01", 10), ("r2", "2025-12-01", 5)]
    put(url, exported("e1", quantity=4, reservation="r1"), released("x", "r2"))
    assert holds(url) == [("r1", "2025-12-01", 6), ("r2", "2025-12-01", 0)]
    put(url, exported("e2", quantity=1, reservation="r1", final=True))
    assert holds(url) == [("r1", "2025-12-01", 0), ("r2", "2025-12-01", 0)]
    put(url, reversed_("y", "e2"), reversed_("z", "x"))
    assert holds(url) == [("r1", "2025-12-01", 6), ("r2", "2025-12-01", 5)]


def test_a_domestic_reservation_is_held_and_given_up_as_one(url: str) -> None:
    domestic = {"destination": "US", "transaction": "domestic", "authorization": "us-ear/nlr"}
    put(url, reserved("r1", quantity=10, **domestic), reserved("r2", quantity=5, **domestic))
    put(url, exported("e1", quantity=4, reservation="r1", **domestic), released("x", "r2"))
    assert rows(url, "SELECT seq, kind, units FROM position ORDER BY seq, place") == [
        (SIZE + 1, "reserved-domestic", 10),
        (SIZE + 2, "reserved-domestic", 5),
        (SIZE + 3, "domestic", 4),
        (SIZE + 3, "reserved-domestic", -4),
        (SIZE + 4, "reserved-domestic", -5),
    ]
    assert holds(url) == [("r1", "2025-12-01", 6), ("r2", "2025-12-01", 0)]


def test_an_extension_holds_for_longer_until_it_is_taken_back(url: str) -> None:
    put(url, reserved("r1"), extended("x1", "2026-06-01"))
    assert holds(url) == [("r1", "2026-06-01", 1)]
    put(url, extended("earlier", "2026-02-01", day="2025-08-15"))
    assert holds(url) == [("r1", "2026-06-01", 1)]
    put(url, reversed_("y", "x1"))
    assert holds(url) == [("r1", "2026-02-01", 1)]
    put(url, reversed_("z", "earlier"))
    assert holds(url) == [("r1", "2025-12-01", 1)]


def test_a_reservation_that_was_taken_back_stays_closed(url: str) -> None:
    put(url, reserved("r1"), released("x", "r1"), reversed_("y", "r1"), reversed_("z", "x"))
    assert holds(url) == [("r1", "2025-12-01", 0)]


def test_parents_by_name_and_by_majority_are_kin(url: str) -> None:
    owners = [{"party": "group", "percent": "60"}]
    put(url, party("a", ultimate_parent="op-ae", owners=owners), party("b", ultimate_parent="b"))
    found = rows(url, "SELECT parent, party FROM kinship ORDER BY seq DESC, parent LIMIT 3")
    assert found == [("b", "b"), ("group", "a"), ("op-ae", "a")]


def test_a_pack_with_a_new_holder_counts_what_was_recorded_before_it(url: str) -> None:
    put(url, exported("e1", quantity=3), exported("e2", on="2025-09-02"))
    cap = 'per = ["exporter", "end_user"]\nbasis = "exported"\nwindow = { kind = "stock" }\n'
    put(url, house(f"{cap}allowance = [{{ tpp = 1 }}]\n"))
    put(url, exported("e3", quantity=5, on="2025-08-31"))
    where = "WHERE shape = 'exporter,end_user' ORDER BY on_day"
    assert rows(url, f"SELECT key, on_day, units FROM day_total {where}") == [  # noqa: S608 -- ours
        ("seller\x1fbuyer", "2025-08-01", 3),
        ("seller\x1fbuyer", "2025-08-31", 5),
        ("seller\x1fbuyer", "2025-09-02", 1),
    ]


def test_the_same_holder_again_is_not_counted_twice(url: str) -> None:
    put(url, exported("e1", quantity=3))
    cap = 'per = ["end_user"]\nbasis = "exported"\nwindow = { kind = "stock" }\n'
    for number in (1, 2):
        put(url, house(f"{cap}allowance = [{{ tpp = {number} }}]\n", pack=f"house-{number}"))
    assert rows(url, "SELECT units FROM day_total WHERE shape = 'end_user'") == [(3,)]


@pytest.mark.parametrize(
    ("about", "known_as"),
    [
        (party("a"), ("party.registered", "a", "")),
        (device("d"), ("device.classified", "d", "")),
        (granted("N1", "us-ear/nveu"), ("authorization.granted", "N1", "buyer")),
        (amended("x", "N1", until="2027-01-01"), ("authorization.amended", "N1", "")),
        (ended("x", "N1", "2026-01-01"), ("authorization.ended", "N1", "")),
        (signed("x", "a-switch", "yes"), ("interpretation.adopted", "a-switch", "")),
        (used("x", LPP_YEAR, ["a"], 1), ("usage.reported", LPP_YEAR, "a")),
        (used("x", "cap", ["a", "BR"], 1), ("usage.reported", "cap", "a\x1fBR")),
        (adopted(pack_text("# none")), ("pack.adopted", "toy", "")),
        (reserved("r"), None),
        (reserved("r", bundle="b"), ("lot.reserved", "r", "b")),
        (released("x", "r"), ("lot.released", "r", "")),
        (extended("x", "2027-01-01"), ("lot.extended", "r1", "")),
        (reversed_("x", "e"), ("record.reversed", "e", "")),
        (exported("e"), None),
        (declared("d"), None),
        (relocated("m"), None),
        (key_adopted(), ("key.adopted", VERIFIER_KEY, "")),
    ],
)
def test_the_registry_knows_an_event_by_its_subject(
    about: AnyEvent, known_as: tuple[str, str, str] | None
) -> None:
    assert subject(about) == known_as
