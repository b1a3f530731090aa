"""Reports on a scenario: run on a copy of the ledger in which the hypotheses are recorded.

The copy is made in a folder that is thrown away; the ledger itself is only read. What is recorded
there bears the time of the ledger's last entry, so that the same scenario gives the same report.
"""

import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final
from zoneinfo import ZoneInfo

import polars as pl

from ledger.core.errors import Conflict, InvalidInput
from ledger.core.scenario import ReportAsked
from ledger.reporting.report import named
from ledger.reporting.running import Ran, Reporting, zone_of
from ledger.service.recording import record
from ledger.snapshot.filling import fill
from ledger.snapshot.opening import snapshot
from ledger.store.copying import copy
from ledger.store.ledger import Ledger
from ledger.store.writer import Signature
from ledger.whatif.answering import Reports
from ledger.whatif.tables import Column, Kind, Table
from ledger.whatif.worlds import World

BASE: Final = "base"
BESIDE: Final = frozenset({"cite", "note"})
"""Columns that say where a row stands, which a change of the law changes by itself."""


class _Copies:
    """The ledger copied once, and once more for each scenario that a report is asked of."""

    def __init__(self, url: str, folder: Path, own: Path | None) -> None:
        """Copy nothing yet; `own` is a folder with reports of the user's own."""
        self._url, self._folder, self._own = url, folder, own
        self._made: dict[str, Path] = {}

    def run(self, world: World, question: ReportAsked) -> Table:
        """Run a report on a world."""
        report = named(question.report, self._own)
        given = {name: str(value) for name, value in question.parameters.items()}
        file = self._of(world)
        url, shot = f"sqlite:///{file}", file.with_suffix(".duckdb")
        with snapshot(url, shot, progress=_unseen) as found:
            today = datetime.fromisoformat(_last_recorded(world))
            zone = ZoneInfo(found.prefix.time_zone)
            legal = today.astimezone(zone).date()
            told = today.astimezone(ZoneInfo(zone_of(found.prefix, legal))).date()
            return _table(Reporting(found, told).run(report, given))

    def _of(self, world: World) -> Path:
        """The copy of a world, with its snapshot beside it."""
        if world.digest not in self._made:
            base = self._base(world)
            file = self._folder / f"{world.digest}.db"
            shutil.copyfile(base, file)
            shutil.copyfile(base.with_suffix(".duckdb"), file.with_suffix(".duckdb"))
            _record(world, f"sqlite:///{file}")
            self._made[world.digest] = file
        return self._made[world.digest]

    def _base(self, world: World) -> Path:
        if BASE not in self._made:
            head = world.prefix.head
            if world.ground.ledger.head() != head:
                raise InvalidInput(
                    f"reports run on the latest head, not on {head.size}",
                    where="base.head",
                    cure='write head = "latest", or copy the ledger as it was and ask that one',
                )
            file = self._folder / "base.db"
            copied = copy(self._url, f"sqlite:///{file}", progress=_unseen)
            if copied.head != head:
                raise Conflict(
                    "the ledger has grown while it was asked",
                    where="report",
                    cure="run it again",
                )
            with closing(Ledger.open(f"sqlite:///{file}")) as ledger:
                ledger.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            fill(f"sqlite:///{file}", file.with_suffix(".duckdb"), progress=_unseen)
            self._made[BASE] = file
        return self._made[BASE]


@contextmanager
def reports(url: str, own: Path | None = None) -> Iterator[Reports]:
    """What runs reports on scenarios of the ledger at a URL, as long as the block lasts."""
    with TemporaryDirectory(prefix="chipledger-what-if-") as folder:
        yield _Copies(url, Path(folder), own).run


def _record(world: World, url: str) -> None:
    """Record what a world supposes in its copy of the ledger."""
    mark = Signature(actor="what-if", via="api", recorded_at=_last_recorded(world))
    with closing(Ledger.open(url)) as ledger:
        with ledger.writing() as writer:
            for event in world.own:
                record(writer, event, mark)
        ledger.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _last_recorded(world: World) -> str:
    return world.ground.sizes.entry(world.prefix.head.size).envelope.recorded_at


def _table(ran: Ran) -> Table:
    """A report's table; its texts and days are what a row is about, its citations apart."""
    frame = ran.table
    figures = [dtype.is_numeric() for dtype in frame.dtypes]
    beside = [name in BESIDE for name in frame.columns]
    order = sorted(range(frame.width), key=lambda place: figures[place] or beside[place])
    columns = tuple(
        Column(
            frame.columns[place],
            _kind(frame.dtypes[place], numeric=figures[place]),
            compared=not beside[place],
        )
        for place in order
    )
    rows = tuple(tuple(_cell(row[place]) for place in order) for row in frame.iter_rows())
    keys = sum(not (one or other) for one, other in zip(figures, beside, strict=True))
    return Table(columns, keys, rows)


def _cell(value: Any) -> Any:  # noqa: ANN401 -- any cell of a report
    """A cell as answers have it: times and lists are texts."""
    return str(value) if isinstance(value, datetime | list) else value


def _kind(dtype: pl.DataType, *, numeric: bool) -> Kind:
    if isinstance(dtype, pl.Decimal):
        return "tpp"
    if numeric:
        return "units"
    return "day" if dtype == pl.Date else "text"


def _unseen(_: int, __: int) -> None:
    """Nobody watches."""
