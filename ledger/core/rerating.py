"""Re-rating: what the draws of a device become under the classifications that now stand.

A draw is rated on its own day. When a classification of that day is recorded late, or taken back,
every draw of the device is worked out again as if it had been known all along, and the difference
is added: units 0, the rest as in the movement that it corrects (docs/decisions/011).
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date

from ledger.core.devices import unit_tpp
from ledger.core.events import (
    AuthorizedLot,
    DeviceClassified,
    DeviceFacts,
    RecordReversed,
)
from ledger.core.law.law import Law
from ledger.core.law.pack import Pack
from ledger.core.parties import latest
from ledger.core.positions import FREEING, INSTALLED, Kind, Movement
from ledger.core.prefix import Prefix
from ledger.core.stock import COVER, deficit, freed_tpp, stays

By = tuple[str, Movement]
"""A movement with the id of the event that added it."""


def rerated(
    event: DeviceClassified | RecordReversed, device: str, prefix: Prefix, law: Law
) -> tuple[Movement, ...]:
    """What a classification, or taking one back, adds to the draws that stand."""
    versions = list(prefix.device(device))
    if isinstance(event, DeviceClassified):
        versions = sorted([*versions, event], key=lambda version: version.on)
    else:
        versions = [version for version in versions if version.id != event.target]
    return _added(device, _Rating(versions, law.catalogue.get(device)), prefix)


def recatalogued(pack: Pack, prefix: Prefix, law: Law) -> tuple[Movement, ...]:
    """What a pack with another rating of a catalogued device adds to the draws that stand."""
    packs = {one.pack.pack: one.pack for one in law.adopted} | {pack.pack: pack}
    catalogue = {one.device: one for pack in packs.values() for one in pack.devices}
    changed = [name for name, facts in catalogue.items() if facts != law.catalogue.get(name)]
    changed += [name for name in law.catalogue if name not in catalogue]
    if not changed or not prefix.holders(("destination",)):
        return ()
    found: list[Movement] = []
    for name in changed:
        found += _added(name, _Rating(prefix.device(name), catalogue.get(name)), prefix)
    return tuple(found)


def settled(
    event_id: str, undone: Sequence[Movement], prefix: Prefix, law: Law
) -> tuple[Movement, ...]:
    """What else a reversal takes back of lots that were re-rated since they were recorded."""
    if not (_were_rerated(undone, prefix) or _would_be_rated_otherwise(undone, prefix, law)):
        return ()
    found: list[Movement] = []
    for device, party in sorted({(m.device, m.party) for m in undone}):
        rating = _Rating(prefix.device(device), law.catalogue.get(device))
        own = [(event_id, m) for m in undone if (m.device, m.party) == (device, party)]
        log = [(by, m) for by, m in prefix.of_device(device) if m.party == party]
        found += _differences([*log, *own], _Restated(rating, prefix))
    return tuple(found)


def _were_rerated(undone: Sequence[Movement], prefix: Prefix) -> bool:
    lots = {m.lot for m in undone}
    return any(m.units == 0 for lot in lots for m in prefix.movements_of(lot))


def _would_be_rated_otherwise(undone: Sequence[Movement], prefix: Prefix, law: Law) -> bool:
    """Whether something comes back at another rating than stands now.

    Of a lot of which nothing was drawn at that time a classification re-rated nothing.
    """
    ratings = {
        name: _Rating(prefix.device(name), law.catalogue.get(name))
        for name in {m.device for m in undone}
    }
    return any(_Restated(ratings[m.device], prefix).differs(m) for m in undone)


class _Rating:
    """TPP of one unit of a device on any day; None where nothing stands that says so."""

    def __init__(
        self, versions: Sequence[DeviceClassified], catalogued: DeviceFacts | None
    ) -> None:
        self.versions, self._otherwise = versions, catalogued or next(iter(versions), None)

    def unit(self, on: date) -> int | None:
        facts = latest(self.versions, on) or self._otherwise
        return None if facts is None else unit_tpp(facts)


def _added(device: str, rating: _Rating, prefix: Prefix) -> tuple[Movement, ...]:
    by_party: defaultdict[str, list[By]] = defaultdict(list)
    for by, movement in prefix.of_device(device):
        by_party[movement.party].append((by, movement))
    return tuple(
        added for log in by_party.values() for added in _differences(log, _Restated(rating, prefix))
    )


def _differences(log: Iterable[By], restated: "_Restated") -> list[Movement]:
    """Restated less drawn, for movements that differ in amounts only."""
    differing: defaultdict[Movement, int] = defaultdict(int)
    for by, movement in log:
        bare = movement.counted(0, 0)
        differing[bare] -= movement.tpp
        if movement.units:
            differing[bare] += restated.amount(by, movement)
    return [bare.counted(0, tpp) for bare, tpp in differing.items() if tpp]


class _Restated:
    """Works out the movements of one party and device anew, in the order of their recording.

    Units never change with a rating. What was freed without naming its lot was freed at what the
    stock drew on average, so the stock is kept along the way.
    """

    def __init__(self, rating: _Rating, prefix: Prefix) -> None:
        self._rating, self._prefix = rating, prefix
        self._unit_of: dict[str, int | None] = {}
        self._sums: defaultdict[tuple[str, Kind], list[int]] = defaultdict(lambda: [0, 0])
        self._stock: defaultdict[str, list[tuple[date, int, int]]] = defaultdict(list)

    def amount(self, by: str, movement: Movement) -> int:
        """The TPP of the next movement as it should be."""
        tpp = self._worked_out(by, movement)
        sums = self._sums[movement.lot, movement.kind]
        sums[0] += movement.units
        sums[1] += tpp
        if movement.kind in INSTALLED:
            self._stock[movement.destination].append((movement.on, movement.units, tpp))
        return tpp

    def differs(self, movement: Movement) -> bool:
        """Whether a movement is not what its lot's rating makes of its units."""
        unit = self._unit(movement)
        return unit is not None and movement.tpp != movement.units * unit

    def _worked_out(self, by: str, movement: Movement) -> int:
        match movement.kind:
            case Kind.LICENSED:
                unit = self._rating.unit(movement.on)
            case Kind.ATTRITED if movement.lot.startswith(COVER):
                return self._cover(movement)
            case Kind.ATTRITED | Kind.RELOCATED_IN | Kind.RELOCATED_OUT if (
                movement.lot not in self._unit_of
            ):
                return self._moved(by, movement)
            case _:
                unit = self._unit(movement)
        return movement.tpp if unit is None else movement.units * unit

    def _unit(self, movement: Movement) -> int | None:
        """The rating of a lot: as it states itself, else that of its own day."""
        if movement.lot not in self._unit_of:
            rated = self._rating.unit(movement.on)
            if rated is None or movement.tpp != movement.units * rated:
                lot = self._prefix.find(movement.lot)
                stated = lot.unit_tpp if isinstance(lot, AuthorizedLot) else None
                rated = stated or rated
            self._unit_of[movement.lot] = rated
        return self._unit_of[movement.lot]

    def _moved(self, by: str, movement: Movement) -> int:
        """Units that left no lot that is named, units that arrived, or either taken back."""
        if by != movement.lot:
            return -self._sums[movement.lot, movement.kind][1]
        if movement.kind in FREEING:
            units, tpp = stays(self._stock[movement.destination], movement.on)
            return -freed_tpp(-movement.units, units, tpp)
        left_units, left_tpp = self._sums[movement.lot, Kind.RELOCATED_OUT]
        excess, unit = movement.units + left_units, self._rating.unit(movement.on)
        return movement.tpp if excess and unit is None else excess * (unit or 0) - left_tpp

    def _cover(self, movement: Movement) -> int:
        """What was given back because stock lacked it, or that taken again."""
        if movement.units < 0:
            given, tpp = self._sums[movement.lot, movement.kind]
            return -(tpp * -movement.units // given)
        return deficit(self._stock[movement.destination])[1]
