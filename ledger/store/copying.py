"""Copying: a whole ledger into an empty one on either engine, every entry and head byte by byte.

What stands in the target is one transaction: a copy that was interrupted leaves a target without
entries, into which it can be made again.
"""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Final

from ledger.core.errors import Conflict, LedgerDamaged, NotFound
from ledger.core.prefix import Head
from ledger.store import blobs
from ledger.store.connection import Connection, batches, shown
from ledger.store.ledger import Ledger
from ledger.store.rebuilding import derive
from ledger.store.verification import Progress, verify_log

COPIED: Final = {
    "entry": "SELECT seq, event_id, kind, on_day, body, leaf_hash FROM entry ORDER BY seq",
    "head": "SELECT size, root FROM head ORDER BY size",
    "tile": "SELECT level, place, nodes FROM tile ORDER BY level, place",
    "blob": "SELECT digest, content FROM blob ORDER BY digest",
    "list_index": "SELECT digest, version, data FROM list_index ORDER BY digest",
}
"""The tables that are copied as they are; all others follow from the entries."""

ROWS_AT_ONCE: Final = {"entry": 1_000, "head": 5_000, "tile": 500, "blob": 1, "list_index": 1}
"""How many rows of a table are held at a time; a screening list may be as large as all the rest."""

PASSES: Final = 4
"""How often the entries are walked: verified, copied, folded, verified in their new place."""


@dataclass(frozen=True, slots=True)
class Copied:
    """What was copied, and is verified in its new place: entries up to a head."""

    head: Head
    entries: int


def copy(source_url: str, target_url: str, *, progress: Progress) -> Copied:
    """Copy a ledger as it stands now into one that is created for it.

    Raises `Conflict` where the target holds entries, `LedgerDamaged` where the source is not whole;
    the target then holds no entry more than before.
    """
    with closing(Ledger.open(source_url)) as source:
        _refuse_filled(target_url)
        with source.reading() as prefix:
            head = prefix.head
            verify_log(source.connection, progress=_walk(progress, 0, head.size))
            with closing(Ledger.create(target_url)) as target, _filling(target, target_url):
                _copy_rows(source.connection, target.connection, _walk(progress, 1, head.size))
                derive(target, progress=_walk(progress, 2, head.size))
                _check(target, head, progress=_walk(progress, PASSES - 1, head.size))
    return Copied(head=head, entries=head.size)


def _walk(progress: Progress, before: int, size: int) -> Progress:
    """Progress of one walk over the entries, after some others."""
    return lambda done, _: progress(before * size + done, PASSES * size)


def _refuse_filled(url: str) -> None:
    """Refuse a target that holds entries, before anything of it is touched."""
    try:
        target = Ledger.open(url)
    except NotFound:
        return
    with closing(target):
        _refuse_entries(target, url)


def _refuse_entries(target: Ledger, url: str) -> None:
    if target.connection.execute("SELECT 1 FROM entry LIMIT 1").fetchone() is not None:
        raise Conflict(
            f"{shown(url)} holds a ledger already",
            where="TO",
            cure="name a file, database or schema that holds none: nothing is ever overwritten",
        )


@contextmanager
def _filling(target: Ledger, url: str) -> Iterator[None]:
    """The one transaction in which a target is filled."""
    target.connection.begin_writing()
    try:
        _refuse_entries(target, url)
        yield
        target.connection.commit()
    except BaseException:
        target.connection.roll_back()
        raise


def _copy_rows(source: Connection, target: Connection, progress: Progress) -> None:
    """Every row of the tables that are kept as they are."""
    for table, sql in COPIED.items():
        done = 0
        for rows in batches(source.stream(sql), ROWS_AT_ONCE[table]):
            target.insert(table, rows)
            done += len(rows)
            if table == "entry":
                progress(done, done)


def _check(target: Ledger, head: Head, *, progress: Progress) -> None:
    """Hold the copy to its source before it is committed."""
    tiles = verify_log(target.connection, progress=progress)
    found = Head(tiles.size, tiles.root().hex())
    if found != head:
        raise LedgerDamaged(
            f"the copy ends at {found.size} with the root {found.root}, its source at {head.size} "
            f"with {head.root}",
            where="TO",
            cure="copy again; if it stays so, run 'chipledger verify' on the source",
        )
    for (digest,) in target.connection.execute("SELECT digest FROM blob").fetchall():
        blobs.get(target.connection, digest)
