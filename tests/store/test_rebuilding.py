"""A rebuild makes every derived table again from the entries, whatever was done to it."""

from contextlib import closing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, inspect

from ledger.core.errors import LedgerDamaged, LedgerError
from ledger.core.events import AnyEvent
from ledger.store import rebuilding
from ledger.store.connection import Connection
from ledger.store.ledger import Ledger
from ledger.store.rebuilding import derive, derived_tables, rebuild
from ledger.store.statements import DERIVED
from ledger.store.verification import verify
from tests.core.builders import adopted, exported, pack_text, released, reserved, reversed_
from tests.store.histories import History, Step, steps
from tests.store.ledgers import MARK, SIZE, in_memory, opened, put, put_into, raw_of, tamper
from tests.store.lists import keep

EVENTS = (
    exported("e1", quantity=3),
    reserved("r1", quantity=5),
    exported("e2", quantity=2, reservation="r1"),
    reserved("r2"),
    released("x1", "r2"),
    reversed_("x2", "e1"),
)


def tables(connection: Connection) -> dict[str, list[object]]:
    """Every row of every derived table."""
    return {
        table: sorted(connection.execute(f"SELECT * FROM {table}").fetchall(), key=repr)  # noqa: S608 -- ours
        for table in DERIVED
    }


@pytest.mark.parametrize("table", DERIVED)
def test_a_rebuild_makes_every_derived_table_again(table: str, url: str) -> None:
    put(url, *EVENTS)
    with opened(url) as ledger:
        before = tables(ledger.connection)
        ledger.connection.execute(f"DROP TABLE {table}")
        made = rebuild(ledger)
        assert tables(ledger.connection) == before
        assert (made.entries, made.head) == (SIZE + len(EVENTS), ledger.head())
        assert made.movements == len(before["position"])


NEW_HOLDER = (
    '[[cap]]\nid = "toy/exporter"\ncite = "a test"\ntitle = "a cap per exporter"\n'
    'per = ["exporter"]\nbasis = "exported"\nwindow = { kind = "stock" }\n'
    "allowance = [{ tpp = 1000000000 }]\n"
)


@pytest.mark.parametrize("sums_held", [1, 2, 3, 1000])
def test_sums_that_are_written_in_parts_are_those_of_all(
    sums_held: int, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lots = [exported(f"l{n}", on=f"2025-0{1 + n % 9}-01") for n in range(20)]
    put(url, *lots[:10], adopted(pack_text(NEW_HOLDER)), *lots[10:], *EVENTS)
    monkeypatch.setattr(rebuilding, "ROWS_AT_ONCE", 2)
    with opened(url) as ledger:
        before = tables(ledger.connection)
        assert any(row[0] == "exporter" for row in before["day_total"])  # type: ignore[index]  # rows of text
        ledger.connection.begin_writing()
        derive(ledger, sums_held=sums_held)
        assert tables(ledger.connection) == before
        ledger.connection.roll_back()


@pytest.mark.parametrize("events", [(), EVENTS], ids=["no movement", "movements"])
def test_a_rebuild_makes_every_index_again(events: tuple[AnyEvent, ...], url: str) -> None:
    put(url, *events)
    with opened(url) as ledger:
        before = indexes(url)
        rebuild(ledger)
        assert indexes(url) == before
        assert len(before) > len(DERIVED)


def indexes(url: str) -> list[tuple[object, ...]]:
    """Every index and primary key of the derived tables."""
    engine = create_engine(url)
    found = inspect(engine)
    named: list[tuple[object, ...]] = []
    for table in sorted(DERIVED):
        named += [(table, one["name"], one["column_names"]) for one in found.get_indexes(table)]
        named.append((table, found.get_pk_constraint(table)["constrained_columns"]))
    engine.dispose()
    return named


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE position SET units = units + 1",
        "DELETE FROM hold",
        "INSERT INTO rollup_shape VALUES ('exporter')",
        "UPDATE day_total SET tpp = 0",
        "UPDATE registry SET subject = 'other'",
    ],
)
def test_what_verification_misses_in_a_derived_table_a_rebuild_cures(damage: str, url: str) -> None:
    put(url, *EVENTS)
    with opened(url) as ledger:
        ledger.connection.execute(damage)
        with pytest.raises(LedgerDamaged, match="Run 'chipledger rebuild'"):
            verify(ledger)
        rebuild(ledger)
        verify(ledger)


def test_a_rebuilt_ledger_goes_on(url: str) -> None:
    put(url, *EVENTS)
    with opened(url) as ledger:
        rebuild(ledger)
        put_into(ledger, [exported("e3", reservation="r1")])
        with ledger.reading() as prefix:
            held = prefix.reservation("r1")
    assert held is not None
    assert held.open_units == 2


def test_progress_is_told_while_it_goes_on(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger.store.verification.A_STEP", 5)
    told: list[tuple[int, int]] = []
    with opened(url) as ledger:
        rebuild(ledger, progress=lambda done, size: told.append((done, size)))
    assert told == [(done, SIZE) for done in range(5, SIZE + 1, 5)]


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        ("DELETE FROM entry WHERE seq = 12", "entry 12: the next entry is 13"),
        (
            "DELETE FROM entry WHERE seq = (SELECT max(seq) FROM entry)",
            f"the head says {SIZE} entries, {SIZE - 1}",
        ),
        ("UPDATE entry SET body = x'00' WHERE seq = 12", "entry 12: its body can't be read"),
    ],
)
def test_a_damaged_log_is_left_as_it_is(damage: str, said: str) -> None:
    with closing(in_memory()) as ledger:
        tamper(raw_of(ledger), damage)
        before = raw_of(ledger).serialize()
        with pytest.raises(LedgerDamaged, match=said):
            rebuild(ledger)
        assert raw_of(ledger).serialize() == before


@given(st.lists(st.lists(steps, min_size=1, max_size=8), min_size=1, max_size=3))
@settings(max_examples=25)
def test_a_rebuild_of_any_history_gives_the_very_same_rows(histories: list[list[Step]]) -> None:
    with closing(in_memory()) as ledger:
        keep(ledger.connection)
        history = History()
        for transaction in histories:
            record_some(ledger, history, transaction)
        before = tables(ledger.connection)
        rebuild(ledger)
        assert tables(ledger.connection) == before


def record_some(ledger: Ledger, history: History, transaction: list[Step]) -> None:
    """What is accepted of some steps, in one transaction."""
    from ledger.service.recording import record

    with ledger.writing() as writer:
        for step in transaction:
            event = history.event(step)
            try:
                record(writer, event, MARK)
            except LedgerError:
                continue
            history.events.append(event)


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_every_derived_table_has_its_statement(engine: str) -> None:
    made = derived_tables(engine)
    for table in DERIVED:
        assert any(one.startswith(f"CREATE TABLE {table} (") for one in made)
    assert all(one.startswith(("CREATE TABLE ", "CREATE INDEX ")) for one in made)
