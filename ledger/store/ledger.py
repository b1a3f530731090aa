"""The stored ledger: one writer transaction at a time, an entry at its end, a head per commit."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Self

from ledger.core.encoding import Batch, Entry, Envelope, decode, encode, event_data
from ledger.core.errors import AlreadyRecorded, Conflict, HeadMoved, LedgerDamaged, NotFound
from ledger.core.events import AnyEvent, LotAttrited, LotRelocated, PackAdopted, RecordReversed
from ledger.core.law.law import AdoptedPack, Law
from ledger.core.law.pack import read
from ledger.core.merkle import leaf_hash
from ledger.core.movements import recording
from ledger.core.prefix import Head
from ledger.store import connection as connections
from ledger.store.prefix import MAIN, StorePrefix
from ledger.store.projector import Projector
from ledger.store.tiles import Subtrees, Tiles, last_tiles, load


@dataclass(frozen=True, slots=True)
class Signature:
    """Who records, when (UTC) and by which way: the envelope's part that the shell knows."""

    actor: str
    via: str
    recorded_at: str
    batch: Batch | None = None


@dataclass(frozen=True, slots=True)
class Appended:
    """What an append did: the entry's place, whether it is new, and what could not be freed."""

    seq: int
    new: bool
    excess_units: int = 0


class Ledger:
    """An open ledger file."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Hold a connection; use `open` or `create`."""
        self.connection = connection
        self._law: tuple[tuple[str, ...], Law] | None = None

    @classmethod
    def open(cls, url: str) -> Self:
        """Open an existing ledger; raises `NotFound`, `InvalidInput` or `LedgerDamaged`."""
        return cls(connections.open_sqlite(url))

    @classmethod
    def create(cls, url: str) -> Self:
        """Create or migrate a ledger and open it."""
        return cls(connections.create_sqlite(url))

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
    def reading(self, as_of: int | None = None) -> Iterator[StorePrefix]:
        """One consistent prefix: the head, or an earlier size.

        Raises `NotFound` for a size that the ledger has not reached.
        """
        self.connection.execute("BEGIN")
        try:
            head = self.head()
            if as_of is None or as_of == head.size:
                yield StorePrefix(self.connection, head, totals=True)
            else:
                yield self.prefix_at(as_of)
        finally:
            self.connection.execute("ROLLBACK")

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
        """The hashes of one tile; none where it is not stored."""
        row = self.connection.execute(
            "SELECT hashes FROM tile WHERE level = ? AND place = ?", (level, place)
        ).fetchone()
        return b"" if row is None else bytes(row[0])

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
    def writing(self) -> Iterator["Writer"]:
        """The writer transaction: what is appended in it is committed together, or not at all."""
        try:
            self.connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as busy:
            raise _cant_write(busy) from busy
        try:
            writer = Writer(self)
            yield writer
            writer.finish()
            self.connection.execute("COMMIT")
        except sqlite3.OperationalError as failed:
            self._roll_back()
            raise _cant_write(failed) from failed
        except BaseException:
            self._roll_back()
            raise

    def _roll_back(self) -> None:
        if self.connection.in_transaction:
            self.connection.execute("ROLLBACK")

    def entries(self, first: int = 1) -> Iterator[Entry]:
        """Every entry from a place on, in order."""
        rows = self.connection.execute(
            "SELECT seq, body FROM entry WHERE seq >= ? ORDER BY seq", (first,)
        )
        for seq, body in rows:
            yield decode(body, seq=seq)


def _cant_write(failed: sqlite3.OperationalError) -> Conflict:
    return Conflict(
        f"the ledger can't be written now ({failed})",
        cure="another program is writing, or the file or disk is full or read-only: try again",
    )


class Writer:
    """Appends entries inside one transaction and answers from the state after each of them."""

    def __init__(self, ledger: Ledger) -> None:
        """Begin at the present head."""
        self._ledger, self.connection = ledger, ledger.connection
        self._began = ledger.head()
        self._prefix = StorePrefix(self.connection, self._began, totals=True)
        self._law: Law | None = None
        self._tiles = ledger.tiles_at(self._began.size)
        self._projector = Projector(self.connection, MAIN)

    @property
    def prefix(self) -> StorePrefix:
        """The ledger after everything appended so far, for a decision inside the transaction."""
        self._projector.flush()
        self._prefix.moved(Head(self._tiles.size, self._tiles.root().hex()))
        return self._prefix

    @property
    def bare_prefix(self) -> StorePrefix:
        """The same for facts of parties, devices and grants: totals may lag behind."""
        return self._prefix

    def overdue(self, today: date) -> list[str]:
        """Open reservations whose first day out has come."""
        rows = self.connection.execute(MAIN.overdue, (str(today),))
        return [row[0] for row in rows.fetchall()]

    @property
    def law(self) -> Law:
        """The law after everything appended so far."""
        if self._law is None:
            self._law = self._ledger.law(self._prefix)
        return self._law

    def recorded(self, event: AnyEvent) -> int | None:
        """The place of the same event, None if its id is new.

        Raises `AlreadyRecorded` where the id stands with other content.
        """
        found = self._prefix.locate(event.id)
        if found is None:
            return None
        if event_data(found[1]) != event_data(event):
            raise AlreadyRecorded(
                f"the id '{event.id}' stands in the ledger with other content (entry {found[0]})",
                cure="use another id for another fact; to correct the old one, reverse it first",
            )
        return found[0]

    def append(self, event: AnyEvent, signature: Signature) -> Appended:
        """Append an event unless the very same one is recorded.

        Raises `AlreadyRecorded`, and what `recording` raises; the state is then unchanged.
        """
        known = self.recorded(event)
        if known is not None:
            return Appended(known, new=False)
        if isinstance(event, LotAttrited | LotRelocated | RecordReversed):
            self._projector.flush()  # these ask what is recorded
        added = recording(event, self._prefix, self.law)
        seq = self._tiles.size + 1
        envelope = Envelope(
            seq=seq,
            recorded_at=signature.recorded_at,
            actor=signature.actor,
            via=signature.via,
            batch=signature.batch,
        )
        body = encode(event, envelope)
        leaf = leaf_hash(body)
        self.connection.execute(
            "INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?)",
            (seq, event.id, event.kind, str(event.on), body, leaf),
        )
        self._tiles.append(leaf)
        self._projector.project(seq, event, added, self._prefix)
        if isinstance(event, PackAdopted | RecordReversed):
            self._law = None
        return Appended(seq, new=True, excess_units=added.excess_units)

    def finish(self) -> Head:
        """Write totals, tiles and the new head; raises `HeadMoved` if another head is there."""
        self._projector.flush()
        size, root = self._tiles.size, self._tiles.root()
        if size == self._began.size:
            return self._began
        present = self.connection.execute("SELECT max(size) FROM head").fetchone()[0] or 0
        if present != self._began.size:
            raise HeadMoved(f"the head moved from {self._began.size} to {present}")
        self.connection.executemany(
            "INSERT INTO tile VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET hashes = excluded.hashes",
            [(level, place, hashes) for (level, place), hashes in self._tiles.changed.items()],
        )
        self.connection.execute("INSERT INTO head VALUES (?, ?)", (size, root))
        self._tiles.changed.clear()
        return Head(size, root.hex())
