"""The stored ledger: one writer transaction at a time, an entry at its end, a head per commit."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Self

from ledger.core.encoding import Entry, decode, event_data, written
from ledger.core.errors import AlreadyRecorded, HeadMoved, LedgerDamaged, NotFound
from ledger.core.events import AnyEvent, LotExported, LotReserved, PackAdopted, RecordReversed
from ledger.core.law.law import AdoptedPack, Law
from ledger.core.law.pack import read
from ledger.core.merkle import leaf_hash
from ledger.core.movements import recording
from ledger.core.precedents import Precedents
from ledger.core.prefix import Head
from ledger.store import connection as connections
from ledger.store.as_of import AsOf, last_recorded_at, size_as_of
from ledger.store.connection import Connection
from ledger.store.prefix import MAIN, StorePrefix
from ledger.store.projector import Projector
from ledger.store.remembered import MOST_KEPT, Remembered
from ledger.store.tiles import Subtrees, Tiles, last_tiles, load


@dataclass(frozen=True, slots=True)
class Signature:
    """Who records, when (UTC) and by which way: the envelope's part that the shell knows.

    `batch` is the digest of the file that an event came in, and its row.
    """

    actor: str
    via: str
    recorded_at: str
    batch: tuple[str, int] | None = None


@dataclass(frozen=True, slots=True)
class Appended:
    """What an append did: the entry's place, whether it is new, and what could not be done.

    `excess_units` could not be freed, `unreserved_units` went beyond what a reservation held.
    """

    seq: int
    new: bool
    excess_units: int = 0
    unreserved_units: int = 0


LAW_CHANGING: Final = (PackAdopted, RecordReversed)
PLAIN_LOTS: Final = (LotExported, LotReserved)
"""Kinds of events that change no fact which another lot names."""


@dataclass(slots=True)
class _End:
    """What an open ledger remembers of its end: good for as long as the head is that one."""

    head: Head
    facts: Remembered
    tiles: Tiles | None = None
    recorded_at: str | None = None


class Ledger:
    """An open ledger."""

    def __init__(self, connection: Connection) -> None:
        """Hold a connection; use `open` or `create`."""
        self.connection = connection
        self._law: tuple[tuple[str, ...], Law] | None = None
        self._end: _End | None = None

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

    def _end_at(self, head: Head) -> _End:
        """What is remembered of the end; nothing yet where another writer moved it."""
        if self._end is None or self._end.head != head:
            self._end = _End(head, Remembered())
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


class Writer:
    """Appends entries inside one transaction and answers from the state after each of them.

    What is appended is gathered and written together, at the latest when the transaction ends; a
    question that needs it has it written first.
    """

    def __init__(self, ledger: Ledger, end: _End) -> None:
        """Begin at the present head."""
        self._ledger, self.connection = ledger, ledger.connection
        self._began, self._tiles = end.head, end.tiles or ledger.tiles_at(end.head.size)
        self._projector = Projector(self.connection)
        self._prefix = StorePrefix(
            self.connection,
            end.head,
            totals=True,
            remembered=end.facts,
            settle=lambda _: self._projector.flush(),
        )
        self._law: Law | None = None
        self._recorded_at = end.recorded_at
        self._known: dict[str, tuple[int, AnyEvent] | None] = {}

    @property
    def prefix(self) -> StorePrefix:
        """The ledger after everything appended so far, for a decision inside the transaction."""
        self._prefix.moved(Head(self._tiles.size, self._tiles.root().hex()))
        return self._prefix

    @property
    def bare_prefix(self) -> StorePrefix:
        """The same, but for the root of its head, which a question of facts has no need of."""
        return self._prefix

    @property
    def size(self) -> int:
        """Entries so far, those of this transaction included."""
        return self._tiles.size

    @property
    def precedents(self) -> Precedents:
        """What was found of lots before, since a fact last changed."""
        return self._prefix.remembered.precedents

    @property
    def accepted(self) -> set[tuple[object, ...]]:
        """What lots named that were accepted since a fact last changed."""
        return self._prefix.remembered.accepted

    def overdue(self, today: date) -> list[str]:
        """Open reservations whose first day out has come."""
        self._projector.flush()
        rows = self.connection.execute(MAIN.overdue, (str(today),))
        return [row[0] for row in rows.fetchall()]

    @property
    def law(self) -> Law:
        """The law after everything appended so far."""
        if self._law is None:
            self._law = self._ledger.law(self._prefix)
        return self._law

    def expect(self, ids: Iterable[str]) -> None:
        """Look up at once which of many ids stand in the ledger, instead of one by one."""
        if len(self._known) > MOST_KEPT:
            self._projector.flush()
            self._known.clear()
        wanted = [one for one in ids if one not in self._known]
        self._known |= dict.fromkeys(wanted)
        self._known |= self._prefix.located(wanted)

    def recorded(self, event: AnyEvent) -> int | None:
        """The place of the same event, None if its id is new.

        Raises `AlreadyRecorded` where the id stands with other content.
        """
        if event.id not in self._known:
            self._known[event.id] = self._prefix.locate(event.id)
        found = self._known[event.id]
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
        added = recording(event, self._prefix, self.law)
        seq = self._tiles.size + 1
        body = written(
            event,
            seq,
            recorded_at=self._not_before_the_last(signature.recorded_at),
            actor=signature.actor,
            via=signature.via,
            batch=signature.batch,
        )
        leaf = leaf_hash(body)
        self._tiles.append(leaf)
        self._known[event.id] = (seq, event)
        self._projector.enter((seq, event.id, event.kind, str(event.on), body, leaf))
        self._projector.project(seq, event, added, self._prefix)
        if isinstance(event, LAW_CHANGING):
            self._law = None
        if not isinstance(event, PLAIN_LOTS):
            self._prefix.remembered.accepted.clear()
        self._prefix.remembered.precedents.hear(event.kind)
        return Appended(
            seq,
            new=True,
            excess_units=added.excess_units,
            unreserved_units=added.unreserved_units,
        )

    def appended_after(self, size: int) -> Iterator[AnyEvent]:
        """The events appended after a size, those of this transaction included."""
        self._projector.flush()
        return (entry.event for entry in self._ledger.entries(size + 1))

    def _not_before_the_last(self, stamped: str) -> str:
        """A recorded time that never goes back, whatever the clocks of those who write say."""
        if self._recorded_at is None:
            self._recorded_at = last_recorded_at(self.connection, self._began.size) or stamped
        if stamped != self._recorded_at:
            self._recorded_at = max(self._recorded_at, stamped, key=datetime.fromisoformat)
        return self._recorded_at

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
            "INSERT INTO tile VALUES (?, ?, ?) "
            "ON CONFLICT (level, place) DO UPDATE SET hashes = excluded.hashes",
            [(level, place, hashes) for (level, place), hashes in self._tiles.changed().items()],
        )
        self.connection.execute("INSERT INTO head VALUES (?, ?)", (size, root))
        self._tiles.written()
        return Head(size, root.hex())

    def end(self) -> _End:
        """What the ledger may remember once the transaction is committed."""
        head = Head(self._tiles.size, self._tiles.root().hex())
        return _End(head, self._prefix.remembered, self._tiles, self._recorded_at)
