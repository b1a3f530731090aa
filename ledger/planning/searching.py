"""Searching a deal's window: the first day on which it goes, the most that goes, what binds.

No day is tried on which a cap surely refuses: see `Rooms.next_day`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from ledger.core.deals import Deal
from ledger.core.effects import Option
from ledger.core.values import Tpp
from ledger.planning.rooms import Bound, Rooms
from ledger.planning.ways import Ways


@dataclass(frozen=True, slots=True)
class Binding:
    """The cap that leaves the least for a lot of a day, with the day on which it binds."""

    cap: str
    holder: tuple[str, ...]
    on: date
    binding_on: date
    headroom_tpp: Tpp
    headroom_units: int

    @property
    def headroom(self) -> Decimal:
        """The headroom as an exact decimal of TPP."""
        return Decimal(int(self.headroom_tpp)).scaleb(-1)

    def as_data(self) -> dict[str, Any]:
        """The same for programs."""
        days = {"on": str(self.on), "binding_on": str(self.binding_on)}
        return {**asdict(self), **days, "headroom_tpp": str(self.headroom_tpp)}


@dataclass(frozen=True, slots=True)
class Part:
    """Units that go on a day, under which authorization and licence line."""

    device: str
    quantity: int
    on: date
    authorization: str
    line: str = ""


class Fit(NamedTuple):
    """A day and an option on which so many units may go."""

    on: date
    option: Option
    units: int

    def part(self, quantity: int) -> Part:
        """Some of these units."""
        option = self.option
        return Part(option.device, quantity, self.on, option.authorization, option.line)


class Search:
    """Looks through the window of one deal."""

    def __init__(self, ways: Ways, rooms: Rooms, deal: Deal) -> None:
        self.ways, self.rooms, self.deal = ways, rooms, deal

    def first(
        self, options: Sequence[Option], quantity: int, *, since: date | None = None
    ) -> Fit | None:
        """The first day from a day on on which a quantity goes, under what the law prefers."""
        day = since or self.deal.earliest
        while day <= self.deal.latest:
            open_ones = self.ways.open_on(options, day)
            for one in open_ones:
                if self.rooms.units(self.deal, one, day, quantity) >= quantity:
                    return Fit(day, one, quantity)
            later = [one.first_on for one in options if one.first_on > day]
            later += [self.rooms.next_day(self.deal, one, day, quantity) for one in open_ones]
            if not later:
                return None
            day = min(later)
        return None

    def most(self, options: Sequence[Option]) -> Fit | None:
        """The largest quantity that goes on one day, on the first day on which so much does.

        None where not a single unit does.
        """
        best, fit = None, self.first(options, 1)
        while fit is not None:
            best = self._fullest(options, fit.on)
            if best.units >= self.deal.quantity:
                break
            fit = self.first(options, best.units + 1, since=fit.on)
        return best

    def _fullest(self, options: Sequence[Option], on: date) -> Fit:
        """The option that takes the most on a day; of equals the one that the law prefers."""
        fits = [
            Fit(on, one, self.rooms.units(self.deal, one, on, self.deal.quantity))
            for one in self.ways.open_on(options, on)
        ]
        return max(fits, key=lambda fit: fit.units)

    def split(self, options: Sequence[Option]) -> Iterator[Part]:
        """As much as goes as early as it goes, until all has gone; each part is counted in."""
        rest, fit = self.deal.quantity, self.first(options, 1)
        while fit is not None:
            units = min(self.rooms.units(self.deal, fit.option, fit.on, rest), rest)
            self.rooms.add(self.deal, fit.option, fit.on, units)
            yield fit.part(units)
            rest -= units
            fit = self.first(options, 1, since=fit.on) if rest else None

    def binding(self, options: Sequence[Option], on: date | None = None) -> Binding | None:
        """What binds on a day, else on the first day on which anything is open.

        Of several authorizations it is the one that leaves the most; None where none is open, or
        no cap limits it.
        """
        if not options:
            return None
        day = on or max(min(one.first_on for one in options), self.deal.earliest)
        fullest = self._fullest(options, day).option
        found = self.rooms.bounds(self.deal, fullest, day, self.deal.quantity)
        limited = [one for one in found if one.units is not None]
        return _told(min(limited, key=_room), day) if limited else None


def _room(bound: Bound) -> int:
    headroom_tpp = bound.level.headroom_tpp
    return 0 if headroom_tpp is None else headroom_tpp


def _told(bound: Bound, on: date) -> Binding:
    return Binding(
        cap=bound.cap,
        holder=bound.holder,
        on=on,
        binding_on=bound.level.on,
        headroom_tpp=Tpp(_room(bound)),
        headroom_units=bound.units or 0,
    )
