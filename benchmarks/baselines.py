"""The raw work beside each measure: what the engine alone takes for the same rows."""

import json
import sqlite3
from collections.abc import Callable
from hashlib import sha256
from itertools import count
from pathlib import Path

from benchmarks.measuring import once

PER_COMMIT = 1000
BODY, LEAF = b"x" * 430, b"y" * 32


def table(file: Path) -> sqlite3.Connection:
    """A database with the columns of an entry, as durable as a ledger."""
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(
        "CREATE TABLE IF NOT EXISTS entry (seq INTEGER PRIMARY KEY, event_id TEXT UNIQUE, "
        "kind TEXT, on_day TEXT, body BLOB, leaf_hash BLOB)"
    )
    return connection


def row(number: int) -> tuple[object, ...]:
    """One row of an entry's columns."""
    return (number, f"lot-{number}", "lot.exported", "2025-09-01", BODY, LEAF)


def raw_inserts(file: Path, rows: int) -> float:
    """Seconds for so many rows, a thousand a commit."""
    connection = table(file)

    def insert() -> None:
        for first in range(0, rows, PER_COMMIT):
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(
                "INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?)",
                [row(number) for number in range(first, min(first + PER_COMMIT, rows))],
            )
            connection.execute("COMMIT")

    seconds = once(insert)
    connection.close()
    return seconds


def raw_commits(file: Path) -> Callable[[], None]:
    """A durable commit of one row, each time it is called."""
    connection, numbers = table(file), count()

    def commit() -> None:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?)", row(next(numbers)))
        connection.execute("COMMIT")

    return commit


def read_and_hash(file: Path) -> None:
    """Read every body and hash it: the least that a verification can do."""
    connection = sqlite3.connect(file)
    for (body,) in connection.execute("SELECT body FROM entry ORDER BY seq"):
        sha256(body).digest()
    connection.close()


def read_and_decode(file: Path) -> None:
    """Read every body and decode its JSON: the least that a rebuild can do."""
    connection = sqlite3.connect(file)
    for (body,) in connection.execute("SELECT body FROM entry ORDER BY seq"):
        json.loads(body)
    connection.close()
