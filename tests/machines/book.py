"""A second set of books: what stands, worked out from the bare list of events by definition.

It shares nothing with the movements, totals and queries of `ledger`: it walks the list once, keeps
what each event that stands draws (design, chapters 5 and 7), and drops it when the event is taken
back. Nothing is fast here and nothing is remembered.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final, TypeVar

from ledger.core.devices import unit_tpp
from ledger.core.events import (
    AnyEvent,
    AuthorizationAmended,
    AuthorizationEnded,
    AuthorizationGranted,
    AuthorizedLot,
    DeviceClassified,
    DeviceFacts,
    Event,
    LotAttrited,
    LotExported,
    LotExtended,
    LotReleased,
    LotRelocated,
    LotReserved,
    RecordReversed,
    StockDeclared,
)
from ledger.core.grants import grant_on

RESTATED: Final = True
"""Whether a lot is rated by the classifications that stand now, or by those that stood when it was
recorded."""

STOCK: Final = frozenset({"exported", "domestic", "declared", "left", "arrived"})
"""What makes up an installed base; "left" is less than nothing."""

Kind = TypeVar("Kind", bound=Event)


@dataclass(frozen=True)
class Row:
    """What an event draws while it stands: `by` is the event, `lot` what the units belong to."""

    by: str
    lot: str
    on: date
    kind: str
    device: str
    party: str
    destination: str
    units: int
    tpp: int
    authorization: str = ""
    end_user: str = ""
    exporter: str = ""
    line: str = ""

    @property
    def place(self) -> tuple[str, str, str]:
        return self.party, self.destination, self.device


class Book:
    """What a list of events gives; `catalogue` rates the devices that none of them classifies."""

    def __init__(self, events: Iterable[AnyEvent], catalogue: Mapping[str, DeviceFacts]) -> None:
        self.events: list[AnyEvent] = []
        self.undone: set[str] = set()
        self.rows: list[Row] = []
        self._catalogue = catalogue
        self._taken: defaultdict[str, dict[str, int]] = defaultdict(dict)
        listed = list(events)
        undone = {e.target for e in listed if isinstance(e, RecordReversed)}
        self._known_at_last = [e for e in listed if e.id not in undone]
        for event in listed:
            self._enter(event)

    # ---- what stands

    def standing(self, kind: type[Kind]) -> list[Kind]:
        """Events of a kind that were not taken back, as recorded."""
        return [e for e in self.events if isinstance(e, kind) and e.id not in self.undone]

    def by_day(self, kind: type[Kind]) -> list[Kind]:
        """The same in the order of their days."""
        return sorted(self.standing(kind), key=lambda e: e.on)

    def changes(self, reference: str) -> list[AuthorizationAmended | AuthorizationEnded]:
        """Amendments and ends of a grant in the order of their days."""
        found = [
            e
            for e in self.events
            if isinstance(e, AuthorizationAmended | AuthorizationEnded) and e.id not in self.undone
        ]
        return sorted((e for e in found if e.reference == reference), key=lambda e: e.on)

    def open_units(self, reservation: LotReserved) -> int:
        """What a reservation still holds: nothing once it is given up or taken back."""
        given_up = any(e.reservation == reservation.id for e in self.standing(LotReleased))
        if given_up or reservation.id in self.undone:
            return 0
        taken = self._taken[reservation.id].items()
        return reservation.quantity - sum(n for by, n in taken if by not in self.undone)

    def held_until(self, reservation: LotReserved) -> date:
        """The first day on which a reservation is overdue."""
        extended = [e for e in self.by_day(LotExtended) if e.reservation == reservation.id]
        return extended[-1].hold_until if extended else reservation.hold_until

    def open_reservations(self) -> dict[str, int]:
        """Every reservation that holds something, with its units."""
        placed = [e for e in self.events if isinstance(e, LotReserved)]
        return {e.id: self.open_units(e) for e in placed if self.open_units(e)}

    def overdue(self, today: date) -> list[str]:
        """Reservations that still hold something and whose first day out has come."""
        placed = self.standing(LotReserved)
        return sorted(e.id for e in placed if self.open_units(e) and self.held_until(e) <= today)

    def drawn(self) -> Iterator[Row]:
        """Every row that stands, open reservations among them."""
        yield from self.rows
        for held in self.standing(LotReserved):
            units = self.open_units(held)
            if units:
                kind = "reserved-domestic" if held.transaction == "domestic" else "reserved"
                yield replace(self._lot(held, kind), units=units, tpp=units * self._unit_of(held))

    # ---- what an event adds

    def _enter(self, event: AnyEvent) -> None:
        match event:
            case LotExported():
                self._export(event)
            case StockDeclared():
                unit = self._unit(event.device, event.on)
                self._stock(event, "declared", event.destination, event.quantity, unit)
            case LotAttrited():
                self._attrition(event)
            case LotRelocated():
                self._relocation(event)
            case AuthorizationGranted():
                for line in event.lines:
                    self._license(event, event, line.line, line.device, line.quantity)
            case AuthorizationAmended():
                self._amendment(event)
            case RecordReversed():
                self.undone.add(event.target)
                self._undo(event)
            case _:
                pass
        self.events.append(event)

    def _export(self, event: LotExported) -> None:
        if event.reservation is not None:
            placed = next(e for e in self.events if e.id == event.reservation)
            assert isinstance(placed, LotReserved)
            left = self.open_units(placed)
            self._taken[placed.id][event.id] = left if event.final else min(left, event.quantity)
        kind = "domestic" if event.transaction == "domestic" else "exported"
        self.rows.append(self._lot(event, kind))

    def _lot(self, event: AuthorizedLot, kind: str) -> Row:
        return Row(
            by=event.id,
            lot=event.id,
            on=event.on,
            kind=kind,
            device=event.device,
            party=event.ultimate_consignee,
            destination=event.destination,
            units=event.quantity,
            tpp=event.quantity * self._unit_of(event),
            authorization=event.authorization,
            end_user=event.end_user,
            exporter=event.exporter,
            line="" if event.line is None else f"{event.reference}/{event.line}",
        )

    def _unit_of(self, lot: AuthorizedLot) -> int:
        if lot.unit_tpp is not None:
            return int(lot.unit_tpp)
        known = [e.id for e in self.events].index(lot.id) if self._knows(lot) else None
        return self._unit(lot.device, lot.on, known)

    def _knows(self, lot: AuthorizedLot) -> bool:
        return any(e.id == lot.id for e in self.events)

    def _unit(self, device: str, on: date, size: int | None = None) -> int:
        """TPP of a unit on a day, as the first events of the list rate it (all so far)."""
        known = self._known_at_last if RESTATED else self._standing_at(size)
        facts = self._rated(device, on, known)
        if facts is None:  # every rating was taken back: what was counted last stays as it is
            earlier = (self._standing_at(one) for one in range(len(self.events), 0, -1))
            facts = next(one for one in (self._rated(device, on, then) for then in earlier) if one)
        return int(unit_tpp(facts))

    def _rated(self, device: str, on: date, known: Sequence[AnyEvent]) -> DeviceFacts | None:
        rated = [e for e in known if isinstance(e, DeviceClassified) and e.device == device]
        rated.sort(key=lambda e: e.on)
        of_the_day = [e for e in rated if e.on <= on]
        first = rated[0] if rated else None
        return of_the_day[-1] if of_the_day else self._catalogue.get(device, first)

    def _standing_at(self, size: int | None) -> list[AnyEvent]:
        """The events that stood when the list had a size."""
        if size is None:
            return [e for e in self.events if e.id not in self.undone]
        then = self.events[:size]
        undone = {e.target for e in then if isinstance(e, RecordReversed)}
        return [e for e in then if e.id not in undone]

    # ---- licences

    def _license(
        self,
        grant: AuthorizationGranted,
        by: AuthorizationGranted | AuthorizationAmended,
        line: int,
        device: str,
        units: int,
    ) -> None:
        self.rows.append(
            Row(
                by=by.id,
                lot=grant.id,
                on=by.on,
                kind="licensed",
                device=device,
                party=grant.party,
                destination=grant.destinations[0],
                units=units,
                tpp=units * self._unit(device, by.on),
                authorization=grant.authorization,
                exporter=grant.exporter or "",
                line=f"{grant.reference}/{line}",
            )
        )

    def _amendment(self, event: AuthorizationAmended) -> None:
        """What an amendment licenses beyond what its lines had; fewer units give nothing back."""
        grants = self.standing(AuthorizationGranted)
        grant = next(e for e in grants if e.reference == event.reference)
        before = grant_on(grant, self.changes(event.reference), event.on)
        had = {(line.line, line.device): line.quantity for line in before.lines}
        for line in sorted(event.lines or (), key=lambda one: one.line):
            more = line.quantity - had.get((line.line, line.device), 0)
            if more > 0:
                self._license(grant, event, line.line, line.device, more)

    # ---- installed stock

    def _stock(
        self,
        event: StockDeclared | LotAttrited | LotRelocated,
        kind: str,
        destination: str,
        units: int,
        unit: int = 0,
        *,
        tpp: int | None = None,
        lot: str | None = None,
    ) -> None:
        self.rows.append(
            Row(
                by=event.id,
                lot=lot or event.id,
                on=event.on,
                kind=kind,
                device=event.device,
                party=event.party,
                destination=destination,
                units=units,
                tpp=units * unit if tpp is None else tpp,
                end_user=event.party,
            )
        )

    def stock_by_day(self, place: tuple[str, str, str]) -> list[tuple[date, int, int]]:
        """Units and TPP of a device of a party in a country after each day of change."""
        rows = [r for r in self.rows if r.kind in STOCK and r.place == place]
        return [
            (
                day,
                sum(r.units for r in rows if r.on <= day),
                sum(r.tpp for r in rows if r.on <= day),
            )
            for day in sorted({r.on for r in rows})
        ]

    def _stays(self, place: tuple[str, str, str], on: date) -> tuple[int, int]:
        """What is there on a day and on every later one."""
        steps = self.stock_by_day(place)
        before = [(units, tpp) for day, units, tpp in steps if day <= on][-1:] or [(0, 0)]
        later = before + [(units, tpp) for day, units, tpp in steps if day > on]
        return max(min(u for u, _ in later), 0), max(min(t for _, t in later), 0)

    def _attrition(self, event: LotAttrited) -> None:
        """Frees at most what is recorded; of a lot, at the TPP that the lot drew."""
        units, tpp = self._stays((event.party, event.destination, event.device), event.on)
        freed = min(event.quantity, units)
        if event.lot is not None:
            own = [r for r in self.rows if r.lot == event.lot and r.kind in STOCK]
            units, tpp = sum(r.units for r in own), sum(r.tpp for r in own)
            freed = min(freed, units)
        if freed:
            went = tpp * freed // units
            self._stock(event, "left", event.destination, -freed, tpp=-went, lot=event.lot)

    def _relocation(self, event: LotRelocated) -> None:
        """Leaves as far as it is recorded, arrives in full."""
        units, tpp = self._stays((event.party, event.destination_from, event.device), event.on)
        freed = min(event.quantity, units)
        went = tpp * freed // units if units else 0
        beyond = (event.quantity - freed) * self._unit(event.device, event.on)
        if freed:
            self._stock(event, "left", event.destination_from, -freed, tpp=-went)
        self._stock(event, "arrived", event.destination_to, event.quantity, tpp=went + beyond)

    # ---- taking back

    def _undo(self, reversal: RecordReversed) -> None:
        target = next(e for e in self.events if e.id == reversal.target)
        whole = isinstance(target, LotExported | StockDeclared | AuthorizationGranted)
        gone = [r for r in self.rows if (r.lot if whole else r.by) == target.id]
        self.rows = [r for r in self.rows if r not in gone]
        if isinstance(target, LotAttrited | LotRelocated):
            for row in gone:
                self._take_given(row, reversal)
        for place in sorted({r.place for r in gone if r.kind in STOCK}):
            self._give_back(place, reversal)

    def _give_back(self, place: tuple[str, str, str], reversal: RecordReversed) -> None:
        """Where more left than there is now, the rest never left: from the first day it lacks."""
        steps = self.stock_by_day(place)
        lacking = [day for day, units, _ in steps if units < 0]
        if lacking:
            units = -min(units for _, units, _ in steps)
            tpp = -min(0, *(tpp for _, _, tpp in steps))
            self._given(place, reversal, lacking[0], units, tpp)

    def _take_given(self, row: Row, reversal: RecordReversed) -> None:
        """What was given back for units that left, once it turns out that they never did."""
        own = [r for r in self.rows if r.lot == "given back" and r.place == row.place]
        given = sum(r.units for r in own)
        units = min(given, -row.units)
        if row.kind == "left" and units > 0:
            tpp = sum(r.tpp for r in own) * units // given
            self._given(row.place, reversal, own[0].on, -units, -tpp)

    def _given(
        self,
        place: tuple[str, str, str],
        reversal: RecordReversed,
        on: date,
        units: int,
        tpp: int,
    ) -> None:
        party, destination, device = place
        self.rows.append(
            Row(
                by=reversal.id,
                lot="given back",
                on=on,
                kind="left",
                device=device,
                party=party,
                destination=destination,
                units=units,
                tpp=tpp,
                end_user=party,
            )
        )
