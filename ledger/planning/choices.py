"""Choices: which lots a plan may consist of, and what each does to the accounts of caps.

A choice is a deal's device on one day under one authorization, of which a plan takes some units.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import NamedTuple

from ledger.core.deals import Deal
from ledger.core.effects import EVERYWHERE, Effect, Option
from ledger.core.headroom import limit_on, version_on
from ledger.core.law.law import Law
from ledger.planning.limits import Account, Accounts, Key, Load


class Stake(NamedTuple):
    """What one unit does to one account."""

    account: int
    part: int
    whole: int
    limits: bool
    turns: tuple[tuple[date, int], ...]

    def load(self, on: date, units: int) -> Load:
        """What some units do that go on a day."""
        turns = tuple((day, amount * units) for day, amount in self.turns) if self.turns else ()
        return Load(on, self.part * units, self.whole * units, self.limits, turns)


class Choice(NamedTuple):
    """A lot of at most so many units that may be planned, by the numbers of its deal and option."""

    deal: int
    at: int
    option: Option
    on: date
    most: int


class Taken(NamedTuple):
    """Units of a choice that a plan takes."""

    choice: Choice
    units: int


@dataclass(frozen=True)
class Market:
    """Deals, their options, and the accounts of every cap that may limit one of them.

    `options` are those of all deals, each with the number of its deal; `stakes` are theirs.
    """

    deals: Sequence[Deal]
    options: Sequence[tuple[int, Option]]
    accounts: Sequence[Account]
    stakes: Sequence[tuple[Stake, ...]]
    law: Law

    def most(self, deal: int, option: Option, on: date) -> int:
        """The most units of an option in one lot of a day: the whole, or what a cap of lots lets.

        A cap of each lot by itself leaves the same room whatever was drawn: it is no account.
        """
        most = self.whole(deal, option.device)
        for effect in option.draws if self._of_lots else ():
            if effect.limits and effect.cap in self._of_lots:
                cap = version_on(self.law.versions(effect.cap), on)
                limit = None if cap is None else limit_on(cap, on)
                most = most if limit is None else min(most, limit.most // option.unit_tpp)
        return most

    @cached_property
    def lot_days(self) -> frozenset[date]:
        """Days on which a cap of single lots begins to let more or less through."""
        caps = [cap for cap in self.law.caps if cap.id in self._of_lots]
        steps = {step.valid_from for cap in caps for step in cap.allowance}
        return frozenset({*steps, *(day for cap in caps for day in (cap.valid_from, cap.until))})

    def whole(self, deal: int, device: str) -> int:
        """The units of a device that serve a deal whole."""
        return self._devices[deal][device]

    @cached_property
    def _devices(self) -> list[dict[str, int]]:
        return [deal.devices for deal in self.deals]

    @cached_property
    def _of_lots(self) -> frozenset[str]:
        return frozenset(cap.id for cap in self.law.caps if cap.window.kind == "lot")

    def loads(self, lots: Iterable[Taken]) -> dict[int, list[Load]]:
        """What some lots do to each account that they have a stake in."""
        found: dict[int, list[Load]] = {}
        for choice, units in lots:
            for stake in self.stakes[choice.at]:
                found.setdefault(stake.account, []).append(stake.load(choice.on, units))
        return found


def market(
    deals: Sequence[Deal], options: Sequence[Sequence[Option]], accounts: Accounts, law: Law
) -> Market:
    """Open the accounts of all caps that limit a lot of some deal, with all that they count."""
    every = [(deal, one) for deal, own in enumerate(options) for one in own]
    of_lots = {cap.id for cap in law.caps if cap.window.kind == "lot"}
    keys: dict[Key, set[date]] = {}
    for effect in (effect for _, one in every for effect in one.draws if effect.limits):
        if effect.cap not in of_lots:
            keys.setdefault((effect.cap, effect.holder), set())
    named = _Named(keys)
    for effect in (effect for _, one in every for effect in one.draws if effect.turns):
        for key in named.meant(effect):
            keys[key].update(day for day, _ in effect.turns)
    places = {key: at for at, key in enumerate(keys)}
    lines = {cap.id for cap in law.caps if cap.of_licence_line}
    return Market(
        deals,
        every,
        [accounts.open(key, turns) for key, turns in keys.items()],
        [tuple(_stakes(one, named, places, lines)) for _, one in every],
        law,
    )


class _Named:
    """Finds accounts by what an effect names: a holder, or those of every destination."""

    def __init__(self, keys: Iterable[Key]) -> None:
        self._keys = set(keys)
        self._anywhere: dict[Key, list[Key]] = {}
        for cap, holder in self._keys:
            for at in range(len(holder)):
                family = (*holder[:at], EVERYWHERE, *holder[at + 1 :])
                self._anywhere.setdefault((cap, family), []).append((cap, holder))

    def meant(self, effect: Effect) -> list[Key]:
        key = effect.cap, effect.holder
        if EVERYWHERE in effect.holder:
            return self._anywhere.get(key, [])
        return [key] if key in self._keys else []


def _stakes(
    option: Option, named: _Named, places: Mapping[Key, int], lines: set[str]
) -> Iterator[Stake]:
    """What a unit of an option does to each account; a licence line counts units."""
    found: dict[int, Stake] = {}
    for effect in option.draws:
        amount = 1 if effect.cap in lines else option.unit_tpp
        for key in named.meant(effect):
            at = places[key]
            known = found.get(at, Stake(at, 0, 0, limits=False, turns=()))
            found[at] = Stake(
                at,
                known.part + amount * effect.part,
                known.whole + amount * effect.whole,
                known.limits or effect.limits,
                known.turns + tuple((day, amount * to) for day, to in effect.turns),
            )
    yield from found.values()
