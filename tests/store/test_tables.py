"""The migrations make what the table classes say, and the triggers hold."""

from collections.abc import Iterator

import pytest
from sqlalchemy import BigInteger, Engine, Integer, LargeBinary, Text, create_engine, inspect
from sqlalchemy.types import TypeEngine

from ledger.core.errors import Conflict
from ledger.store.statements import DERIVED, POSITION_COLUMNS
from ledger.store.tables import METADATA
from tests.store.ledgers import opened, stored

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
