"""Measures of the store: import, check, reserve, verify, rebuild, at a small and a large size."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from itertools import count, islice, repeat
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from benchmarks import baselines, lots
from benchmarks.measuring import RUNS, Asked, measure, p99, paired, peak_mb, process, times
from ledger.service.creating import create
from ledger.service.desk import Desk
from ledger.service.importing import Order, import_files
from ledger.service.packs import adopt
from ledger.service.reserving import reserve_in
from ledger.service.shell import signature
from ledger.store.ledger import Ledger
from ledger.store.rebuilding import rebuild
from ledger.store.verification import unseen, verify, verify_log

RESERVATIONS = 1_000
WARM = 200
THREADS = 32
PROOF_RUNS = 3
MEGABYTES = 500

CHECK = (
    *("-m", "ledger.cli", "check", "--device=nvidia-h100-sxm", "--quantity=50", "--json"),
    *("--destination=BR", "--ultimate-consignee=party-0", "--exporter=exporter"),
    "--on=2026-09-01",
)


def measures(folder: Path, small: int, large: int) -> Iterator[dict[str, Any]]:
    """Every measure, first of the small ledger and then of the large one that grows from it."""
    file = folder / "bench.db"
    url = f"sqlite:///{file}"
    begin(url, folder)
    grow(url, folder, 0, small)
    at_small = list(reservations(url, folder, small, {}))
    yield from at_small
    yield at_a_desk(url, folder, small)
    yield checks(url, small)
    yield grow(url, folder, small, large)
    before = {row["lots"]: row["seconds"]["median"] for row in at_small}
    yield from reservations(url, folder, large, before)
    yield checks(url, large)
    yield from proofs(url, file, large)


def begin(url: str, folder: Path) -> None:
    """A new ledger with its parties and the house's caps."""
    create(url)
    import_files(url, Order([lots.write_lines(folder / "parties.jsonl", lots.parties())]))
    (folder / "house.toml").write_text(lots.HOUSE, encoding="utf-8")
    adopt(url, folder / "house.toml")


def grow(url: str, folder: Path, first: int, until: int) -> dict[str, Any]:
    """Import lots by the command line, as a process of its own whose memory is taken."""
    many = until - first
    file = lots.write_lines(folder / "lots.jsonl", lots.lots(first, until))
    seconds, megabytes = peak_mb("import", str(file), "--ledger", url)
    raw = baselines.raw_inserts(folder / f"raw-{until}.db", many)
    file.unlink()
    return measure(
        f"import {many:,} lots: parse, check, hash, positions, totals",
        [seconds],
        f"executemany of an entry's columns, {baselines.PER_COMMIT:,} a commit",
        [raw],
        asked=(
            Asked("at least 0.1 of the raw rate", seconds / raw, 10),
            Asked("at least 20,000 events/s", seconds / many, 1 / 20_000),
            Asked(f"at most {MEGABYTES} MB", megabytes, MEGABYTES),
        ),
        events_a_second=round(many / seconds),
        peak_mb=round(megabytes),
    )


def reservations(
    url: str, folder: Path, size: int, before: Mapping[str, float]
) -> Iterator[dict[str, Any]]:
    """Reserve against four caps, durable, one a commit: lots of many facts, and lots alike."""
    ledger = Ledger.open(url)
    for what, numbers in (
        ("lots of new facts", count(size * 10)),
        ("lots like one before", repeat(len(before))),  # of another party each time
    ):
        raw = baselines.raw_commits(folder / f"commits-{size}-{what}.db")
        asked = [lots.request(number) for number in islice(numbers, WARM + RESERVATIONS)]
        reserve = _reserving(ledger, iter(asked))
        paired(reserve, raw, WARM)
        seconds, commits = paired(reserve, raw, RESERVATIONS)
        known = before.get(what)
        flat = known and Asked("at most 1.5 x of the small ledger", median(seconds) / known, 1.5)
        yield measure(
            f"reserve against 4 caps, durable, one a commit, {what}, {size:,} lots",
            seconds,
            "durable commit of one row",
            commits,
            asked=(
                Asked("at least 0.25 of the raw rate", sum(seconds) / sum(commits), 4),
                Asked("p99 at most 10 ms", p99(seconds), 0.010),
                *([flat] if flat else []),
            ),
            p99_ms=round(p99(seconds) * 1000, 2),
            a_second=round(RESERVATIONS / sum(seconds)),
            lots=what,
        )
    ledger.close()


