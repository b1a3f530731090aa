"""Outcomes of a simulation: what is left, how often a cap is passed, when nothing is left."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ledger.core.breaches import Key
from ledger.core.deals import Deal
from ledger.core.effects import Option
from ledger.core.headroom import next_quarter, quarter_start
from ledger.core.values import Tpp
from ledger.intake.deals import DealsFile
from ledger.planning.fan import Days
from ledger.planning.odds import INTERVAL, QUANTILE, QUANTILES, Share, quantiles
from ledger.planning.sampling import GENERATOR
from ledger.planning.tables import ran, report
from ledger.reporting.report import Column
from ledger.reporting.running import Ran

if TYPE_CHECKING:
    from numpy.typing import NDArray

MONTHS_A_QUARTER: Final = 3


@dataclass(frozen=True, slots=True)
class Played:
    """A deal in the simulation: the option of each stretch of its window, and why it is left out.

    Days of its window that no stretch holds are days on which nothing is open to it.
    """

    row: int
    deal: Deal
    stretches: tuple[tuple[date, date, Option], ...] = ()
    why: str = ""


@dataclass(slots=True)
class Closings:
    """In how many runs a deal closed, and in how many of these nothing was open on its day."""

    closed: int = 0
    shut: int = 0


@dataclass(frozen=True)
class Outcome:
    """A cap and a holder over all runs; a row is a run, a column a quarter.

    `left` is what is left at the end of each quarter and `passed` whether the cap is passed on a
    day of it; `limited` tells at which ends there is a limit. `exhausted` holds the first day with
    nothing left, as `date.toordinal` counts, and a day beyond the last one where there is none.
    `before` is what is left at each end without any deal, `allowance` what is allowed then.
    """

    key: Key
    left: "NDArray[Any]"
    passed: "NDArray[np.bool_]"
    exhausted: "NDArray[np.int64]"
    limited: tuple[bool, ...]
    before: tuple[int, ...]
    allowance: tuple[int | None, ...]

    def headroom(self, quarter: int) -> dict[int, Tpp] | None:
        """Quantiles of what is left at a quarter's end; None where there is no limit."""
        if not self.limited[quarter]:
            return None
        ordered: list[int] = np.sort(self.left[:, quarter]).tolist()
        return {percent: Tpp(tpp) for percent, tpp in quantiles(ordered).items()}

    def share(self, quarter: int) -> Share:
        """In how many runs the cap is passed on a day of a quarter."""
        return Share(int(self.passed[:, quarter].sum()), len(self.passed))

    @cached_property
    def ever(self) -> Share:
        """In how many runs it is passed on any day."""
        return Share(int(self.passed.any(axis=1).sum()), len(self.passed))

    def gone_by(self, last: date) -> Share:
        """In how many runs nothing is left on a day up to a last one."""
        return Share(int((self.exhausted <= last.toordinal()).sum()), len(self.exhausted))

    def gone_on(self, last: date) -> dict[int, date | None]:
        """Quantiles of the first day with nothing left; None is none up to a last one."""
        ordered: list[int] = np.sort(self.exhausted).tolist()
        return {
            percent: None if day > last.toordinal() else date.fromordinal(day)
            for percent, day in quantiles(ordered).items()
        }


