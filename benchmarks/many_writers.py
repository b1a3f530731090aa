"""Eight processes that reserve, ship and give up against the same caps, on both engines.

Prints rate and latency; whatever the machine, it fails where a cap was passed or an acknowledged
event is gone. On SQLite the wait between processes is SQLite's own: writers look again in growing
pauses and nobody keeps their order, which the longest waits show.
"""

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import psycopg
from rich.console import Console
from rich.table import Table

from ledger.core.encoding import parse_event
from ledger.service.creating import create
from ledger.store.ledger import Ledger
from ledger.store.verification import verify
from tests.machines.book import Book
from tests.machines.counting import Counting
from tests.machines.workers import Command, Outcome, done, workers
from tests.store.ledgers import put
from tests.store.servers import drop, empty_database, server

PROCESSES = 8
OPERATIONS = 150
"""What each process does, one transaction each."""

PARENTS = 4
ROOM_UNITS = 1699
"""The most of the device that one parent may get in a year under LPP."""

DEVICE, CAP = "nvidia-h100-sxm", "us-ear/lpp/parent-year"
ON = date(2025, 9, 1)
RESERVES, EXPORTS = 0.6, 0.85
"""Of all operations, those that reserve, and those that reserve or ship; the rest gives up."""


@dataclass(frozen=True, slots=True)
class Load:
    """What came of a run: the outcomes of all processes, and the seconds that all took together."""

    engine: str
    outcomes: Sequence[Outcome]
    seconds: float

    def as_data(self) -> dict[str, Any]:
        """The run for programs: rates in operations a second, latencies in milliseconds."""
        kinds = {kind: list(found) for kind, found in _by_kind(self.outcomes).items()}
        return {
            "what": f"{PROCESSES} processes on one ledger, {self.engine}",
            "operations": len(self.outcomes),
            "seconds": round(self.seconds, 3),
            "per_second": round(len(self.outcomes) / self.seconds, 1),
            "busy_conflicts": sum(one.busy for one in self.outcomes),
            "latency_ms": {
                kind: {
                    "count": len(found),
                    "p50": _percentile(found, 50),
                    "p99": _percentile(found, 99),
                    "max": _percentile(found, 100),
                }
                for kind, found in sorted(kinds.items())
            },
        }


def _by_kind(outcomes: Sequence[Outcome]) -> dict[str, list[float]]:
    kinds: dict[str, list[float]] = {"all": [one.seconds for one in outcomes]}
    for one in outcomes:
        kind = f"{one.command.name}, refused" if one.refused else one.command.name
        kinds.setdefault(kind, []).append(one.seconds)
    return kinds


