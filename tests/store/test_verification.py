"""A ledger that nobody touched verifies; one of which any byte was changed does not."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.core.errors import LedgerDamaged
from ledger.store.connection import KEPT
from ledger.store.statements import DERIVED
from ledger.store.verification import Verified, verify
from tests.core.builders import (
    LPP_YEAR,
    attrited,
    declared,
    exported,
    house,
    licence,
    party,
    released,
    reserved,
    reversed_,
    used,
)
from tests.store.ledgers import SIZE as KNOWN_SIZE
from tests.store.ledgers import in_memory, over, put_into, raw_of, tamper

CAP: Final = (
    'per = ["end_user"]\nbasis = "exported"\nwindow = { kind = "rolling", days = 90 }\n'
    "allowance = [{ tpp = 500000 }]\n"
)
EVENTS: Final = (
    exported("e1", quantity=3),
    reserved("r1", quantity=5),
    exported("e2", quantity=2, reservation="r1"),
    declared("d1"),
    attrited("a1", quantity=2),
    house(CAP),
    licence("D1"),
    used("u1", LPP_YEAR, ["buyer"], 5),
    party("branch", on="2025-06-01", ultimate_parent="buyer"),
    reserved("r2"),
    released("x1", "r2"),
    reversed_("x2", "e1"),
)
SIZE: Final = KNOWN_SIZE + len(EVENTS)
THIRD: Final = KNOWN_SIZE + 5
"""The size of the third head: of a new ledger, of what all know, of five events."""


@cache
def _written() -> bytes:
    ledger = in_memory()
    with closing(raw_of(ledger)) as connection:
        for start in range(0, len(EVENTS), 5):
            put_into(ledger, EVENTS[start : start + 5])
        return connection.serialize()


@contextmanager
def attacked() -> Iterator[sqlite3.Connection]:
    """A copy of the ledger for someone who owns the file."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.deserialize(_written())
    try:
        yield connection
    finally:
        connection.close()


def damage_of(connection: sqlite3.Connection) -> str:
    """The sentence that verification ends with; it names a place."""
    with pytest.raises(LedgerDamaged) as caught:
        verify(over(connection))
    assert caught.value.where
    derived = caught.value.where in DERIVED
    expected = "run 'chipledger rebuild'" if derived else "stop writing and restore the ledger from"
    assert caught.value.cure.startswith(expected)
    assert not connection.in_transaction
    return caught.value.sentence


def flipped(value: bytes, place: int, change: int) -> bytes:
    at = place % len(value)
    return value[:at] + bytes([value[at] ^ change]) + value[at + 1 :]


def changed(value: object, place: int, change: int) -> object:
    """Another value of the same type."""
    if isinstance(value, bytes):
        return flipped(value, place, change)
    if isinstance(value, int):
        return value + change
    assert isinstance(value, str)
    at = place % (len(value) + 1)
    return value[:at] + chr(ord("A") + change % 26) + value[at:]


def test_an_untouched_ledger_verifies() -> None:
    with attacked() as connection:
        found = verify(over(connection))
        assert found == Verified(
            head=over(connection).head(), entries=SIZE, commits=5, movements=found.movements
        )
        assert connection.execute("SELECT count(*) FROM position").fetchone() == (found.movements,)


def test_verifying_writes_nothing() -> None:
    with attacked() as connection:
        before = connection.serialize()
        verify(over(connection))
        assert connection.serialize() == before
        attached = {row[1] for row in connection.execute("PRAGMA database_list")}
        assert attached <= {"main", "temp"}


any_place = st.integers(0, 100_000)
any_change = st.integers(1, 255)


@given(st.integers(1, SIZE), any_place, any_change)
def test_a_changed_byte_of_a_body_is_found(seq: int, place: int, change: int) -> None:
    with attacked() as connection:
        (body,) = connection.execute("SELECT body FROM entry WHERE seq = ?", (seq,)).fetchone()
        other = flipped(body, place, change)
        tamper(connection, "UPDATE entry SET body = ? WHERE seq = ?", (other, seq))
        assert damage_of(connection).startswith(f"entry {seq}: ")


@given(st.integers(1, SIZE), any_place, any_change)
@settings(max_examples=20)
def test_a_changed_leaf_hash_is_found(seq: int, place: int, change: int) -> None:
    with attacked() as connection:
        (leaf,) = connection.execute("SELECT leaf_hash FROM entry WHERE seq = ?", (seq,)).fetchone()
        other = flipped(leaf, place, change)
        tamper(connection, "UPDATE entry SET leaf_hash = ? WHERE seq = ?", (other, seq))
        assert damage_of(connection).startswith(f"entry {seq}: the leaf hash is {other.hex()}, ")


