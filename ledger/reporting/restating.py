"""Restatement: line by line what differs from a pack that was filed, and by which events."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import polars as pl

from ledger.core.errors import Conflict, InvalidInput
from ledger.core.holders import holders_of
from ledger.core.prefix import STATED
from ledger.reporting.asking import Asked
from ledger.reporting.packs import MANIFEST, read_manifest
from ledger.reporting.parameters import Quarter
from ledger.reporting.report import Column, Report
from ledger.reporting.running import Ran, Reporting
from ledger.reporting.sources import holder_text
from ledger.reporting.verifying import check_files
from ledger.store.cells import movement

COMPARED: Final = ("balances", "lots", "drawdown", "licences", "breaches", "duties")
"""The reports of a pack whose lines are restated; the rest show states as of a head or a day."""

ASIDE: Final = frozenset({"cite", "what", "recorded_at"})
MOST_NAMED: Final = 12
"""Events that one line names before it says how many more there are."""

COLUMNS: Final = (
    Column("report", None, "the report that differs"),
    Column("line", None, "its line, by the key of the report"),
    Column("column", None, "what differs"),
    Column("filed", None, "as it was filed; empty where the line is new"),
    Column("now", None, "as it is now; empty where the line is gone"),
    Column("difference", "TPP or units", "now less filed, where both are amounts"),
    Column("events", None, "the events recorded since that make the difference"),
)
SCHEMA: Final[dict[str, pl.DataType | type[pl.DataType]]] = {
    "report": pl.String,
    "line": pl.String,
    "column": pl.String,
    "filed": pl.String,
    "now": pl.String,
    "difference": pl.Decimal(38, 1),
    "events": pl.String,
}

REPORT: Final = Report(
    name="restatement",
    file=Path("restatement"),
    title="Restatement",
    question="What differs from the pack that was filed, and by which events?",
    parameters=(),
    needs=(),
    columns=COLUMNS,
    key=("report", "line", "column"),
    totals=(),
    sql="",
)

Row = tuple[object, ...]


def filed(folder: Path, quarter: Quarter, session: Reporting) -> dict[str, Any]:
    """The manifest of the filed pack; raises `InvalidInput` or `Conflict` where it is of no use."""
    manifest = read_manifest(folder)
    checked = check_files(folder)
    if not checked.equal:
        raise InvalidInput(
            f"the filed pack is not as it was made: {checked.differences[0]}",
            where="--against",
            cure="name an unchanged copy of it",
        )
    if manifest["quarter"] != str(quarter):
        raise InvalidInput(
            f"the filed pack is of {manifest['quarter']}, not of {quarter}", where="--against"
        )
    if manifest["ledger"] != session.shot.ledger:
        raise Conflict("the filed pack is of another ledger", where="--against")
    if manifest["as_of"]["size"] > session.shot.prefix.head.size:
        raise Conflict("the filed pack is of a later head", where="--against")
    return manifest


def restatement(
    folder: Path, manifest: dict[str, Any], ran: Sequence[Ran], session: Reporting, quarter: Quarter
) -> Ran:
    """The differences of a quarter's reports from those that were filed, as a report."""
    since = int(manifest["as_of"]["size"])
    causes = _Causes(session.asked, since, quarter.last)
    rows: list[Row] = []
    for one in ran:
        file = folder / "tables" / f"{one.report.name}.parquet"
        if one.report.name in COMPARED and file.is_file():
            rows += _differences(one, pl.read_parquet(file), causes)
    table = pl.DataFrame(rows, schema=SCHEMA, orient="row")
    return Ran(REPORT, {"filed_size": since}, table, session.shot.sealed())


def reference(folder: Path, manifest: dict[str, Any]) -> dict[str, Any]:
    """How a pack names the one that it restates."""
    return {
        "manifest": sha256((folder / MANIFEST).read_bytes()).hexdigest(),
        "as_of": manifest["as_of"],
        "made_on": manifest["made_on"],
    }


