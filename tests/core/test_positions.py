import pytest

from ledger.core.positions import (
    BASIS,
    FREEING,
    INSTALLED,
    RESERVATIONS,
    STANDARD_SHAPES,
    Kind,
    Movement,
    shape_of,
)
from tests.core.builders import ledger_of, on

MOVEMENT = Movement(
    on=on("2025-08-01"),
    kind=Kind.EXPORTED,
    device="h100",
    party="buyer",
    destination="BR",
    units=8,
    tpp=1266560,
    lot="e",
    authorization="us-ear/lpp",
    end_user="lab",
    exporter="seller",
    line="D100/1",
)


def test_a_movement_is_undone_by_its_opposite() -> None:
    undone = MOVEMENT.taken_back()
    assert (undone.units, undone.tpp) == (-8, -1266560)
    assert undone.taken_back() == MOVEMENT


def test_a_movement_counted_again_differs_in_its_amounts_only() -> None:
    assert MOVEMENT.counted(8, 1266560) == MOVEMENT
    assert MOVEMENT.counted(1, 5) == Movement(**MOVEMENT._asdict() | {"units": 1, "tpp": 5})


def test_each_basis_counts_its_kinds() -> None:
    assert BASIS["exported"] == {Kind.EXPORTED, Kind.RESERVED}
    assert BASIS["licensed"] == {Kind.LICENSED}
    assert BASIS["installed"] == set(Kind) - {Kind.LICENSED}
    assert BASIS["installed"] - INSTALLED == RESERVATIONS
    assert {Kind.RESERVED, Kind.RESERVED_DOMESTIC} == RESERVATIONS
    assert {Kind.ATTRITED, Kind.RELOCATED_OUT} == FREEING
    assert FREEING <= INSTALLED


@pytest.mark.parametrize(
    ("per", "shape"),
    [
        (("ultimate_parent",), ("party", "destination")),
        (("ultimate_consignee", "destination"), ("party", "destination")),
        (("destination", "family"), ("party", "destination")),
        (("destination",), ("destination",)),
        (("reference", "line"), ("line",)),
        (("end_user",), ("end_user",)),
        (("exporter", "end_user"), ("exporter", "end_user")),
    ],
)
def test_a_holder_is_read_from_a_standard_shape_where_one_serves(
    per: tuple[str, ...], shape: tuple[str, ...]
) -> None:
    assert shape_of(per) == shape


def test_the_standard_packs_need_no_shape_beyond_the_standard_ones() -> None:
    assert {shape_of(cap.per) for cap in ledger_of().law.caps} <= set(STANDARD_SHAPES)