@given(st.integers(0, 4), any_place, any_change)
@settings(max_examples=20)
def test_a_changed_root_of_any_head_is_found(which: int, place: int, change: int) -> None:
    with attacked() as connection:
        heads = connection.execute("SELECT size, root FROM head ORDER BY size").fetchall()
        size, root = heads[which]
        other = flipped(root, place, change)
        tamper(connection, "UPDATE head SET root = ? WHERE size = ?", (other, size))
        said = f"entry {size}: the root of the head is {other.hex()}, computed from the entries"
        assert damage_of(connection).startswith(said)


@given(any_place, any_change)
@settings(max_examples=20)
def test_a_changed_tile_is_found(place: int, change: int) -> None:
    with attacked() as connection:
        (hashes,) = connection.execute("SELECT nodes FROM tile").fetchone()
        tamper(connection, "UPDATE tile SET nodes = ?", (flipped(hashes, place, change),))
        assert damage_of(connection).startswith("tiles: tile 0/0 of the Merkle tree is not what")


@pytest.mark.parametrize("column", ["event_id", "kind", "on_day"])
def test_a_column_that_differs_from_the_body_is_found(column: str) -> None:
    with attacked() as connection:
        tamper(connection, f"UPDATE entry SET {column} = 'other' WHERE seq = {THIRD}")  # noqa: S608 -- ours
        assert damage_of(connection).startswith(f"entry {THIRD}: its columns say ")


def cells() -> list[tuple[str, str]]:
    with attacked() as connection:
        return [
            (table, row[1])
            for table in DERIVED
            for row in connection.execute(f"PRAGMA table_info({table})").fetchall()
        ]


@pytest.mark.parametrize(("table", "column"), cells())
def test_a_changed_value_of_a_derived_table_is_found(table: str, column: str) -> None:
    with attacked() as connection:
        row, values = some_row(connection, table)
        other = changed(values[column], 7, 77)
        sql = f"UPDATE {table} SET {column} = ? WHERE {row}"  # noqa: S608 -- ours
        tamper(connection, sql, (other, *values.values()))
        said = damage_of(connection)
        assert said.startswith(f"{table}: the derived table {table} ")
        assert str(next(iter(values.values()))) in said or str(other) in said


@pytest.mark.parametrize("table", DERIVED)
def test_a_row_that_a_derived_table_lost_is_found(table: str) -> None:
    with attacked() as connection:
        row, values = some_row(connection, table)
        tamper(connection, f"DELETE FROM {table} WHERE {row}", tuple(values.values()))  # noqa: S608 -- ours
        assert damage_of(connection).startswith(f"{table}: the derived table {table} lacks a row")