def _differences(now: Ran, before: pl.DataFrame, causes: "_Causes") -> Iterator[Row]:
    """The cells in which two tables differ, by the rows' keys."""
    name, key = now.report.name, list(now.report.key)
    filed_rows, now_rows = _by_key(before, key), _by_key(now.table, key)
    for line in sorted({*filed_rows, *now_rows}):
        old, new = filed_rows.get(line), now_rows.get(line)
        for column in now.table.columns:
            was = None if old is None else old.get(column)
            is_ = None if new is None else new.get(column)
            if was == is_ or column in ASIDE or column in key:
                continue
            yield (
                name,
                holder_text(line),
                column,
                None if was is None else _plain(was),
                None if is_ is None else _plain(is_),
                _difference(was, is_),
                causes.of(name, line),
            )


def _by_key(table: pl.DataFrame, key: list[str]) -> dict[tuple[str, ...], dict[str, object]]:
    rows = table.iter_rows(named=True)
    return {tuple("" if row[one] is None else str(row[one]) for one in key): row for row in rows}


def _plain(cell: object) -> str:
    return f"{cell:f}".removesuffix(".0") if isinstance(cell, Decimal) else str(cell)


def _difference(was: object, is_: object) -> Decimal | None:
    """Now less filed; a line that is new or gone counts as nothing on the other side."""
    amounts = [one for one in (was, is_) if one is not None]
    if not amounts or any(isinstance(a, bool) or not isinstance(a, int | Decimal) for a in amounts):
        return None
    before, now = (Decimal(0 if one is None else str(one)) for one in (was, is_))
    return now - before


class _Causes:
    """The events since a filed head, by what they can change."""

    def __init__(self, asked: Asked, since: int, last: date) -> None:
        self.asked, self.since, self.last = asked, since, last
        self._of_lot: defaultdict[str, list[str]] = defaultdict(list)
        self._of_cap: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
        self._of_draw: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
        self._read()
        kinds = [*STATED, "record.reversed", "duty.done"]
        self._stated = [
            row[0]
            for row in asked.shot.engine.execute(
                "SELECT event_id FROM entry WHERE seq > $since AND kind IN (SELECT unnest($kinds)) "
                "ORDER BY seq",
                {"since": since, "kinds": kinds},
            )
        ]

    def _read(self) -> None:
        """What each new movement can change: its lot, the caps of its holders, its sums."""
        prefix, law = self.asked.shot.prefix, self.asked.law
        caps = {(cap.id, cap.per): cap for cap in law.caps}
        rows = self.asked.shot.engine.execute(
            "SELECT e.event_id, p.seq, p.place, p.on_day, p.kind, p.device, p.party, "
            'p.destination, p.units, p.tpp, p.lot, p."authorization", p.end_user, p.exporter, '
            "p.line FROM position AS p JOIN entry AS e ON e.seq = p.seq "
            "WHERE p.seq > ? AND p.on_day <= ? ORDER BY p.seq, p.place",
            [self.since, self.last],
        )
        for event, *row in rows:
            one = movement(tuple(row))
            _named(self._of_lot[one.lot], event)
            fields = (one.device, one.authorization, one.exporter, one.end_user, one.destination)
            _named(self._of_draw[fields], event)
            for cap in caps.values():
                for holder in holders_of(cap, one, prefix):
                    _named(self._of_cap[cap.id, holder_text(holder)], event)

    def of(self, report: str, line: tuple[str, ...]) -> str:
        """The events behind a line; where no movement is, all that state facts or take one back."""
        found: list[str] = []
        if report == "lots":
            found = self._of_lot.get(line[0], [])
        elif report == "drawdown":
            found = self._of_draw.get(line, [])
        elif report in ("balances", "breaches"):
            found = self._of_cap.get((line[0], line[1]), [])
        found = found or self._stated
        more = len(found) - MOST_NAMED
        return ", ".join(found[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _named(events: list[str], event: str) -> None:
    """Note an event once."""
    if not events or events[-1] != event:
        events.append(event)
