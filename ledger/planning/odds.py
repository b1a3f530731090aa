"""Odds: order statistics of runs, and how sure a share of runs is.

Both are rounded so that nobody is shown more room than there is: a quantile is the order statistic
at the place that is rounded down, an interval is rounded outward.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from typing import Any, Final, TypeVar

from ledger.core.values import plain

QUANTILES: Final = (5, 25, 50, 75, 95)
"""In percent."""

QUANTILE: Final = (
    "order statistic at place floor(q (n - 1)) of n runs: never more than the quantile"
)
INTERVAL: Final = "Wilson score interval, 95 %, rounded outward to 4 places"

_Z: Final = Decimal("1.959963984540054")
"""The 97.5 % point of the normal distribution."""

_PLACES: Final = Decimal("0.0001")
_EXACT: Final = Context(prec=50)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Share:
    """So many of some runs, at least one, with the interval that the true share lies in."""

    runs: int
    of: int

    @property
    def interval(self) -> tuple[Decimal, Decimal]:
        """From and to, by `INTERVAL`; it begins at 0 for no run, and ends at 1 for all."""
        hits, runs, square = Decimal(self.runs), Decimal(self.of), _EXACT.multiply(_Z, _Z)
        middle = _EXACT.add(hits, square / 2)
        inner = _EXACT.add(_EXACT.divide(hits * (runs - hits), runs), square / 4)
        around = _EXACT.multiply(_Z, _EXACT.sqrt(inner))
        whole = _EXACT.add(runs, square)
        low, high = (_EXACT.divide(end, whole) for end in (middle - around, middle + around))
        return (
            Decimal(0) if not self.runs else low.quantize(_PLACES, ROUND_FLOOR),
            Decimal(1) if self.runs == self.of else high.quantize(_PLACES, ROUND_CEILING),
        )

    @property
    def share(self) -> Decimal:
        """The share itself, rounded up to 4 places."""
        exact = _EXACT.divide(Decimal(self.runs), Decimal(self.of))
        return exact.quantize(_PLACES, ROUND_CEILING)

    def as_data(self) -> dict[str, Any]:
        """The same for programs."""
        low, high = self.interval
        shares = {"share": self.share, "from": low, "to": high}
        return {
            "runs": self.runs,
            "of": self.of,
            **{name: plain(value) for name, value in shares.items()},
        }


def place(percent: int, many: int) -> int:
    """The place of a quantile among so many runs in order, counted from 0."""
    return percent * (many - 1) // 100


def quantiles(ordered: Sequence[T]) -> dict[int, T]:
    """The quantiles of runs that stand in order, by percent."""
    return {percent: ordered[place(percent, len(ordered))] for percent in QUANTILES}
