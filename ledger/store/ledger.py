"""The stored ledger: one writer transaction at a time, an entry at its end, a head per commit."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self

from ledger.core.encoding import Entry, decode
from ledger.core.errors import LedgerDamaged, NotFound
from ledger.core.law.law import AdoptedPack, Law
from ledger.core.law.pack import read
from ledger.core.prefix import Head
from ledger.store import connection as connections
from ledger.store.as_of import AsOf, size_as_of
from ledger.store.connection import RESTORE, Connection
from ledger.store.prefix import StorePrefix
from ledger.store.remembered import Remembered
from ledger.store.tiles import Subtrees, Tiles, is_full, last_tiles, leaves_of, load, peaks
from ledger.store.writer import End, Writer


class Ledger:
    """An open ledger."""

    def __init__(self, connection: Connection) -> None:
        """Hold a connection; use `open` or `create`."""
        self.connection = connection
        self._law: tuple[tuple[str, ...], Law] | None = None
        self._end: End | None = None

    @classmethod
    def open(cls, url: str) -> Self:
        """Open an existing ledger; raises `NotFound`, `InvalidInput` or `LedgerDamaged`.

        Tables without an entry are what a crash of `init` leaves: no ledger yet.
        """
        opened = cls(connections.open_url(url))
        try:
            opened._begun()
        except BaseException:
            opened.close()
            raise
        return opened

    def _begun(self) -> None:
        """Raise `NotFound` where nothing was ever recorded."""
        first = self.connection.execute("SELECT seq FROM entry LIMIT 1").fetchone()
        if first is None and self.head().size == 0:
            raise NotFound(
                "it holds no entry: creating it was interrupted",
                where="--ledger",
                cure="create it again: chipledger init",
            )

    @classmethod
    def create(cls, url: str) -> Self:
        """Create or migrate a ledger and open it."""
        return cls(connections.create_url(url))

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()

    def head(self) -> Head:
        """The present head; of an empty ledger, size 0."""
        row = self.connection.execute(
            "SELECT size, root FROM head ORDER BY size DESC LIMIT 1"
        ).fetchone()
        return Head(0, Tiles().root().hex()) if row is None else Head(row[0], row[1].hex())

    @contextmanager
    def reading(self, as_of: AsOf | None = None) -> Iterator[StorePrefix]:
        """One consistent prefix: the head, or what was known at an earlier size or time.

        Raises `NotFound` for a size that the ledger has not reached, and for a time before it.
        """
        self.connection.begin_reading()
        try:
            head = self.head()
            size = head.size
            if as_of is not None:
                size = size_as_of(self.connection, as_of, head.size)
            if size == head.size:
                facts = self._end_at(head).facts
                yield StorePrefix(self.connection, head, totals=True, remembered=facts)
            else:
                yield self.prefix_at(size)
        finally:
            self.connection.roll_back()

    def _end_at(self, head: Head) -> End:
        """What is remembered of the end; nothing yet where another writer moved it."""
        if self._end is None or self._end.head != head:
            self._end = End(head, Remembered())
        return self._end

    def prefix_at(self, size: int) -> StorePrefix:
        """The first entries up to a size: all that was known then.

        Raises `NotFound` for a size that the ledger has not reached.
        """
        reached = self.head().size
        if not 0 <= size <= reached:
            raise NotFound(
                f"the ledger has {reached} entries, not {size}",
                where="--as-of",
                cure="take the size that stands in an answer's as_of",
            )
        return StorePrefix(
            self.connection, Head(size, self.tiles_at(size).root().hex()), totals=False
        )

    def tiles_at(self, size: int) -> Tiles:
        """The Merkle tree at a size."""
        return load(size, {place: self.tile(*place) for place in last_tiles(size)})

    def tile(self, level: int, place: int) -> bytes:
        """The hashes of one tile; none where it is not stored.

        Raises `LedgerDamaged` for a partial one whose leaves are not those that it was stored of.
        """
        with self._one_state():
            return self._tile(level, place)

    @contextmanager
    def _one_state(self) -> Iterator[None]:
        """See one state of the ledger, whoever writes: that of the open transaction, or its own."""
        alone = not self.connection.in_transaction
        if alone:
            self.connection.begin_reading()
        try:
            yield
        finally:
            if alone:
                self.connection.roll_back()

    def _tile(self, level: int, place: int) -> bytes:
        row = self.connection.execute(
            "SELECT nodes FROM tile WHERE level = ? AND place = ?", (level, place)
        ).fetchone()
        if row is None or level or is_full(row[0]):
            return b"" if row is None else bytes(row[0])
        leaves = self._leaves(place)
        if peaks(leaves) != row[0]:
            raise LedgerDamaged(
                f"tile {level}/{place} of the Merkle tree is not what the entries give",
                where="tiles",
                cure=RESTORE,
            )
        return b"".join(leaves)

    def _leaves(self, place: int) -> list[bytes]:
        """The leaf hashes of a tile, as they stand beside the entries."""
        rows = self.connection.execute(
            "SELECT leaf_hash FROM entry WHERE seq > ? AND seq <= ? ORDER BY seq",
            leaves_of(place),
        )
        return [bytes(row[0]) for row in rows.fetchall()]

    def subtrees(self) -> Subtrees:
        """The hashes of the Merkle tree's subtrees: what proofs are made of."""
        return Subtrees(self.tile)

    def body(self, seq: int) -> bytes:
        """The stored body of an entry; raises `LedgerDamaged` where it is gone."""
        row = self.connection.execute("SELECT body FROM entry WHERE seq = ?", (seq,)).fetchone()
        if row is None or not isinstance(row[0], bytes):
            raise LedgerDamaged(
                "its body is gone or stored as text",
                where=f"entry {seq}",
                cure="stop writing and restore the ledger from a backup",
            )
        return row[0]

    def law(self, prefix: StorePrefix) -> Law:
        """The law as the prefix knows it; read once for the same adopted texts."""
        packs = prefix.packs()
        digests = tuple(pack.digest for pack in packs)
        if self._law is None or self._law[0] != digests:
            law = Law(AdoptedPack(read(pack.text, where=pack.pack), pack.digest) for pack in packs)
            self._law = (digests, law)
        return self._law[1]

    @contextmanager
    def writing(self) -> Iterator[Writer]:
        """The writer transaction: what is appended in it is committed together, or not at all.

        Raises `Conflict` where another writer holds the ledger for too long.
        """
        self.connection.begin_writing()
        try:
            end = self._end_at(self.head())
            self._end = None  # a failure in between leaves nothing to go on with
            writer = Writer(self, end)
            yield writer
            writer.finish()
            self.connection.commit()
            self._end = writer.end()
        except BaseException:
            self._end = None
            self.connection.roll_back()
            raise

    def forget(self) -> None:
        """Forget what was read of the ledger's end, because its tables were made anew."""
        self._end = None

    def entries(self, first: int = 1) -> Iterator[Entry]:
        """Every entry from a place on, in order."""
        rows = self.connection.stream(
            "SELECT seq, body FROM entry WHERE seq >= ? ORDER BY seq", (first,)
        )
        for seq, body in rows:
            yield decode(body, seq=seq)
