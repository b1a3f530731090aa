"""Every schedule of a few deals, each decided lot by lot: the slow way to the best plan."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from itertools import combinations_with_replacement, groupby, permutations
from typing import NamedTuple

from ledger.core.deals import Deal
from ledger.core.decision import Decision, decide
from ledger.core.events import LotExported
from ledger.core.headroom import levels, version_on
from ledger.core.kept import kept
from ledger.core.memory import MemoryPrefix
from ledger.core.movements import recording
from ledger.core.overlay import overlay
from ledger.core.positions import Movement
from ledger.core.precedents import Precedents
from ledger.core.prefix import Prefix
from ledger.core.usage import Tally


class Lot(NamedTuple):
    """Some units of a deal on a day."""

    on: date
    deal: int
    device: str
    authorization: str
    line: str
    units: int


@dataclass
class World:
    """A ledger on which lots are decided, each question once."""

    ledger: MemoryPrefix
    deals: tuple[Deal, ...]
    precedents: Precedents = field(default_factory=Precedents)
    decided: dict[tuple[Lot, frozenset[Lot]], Decision] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.prefix = kept(self.ledger)

    def decide(self, lot: Lot, gone: tuple[Lot, ...]) -> Decision:
        """The decision on a lot after others have gone."""
        key = (lot, frozenset(gone))
        if key not in self.decided:
            deal = self.deals[lot.deal]
            request = deal.request(lot.on, lot.device, lot.units)
            self.decided[key] = decide(
                request.model_copy(update={"authorization": lot.authorization}),
                self.ledger.law,
                self.after(gone),
                line=lot.line or None,
                precedents=self.precedents,
            )
        return self.decided[key]

    def after(self, gone: tuple[Lot, ...]) -> Prefix:
        """The ledger with some lots recorded."""
        return overlay(self.prefix, [one for lot in gone for one in self._recorded(lot)])

    def _recorded(self, lot: Lot) -> tuple[Movement, ...]:
        fields = self.deals[lot.deal].request(lot.on, lot.device, lot.units).model_dump()
        reference, _, line = lot.line.rpartition("/")
        licensed = {"reference": reference, "line": int(line)} if line else {}
        more = {"id": str(lot), "authorization": lot.authorization, **licensed}
        known = {name: value for name, value in fields.items() if value is not None}
        event = LotExported.model_validate(known | more)
        return recording(event, self.prefix, self.ledger.law).movements

    # ---- what may go

    def singles(self, deal: int) -> list[Lot]:
        """One unit of a deal on every day, of every device, under every authorization."""
        wanted = self.deals[deal]
        days = (wanted.latest - wanted.earliest).days
        return [
            Lot(wanted.earliest + timedelta(days=at), deal, device, under, line, 1)
            for at in range(days + 1)
            for device in wanted.devices
            for under, line in self._open(wanted, device, wanted.earliest + timedelta(days=at))
        ]

    def _open(self, wanted: Deal, device: str, on: date) -> Iterator[tuple[str, str]]:
        for line in ("", "D1/1"):
            found = decide(
                wanted.request(on, device, 1), self.ledger.law, self.prefix, line=line or None
            )
            for one in found.candidates:
                if one.status in ("available", "exceeds-cap") and (one.kind == "licence") == (
                    line != ""
                ):
                    yield one.authorization, line

    def schedules(self, deal: int, *, cut: bool = False) -> list[tuple[Lot, ...]]:
        """Every way in which a deal may go, or not: whole in one lot, or in parts.

        With `cut` that lot may be of fewer units.
        """
        wanted, singles = self.deals[deal], self.singles(deal)
        if not wanted.splittable:
            lots = [
                (one._replace(units=units),)
                for one in singles
                for units in range(1, wanted.devices[one.device] + 1)
                if cut or units == wanted.devices[one.device]
            ]
            return [(), *lots]
        ways: set[tuple[Lot, ...]] = {()}
        most = max(wanted.devices.values())
        for count in range(1, most + 1):
            for parts in combinations_with_replacement(singles, count):
                if sum(Fraction(1, wanted.devices[one.device]) for one in parts) <= 1:
                    ways.add(tuple(_joined(parts)))
        return sorted(ways)

    def whole(self, way: tuple[Lot, ...]) -> bool:
        """Whether a deal is served whole by some lots."""
        return self.share(way) == 1

    def share(self, way: tuple[Lot, ...]) -> Fraction:
        """The part of a deal that some lots of it serve."""
        parts = (Fraction(lot.units, self.deals[lot.deal].devices[lot.device]) for lot in way)
        return sum(parts, Fraction())

    # ---- whether a schedule holds

    def holds(self, lots: tuple[Lot, ...]) -> bool:
        """Whether every lot is permitted when it goes, and no cap that limits one is passed."""
        gone: tuple[Lot, ...] = ()
        for on, same in groupby(sorted(lots), key=lambda lot: lot.on):
            order = self._order(tuple(same), gone)
            if order is None:
                return False
            gone += order
            if self._passed(gone, on):
                return False
        return True

    def _order(self, same: tuple[Lot, ...], gone: tuple[Lot, ...]) -> tuple[Lot, ...] | None:
        for order in permutations(same):
            if all(
                self.decide(lot, gone + order[:at]).outcome == "permitted"
                for at, lot in enumerate(order)
            ):
                return order
        return None

    def _passed(self, gone: tuple[Lot, ...], on: date) -> bool:
        """Whether a cap is passed, from a day on, on a day on which a lot counts that it limits."""
        law = self.ledger.law
        tally = Tally(self.after(gone), law, on)
        for at, lot in enumerate(gone):
            decision = self.decide(lot, gone[:at])
            for one in decision.candidates[0].findings:
                versions = law.versions(one.cap)
                cap = version_on(versions, on)
                limits = one.effect == "limit" and (one.decides or versions[0].measured_on)
                if cap is None or not limits or cap.of_licence_line or cap.window.kind == "lot":
                    continue
                book = tally.book(cap, one.holder)
                if any(
                    level.on >= on and level.headroom_tpp is not None and level.headroom_tpp < 0
                    for level in levels(versions, book, lot.on)
                ):
                    return True
        return False


def _joined(parts: tuple[Lot, ...]) -> Iterator[Lot]:
    for one, same in groupby(sorted(parts)):
        yield one._replace(units=len(list(same)))


Gain = Callable[[tuple[Lot, ...]], Fraction]
"""What the lots of one deal gain."""


def better(
    world: World, gain: Gain, than: Fraction, *, cut: bool = False, must: bool = False
) -> tuple[Lot, ...] | None:
    """A schedule that gains more than an amount, if there is one.

    With `must` every deal is served whole in it. What can't gain more is not tried.
    """
    ways = [
        [way for way in world.schedules(deal, cut=cut) if not must or world.whole(way)]
        for deal in range(len(world.deals))
    ]
    if not all(ways):
        return None
    most = [max(map(gain, own)) for own in ways]

    def search(deal: int, lots: tuple[Lot, ...], gained: Fraction) -> tuple[Lot, ...] | None:
        if gained + sum(most[deal:], Fraction()) <= than:
            return None
        if deal == len(ways):
            return lots if world.holds(lots) else None
        for way in sorted(ways[deal], key=gain, reverse=True):
            found = search(deal + 1, lots + way, gained + gain(way))
            if found is not None:
                return found
        return None

    return search(0, (), Fraction())
