"""A prefix of the stored ledger: answers a decision's questions from the derived tables.

At the head totals by month and day answer; at an earlier head the movements up to it do, which
needs no replay since movements are only ever added.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import TypeVar

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
from ledger.core.prefix import Head, Match, Reservation
from ledger.store import blobs
from ledger.store.cells import holder_text, movement, shape_text
from ledger.store.statements import POSITION_COLUMNS, SEPARATOR, Statements

MAIN = Statements()

Wanted = TypeVar("Wanted")


class StorePrefix:
    """The ledger up to a size, read through one connection."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        head: Head,
        *,
        totals: bool,
        statements: Statements = MAIN,
    ) -> None:
        """Read up to a head; `totals` where the totals are those of that very head."""
        self.connection, self._head = connection, head
        self.totals, self.sql = totals, statements
        self._cache: dict[tuple[str, str], Sequence[AnyEvent]] = {}
        self._matched: dict[tuple[str, tuple[str, ...], int], Sequence[Match]] = {}

    @property
    def head(self) -> Head:
        """The position that this prefix ends at."""
        return self._head

    def moved(self, head: Head) -> None:
        """Go on to a later head after an append, forgetting what may have changed."""
        self._head = head

    def forget(self, kind: str, subject: str) -> None:
        """Drop what was read of a subject, because an event about it was appended."""
        self._cache.pop((kind, subject), None)

    def _about(self, kind: str, subject: str, wanted: type[Wanted]) -> Sequence[Wanted]:
        key = (kind, subject)
        if key not in self._cache:
            self._cache[key] = self._read(kind, subject)
        return [event for event in self._cache[key] if isinstance(event, wanted)]

    def _read(self, kind: str, subject: str) -> list[AnyEvent]:
        return self._events(self.sql.by_subject, kind, subject)

    def _events(self, sql: str, *values: object) -> list[AnyEvent]:
        rows = self.connection.execute(sql, (*values, self._head.size, self._head.size))
        return [decode(body, seq=seq).event for seq, body in rows.fetchall()]

    def packs(self) -> Sequence[PackAdopted]:
        """The last adoption of each pack, in the order of first adoption."""
        adopted = self._events(self.sql.by_kind, "pack.adopted")
        return list({e.pack: e for e in adopted if isinstance(e, PackAdopted)}.values())

    def adopted_keys(self) -> Sequence[KeyAdopted]:
        """Every adoption of a signing key, in order; a decision never asks."""
        found = self._events(self.sql.by_kind, "key.adopted")
        return [e for e in found if isinstance(e, KeyAdopted)]

    def party(self, party: str) -> Sequence[PartyRegistered]:
        """Registrations of a party by their days."""
        return self._about("party.registered", party, PartyRegistered)

    def below(self, party: str) -> Sequence[str]:
        """Parties that ever named this one as their parent."""
        size = self._head.size
        return _column(self.connection.execute(self.sql.below, (party, size, size)))

    def device(self, device: str) -> Sequence[DeviceClassified]:
        """Classifications of a device by their days."""
        return self._about("device.classified", device, DeviceClassified)

    def devices(self) -> Sequence[str]:
        """Every device that was classified by an event."""
        size = self._head.size
        rows = self.connection.execute(self.sql.subjects, ("device.classified", size, size))
        return _column(rows)

    def device_days(self) -> frozenset[date]:
        """Days on which any device was classified."""
        size = self._head.size
        rows = self.connection.execute(self.sql.days, ("device.classified", size, size))
        return frozenset(date.fromisoformat(day) for day in _column(rows))

    def grants_to(self, party: str) -> Sequence[AuthorizationGranted]:
        """Authorizations granted to a party."""
        found = self._events(self.sql.by_detail, "authorization.granted", party)
        return [e for e in found if isinstance(e, AuthorizationGranted)]

    def grant(self, reference: str) -> AuthorizationGranted | None:
        """The grant of a reference."""
        found = self._about("authorization.granted", reference, AuthorizationGranted)
        return found[0] if found else None

    def grant_changes(self, reference: str) -> Sequence[AuthorizationAmended | AuthorizationEnded]:
        """Amendments and ends of a grant by their days."""
        amended = self._about("authorization.amended", reference, AuthorizationAmended)
        ended = self._about("authorization.ended", reference, AuthorizationEnded)
        return sorted((*amended, *ended), key=lambda event: event.on)

    def readings(self, switch: str) -> Sequence[InterpretationAdopted]:
        """Readings adopted for a switch by their days."""
        return self._about("interpretation.adopted", switch, InterpretationAdopted)

    def usage(self, cap: str, holder: tuple[str, ...]) -> Sequence[UsageReported]:
        """Draws of others that were reported for a holder."""
        found = self._events(self.sql.usage, cap, holder_text(holder))
        return [e for e in found if isinstance(e, UsageReported)]

    def draws(self, query: Query) -> Iterable[Drawn]:
        """Sums of the movements that a query asks for."""
        if self.totals and Kind.LICENSED not in query.kinds:
            return self._from_totals(query)
        return self._from_positions(query)

    def _from_totals(self, query: Query) -> Iterator[Drawn]:
        """Months before the exact part as one sum each, the rest day by day."""
        exact = _month(query.exact_from)
        split = sorted({_month(cut) for cut in query.cuts if _month(cut) < exact})
        first = max(query.first_on, date.min)
        yield from self._totals("month_total", query, _month(first), exact, skip=split)
        yield from self._totals("day_total", query, max(first, exact), date.max)
        for month in split:
            yield from self._totals("day_total", query, max(month, first), _next_month(month))

    def _totals(
        self, table: str, query: Query, first: date, until: date, *, skip: Sequence[date] = ()
    ) -> Iterator[Drawn]:
        whole = len(query.key) == len(query.shape)
        prefix = SEPARATOR.join(query.key)
        span = "key = ?" if whole else "key > ? AND key < ?"
        keys = (prefix,) if whole else (prefix + SEPARATOR, prefix + chr(ord(SEPARATOR) + 1))
        sql = (
            f"{self.sql.totals[table]} WHERE shape = ? AND {span} "
            f"AND period >= ? AND period < ? AND kind IN ({_marks(query.kinds)})"
        )
        values = (shape_text(query.shape), *keys, str(first), str(until), *sorted(query.kinds))
        skipped = {str(month) for month in skip}
        for period, kind, authorization, device, key, units, tpp in self.connection.execute(
            sql, values
        ).fetchall():
            if query.authorizations and authorization not in query.authorizations:
                continue
            if period in skipped:
                continue
            fields = dict(zip(query.shape, key.split(SEPARATOR), strict=True))
            yield Drawn(
                on=date.fromisoformat(period),
                kind=Kind(kind),
                authorization=authorization,
                device=device,
                party=fields.get("party", ""),
                destination=fields.get("destination", ""),
                units=units,
                tpp=tpp,
            )

    def _where(self, query: Query) -> tuple[str, tuple[object, ...]]:
        where = [f"p.{field} = ?" for field, _ in zip(query.shape, query.key, strict=False)]
        where += [f"p.kind IN ({_marks(query.kinds)})", "p.on_day >= ?", "p.seq <= ?"]
        values = (*query.key, *sorted(query.kinds), str(query.first_on), self._head.size)
        return " AND ".join(where), values

    def _from_positions(self, query: Query) -> Iterator[Drawn]:
        where, values = self._where(query)
        sql = (
            "SELECT on_day, kind, authorization, device, party, destination, sum(units), sum(tpp) "  # noqa: S608 -- the fields are those of the positions table
            f"FROM {self.sql.position_table} AS p WHERE {where} "
            "GROUP BY on_day, kind, authorization, device, party, destination ORDER BY on_day"
        )
        for (
            on,
            kind,
            authorization,
            device,
            party,
            destination,
            units,
            tpp,
        ) in self.connection.execute(sql, values).fetchall():
            if not query.authorizations or authorization in query.authorizations:
                yield Drawn(
                    on=date.fromisoformat(on),
                    kind=Kind(kind),
                    authorization=authorization,
                    device=device,
                    party=party,
                    destination=destination,
                    units=units,
                    tpp=tpp,
                )

    def listed(self, query: Query) -> Iterator[tuple[str, Movement]]:
        """The movements behind such sums one by one, each with the event that added it."""
        where, values = self._where(query)
        columns = ", ".join(f"p.{column}" for column in POSITION_COLUMNS.split(", "))
        rows = self.connection.execute(
            f"SELECT e.event_id, {columns} FROM {self.sql.position_table} AS p "  # noqa: S608
            f"JOIN main.entry AS e ON e.seq = p.seq WHERE {where} "
            "ORDER BY p.on_day, p.seq, p.place",
            values,
        )
        for event_id, *row in rows.fetchall():
            found = movement(tuple(row))
            if not query.authorizations or found.authorization in query.authorizations:
                yield event_id, found

    def movements_of(self, lot: str) -> Sequence[Movement]:
        """Every movement that belongs to a lot or a reservation."""
        rows = self.connection.execute(self.sql.of_lot, (lot, self._head.size))
        return [movement(row) for row in rows.fetchall()]

    def reservation(self, event_id: str) -> Reservation | None:
        """A reservation and what is left of it."""
        placed = self.find(event_id)
        if not isinstance(placed, LotReserved):
            return None
        held = [m for m in self.movements_of(event_id) if m.kind in RESERVATIONS]
        extended = self._read("lot.extended", event_id)
        holds = [e.hold_until for e in extended if isinstance(e, LotExtended)]
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
            return _column(self.connection.execute(self.sql.open_holds))
        size = self._head.size
        rows = self.connection.execute(self.sql.subjects, ("lot.reserved", size, size))
        return [one for one in _column(rows) if self._holds(one)]

    def _holds(self, reservation_id: str) -> bool:
        found = self.reservation(reservation_id)
        return found is not None and found.open_units > 0

    def find(self, event_id: str) -> AnyEvent | None:
        """The event with an id, reversed or not."""
        found = self.locate(event_id)
        return None if found is None else found[1]

    def locate(self, event_id: str) -> tuple[int, AnyEvent] | None:
        """Where an event stands, and the event."""
        row = self.connection.execute(
            "SELECT seq, body FROM main.entry WHERE event_id = ? AND seq <= ?",
            (event_id, self._head.size),
        ).fetchone()
        return None if row is None else (row[0], decode(row[1], seq=row[0]).event)

    def is_reversed(self, event_id: str) -> bool:
        """Whether an event was taken back."""
        row = self.connection.execute(self.sql.reversed, (event_id, self._head.size)).fetchone()
        return row is not None

    def caused_by(self, event_id: str) -> Sequence[Movement]:
        """The movements that an event added."""
        found = self.locate(event_id)
        if found is None:
            return ()
        rows = self.connection.execute(self.sql.of_seq, (found[0],))
        return [movement(row) for row in rows.fetchall()]

    def holders(self, shape: Shape) -> Sequence[tuple[str, ...]]:
        """Every combination of a shape's fields that any movement has."""
        known = set(SHAPE_FIELDS.values())
        fields = ", ".join(field for field in shape if field in known)
        rows = self.connection.execute(
            f"SELECT DISTINCT {fields} FROM {self.sql.position_table} WHERE seq <= ? "  # noqa: S608 -- as above
            f"ORDER BY {fields}",
            (self._head.size,),
        )
        return [tuple(row) for row in rows.fetchall() if all(row)]

    def reported_holders(self, cap: str) -> Sequence[tuple[str, ...]]:
        """Every holder for which others' draws on a cap were reported."""
        size = self._head.size
        rows = self.connection.execute(self.sql.details, ("usage.reported", cap, size, size))
        return [tuple(text.split(SEPARATOR)) for text in _column(rows)]

    def parties(self) -> Sequence[str]:
        """Every party that was registered."""
        size = self._head.size
        return _column(self.connection.execute(self.sql.subjects, ("party.registered", size, size)))

    def gone(self, first: date, until: date) -> Sequence[Movement]:
        """Lots that went on some days, as they stand now."""
        values = (str(first), str(until), self._head.size)
        rows = self.connection.execute(self.sql.gone, values)
        return [movement(row) for row in rows.fetchall()]

    def lists(self) -> Sequence[ListAdopted]:
        """Every screening list that was adopted, by the day it was published."""
        found = self._events(self.sql.by_kind, "list.adopted")
        return sorted((e for e in found if isinstance(e, ListAdopted)), key=lambda e: e.source_on)

    def matches(self, digest: str, names: Sequence[str], at_least: int) -> Sequence[Match]:
        """Listed parties of an adopted list with a name near one of these, best first."""
        key = (digest, tuple(names), at_least)
        if key not in self._matched:
            found = blobs.index(self.connection, digest).matches(names, at_least=at_least)
            self._matched[key] = found
        return self._matched[key]

    def clearances(self, party: str) -> Sequence[PartyCleared]:
        """Clearances of a party by their days."""
        return self._about("party.cleared", party, PartyCleared)

    def settings(self, setting: str) -> Sequence[SettingChanged]:
        """Changes of a setting by their days."""
        return self._about("setting.changed", setting, SettingChanged)

    def duties_done(self) -> Sequence[DutyDone]:
        """Every duty that was recorded as done."""
        found = self._events(self.sql.by_kind, "duty.done")
        return [e for e in found if isinstance(e, DutyDone)]

    def granted(self, authorization: str) -> Sequence[AuthorizationGranted]:
        """Every grant of one authorization."""
        found = self._events(self.sql.by_kind, "authorization.granted")
        return [
            e
            for e in found
            if isinstance(e, AuthorizationGranted) and e.authorization == authorization
        ]


def _column(rows: sqlite3.Cursor) -> list[str]:
    return [row[0] for row in rows.fetchall()]


def _marks(values: Iterable[object]) -> str:
    return ", ".join("?" for _ in values)


def _month(on: date) -> date:
    return on.replace(day=1)


def _next_month(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)
