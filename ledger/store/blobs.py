"""Blobs: contents too large for an event, kept under their digest, and the indexes made of them."""

import zlib
from functools import cache
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from ledger.core.errors import InvalidInput, LedgerDamaged
from ledger.store.connection import RESTORE as CURE
from ledger.store.connection import Connection

if TYPE_CHECKING:
    from ledger.screening.index import Index

_INDEXES: Final[dict[str, "Index"]] = {}
"""Indexes of this process by the digest of their list: contents of a digest never change."""


def put(connection: Connection, digest: str, content: bytes) -> None:
    """Keep contents under their digest; the same contents are kept once."""
    connection.execute(
        "INSERT INTO blob VALUES (?, ?) ON CONFLICT (digest) DO NOTHING",
        (digest, zlib.compress(content)),
    )


def known(connection: Connection, digest: str) -> bool:
    """Whether the contents of a digest are kept."""
    row = connection.execute("SELECT 1 FROM blob WHERE digest = ?", (digest,)).fetchone()
    return row is not None


def get(connection: Connection, digest: str) -> bytes:
    """The contents of a digest; raises `LedgerDamaged` where they are gone or not the same."""
    row = connection.execute("SELECT content FROM blob WHERE digest = ?", (digest,)).fetchone()
    if row is None:
        raise LedgerDamaged("its contents are missing", where=f"blob {digest}", cure=CURE)
    try:
        content = zlib.decompress(row[0])
    except (zlib.error, TypeError) as error:
        raise LedgerDamaged(
            f"can't be read ({error})", where=f"blob {digest}", cure=CURE
        ) from error
    found = sha256(content).hexdigest()
    if found != digest:
        raise LedgerDamaged(f"its contents have the digest {found}", where=digest, cure=CURE)
    return content


def index(connection: Connection, digest: str) -> "Index":
    """The index of an adopted list: kept ready, else made again from the list's contents."""
    if digest not in _INDEXES:
        _INDEXES[digest] = _index(connection, digest)
    return _INDEXES[digest]


def _index(connection: Connection, digest: str) -> "Index":
    # A ledger without a list never pays for the matching library.
    from ledger.screening.index import Index

    row = connection.execute(
        "SELECT data FROM list_index WHERE digest = ? AND version = ?", (digest, _version())
    ).fetchone()
    if row is None:
        return make_index(connection, digest)
    try:
        return Index.from_bytes(row[0])
    except (InvalidInput, AttributeError) as error:
        raise LedgerDamaged(
            "the index of a screening list can't be read", where=f"list_index {digest}", cure=CURE
        ) from error


@cache
def _version() -> str:
    from ledger.screening.index import FORMAT

    return FORMAT


def make_index(connection: Connection, digest: str) -> "Index":
    """Make the index of a list from its contents."""
    from ledger.screening.index import Index
    from ledger.screening.lists import read_content

    return Index.of(read_content(get(connection, digest)))


def index_is_right(connection: Connection, digest: str) -> bool:
    """Whether the index kept of a list, if one of this version is, is made of its contents."""
    row = connection.execute(
        "SELECT data FROM list_index WHERE digest = ? AND version = ?", (digest, _version())
    ).fetchone()
    return row is None or make_index(connection, digest).to_bytes() == row[0]


def keep_index(connection: Connection, digest: str, made: "Index") -> None:
    """Keep an index ready for the next process."""
    connection.execute(
        "INSERT INTO list_index VALUES (?, ?, ?) ON CONFLICT (digest) DO UPDATE SET "
        "version = excluded.version, data = excluded.data",
        (digest, _version(), made.to_bytes()),
    )
