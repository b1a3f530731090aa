"""The planner: solves a program until every lot of its answer is permitted when it goes."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Final

from ledger.core.decision import Decision
from ledger.planning.choices import Choice, Market, Taken
from ledger.planning.program import Program, Wish
from ledger.planning.rehearsal import Rehearsal
from ledger.planning.solver import Solution

MOST_AGAIN: Final = 20
"""How often a program is solved again without lots that were not permitted together."""

EXACT: Final = 2_000
"""Up to so many choices the best plan is asked for, and no other within a gap."""

GAP: Final = 1e-4
"""How far from the best a plan of more choices may be, as a part of it."""


@dataclass(frozen=True, slots=True)
class Found:
    """A plan whose lots are permitted one after the other, and what the solver says of it.

    `rounds` counts how often it was solved. Where the solver has no answer, there are no lots and
    `solution` says why.
    """

    program: Program
    solution: Solution
    lots: tuple[tuple[Taken, Decision], ...] = ()
    rounds: int = 1

    @property
    def taken(self) -> list[Taken]:
        """The lots without their decisions."""
        return [one for one, _ in self.lots]


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

    def best(self, market: Market, choices: Sequence[Choice], wish: Wish) -> Found:
        """The best plan; without an answer where there is none, or none was found in time."""
        program = Program(market, choices, wish)
        until = monotonic() + self.seconds
        gap = 0.0 if len(choices) <= EXACT else GAP
        for again in range(1, MOST_AGAIN + 1):
            solution = program.model.solve(seconds=max(until - monotonic(), 1.0), gap=gap)
            if not solution.found:
                return Found(program, solution, rounds=again)
            taken = program.taken(solution)
            together = passed(market, taken)
            if together is None:
                rehearsed = self.rehearsal.of(market.deals, taken, self.told)
                if rehearsed.refused is None:
                    return Found(program, solution, rehearsed.went, again)
                before = [one for one, _ in rehearsed.went]
                together = [rehearsed.refused, *_sharing(market, rehearsed.refused, before)]
            program.forbid(together)
        return Found(program, Solution("given-up", (), None, None), rounds=MOST_AGAIN)


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


def _sharing(market: Market, one: Taken, others: Iterable[Taken]) -> list[Taken]:
    """Those of some lots that have a stake in an account with a lot."""
    own = {stake.account for stake in market.stakes[one.choice.at]}
    return [
        other
        for other in others
        if any(stake.account in own for stake in market.stakes[other.choice.at])
    ]
