"""Simulating a pipeline: what is left under each cap that its deals draw on, over many runs.

In each run a deal closes or not, and goes on some day of its window, under the first authorization
that is open to it on that day: it is counted whether it fits or not. Caps are read on every day,
so that windows, steps, shares and reservations are those of the ledger and its law.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from ledger.core.breaches import Key, View
from ledger.core.deals import Deal
from ledger.core.effects import EVERYWHERE, Option
from ledger.core.errors import InvalidInput
from ledger.core.headroom import ONE_DAY, next_quarter, quarter_start
from ledger.core.law.law import Law
from ledger.core.law.row import Posture
from ledger.core.prefix import Prefix
from ledger.core.settings import posture as posture_of
from ledger.intake.deals import DealsFile, read_deals_file
from ledger.planning.fan import Days, Fan, Gone
from ledger.planning.outcomes import Closings, Outcome, Played, Simulated, quarters_of
from ledger.planning.rooms import is_part
from ledger.planning.sampling import Sample, sample
from ledger.planning.sealing import sealed
from ledger.planning.unknown import unknown_in
from ledger.planning.ways import Span, Ways
from ledger.service.shell import countries
from ledger.store.as_of import AsOf
from ledger.store.ledger import Ledger

if TYPE_CHECKING:
    from numpy.typing import NDArray

RUNS_AT_ONCE: Final = 500
MOST_RUNS: Final = 100_000
MOST_YEARS: Final = 20
MOST_FIGURES: Final = 100_000_000
"""Figures of caps, runs and quarters that are kept: less than a gigabyte."""

Progress = Callable[[int, int], None]


class _Some(NamedTuple):
    """What comes of a cap and a holder in some runs, as an `Outcome` holds it."""

    left: "NDArray[Any]"
    passed: "NDArray[np.bool_]"
    exhausted: "NDArray[np.int64]"


class Simulation:
    """Plays the deals of a file on one prefix."""

    def __init__(
        self, prefix: Prefix, law: Law, posture: Posture, file: DealsFile, until: date | None
    ) -> None:
        """Find what is open to each deal; raises `InvalidInput` where `until` is before them."""
        span = Span.of(file.deals)
        if until is not None and until < span.earliest:
            raise InvalidInput(
                f"{until} is before the first day of the deals, {span.earliest}",
                where="--until",
                cure="name a later day",
            )
        end = until or span.latest
        if end.year - span.earliest.year > MOST_YEARS:
            raise InvalidInput(
                f"the quarters from {span.earliest} to {end} are of more than {MOST_YEARS} years",
                where="--until",
                cure="name an earlier day",
            )
        self.since, self.posture = span.earliest, posture
        self.days = Days(quarter_start(span.earliest), next_quarter(end) - ONE_DAY)
        self.view, self.ways = View(prefix, law), Ways(prefix, law, posture, file.deals)
        self.played = [
            self._played(row, deal) for row, deal in zip(file.rows, file.deals, strict=True)
        ]

    def _played(self, row: int, deal: Deal) -> Played:
        unknown = list(unknown_in(deal, self.view.prefix, self.view.law, countries()))
        if unknown:
            return Played(row, deal, why="; ".join(f"{one.field}: {one.what}" for one in unknown))
        options = self.ways.of(deal, deal.device)
        if not options:
            return Played(row, deal, why="no authorization is open to it on any day of its window")
        return Played(row, deal, tuple(self._stretches(deal, options)))

    def _stretches(
        self, deal: Deal, options: Sequence[Option]
    ) -> Iterator[tuple[date, date, Option]]:
        """The first authorization that is open, from a day to another, that one out."""
        turns = {day for one in options for day in (one.first_on, one.until)}
        for first, until in pairwise(sorted({deal.earliest, *turns, deal.latest + ONE_DAY})):
            open_ones = self.ways.open_on(options, first)
            if open_ones:
                yield first, until, open_ones[0]

    def keys(self) -> list[Key]:
        """Every cap and holder that some deal draws on."""
        effects = (
            effect
            for played in self.played
            for *_, option in played.stretches
            for effect in option.draws
            if (effect.part or effect.turns) and EVERYWHERE not in effect.holder
        )
        return sorted({(effect.cap, effect.holder) for effect in effects})

    def fans(self) -> list[Fan]:
        """What the ledger holds of each of them that is limited on any of the days."""
        units = sum(played.deal.quantity for played in self.played)
        options = (one for played in self.played for *_, one in played.stretches)
        unit_tpp = max((one.unit_tpp for one in options), default=0)
        found = (
            Fan(self.view, key, self.days, units=units, unit_tpp=unit_tpp) for key in self.keys()
        )
        return [fan for fan in found if fan.limited]

    def run(self, file: DealsFile, seed: int, runs: int, progress: Progress) -> Simulated:
        """Play so many runs."""
        closings = [Closings() for _ in self.played]
        outcomes = tuple(self.outcomes(seed, runs, closings, progress))
        return Simulated(
            file=file,
            seed=seed,
            runs=runs,
            days=self.days,
            since=self.since,
            outcomes=outcomes,
            deals=tuple(zip(self.played, closings, strict=True)),
            sealed=sealed(self.view.prefix, self.view.law, self.posture),
        )

    def gone(
        self, seed: int, first: int, until: int, closings: Sequence[Closings]
    ) -> dict[Key, list[Gone]]:
        """What each deal draws in some runs, by cap and holder; counts its closings in."""
        found: dict[Key, list[Gone]] = defaultdict(list)
        for played, counted in zip(self.played, closings, strict=True):
            drawn = sample(played.deal, seed, first, until)
            counted.closed += len(drawn.runs)
            open_runs = 0
            for begin, end, option in played.stretches:
                inside = (drawn.days >= begin.toordinal()) & (drawn.days < end.toordinal())
                some = Sample(drawn.runs[inside], drawn.days[inside])
                open_runs += len(some.runs)
                units = played.deal.quantity
                for effect in option.draws:
                    one = Gone(effect, some, units, units * option.unit_tpp, option.line)
                    found[effect.cap, effect.holder].append(one)
            counted.shut += len(drawn.runs) - open_runs
        return found

    def outcomes(
        self, seed: int, runs: int, closings: Sequence[Closings], progress: Progress
    ) -> Iterator[Outcome]:
        """What came of each cap and holder, and of each deal (counted in `closings`)."""
        fans, quarters = self.fans(), quarters_of(self.days)
        if len(fans) * len(quarters) * runs > MOST_FIGURES:
            raise InvalidInput(
                f"{runs:,} runs of {len(fans):,} caps and holders over {len(quarters)} quarters "
                "are too many to be kept",
                where="--runs",
                cure="ask for fewer runs, or for fewer quarters with --until",
            )
        ends = [self.days.place(next_quarter(one) - ONE_DAY) for one in quarters]
        found: list[list[_Some]] = [[] for _ in fans]
        for first in range(0, runs, RUNS_AT_ONCE):
            until = min(first + RUNS_AT_ONCE, runs)
            gone = self.gone(seed, first, until, closings)
            wide = [key for key in gone if EVERYWHERE in key[1]]
            for at, fan in enumerate(fans):
                drawn = _counting(fan.key, gone, wide)
                found[at].append(self._some(fan, drawn, until - first, ends))
                progress(first * len(fans) + (at + 1) * (until - first), runs * len(fans))
        for fan, some in zip(fans, found, strict=True):
            left, limited = fan.headroom([], 1)
            yield Outcome(
                key=fan.key,
                left=np.concatenate([one.left for one in some]),
                passed=np.concatenate([one.passed for one in some]),
                exhausted=np.concatenate([one.exhausted for one in some]),
                limited=tuple(bool(limited[end]) for end in ends),
                before=tuple(int(left[end, 0]) for end in ends),
                allowance=tuple(fan.allowance(end) for end in ends),
            )

    def _some(self, fan: Fan, gone: Sequence[Gone], runs: int, ends: Sequence[int]) -> _Some:
        """What comes of a cap and a holder in some runs."""
        left, limited = fan.headroom(gone, runs)
        counts = limited & fan.measured()
        counts[: self.days.place(self.since)] = False
        over, empty = (left < 0) & counts[:, None], (left <= 0) & counts[:, None]
        starts = [0, *(end + 1 for end in ends[:-1])]
        passed = [
            over[start : end + 1].any(axis=0) for start, end in zip(starts, ends, strict=True)
        ]
        first = np.where(empty.any(axis=0), empty.argmax(axis=0), self.days.many)
        return _Some(left[ends].T, np.stack(passed, axis=1), first + self.days.first.toordinal())


def _counting(key: Key, gone: Mapping[Key, list[Gone]], wide: Iterable[Key]) -> list[Gone]:
    """What counts for a cap and a holder: its own draws, and those of everywhere (`wide`)."""
    cap, holder = key
    found = list(gone.get(key, ()))
    for one in wide:
        if one[0] == cap and is_part(holder, one[1]):
            found += gone[one]
    return found


@dataclass(frozen=True, slots=True)
class Asked:
    """Which draws of chance, how many runs, and a day in the last quarter that is told of.

    Without a day it is the quarter of the last day of a deal.
    """

    seed: int
    runs: int
    until: date | None = None

    def check(self) -> None:
        """Raise `InvalidInput` for what can't be asked."""
        if not 1 <= self.runs <= MOST_RUNS:
            raise InvalidInput(
                f"expected from 1 to {MOST_RUNS:,} runs, found {self.runs:,}",
                where="--runs",
                cure="1000 tell a share to within some 3 percent",
            )
        if self.seed < 0:
            raise InvalidInput(
                f"expected a whole number of 0 or more, found {self.seed}",
                where="--seed",
                cure="name one",
            )


def simulate_pipeline(
    url: str,
    file: Path,
    asked: Asked,
    *,
    posture: Posture | None = None,
    as_of: AsOf | None = None,
    progress: Progress | None = None,
) -> Simulated:
    """Simulate the deals of a file at the head, or as of an earlier one; nothing is recorded.

    Without a posture the setting of the first day decides. Raises as `read_deals_file` does, and
    `InvalidInput` for what can't be asked.
    """
    asked.check()
    read = read_deals_file(file)
    ledger = Ledger.open(url)
    try:
        with ledger.reading(as_of) as prefix:
            law = ledger.law(prefix)
            decided_by = posture_of(posture, Span.of(read.deals).earliest, prefix)
            simulation = Simulation(prefix, law, decided_by, read, asked.until)
            return simulation.run(read, asked.seed, asked.runs, progress or _nobody_watches)
    finally:
        ledger.close()


def _nobody_watches(_: int, __: int) -> None:
    """Nobody waits."""
