"""Installed stock: what attrition and relocation free, which is at most what is recorded."""

from datetime import date
from itertools import accumulate

from ledger.core.devices import unit_tpp
from ledger.core.errors import InvalidEvent, NotFound
from ledger.core.events import LotAttrited, LotRelocated
from ledger.core.law.law import Law
from ledger.core.positions import INSTALLED, Kind, Movement, Query, Recording
from ledger.core.prefix import Prefix
from ledger.core.ratings import device_on


def attrited(event: LotAttrited, prefix: Prefix) -> Recording:
    """Attrition frees at most what is recorded, on its day and on every later one."""
    units, tpp = _stock(event.party, event.destination, event.device, event.on, prefix)
    freed = min(event.quantity, units)
    freed_tpp = tpp * freed // units if units else 0
    if event.lot is not None:
        left = _left_of_lot(event, prefix)
        freed = min(freed, left.units)
        freed_tpp = left.tpp * freed // left.units if left.units else 0
    return Recording(
        (_stock_change(event, Kind.ATTRITED, event.destination, -freed, -freed_tpp),)
        if freed
        else (),
        excess_units=event.quantity - freed,
    )


def _left_of_lot(event: LotAttrited, prefix: Prefix) -> Movement:
    drawn = [m for m in prefix.movements_of(event.lot or "") if m.kind != Kind.RESERVED]
    if not drawn:
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
    query = Query(
        shape=("party", "destination"),
        key=(party, destination),
        kinds=INSTALLED,
        exact_from=on,
    )
    drawn = sorted(d for d in prefix.draws(query) if d.device == device)
    before = [d for d in drawn if d.on <= on]
    later = [d for d in drawn if d.on > on]
    units = min(accumulate((d.units for d in later), initial=sum(d.units for d in before)))
    tpp = min(accumulate((d.tpp for d in later), initial=sum(d.tpp for d in before)))
    return max(units, 0), max(tpp, 0)


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
    freed_tpp = tpp * freed // units if units else 0
    excess = event.quantity - freed
    unit = unit_tpp(device_on(event.device, event.on, prefix, law))
    arrived = _stock_change(
        event, Kind.RELOCATED, event.destination_to, event.quantity, freed_tpp + excess * unit
    )
    left = _stock_change(event, Kind.RELOCATED, event.destination_from, -freed, -freed_tpp)
    return Recording((left, arrived) if freed else (arrived,), excess_units=excess)
