"""Running: a report's sources filled, its SQL run on the snapshot, its table brought out."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

import duckdb

from ledger.core.errors import InvalidInput
from ledger.core.settings import OF_THE_LEDGER, QUARTERS, ZONE, setting
from ledger.reporting.asking import Asked
from ledger.reporting.parameters import Given, bound, resolved
from ledger.reporting.report import Report
from ledger.reporting.sources import SOURCES, filled
from ledger.snapshot.opening import Snapshot, root_at, snapshot
from ledger.snapshot.prefix import SnapshotPrefix
from ledger.store.as_of import AsOf

if TYPE_CHECKING:
    import polars as pl

RESULT: Final = "report_result"

ROWS_AT_ONCE: Final = 20_000
"""Rows that are told to programs at a time."""

QUARTER_OF: Final = (
    "CREATE OR REPLACE TEMP MACRO quarter_of(on_day) AS "
    "year(on_day - INTERVAL {months} MONTH) || 'Q' || quarter(on_day - INTERVAL {months} MONTH)"
)
"""The quarter that a day is in, as people write it."""

TPP: Final = (
    "CREATE OR REPLACE TEMP MACRO tpp(tenths) AS "
    "CAST(tenths AS DECIMAL(37, 0)) * CAST('0.1' AS DECIMAL(2, 1))"
)
"""TPP as an exact decimal from whole tenths."""


@dataclass(frozen=True, slots=True)
class Ran:
    """A report that was run: its table, the values it was run for, and what it was made from."""

    report: Report
    values: Mapping[str, Given]
    table: "pl.DataFrame"
    sealed: dict[str, Any]

    def totals(self) -> list[int | Decimal | None]:
        """The exact sums of the columns that a report says are worth summing, None for others."""
        summed = self.report.totals if self.table.height else ()
        return [
            sum(self.table[one.name].drop_nulls().to_list()) if one.name in summed else None
            for one in self.report.columns
        ]

    def about(self) -> dict[str, Any]:
        """What makes the table reproducible."""
        return {
            "report": self.report.name,
            "title": self.report.title,
            "question": self.report.question,
            "parameters": {
                name: None if value is None else str(value) for name, value in self.values.items()
            },
            **self.sealed,
        }

    def head(self) -> dict[str, Any]:
        """What a report for programs begins with: what it is, its columns, its totals."""
        columns = [
            {"name": one.name, "unit": one.unit, "meaning": one.meaning}
            for one in self.report.columns
        ]
        totals = {
            one.name: _plain(total)
            for one, total in zip(self.report.columns, self.totals(), strict=True)
            if total is not None
        }
        return {**self.about(), "columns": columns, "totals": totals}

    def plain_rows(self) -> Iterator[tuple[object, ...]]:
        """The rows for programs: amounts of TPP and days are texts, as everywhere."""
        for some in self.table.iter_slices(ROWS_AT_ONCE):
            yield from zip(*(_plain_column(cells) for cells in some.iter_columns()), strict=True)


def _plain(cell: object) -> object:
    return cell if cell is None or isinstance(cell, bool | int | str | list) else str(cell)


def _plain_column(cells: "pl.Series") -> list[Any]:
    import polars as pl

    if isinstance(cells.dtype, pl.Decimal) or cells.dtype == pl.Date:
        cells = cells.cast(pl.String)
    return [_plain(cell) for cell in cells] if cells.dtype.is_temporal() else cells.to_list()


def zone_of(prefix: SnapshotPrefix, on: date) -> str:
    """The zone in which reports of a day are told."""
    named = setting(ZONE, on, prefix)
    return prefix.time_zone if named == OF_THE_LEDGER else named


class Reporting:
    """An open snapshot on which reports are run; what one needs is kept for the next."""

    def __init__(
        self, shot: Snapshot, today: date, root_at: Callable[[int], str | None] | None = None
    ) -> None:
        """Begin with nothing filled; `root_at` tells the ledger's root at an earlier size."""
        self.shot = shot
        self.root_at = root_at or (lambda _: None)
        self._filled: dict[str, tuple[Given, ...]] = {}
        shot.engine.execute(TPP)
        self.on(today)

    def on(self, today: date) -> None:
        """Ask as on a day: its settings say where quarters begin and which zone's days count."""
        prefix = self.shot.prefix
        self.today, self.asked = today, Asked(self.shot, today)
        self.time_zone = zone_of(prefix, today)
        self.begins_in = int(setting(QUARTERS, today, prefix))
        self._filled.clear()
        self.shot.engine.execute(f"SET VARIABLE reporting_zone = '{self.time_zone}'")
        self.shot.engine.execute(QUARTER_OF.format(months=self.begins_in - 1))

    def sealed(self) -> dict[str, Any]:
        """What every report names: head, law and lists, and the zone and quarters of its days."""
        own = {"reporting_time_zone": self.time_zone, "quarters_begin_in": self.begins_in}
        return {**self.shot.sealed(), **own}

    def run(self, report: Report, given: Mapping[str, str]) -> Ran:
        """Run a report for parameters as texts; raises `InvalidInput` or `NotFound`."""
        values = resolved(report.parameters, given, self.today, self.begins_in)
        return self.run_for(report, values)

    def run_for(self, report: Report, values: Mapping[str, Given]) -> Ran:
        """The same for values."""
        for need in report.needs:
            self._fill(
                need.source,
                tuple(self._argument(report, one, values) for one in need.arguments),
                report,
            )
        engine = self.shot.engine
        try:
            engine.execute(
                f"CREATE OR REPLACE TEMP TABLE {RESULT} AS {report.sql}", bound(values, report.sql)
            )
            table = engine.frame(RESULT)
        except duckdb.Error as failed:
            raise InvalidInput(
                f"its SQL can't be run ({str(failed).splitlines()[0]})",
                where=str(report.file),
                cure="docs/reports.md says what a report may read",
            ) from failed
        said = [one.name for one in report.columns]
        if table.columns != said:
            raise InvalidInput(
                f"its header names the columns {', '.join(said)}, its SQL gives "
                f"{', '.join(table.columns)}",
                where=str(report.file),
                cure="make them alike, in the same order",
            )
        return Ran(report, values, table, self.sealed())

    def _fill(self, name: str, arguments: tuple[Given, ...], report: Report) -> None:
        if name not in SOURCES:
            raise InvalidInput(
                f"it needs '{name}', which nothing fills",
                where=str(report.file),
                cure=f"use one of {', '.join(SOURCES)}",
            )
        if self._filled.get(name) != arguments:
            filled(SOURCES[name], name, self.asked, arguments)
            self._filled[name] = arguments

    def _argument(self, report: Report, name: str, values: Mapping[str, Given]) -> Given:
        if name.startswith("'"):
            return name.strip("'")
        if name not in values:
            raise InvalidInput(
                f"it needs a source for '{name}', which is none of its parameters",
                where=str(report.file),
                cure="name a parameter of the report",
            )
        return values[name]


@contextmanager
def reporting(
    url: str,
    file: Path | None = None,
    *,
    as_of: AsOf | None = None,
    progress: Any = None,  # noqa: ANN401 -- told how much is done, and of how much
) -> Iterator[Reporting]:
    """Reports on a ledger's head, or on an earlier one; today is that of the ledger's own zone."""
    with snapshot(url, file, as_of=as_of, progress=progress or _unseen) as shot:
        legal = datetime.now(ZoneInfo(shot.prefix.time_zone))
        today = legal.astimezone(ZoneInfo(zone_of(shot.prefix, legal.date()))).date()
        yield Reporting(shot, today, partial(root_at, url))


def _unseen(_: int, __: int) -> None:
    """Nobody watches."""
