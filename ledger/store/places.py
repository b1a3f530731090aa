"""Where events stand in the ledger, many at once."""

import sqlite3
from collections.abc import Collection
from typing import Final

AT_ONCE: Final = 500
"""Ids in one statement: engines bound how many marks it may have."""


def places(connection: sqlite3.Connection, event_ids: Collection[str]) -> dict[str, int]:
    """The places of entries by the ids of their events; unknown ids are left out."""
    ids, found = list(event_ids), dict[str, int]()
    for first in range(0, len(ids), AT_ONCE):
        some = ids[first : first + AT_ONCE]
        marks = ", ".join("?" for _ in some)
        sql = f"SELECT event_id, seq FROM main.entry WHERE event_id IN ({marks})"  # noqa: S608
        found |= dict(connection.execute(sql, some).fetchall())
    return found
