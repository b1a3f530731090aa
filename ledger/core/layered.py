"""A prefix with hypothetical events on top: what the ledger would know if they were recorded.

It answers every question from the prefix below and from its own events together, and the events are
folded in as a ledger folds them (`recording`), so that a scenario of recorded events gives what
recording them gives. Nothing below is changed.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date
from typing import NamedTuple, TypeVar

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
from ledger.core.law.pack import Pack, read
from ledger.core.movements import recording
from ledger.core.overlay import asked_for, drawn
from ledger.core.parties import named_parents
from ledger.core.positions import RESERVATIONS, Drawn, Kind, Movement, Query, Recording, Shape
from ledger.core.prefix import STATED, Head, Match, Prefix, Reservation
from ledger.core.rerating import recatalogued

Some = TypeVar("Some", bound=AnyEvent)

_FIRST_FIELDS = ("party", "destination", "line", "end_user", "exporter", "device")
"""The fields that a key of a query may begin with."""


class _Added(NamedTuple):
    by: str
    movement: Movement


class Layered:
    """Hypothetical events on a prefix, in the order in which they are supposed."""

    def __init__(self, base: Prefix, law: Law) -> None:
        """Begin with nothing supposed; `law` is that of the prefix below."""
        self.base, self.law = base, law
        self.events: list[AnyEvent] = []
        self._by_id: dict[str, AnyEvent] = {}
        self._of_kind: defaultdict[str, list[AnyEvent]] = defaultdict(list)
        self._reversed: set[str] = set()
        self._added: list[_Added] = []
        self._by_lot: defaultdict[str, list[_Added]] = defaultdict(list)
        self._by_field: defaultdict[tuple[str, str], list[_Added]] = defaultdict(list)

    @property
    def head(self) -> Head:
        """The head of the ledger that this stands on: what is supposed moves no head."""
        return self.base.head

    def append(self, event: AnyEvent) -> Recording:
        """Suppose one more event; raises what `recording` raises, and then supposes nothing new."""
        if isinstance(event, PackAdopted):
            return self.adopt(event, read(event.text))
        return self._enter(event, recording(event, self, self.law))

    def adopt(self, event: PackAdopted, pack: Pack) -> Recording:
        """Suppose the adoption of a pack whose text is known to read as this one."""
        law = adopting(self.law, pack, event.digest)
        added = self._enter(event, Recording(recatalogued(pack, self, self.law)))
        self.law = law
        return added

    def _enter(self, event: AnyEvent, added: Recording) -> Recording:
        self.events.append(event)
        self._by_id[event.id] = event
        self._of_kind[event.kind].append(event)
        for movement in added.movements:
            self._add(_Added(event.id, movement))
        if isinstance(event, RecordReversed):
            self._reversed.add(event.target)
        return added

    def _add(self, added: _Added) -> None:
        self._added.append(added)
        self._by_lot[added.movement.lot].append(added)
        for field in _FIRST_FIELDS:
            self._by_field[field, getattr(added.movement, field)].append(added)

    # ---- events

    def _own(self, kind: type[Some]) -> Iterator[Some]:
        """What is supposed of a kind and stands."""
        for event in self._of_kind[kind.model_fields["kind"].default]:
            if isinstance(event, kind) and event.id not in self._reversed:
                yield event

    def _standing(self, below: Iterable[Some]) -> list[Some]:
        """Events of the prefix below that nothing supposed takes back."""
        return [event for event in below if event.id not in self._reversed]

    def packs(self) -> Sequence[PackAdopted]:
        """The last adoption of each pack, in the order of first adoption."""
        # An adoption is never taken back.
        found = {e.pack: e for e in (*self.base.packs(), *self._own(PackAdopted))}
        return list(found.values())

    def party(self, party: str) -> Sequence[PartyRegistered]:
        """Registrations of a party by their days."""
        own = (e for e in self._own(PartyRegistered) if e.party == party)
        return _by_day(self._standing(self.base.party(party)), own)

    def below(self, party: str) -> Sequence[str]:
        """Parties that ever named this one as their parent."""
        own = {e.party for e in self._own(PartyRegistered) if party in named_parents(e)}
        found = self.base.below(party)
        if self._takes_back(PartyRegistered):
            found = [
                one for one in found if any(party in named_parents(e) for e in self.party(one))
            ]
        return sorted({*found, *own})

    def _takes_back(self, kind: type[AnyEvent]) -> bool:
        """Whether something of a kind is taken back that stands below."""
        return any(isinstance(self.base.find(one), kind) for one in self._reversed)

    def device(self, device: str) -> Sequence[DeviceClassified]:
        """Classifications of a device by their days."""
        own = (e for e in self._own(DeviceClassified) if e.device == device)
        return _by_day(self._standing(self.base.device(device)), own)

    def devices(self) -> Sequence[str]:
        """Every device that was classified by an event."""
        found = self.base.devices()
        if self._takes_back(DeviceClassified):
            found = [one for one in found if self.device(one)]
        return sorted({*found, *(e.device for e in self._own(DeviceClassified))})

    def device_days(self) -> frozenset[date]:
        """Days on which any device was classified."""
        found = self.base.device_days()
        if self._takes_back(DeviceClassified):
            found = frozenset(e.on for one in self.devices() for e in self.device(one))
        return found | {e.on for e in self._own(DeviceClassified)}

    def grants_to(self, party: str) -> Sequence[AuthorizationGranted]:
        """Authorizations granted to a party."""
        own = (e for e in self._own(AuthorizationGranted) if e.party == party)
        return [*self._standing(self.base.grants_to(party)), *own]

    def grant(self, reference: str) -> AuthorizationGranted | None:
        """The grant of a reference."""
        found = self.base.grant(reference)
        if found is not None and found.id not in self._reversed:
            return found
        own = (e for e in self._own(AuthorizationGranted) if e.reference == reference)
        return next(own, None)

    def grant_changes(self, reference: str) -> Sequence[AuthorizationAmended | AuthorizationEnded]:
        """Amendments and ends of a grant by their days."""
        below = self._standing(self.base.grant_changes(reference))
        own = (
            e
            for e in self.events
            if isinstance(e, AuthorizationAmended | AuthorizationEnded)
            and e.reference == reference
            and e.id not in self._reversed
        )
        return _by_day(below, own)

    def readings(self, switch: str) -> Sequence[InterpretationAdopted]:
        """Readings adopted for a switch by their days."""
        own = (e for e in self._own(InterpretationAdopted) if e.switch == switch)
        return _by_day(self._standing(self.base.readings(switch)), own)

    def usage(self, cap: str, holder: tuple[str, ...]) -> Sequence[UsageReported]:
        """Draws of others that were reported for a holder."""
        own = (e for e in self._own(UsageReported) if (e.cap, e.holder) == (cap, holder))
        return [*self._standing(self.base.usage(cap, holder)), *own]

    def reported_holders(self, cap: str) -> Sequence[tuple[str, ...]]:
        """Every holder for which others' draws on a cap were reported."""
        found = self.base.reported_holders(cap)
        if self._takes_back(UsageReported):
            found = [one for one in found if self.usage(cap, one)]
        return sorted({*found, *(e.holder for e in self._own(UsageReported) if e.cap == cap)})

    def granted(self, authorization: str) -> Sequence[AuthorizationGranted]:
        """Every grant of one authorization."""
        own = (e for e in self._own(AuthorizationGranted) if e.authorization == authorization)
        return [*self._standing(self.base.granted(authorization)), *own]

    def parties(self) -> Sequence[str]:
        """Every party that was registered."""
        found = self.base.parties()
        if self._takes_back(PartyRegistered):
            found = [one for one in found if self.party(one)]
        return sorted({*found, *(e.party for e in self._own(PartyRegistered))})

    def lists(self) -> Sequence[ListAdopted]:
        """Every screening list that was adopted, by the day it was published."""
        found = [*self._standing(self.base.lists()), *self._own(ListAdopted)]
        return sorted(found, key=lambda e: e.source_on)

    def matches(self, digest: str, names: Sequence[str], at_least: int) -> Sequence[Match]:
        """Listed parties of an adopted list with a name near one of these, best first."""
        return self.base.matches(digest, names, at_least)

    def clearances(self, party: str) -> Sequence[PartyCleared]:
        """Clearances of a party by their days."""
        own = (e for e in self._own(PartyCleared) if e.party == party)
        return _by_day(self._standing(self.base.clearances(party)), own)

    def settings(self, setting: str) -> Sequence[SettingChanged]:
        """Changes of a setting by their days."""
        own = (e for e in self._own(SettingChanged) if e.setting == setting)
        return _by_day(self._standing(self.base.settings(setting)), own)

    def duties_done(self) -> Sequence[DutyDone]:
        """Every duty that was recorded as done."""
        return [*self._standing(self.base.duties_done()), *self._own(DutyDone)]

    def stated(self) -> Sequence[tuple[int, AnyEvent]]:
        """Every entry that states what is so, or takes such a one back, with its place."""
        own = [
            (place, event)
            for place, event in enumerate(self.events, start=self.head.size + 1)
            if event.kind in STATED or self._takes_back_stated(event)
        ]
        return [*self.base.stated(), *own]

    def _takes_back_stated(self, event: AnyEvent) -> bool:
        target = self.find(event.target) if isinstance(event, RecordReversed) else None
        return target is not None and target.kind in STATED

    def find(self, event_id: str) -> AnyEvent | None:
        """The event with an id, reversed or not."""
        return self._by_id.get(event_id) or self.base.find(event_id)

    def is_reversed(self, event_id: str) -> bool:
        """Whether an event was taken back."""
        return event_id in self._reversed or self.base.is_reversed(event_id)

    def places(self, event_ids: Collection[str]) -> dict[str, int]:
        """Where events stand: what is supposed, after the head."""
        ids, size = set(event_ids), self.head.size
        own = {e.id: size + n for n, e in enumerate(self.events, start=1) if e.id in ids}
        return {**self.base.places(ids - own.keys()), **own}

    # ---- movements

    def draws(self, query: Query) -> Iterable[Drawn]:
        """Sums of the movements below, and each that is supposed."""
        yield from self.base.draws(query)
        yield from (drawn(added.movement) for added in self._asked(query))

    def _asked(self, query: Query) -> list[_Added]:
        """The movements that are supposed and that a query asks for."""
        own: Sequence[_Added] = self._added
        if query.key:
            own = self._by_field.get((query.shape[0], query.key[0]), ())
        return [added for added in own if asked_for(added.movement, query)]

    def expect(self, queries: Iterable[Query], *, listed: bool = False) -> None:
        """Tell the prefix below."""
        self.base.expect(queries, listed=listed)

    def listed(self, query: Query) -> Iterable[tuple[str, Movement]]:
        """The movements behind such sums one by one, each with the event that added it."""
        yield from self.base.listed(query)
        yield from self._asked(query)

    def movements_of(self, lot: str) -> Sequence[Movement]:
        """Every movement that belongs to a lot or a reservation."""
        return [*self.base.movements_of(lot), *(a.movement for a in self._by_lot[lot])]

    def life_of(self, lot: str) -> Sequence[tuple[str, Movement]]:
        """The same as recorded, each with the id of the event that added it."""
        return [*self.base.life_of(lot), *((a.by, a.movement) for a in self._by_lot[lot])]

    def bundle(self, bundle: str) -> Sequence[LotReserved]:
        """The reservations that were placed as one bundle, as recorded."""
        own = (e for e in self._own(LotReserved) if e.bundle == bundle)
        return [*self._standing(self.base.bundle(bundle)), *own]

    def of_device(self, device: str) -> Sequence[tuple[str, Movement]]:
        """Every movement of a device as recorded."""
        own = [(a.by, a.movement) for a in self._added if a.movement.device == device]
        return [*self.base.of_device(device), *own]

    def caused_by(self, event_id: str) -> Sequence[Movement]:
        """The movements that an event added."""
        own = [added.movement for added in self._added if added.by == event_id]
        return own or self.base.caused_by(event_id)

    def open_reservations(self) -> Sequence[str]:
        """Ids of the reservations that still hold something."""
        # One of below may be given up, one that had ended may be opened again.
        touched = {a.movement.lot for a in self._added if a.movement.kind in RESERVATIONS}
        held = (self.reservation(one) for one in touched)
        opened = {one.event.id for one in held if one is not None and one.open_units > 0}
        return sorted(opened.union(set(self.base.open_reservations()) - touched))

    def extensions(self, reservation: str) -> Sequence[LotExtended]:
        """The extensions of a hold by their days."""
        own = (e for e in self._own(LotExtended) if e.reservation == reservation)
        return _by_day(self._standing(self.base.extensions(reservation)), own)

    def reservation(self, event_id: str) -> Reservation | None:
        """A reservation and what is left of it."""
        placed = self.find(event_id)
        if not isinstance(placed, LotReserved):
            return None
        held = [m for m in self.movements_of(event_id) if m.kind in RESERVATIONS]
        holds = [e.hold_until for e in self.extensions(event_id)]
        released = any(
            isinstance(self.find(by), LotReleased) and not self.is_reversed(by)
            for by, _ in self.life_of(event_id)
        )
        return Reservation(
            event=placed,
            hold_until=holds[-1] if holds else placed.hold_until,
            open_units=sum(m.units for m in held),
            open_tpp=sum(m.tpp for m in held),
            released=released or self.is_reversed(event_id),
        )

    def holders(self, shape: Shape) -> Sequence[tuple[str, ...]]:
        """Every combination of a shape's fields that any movement has."""
        own = {tuple(getattr(a.movement, field) for field in shape) for a in self._added}
        return sorted({*self.base.holders(shape), *(one for one in own if all(one))})

    def gone(
        self, first: date, until: date, under: Collection[str] | None = None
    ) -> Sequence[Movement]:
        """Lots that went on some days, as they would stand."""
        lots = {one.lot: one for one in self.base.gone(first, until, under)}
        for _, one in self._added:
            went = one.kind in {Kind.EXPORTED, Kind.DOMESTIC} and first <= one.on < until
            if went and (under is None or one.authorization in under):
                known = lots.get(one.lot, one.counted(0, 0))
                lots[one.lot] = known.counted(known.units + one.units, known.tpp + one.tpp)
        return sorted((one for one in lots.values() if one.units > 0), key=lambda one: one.on)


def adopting(law: Law, pack: Pack, digest: str) -> Law:
    """A law with one more pack, or with another version of one, in the place of the old one."""
    adopted = {one.pack.pack: one for one in law.adopted}
    return Law((adopted | {pack.pack: AdoptedPack(pack, digest)}).values())


def _by_day(below: Iterable[Some], own: Iterable[Some]) -> list[Some]:
    """Events by their days; of equal days what is supposed stands after what is recorded."""
    return sorted((*below, *own), key=lambda event: event.on)
