"""Ledgers for tests: one template made once and copied, and how events get into a copy."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from freezegun import freeze_time

from ledger.core.encoding import Entry
from ledger.core.events import AnyEvent
from ledger.core.prefix import Head
from ledger.service.creating import create
from ledger.service.recording import record
from ledger.store.connection import Connection
from ledger.store.ledger import Ledger
from ledger.store.sqlite import SqliteConnection
from ledger.store.tables import METADATA
from ledger.store.verification import Verified, verify
from ledger.store.writer import Signature
from tests.core.builders import NVEU, device, granted, party

MARK: Final = Signature(actor="ana", via="api", recorded_at="2026-01-02T03:04:05.000000Z")
LPP_UNITS: Final = 1699
"""The most H100 of 15,832 TPP that fit the 26.9 million TPP of LPP in one year."""

H100_TPP: Final = 15832

KNOWN: Final[tuple[AnyEvent, ...]] = (
    party("seller", headquarters="US"),
    party("buyer"),
    party("group"),
    party("branch", ultimate_parent="group"),
    party("op-ae", headquarters="AE"),
    device("h100"),
    device("h200", "15900"),
    granted("N-AE", NVEU, party="op-ae", destinations=["AE"]),
)
"""What every test ledger knows beside the standard packs."""

CREATED: Final = 9
"""Entries of a new ledger: its creation, seven packs of law and the device catalogue."""

SIZE: Final = CREATED + len(KNOWN)
"""Entries of the template: the next one has this number and one."""


@cache
def template() -> bytes:
    """A ledger file with the standard packs and what `KNOWN` says, as bytes.

    It is made at the time of `MARK`: no test's entry is then recorded before it.
    """
    with TemporaryDirectory() as folder, freeze_time(MARK.recorded_at):
        file = Path(folder) / "template.db"
        create(f"sqlite:///{file}", actor="ana")
        put(f"sqlite:///{file}", *KNOWN)
        with closing(sqlite3.connect(file)) as connection:
            connection.execute("PRAGMA journal_mode = DELETE")
        return file.read_bytes()


def fresh(folder: Path) -> str:
    """The URL of a fresh copy of the template in a folder."""
    file = folder / "ledger.db"
    file.write_bytes(template())
    return f"sqlite:///{file}"


def path_of(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


def in_memory() -> Ledger:
    """A copy of the template that no disk slows down."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.deserialize(template())
    return Ledger(SqliteConnection(connection))


def raw_of(ledger: Ledger) -> sqlite3.Connection:
    """The driver's own connection of a ledger in a file or in memory."""
    assert isinstance(ledger.connection, SqliteConnection)
    return ledger.connection.raw


def over(raw: sqlite3.Connection) -> Ledger:
    """The ledger behind a driver's own connection."""
    return Ledger(SqliteConnection(raw))


@contextmanager
def opened(url: str) -> Iterator[Ledger]:
    ledger = Ledger.open(url)
    try:
        yield ledger
    finally:
        ledger.close()


def put(url: str, *events: AnyEvent) -> Head:
    """Record events in one transaction."""
    with opened(url) as ledger:
        return put_into(ledger, events)


def put_into(ledger: Ledger, events: Iterable[AnyEvent]) -> Head:
    with ledger.writing() as writer:
        for one in events:
            record(writer, one, MARK)
    return ledger.head()


def head_of(url: str) -> Head:
    with opened(url) as ledger:
        return ledger.head()


def entries_of(url: str) -> list[Entry]:
    with opened(url) as ledger:
        return list(ledger.entries())


def stored(url: str) -> list[tuple[object, ...]]:
    """Every byte of the entries and heads: what must be equal before and after a refusal."""
    with opened(url) as ledger:
        entries = ledger.connection.execute("SELECT * FROM entry ORDER BY seq").fetchall()
        heads = ledger.connection.execute("SELECT * FROM head ORDER BY size").fetchall()
        return [*entries, *heads]


def rows(url: str, sql: str) -> list[tuple[object, ...]]:
    """What a query finds, on either engine."""
    with opened(url) as ledger:
        return ledger.connection.execute(sql).fetchall()


def dump(ledger: Ledger) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table, in the order in which the engine sorts them."""
    found = {}
    for name, table in METADATA.tables.items():
        columns = ", ".join(f'"{column.name}"' for column in table.columns)
        order = ", ".join(str(place + 1) for place in range(len(table.columns)))
        sql = f"SELECT {columns} FROM {name} ORDER BY {order}"  # noqa: S608 -- our own tables
        found[name] = ledger.connection.execute(sql).fetchall()
    return found


def tamper(
    connection: sqlite3.Connection | Connection, sql: str, values: Sequence[object] = ()
) -> None:
    """Change what is stored as the owner of the file can: past the triggers, which stand again."""
    triggers = connection.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY name"
    ).fetchall()
    for name, _ in triggers:
        connection.execute(f"DROP TRIGGER {name}")
    connection.execute(sql, values)
    for _, made in triggers:
        connection.execute(made)


def verified(url: str) -> Verified:
    with opened(url) as ledger:
        return verify(ledger)
