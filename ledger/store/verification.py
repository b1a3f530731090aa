"""Verification: every body, hash, head and tile, then every row of the derived tables.

The log is verified by itself first. Then the entries are folded once more and each row that they
give is held to the stored one: at the first difference the place is known, and nothing is written.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from typing import Final

from ledger.core.encoding import decode
from ledger.core.errors import LedgerDamaged
from ledger.core.merkle import LEAF, leaf_hash
from ledger.core.prefix import Head
from ledger.store import blobs
from ledger.store.cells import shape_text
from ledger.store.connection import RESTORE as CURE
from ledger.store.connection import Connection
from ledger.store.folding import Fold, Row, Stored
from ledger.store.ledger import Ledger
from ledger.store.prefix import StorePrefix
from ledger.store.statements import COLUMNS, TOTAL_KEY
from ledger.store.tiles import Tiles
from ledger.store.totals import totals_of

REBUILD: Final = "run 'chipledger rebuild': the entries themselves are as they were written"

Progress = Callable[[int, int], None]
"""Told how many of the entries are done, and how many there are."""

A_STEP: Final = 4096
"""Entries between two reports of progress."""

FOLDED: Final = {
    "registry": "SELECT seq, kind, subject, detail, on_day FROM registry ORDER BY seq",
    "kinship": "SELECT seq, parent, party FROM kinship ORDER BY seq, parent",
    "position": f"SELECT {COLUMNS} FROM position ORDER BY seq, place",  # noqa: S608 -- our own columns
}
"""The tables whose rows follow one by one from the entries, in that order."""


@dataclass(frozen=True, slots=True)
class Verified:
    """What was verified: entries, commits and movements, up to a head."""

    head: Head
    entries: int
    commits: int
    movements: int


def verify(ledger: Ledger, *, progress: Progress | None = None) -> Verified:
    """Verify a ledger from its first byte; raises `LedgerDamaged` at the first difference.

    Nothing is written to the ledger.
    """
    told = progress or unseen
    connection = ledger.connection
    connection.begin_reading()
    try:
        connection.sound()
        tiles = verify_log(connection, progress=told)
        _lists(connection)
        movements = _derived(ledger, tiles.size, told)
        commits = connection.execute("SELECT count(*) FROM head").fetchone()[0]
        return Verified(
            head=ledger.head(), entries=tiles.size, commits=commits, movements=movements
        )
    finally:
        connection.roll_back()


def unseen(done: int, size: int) -> None:
    """Progress that nobody watches."""


def verify_log(connection: Connection, *, progress: Progress = unseen) -> Tiles:
    """Every entry in order with its hash, each head at its size, every tile; no entry too many."""
    heads = connection.execute("SELECT size, root FROM head ORDER BY size").fetchall()
    total, tiles, count = heads[-1][0] if heads else 0, Tiles(), 0
    rows = connection.stream("SELECT seq, body, leaf_hash FROM entry ORDER BY seq")
    for size, root in heads:
        while tiles.size < size:
            leaves = _hashed(islice(rows, min(A_STEP, size - tiles.size)), tiles.size)
            if not leaves:
                raise LedgerDamaged(
                    f"the head says {total} entries, {tiles.size} are stored",
                    where=f"entry {tiles.size + 1}",
                    cure=CURE,
                )
            tiles.extend(leaves)
            count += _same_tiles(connection, tiles.filled())
            if tiles.size // A_STEP != (tiles.size - len(leaves)) // A_STEP:
                progress(tiles.size, 2 * total)
        if root != tiles.root():
            _say_which(connection, size)
            raise _wrong(size, "the root of the head", root, tiles.root())
    more = sum(1 for _ in rows)
    if more:
        raise LedgerDamaged(
            f"{tiles.size + more} entries are stored, the last head has {total}",
            where=f"entry {total + 1}",
            cure=CURE,
        )
    count += _same_tiles(connection, tiles.changed())
    stored = connection.execute("SELECT count(*) FROM tile").fetchone()[0]
    if stored != count:
        raise LedgerDamaged(
            f"{stored} tiles are stored, {count} expected", where="tiles", cure=CURE
        )
    return tiles


def _hashed(rows: Iterable[tuple[object, object, object]], before: int) -> list[bytes]:
    """The leaf hashes of entries that follow others, each computed from its body."""
    leaves, place = [], before
    for seq, body, leaf in rows:
        place += 1
        if seq != place or type(body) is not bytes or sha256(LEAF + body).digest() != leaf:
            raise _damaged_entry(place, seq, body, leaf)
        leaves.append(leaf)
    return leaves


def _say_which(connection: Connection, size: int) -> None:
    """Raise at the first entry that is not the one of its place, where the root alone is wrong."""
    rows = connection.stream("SELECT seq, body FROM entry WHERE seq <= ? ORDER BY seq", (size,))
    for seq, body in rows:
        decode(body, seq=seq)


def _damaged_entry(expected: int, seq: object, body: object, leaf: object) -> LedgerDamaged:
    """What is wrong with an entry that is not what its place and its hash say."""
    where = f"entry {expected}"
    if seq != expected:
        return LedgerDamaged(f"the next entry is {seq}", where=where, cure=CURE)
    if not isinstance(body, bytes):
        kind = {str: "text", int: "integer", float: "real"}.get(type(body), "null")
        return LedgerDamaged(f"its body is stored as {kind}", where=where, cure=CURE)
    try:
        decode(body, seq=seq)  # says more where the body itself is not what an entry can be
    except LedgerDamaged as damage:
        return damage
    return _wrong(seq, "the leaf hash", leaf, leaf_hash(body))


def _wrong(seq: int, what: str, found: object, expected: bytes) -> LedgerDamaged:
    shown = found.hex() if isinstance(found, bytes) else repr(found)
    return LedgerDamaged(
        f"{what} is {shown}, computed from the entries it is {expected.hex()}",
        where=f"entry {seq}",
        cure=CURE,
    )


def _same_tiles(connection: Connection, computed: dict[tuple[int, int], bytes]) -> int:
    """Tiles against the stored ones; how many."""
    for (level, place), hashes in sorted(computed.items()):
        row = connection.execute(
            "SELECT nodes FROM tile WHERE level = ? AND place = ?", (level, place)
        ).fetchone()
        if row is None or row[0] != hashes:
            raise LedgerDamaged(
                f"tile {level}/{place} of the Merkle tree is not what the entries give",
                where="tiles",
                cure=CURE,
            )
    return len(computed)


def _lists(connection: Connection) -> None:
    """The contents of every adopted list by their digest, and the indexes made of them."""
    rows = connection.execute(
        "SELECT seq, body FROM entry WHERE kind = 'list.adopted' ORDER BY seq"
    ).fetchall()
    adopted = (decode(body, seq=seq).event for seq, body in rows)
    for digest in dict.fromkeys(getattr(event, "digest", "") for event in adopted):
        blobs.get(connection, digest)
        if not blobs.index_is_right(connection, digest):
            raise LedgerDamaged(
                "the index of a screening list is not what its contents give",
                where=f"list_index {digest}",
                cure=CURE,
            )


def _derived(ledger: Ledger, size: int, progress: Progress) -> int:
    """Every row of the derived tables against what the entries give; how many movements."""
    connection = ledger.connection
    prefix = StorePrefix(connection, Head(0, ""), totals=False)
    fold = Fold(ledger, prefix)
    stored = {table: connection.stream(sql) for table, sql in FOLDED.items()}
    movements = 0

    def second_half(done: int, of: int) -> None:
        progress(of + done, 2 * of)

    for table, row in fold.rows(entries_of(connection, size, second_half)):
        found = next(stored[table], None)
        if found != row:
            raise _difference(table, found, row)
        movements += table == "position"
    for table, rest in stored.items():
        more = next(rest, None)
        if more is not None:
            raise _difference(table, more, None)
    _shapes(connection, fold)
    for shape in fold.shapes:
        _sums(connection, shape_text(shape), totals_of(shape))
    _in_step(
        "hold",
        connection.stream("SELECT reservation, hold_until, open_units FROM hold ORDER BY 1"),
        fold.holding(),
    )
    return movements


def entries_of(connection: Connection, size: int, progress: Progress) -> Iterator[Stored]:
    """Every entry as it is stored, in the order of their places."""
    rows = connection.stream("SELECT seq, event_id, kind, on_day, body FROM entry ORDER BY seq")
    for row in rows:
        yield row
        if row[0] % A_STEP == 0:
            progress(row[0], size)


def _difference(table: str, found: Row | None, expected: Row | None) -> LedgerDamaged:
    """The first row of a derived table that is not what the entries give."""
    if found is not None and (expected is None or found < expected):
        said = f"has a row that the entries do not give: {found}"
    elif found is None or (expected is not None and expected[0] != found[0]):
        said = f"lacks a row that the entries give: {expected}"
    else:
        said = f"has {found}, the entries give {expected}"
    return LedgerDamaged(f"the derived table {table} {said}", where=table, cure=REBUILD)


def _shapes(connection: Connection, fold: Fold) -> None:
    expected = sorted((shape_text(shape),) for shape in fold.shapes)
    stored = connection.execute("SELECT shape FROM rollup_shape ORDER BY shape").fetchall()
    _in_step("rollup_shape", iter(stored), iter(expected))


def _in_step(table: str, stored: Iterator[Row], expected: Iterator[Row]) -> None:
    """Two walks over the rows of a table, in the same order."""
    for row in expected:
        found = next(stored, None)
        if found != row:
            raise _difference(table, found, row)
    more = next(stored, None)
    if more is not None:
        raise _difference(table, more, None)


def _sums(connection: Connection, shape: str, summed: str) -> None:
    """Totals of a shape against the sums of the movements, which stand compared by now."""
    table = "day_total"
    stored = "SELECT * FROM day_total WHERE shape = ?"
    missing = connection.execute(
        f"SELECT * FROM ({summed}) AS given EXCEPT {stored} ORDER BY 1, 2, 3, 4, 5, 6 LIMIT 1",  # noqa: S608 -- our own words
        (shape,),
    ).fetchone()
    if missing is not None:
        key = " AND ".join(f"{name} = ?" for name in TOTAL_KEY.split(", "))
        there = connection.execute(f"SELECT * FROM day_total WHERE {key}", missing[:6]).fetchone()  # noqa: S608 -- as above
        raise _difference(table, there, missing)
    extra = connection.execute(
        f"{stored} EXCEPT SELECT * FROM ({summed}) AS given LIMIT 1",  # noqa: S608 -- as above
        (shape,),
    ).fetchone()
    if extra is not None:
        raise _difference(table, extra, None)
