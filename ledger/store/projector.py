"""From an appended event to the derived tables; the same code appends and rebuilds."""

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
from ledger.store.cells import holder_text, position_row, shape_text
from ledger.store.connection import Connection
from ledger.store.prefix import MAIN, StorePrefix
from ledger.store.statements import AUTHORIZATION, SEPARATOR, TOTALS

UNROOTED: Final = ""
"""The root between two appends, which nobody asks for: it is worked out when somebody does."""

GATHERED: Final = ("entry", "registry", "kinship", "position")
"""Tables whose rows are only ever added, in the order in which they are written."""

Total = tuple[str, str, str, str, str, str]
"""Shape, key, period, kind, authorization, device."""

_NEVER_TOTALLED: Final = frozenset({Kind.LICENSED})
"""Licences are few and are read one by one, with their parties."""


class Projector:
    """Gathers entries and what they add to the derived tables, and writes them together."""

    def __init__(self, connection: Connection) -> None:
        """Write through a connection."""
        self.connection, self.sql = connection, MAIN
        stored = connection.execute(MAIN.shapes).fetchall()
        self.shapes: list[Shape] = [tuple(row[0].split(",")) for row in stored]
        self._gathered: dict[str, list[tuple[object, ...]]] = {table: [] for table in GATHERED}
        self._days: dict[Total, list[int]] = defaultdict(lambda: [0, 0])
        self._months: dict[Total, list[int]] = defaultdict(lambda: [0, 0])

    def enter(self, row: tuple[object, ...]) -> None:
        """Add an entry's own row."""
        self._gathered["entry"].append(row)

    def project(self, seq: int, event: AnyEvent, recording: Recording, before: StorePrefix) -> None:
        """Add what an entry brings; `before` is the prefix without it and moves on to it."""
        registered = subject(event)
        if registered is not None:
            kind, about, detail = registered
            self._gathered["registry"].append((seq, kind, about, detail, str(event.on)))
            before.forget(kind, about)
        if isinstance(event, PartyRegistered):
            self._gathered["kinship"] += [(seq, p, event.party) for p in named_parents(event)]
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
        self._gathered["position"] += [
            position_row(seq, place, one) for place, one in enumerate(recording.movements)
        ]
        for one in recording.movements:
            self._total(one, self.shapes)

    def _total(self, movement: Movement, shapes: list[Shape]) -> None:
        if movement.kind in _NEVER_TOTALLED:
            return
        on = str(movement.on)
        for shape in shapes:
            fields = [getattr(movement, field) for field in shape]
            if not all(fields):
                continue
            key = SEPARATOR.join(fields)
            alike = (movement.kind.value, movement.authorization, movement.device)
            for totals, period in ((self._days, on), (self._months, on[:8] + "01")):
                total = totals[shape_text(shape), key, period, *alike]
                total[0] += movement.units
                total[1] += movement.tpp

    def flush(self) -> None:
        """Write what was gathered, so that the next question sees it."""
        for table, rows in self._gathered.items():
            if rows:
                self.connection.insert(table, rows)
                rows.clear()
        for table, totals in zip(TOTALS, (self._days, self._months), strict=True):
            if totals:
                summed = [(*total, units, tpp) for total, (units, tpp) in totals.items()]
                self.connection.executemany(self.sql.add_total[table], summed)
                totals.clear()

    def _holds(self, prefix: StorePrefix, recording: Recording, *events: AnyEvent | None) -> None:
        """Keep the state of every reservation that an event, or one taken back, touches."""
        if isinstance(events[0], LotReserved):
            placed = events[0]
            row = (placed.id, str(placed.hold_until), placed.quantity)
            self.connection.execute(self.sql.set_hold, row)
            return
        touched = {m.lot for m in recording.movements if m.kind in RESERVATIONS}
        touched |= {e.reservation for e in events if isinstance(e, LotExtended | LotReleased)}
        for reservation_id in sorted(touched):
            known = prefix.reservation(reservation_id)
            if known is not None:
                row = (reservation_id, str(known.hold_until), known.open_units)
                self.connection.execute(self.sql.set_hold, row)

    def _declare_shapes(self, event: PackAdopted) -> None:
        """Keep totals for every holder that a pack's caps count, those already recorded too."""
        fresh = [shape for shape in declared_shapes(event) if shape not in self.shapes]
        if not fresh:
            return
        self.flush()
        for shape in fresh:
            self.connection.insert("rollup_shape", [(shape_text(shape),)])
            for table in TOTALS:
                self.connection.execute(f"INSERT INTO {table} {totals_of(table, shape)}")
        self.shapes += fresh


def declared_shapes(event: PackAdopted) -> list[Shape]:
    """The roll-ups that a pack needs, the standard ones first."""
    wanted = [shape_of(cap.per) for cap in read(event.text, where=event.pack).caps]
    return list(dict.fromkeys((*STANDARD_SHAPES, *wanted)))


def totals_of(table: str, shape: Shape) -> str:
    """SQL that sums the stored movements as a table of totals holds them for a shape."""
    period = "on_day" if table == "day_total" else "substr(on_day, 1, 8) || '01'"
    key = f" || '{SEPARATOR}' || ".join(shape)
    named = " AND ".join(f"{name} <> ''" for name in shape)
    alike = f"{key}, {period}, kind, {AUTHORIZATION}, device"
    return (
        f"SELECT CAST('{shape_text(shape)}' AS TEXT), {alike}, "  # noqa: S608 -- fields of the positions table
        "CAST(sum(units) AS BIGINT), CAST(sum(tpp) AS BIGINT) FROM position "
        f"WHERE kind <> '{Kind.LICENSED.value}' AND {named} GROUP BY {alike}"
    )


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
        case LotReserved():
            found = (event.id, "")
        case LotExtended() | LotReleased():
            found = (event.reservation, "")
        case RecordReversed():
            found = (event.target, "")
        case _:
            return None
    return event.kind, *found
