"""Waiting: deals that a plan leaves out, the caps that leave them no room, what room is worth.

A deal waits for a cap where the rest of it does not fit beside the plan. Of its options the one
that the fewest caps stand in the way of is told, and of these the one that lacks the smallest part
of its room, on the last day of its stretch.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from math import ceil
from typing import Any, Final

from ledger.core.holders import Holder
from ledger.core.values import Tpp
from ledger.planning.choices import Choice, Market, Taken
from ledger.planning.limits import Account, Load, Row

MOST_OPTIONS: Final = 12
"""How many of a deal's options are looked at for what stands in its way."""


@dataclass(frozen=True, slots=True)
class Short:
    """A cap that leaves a lot too little room beside the plan, in the weights of its limit.

    `unit` is what one unit of the lot weighs: `full` says that not even that has room.
    """

    account: int
    row: Row
    left: int
    asked: int
    unit: int

    @property
    def full(self) -> bool:
        """Whether there is no room for one more unit."""
        return self.left < self.unit


@dataclass(frozen=True, slots=True)
class Bound:
    """A cap that leaves no room for the rest of some deals, on the day of its least room.

    Amounts are tenths of TPP, of a licence line units: what is allowed, what the ledger holds drawn
    and reserved, what the plan adds, and the largest lot that has room beside it. Of a share or
    ratio the allowance is what the ledger alone makes of it. `worth` is what one more TPP, or unit,
    would gain by the relaxation of the program in which lots may go in parts: an estimate.
    """

    cap: str
    title: str
    cite: str
    holder: Holder
    on: date
    allowance: int | None
    drawdown: int
    reserved: int
    planned: int
    left: int
    full: bool
    in_units: bool
    waiting: tuple[str, ...]
    worth: float | None = None

    def amount(self, number: int | None, *, grouped: bool = False) -> str | None:
        """An amount as text: TPP, or units; `grouped` for people."""
        if number is None:
            return None
        if self.in_units:
            return f"{number:,}" if grouped else str(number)
        return Tpp(number).grouped() if grouped else str(Tpp(number))

    def as_data(self) -> dict[str, Any]:
        """The cap for programs."""
        amounts = ("allowance", "drawdown", "reserved", "planned", "left")
        unit = "units" if self.in_units else "tpp"
        return {
            "cap": self.cap,
            "title": self.title,
            "cite": self.cite,
            "holder": list(self.holder),
            "binding_on": str(self.on),
            **{f"{name}_{unit}": self.amount(getattr(self, name)) for name in amounts},
            "room_for_one_more_unit": not self.full,
            "waiting": list(self.waiting),
            f"worth_per_{unit}": None if self.worth is None else f"{self.worth:.6g}",
        }


class Waiting:
    """What stands in the way of deals beside a plan."""

    def __init__(
        self,
        market: Market,
        taken: Sequence[Taken],
        choices: Iterable[Choice],
        *,
        whole: bool = False,
    ) -> None:
        """Count the plan in; `choices` are those that it might have taken.

        A deal in parts waits for room for one more unit, or for the `whole` of what it lacks.
        """
        self.market, self.whole = market, whole
        self.loads: Mapping[int, list[Load]] = market.loads(taken)
        self._lots = taken
        self._taken = {one.choice.deal: one for one in taken}
        self._of_deal: dict[int, list[Choice]] = {}
        for choice in choices:
            self._of_deal.setdefault(choice.deal, []).append(choice)

    def of(self, deal: int) -> list[Short] | None:
        """What stands in the way of a deal by the option that least does; None without an option.

        Of a deal in one lot of which a part goes it is what stands in the way of one more unit.
        """
        part = self._taken.get(deal)
        if part is not None and not self.market.deals[deal].splittable:
            most = self.market.most(deal, part.choice.option, part.choice.on)
            return list(self.short(part.choice, 1)) if part.units < most else []
        found = [list(self.short(one, self._wanted(one))) for one in self._tried(deal)]
        return min(found, key=_lacking, default=None)

    def _wanted(self, choice: Choice) -> int:
        """The units of a choice that its deal waits for."""
        if not self.market.deals[choice.deal].splittable:
            return choice.most
        whole = self.market.whole(choice.deal, choice.option.device)
        return max(ceil(whole * self._lacks(choice.deal)), 1) if self.whole else 1

    def _lacks(self, deal: int) -> Fraction:
        """The part of a deal that does not go."""
        own = [one for one in self._lots if one.choice.deal == deal]
        gone = (
            Fraction(one.units, self.market.whole(deal, one.choice.option.device)) for one in own
        )
        return 1 - sum(gone, Fraction())

    def _tried(self, deal: int) -> list[Choice]:
        """The last choice of each option, those of the latest days first."""
        last = {choice.at: choice for choice in self._of_deal.get(deal, ())}
        return sorted(last.values(), key=lambda one: one.on, reverse=True)[:MOST_OPTIONS]

    def short(self, choice: Choice, units: int) -> Iterator[Short]:
        """The caps that leave no room for some units of a choice."""
        for stake in self.market.stakes[choice.at]:
            load = stake.load(choice.on, units)
            account = self.market.accounts[stake.account]
            found = account.tightest(self.loads.get(stake.account, ()), load)
            if found is not None and found[1] < 0:
                row, left = found
                asked = row.weight(load)
                unit = row.weight(stake.load(choice.on, 1))
                yield Short(stake.account, row, left + asked, asked, unit)

    def bounds(
        self, waiting: Mapping[str, Sequence[Short]], worth: Mapping[int, float]
    ) -> tuple[Bound, ...]:
        """The caps that deals wait for, those of most deals first."""
        of_account: dict[int, list[tuple[str, Short]]] = {}
        for deal, shorts in waiting.items():
            for short in shorts:
                of_account.setdefault(short.account, []).append((deal, short))
        found = [self._bound(at, own, worth.get(at)) for at, own in of_account.items()]
        return tuple(sorted(found, key=lambda one: (-len(one.waiting), one.cap, one.holder)))

    def _bound(self, at: int, own: Sequence[tuple[str, Short]], worth: float | None) -> Bound:
        account = self.market.accounts[at]
        tightest = min((short for _, short in own), key=lambda short: short.left)
        row, cap = tightest.row, account.caps[-1]
        level = account.level(row)
        return Bound(
            cap=cap.id,
            title=cap.title,
            cite=cap.cite,
            holder=account.key[1],
            on=row.on,
            allowance=None if level is None else level.allowance_tpp,
            drawdown=0 if level is None else level.drawdown_tpp,
            reserved=0 if level is None else level.reserved_tpp,
            planned=sum(
                load.part_on(row.on)
                for load in self.loads.get(at, ())
                if row.first <= load.on <= row.last
            ),
            left=room_of(account, row, tightest.left),
            full=all(short.full for _, short in own),
            in_units=cap.of_licence_line,
            waiting=tuple(deal for deal, _ in own),
            worth=worth,
        )


def _lacking(shorts: Sequence[Short]) -> tuple[int, Fraction]:
    """How many caps leave too little room, and the largest part of a lot for which one has none."""
    parts = (Fraction(short.asked - short.left, max(short.asked, 1)) for short in shorts)
    return len(shorts), max(parts, default=Fraction())


def room_of(account: Account, row: Row, left: int) -> int:
    """The largest amount that has room where a limit leaves some weight, rounded down.

    A lot of a share adds to both sides, of a ratio to one.
    """
    share = account.caps[-1].share is not None
    return left // (row.of - row.share if share else row.of)
