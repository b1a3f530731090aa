"""Pipelines: ten thousand deals checked by themselves and in order, and played a thousand times.

`measures` yields rows for `make bench`; `python -m benchmarks.pipeline` prints them by itself. The
baseline of a check is one decision a deal, on its earliest day, which is what a check of the first
day alone would take; that of a simulation is the sums of as many matrices, by numpy alone.
"""

import argparse
import csv
import tempfile
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any, Final

import numpy as np

from benchmarks import lots, storing
from benchmarks.measuring import Asked as Limit
from benchmarks.measuring import measure, once
from ledger.core.decision import decide
from ledger.core.precedents import Precedents
from ledger.intake.deals import read_deals_file
from ledger.planning.checking import check_pipeline
from ledger.planning.simulating import RUNS_AT_ONCE, Asked, simulate_pipeline
from ledger.store.ledger import Ledger

SEED: Final = 20_261_127
DEALS: Final = 10_000
PLAYED: Final = 1_000
RUNS: Final = 1_000
LOTS: Final = 100_000
FIRST_DAY: Final = date(2027, 1, 1)
DAYS: Final = 300
LONGEST: Final = 200
MOST_SECONDS: Final = 30
HEADER: Final = (
    *("deal", "exporter", "end_user", "country", "device", "quantity", "end_use"),
    *("earliest", "latest", "probability", "priority", "splittable"),
)


def deals(file: Path, many: int, *, apart: bool) -> Path:
    """A CSV file of deals: most small, some larger than a year's cap.

    Of deals that are `apart` no two are alike in what the law asks, so that nothing that is found
    of one serves another.
    """
    random = Random(SEED)  # noqa: S311 -- a market, not a secret
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(HEADER)
        for number in range(many):
            owner = random.randrange(lots.PARTIES)
            earliest = FIRST_DAY + timedelta(days=random.randrange(DAYS))
            writer.writerow(
                (
                    *(f"D-{number}", "exporter", f"party-{owner}"),
                    lots.COUNTRIES[owner % len(lots.COUNTRIES)],
                    random.choice(lots.DEVICES),
                    1 + 20 * int(random.paretovariate(0.7)) % 2_000,
                    f"training {number}" if apart else "training",
                    earliest,
                    earliest + timedelta(days=random.randrange(LONGEST)),
                    f"{random.randrange(5, 100)}%",
                    random.randrange(1, 4),
                    random.choice(("yes", "no")),
                )
            )
    return file


def measures(folder: Path, _: int, lots_in: int) -> Iterator[dict[str, Any]]:
    """Rows of checks and simulations on a ledger of so many lots."""
    url = f"sqlite:///{folder}/pipeline.db"
    storing.begin(url, folder)
    storing.grow(url, folder, 0, lots_in)
    for apart in (False, True):
        file = deals(folder / "deals.csv", DEALS, apart=apart)
        seconds = once(lambda file=file: check_pipeline(url, file))  # type: ignore[misc]
        alike = "of its own facts" if apart else f"of {lots.PARTIES} buyers"
        yield measure(
            f"check {DEALS:,} deals, each {alike}, on {lots_in:,} lots",
            [seconds],
            "a decision a deal",
            [once(lambda file=file: _decided(url, file))],  # type: ignore[misc]
            asked=(Limit(f"at most {MOST_SECONDS} s", seconds, MOST_SECONDS),),
        )
    file = deals(folder / "deals.csv", PLAYED, apart=False)
    found = simulate_pipeline(url, file, Asked(1, 1))
    seconds = once(lambda: simulate_pipeline(url, file, Asked(1, RUNS)))
    many = len(found.outcomes)
    yield measure(
        f"play {PLAYED:,} deals {RUNS:,} times: {many:,} caps, {found.days.many} days",
        [seconds],
        "cumulative sums of as many matrices",
        [once(lambda: _summed(many, found.days.many))],
        caps=many,
    )


def _decided(url: str, file: Path) -> None:
    """One decision on each deal's earliest day."""
    ledger = Ledger.open(url)
    with ledger.reading() as prefix:
        law, precedents = ledger.law(prefix), Precedents()
        for deal in read_deals_file(file).deals:
            decide(deal.request(deal.earliest), law, prefix, precedents=precedents)
    ledger.close()


def _summed(many: int, days: int) -> None:
    """A matrix of days and runs summed up for each cap and holder."""
    matrix = np.zeros((days, RUNS_AT_ONCE), dtype=np.int64)
    for _ in range(many * (RUNS // RUNS_AT_ONCE)):
        np.cumsum(matrix, axis=0, out=matrix)


def main() -> None:
    """Measure on a ledger of its own and print."""
    from benchmarks.__main__ import show

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lots", type=int, default=LOTS, help="lots in the ledger")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        show(list(measures(Path(folder), 0, asked.lots)))


if __name__ == "__main__":
    main()