def _reserving(ledger: Ledger, requests: Iterator[Mapping[str, object]]) -> Callable[[], None]:
    """Place the next reservation, each time it is called."""

    def one() -> None:
        with ledger.writing() as writer:
            mark = signature("api", actor="bench")
            made = reserve_in(writer, mark, next(requests))
        if made.appended is None or made.answer is None:
            msg = f"a reservation was refused: {made.as_data()['decision']['reasons']}"
            raise RuntimeError(msg)

    return one


def at_a_desk(url: str, folder: Path, size: int) -> dict[str, Any]:
    """Reserve from many threads of one process, whose requests share commits."""
    raw = times(baselines.raw_commits(folder / "commits-desk.db"), RESERVATIONS)
    with Desk(url, actor="bench") as desk, ThreadPoolExecutor(THREADS) as pool:

        def one(_: int) -> None:
            desk.record(lambda writer, mark: reserve_in(writer, mark, lots.request(3)))

        one(0)
        heads = _heads(url)
        began = perf_counter()
        list(pool.map(one, range(RESERVATIONS)))
        each = (perf_counter() - began) / RESERVATIONS
        commits = _heads(url) - heads
    return measure(
        f"reserve from {THREADS} threads at a desk, lots alike, {size:,} lots",
        [each],
        "durable commit of one row",
        raw,
        a_second=round(1 / each),
        requests_a_commit=round(RESERVATIONS / commits, 1),
    )


def _heads(url: str) -> int:
    """How many commits a ledger has."""
    with closing(Ledger.open(url)) as ledger:
        return int(ledger.connection.execute("SELECT count(*) FROM head").fetchone()[0])


def checks(url: str, size: int) -> dict[str, Any]:
    """A check as somebody types it: the whole process."""
    seconds, bare = paired(
        lambda: process(*CHECK, "--ledger", url), lambda: process("-c", "pass"), RUNS
    )
    return measure(
        f"check from the shell, {size:,} lots",
        seconds,
        "python -c pass",
        bare,
        asked=(Asked("under 0.6 s", median(seconds), 0.6),),
    )


def proofs(url: str, file: Path, size: int) -> Iterator[dict[str, Any]]:
    """Verify and rebuild."""
    ledger = Ledger.open(url)

    def log() -> None:
        ledger.connection.begin_reading()
        verify_log(ledger.connection, progress=unseen)
        ledger.connection.roll_back()

    alone, hashed = paired(log, lambda: baselines.read_and_hash(file), PROOF_RUNS)
    ratio = median(alone) / median(hashed)
    yield measure(
        f"verify the log of {size:,} lots: hashes, tree, heads",
        alone,
        "read the rows, SHA-256 of each body",
        hashed,
        asked=(Asked("at most 2 x", ratio, 2),),
    )
    decode = partial(baselines.read_and_decode, file)
    whole, decoded = paired(lambda: verify(ledger), decode, 1)
    yield measure(
        f"verify {size:,} lots whole: the log, then every derived row",
        whole,
        "read the rows, decode their JSON",
        decoded,
    )
    again, decoded = paired(lambda: rebuild(ledger), decode, PROOF_RUNS)
    ledger.close()
    _, megabytes = peak_mb("rebuild", "--ledger", url)
    _, verifying = peak_mb("verify", "--ledger", url)
    yield measure(
        f"rebuild the derived tables of {size:,} lots",
        again,
        "read the rows, decode their JSON",
        decoded,
        asked=(
            Asked("at most 3 x", median(again) / median(decoded), 3),
            Asked(f"rebuild in at most {MEGABYTES} MB", megabytes, MEGABYTES),
            Asked(f"verify in at most {MEGABYTES} MB", verifying, MEGABYTES),
        ),
        rebuild_peak_mb=round(megabytes),
        verify_peak_mb=round(verifying),
    )
