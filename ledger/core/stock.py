"""Installed stock: what attrition and relocation free, which is at most what is recorded."""

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import accumulate, groupby
from typing import Final

from ledger.core.devices import unit_tpp
from ledger.core.errors import InvalidEvent, NotFound
from ledger.core.events import LotAttrited, LotRelocated
from ledger.core.law.law import Law
from ledger.core.positions import FREEING, INSTALLED, Drawn, Kind, Movement, Query, Recording
from ledger.core.prefix import Prefix
from ledger.core.ratings import device_on

CAME: Final = frozenset({Kind.EXPORTED, Kind.DOMESTIC, Kind.DECLARED})
"""Kinds of units that a later event may name as the lot that they came with."""

COVER: Final = "uncovered\x1f"
"""How the names begin of what belongs to no event: see `uncovered`."""


def attrited(event: LotAttrited, prefix: Prefix) -> Recording:
    """Attrition frees at most what is recorded, on its day and on every later one."""
    units, tpp = _stock(event.party, event.destination, event.device, event.on, prefix)
    freed = min(event.quantity, units)
    if event.lot is not None:
        left = _left_of_lot(event, prefix)
        freed, units, tpp = min(freed, left.units), left.units, left.tpp
    went = -freed_tpp(freed, units, tpp)
    return Recording(
        (_stock_change(event, Kind.ATTRITED, event.destination, -freed, went),) if freed else (),
        excess_units=event.quantity - freed,
    )


def freed_tpp(freed: int, units: int, tpp: int) -> int:
    """What units free of a stock: their part of what it draws, rounded down."""
    return tpp * freed // units if units else 0


def _left_of_lot(event: LotAttrited, prefix: Prefix) -> Movement:
    drawn = [m for m in prefix.movements_of(event.lot or "") if m.kind in INSTALLED]
    if not drawn or drawn[0].kind not in CAME:
        raise NotFound(
            f"no export or stock has the id '{event.lot}'",
            cure="name the event whose units left, or leave 'lot' out",
        )
    first = drawn[0]
    if (first.party, first.destination, first.device) != (
        event.party,
        event.destination,
        event.device,
    ):
        raise InvalidEvent(
            f"the lot '{event.lot}' is {first.device} of {first.party} in {first.destination}",
            cure="name the lot whose units left, or leave 'lot' out",
        )
    return first.counted(sum(m.units for m in drawn), sum(m.tpp for m in drawn))


def _stock(party: str, destination: str, device: str, on: date, prefix: Prefix) -> tuple[int, int]:
    """Units and TPP of a device that stay recorded from a day on, whatever came later."""
    rows = _recorded(party, destination, device, prefix)
    return stays([(d.on, d.units, d.tpp) for d in rows], on)


def stays(rows: Iterable[tuple[date, int, int]], on: date) -> tuple[int, int]:
    """Of days, units and TPP of a stock: what is there on a day and on every later one."""
    by_day: dict[date, tuple[int, int]] = {on: (0, 0)}
    for day, units, tpp in rows:
        known = by_day.get(max(day, on), (0, 0))
        by_day[max(day, on)] = (known[0] + units, known[1] + tpp)
    moved = [by_day[day] for day in sorted(by_day)]
    units_left, tpp_left = (min(accumulate(amounts)) for amounts in zip(*moved, strict=True))
    return max(units_left, 0), max(tpp_left, 0)


def _recorded(party: str, destination: str, device: str, prefix: Prefix) -> list[Drawn]:
    """What was recorded of a device at a place, day by day."""
    query = Query(
        shape=("party", "destination"),
        key=(party, destination),
        kinds=INSTALLED,
        exact_from=date.min,
    )
    return sorted(d for d in prefix.draws(query) if d.device == device)


def uncovered(taken_back: Sequence[Movement], prefix: Prefix) -> tuple[Movement, ...]:
    """What attrition and relocation took that is no longer there once movements are taken back.

    It is given back from the first day on which it lacks, so that what one device lost never eats
    into the stock of another.
    """
    found: list[Movement] = []
    places = {(m.party, m.destination, m.device) for m in taken_back if m.kind in INSTALLED}
    for party, destination, device in sorted(places):
        own = [
            m
            for m in taken_back
            if (m.party, m.destination, m.device) == (party, destination, device)
        ]
        rows = [(d.on, d.units, d.tpp) for d in _recorded(party, destination, device, prefix)]
        rows += [(m.on, m.units, m.tpp) for m in own if m.kind in INSTALLED]
        units, tpp = deficit(rows)
        if units is not None:
            on, lacking = units
            found.append(
                Movement(
                    on=on,
                    kind=Kind.ATTRITED,
                    device=device,
                    party=party,
                    destination=destination,
                    units=lacking,
                    tpp=tpp,
                    lot=_cover(own[0]),
                    end_user=party,
                )
            )
    return tuple(found)


def _cover(movement: Movement) -> str:
    """What units that were given back without an event of their own belong to.

    Ids hold no control characters, so no lot is ever named like this.
    """
    return f"{COVER}{movement.party}\x1f{movement.destination}\x1f{movement.device}"


def already_given_back(undone: Sequence[Movement], prefix: Prefix) -> tuple[Movement, ...]:
    """What undoes `uncovered`, where the attrition or relocation itself is taken back later."""
    found = []
    for movement in undone:
        if movement.kind in FREEING:
            cover = prefix.movements_of(_cover(movement))
            given = sum(m.units for m in cover)
            units = min(given, movement.units)
            if units > 0:
                tpp = sum(m.tpp for m in cover) * units // given
                found.append(cover[0]._replace(units=-units, tpp=-tpp))
    return tuple(found)


def deficit(rows: Iterable[tuple[date, int, int]]) -> tuple[tuple[date, int] | None, int]:
    """Of days, units and TPP: the first day that lacks units and the most that lack; their TPP."""
    first: date | None = None
    units = tpp = least_units = least_tpp = 0
    for day, same in groupby(sorted(rows), key=lambda row: row[0]):
        moved = list(same)
        units += sum(row[1] for row in moved)
        tpp += sum(row[2] for row in moved)
        if units < 0 and first is None:
            first = day
        least_units, least_tpp = min(least_units, units), min(least_tpp, tpp)
    return (None if first is None else (first, -least_units)), -least_tpp


def _stock_change(
    event: LotAttrited | LotRelocated, kind: Kind, destination: str, units: int, tpp: int
) -> Movement:
    lot = event.lot if isinstance(event, LotAttrited) and event.lot else event.id
    return Movement(
        on=event.on,
        kind=kind,
        device=event.device,
        party=event.party,
        destination=destination,
        units=units,
        tpp=tpp,
        lot=lot,
        end_user=event.party,
    )


def relocated(event: LotRelocated, prefix: Prefix, law: Law) -> Recording:
    """Units leave as far as they are recorded, and arrive in full."""
    units, tpp = _stock(event.party, event.destination_from, event.device, event.on, prefix)
    freed = min(event.quantity, units)
    went = freed_tpp(freed, units, tpp)
    excess = event.quantity - freed
    unit = unit_tpp(device_on(event.device, event.on, prefix, law))
    arrived = _stock_change(
        event, Kind.RELOCATED_IN, event.destination_to, event.quantity, went + excess * unit
    )
    left = _stock_change(event, Kind.RELOCATED_OUT, event.destination_from, -freed, -went)
    return Recording((left, arrived) if freed else (arrived,), excess_units=excess)
