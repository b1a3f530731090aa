"""Conflicts: a smallest set of deals that can't all be served, and of the caps that forbid it."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from ledger.core.smallest import minimal
from ledger.planning.choices import Choice, Market
from ledger.planning.limits import Key
from ledger.planning.program import Program, Wish
from ledger.planning.solver import Solution


@dataclass(frozen=True, slots=True)
class Conflict:
    """Deals that can't all be served whole: without any one of them the others can.

    `caps` forbid it, and without any one of them the rest would not. None are named where a deal
    has no authorization at all, or can't go whole in one lot.
    """

    deals: tuple[str, ...]
    caps: tuple[Key, ...]

    def as_data(self) -> dict[str, Any]:
        """The conflict for programs."""
        caps = [{"cap": cap, "holder": list(holder)} for cap, holder in self.caps]
        return {"deals": list(self.deals), "caps": caps}


def conflict(
    market: Market, choices: Sequence[Choice], must: Sequence[int], *, seconds: float
) -> Conflict | None:
    """Why some deals can't all be served whole; None where they can, or no answer is found in time.

    What the solver leaves open counts as possible, so that no conflict is told that is none.
    """
    of_deal: dict[int, list[Choice]] = {}
    for choice in choices:
        of_deal.setdefault(choice.deal, []).append(choice)
    open_to = [deal for deal in must if deal in of_deal]
    closed = [deal for deal in must if deal not in of_deal]
    if closed:
        return Conflict((market.deals[closed[0]].deal,), ())

    # What adds to the whole of a share makes room for others, whether it has to be served or not.
    helping = {
        deal
        for at, (deal, _) in enumerate(market.options)
        if deal in of_deal and any(stake.whole for stake in market.stakes[at])
    }

    def solved(deals: Sequence[int], held: Sequence[int] | None = None) -> Solution:
        named = sorted(helping.union(deals))
        own = [choice for deal in named for choice in of_deal[deal]]
        wish = Wish([Fraction(0)] * len(own), must=frozenset(deals))
        return Program(market, own, wish, held).model.solve(seconds=seconds, gap=1.0)

    deals = minimal(open_to, lambda some: solved(some).status == "infeasible")
    if deals is None:
        return None
    touched = {
        stake.account for deal in deals for at in of_deal[deal] for stake in market.stakes[at.at]
    }
    caps = minimal(sorted(touched), lambda some: solved(deals, some).status == "infeasible")
    return Conflict(
        tuple(market.deals[deal].deal for deal in deals),
        tuple(market.accounts[at].key for at in caps or ()),
    )
