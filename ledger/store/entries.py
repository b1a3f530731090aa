"""Reading entries backwards: the newest first, a page at a time, so that memory stays bounded."""

from collections.abc import Iterator
from typing import Final

from ledger.core.encoding import Entry, decode
from ledger.store.connection import Connection

PAGE: Final = 500
"""Entries that are read at a time."""


def newest(
    connection: Connection, *, after: int, size: int, kind: str | None = None
) -> Iterator[Entry]:
    """The entries after a place up to a size, the newest first; of one kind, if it is named."""
    of_kind = "" if kind is None else "AND kind = ? "
    sql = (
        f"SELECT seq, body FROM entry WHERE seq > ? AND seq <= ? {of_kind}"  # noqa: S608 -- two texts of ours
        "ORDER BY seq DESC LIMIT ?"
    )
    kinds = () if kind is None else (kind,)
    while rows := connection.execute(sql, (after, size, *kinds, PAGE)).fetchall():
        for seq, body in rows:
            yield decode(body, seq=seq)
        size = rows[-1][0] - 1
