"""From an appended event to the derived tables; the same code appends and rebuilds."""

from datetime import date
from typing import Final, NamedTuple

from ledger.core.events import (
    AnyEvent,
    AuthorizationAmended,
    AuthorizationEnded,
    AuthorizationGranted,
    DeviceClassified,
    DutyDone,
    InterpretationAdopted,
    KeyAdopted,
    ListAdopted,
    LotExported,
    LotExtended,
    LotReleased,
    LotReserved,
    PackAdopted,
    PartyCleared,
    PartyRegistered,
    RecordReversed,
    SettingChanged,
    UsageReported,
)
from ledger.core.law.pack import read
from ledger.core.parties import named_parents
from ledger.core.positions import (
    RESERVATIONS,
    STANDARD_SHAPES,
    Recording,
    Shape,
    shape_of,
)
from ledger.store.cells import holder_text, position_row, shape_text
from ledger.store.connection import Connection
from ledger.store.prefix import MAIN, StorePrefix
from ledger.store.totals import Totals, totals_of

GATHERED: Final = ("entry", "registry", "kinship", "position")
"""Tables whose rows are only ever added, in the order in which they are written."""


class Carried(NamedTuple):
    """What a writer need not read again: the shapes of the totals, and when a hold is over.

    No hold that is open ends before `soonest`; None where that was not asked.
    """

    shapes: list[Shape]
    soonest: date | None = None


class Projector:
    """Gathers entries and what they add to the derived tables, and writes them together."""

    def __init__(self, connection: Connection, carried: Carried | None = None) -> None:
        """Write through a connection; `carried` is what an earlier one carries on."""
        self.connection, self.sql = connection, MAIN
        if carried is None:
            stored = connection.execute(MAIN.shapes).fetchall()
            carried = Carried([tuple(row[0].split(",")) for row in stored])
        self.shapes, self._soonest = carried
        self._gathered: dict[str, list[tuple[object, ...]]] = {table: [] for table in GATHERED}
        self._totals = Totals()
        self._failed: Exception | None = None

    @property
    def carried(self) -> Carried:
        """What the next writer of these tables need not read again."""
        return Carried(self.shapes, self._soonest)

    def overdue(self, today: date) -> list[str]:
        """Open reservations whose first day out has come, by that day."""
        if self._soonest is not None and today < self._soonest:
            return []
        self.flush()
        late = [row[0] for row in self.connection.execute(self.sql.overdue, (str(today),))]
        if not late:
            (first,) = self.connection.execute(self.sql.soonest).fetchone()
            self._soonest = date.max if first is None else date.fromisoformat(first)
        return late

    def enter(self, row: tuple[object, ...]) -> None:
        """Add an entry's own row."""
        self._gathered["entry"].append(row)

    def project_plain(self, seq: int, row: tuple[object, ...], before: StorePrefix) -> None:
        """Add the one movement of a plain lot, given as its row."""
        self._move(row)
        before.drew_row(row)
        before.moved_to(seq)

    def project(self, seq: int, event: AnyEvent, recording: Recording, before: StorePrefix) -> None:
        """Add what an entry brings; `before` is the prefix without it and moves on to it."""
        self._positions(seq, recording)
        before.drew(recording.movements)
        if type(event) is LotExported and event.reservation is None:  # nothing else comes of it
            before.moved_to(seq)
            return
        registered = subject(event)
        if registered is not None:
            kind, about, detail = registered
            self._gathered["registry"].append((seq, kind, about, detail, str(event.on)))
            before.forget(kind, about)
        if isinstance(event, PartyRegistered):
            self._gathered["kinship"] += [(seq, p, event.party) for p in named_parents(event)]
        target = before.find(event.target) if isinstance(event, RecordReversed) else None
        undone = None if target is None else subject(target)
        if undone is not None:
            before.forget(*undone[:2])
        before.moved_to(seq)
        self._holds(before, recording, event, target)
        if isinstance(event, PackAdopted):
            self._declare_shapes(event, before)

    def _positions(self, seq: int, recording: Recording) -> None:
        for place, one in enumerate(recording.movements):
            self._move(position_row(seq, place, one))

    def _move(self, row: tuple[object, ...]) -> None:
        self._gathered["position"].append(row)
        self._totals.add(row)

    def flush(self) -> None:
        """Write what was gathered, so that the next question sees it.

        What could not be written once is lost to this transaction, which must then come to nothing:
        whoever takes the error for one of his own row or request meets it again at the end.
        """
        if self._failed is not None:
            raise self._failed
        try:
            self._write()
        except Exception as failed:
            self._failed = failed
            raise

    def _write(self) -> None:
        for table, rows in self._gathered.items():
            if rows:
                self.connection.insert(table, rows)
                rows.clear()
        self._totals.write(self.connection, self.shapes)

    def _holds(self, prefix: StorePrefix, recording: Recording, *events: AnyEvent | None) -> None:
        """Keep the state of every reservation that an event, or one taken back, touches."""
        if isinstance(events[0], LotReserved):
            self._hold(events[0].id, events[0].hold_until, events[0].quantity)
            return
        touched = {m.lot for m in recording.movements if m.kind in RESERVATIONS}
        touched |= {e.reservation for e in events if isinstance(e, LotExtended | LotReleased)}
        for reservation_id in sorted(touched):
            known = prefix.reservation(reservation_id)
            if known is not None:
                self._hold(reservation_id, known.hold_until, known.open_units)

    def _hold(self, reservation_id: str, until: date, units: int) -> None:
        self.connection.execute(self.sql.set_hold, (reservation_id, str(until), units))
        if self._soonest is not None:
            self._soonest = min(self._soonest, until)

    def _declare_shapes(self, event: PackAdopted, prefix: StorePrefix) -> None:
        """Keep totals for every holder that a pack's caps count, those already recorded too."""
        fresh = [shape for shape in declared_shapes(event) if shape not in self.shapes]
        if not fresh:
            return
        self.flush()
        for shape in fresh:
            self.connection.insert("rollup_shape", [(shape_text(shape),)])
            self.connection.execute(f"INSERT INTO day_total {totals_of(shape)}")
        self.shapes += fresh
        prefix.forget_draws()


def declared_shapes(event: PackAdopted) -> list[Shape]:
    """The roll-ups that a pack needs, the standard ones first."""
    wanted = [shape_of(cap.per) for cap in read(event.text, where=event.pack).caps]
    return list(dict.fromkeys((*STANDARD_SHAPES, *wanted)))


def subject(  # noqa: C901, PLR0912 -- one case per kind
    event: AnyEvent,
) -> tuple[str, str, str] | None:
    """What the registry knows an event by: kind, subject, detail; None for a plain draw."""
    match event:
        case PartyRegistered():
            found = (event.party, "")
        case DeviceClassified():
            found = (event.device, "")
        case AuthorizationGranted():
            found = (event.reference, event.party)
        case AuthorizationAmended() | AuthorizationEnded():
            found = (event.reference, "")
        case InterpretationAdopted():
            found = (event.switch, "")
        case UsageReported():
            found = (event.cap, holder_text(event.holder))
        case PackAdopted():
            found = (event.pack, "")
        case ListAdopted():
            found = (event.name, "")
        case PartyCleared():
            found = (event.party, "")
        case SettingChanged():
            found = (event.setting, "")
        case DutyDone():
            found = (event.duty, "")
        case KeyAdopted():
            found = (event.key, "")
        case LotReserved() if event.bundle:
            found = (event.id, event.bundle)
        case LotExtended() | LotReleased():
            found = (event.reservation, "")
        case RecordReversed():
            found = (event.target, "")
        case _:
            return None
    return event.kind, *found
