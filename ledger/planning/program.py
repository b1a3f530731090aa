"""The program: choices, what each is worth and what caps leave, as a model for the solver.

A deal that is not splittable is served by one lot or not at all, another one by units of any of its
choices. Weights are exact until they are divided for the solver, each row by its largest. What the
solver answers is rounded to whole units; whoever asked checks that exactly.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import gcd
from typing import Final, NamedTuple

from ledger.planning.choices import Choice, Market, Taken
from ledger.planning.limits import Account, Load, Row
from ledger.planning.solver import Model, Solution

EXACT: Final = 2_000
"""Up to so many choices the best plan is asked for, and no other within a gap."""

GAP: Final = 2e-4
"""How far from the best a plan of more choices may be, as a part of it."""

SURELY: Final = 1 + 1e-9
"""A sum of floats is held to be so much larger, that no limit is left out by rounding."""


class Limit(NamedTuple):
    """A row of the model: the limit of an account that it is, and what it was divided by."""

    account: int
    row: Row
    place: int
    scale: int


class _Entry(NamedTuple):
    """What one of a choice's column does to an account."""

    load: Load
    choice: int
    deal: int


@dataclass(frozen=True, slots=True)
class Wish:
    """What a program is for: the gain of a unit of each choice, and of each deal served whole.

    The deals of `must` are served whole whatever they gain. With `cut` a deal that is not
    splittable may go with fewer units, still in one lot.
    """

    gains: Sequence[Fraction]
    served: Mapping[int, Fraction] = field(default_factory=dict)
    must: frozenset[int] = frozenset()
    cut: bool = False


