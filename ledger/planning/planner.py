"""The planner: solves a program until every lot of its answer is permitted when it goes."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import floor, gcd, isfinite, lcm
from time import monotonic
from typing import Final, Literal

from ledger.core.decision import Decision
from ledger.planning.choices import Choice, Market, Taken
from ledger.planning.program import Program, Wish
from ledger.planning.rehearsal import Rehearsal, Rehearsed
from ledger.planning.solver import LEAST_SECONDS, Solution

MOST_AGAIN: Final = 20
"""How often a program is solved again without lots that were not permitted together."""

TENTHS: Final = 10
NOTHING: Final = 1e-12
SLACK: Final = Fraction(1, 10**8)
"""By how much a float of the solver may be off, as a part of it."""


@dataclass(frozen=True, slots=True)
class Found:
    """A plan whose lots are permitted one after the other, and what the solver says of it.

    `solution` is the solver's first, of the program in which the lots of a day may go together;
    `rounds` counts how often it was solved until all were permitted. `answered` is false where the
    solver has no plan.
    """

    program: Program
    solution: Solution
    lots: tuple[tuple[Taken, Decision], ...] = ()
    rounds: int = 1
    answered: bool = True

    @property
    def taken(self) -> list[Taken]:
        """The lots without their decisions."""
        return [one for one, _ in self.lots]

    def share(self, deal: int) -> Fraction:
        """The part of a deal that is served."""
        devices = self.program.market.deals[deal].devices
        own = [one for one in self.taken if one.choice.deal == deal]
        return sum((Fraction(o.units, devices[o.choice.option.device]) for o in own), Fraction())

    @property
    def gained(self) -> Fraction:
        """What the lots gain by the program's wish, counted exactly."""
        gained = (self.program.gain(one.choice) * one.units for one in self.taken)
        units = sum(gained, Fraction())
        served = self.program.wish.served
        whole = (gain for deal, gain in served.items() if self.share(deal) == 1)
        return units + sum(whole, Fraction())

    @property
    def bound(self) -> Fraction | None:
        """What no plan of the program gains more than; None where nothing is known of it.

        The solver's own bound is a float: it is held to be a little larger.
        """
        most = self._most
        if most is None or self.status == "best":
            return None if most is None else self.gained
        least = max(most, self.gained)
        # Deals are counted whole.
        return least if any(self.program.wish.gains) else Fraction(floor(least))

    @property
    def _most(self) -> Fraction | None:
        bound = self.solution.bound
        if bound is None or not isfinite(bound):
            return None
        return (Fraction(bound) + SLACK * (1 + abs(Fraction(bound)))) * self.program.largest

    @property
    def _step(self) -> Fraction:
        """The least by which the gains of two plans may differ that are not alike, or less."""
        program, zero = self.program, Fraction(0)
        steps = {abs(gain) for gain in program.wish.served.values()}
        for choice, gain in zip(program.choices, program.wish.gains, strict=True):
            deal = program.market.deals[choice.deal]
            whole = program.market.whole(choice.deal, choice.option.device)
            steps.add(abs(gain) * (1 if deal.splittable or program.wish.cut else whole))
        steps.discard(zero)
        below = lcm(*(one.denominator for one in steps))
        return Fraction(gcd(*(int(one * below) for one in steps)) or below, below)

    @property
    def status(self) -> Literal["best", "within-gap", "time-limit", "none"]:
        """How good the plan is known to be: best is one that gains what the solver says is most."""
        if not self.answered:
            return "none"
        most = self._most
        slack = 2 * SLACK * (self.program.largest + abs(Fraction(0) if most is None else most))
        if most is not None and self.gained >= most - slack and slack < self._step:
            return "best"
        return "within-gap" if self.solution.status == "optimal" else "time-limit"

    def worth(self, seconds: float) -> dict[int, float]:
        """What one more TPP, or unit of a licence line, of each account would gain.

        By the relaxation, in which lots may go in parts; accounts that would gain nothing are left
        out.
        """
        program, found = self.program, dict[int, float]()
        duals = self.solution.duals or program.model.relaxed(seconds=seconds).duals
        for limit in program.limits if duals else ():
            account = program.market.accounts[limit.account]
            per = limit.row.of / limit.scale * float(program.largest) * duals[limit.place]
            if per > NOTHING:
                tenths = 1 if account.caps[-1].of_licence_line else TENTHS
                found[limit.account] = found.get(limit.account, 0.0) + per * tenths
        return found


class Planner:
    """Plans lots of one market, each of which is decided before it is planned."""

    def __init__(
        self,
        rehearsal: Rehearsal,
        seconds: float,
        told: Callable[[int, int], None] | None = None,
    ) -> None:
        """Give the solver so many seconds for each program."""
        self.rehearsal, self.seconds, self.told = rehearsal, seconds, told

    def best(
        self,
        market: Market,
        choices: Sequence[Choice],
        wish: Wish,
        known: Iterable[Taken] = (),
    ) -> Found:
        """The best plan; without an answer where there is none, or none was found in time.

        What a `known` plan takes is tried in any case.
        """
        program = Program(market, choices, wish)
        until = monotonic() + self.seconds
        first = solution = program.solved(seconds=self.seconds, known=known)
        taken: list[Taken] = []
        for again in range(1, MOST_AGAIN + 1):
            if not solution.found:
                break
            taken = program.taken(solution)
            together = passed(market, taken)
            if together is None:
                rehearsed = self.rehearsal.of(market.deals, taken, self.told)
                if not rehearsed.refused:
                    return Found(program, first, rehearsed.went, again)
                together = [*rehearsed.refused, *_before(market, rehearsed)]
            program.forbid(together)
            solution = program.solved(seconds=max(until - monotonic(), LEAST_SECONDS))
        left = self._without(program, first, taken)
        served = all(left.share(deal) == 1 for deal in wish.must)
        return replace(left, answered=left.answered and served)

    def _without(self, program: Program, first: Solution, taken: Sequence[Taken]) -> Found:
        """What is left of the last plan without the lots that are not permitted in it."""
        left = list(taken)
        while left:
            refused = passed(program.market, left)
            if refused is None:
                rehearsed = self.rehearsal.of(program.market.deals, left)
                if not rehearsed.refused:
                    return Found(program, first, rehearsed.went, MOST_AGAIN)
                refused = list(rehearsed.refused)
            left.remove(refused[-1])
        return Found(program, first, rounds=MOST_AGAIN, answered=False)


def passed(market: Market, taken: Iterable[Taken]) -> list[Taken] | None:
    """Lots of a plan that pass a limit together, counted exactly; None where none do."""
    taken = list(taken)
    for at, loads in market.loads(taken).items():
        row = market.accounts[at].passed(loads)
        if row is not None:
            return [
                one
                for one in taken
                if row.first <= one.choice.on <= row.last
                and any(stake.account == at for stake in market.stakes[one.choice.at])
            ]
    return None


def _before(market: Market, rehearsed: Rehearsed) -> list[Taken]:
    """The lots that went and have a stake in an account with one that was not permitted."""
    own = {stake.account for one in rehearsed.refused for stake in market.stakes[one.choice.at]}
    return [
        one
        for one, _ in rehearsed.went
        if any(stake.account in own for stake in market.stakes[one.choice.at])
    ]
