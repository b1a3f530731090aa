"""`make bench`: prints each measure beside its baseline and writes bench.json.

Nothing here judges by itself: what the design asks stands beside what was found, and a machine's
noise is for the reader to see in minimum, median and maximum.
"""

import argparse
import json
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks import (
    deciding,
    many_writers,
    optimising,
    pipeline,
    reporting,
    screening,
    storing,
    supposing,
)
from benchmarks.measuring import measure, times
from ledger.screening.index import Index

WRITERS = "writers"
"""The load of eight processes, which has no raw twin: it is told as rates and waits."""


SUPPOSED_ON = 100_000
"""Lots of the ledger that scenarios are asked of."""


def main() -> None:
    """Fill a ledger, measure, print, write bench.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lots", type=int, default=1_000_000, help="lots in the large ledger")
    parser.add_argument("--small", type=int, default=10_000, help="lots in the small ledger")
    parser.add_argument(
        "--report-lots", type=int, default=10_000_000, help="lots in the ledger of the reports"
    )
    parser.add_argument(
        "--only", choices=sorted([*SUITES, WRITERS]), help="one suite instead of all"
    )
    parser.add_argument("--out", type=Path, default=Path("bench.json"))
    asked = parser.parse_args()
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        for name, suite in SUITES.items():
            if asked.only in (None, name):
                many = asked.report_lots if name == "reports" else asked.lots
                rows += suite(Path(folder), asked.small, many)
        loads = list(many_writers.measures(Path(folder))) if asked.only in (None, WRITERS) else []
    if rows:
        show(rows)
    if loads:
        many_writers.show(loads)
    asked.out.write_text(json.dumps([*rows, *loads], indent=2) + "\n", encoding="utf-8")


def screened(_: Path, __: int, ___: int) -> Iterator[dict[str, Any]]:
    """One party after loading, loading and one party, and a batch."""
    index = Index.of(screening.listed())
    data, keys = index.to_bytes(), [party.name for party in screening.listed()]
    keys += [alias for party in screening.listed() for alias in party.aliases]
    many = screening.asked(screening.BATCH)
    names = [name for own in many.values() for name in own]
    one = many["party-0"]
    raw = times(lambda: screening.raw_single(keys, one[0]))
    warm = times(lambda: index.matches(one, at_least=screening.AT_LEAST))
    cold = times(lambda: screening.loaded(data, one))
    size = f"against {len(keys):,} names"
    yield measure(f"screen one party {size}", warm, "one ratio a name", raw)
    yield measure(f"load the list, screen one party {size}", cold, "one ratio a name", raw)
    batch = times(lambda: index.batch(many, at_least=screening.AT_LEAST), runs=1)
    matrix = times(lambda: screening.raw_batch(keys, names), runs=1)
    yield measure(f"screen {len(many):,} parties {size}", batch, "one matrix of ratios", matrix)


def decided(folder: Path, small: int, large: int) -> Iterator[dict[str, Any]]:
    """Decisions in one process, on the large ledger if the store's suite has left it."""
    url, lots = f"sqlite:///{folder}/bench.db", large
    if not (folder / "bench.db").exists():
        lots = small
        storing.begin(url, folder)
        storing.grow(url, folder, 0, small)
    return deciding.measures(url, lots)


def supposed(folder: Path, _: int, __: int) -> Iterator[dict[str, Any]]:
    """Scenarios on a ledger of 100,000 lots of its own."""
    url = f"sqlite:///{folder}/what-if.db"
    storing.begin(url, folder)
    storing.grow(url, folder, 0, SUPPOSED_ON)
    return supposing.measures(url, SUPPOSED_ON)


def dealt(folder: Path, _: int, __: int) -> Iterator[dict[str, Any]]:
    """Pipelines of deals on a ledger of 100,000 lots of its own."""
    yield from pipeline.measures(folder, 0, SUPPOSED_ON)
    yield from optimising.measures(folder)


Suite = Callable[[Path, int, int], Iterable[dict[str, Any]]]

SUITES: dict[str, Suite] = {
    "store": storing.measures,
    "decide": decided,
    "screening": screened,
    "what-if": supposed,
    "pipeline": dealt,
    "reports": reporting.measures,
}
"""What is measured; each is told a folder of its own and the sizes of the ledgers."""


def show(rows: list[dict[str, Any]]) -> None:
    """Print the rows as a table, each with what is asked of it."""
    made = Table("what", "seconds (min median max)", "baseline", "seconds", "x", "asked")
    for row in rows:
        made.add_row(
            row["what"],
            _seconds(row["seconds"]),
            row["baseline"],
            _seconds(row["baseline_seconds"]),
            f"{row['times_baseline']:.1f}",
            "\n".join(
                f"[{'green' if one['met'] else 'red'}]{one['text']}: {one['value']:.3g}[/]"
                for one in row["asked"]
            ),
        )
    Console(width=160).print(made)


def _seconds(spread: dict[str, float]) -> str:
    return " ".join(f"{value:.4g}" for value in spread.values())


if __name__ == "__main__":
    main()