def _percentile(seconds: Sequence[float], percent: int) -> float:
    """The least that so many percent do not pass, in milliseconds."""
    ordered = sorted(seconds)
    place = -(-len(ordered) * percent // 100) - 1
    return round(ordered[place] * 1000, 2)


def registered(url: str) -> str:
    """A seller and some parents, in a ledger that stands."""
    names = ["vendor", *(f"parent-{number}" for number in range(PARENTS))]
    put(url, *(parse_event(_party(name)) for name in names))
    return url


def created(url: str) -> str:
    """The same in a ledger of its own."""
    create(url, actor="bench")
    return registered(url)


def _party(name: str) -> dict[str, str]:
    return {
        "kind": "party.registered",
        "id": f"party-{name}",
        "on": "2020-01-01",
        "party": name,
        "name": name,
        "location": "BR",
        "headquarters": "US" if name == "vendor" else "BR",
    }


def life(url: str, name: str, operations: int, most: int) -> list[Outcome]:
    """What one process does: reserve for any of the parents, ship or give up what it holds."""
    chance = Random(name)  # noqa: S311 -- the same operations in every run
    held: list[str] = []
    outcomes = []
    for number in range(operations):
        command = _next(url, f"{name}-{number}", held, chance, most)
        outcome = done(command)
        if command.name == "reserve" and outcome.acknowledged:
            held.append(outcome.event_id)
        outcomes.append(outcome)
    return outcomes


def _next(url: str, event_id: str, held: list[str], chance: Random, most: int) -> Command:
    drawn = chance.random()
    if drawn < RESERVES or not held:
        lot = {"device": DEVICE, "quantity": chance.randint(1, most), "destination": "BR"}
        parent = f"parent-{chance.randrange(PARENTS)}"
        lot |= {"exporter": "vendor", "ultimate_consignee": parent, "on": str(ON)}
        until = datetime.now(UTC).date() + timedelta(days=30)
        return Command("reserve", url, {**lot, "id": event_id, "hold_until": until})
    fields = {"id": event_id, "reservation": held.pop(chance.randrange(len(held)))}
    if drawn < EXPORTS:
        return Command("export", url, {**fields, "on": str(ON), "final": True})
    return Command("release", url, fields)


def loaded(url: str, engine: str, operations: int) -> Load:
    """Let the processes run, then hold the ledger to what they were told."""
    asked = PROCESSES * operations * RESERVES
    most = max(int(4 * PARENTS * ROOM_UNITS / asked), 1)  # twice what fits, on average
    names = [f"process-{number}" for number in range(PROCESSES)]
    with workers(PROCESSES) as started:
        started.each(life, [(url, f"{name}-first", 1, 1) for name in names])
        began = perf_counter()
        outcomes = started.each(life, [(url, name, operations, most) for name in names])
        seconds = perf_counter() - began
    checked(url, outcomes)
    return Load(engine, outcomes, seconds)


def checked(url: str, outcomes: Sequence[Outcome]) -> None:
    """Raise where a cap is passed, or where an acknowledged event is not at its place."""
    ledger = Ledger.open(url)
    try:
        verify(ledger)
        events = [entry.event for entry in ledger.entries()]
        with ledger.reading() as prefix:
            law = ledger.law(prefix)
    finally:
        ledger.close()
    places = {event.id: place for place, event in enumerate(events, start=1)}
    for one in outcomes:
        if one.acknowledged and places.get(one.event_id) != one.seq:
            raise AssertionError(f"{one.event_id} was acknowledged as entry {one.seq} and is lost")
        if one.refused not in ("", "not permitted"):
            raise AssertionError(f"{one.command} was refused: {one.refused}")
    counting = Counting(Book(events, law.catalogue), law)
    for number in range(PARENTS):
        found = counting.figure(CAP, (f"parent-{number}",), ON)
        if found is None or found.headroom is None or found.headroom < 0:
            raise AssertionError(f"the cap of parent-{number} is passed: {found}")


def measures(folder: Path, operations: int = OPERATIONS) -> Iterator[dict[str, Any]]:
    """A run on each engine, every commit on the disk before it is acknowledged."""
    yield loaded(created(f"sqlite:///{folder / 'many-writers.db'}"), "SQLite", operations).as_data()
    with psycopg.connect(server(), autocommit=True) as connection:
        connection.execute("ALTER SYSTEM RESET fsync")
        connection.execute("SELECT pg_reload_conf()")
    url = created(empty_database())
    yield loaded(url, "PostgreSQL", operations).as_data()
    drop(url)


def show(rows: Sequence[dict[str, Any]]) -> None:
    """Print the runs as a table."""
    made = Table("what", "operation", "count", "p50 ms", "p99 ms", "max ms")
    for row in rows:
        what = f"{row['what']}: {row['per_second']}/s, {row['busy_conflicts']} busy conflicts"
        for kind, found in row["latency_ms"].items():
            made.add_row(what, kind, *(str(found[key]) for key in ("count", "p50", "p99", "max")))
            what = ""
    Console(width=140).print(made)


def main() -> None:
    """Run on both engines and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--operations", type=int, default=OPERATIONS, help="of each process")
    asked = parser.parse_args()
    with TemporaryDirectory() as folder:
        show(list(measures(Path(folder), asked.operations)))


if __name__ == "__main__":
    main()
