"""A prefix held in plain lists: the reference that the store is held to.

It reads every movement for every question. That is its virtue: there is nothing to get wrong.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from ledger.core.encoding import Entry
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
from ledger.core.law.law import AdoptedPack, Law
from ledger.core.law.pack import read
from ledger.core.merkle import EMPTY_ROOT
from ledger.core.movements import recording
from ledger.core.overlay import asked_for, drawn
from ledger.core.parties import named_parents
from ledger.core.positions import RESERVATIONS, Drawn, Kind, Movement, Query, Recording, Shape
from ledger.core.prefix import STATED, Head, Match, Reservation

Matcher = Callable[[str, Sequence[str], int], Sequence[Match]]
"""Looks names up in the list of a digest; see `Prefix.matches`."""


@dataclass(frozen=True, slots=True)
class _Added:
    by: str
    movement: Movement


class MemoryPrefix:
    """Events in the order in which they were recorded, folded one by one."""

    def __init__(
        self, entries: Iterable[Entry | AnyEvent] = (), *, matcher: Matcher | None = None
    ) -> None:
        """Fold events (bare, or with their envelopes) from the first one on.

        `matcher` looks names up in the screening lists that were adopted.
        """
        self._matcher = matcher
        self.events: list[AnyEvent] = []
        self._added: list[_Added] = []
        self._reversed: set[str] = set()
        self._law: Law | None = None
        for entry in entries:
            self.append(entry.event if isinstance(entry, Entry) else entry)

    @property
    def head(self) -> Head:
        """How many events were folded; the root is that of the ledger they came from, if any."""
        return Head(len(self.events), EMPTY_ROOT.hex())

    @property
    def law(self) -> Law:
        """The adopted packs, read once until another one is adopted."""
        if self._law is None:
            self._law = Law(AdoptedPack(read(p.text), p.digest) for p in self.packs())
        return self._law

    def append(self, event: AnyEvent) -> Recording:
        """Fold one event in; raises what `recording` raises, and then holds nothing new."""
        added = recording(event, self, self.law)
        self.events.append(event)
        self._added += [_Added(event.id, movement) for movement in added.movements]
        if isinstance(event, RecordReversed):
            self._reversed.add(event.target)
        if isinstance(event, PackAdopted | RecordReversed):
            self._law = None
        return added

    def _standing(self) -> Iterable[AnyEvent]:
        return (event for event in self.events if event.id not in self._reversed)

    def packs(self) -> Sequence[PackAdopted]:
        """The last adoption of each pack, in the order of first adoption."""
        found = {e.pack: e for e in self._standing() if isinstance(e, PackAdopted)}
        return list(found.values())

    def party(self, party: str) -> Sequence[PartyRegistered]:
        """Registrations of a party by their days."""
        found = [e for e in self._standing() if isinstance(e, PartyRegistered)]
        return sorted((e for e in found if e.party == party), key=lambda e: e.on)

    def below(self, party: str) -> Sequence[str]:
        """Parties that ever named this one as their parent."""
        found = (e for e in self._standing() if isinstance(e, PartyRegistered))
        return sorted({e.party for e in found if party in named_parents(e)})

    def device(self, device: str) -> Sequence[DeviceClassified]:
        """Classifications of a device by their days."""
        found = [e for e in self._standing() if isinstance(e, DeviceClassified)]
        return sorted((e for e in found if e.device == device), key=lambda e: e.on)

    def devices(self) -> Sequence[str]:
        """Every device that was classified by an event."""
        found = (e for e in self._standing() if isinstance(e, DeviceClassified))
        return sorted({e.device for e in found})

    def device_days(self) -> frozenset[date]:
        """Days on which any device was classified."""
        return frozenset(e.on for e in self._standing() if isinstance(e, DeviceClassified))

    def grants_to(self, party: str) -> Sequence[AuthorizationGranted]:
        """Authorizations granted to a party."""
        return [g for g in self._grants() if g.party == party]

    def _grants(self) -> list[AuthorizationGranted]:
        return [e for e in self._standing() if isinstance(e, AuthorizationGranted)]

    def grant(self, reference: str) -> AuthorizationGranted | None:
        """The grant of a reference."""
        return next((g for g in self._grants() if g.reference == reference), None)

    def grant_changes(self, reference: str) -> Sequence[AuthorizationAmended | AuthorizationEnded]:
        """Amendments and ends of a grant by their days."""
        found = [
            e for e in self._standing() if isinstance(e, AuthorizationAmended | AuthorizationEnded)
        ]
        return sorted((e for e in found if e.reference == reference), key=lambda e: e.on)

    def readings(self, switch: str) -> Sequence[InterpretationAdopted]:
        """Readings adopted for a switch by their days."""
        found = [e for e in self._standing() if isinstance(e, InterpretationAdopted)]
        return sorted((e for e in found if e.switch == switch), key=lambda e: e.on)

    def usage(self, cap: str, holder: tuple[str, ...]) -> Sequence[UsageReported]:
        """Draws of others that were reported for a holder."""
        found = (e for e in self._standing() if isinstance(e, UsageReported))
        return [e for e in found if (e.cap, e.holder) == (cap, holder)]

    def draws(self, query: Query) -> Iterable[Drawn]:
        """Sums of movements by day: month sums are never used here."""
        wanted = sorted(drawn(a.movement) for a in self._added if asked_for(a.movement, query))
        for _, same in groupby(wanted, key=lambda one: (one[:-2], query.apart and one.tpp < 0)):
            rows = list(same)
            yield rows[0]._replace(units=sum(r.units for r in rows), tpp=sum(r.tpp for r in rows))

    def expect(self, queries: Iterable[Query], *, listed: bool = False) -> None:
        """Nothing: each question is answered when it is asked."""

    def listed(self, query: Query) -> Iterable[tuple[str, Movement]]:
        """The movements behind such sums one by one, each with the event that added it."""
        return [(a.by, a.movement) for a in self._added if asked_for(a.movement, query)]

    def movements_of(self, lot: str) -> Sequence[Movement]:
        """Every movement that belongs to a lot or a reservation."""
        return [added.movement for added in self._added if added.movement.lot == lot]

    def life_of(self, lot: str) -> Sequence[tuple[str, Movement]]:
        """The same as recorded, each with the id of the event that added it."""
        return [(a.by, a.movement) for a in self._added if a.movement.lot == lot]

    def bundle(self, bundle: str) -> Sequence[LotReserved]:
        """The reservations that were placed as one bundle, as recorded."""
        found = (e for e in self._standing() if isinstance(e, LotReserved))
        return [e for e in found if e.bundle == bundle]

    def of_device(self, device: str) -> Sequence[tuple[str, Movement]]:
        """Every movement of a device as recorded."""
        return [(a.by, a.movement) for a in self._added if a.movement.device == device]

    def places(self, event_ids: Collection[str]) -> dict[str, int]:
        """Where events stand."""
        return {e.id: n for n, e in enumerate(self.events, start=1) if e.id in set(event_ids)}

    def stated(self) -> Sequence[tuple[int, AnyEvent]]:
        """Every entry that states what is so, or takes such a one back, with its place."""
        ids = {e.id for e in self.events if e.kind in STATED}
        return [
            (place, e)
            for place, e in enumerate(self.events, start=1)
            if e.id in ids or (isinstance(e, RecordReversed) and e.target in ids)
        ]

    def open_reservations(self) -> Sequence[str]:
        """Ids of the reservations that still hold something."""
        placed = (e.id for e in self.events if isinstance(e, LotReserved))
        return sorted(one for one in placed if _holds(self.reservation(one)))

    def extensions(self, reservation: str) -> Sequence[LotExtended]:
        """The extensions of a hold by their days."""
        found = (e for e in self._standing() if isinstance(e, LotExtended))
        return sorted((e for e in found if e.reservation == reservation), key=lambda e: e.on)

    def reservation(self, event_id: str) -> Reservation | None:
        """A reservation and what is left of it."""
        placed = next((e for e in self.events if e.id == event_id), None)
        if not isinstance(placed, LotReserved):
            return None
        held = [m for m in self.movements_of(event_id) if m.kind in RESERVATIONS]
        releases = (e for e in self._standing() if isinstance(e, LotReleased))
        holds = [e.hold_until for e in self.extensions(event_id)]
        return Reservation(
            event=placed,
            hold_until=holds[-1] if holds else placed.hold_until,
            open_units=sum(m.units for m in held),
            open_tpp=sum(m.tpp for m in held),
            released=self.is_reversed(event_id) or any(e.reservation == event_id for e in releases),
        )

    def find(self, event_id: str) -> AnyEvent | None:
        """The event with an id, reversed or not."""
        return next((e for e in self.events if e.id == event_id), None)

    def is_reversed(self, event_id: str) -> bool:
        """Whether an event was taken back."""
        return event_id in self._reversed

    def caused_by(self, event_id: str) -> Sequence[Movement]:
        """The movements that an event added."""
        return [added.movement for added in self._added if added.by == event_id]

    def holders(self, shape: Shape) -> Sequence[tuple[str, ...]]:
        """Every combination of a shape's fields that any movement has."""
        found = {tuple(getattr(a.movement, field) for field in shape) for a in self._added}
        return sorted(holder for holder in found if all(holder))

    def reported_holders(self, cap: str) -> Sequence[tuple[str, ...]]:
        """Every holder for which others' draws on a cap were reported."""
        found = (e for e in self._standing() if isinstance(e, UsageReported))
        return sorted({e.holder for e in found if e.cap == cap})

    def granted(self, authorization: str) -> Sequence[AuthorizationGranted]:
        """Every grant of one authorization."""
        return [g for g in self._grants() if g.authorization == authorization]

    def parties(self) -> Sequence[str]:
        """Every party that was registered."""
        found = (e for e in self._standing() if isinstance(e, PartyRegistered))
        return sorted({e.party for e in found})

    def gone(
        self, first: date, until: date, under: Collection[str] | None = None
    ) -> Sequence[Movement]:
        """Lots that went on some days, as they stand now."""
        went = {Kind.EXPORTED, Kind.DOMESTIC}
        lots: dict[str, Movement] = {}
        for added in self._added:
            one = added.movement
            asked = under is None or one.authorization in under
            if one.kind in went and first <= one.on < until and asked:
                known = lots.get(one.lot, one.counted(0, 0))
                lots[one.lot] = known.counted(known.units + one.units, known.tpp + one.tpp)
        return sorted((one for one in lots.values() if one.units > 0), key=lambda one: one.on)

    def lists(self) -> Sequence[ListAdopted]:
        """Every screening list that was adopted, by the day it was published."""
        found = (e for e in self._standing() if isinstance(e, ListAdopted))
        return sorted(found, key=lambda e: e.source_on)

    def matches(self, digest: str, names: Sequence[str], at_least: int) -> Sequence[Match]:
        """Listed parties of an adopted list with a name near one of these, best first."""
        return () if self._matcher is None else self._matcher(digest, names, at_least)

    def clearances(self, party: str) -> Sequence[PartyCleared]:
        """Clearances of a party by their days."""
        found = (e for e in self._standing() if isinstance(e, PartyCleared))
        return sorted((e for e in found if e.party == party), key=lambda e: e.on)

    def settings(self, setting: str) -> Sequence[SettingChanged]:
        """Changes of a setting by their days."""
        found = (e for e in self._standing() if isinstance(e, SettingChanged))
        return sorted((e for e in found if e.setting == setting), key=lambda e: e.on)

    def duties_done(self) -> Sequence[DutyDone]:
        """Every duty that was recorded as done."""
        return [e for e in self._standing() if isinstance(e, DutyDone)]


def _holds(reservation: Reservation | None) -> bool:
    return reservation is not None and reservation.open_units > 0
