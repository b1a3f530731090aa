"""Forged ledgers: other entries, with every hash, head, tile and derived table made to fit them."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing

from ledger.core.encoding import Entry, decode, encode
from ledger.core.merkle import leaf_hash
from ledger.store.rebuilding import rebuild
from ledger.store.statements import DERIVED
from ledger.store.tiles import Tiles
from tests.store.ledgers import over, path_of


def changed(entry: Entry, **fields: object) -> Entry:
    """An entry whose event says something else."""
    return entry.model_copy(update={"event": entry.event.model_copy(update=fields)})


def swapped(entries: Sequence[Entry], first: int, second: int) -> list[Entry]:
    """The events of two entries in each other's place."""
    found = list(entries)
    for here, there in ((first, second), (second, first)):
        event = entries[there - 1].event
        found[here - 1] = entries[here - 1].model_copy(update={"event": event})
    return found


def forge(url: str, entries: Sequence[Entry]) -> None:
    """Put other entries into a ledger, as its owner can, so that nothing in the file tells."""
    with closing(sqlite3.connect(path_of(url), isolation_level=None)) as connection:
        connection.execute("BEGIN")
        triggers = connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY name"
        ).fetchall()
        for name, _ in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        _put(connection, entries)
        for _, made in triggers:
            connection.execute(made)
        connection.execute("COMMIT")
        rebuild(over(connection))


def _put(connection: sqlite3.Connection, entries: Sequence[Entry]) -> None:
    sizes = {row[0] for row in connection.execute("SELECT size FROM head")} | {len(entries)}
    for table in ("entry", "head", "tile", *DERIVED):
        connection.execute(f"DELETE FROM {table}")  # noqa: S608 -- ours
    tiles = Tiles()
    for seq, entry in enumerate(entries, start=1):
        event, body = entry.event, encode(entry.event, entry.envelope)
        assert decode(body, seq=seq) == entry
        tiles.append(leaf_hash(body))
        row = (seq, event.id, event.kind, str(event.on), body, leaf_hash(body))
        connection.execute("INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?)", row)
        if seq in sizes:
            connection.execute("INSERT INTO head VALUES (?, ?)", (seq, tiles.root()))
    stored = [(*place, hashes) for place, hashes in tiles.changed().items()]
    connection.executemany("INSERT INTO tile VALUES (?, ?, ?)", stored)
