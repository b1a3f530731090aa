"""Measures of reports: a snapshot filled, country x quarter, every report, the quarterly pack."""

from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any, Final

import duckdb

from benchmarks import market
from benchmarks.measuring import Asked, measure, once, paired, peak_mb, times
from ledger.reporting.report import named, reports
from ledger.reporting.running import Reporting, reporting
from ledger.service.creating import create
from ledger.service.importing import Order, import_files
from ledger.service.packs import adopt
from ledger.snapshot.filling import default_file, fill

RUNS: Final = 5
SECONDS, MEGABYTES, PACK_SECONDS = 10, 2_048, 120

ASKED: Final = {
    "waterfall": ("cap=us-ear/lpp/parent-year",),
    "lots": ("from=2026-07-01", "until=2026-09-30"),
    "late-entries": ("from=2026-07-01", "until=2026-09-30"),
    "duties": ("from=2026Q3", "until=2026Q3"),
}
"""Parameters of reports that would else list every lot there is, or ask for one."""

QUARTERS: Final = {"cap": "house/country-quarter", "from": "2024Q1", "until": "2026Q4"}

BY_HAND: Final = (
    "SELECT destination, year(on_day), quarter(on_day), sum(tpp) FROM kept.position "
    "WHERE kind = 'exported' GROUP BY ALL ORDER BY ALL"
)
"""The same sum as country x quarter headroom, written by hand."""


def measures(folder: Path, _: int, lots: int) -> Iterator[dict[str, Any]]:
    """Fill a ledger with a market of so many lots, then measure what reads it."""
    url = f"sqlite:///{folder}/market.db"
    create(url)
    house = folder / "market.toml"
    house.write_text(market.HOUSE, encoding="utf-8")
    adopt(url, house)
    file = market.write(folder / "market.jsonl", lots)
    import_files(url, Order([file]))
    file.unlink()
    yield from of_ledger(url, lots)


def of_ledger(url: str, lots: int) -> Iterator[dict[str, Any]]:
    """The measures alone, on a ledger that holds a market already."""
    snapshot = default_file(url, "")
    snapshot.unlink(missing_ok=True)
    seconds = once(lambda: fill(url, None, progress=lambda _, __: None))
    yield measure(
        f"fill a snapshot of {lots:,} lots",
        [seconds],
        "sum a column of it by hand",
        [_by_hand(snapshot)],
        rows_a_second=round(lots / seconds),
        snapshot_mb=round(snapshot.stat().st_size / 1e6),
    )
    yield measure(
        f"open the snapshot of {lots:,} lots: views, law, catalogue",
        times(lambda: _opened(url), RUNS),
        "open the file in DuckDB and sum a column by hand",
        times(lambda: _by_hand(snapshot), RUNS),
    )
    with reporting(url) as session:
        report, hand = (
            partial(_country_quarter, session),
            partial(session.shot.engine.execute, BY_HAND),
        )
        report()
        hand()
        mine, raw = paired(report, hand, RUNS)
    ratio = sum(mine) / sum(raw)
    yield measure(
        f"country x quarter headroom, {lots:,} lots, 12 quarters",
        mine,
        "the same sum by hand in DuckDB, on the same open file",
        raw,
        asked=(Asked("at most 1.5 x", ratio, 1.5),),
    )
    yield from _each(url, lots, raw)
    yield _pack(url, lots, raw)


def _opened(url: str) -> None:
    """A snapshot that is up to date, opened as every report does."""
    with reporting(url):
        pass


def _country_quarter(session: Reporting) -> None:
    """The report, with nothing worked out before: its findings, its SQL, its table."""
    found = Reporting(session.shot, session.today).run(named("country-quarter"), QUARTERS)
    if not found.table.height:
        raise RuntimeError("there is nothing to measure")


def _by_hand(snapshot: Path) -> float:
    """The sum alone, the file opened and closed."""

    def summed() -> None:
        with closing(duckdb.connect(str(snapshot), read_only=True)) as raw:
            raw.execute(BY_HAND).fetchall()

    return once(summed)


def _each(url: str, lots: int, raw: list[float]) -> Iterator[dict[str, Any]]:
    """Every report as a command of its own that writes Parquet, and whose memory is taken."""
    out = Path(url.removeprefix("sqlite:///")).with_name("reports")
    for name in reports():
        asked = [part for one in ASKED.get(name, ()) for part in ("--param", one)]
        files = ("--format", "parquet", "--out", str(out))
        command = ("report", name, *asked, *files, "--json", "--ledger", url)
        seconds, megabytes = peak_mb(*command)
        yield measure(
            f"report {name}, {lots:,} lots",
            [seconds],
            "the sum by country and quarter by hand",
            raw,
            asked=(
                Asked(f"at most {SECONDS} s", seconds, SECONDS),
                Asked(f"at most {MEGABYTES:,} MB", megabytes, MEGABYTES),
            ),
            peak_mb=round(megabytes),
        )


def _pack(url: str, lots: int, raw: list[float]) -> dict[str, Any]:
    out = Path(url.removeprefix("sqlite:///")).with_name("pack")
    command = ("report", "quarterly", "2026Q3", "--out", str(out), "--json", "--ledger", url)
    seconds, megabytes = peak_mb(*command)
    return measure(
        f"the quarterly pack, {lots:,} lots",
        [seconds],
        "the sum by country and quarter by hand",
        raw,
        asked=(Asked(f"at most {PACK_SECONDS} s", seconds, PACK_SECONDS),),
        peak_mb=round(megabytes),
    )