@dataclass(frozen=True, slots=True)
class Simulated:
    """What came of a simulation: of each cap that the deals draw on, and of each deal.

    Days before `since`, the first on which a deal may go, are asked for no breach.
    """

    file: DealsFile
    seed: int
    runs: int
    days: Days
    since: date
    outcomes: tuple[Outcome, ...]
    deals: tuple[tuple[Played, Closings], ...]
    sealed: dict[str, Any]

    @property
    def likeliest(self) -> list[Outcome]:
        """The caps that are passed most often first, then those that are exhausted most often."""
        last = self.days.last

        def often(one: Outcome) -> tuple[int, int, Key]:
            return -one.ever.runs, -one.gone_by(last).runs, one.key

        return sorted(self.outcomes, key=often)

    @property
    def left_out(self) -> list[Played]:
        """The deals that are in no run's sums."""
        return [played for played, _ in self.deals if played.why]

    def about(self) -> dict[str, str | int]:
        """What the simulation was asked, and how it counts."""
        return {
            "file": self.file.name,
            "digest": self.file.digest,
            "seed": self.seed,
            "runs": self.runs,
            "generator": GENERATOR,
            "from": str(self.since),
            "to": str(self.days.last),
            "quantiles": QUANTILE,
            "intervals": INTERVAL,
        }

    def as_data(self) -> dict[str, Any]:
        """The answer for programs."""
        return {
            **self.about(),
            "caps": [self._cap(one) for one in self.likeliest],
            "deals": [_deal(played, closings, self.runs) for played, closings in self.deals],
            **self.sealed,
        }

    def _cap(self, one: Outcome) -> dict[str, Any]:
        last = self.days.last
        days = one.gone_on(last)
        return {
            "cap": one.key[0],
            "holder": list(one.key[1]),
            "passed": one.ever.as_data(),
            "exhausted": {
                **one.gone_by(last).as_data(),
                "on": {str(percent): day and str(day) for percent, day in days.items()},
            },
            "quarters": [
                self._quarter(one, at, first) for at, first in enumerate(quarters_of(self.days))
            ],
        }

    def _quarter(self, one: Outcome, at: int, first: date) -> dict[str, Any]:
        headroom, allowance = one.headroom(at), one.allowance[at]
        return {
            "quarter": named(first),
            "allowance_tpp": None if allowance is None else str(Tpp(allowance)),
            "without_deals_tpp": str(Tpp(one.before[at])) if one.limited[at] else None,
            "headroom_tpp": headroom and {str(p): str(tpp) for p, tpp in headroom.items()},
            "passed": one.share(at).as_data(),
        }

    def tables(self) -> list[Ran]:
        """The quarters of each cap, with its picture, and its days of exhaustion."""
        return [
            ran(QUARTERS, self._quarter_rows(), self.about(), self.sealed),
            ran(EXHAUSTION, self._exhaustion_rows(), self.about(), self.sealed),
        ]

    def _quarter_rows(self) -> Iterator[tuple[object, ...]]:
        for one in self.likeliest:
            for at, first in enumerate(quarters_of(self.days)):
                share, headroom = one.share(at), one.headroom(at)
                low, high = share.interval
                yield (
                    *(one.key[0], ", ".join(one.key[1]), named(first)),
                    _decimal(one.allowance[at]),
                    _decimal(one.before[at] if one.limited[at] else None),
                    *_each(None if headroom is None else list(headroom.values())),
                    *(share.runs, share.share, low, high),
                )

    def _exhaustion_rows(self) -> Iterator[tuple[object, ...]]:
        last = self.days.last
        for one in self.likeliest:
            gone = one.gone_by(last)
            yield (
                *(one.key[0], ", ".join(one.key[1])),
                *(one.ever.runs, one.ever.share, *one.ever.interval),
                *(gone.runs, gone.share, *gone.interval),
                *one.gone_on(last).values(),
            )


def quarters_of(days: Days) -> list[date]:
    """The first day of each quarter that some days lie in."""
    found = [quarter_start(days.first)]
    while (following := next_quarter(found[-1])) <= days.last:
        found.append(following)
    return found


def named(first: date) -> str:
    """A quarter as people write it."""
    return f"{first.year}Q{(first.month + MONTHS_A_QUARTER - 1) // MONTHS_A_QUARTER}"


def _deal(played: Played, closings: Closings, runs: int) -> dict[str, Any]:
    return {
        "row": played.row,
        "deal": played.deal.deal,
        "closed": Share(closings.closed, runs).as_data(),
        "nothing_open": closings.shut,
        "left_out": played.why or None,
        "under": [
            {"from": str(first), "until": str(until), "authorization": one.authorization}
            for first, until, one in played.stretches
        ],
    }


def _decimal(tenths: int | None) -> Decimal | None:
    return None if tenths is None else Decimal(tenths).scaleb(-1)


def _each(tenths: Sequence[int] | None) -> list[Decimal | None]:
    return [_decimal(None if tenths is None else tenths[at]) for at in range(len(QUANTILES))]


_CAP: Final = [
    Column("cap", None, "id of the cap"),
    Column("holder", None, "whose share of it"),
]

QUARTERS: Final = report(
    "pipeline-simulate",
    "Headroom as a pipeline closes",
    "What do the deals leave under each cap at each quarter's end, and how likely is it passed?",
    [
        *_CAP,
        Column("quarter", None, "calendar quarter"),
        Column("allowance_tpp", "TPP", "what is allowed at its end; empty is unlimited"),
        Column("without_deals_tpp", "TPP", "what is left at its end without any of the deals"),
        *(
            Column(f"p{percent}_tpp", "TPP", f"what is left at its end: the {percent} % quantile")
            for percent in QUANTILES
        ),
        Column("passed_runs", "runs", "runs in which the cap is passed on a day of the quarter"),
        Column("passed_share", "share", "their share of all runs"),
        Column("passed_from", "share", "from where the true share lies, with 95 %"),
        Column("passed_to", "share", "and to where"),
    ],
    ("cap", "holder", "quarter"),
)

EXHAUSTION: Final = report(
    "pipeline-exhaustion",
    "When a pipeline exhausts each cap",
    "In how many runs is each cap passed or used up, and from which day on is nothing left?",
    [
        *_CAP,
        Column("passed_runs", "runs", "runs in which the cap is passed on any day"),
        Column("passed_share", "share", "their share of all runs"),
        Column("passed_from", "share", "from where the true share lies, with 95 %"),
        Column("passed_to", "share", "and to where"),
        Column("exhausted_runs", "runs", "runs in which nothing is left on some day"),
        Column("exhausted_share", "share", "their share of all runs"),
        Column("exhausted_from", "share", "from where the true share lies, with 95 %"),
        Column("exhausted_to", "share", "and to where"),
        *(
            Column(
                f"p{percent}_on", "day", f"first day with nothing left: the {percent} % quantile"
            )
            for percent in QUANTILES
        ),
    ],
    ("cap", "holder"),
)