class Program:
    """The model of a plan for some choices and a wish."""

    def __init__(
        self,
        market: Market,
        choices: Sequence[Choice],
        wish: Wish,
        held: Iterable[int] | None = None,
    ) -> None:
        """Build columns and rows; the column of a choice has the choice's own place.

        `held` are the accounts whose limits are kept, all if left out.
        """
        self.market, self.choices, self.wish = market, choices, wish
        self.model = Model()
        self.limits: list[Limit] = []
        self._own: dict[int, list[int]] = {}
        for place, choice in enumerate(choices):
            self._own.setdefault(choice.deal, []).append(place)
        self.units = [self._units(one) for one in choices]
        wholes = [market.whole(one.deal, one.option.device) for one in choices]
        self._counts = [most // units for most, units in zip(wholes, self.units, strict=True)]
        gained = [
            gain.numerator * units / gain.denominator
            for gain, units in zip(wish.gains, self.units, strict=True)
        ]
        largest = max(map(abs, (*gained, *map(float, wish.served.values()))), default=0.0) or 1.0
        self.largest = Fraction(largest)
        for choice, gain, units in zip(choices, gained, self.units, strict=True):
            self.model.column(gain / largest, choice.most // units)
        for deal, own in self._own.items():
            self._of_deal(deal, own)
        entries = self._entries()
        for at in sorted(entries if held is None else entries.keys() & set(held)):
            self._of_account(at, market.accounts[at], entries[at])

    def _units(self, choice: Choice) -> int:
        """How many units one of a choice's column stands for: all, where it goes whole or not."""
        whole = not self.market.deals[choice.deal].splittable and not self.wish.cut
        return choice.most if whole else 1

    # ---- deals

    def _of_deal(self, deal: int, own: Sequence[int]) -> None:
        """A deal is served at most once; its parts add up to the whole where it must be."""
        wanted = self.market.deals[deal]
        # What goes whole counts once; units are those of the device with the most of them.
        scale = max(self._counts[at] for at in own)
        shares = [scale / self._counts[at] for at in own]
        must = deal in self.wish.must
        self.model.row(own, shares, lower=scale if must else 0, upper=scale)
        gain = float(self.wish.served.get(deal, 0) / self.largest)
        if gain and not wanted.splittable:
            for at in own:
                self.model.gains[at] += gain
        elif gain:
            served = self.model.column(gain, 1)
            self.model.row([*own, served], [*shares, -float(scale)], lower=0)
        if self.wish.cut and not wanted.splittable:
            chosen = [self.model.column(0.0, 1) for _ in own]
            self.model.row(chosen, [1.0] * len(own), upper=1)
            for at, one in zip(own, chosen, strict=True):
                self.model.row([at, one], [1.0, -float(self.choices[at].most)], upper=0)

    # ---- caps

    def _entries(self) -> dict[int, list[_Entry]]:
        """What each account counts, in the order of days."""
        found: dict[int, list[_Entry]] = {}
        for place, choice in enumerate(self.choices):
            for stake in self.market.stakes[choice.at]:
                load = stake.load(choice.on, self.units[place])
                found.setdefault(stake.account, []).append(_Entry(load, place, choice.deal))
        for entries in found.values():
            entries.sort(key=lambda entry: entry.load.on)
        return found

    def _of_account(self, at: int, account: Account, entries: Sequence[_Entry]) -> None:
        days = [entry.load.on for entry in entries]
        rows = list(account.rows(days))
        if not rows:
            return
        least, of = min(row.room for row in rows), max(row.of for row in rows)
        if self._most((of * _largest(one.load), one) for one in entries) * SURELY <= least:
            return
        plain = all(
            one.load.limits and not one.load.whole and not one.load.turns for one in entries
        )
        for row, after in zip(rows, [*rows[1:], None], strict=True):
            if not (plain and after is not None and _follows(row, after)):
                counted = entries[bisect_left(days, row.first) : bisect_right(days, row.last)]
                self._limit(at, row, counted)

    def _limit(self, at: int, row: Row, counted: Sequence[_Entry]) -> None:
        """Hold what counts on some days to the room that there is, if it can be passed."""
        limited = [one for one in counted if one.load.limits]
        weights = [row.weight(one.load) for one in counted]
        most = self._most(zip(weights, counted, strict=True))
        if not limited or most <= row.room:
            return
        if row.room < 0 and min(weights) >= 0:
            for one in limited:
                self.model.most[one.choice] = 0
            return
        if min(weights) >= 0:
            for weight, one in zip(weights, counted, strict=True):
                # By itself it may pass no limit of its own.
                if one.load.limits and weight > 0:
                    most_of = self.model.most[one.choice]
                    self.model.most[one.choice] = min(most_of, row.room // weight)
        divisor = gcd(*weights)
        room = row.room // divisor * divisor
        free = any(
            weight > 0 and not one.load.limits for weight, one in zip(weights, counted, strict=True)
        )
        columns = [one.choice for one in counted]
        if free or room < 0:
            columns.append(self._guard(limited))
            weights.append(most - room)
            room = most
        scale = max(map(abs, weights))
        values = [weight / scale for weight in weights]
        # Half a step more is no more room, and keeps the solver's tolerance off the edge.
        place = self.model.row(
            columns, values, upper=float(Fraction(2 * room + divisor, 2 * scale))
        )
        self.limits.append(Limit(at, row, place, scale))

    def _guard(self, limited: Iterable[_Entry]) -> int:
        """A column that is 1 if some lot goes that the cap limits: else it binds nobody."""
        guard = self.model.column(0.0, 1)
        of_deal: dict[int, dict[int, float]] = {}
        for one in limited:
            of_deal.setdefault(one.deal, {})[one.choice] = 1 / self._counts[one.choice]
        for parts in of_deal.values():
            self.model.row([*parts, guard], [*parts.values(), -1.0], upper=0)
        return guard

    def _most(self, weighed: Iterable[tuple[int, _Entry]]) -> int:
        """The most that choices can weigh: of each deal its heaviest."""
        found: dict[int, int] = {}
        for weight, entry in weighed:
            heaviest = weight * self._counts[entry.choice]
            if heaviest > found.get(entry.deal, 0):
                found[entry.deal] = heaviest
        return sum(found.values())

    # ---- answers

    def solved(self, *, seconds: float, known: Iterable[Taken] = ()) -> Solution:
        """What is best, or within a gap of it where there are many choices.

        What a `known` plan takes is tried in any case.
        """
        if len(self.choices) <= EXACT:
            return self.model.solve(seconds=seconds, gap=0.0)
        keep = [self._place(one.choice) for one in known]
        return self.model.sifted(self._own.values(), seconds=seconds, gap=GAP, keep=keep)

    def forbid(self, taken: Sequence[Taken]) -> None:
        """Never take all of these together again, in these quantities or more.

        Unless more goes by then of what adds to the whole of a share that they have a stake in.
        """
        places = {self._place(one.choice): one.units for one in taken}
        columns = [self._reached(at, units // self.units[at]) for at, units in places.items()]
        helpers = list(self._helpers(places))
        values = [1.0] * len(columns) + [-1.0] * len(helpers)
        self.model.row([*columns, *helpers], values, upper=float(len(columns) - 1))

    def _reached(self, at: int, count: int) -> int:
        """A column that is 1 where that of a choice has a count or more."""
        most = self.model.most[at]
        if count == most == 1:
            return at
        reached = self.model.column(0.0, 1)
        self.model.row([at, reached], [1.0, -(most - count + 1)], upper=float(count - 1))
        return reached

    def _helpers(self, places: Iterable[int]) -> Iterator[int]:
        """Other choices that add in time to the whole of a share that some have a stake in."""
        known = set(places)
        last = max(self.choices[at].on for at in known)
        stakes = [stake for at in known for stake in self.market.stakes[self.choices[at].at]]
        accounts = {stake.account for stake in stakes}
        for place, choice in enumerate(self.choices):
            if (
                place not in known
                and choice.on <= last
                and any(
                    stake.whole and stake.account in accounts
                    for stake in self.market.stakes[choice.at]
                )
            ):
                yield place

    def gain(self, choice: Choice) -> Fraction:
        """What one unit of a choice gains."""
        return self.wish.gains[self._place(choice)]

    def _place(self, choice: Choice) -> int:
        return next(at for at in self._own[choice.deal] if self.choices[at] == choice)

    def taken(self, solution: Solution) -> list[Taken]:
        """What a solution takes, in whole units, in the order of days and deals."""
        found = list(self._rounded(solution))
        return sorted(found, key=lambda one: (one.choice.on, one.choice.deal))

    def _rounded(self, solution: Solution) -> Iterator[Taken]:
        columns = solution.columns[: len(self.choices)]
        for choice, units, value in zip(self.choices, self.units, columns, strict=True):
            if round(value):
                yield Taken(choice, round(value) * units)


def _largest(load: Load) -> int:
    """The most that stands in the numerator on any day."""
    return max(load.part, *(amount for _, amount in load.turns), 0)


def _follows(row: Row, after: Row) -> bool:
    """Whether a limit is kept wherever the one after it is, which counts the same lots and more."""
    return (
        (row.first, row.of, row.share) == (after.first, after.of, after.share)
        and row.last <= after.last
        and row.room >= after.room
    )