def some_row(connection: sqlite3.Connection, table: str) -> tuple[str, dict[str, object]]:
    """A row in the middle of a table: the condition that finds it, and its values."""
    found = connection.execute(f"SELECT * FROM {table}")  # noqa: S608 -- ours
    names = [column[0] for column in found.description]
    rows = found.fetchall()
    values = dict(zip(names, rows[len(rows) // 2], strict=True))
    return " AND ".join(f"{name} = ?" for name in names), values


@pytest.mark.parametrize(
    ("attack", "said"),
    [
        (
            "DELETE FROM entry WHERE seq = (SELECT max(seq) FROM entry)",
            f"entry {SIZE}: the head says {SIZE} entries, {SIZE - 1} are stored",
        ),
        (
            "DELETE FROM head WHERE size = (SELECT max(size) FROM head)",
            f"entry {THIRD + 6}: {SIZE} entries are stored, the last head has {THIRD + 5}",
        ),
        ("DELETE FROM head", f"entry 1: {SIZE} entries are stored, the last head has 0"),
        ("DELETE FROM entry WHERE seq = 3", "entry 3: the next entry is 4"),
        ("DELETE FROM entry", f"entry 1: the head says {SIZE} entries, 0 are stored"),
        (
            "UPDATE head SET size = size + 1 WHERE size = (SELECT size FROM head LIMIT 1 OFFSET 2)",
            f"entry {THIRD + 1}: the root of the head is ",
        ),
        (
            "INSERT INTO head VALUES (99, x'00')",
            f"entry {SIZE + 1}: the head says 99 entries, {SIZE} are",
        ),
        (
            "INSERT INTO head VALUES (0, x'00')",
            "entry 0: the root of the head is 00, computed from the entries it is e3b0",
        ),
        ("UPDATE entry SET seq = seq + 100 WHERE seq = 20", "entry 20: the next entry is 21"),
        ("UPDATE entry SET body = CAST(body AS TEXT) WHERE seq = 20", "entry 20: its body is stor"),
        ("UPDATE entry SET body = x'' WHERE seq = 20", "entry 20: its body can't be read"),
        (
            "UPDATE entry SET body = 'x' || body WHERE seq = 20",
            "entry 20: its body is stored as te",
        ),
        (
            "UPDATE entry SET leaf_hash = 'text' WHERE seq = 20",
            "entry 20: the leaf hash is 'text', computed",
        ),
        ("DELETE FROM tile", "tiles: tile 0/0 of the Merkle tree is not"),
        ("INSERT INTO tile VALUES (3, 7, x'00')", "tiles: 2 tiles are stored, 1 expected"),
        (
            "INSERT INTO rollup_shape VALUES ('exporter')",
            "rollup_shape: the derived table rollup_shape has a row that the entries do not give",
        ),
    ],
)
def test_what_an_attacker_does_is_found_where_it_was_done(attack: str, said: str) -> None:
    with attacked() as connection:
        tamper(connection, attack)
        assert damage_of(connection).startswith(said)


TRIGGERS: Final = [f"{table}_no_{change}" for table in KEPT for change in ("delete", "update")]


@pytest.mark.parametrize("dropped", [*([one] for one in TRIGGERS), TRIGGERS])
def test_dropped_triggers_are_found(dropped: list[str]) -> None:
    with attacked() as connection:
        for name in dropped:
            connection.execute(f"DROP TRIGGER {name}")
        with pytest.raises(LedgerDamaged) as caught:
            verify(over(connection))
        assert caught.value.exit_status == 5
        table, _, change = dropped[0].partition("_no_")
        # The first that is missed is named: of all of them, that against UPDATE of entries.
        missed = change.upper() if len(dropped) == 1 else "UPDATE"
        assert caught.value.sentence == (
            f"{table}: the trigger that refuses {missed} is gone or changed. "
            "Stop writing and restore the ledger from a backup."
        )
        assert not connection.in_transaction


def test_a_trigger_that_was_made_toothless_is_found() -> None:
    with attacked() as connection:
        connection.execute("DROP TRIGGER entry_no_update")
        connection.execute(
            "CREATE TRIGGER entry_no_update BEFORE UPDATE ON entry BEGIN SELECT 1; END"
        )
        with pytest.raises(LedgerDamaged, match="refuses UPDATE is gone or changed"):
            verify(over(connection))


def test_the_last_commit_can_not_be_cut_off_with_its_head() -> None:
    with attacked() as connection:
        tamper(connection, f"DELETE FROM entry WHERE seq > {THIRD + 5}")  # noqa: S608 -- ours
        tamper(connection, f"DELETE FROM head WHERE size > {THIRD + 5}")  # noqa: S608 -- ours
        assert damage_of(connection).startswith("tiles: tile 0/0 of the Merkle tree is not what")


@given(st.integers(1, SIZE), st.integers(1, SIZE))
@settings(max_examples=20)
def test_two_swapped_bodies_are_found(one: int, other: int) -> None:
    first, second = sorted((one, other))
    with attacked() as connection:
        columns = "kind, on_day, body, leaf_hash"
        found = [
            connection.execute(f"SELECT {columns} FROM entry WHERE seq = ?", (seq,)).fetchone()  # noqa: S608 -- ours
            for seq in (first, second)
        ]
        for seq, row in zip((first, second), reversed(found), strict=True):
            tamper(
                connection,
                "UPDATE entry SET kind = ?, on_day = ?, body = ?, leaf_hash = ? WHERE seq = ?",
                (*row, seq),
            )
        if first == second:
            verify(over(connection))
        else:
            assert damage_of(connection).startswith(f"entry {first}: its body says it is entry")


@given(st.integers(100, 200_000), st.binary(min_size=1, max_size=600))
@settings(max_examples=40)
def test_bytes_written_over_the_file_are_found_or_change_nothing(at: int, noise: bytes) -> None:
    """Whatever is written over the file: damage is said, or every entry is as it was."""
    whole = _written()
    at %= len(whole)
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        connection.deserialize((whole[:at] + noise + whole[at + len(noise) :])[: len(whole)])
        ledger = over(connection)
        try:
            verify(ledger)
        except (LedgerDamaged, sqlite3.DatabaseError):
            return
        assert [one.envelope.seq for one in ledger.entries()] == list(range(1, SIZE + 1))


def test_a_tree_of_many_tiles_verifies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger.store.tiles.TILE", 4)
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        with attacked() as other:
            connection.deserialize(other.serialize())
        tamper(connection, "DELETE FROM tile")
        assert damage_of(connection).startswith("tiles: tile 0/0")
