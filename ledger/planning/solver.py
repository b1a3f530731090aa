"""The solver: a linear model with whole numbers, built as arrays and handed to HiGHS.

HiGHS works with floats. What it answers is a proposal: who asks rounds it to whole numbers and
checks these exactly.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from time import monotonic
from typing import Final

import highspy
import numpy as np

INFINITY: Final = highspy.kHighsInf
PRIMAL: Final = 4
"""The number of the primal simplex among HiGHS's strategies."""

CLOSEST, CLOSE = 1e-9, 1e-6
"""How far from a bound a column or row may be: for a best plan, and for one within a gap."""

FEW: Final = (3, 30)
"""How many columns of each group are tried first, and then, if the relaxation takes no more."""

LEAST_SECONDS: Final = 1.0
PACE: Final = 15_000
"""How many columns a second are read through before a search begins, which nothing stops."""

SEED: Final = 7
"""The solver's own random numbers: the same model is solved in the same way."""


@dataclass(frozen=True, slots=True)
class Solution:
    """What the solver found: `status` optimal, time-limit or infeasible.

    `bound` is what no columns gain more than, `value` what those found gain; both None where there
    are none. `duals` say what one more of each row's bound gains where columns need not be whole,
    `reduced` what one more of each column does.
    """

    status: str
    columns: Sequence[float]
    value: float | None
    bound: float | None
    duals: Sequence[float] = ()
    reduced: Sequence[float] = ()

    @property
    def found(self) -> bool:
        """Whether there are columns that keep all rows."""
        return self.value is not None


