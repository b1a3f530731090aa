"""A prefix read from a snapshot: questions about many holders, answered many at a time."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final

from ledger.core.encoding import decode
from ledger.core.errors import NotFound
from ledger.core.events import (
    AnyEvent,
    AuthorizationGranted,
    LedgerCreated,
    LotExported,
    UsageReported,
)
from ledger.core.positions import Drawn, Movement, Query, Shape
from ledger.core.prefix import Head, Match
from ledger.garbage import uncollected
from ledger.snapshot.engine import Engine
from ledger.snapshot.sums import BY_MONTH, Sums
from ledger.store.cells import holder_text
from ledger.store.prefix import StorePrefix

VIEWS: Final = Path(__file__).with_name("views.sql")

_OF_AN_EXPORT: Final = (
    "event_id, on_day, device, quantity, unit_tpp, origin, destination, transaction_kind, "
    "exporter, purchaser, intermediate_consignees, ultimate_consignee, end_user, end_use, "
    "authorization_id, reference, line, document, decision_id, reservation, final"
)
_FIELDS: Final = {
    "event_id": "id",
    "on_day": "on",
    "transaction_kind": "transaction",
    "authorization_id": "authorization",
}
"""Columns that are not named as the fields that they hold: SQL has the words for itself."""


class SizedPrefix(StorePrefix):
    """A ledger up to a size, as an open snapshot of that size or a later one holds it."""

    def __init__(self, engine: Engine, head: Head) -> None:
        """Read up to a head."""
        super().__init__(engine, head, totals=False)  # type: ignore[arg-type]  # it asks, and no more
        self.engine = engine

    def locate(self, event_id: str) -> tuple[int, AnyEvent] | None:
        """Where an event stands, and the event; an export has no body here, only its lot."""
        row = self.engine.execute(
            "SELECT seq, kind, body FROM entry WHERE event_id = ? AND seq <= ?",
            [event_id, self._size],
        ).fetchone()
        if row is None:
            return None
        seq, kind, body = row
        if kind == "lot.exported":
            return seq, self._export(seq)
        return seq, decode(body, seq=seq).event

    def matches(self, digest: str, names: Sequence[str], at_least: int) -> Sequence[Match]:
        """Never answered: what lists hold stays in the ledger, and no match is no clearance."""
        raise NotFound(
            f"a snapshot holds no screening list ({digest}, {len(names)} names, {at_least})",
            cure="ask the ledger itself: chipledger check, or chipledger lists screen",
        )

    def _export(self, seq: int) -> LotExported:
        row = self.engine.execute(
            f"SELECT {_OF_AN_EXPORT} FROM lot WHERE seq = ?",  # noqa: S608 -- our own columns
            [seq],
        ).fetchone()
        names = [_FIELDS.get(name, name) for name in _OF_AN_EXPORT.split(", ")]
        fields = {name: value for name, value in zip(names, row, strict=True) if value is not None}
        return LotExported.model_validate(fields)


class SnapshotPrefix(SizedPrefix):
    """A ledger up to a size, as a snapshot holds it; `views.sql` says what reports see of it."""

    def __init__(self, engine: Engine, head: Head) -> None:
        """Read up to a head, which the snapshot must have reached."""
        row = engine.execute(
            "SELECT coalesce(max(size), 0) FROM kept.segment WHERE size <= ?", [head.size]
        ).fetchone()
        views = VIEWS.read_text(encoding="utf-8").replace("{filled}", str(row[0]))
        engine.execute(views.replace("{size}", str(head.size)))
        super().__init__(engine, head)
        self._holders: dict[Shape, Sequence[tuple[str, ...]]] = {}
        self._kinds: dict[str, dict[str, list[AnyEvent]]] = {}
        self._below: dict[str, set[str]] | None = None
        self._listed: dict[Query, list[tuple[str, Movement]]] = {}
        self.sums = Sums(engine)
        self._expected: dict[Query, list[Drawn]] = {}

    @property
    def time_zone(self) -> str:
        """The zone of the ledger's legal days."""
        created = self.find("ledger")
        return created.time_zone if isinstance(created, LedgerCreated) else "UTC"

    # ---- facts: every event of a kind is read at once, for reports ask for all of them

    def _read(self, kind: str, subject: str) -> list[AnyEvent]:
        return self._all_of(kind).get(subject, [])

    def _all_of(self, kind: str) -> dict[str, list[AnyEvent]]:
        """The events of a kind that stand, by what they are about, in the order of their days."""
        if kind not in self._kinds:
            rows = self.engine.execute(
                "SELECT g.subject, e.seq, e.body "
                "FROM registry AS g JOIN entry AS e ON e.seq = g.seq "
                "WHERE g.kind = ? AND e.event_id NOT IN (SELECT event_id FROM reversal) "
                "ORDER BY g.on_day, g.seq",
                [kind],
            ).fetchall()
            found: defaultdict[str, list[AnyEvent]] = defaultdict(list)
            for subject, seq, body in rows:
                found[subject].append(decode(body, seq=seq).event)
            self._kinds[kind] = found
        return self._kinds[kind]

    def _as_recorded(self, kind: str) -> Iterable[AnyEvent]:
        """The events of a kind that stand, in the order in which they were recorded."""
        rows = self.engine.execute(
            "SELECT e.seq, e.body FROM registry AS g JOIN entry AS e ON e.seq = g.seq "
            "WHERE g.kind = ? AND e.event_id NOT IN (SELECT event_id FROM reversal) ORDER BY g.seq",
            [kind],
        ).fetchall()
        return [decode(body, seq=seq).event for seq, body in rows]

    def below(self, party: str) -> Sequence[str]:
        """Parties that ever named this one as their parent."""
        if self._below is None:
            rows = self.engine.execute(
                "SELECT k.parent, k.party FROM kinship AS k JOIN entry AS e ON e.seq = k.seq "
                "WHERE e.event_id NOT IN (SELECT event_id FROM reversal)"
            ).fetchall()
            self._below = defaultdict(set)
            for parent, child in rows:
                self._below[parent].add(child)
        return sorted(self._below.get(party, ()))

    def grants_to(self, party: str) -> Sequence[AuthorizationGranted]:
        """Authorizations granted to a party, as recorded."""
        return [one for one in self._granted() if one.party == party]

    def granted(self, authorization: str) -> Sequence[AuthorizationGranted]:
        """Every grant of one authorization."""
        return [one for one in self._granted() if one.authorization == authorization]

    def _granted(self) -> Sequence[AuthorizationGranted]:
        known: dict[Any, Any] = self.remembered.of_kind.setdefault("authorization.granted", {})
        if "all" not in known:
            known["all"] = list(self._as_recorded("authorization.granted"))
        return known["all"]  # type: ignore[no-any-return]

    def usage(self, cap: str, holder: tuple[str, ...]) -> Sequence[UsageReported]:
        """Draws of others that were reported for a holder."""
        found = self._all_of("usage.reported").get(cap, [])
        named = holder_text(holder)
        events = [one for one in found if isinstance(one, UsageReported)]
        return [one for one in events if holder_text(one.holder) == named]

    def reported_holders(self, cap: str) -> Sequence[tuple[str, ...]]:
        """Holders of a cap for which others' draws were reported."""
        found = self._all_of("usage.reported").get(cap, [])
        events = [one for one in found if isinstance(one, UsageReported)]
        return sorted({one.holder for one in events})

    def places(self, event_ids: Collection[str]) -> dict[str, int]:
        """Where events stand; those whose movements were listed are known already."""
        known = self.sums.places
        rest = [one for one in event_ids if one not in known]
        found = super().places(rest) if rest else {}
        return found | {one: known[one] for one in event_ids if one in known}

    def gone(
        self, first: date, until: date, under: Collection[str] | None = None
    ) -> Sequence[Movement]:
        """Lots that went on some days, as they stand now: there may be millions."""
        with uncollected():
            return self.sums.gone(first, until, under)

    # ---- reservations

    def open_reservations(self) -> Sequence[str]:
        """Ids of the reservations that still hold something."""
        rows = self.engine.execute(
            "SELECT event_id FROM reservation WHERE open_units > 0 ORDER BY held_until, event_id"
        ).fetchall()
        return [row[0] for row in rows]

    def overdue(self, today: date) -> Sequence[str]:
        """Ids of the reservations that still hold something although their day has passed."""
        rows = self.engine.execute(
            "SELECT event_id FROM reservation WHERE open_units > 0 AND held_until <= ? "
            "ORDER BY held_until, event_id",
            [today],
        ).fetchall()
        return [row[0] for row in rows]

    def holders(self, shape: Shape) -> Sequence[tuple[str, ...]]:
        """Every combination of a shape's fields that any movement has."""
        if shape not in self._holders:
            fields = ", ".join(shape)
            sums = "monthly" if BY_MONTH.issuperset(shape) else "drawn"
            rows = self.engine.execute(f"SELECT DISTINCT {fields} FROM {sums} ORDER BY {fields}")  # noqa: S608 -- our own columns
            self._holders[shape] = [tuple(row) for row in rows if all(row)]
        return self._holders[shape]

    # ---- draws

    def expect(self, queries: Iterable[Query], *, listed: bool = False) -> None:
        """Read the sums or movements that will be asked for next, of many holders in one go."""
        if listed:
            self._listed = self.sums.listed(queries)
        else:
            self._expected = self.sums.read(queries)

    def draws(self, query: Query) -> Iterable[Drawn]:
        """Sums of the movements that a query asks for."""
        found = self._expected.get(query)
        return self.sums.read([query])[query] if found is None else found

    def listed(self, query: Query) -> Iterator[tuple[str, Movement]]:
        """The movements behind such sums one by one, each with the event that added it."""
        found = self._listed.get(query)
        yield from self.sums.listed([query])[query] if found is None else found
