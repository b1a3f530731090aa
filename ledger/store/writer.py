"""Writing: entries appended inside one transaction, and the head that ends it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

from ledger.core.encoding import event_data, written
from ledger.core.errors import AlreadyRecorded, HeadMoved
from ledger.core.events import AnyEvent, LotExported, LotReserved, PackAdopted, RecordReversed
from ledger.core.law.law import Law
from ledger.core.merkle import leaf_hash
from ledger.core.movements import recording
from ledger.core.precedents import Precedents
from ledger.core.prefix import Head
from ledger.store.as_of import last_recorded_at
from ledger.store.plain import PlainLots
from ledger.store.prefix import StorePrefix
from ledger.store.projector import Carried, Projector
from ledger.store.remembered import MOST_KEPT, Remembered
from ledger.store.tiles import Tiles

if TYPE_CHECKING:
    from ledger.store.ledger import Ledger


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
class End:
    """What an open ledger remembers of its end: good for as long as the head is that one."""

    head: Head
    facts: Remembered
    tiles: Tiles | None = None
    recorded_at: str | None = None
    law: Law | None = None
    carried: Carried | None = None


class Writer:
    """Appends entries inside one transaction and answers from the state after each of them.

    What is appended is gathered and written together, at the latest when the transaction ends; a
    question that needs it has it written first.
    """

    def __init__(self, ledger: "Ledger", end: End) -> None:
        """Begin at the present head."""
        self._ledger, self.connection = ledger, ledger.connection
        self._began, self._tiles = end.head, end.tiles or ledger.tiles_at(end.head.size)
        self._projector = Projector(self.connection, end.carried)
        self._prefix = StorePrefix(
            self.connection,
            end.head,
            totals=True,
            remembered=end.facts,
            settle=lambda _: self._projector.flush(),
        )
        self._plain = PlainLots(self._prefix)
        self._law = end.law
        self._recorded_at = end.recorded_at
        self._known: dict[str, tuple[int, AnyEvent] | None] = {}

    @property
    def prefix(self) -> StorePrefix:
        """The ledger after everything appended so far, for a decision inside the transaction."""
        if self._prefix.head.size != self._tiles.size:
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
        return self._projector.overdue(today)

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

    def made_up(self, event_id: str) -> str:
        """An id drawn by chance, which needs no look-up; the table refuses a second one."""
        self._known[event_id] = None
        return event_id

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
        seq = self._enter(event_data(event), signature, signature.batch)
        self._known[event.id] = (seq, event)
        self._projector.project(seq, event, added, self._prefix)
        self._plain.forget(event)
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

    def append_plain(
        self, lot: dict[str, Any], signature: Signature, batch: tuple[str, int]
    ) -> bool:
        """Append the canonical data of a valid plain lot that names what was accepted before.

        False, and nothing done, where its id was not looked up, or is known, or its device has no
        rating: that is left to `append`.
        """
        event_id = lot["id"]
        if self._known.get(event_id, self) is not None:
            return False
        row = self._plain.row_of(self._tiles.size + 1, lot, self.law)
        if row is None:
            return False
        del self._known[event_id]  # whoever asks for it again finds it stored
        self._projector.project_plain(self._enter(lot, signature, batch), row, self._prefix)
        return True

    def _enter(
        self, event: dict[str, Any], signature: Signature, batch: tuple[str, int] | None
    ) -> int:
        """Put an event into the log; returns its place."""
        seq = self._tiles.size + 1
        body = written(
            event,
            seq,
            recorded_at=self._not_before_the_last(signature.recorded_at),
            actor=signature.actor,
            via=signature.via,
            batch=batch,
        )
        leaf = leaf_hash(body)
        self._tiles.append(leaf)
        self._projector.enter((seq, event["id"], event["kind"], event["on"], body, leaf))
        return seq

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
            "ON CONFLICT (level, place) DO UPDATE SET nodes = excluded.nodes",
            [(level, place, hashes) for (level, place), hashes in self._tiles.changed().items()],
        )
        self.connection.execute("INSERT INTO head VALUES (?, ?)", (size, root))
        self._tiles.written()
        return Head(size, root.hex())

    def end(self) -> End:
        """What the ledger may remember once the transaction is committed."""
        head = Head(self._tiles.size, self._tiles.root().hex())
        return End(
            head,
            self._prefix.remembered,
            self._tiles,
            self._recorded_at,
            self._law,
            self._projector.carried,
        )
