"""What the entries give: the rows of every derived table, folded from the first entry on.

Verification compares them with what is stored, a rebuild writes them. Of entry n the rows before n
are at hand when it is folded: a verification has compared them by then, a rebuild has written them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from ledger.core.encoding import decode
from ledger.core.errors import LedgerDamaged
from ledger.core.events import (
    AnyEvent,
    LotExtended,
    LotReleased,
    LotReserved,
    PackAdopted,
    PartyRegistered,
    RecordReversed,
)
from ledger.core.law.law import Law
from ledger.core.movements import recording
from ledger.core.parties import named_parents
from ledger.core.positions import RESERVATIONS, Shape
from ledger.store.cells import position_row
from ledger.store.connection import RESTORE
from ledger.store.ledger import Ledger
from ledger.store.plain import PlainLots, plain_lot
from ledger.store.prefix import StorePrefix
from ledger.store.projector import declared_shapes, subject

Row = tuple[object, ...]

Columns = tuple[str, str, str]
"""Event id, kind and day of an entry."""

Stored = tuple[int, str, str, str, bytes]
"""An entry as it is stored: its place, its columns, its body."""


@dataclass(slots=True)
class Fold:
    """Walks the entries; afterwards knows the shapes of totals and how long each hold is held."""

    ledger: Ledger
    prefix: StorePrefix
    shapes: list[Shape] = field(default_factory=list)
    holds: dict[str, str] = field(default_factory=dict)
    _changed: set[str] = field(default_factory=set)
    _law: Law | None = None

    def rows(self, entries: Iterator[Stored]) -> Iterator[tuple[str, Row]]:
        """Each row that the entries add to a table, in their order.

        Raises `LedgerDamaged` where an entry can't be read, or its columns are not its body's.
        """
        plain = PlainLots(self.prefix)
        for seq, event_id, kind, on_day, body in entries:
            lot = plain_lot(body, seq)
            if lot is not None:
                _agree(seq, (event_id, kind, on_day), (lot["id"], lot["kind"], lot["on"]))
                row = plain.row_of(seq, lot, self.law)
                if row is not None:
                    yield "position", row
                    self.prefix.moved_to(seq)
                    continue
            event = decode(body, seq=seq).event
            _agree(seq, (event_id, kind, on_day), (event.id, event.kind, str(event.on)))
            plain.forget(event)
            yield from self._of(seq, event)
            self.prefix.moved_to(seq)
            self._after(event)

    @property
    def law(self) -> Law:
        """The law that the entries before this one adopted."""
        if self._law is None:
            self._law = self.ledger.law(self.prefix)
        return self._law

    def _of(self, seq: int, event: AnyEvent) -> Iterator[tuple[str, Row]]:
        """What one entry adds, asked before anything of it is there."""
        added = recording(event, self.prefix, self.law)
        target = self.prefix.find(event.target) if isinstance(event, RecordReversed) else None
        self._touched(event, target, {m.lot for m in added.movements if m.kind in RESERVATIONS})
        registered = subject(event)
        if registered is not None:
            yield "registry", (seq, *registered, str(event.on))
        if isinstance(event, PartyRegistered):
            for parent in named_parents(event):
                yield "kinship", (seq, parent, event.party)
        for place, one in enumerate(added.movements):
            yield "position", position_row(seq, place, one)
        for changed in (event, target):
            about = None if changed is None else subject(changed)
            if about is not None:
                self.prefix.forget(*about[:2])

    def _touched(self, event: AnyEvent, target: AnyEvent | None, held: set[str]) -> None:
        if isinstance(event, LotReserved):
            self.holds[event.id] = str(event.hold_until)
            return
        named = {e.reservation for e in (event, target) if isinstance(e, LotExtended | LotReleased)}
        self._changed |= held | named

    def _after(self, event: AnyEvent) -> None:
        if isinstance(event, PackAdopted):
            for shape in declared_shapes(event):
                if shape not in self.shapes:
                    self.shapes.append(shape)
        if isinstance(event, PackAdopted | RecordReversed):
            self._law = None

    def holding(self) -> Iterator[Row]:
        """The state of every reservation at the end, by id."""
        sums = self.prefix.connection.stream(
            "SELECT lot, CAST(sum(units) AS BIGINT) FROM position "
            "WHERE kind IN ('reserved', 'reserved-domestic') GROUP BY lot ORDER BY lot"
        )
        for lot, units in sums:
            until = self.holds[lot]
            if lot in self._changed:
                known = self.prefix.reservation(lot)
                until = until if known is None else str(known.hold_until)
            yield lot, until, units


def _agree(seq: int, found: Columns, expected: Columns) -> None:
    if found != expected:
        raise LedgerDamaged(
            f"its columns say {found}, its body says {expected}", where=f"entry {seq}", cure=RESTORE
        )
