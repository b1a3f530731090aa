"""Verification: every body, hash, head and tile, then the derived tables against a rebuild."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

from ledger.core.encoding import Entry, decode
from ledger.core.errors import LedgerDamaged
from ledger.core.law.law import Law
from ledger.core.merkle import leaf_hash
from ledger.core.movements import recording
from ledger.core.prefix import Head
from ledger.store import blobs
from ledger.store.connection import KEPT
from ledger.store.ledger import Ledger
from ledger.store.prefix import StorePrefix
from ledger.store.projector import Projector
from ledger.store.statements import DERIVED, Statements
from ledger.store.tiles import Tiles

REBUILT = "rebuilt"
CURE = "stop writing and restore the ledger from a backup"


@dataclass(frozen=True, slots=True)
class Verified:
    """What was verified: entries, commits and movements, up to a head."""

    head: Head
    entries: int
    commits: int
    movements: int


def verify(ledger: Ledger) -> Verified:
    """Verify a ledger from its first byte; raises `LedgerDamaged` at the first difference.

    Nothing is written to the ledger: the rebuilt tables stand in a temporary database.
    """
    connection = ledger.connection
    connection.execute("BEGIN")
    try:
        _sound(connection)
        tiles = _entries(connection)
        _last_tiles(ledger, tiles)
        _lists(connection)
    finally:
        connection.execute("ROLLBACK")
    _rebuild(ledger)
    head = ledger.head()
    commits = connection.execute("SELECT count(*) FROM head").fetchone()[0]
    movements = connection.execute("SELECT count(*) FROM position").fetchone()[0]
    return Verified(head=head, entries=tiles.size, commits=commits, movements=movements)


def _sound(connection: sqlite3.Connection) -> None:
    try:
        found = connection.execute("PRAGMA integrity_check").fetchone()[0]
    except sqlite3.DatabaseError as damage:
        raise LedgerDamaged(f"the file can't be read ({damage})", cure=CURE) from damage
    if found != "ok":
        raise LedgerDamaged(f"the file is damaged ({found})", cure=CURE)
    there = {
        row[0] for row in connection.execute("SELECT sql FROM sqlite_master WHERE type = 'trigger'")
    }
    for table in (*KEPT, "blob"):
        for change in ("UPDATE", "DELETE"):
            if keeper(table, change) not in there:
                raise LedgerDamaged(
                    f"the trigger that refuses {change} is gone or changed", where=table, cure=CURE
                )


def keeper(table: str, change: str) -> str:
    """The trigger that keeps a table from a change, as the migration makes it."""
    return (
        f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    )


def _entries(connection: sqlite3.Connection) -> Tiles:
    """Every entry in order, each head at its size, no entry after the last head."""
    heads = connection.execute("SELECT size, root FROM head ORDER BY size").fetchall()
    tiles, waiting = Tiles(), iter(heads)
    expected = next(waiting, None)
    rows = connection.execute(
        "SELECT seq, event_id, kind, on_day, body, leaf_hash, typeof(body) FROM entry ORDER BY seq"
    )
    for row in rows:
        tiles.append(_entry(row, tiles.size + 1))
        if expected is not None and expected[0] == tiles.size:
            if bytes(expected[1]) != tiles.root():
                raise _wrong(tiles.size, "the root of the head", bytes(expected[1]), tiles.root())
            expected = next(waiting, None)
    if expected is not None:
        raise LedgerDamaged(
            f"the head says {heads[-1][0]} entries, {tiles.size} are stored",
            where=f"entry {tiles.size + 1}",
            cure=CURE,
        )
    last = heads[-1][0] if heads else 0
    if last != tiles.size:
        raise LedgerDamaged(
            f"{tiles.size} entries are stored, the last head has {last}",
            where=f"entry {last + 1}",
            cure=CURE,
        )
    return tiles


def _entry(row: tuple[object, ...], seq: int) -> bytes:
    """Check one stored entry against its place and its own columns; its leaf hash."""
    found_seq, event_id, kind, on_day, body, leaf, stored_as = row
    if found_seq != seq:
        raise LedgerDamaged(f"the next entry is {found_seq}", where=f"entry {seq}", cure=CURE)
    if stored_as != "blob" or not isinstance(body, bytes):
        raise LedgerDamaged(f"its body is stored as {stored_as}", where=f"entry {seq}", cure=CURE)
    event = decode(body, seq=seq).event
    computed = leaf_hash(body)
    if leaf != computed:
        raise _wrong(seq, "the leaf hash", leaf if isinstance(leaf, bytes) else b"", computed)
    columns = (event.id, event.kind, str(event.on))
    if (event_id, kind, on_day) != columns:
        raise LedgerDamaged(
            f"its columns say {(event_id, kind, on_day)}, its body says {columns}",
            where=f"entry {seq}",
            cure=CURE,
        )
    return computed


def _wrong(seq: int, what: str, found: bytes, expected: bytes) -> LedgerDamaged:
    return LedgerDamaged(
        f"{what} is {found.hex()}, computed from the entries it is {expected.hex()}",
        where=f"entry {seq}",
        cure=CURE,
    )


def _last_tiles(ledger: Ledger, computed: Tiles) -> None:
    """The stored tiles, the full ones too: each was last written when it was computed here."""
    for (level, place), hashes in computed.changed.items():
        row = ledger.connection.execute(
            "SELECT hashes FROM tile WHERE level = ? AND place = ?", (level, place)
        ).fetchone()
        if row is None or bytes(row[0]) != hashes:
            raise LedgerDamaged(
                f"tile {level}/{place} of the Merkle tree is not what the entries give",
                where="tiles",
                cure=CURE,
            )
    stored = ledger.connection.execute("SELECT count(*) FROM tile").fetchone()[0]
    if stored != len(computed.changed):
        raise LedgerDamaged(
            f"{stored} tiles are stored, {len(computed.changed)} expected", where="tiles", cure=CURE
        )


def _lists(connection: sqlite3.Connection) -> None:
    """The contents of every adopted list by their digest, and the indexes made of them."""
    adopted = connection.execute(
        "SELECT DISTINCT json_extract(CAST(body AS TEXT), '$.event.digest') FROM entry "
        "WHERE kind = 'list.adopted'"
    ).fetchall()
    for (digest,) in adopted:
        blobs.get(connection, digest)
        if not blobs.index_is_right(connection, digest):
            raise LedgerDamaged(
                "the index of a screening list is not what its contents give",
                where=f"list_index {digest}",
                cure=CURE,
            )


def _rebuild(ledger: Ledger) -> None:
    """Fold every entry again into a temporary copy of the derived tables and compare."""
    connection = ledger.connection
    connection.execute(f"ATTACH '' AS {REBUILT}")
    try:
        connection.execute("BEGIN")
        _copy_tables(connection)
        for _ in _fold(ledger):
            pass
        for table in DERIVED:
            _same(connection, table)
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        connection.execute(f"DETACH {REBUILT}")


def _copy_tables(connection: sqlite3.Connection) -> None:
    """The derived tables' own definitions, empty, in the temporary schema."""
    names = ", ".join(f"'{table}'" for table in DERIVED)
    made = connection.execute(
        "SELECT type, name, sql FROM main.sqlite_master "  # noqa: S608 -- our own table names
        f"WHERE tbl_name IN ({names}) AND sql IS NOT NULL ORDER BY type DESC"
    ).fetchall()
    for kind, name, sql in made:
        opening = f"CREATE {kind.upper()} "
        start = sql.index(name, len(opening) - 1)
        quote = '"' if sql[start - 1] == '"' else ""
        connection.execute(f"{opening}{REBUILT}.{quote}{sql[start:]}")


def _fold(ledger: Ledger) -> Iterator[Entry]:
    statements = Statements(REBUILT)
    prefix = StorePrefix(ledger.connection, Head(0, ""), totals=True, statements=statements)
    projector = Projector(ledger.connection, statements)
    law: Law | None = None
    for entry in ledger.entries():
        event, seq = entry.event, entry.envelope.seq
        projector.flush()
        law = law or ledger.law(prefix)
        projector.project(seq, event, recording(event, prefix, law), prefix)
        if event.kind in ("pack.adopted", "record.reversed"):
            law = None
        yield entry
    projector.flush()


def _same(connection: sqlite3.Connection, table: str) -> None:
    """The first row that stands in one table and not in the other."""
    for left, right, what in (("main", REBUILT, "has"), (REBUILT, "main", "lacks")):
        row = connection.execute(
            f"SELECT * FROM {left}.{table} EXCEPT SELECT * FROM {right}.{table} LIMIT 1"  # noqa: S608 -- our own table names
        ).fetchone()
        if row is not None:
            raise LedgerDamaged(
                f"the derived table {table} {what} a row that the entries "
                f"{'do not give' if what == 'has' else 'give'}: {row}",
                where=table,
                cure=CURE,
            )
