"""Sums gathered in memory are those that the engine itself makes of the stored movements."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.core.errors import InvalidInput
from ledger.core.positions import STANDARD_SHAPES, Kind, Shape
from ledger.store.connection import Connection
from ledger.store.statements import TOTAL_KEY
from ledger.store.totals import Totals, totals_of
from tests.store.ledgers import in_memory, opened

SHAPES: tuple[Shape, ...] = (*STANDARD_SHAPES, ("end_user",), ("exporter", "device"))
LARGEST = 2**63 - 1

rows = st.lists(
    st.tuples(
        st.sampled_from(["2025-01-01", "2025-02-01"]),
        st.sampled_from([kind.value for kind in Kind]),
        st.sampled_from(["h100", "h200"]),
        st.sampled_from(["buyer", "group"]),
        st.sampled_from(["BR", "SG"]),
        st.integers(-100, 100),
        st.integers(-(10**12), 10**12),
        st.sampled_from(["us-ear/lpp", "us-ear/license"]),
        st.sampled_from(["", "buyer", "group"]),
        st.sampled_from(["", "seller"]),
        st.sampled_from(["", "D1/1"]),
    ),
    max_size=12,
)


def placed(found: Sequence[tuple[object, ...]]) -> list[tuple[object, ...]]:
    """Movements as rows of the positions table, each of an entry far behind all others."""
    return [
        (10_000 + n, 0, on, kind, device, party, to, units, tpp, f"lot-{n}", *rest)
        for n, (on, kind, device, party, to, units, tpp, *rest) in enumerate(found)
    ]


def kept(connection: Connection) -> list[object]:
    return connection.execute("SELECT * FROM day_total ORDER BY 1, 2, 3, 4, 5, 6").fetchall()


@given(rows, st.integers(0, 12))
def test_gathered_sums_are_those_of_the_movements(
    found: list[tuple[object, ...]], cut: int
) -> None:
    ledger = in_memory()
    connection, moved = ledger.connection, placed(found)
    connection.insert("position", moved)
    connection.execute("DELETE FROM day_total")
    for shape in SHAPES:
        connection.execute(f"INSERT INTO day_total {totals_of(shape)}")
    expected = kept(connection)
    connection.execute("DELETE FROM day_total")
    write_in_parts(connection, [moved[:cut], moved[cut:]], SHAPES)
    assert kept(connection) == expected
    ledger.close()


def test_rows_come_in_the_order_of_their_key() -> None:
    totals = Totals()
    found = [
        ("2025-02-01", "exported", "h100", "group", "SG", 1, 10, "a", "", "", ""),
        ("2025-02-01", "exported", "h100", "buyer", "SG", 2, 20, "a", "", "", ""),
        ("2025-01-01", "exported", "h100", "group", "SG", 3, 30, "a", "", "", ""),
        ("2025-01-01", "exported", "h100", "group", "BR", 4, 40, "a", "", "", ""),
    ]
    for row in placed(found):
        totals.add(row)
    told = list(totals.rows(("destination",)))
    assert [row[1:3] + row[-2:] for row in told] == [
        ("BR", "2025-01-01", 4, 40),
        ("SG", "2025-01-01", 3, 30),
        ("SG", "2025-02-01", 3, 30),
    ]
    assert list(totals.rows(("line",))) == []


@pytest.mark.parametrize("parts", [(2,), (1, 1)], ids=["at once", "one after the other"])
def test_a_sum_beyond_64_bits_is_refused_on_each_engine(parts: tuple[int, ...], url: str) -> None:
    row = ("2025-01-01", "exported", "h100", "buyer", "BR", 1, LARGEST, "a", "", "", "")
    with opened(url) as ledger:
        ledger.connection.begin_writing()
        with pytest.raises(InvalidInput, match="too large to be summed exactly"):
            write_in_parts(ledger.connection, [placed([row] * many) for many in parts])
        ledger.connection.roll_back()


def write_in_parts(
    connection: Connection,
    parts: list[list[tuple[object, ...]]],
    shapes: Sequence[Shape] = STANDARD_SHAPES,
) -> None:
    for part in parts:
        totals = Totals()
        for row in part:
            totals.add(row)
        totals.write(connection, shapes)
        assert not totals.held


def test_many_rows_are_added_up_on_each_engine(url: str) -> None:
    key = TOTAL_KEY.split(", ")
    made = [("x", f"k{n}", "2025-01-01", "exported", "a", "h100", n, 2 * n) for n in range(50)]
    with opened(url) as ledger:
        ledger.connection.begin_writing()
        for _ in range(3):
            ledger.connection.add_up("day_total", made, key=key, sums=("units", "tpp"))
        ledger.connection.add_up("day_total", [], key=key, sums=("units", "tpp"))
        found = ledger.connection.execute(
            "SELECT key, units, tpp FROM day_total WHERE shape = 'x'"
        ).fetchall()
        assert sorted(found) == sorted((row[1], 3 * row[6], 3 * row[7]) for row in made)
        ledger.connection.roll_back()
