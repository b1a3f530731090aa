"""`make bench`: prints each measure beside its baseline and writes bench.json.

Nothing here judges: a machine's noise is for the reader to see in minimum, median and maximum.
"""

import argparse
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks import screening
from ledger.core.encoding import parse_event
from ledger.screening.index import Index
from ledger.service.creating import create
from ledger.service.recording import record
from ledger.service.shell import signature
from ledger.store.ledger import Ledger
from ledger.store.verification import verify

RUNS = 7
PER_COMMIT = 1000
PARTIES = 400
COUNTRIES = ("BR", "IN", "MY", "CL", "MX", "PL", "SG", "TH", "AE", "SA", "DE", "JP")
DEVICES = ("nvidia-h100-sxm", "nvidia-h200-sxm", "nvidia-b200-sxm", "amd-mi300x", "nvidia-l40s")
FIRST_DAY = date(2025, 5, 15)
DAYS = 900


def main() -> None:
    """Fill a ledger, measure, print, write bench.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lots", type=int, default=100_000, help="lots in the ledger")
    parser.add_argument("--out", type=Path, default=Path("bench.json"))
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rows = list(measures(Path(folder), asked.lots))
    show(rows)
    asked.out.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")


def measures(folder: Path, lots: int) -> Iterable[dict[str, Any]]:
    """Every measure with its baseline."""
    url = f"sqlite:///{folder / 'bench.db'}"
    create(url)
    filled = fill(url, lots)
    raw = raw_inserts(folder / "raw.db", lots)
    yield measure(
        f"append {lots:,} lots, {PER_COMMIT} a commit", [filled], "raw executemany", [raw]
    )
    bare = times(lambda: process("-c", "pass"))
    check = times(lambda: process("-m", "ledger.cli", *CHECK, "--ledger", url))
    yield measure(f"check from the shell, {lots:,} lots", check, "python -c pass", bare)
    yield from screening_measures()
    hashed = times(lambda: read_and_hash(folder / "bench.db"), runs=3)
    verified = times(lambda: verify_ledger(url), runs=1)
    yield measure(f"verify {lots:,} lots", verified, "read rows, SHA-256", hashed)


def screening_measures() -> Iterable[dict[str, Any]]:
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


CHECK = (
    "check",
    "--device=nvidia-h100-sxm",
    "--quantity=50",
    "--destination=BR",
    "--ultimate-consignee=party-0",
    "--exporter=exporter",
    "--on=2026-09-01",
    "--json",
)


def fill(url: str, lots: int) -> float:
    """Append parties and lots; returns the seconds that the lots took."""
    ledger = Ledger.open(url)
    mark = signature("import", actor="bench")
    with ledger.writing() as writer:
        for event in parties():
            record(writer, parse_event(event), mark)
    began = perf_counter()
    for first in track(range(0, lots, PER_COMMIT), "filling", console=Console(stderr=True)):
        with ledger.writing() as writer:
            for number in range(first, min(first + PER_COMMIT, lots)):
                record(writer, parse_event(lot(number)), mark)
    seconds = perf_counter() - began
    ledger.close()
    return seconds


def parties() -> Iterable[dict[str, Any]]:
    """An exporter and the parties that it ships to."""
    yield party("exporter", "US")
    for number in range(PARTIES):
        yield party(f"party-{number}", COUNTRIES[number % len(COUNTRIES)])


def party(name: str, country: str) -> dict[str, Any]:
    """One registration."""
    return {
        "kind": "party.registered",
        "id": f"p-{name}",
        "on": "2024-01-01",
        "party": name,
        "name": name,
        "location": country,
        "headquarters": country,
    }


def lot(number: int) -> dict[str, Any]:
    """One export under LPP, spread over parties, devices and days without chance."""
    owner = number * 7 % PARTIES
    return {
        "kind": "lot.exported",
        "id": f"lot-{number}",
        "on": str(FIRST_DAY + timedelta(days=number * 11 % DAYS)),
        "device": DEVICES[number % len(DEVICES)],
        "quantity": 1 + number % 8,
        "destination": COUNTRIES[owner % len(COUNTRIES)],
        "exporter": "exporter",
        "ultimate_consignee": f"party-{owner}",
        "authorization": "us-ear/lpp",
    }


def raw_inserts(file: Path, lots: int) -> float:
    """The same number of rows of the same columns as an entry, through the bare driver."""
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(
        "CREATE TABLE entry (seq INTEGER PRIMARY KEY, event_id TEXT UNIQUE, kind TEXT, "
        "on_day TEXT, body BLOB, leaf_hash BLOB)"
    )
    body, leaf = b"x" * 420, b"y" * 32
    began = perf_counter()
    for first in range(0, lots, PER_COMMIT):
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(
            "INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?)",
            [
                (number, f"lot-{number}", "lot.exported", "2025-09-01", body, leaf)
                for number in range(first, min(first + PER_COMMIT, lots))
            ],
        )
        connection.execute("COMMIT")
    seconds = perf_counter() - began
    connection.close()
    return seconds


def read_and_hash(file: Path) -> None:
    """Read every body and hash it: the least that a verification can do."""
    from hashlib import sha256

    connection = sqlite3.connect(file)
    for (body,) in connection.execute("SELECT body FROM entry ORDER BY seq"):
        sha256(body).digest()
    connection.close()


def verify_ledger(url: str) -> None:
    """Verify a ledger."""
    ledger = Ledger.open(url)
    verify(ledger)
    ledger.close()


def process(*arguments: str) -> None:
    """Run a whole interpreter and read what it prints."""
    subprocess.run(
        [sys.executable, *arguments],
        check=False,
        stdout=subprocess.DEVNULL,
        env={**os.environ, "COLUMNS": "120"},
    )


def times(what: Callable[[], object], runs: int = RUNS) -> list[float]:
    """Seconds of each run, after one that is not counted where there are several."""
    if runs > 1:
        what()
    seconds = []
    for _ in range(runs):
        began = perf_counter()
        what()
        seconds.append(perf_counter() - began)
    return seconds


def measure(
    what: str, seconds: list[float], baseline: str, raw_seconds: list[float]
) -> dict[str, Any]:
    """One row: the measure, its baseline, their ratio."""
    return {
        "what": what,
        "seconds": spread(seconds),
        "baseline": baseline,
        "baseline_seconds": spread(raw_seconds),
        "times_baseline": round(median(seconds) / median(raw_seconds), 2),
    }


def spread(seconds: list[float]) -> dict[str, float]:
    """Minimum, median, maximum."""
    return {
        "min": round(min(seconds), 4),
        "median": round(median(seconds), 4),
        "max": round(max(seconds), 4),
    }


def show(rows: list[dict[str, Any]]) -> None:
    """Print the rows as a table."""
    made = Table("what", "seconds (min median max)", "baseline", "seconds", "times baseline")
    for row in rows:
        made.add_row(
            row["what"],
            " ".join(f"{value:.3f}" for value in row["seconds"].values()),
            row["baseline"],
            " ".join(f"{value:.3f}" for value in row["baseline_seconds"].values()),
            f"{row['times_baseline']:.1f}",
        )
    Console(width=140).print(made)


if __name__ == "__main__":
    main()
