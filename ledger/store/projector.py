"""From an appended event to the derived tables; the same code appends and rebuilds."""

import sqlite3
from collections import defaultdict
from typing import Final

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
    Kind,
    Movement,
    Recording,
    Shape,
    shape_of,
)
from ledger.core.prefix import Head
from ledger.store.cells import holder_text, movement, shape_text
from ledger.store.prefix import StorePrefix
from ledger.store.statements import SEPARATOR, Statements

UNROOTED: Final = ""
"""The root between two appends, which nobody asks for: it is worked out when somebody does."""

Total = tuple[str, str, str, str, str, str]
"""Shape, key, period, kind, authorization, device."""

_NEVER_TOTALLED: Final = frozenset({Kind.LICENSED})
"""Licences are few and are read one by one, with their parties."""


class Projector:
    """Writes what an event adds to the derived tables; totals are flushed together."""

    def __init__(self, connection: sqlite3.Connection, statements: Statements) -> None:
        """Write through a connection into the tables that the statements name."""
        self.connection, self.sql = connection, statements
        stored = [row[0] for row in connection.execute(statements.shapes)]
        self.shapes: list[Shape] = [tuple(text.split(",")) for text in stored]
        self._days: dict[Total, list[int]] = defaultdict(lambda: [0, 0])
        self._months: dict[Total, list[int]] = defaultdict(lambda: [0, 0])

    def project(self, seq: int, event: AnyEvent, recording: Recording, before: StorePrefix) -> None:
        """Add what an entry brings; `before` is the prefix without it and moves on to it."""
        registered = subject(event)
        if registered is not None:
            kind, about, detail = registered
            self.connection.execute(
                self.sql.add_registry, (seq, kind, about, detail, str(event.on))
            )
            before.forget(kind, about)
        if isinstance(event, PartyRegistered):
            links = [(seq, parent, event.party) for parent in named_parents(event)]
            self.connection.executemany(self.sql.add_kinship, links)
        self._positions(seq, recording)
        target = before.find(event.target) if isinstance(event, RecordReversed) else None
        undone = None if target is None else subject(target)
        if undone is not None:
            before.forget(*undone[:2])
        before.moved(Head(seq, UNROOTED))
        self._holds(before, recording, event, target)
        if isinstance(event, PackAdopted):
            self._declare_shapes(event)

    def _positions(self, seq: int, recording: Recording) -> None:
        rows = [
            (
                seq,
                place,
                str(m.on),
                m.kind,
                m.device,
                m.party,
                m.destination,
                m.units,
                m.tpp,
                m.lot,
                m.authorization,
                m.end_user,
                m.exporter,
                m.line,
            )
            for place, m in enumerate(recording.movements)
        ]
        if rows:
            self.connection.executemany(self.sql.add_position, rows)
        for m in recording.movements:
            self._total(m, self.shapes)

    def _total(self, movement: Movement, shapes: list[Shape]) -> None:
        if movement.kind in _NEVER_TOTALLED:
            return
        on = str(movement.on)
        for shape in shapes:
            fields = [getattr(movement, field) for field in shape]
            if not all(fields):
                continue
            key = SEPARATOR.join(fields)
            alike = (movement.kind, movement.authorization, movement.device)
            for totals, period in ((self._days, on), (self._months, on[:8] + "01")):
                total = totals[shape_text(shape), key, period, *alike]
                total[0] += movement.units
                total[1] += movement.tpp

    def flush(self) -> None:
        """Write the totals that were gathered, so that the next question sees them."""
        for table, totals in (("day_total", self._days), ("month_total", self._months)):
            if totals:
                rows = [(*total, units, tpp) for total, (units, tpp) in totals.items()]
                self.connection.executemany(self.sql.add_total[table], rows)
                totals.clear()

    def _holds(self, prefix: StorePrefix, recording: Recording, *events: AnyEvent | None) -> None:
        """Keep the state of every reservation that an event, or one taken back, touches."""
        touched = {m.lot for m in recording.movements if m.kind in RESERVATIONS}
        touched |= {e.reservation for e in events if isinstance(e, LotExtended | LotReleased)}
        for reservation_id in sorted(touched):
            known = prefix.reservation(reservation_id)
            if known is not None:
                row = (reservation_id, str(known.hold_until), known.open_units)
                self.connection.execute(self.sql.set_hold, row)

    def _declare_shapes(self, event: PackAdopted) -> None:
        """Keep totals for every holder that a pack's caps count, those already recorded too."""
        wanted = [shape_of(cap.per) for cap in read(event.text, where=event.pack).caps]
        fresh = [s for s in dict.fromkeys((*STANDARD_SHAPES, *wanted)) if s not in self.shapes]
        if not fresh:
            return
        self.flush()
        for shape in fresh:
            self.connection.execute(self.sql.add_shape, (shape_text(shape),))
        for row in self.connection.execute(self.sql.all_positions):
            self._total(movement(row), fresh)
        self.shapes += fresh
        self.flush()


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
        case LotReserved():
            found = (event.id, "")
        case LotExtended() | LotReleased():
            found = (event.reservation, "")
        case RecordReversed():
            found = (event.target, "")
        case _:
            return None
    return event.kind, *found
