"""A prefix of the stored ledger: answers a decision's questions from the derived tables.

At the head totals by day answer; at an earlier head the movements up to it do, which
needs no replay since movements are only ever added.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import date
from typing import Any, Final

from ledger.core.encoding import decode
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
    LotReserved,
    PackAdopted,
    PartyCleared,
    PartyRegistered,
    SettingChanged,
    UsageReported,
)
from ledger.core.positions import RESERVATIONS, SHAPE_FIELDS, Drawn, Kind, Movement, Query, Shape
from ledger.core.prefix import STATED, Head, Match, Reservation
from ledger.core.running import Running
from ledger.store import blobs, draws
from ledger.store.cells import holder_text, movement
from ledger.store.connection import Connection, Rows, batches
from ledger.store.draws import marks
from ledger.store.places import places
from ledger.store.remembered import MOST_KEPT, Remembered
from ledger.store.statements import AUTHORIZATION, SEPARATOR, Statements

MAIN = Statements()

IDS_A_QUERY: Final = 500
"""How many ids are looked up at once: engines limit the values of a statement."""


class StorePrefix:
    """The ledger up to a size, read through one connection."""

    def __init__(
        self,
        connection: Connection,
        head: Head,
        *,
        totals: bool,
        remembered: Remembered | None = None,
        settle: Callable[[str], None] | None = None,
    ) -> None:
        """Read up to a head; `totals` where the totals are those of that very head.

        `remembered` holds what was read at the same head before, `settle` is told
        of each question, so that it can write before what the question must not miss.
        """
        self.connection, self._head, self._size = connection, head, head.size
        self.totals, self.sql = totals, MAIN
        self.remembered = Remembered() if remembered is None else remembered
        self._settle = settle

    def ask(self, sql: str, *values: object) -> Rows:
        """Run a query that sees everything appended so far."""
        if self._settle is not None:
            self._settle(sql)
        return self.connection.execute(sql, values)

    @property
    def head(self) -> Head:
        """The position that this prefix ends at."""
        return self._head

    def moved(self, head: Head) -> None:
        """Go on to a later head."""
        self._head, self._size = head, head.size

    def moved_to(self, size: int) -> None:
        """Go on to a later size, whose root nobody asks for yet."""
        self._size = size

    def drew(self, movements: Sequence[Movement]) -> None:
        """Add what an entry draws to the sums that were read before it."""
        self.remembered.draws.add(movements)

    def drew_row(self, row: tuple[object, ...]) -> None:
        """The same of a movement as it is stored."""
        if self.remembered.draws:
            self.remembered.draws.add([movement(row)])

    def forget_draws(self) -> None:
        """Drop the sums that were read, because there are totals now that were not there then."""
        self.remembered.draws.forget()
        self.remembered.shapes = None

    def forget(self, kind: str, subject: str) -> None:
        """Drop what was read of a subject, because an event about it was appended."""
        self.remembered.about.pop((kind, subject), None)
        self.remembered.of_kind.pop(kind, None)

    def _about(self, kind: str, subject: str) -> Sequence[Any]:
        """Events of one kind about a subject, by their days."""
        key = (kind, subject)
        known = self.remembered.about
        if key not in known:
            if len(known) > MOST_KEPT:
                known.clear()
            known[key] = self._read(kind, subject)
        return known[key]

    def _read(self, kind: str, subject: str) -> list[AnyEvent]:
        return self._events(self.sql.by_subject, kind, subject)

    def _events(self, sql: str, *values: object) -> list[AnyEvent]:
        rows = self.ask(sql, *values, self._size, self._size)
        return [decode(body, seq=seq).event for seq, body in rows.fetchall()]

    def _of_kind(self, sql: str, kind: str, *values: str) -> Sequence[Any]:
        """Events of a kind, or what is read of them; read anew once one of them is appended."""
        known = self.remembered.of_kind.setdefault(kind, {})
        key = (sql, *values)
        if key not in known:
            if len(known) > MOST_KEPT:
                known.clear()
            known[key] = self._events(sql, *values)
        return known[key]

    def packs(self) -> Sequence[PackAdopted]:
        """The last adoption of each pack, in the order of first adoption."""
        adopted = self._of_kind(self.sql.by_kind, "pack.adopted", "pack.adopted")
        return list({e.pack: e for e in adopted if isinstance(e, PackAdopted)}.values())

    def adopted_keys(self) -> Sequence[KeyAdopted]:
        """Every adoption of a signing key, in order; a decision never asks."""
        found = self._events(self.sql.by_kind, "key.adopted")
        return [e for e in found if isinstance(e, KeyAdopted)]

    def party(self, party: str) -> Sequence[PartyRegistered]:
        """Registrations of a party by their days."""
        return self._about("party.registered", party)

    def below(self, party: str) -> Sequence[str]:
        """Parties that ever named this one as their parent."""
        known = self.remembered.of_kind.setdefault("party.registered", {})
        key, size = (self.sql.below, party), self._size
        if key not in known:
            if len(known) > MOST_KEPT:
                known.clear()
            known[key] = _column(self.ask(self.sql.below, party, size, size))
        return known[key]

    def device(self, device: str) -> Sequence[DeviceClassified]:
        """Classifications of a device by their days."""
        return self._about("device.classified", device)

    def devices(self) -> Sequence[str]:
        """Every device that was classified by an event."""
        size = self._size
        rows = self.ask(self.sql.subjects, "device.classified", size, size)
        return _column(rows)

    def device_days(self) -> frozenset[date]:
        """Days on which any device was classified."""
        size = self._size
        rows = self.ask(self.sql.days, "device.classified", size, size)
        return frozenset(date.fromisoformat(day) for day in _column(rows))

    def grants_to(self, party: str) -> Sequence[AuthorizationGranted]:
        """Authorizations granted to a party."""
        kind = "authorization.granted"
        found = self._of_kind(self.sql.by_detail, kind, kind, party)
        return [e for e in found if isinstance(e, AuthorizationGranted)]

    def grant(self, reference: str) -> AuthorizationGranted | None:
        """The grant of a reference."""
        found = self._about("authorization.granted", reference)
        return found[0] if found else None

    def grant_changes(self, reference: str) -> Sequence[AuthorizationAmended | AuthorizationEnded]:
        """Amendments and ends of a grant by their days."""
        amended = self._about("authorization.amended", reference)
        ended = self._about("authorization.ended", reference)
        return sorted((*amended, *ended), key=lambda event: event.on)

    def readings(self, switch: str) -> Sequence[InterpretationAdopted]:
        """Readings adopted for a switch by their days."""
        return self._about("interpretation.adopted", switch)

    def usage(self, cap: str, holder: tuple[str, ...]) -> Sequence[UsageReported]:
        """Draws of others that were reported for a holder."""
        found = self._of_kind(self.sql.usage, "usage.reported", cap, holder_text(holder))
        return [e for e in found if isinstance(e, UsageReported)]

    def draws(self, query: Query) -> Iterable[Drawn]:
        """Sums of the movements that a query asks for."""
        plain = self.totals and not query.apart and Kind.LICENSED not in query.kinds
        if not (plain and self.remembered.totalled(query.shape, self.ask)):
            return draws.from_positions(self.ask, query, self._size)
        added = self.remembered.draws.since(query)
        return Running(added, lambda: draws.from_totals(self.ask, query))

    def expect(self, queries: Iterable[Query], *, listed: bool = False) -> None:
        """Nothing: each question is answered when it is asked."""

    def listed(self, query: Query) -> Iterator[tuple[str, Movement]]:
        """The movements behind such sums one by one, each with the event that added it."""
        return draws.listed(self.ask, query, self._size)

    def movements_of(self, lot: str) -> Sequence[Movement]:
        """Every movement that belongs to a lot or a reservation."""
        rows = self.ask(self.sql.of_lot, lot, self._size)
        return [movement(row) for row in rows.fetchall()]

    def life_of(self, lot: str) -> Sequence[tuple[str, Movement]]:
        """The same as recorded, each with the id of the event that added it."""
        rows = self.ask(self.sql.life_of, lot, self._size)
        return [(by, movement(tuple(row))) for by, *row in rows.fetchall()]

    def bundle(self, bundle: str) -> Sequence[LotReserved]:
        """The reservations that were placed as one bundle, as recorded."""
        found = self._events(self.sql.by_detail, "lot.reserved", bundle)
        return [e for e in found if isinstance(e, LotReserved)]

    def of_device(self, device: str) -> Sequence[tuple[str, Movement]]:
        """Every movement of a device as recorded."""
        rows = self.ask(self.sql.of_device, device, self._size)
        return [(event_id, movement(tuple(row))) for event_id, *row in rows.fetchall()]

    def places(self, event_ids: Collection[str]) -> dict[str, int]:
        """Where events stand."""
        return places(self.ask, event_ids)

    def stated(self) -> Sequence[tuple[int, AnyEvent]]:
        """Every entry that states what is so, or takes such a one back, with its place."""
        rows = self.ask(self.sql.stated, *STATED, *STATED, self._size)
        return [(seq, decode(body, seq=seq).event) for seq, body in rows.fetchall()]

    def extensions(self, reservation: str) -> Sequence[LotExtended]:
        """The extensions of a hold by their days."""
        found = self._read("lot.extended", reservation)
        return [e for e in found if isinstance(e, LotExtended)]

    def reservation(self, event_id: str) -> Reservation | None:
        """A reservation and what is left of it."""
        placed = self.find(event_id)
        if not isinstance(placed, LotReserved):
            return None
        held = [m for m in self.movements_of(event_id) if m.kind in RESERVATIONS]
        holds = [e.hold_until for e in self.extensions(event_id)]
        released = self._read("lot.released", event_id)
        return Reservation(
            event=placed,
            hold_until=holds[-1] if holds else placed.hold_until,
            open_units=sum(m.units for m in held),
            open_tpp=sum(m.tpp for m in held),
            released=bool(released) or self.is_reversed(event_id),
        )

    def open_reservations(self) -> Sequence[str]:
        """Ids of the reservations that still hold something."""
        if self.totals:
            return _column(self.ask(self.sql.open_holds))
        placed = _column(self.ask(self.sql.placed, self._size))
        return [one for one in placed if self._holds(one)]

    def overdue(self, today: date) -> Sequence[str]:
        """Ids of the reservations that still hold something although their day has passed."""
        if self.totals:
            return _column(self.ask(self.sql.overdue, str(today)))
        held = ((one, self.reservation(one)) for one in self.open_reservations())
        late = ((found.hold_until, one) for one, found in held if found is not None)
        return [one for until, one in sorted(late) if until <= today]

    def _holds(self, reservation_id: str) -> bool:
        found = self.reservation(reservation_id)
        return found is not None and found.open_units > 0

    def find(self, event_id: str) -> AnyEvent | None:
        """The event with an id, reversed or not."""
        found = self.locate(event_id)
        return None if found is None else found[1]

    def locate(self, event_id: str) -> tuple[int, AnyEvent] | None:
        """Where an event stands, and the event."""
        known = self.remembered.located
        if event_id in known:
            return known[event_id]
        row = self.ask(
            "SELECT seq, body FROM entry WHERE event_id = ? AND seq <= ?",
            event_id,
            self._size,
        ).fetchone()
        if row is None:
            return None
        if len(known) > MOST_KEPT:
            known.clear()
        known[event_id] = (row[0], decode(row[1], seq=row[0]).event)
        return known[event_id]

    def located(self, ids: Sequence[str]) -> dict[str, tuple[int, AnyEvent]]:
        """Where events stand whose ids the ledger has, and the events; asked for many at once."""
        found: dict[str, tuple[int, AnyEvent]] = {}
        for some in batches(ids, IDS_A_QUERY):
            rows = self.ask(
                f"SELECT event_id, seq, body FROM entry WHERE seq <= ? "  # noqa: S608 -- marks only
                f"AND event_id IN ({marks(some)})",
                self._size,
                *some,
            )
            found |= {one: (seq, decode(body, seq=seq).event) for one, seq, body in rows}
        return found

    def is_reversed(self, event_id: str) -> bool:
        """Whether an event was taken back."""
        row = self.ask(self.sql.reversed, event_id, self._size).fetchone()
        return row is not None

    def caused_by(self, event_id: str) -> Sequence[Movement]:
        """The movements that an event added."""
        found = self.locate(event_id)
        if found is None:
            return ()
        rows = self.ask(self.sql.of_seq, found[0])
        return [movement(row) for row in rows.fetchall()]

    def holders(self, shape: Shape) -> Sequence[tuple[str, ...]]:
        """Every combination of a shape's fields that any movement has."""
        known = set(SHAPE_FIELDS.values())
        fields = ", ".join(field for field in shape if field in known)
        rows = self.ask(
            f"SELECT DISTINCT {fields} FROM position WHERE seq <= ? "  # noqa: S608 -- as above
            f"ORDER BY {fields}",
            self._size,
        )
        return [tuple(row) for row in rows.fetchall() if all(row)]

    def reported_holders(self, cap: str) -> Sequence[tuple[str, ...]]:
        """Every holder for which others' draws on a cap were reported."""
        size = self._size
        rows = self.ask(self.sql.details, "usage.reported", cap, size, size)
        return [tuple(text.split(SEPARATOR)) for text in _column(rows)]

    def parties(self) -> Sequence[str]:
        """Every party that was registered."""
        size = self._size
        return _column(self.ask(self.sql.subjects, "party.registered", size, size))

    def gone(
        self, first: date, until: date, under: Collection[str] | None = None
    ) -> Sequence[Movement]:
        """Lots that went on some days, as they stand now."""
        grounds = "" if under is None else f"AND {AUTHORIZATION} IN ({marks(under) or 'NULL'})"
        values = (str(first), str(until), self._size, *(under or ()))
        rows = self.ask(self.sql.gone.format(under=grounds), *values)
        return [movement(row) for row in rows.fetchall()]

    def lists(self) -> Sequence[ListAdopted]:
        """Every screening list that was adopted, by the day it was published."""
        found = self._of_kind(self.sql.by_kind, "list.adopted", "list.adopted")
        return sorted((e for e in found if isinstance(e, ListAdopted)), key=lambda e: e.source_on)

    def matches(self, digest: str, names: Sequence[str], at_least: int) -> Sequence[Match]:
        """Listed parties of an adopted list with a name near one of these, best first."""
        key, known = (digest, tuple(names), at_least), self.remembered.matched
        if key not in known:
            known[key] = blobs.index(self.connection, digest).matches(names, at_least=at_least)
        return known[key]

    def clearances(self, party: str) -> Sequence[PartyCleared]:
        """Clearances of a party by their days."""
        return self._about("party.cleared", party)

    def settings(self, setting: str) -> Sequence[SettingChanged]:
        """Changes of a setting by their days."""
        return self._about("setting.changed", setting)

    def duties_done(self) -> Sequence[DutyDone]:
        """Every duty that was recorded as done."""
        found = self._of_kind(self.sql.by_kind, "duty.done", "duty.done")
        return [e for e in found if isinstance(e, DutyDone)]

    def granted(self, authorization: str) -> Sequence[AuthorizationGranted]:
        """Every grant of one authorization."""
        found = self._of_kind(self.sql.by_kind, "authorization.granted", "authorization.granted")
        return [
            e
            for e in found
            if isinstance(e, AuthorizationGranted) and e.authorization == authorization
        ]


def _column(rows: Rows) -> list[str]:
    return [row[0] for row in rows.fetchall()]