@dataclass(slots=True)
class Model:
    """Columns from 0 to a bound with a gain each, and rows of sums of them; to be maximised."""

    gains: list[float] = field(default_factory=list)
    most: list[float] = field(default_factory=list)
    whole: list[bool] = field(default_factory=list)
    lower: list[float] = field(default_factory=list)
    upper: list[float] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    indices: list[int] = field(default_factory=list)
    values: list[float] = field(default_factory=list)

    def column(self, gain: float, most: float, *, whole: bool = True) -> int:
        """Add a column from 0 to `most`; returns its place."""
        self.gains.append(gain)
        self.most.append(most)
        self.whole.append(whole)
        return len(self.gains) - 1

    def row(
        self,
        indices: Iterable[int],
        values: Iterable[float],
        *,
        lower: float = -INFINITY,
        upper: float = INFINITY,
    ) -> int:
        """Add a row of a sum of columns, each times a value; returns its place."""
        self.starts.append(len(self.indices))
        self.indices += indices
        self.values += values
        self.lower.append(lower)
        self.upper.append(upper)
        return len(self.lower) - 1

    def solve(self, *, seconds: float, gap: float) -> Solution:
        """The best columns, or the best found in so many seconds; `gap` is relative."""
        # No start is given: HiGHS 1.16 misjudges the gain of one after presolve, and stops at it.
        solver = self._solver(seconds, gap, relaxed=False)
        solver.run()
        return _solution(solver, relaxed=False)

    def relaxed(self, *, seconds: float) -> Solution:
        """The best columns that need not be whole, with the worth of one more of each row."""
        # A start from any corner is slow where a few rows bind very many columns.
        solver = self._solver(seconds, 0.0, relaxed=True)
        solver.setOptionValue("simplex_strategy", PRIMAL)
        solver.run()
        found = _solution(solver, relaxed=True)
        known = solver.getSolution()
        return replace(found, duals=list(known.row_dual), reduced=list(known.col_dual))

    def sifted(
        self,
        groups: Collection[Sequence[int]],
        *,
        seconds: float,
        gap: float,
        keep: Collection[int] = (),
    ) -> Solution:
        """The best columns of a large model, first among those that the relaxation likes.

        Of each group a few columns are tried: those that it takes, and the next best. What it
        gains is a bound for all. Only where that is further away than the gap are all tried, if the
        time that is left is worth it.
        """
        until = monotonic() + seconds
        bound = self.relaxed(seconds=seconds)
        if bound.value is None or bound.status != "optimal":
            left = max(until - monotonic(), LEAST_SECONDS)
            return self.solve(seconds=left, gap=gap)
        found, close = Solution("none", (), None, None), False
        for few in FEW:
            part = replace(self, most=list(self._few(bound, groups, few, keep)))
            half = max((until - monotonic()) / 2, LEAST_SECONDS)
            # What is best of a few is itself some way from the bound for all.
            again = part.solve(seconds=half, gap=gap / 2)
            found = _better(found, again)
            close = found.value is not None and bound.value - found.value <= gap * abs(bound.value)
            if close or until - monotonic() < LEAST_SECONDS:
                break
        if not close and until - monotonic() > max(len(self.gains) / PACE, LEAST_SECONDS):
            again = self.solve(seconds=until - monotonic(), gap=gap)
            if again.value is not None and (found.value is None or again.value >= found.value):
                # The solver's bound is one for all columns, as that of the relaxation is.
                least = min(bound.value, again.bound or bound.value)
                return replace(again, bound=least, duals=bound.duals)
            found = found if found.found else again
        status = found.status if close or not found.found else "time-limit"
        return replace(found, status=status, bound=bound.value, duals=bound.duals)

    def _few(
        self, bound: Solution, groups: Iterable[Sequence[int]], few: int, keep: Collection[int]
    ) -> Iterator[float]:
        """The columns' bounds, 0 for those of each group that the relaxation likes least."""
        kept = {at for at, value in enumerate(bound.columns) if value > 0}.union(keep)
        dropped: set[int] = set()
        for own in groups:
            liked = sorted(own, key=lambda at: (bound.columns[at] <= 0, -bound.reduced[at]))
            dropped.update(at for at in liked[few:] if at not in kept)
        return (0.0 if at in dropped else most for at, most in enumerate(self.most))

    def _solver(self, seconds: float, gap: float, *, relaxed: bool) -> highspy.Highs:
        # The class that others derive from: it alone is silent from the first call on.
        solver: highspy.Highs = highspy._Highs()  # type: ignore[attr-defined]  # noqa: SLF001
        options: dict[str, bool | int | float] = {
            "output_flag": False,
            "time_limit": float(seconds),
            "mip_rel_gap": gap,
            "mip_abs_gap": 1e-9,
            "mip_feasibility_tolerance": CLOSE if gap else CLOSEST,
            "primal_feasibility_tolerance": CLOSEST if not gap else CLOSE / 10,
            "random_seed": SEED,
            "threads": 1,
        }
        for name, value in options.items():
            solver.setOptionValue(name, value)
        solver.passModel(self._model(relaxed=relaxed))
        return solver

    def _model(self, *, relaxed: bool) -> highspy.HighsLp:
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = len(self.gains), len(self.lower)
        model.sense_ = highspy.ObjSense.kMaximize
        model.col_cost_ = np.array(self.gains, dtype=float)
        model.col_lower_ = np.zeros(len(self.gains))
        model.col_upper_ = np.array(self.most, dtype=float)
        model.row_lower_ = np.array(self.lower, dtype=float)
        model.row_upper_ = np.array(self.upper, dtype=float)
        model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        model.a_matrix_.start_ = np.array([*self.starts, len(self.indices)], dtype=np.int32)
        model.a_matrix_.index_ = np.array(self.indices, dtype=np.int32)
        model.a_matrix_.value_ = np.array(self.values, dtype=float)
        if not relaxed:
            kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
            model.integrality_ = [kinds[whole] for whole in self.whole]
        return model


def _better(one: Solution, other: Solution) -> Solution:
    """Whichever gains more: in too little time more columns may gain less."""
    if one.value is None or other.value is None:
        return one if one.found else other
    return other if other.value >= one.value else one


_STATUS: Final = {
    highspy.HighsModelStatus.kOptimal: "optimal",
    highspy.HighsModelStatus.kModelEmpty: "optimal",
    highspy.HighsModelStatus.kTimeLimit: "time-limit",
    highspy.HighsModelStatus.kInfeasible: "infeasible",
}


def _solution(solver: highspy.Highs, *, relaxed: bool) -> Solution:
    status = _STATUS.get(solver.getModelStatus(), "no-answer")
    info = solver.getInfo()
    feasible = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    if status == "infeasible" or not (feasible or status == "optimal"):
        return Solution(status, (), None, None)
    value = float(info.objective_function_value)
    bound = value if relaxed or not len(solver.getLp().integrality_) else info.mip_dual_bound
    return Solution(status, list(solver.getSolution().col_value), value, float(bound))
