"""How things are timed, and what a row of the table says."""

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median, quantiles
from time import perf_counter
from typing import Any

RUNS = 7


def times(what: Callable[[], object], runs: int = RUNS) -> list[float]:
    """Seconds of each run, after one that is not counted where there are several."""
    if runs > 1:
        what()
    return [once(what) for _ in range(runs)]


def paired(
    what: Callable[[], object], raw: Callable[[], object], runs: int
) -> tuple[list[float], list[float]]:
    """Seconds of each run of two things in turn, so that a machine's drift meets both alike."""
    both = [(once(what), once(raw)) for _ in range(runs)]
    return [one for one, _ in both], [one for _, one in both]


def once(what: Callable[[], object]) -> float:
    """Seconds of one run."""
    began = perf_counter()
    what()
    return perf_counter() - began


def process(*arguments: str) -> None:
    """Run a whole interpreter and read what it prints."""
    subprocess.run(
        [sys.executable, *arguments],
        check=False,
        stdout=subprocess.DEVNULL,
        env={**os.environ, "COLUMNS": "120"},
    )


def peak_mb(*arguments: str) -> tuple[float, float]:
    """Seconds and peak memory (MB) of a command of chipledger, in an interpreter of its own."""
    began = perf_counter()
    ran = subprocess.run(
        [sys.executable, "-m", "benchmarks.peak", *arguments],
        check=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    return perf_counter() - began, int(ran.stdout) / 1024


@dataclass(frozen=True)
class Asked:
    """What a design asks of a measure: `limit` is the most that `value` may be."""

    text: str
    value: float
    limit: float

    @property
    def met(self) -> bool:
        """Whether it was reached in this run."""
        return self.value <= self.limit


def measure(
    what: str,
    seconds: list[float],
    baseline: str,
    raw_seconds: list[float],
    *,
    asked: Sequence[Asked] = (),
    **figures: object,
) -> dict[str, Any]:
    """One row: the measure, its baseline, their ratio, and what is asked of it."""
    return {
        "what": what,
        "seconds": spread(seconds),
        "baseline": baseline,
        "baseline_seconds": spread(raw_seconds),
        "times_baseline": round(median(seconds) / median(raw_seconds), 2),
        "asked": [
            {"text": one.text, "value": round(one.value, 4), "met": one.met} for one in asked
        ],
        **figures,
    }


def spread(seconds: list[float]) -> dict[str, float]:
    """Minimum, median, maximum."""
    return {
        "min": round(min(seconds), 6),
        "median": round(median(seconds), 6),
        "max": round(max(seconds), 6),
    }


def p99(seconds: list[float]) -> float:
    """The time that one in a hundred takes longer than."""
    return quantiles(seconds, n=100)[-1]
