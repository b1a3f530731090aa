"""Measures of the store: import, check, reserve, verify, rebuild, at a small and a large size."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks import baselines, lots
from benchmarks.measuring import Asked, measure, once, p99, peak_mb, process, times
from ledger.service.creating import create
from ledger.service.importing import Order, import_files
from ledger.service.packs import adopt
from ledger.service.reserving import reserve_in
from ledger.service.shell import signature
from ledger.store.ledger import Ledger
from ledger.store.rebuilding import rebuild
from ledger.store.verification import unseen, verify, verify_log

RESERVATIONS = 2_000
WARM = 200
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
    at_small = list(reservations(url, folder, small, ()))
    yield from at_small
    yield checks(url, small)
    yield grow(url, folder, small, large)
    median_at_small = at_small[0]["seconds"]["median"]
    yield from reservations(url, folder, large, (median_at_small,))
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
    count = until - first
    file = lots.write_lines(folder / "lots.jsonl", lots.lots(first, until))
    seconds, megabytes = peak_mb("-m", "ledger.cli", "import", str(file), "--ledger", url)
    raw = baselines.raw_inserts(folder / f"raw-{until}.db", count)
    file.unlink()
    return measure(
        f"import {count:,} lots: parse, check, hash, positions, totals",
        [seconds],
        f"executemany of an entry's columns, {baselines.PER_COMMIT:,} a commit",
        [raw],
        asked=(
            Asked("at least 0.1 of the raw rate", seconds / raw, 10),
            Asked("at least 20,000 events/s", seconds / count, 1 / 20_000),
            Asked(f"at most {MEGABYTES} MB", megabytes, MEGABYTES),
        ),
        events_a_second=round(count / seconds),
        peak_mb=round(megabytes),
    )


def reservations(
    url: str, folder: Path, size: int, before: tuple[float, ...]
) -> Iterator[dict[str, Any]]:
    """Reserve against four caps, durable, one a commit."""
    ledger = Ledger.open(url)

    def one(number: int) -> None:
        with ledger.writing() as writer:
            made = reserve_in(writer, signature("api", actor="bench"), lots.request(number))
        if made.appended is None or made.answer is None:
            msg = f"the reservation was refused: {made.answer}"
            raise RuntimeError(msg)

    first = size * 10
    for number in range(WARM):
        one(first + number)
    seconds = [once(lambda n=n: one(first + n)) for n in range(WARM, WARM + RESERVATIONS)]  # type: ignore[misc]  # as in baselines
    raw = baselines.raw_commits(folder / f"commits-{size}.db", RESERVATIONS)
    ledger.close()
    middle = sorted(seconds)[RESERVATIONS // 2]
    flat = [Asked("at most 1.5 x of the small ledger", middle / known, 1.5) for known in before]
    yield measure(
        f"reserve against 4 caps, durable, one a commit, {size:,} lots",
        seconds,
        "durable commit of one row",
        raw,
        asked=(
            Asked("at least 0.25 of the raw rate", sum(seconds) / sum(raw), 4),
            Asked("p99 at most 10 ms", p99(seconds), 0.010),
            *flat,
        ),
        p99_ms=round(p99(seconds) * 1000, 2),
        a_second=round(RESERVATIONS / sum(seconds)),
    )


def checks(url: str, size: int) -> dict[str, Any]:
    """A check as somebody types it: the whole process."""
    seconds = times(lambda: process(*CHECK, "--ledger", url))
    middle = sorted(seconds)[len(seconds) // 2]
    return measure(
        f"check from the shell, {size:,} lots",
        seconds,
        "python -c pass",
        times(lambda: process("-c", "pass")),
        asked=(Asked("under 0.6 s", middle, 0.6),),
    )


def proofs(url: str, file: Path, size: int) -> Iterator[dict[str, Any]]:
    """Verify and rebuild."""
    ledger = Ledger.open(url)

    def log() -> None:
        ledger.connection.begin_reading()
        verify_log(ledger.connection, progress=unseen)
        ledger.connection.roll_back()

    hashed = times(lambda: baselines.read_and_hash(file), runs=3)
    alone = times(log, runs=3)
    ratio = sorted(alone)[1] / sorted(hashed)[1]
    yield measure(
        f"verify the log of {size:,} lots: hashes, tree, heads",
        alone,
        "read the rows, SHA-256 of each body",
        hashed,
        asked=(Asked("at most 2 x", ratio, 2),),
    )
    whole = [once(lambda: verify(ledger))]
    decoded = times(lambda: baselines.read_and_decode(file), runs=3)
    yield measure(
        f"verify {size:,} lots whole: the log, then every derived row",
        whole,
        "read the rows, decode their JSON",
        decoded,
    )
    again = [once(lambda: rebuild(ledger))]
    ledger.close()
    _, megabytes = peak_mb("-m", "ledger.cli", "rebuild", "--ledger", url)
    _, verifying = peak_mb("-m", "ledger.cli", "verify", "--ledger", url)
    yield measure(
        f"rebuild the derived tables of {size:,} lots",
        again,
        "read the rows, decode their JSON",
        decoded,
        asked=(
            Asked("at most 3 x", again[0] / sorted(decoded)[1], 3),
            Asked(f"rebuild in at most {MEGABYTES} MB", megabytes, MEGABYTES),
            Asked(f"verify in at most {MEGABYTES} MB", verifying, MEGABYTES),
        ),
        peak_mb=round(max(megabytes, verifying)),
    )
