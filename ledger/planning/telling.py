"""Telling: from the lots that a solver takes to what a reader is told of them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction

from ledger.core.deals import Deal
from ledger.core.values import Tpp
from ledger.intake.deals import DealsFile
from ledger.planning.choices import Choice, Market, Taken
from ledger.planning.grid import Grid
from ledger.planning.optimised import Change, Changed, LeftOut, PlannedLot, Proof
from ledger.planning.planner import Found
from ledger.planning.waiting import Bound, Short, Waiting, room_of

MOST_REASONS = 2
"""How many caps are told that stand in the way of one deal."""


class Telling:
    """A plan for a file of deals, as lots, left-out deals, caps and changes."""

    def __init__(
        self,
        file: DealsFile,
        market: Market,
        taken: Sequence[Taken],
        choices: Sequence[Choice],
        unknown: Mapping[int, str],
        *,
        whole: bool = False,
    ) -> None:
        """Tell of a plan; `choices` are those that it might have taken.

        `unknown` says of deals what they name that the ledger does not know. With `whole` a part of
        a deal is of no use.
        """
        self.file, self.market, self.unknown = file, market, unknown
        self.waiting = Waiting(market, taken, choices, whole=whole)
        self.lots = tuple(self._lots(taken))
        self.shares = {at: Fraction(1) for at in range(len(file.deals))}
        for one in taken:
            most = market.whole(one.choice.deal, one.choice.option.device)
            self.shares[one.choice.deal] -= Fraction(one.units, most)
        left = [at for at, share in self.shares.items() if share]
        self.shorts = {at: self.waiting.of(at) for at in left if at not in unknown}

    def _lots(self, taken: Sequence[Taken]) -> Iterator[PlannedLot]:
        for choice, units in sorted(taken, key=lambda one: (one.choice.on, one.choice.deal)):
            deal, option = self.file.deals[choice.deal], choice.option
            part = Fraction(units, deal.devices[option.device])
            yield PlannedLot(
                row=self.file.rows[choice.deal],
                deal=deal,
                on=choice.on,
                device=option.device,
                quantity=units,
                authorization=option.authorization,
                line=option.line,
                tpp=Tpp(units * option.unit_tpp),
                value=part * Fraction(deal.value),
            )

    def left_out(self, decided: Callable[[Deal], Sequence[str]]) -> tuple[LeftOut, ...]:
        """The deals that are not served whole, with why; `decided` answers for a deal by itself."""
        found = []
        for at, share in self.shares.items():
            if share:
                deal, shorts = self.file.deals[at], self.shorts.get(at)
                cut = share < 1 and not deal.splittable
                why = self.unknown.get(at) or self._why(shorts, cut=cut)
                if why is None:
                    why = _reason(decided(deal))
                found.append(LeftOut(self.file.rows[at], deal, share, why))
        return tuple(found)

    def _why(self, shorts: Sequence[Short] | None, *, cut: bool) -> str | None:
        """Why a deal is not served whole, as far as caps say; None where it has no option."""
        if shorts is None:
            return None
        if not shorts and cut:
            return "a cap of each lot lets no more units go in one"
        if not shorts:
            return "there is room for it, but by this aim it gains nothing, or less than others"
        return "; ".join(self._said(short) for short in shorts[:MOST_REASONS])

    def _said(self, short: Short) -> str:
        account, row = self.market.accounts[short.account], short.row
        lines = account.caps[-1].of_licence_line
        left = room_of(account, row, short.left)
        asked = room_of(account, row, short.asked)
        amounts = [str(n) if lines else Tpp(n).grouped() for n in (max(left, 0), asked)]
        unit = "units" if lines else "TPP"
        cap, holder = account.key
        return (
            f"{cap} leaves {amounts[0]} {unit} for {', '.join(holder)} on {row.on} beside the "
            f"plan, the lot has {amounts[1]}"
        )

    def bounds(self, worth: Mapping[int, float]) -> tuple[Bound, ...]:
        """The caps that deals wait for."""
        deals = self.file.deals
        waiting = {deals[at].deal: shorts for at, shorts in self.shorts.items() if shorts}
        return self.waiting.bounds(waiting, worth)

    def changes(self) -> tuple[Changed, ...]:
        """The deals that go otherwise than they were asked for: with fewer units, or later."""
        last = {lot.deal.deal: lot.on for lot in self.lots}
        found = []
        for at, deal in enumerate(self.file.deals):
            units, on = self.shares[at] * deal.quantity, last.get(deal.deal, deal.latest)
            days = max((on - deal.latest).days, 0)
            # What can't go at all is left out, not changed.
            if (units or days) and self.shorts.get(at, ()) is not None and at not in self.unknown:
                found.append(Changed(self.file.rows[at], deal, units, days))
        return tuple(found)


def _reason(reasons: Sequence[str]) -> str:
    """What stands in the way of a deal that no authorization is open to, or not in one lot."""
    for word in ("every authorization", " is over a cap: ", " is unresolved: "):
        for reason in reasons:
            if word in reason:
                return reason
    return reasons[-1]


def proof(found: Found, tried: Grid, change: Change | None, nothing: Fraction | None) -> Proof:
    """What is known of how good a plan is; `nothing` is what it costs to leave all deals out."""
    achieved, bound = found.gained, found.bound
    if change is not None:
        # A smallest change is told as its cost: the least possible is the bound.
        base = nothing or Fraction(0)
        achieved, bound = base - achieved, None if bound is None else max(base - bound, Fraction(0))
    return Proof(
        status=found.status,
        achieved=achieved,
        bound=bound,
        coarse=tried.coarse,
        choices=len(tried.choices),
        rounds=found.rounds,
    )
