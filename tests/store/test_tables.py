"""The migrations make what the table classes say, and the triggers hold."""

from collections.abc import Iterator

import pytest
from sqlalchemy import BigInteger, Engine, Integer, LargeBinary, Text, create_engine, inspect
from sqlalchemy.types import TypeEngine

from ledger.core.errors import Conflict, LedgerError
from ledger.core.merkle import leaf_hash
from ledger.store.connection import create_url
from ledger.store.ledger import Ledger
from ledger.store.prefix import MAIN
from ledger.store.statements import DERIVED, POSITION_COLUMNS
from ledger.store.tables import METADATA
from ledger.store.tiles import TILE
from ledger.store.verification import verify
from tests.core.builders import exported, reserved
from tests.store.ledgers import SIZE, opened, put, stored

TABLES = sorted(METADATA.tables)


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    made = create_engine(url)
    yield made
    made.dispose()


def test_the_migrations_make_the_tables_of_the_classes_and_no_others(engine: Engine) -> None:
    found = inspect(engine).get_table_names()
    assert sorted(set(found) - {"alembic_version"}) == TABLES
    assert set(DERIVED) | {"entry", "head", "tile", "blob", "list_index"} == set(TABLES)


@pytest.mark.parametrize("table", TABLES)
def test_a_migrated_table_has_the_columns_of_its_class(table: str, engine: Engine) -> None:
    known = METADATA.tables[table]
    columns = inspect(engine).get_columns(table)
    assert [(c["name"], c["nullable"]) for c in columns] == [
        (c.name, c.nullable) for c in known.columns
    ]
    assert [family(c["type"]) for c in columns] == [family(c.type) for c in known.columns]


@pytest.mark.parametrize("table", TABLES)
def test_a_migrated_table_has_the_primary_key_of_its_class(table: str, engine: Engine) -> None:
    key = inspect(engine).get_pk_constraint(table)["constrained_columns"]
    assert key == [column.name for column in METADATA.tables[table].primary_key]


def test_an_event_id_stands_once(engine: Engine) -> None:
    (unique,) = inspect(engine).get_unique_constraints("entry")
    assert unique["column_names"] == ["event_id"]
    assert METADATA.tables["entry"].columns["event_id"].unique


def test_the_statements_name_the_columns_in_the_order_of_the_table(engine: Engine) -> None:
    columns = [column["name"] for column in inspect(engine).get_columns("position")]
    assert ", ".join(columns) == POSITION_COLUMNS


def family(found: TypeEngine[object]) -> str:
    """Text, integer or bytes: what two engines agree on."""
    kinds = {"text": Text, "bytes": LargeBinary, "integer": (Integer, BigInteger)}
    return next(name for name, kind in kinds.items() if isinstance(found, kind))  # type: ignore[arg-type]  # a tuple of classes is one


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE entry SET body = leaf_hash",
        "UPDATE entry SET seq = seq + 100",
        "DELETE FROM entry WHERE seq = (SELECT max(seq) FROM entry)",
        "UPDATE head SET size = 1",
        "DELETE FROM head",
    ],
)
def test_entries_and_heads_are_append_only(change: str, url: str) -> None:
    before = stored(url)
    table = "head" if " head" in change else "entry"
    with opened(url) as ledger, pytest.raises(Conflict, match=f"{table} is append-only"):
        ledger.connection.execute(change)
    assert stored(url) == before


EARLIER = (
    (
        "INSERT INTO registry SELECT seq, kind, event_id, '', on_day FROM entry "
        "WHERE kind = 'lot.reserved' AND seq NOT IN (SELECT seq FROM registry)"
    ),
    "DROP INDEX hold_open",
    "ALTER TABLE hold RENAME TO later_hold",
    (
        "CREATE TABLE hold (reservation TEXT NOT NULL PRIMARY KEY, hold_until TEXT NOT NULL, "
        "open_units BIGINT NOT NULL)"
    ),
    "INSERT INTO hold SELECT * FROM later_hold",
    "DROP TABLE later_hold",
    "CREATE INDEX hold_open ON hold (hold_until)",
    "ALTER TABLE tile RENAME COLUMN nodes TO hashes",
    "UPDATE alembic_version SET version_num = '0003'",
)
"""What makes the tables of today those of version 0003."""


@pytest.mark.parametrize("size", [SIZE + 3, TILE - 1, TILE, TILE + 1, 2 * TILE + 7])
def test_a_ledger_of_an_earlier_version_is_migrated_with_its_reservations(
    size: int, url: str
) -> None:
    put(url, reserved("r1"), reserved("r2", bundle="b"), exported("e", reservation="r1"))
    put(url, *(exported(f"e{number}") for number in range(size - SIZE - 3)))
    with opened(url) as ledger:
        before = changed(ledger)
        last = [leaf_hash(ledger.body(seq)) for seq in range(size // TILE * TILE + 1, size + 1)]
        for statement in EARLIER:
            ledger.connection.execute(statement)
        ledger.connection.execute(
            "UPDATE tile SET hashes = ? WHERE level = 0 AND place = ?",
            (b"".join(last), size // TILE),
        )
    with pytest.raises(Conflict, match=r"of an older version. Migrate it: chipledger init"):
        Ledger.open(url)
    create_url(url).close()
    with opened(url) as ledger:
        assert changed(ledger) == before
        verify(ledger)
        for at in range(0, size + 1, 16):
            assert ledger.prefix_at(at).head.size == at
    put(url, exported("after it"))


def test_holds_that_are_over_are_looked_for_among_open_ones_alone(file_url: str) -> None:
    put(file_url, reserved("r1"))
    with opened(file_url) as ledger:
        ask = ledger.connection.execute
        for sql, values in (
            (MAIN.overdue, ("2027-01-01",)),
            (MAIN.soonest, ()),
            (MAIN.open_holds, ()),
        ):
            plan = " ".join(row[-1] for row in ask(f"EXPLAIN QUERY PLAN {sql}", values))
            assert "hold_open" in plan
        (made,) = ask("SELECT sql FROM sqlite_master WHERE name = 'hold_open'").fetchone()
        assert made.endswith("WHERE open_units > 0")


def test_a_program_of_an_earlier_version_can_not_go_on(url: str) -> None:
    """It would write leaves where peaks are expected, and a head that nobody could mend."""
    with opened(url) as ledger, pytest.raises(LedgerError):
        ledger.connection.execute(
            "INSERT INTO tile VALUES (?, ?, ?) "
            "ON CONFLICT (level, place) DO UPDATE SET hashes = excluded.hashes",
            (0, 0, b"x" * 32),
        )


def changed(ledger: Ledger) -> dict[str, list[object]]:
    """The rows of the tables that the last migration changed."""
    wanted = ("registry", "hold", "tile")
    ask = ledger.connection.execute
    return {table: sorted(ask(f"SELECT * FROM {table}").fetchall()) for table in wanted}  # noqa: S608 -- ours
