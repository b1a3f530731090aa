"""Restatement: line by line what differs from a pack that was filed, and by which events."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import polars as pl

from ledger.core.breaches import Key
from ledger.core.causes import Causes as CausesOf
from ledger.core.errors import Conflict, InvalidInput
from ledger.core.events import AnyEvent, RecordReversed
from ledger.core.headroom import version_on
from ledger.core.prefix import Prefix
from ledger.reporting.asking import Asked
from ledger.reporting.naming import holder_text
from ledger.reporting.packs import MANIFEST, check_files_of
from ledger.reporting.parameters import Quarter
from ledger.reporting.report import Column, Report
from ledger.reporting.running import Ran, Reporting

COMPARED: Final = ("balances", "lots", "drawdown", "licences", "breaches", "duties")
"""The reports of a pack whose lines are restated; the rest show states as of a head or a day."""

ASIDE: Final = frozenset({"cite", "what", "recorded_at"})
GONE: Final = frozenset({"exported", "domestic"})
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
    manifest, differing = check_files_of(folder)
    if differing:
        raise InvalidInput(
            f"the filed pack is not as it was made: {differing[0]}",
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
    head = session.root_at(int(manifest["as_of"]["size"]))
    if head != manifest["as_of"]["root"]:
        raise Conflict(
            "the filed pack is of a head that this ledger does not have", where="--against"
        )
    return manifest


def restatement(
    folder: Path, manifest: dict[str, Any], ran: Sequence[Ran], session: Reporting, quarter: Quarter
) -> Ran:
    """The differences of a quarter's reports from those that were filed, as a report."""
    since = int(manifest["as_of"]["size"])
    causes = _Causes(session.asked, since, quarter)
    rows: list[Row] = []
    for one in ran:
        file = folder / "tables" / f"{one.report.name}.parquet"
        if one.report.name in COMPARED and file.is_file():
            rows += _differences(one, pl.read_parquet(file), causes)
    table = pl.DataFrame(rows, schema=SCHEMA, orient="row")
    return Ran(REPORT, {"filed_size": since}, table, session.sealed())


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
                _difference(was, is_, line_stood=old is not None and new is not None),
                causes.of(name, line),
            )


def _by_key(table: pl.DataFrame, key: list[str]) -> dict[tuple[str, ...], dict[str, object]]:
    rows = table.iter_rows(named=True)
    return {tuple("" if row[one] is None else str(row[one]) for one in key): row for row in rows}


def _plain(cell: object) -> str:
    return f"{cell:f}".removesuffix(".0") if isinstance(cell, Decimal) else str(cell)


def _difference(was: object, is_: object, *, line_stood: bool) -> Decimal | None:
    """Now less filed; a line that is new or gone counts as nothing on the other side."""
    amounts = [one for one in (was, is_) if one is not None]
    if not amounts or any(isinstance(a, bool) or not isinstance(a, int | Decimal) for a in amounts):
        return None
    if len(amounts) == 1 and line_stood:
        return None  # it had, or has, no figure: that is no amount of nothing
    before, now = (Decimal(0 if one is None else str(one)) for one in (was, is_))
    return now - before


class _Causes:
    """The events since a filed head, by the lines that they can change."""

    def __init__(self, asked: Asked, since: int, quarter: Quarter) -> None:
        self.asked, self.since, self.quarter = asked, since, quarter
        self._rows = asked.shot.engine.execute(
            'SELECT e.event_id, p.lot, p.kind, p.on_day, p.device, p."authorization", p.exporter, '
            "p.end_user, p.destination FROM position AS p JOIN entry AS e ON e.seq = p.seq "
            "WHERE p.seq > ? ORDER BY p.seq, p.place",
            [since],
        ).fetchall()
        self._of_lot: defaultdict[str, list[str]] = defaultdict(list)
        self._of_sums: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
        for event, lot, kind, on, *fields in self._rows:
            self._of_lot[lot].append(event)
            if kind in GONE and quarter.first <= on <= quarter.last:
                self._of_sums[tuple(fields)].append(event)
        self._stated = [one for one in asked.shot.prefix.stated() if one[0] > since]
        self._causes = CausesOf(asked.at, asked.shot.prefix.head.size)

    def of(self, report: str, line: tuple[str, ...]) -> str:
        """The events behind a line, in the order in which they were recorded."""
        match report:
            case "lots":
                found = self._of_lot.get(line[0], [])
            case "drawdown":
                # A line's key is device, authorization, exporter, end user, destination.
                found = self._of_sums.get(line, [])
            case "licences":
                held = (line[0], line[1]) if line[1] else (line[0],)
                found = self._of_key(("us-ear/license/line", held))
            case "balances" | "breaches":
                found = self._of_key((line[0], tuple(line[1].split(" / "))))
            case _:
                found = self._of_duty(line[0])
        named = list(dict.fromkeys(found))
        more = len(named) - MOST_NAMED
        return ", ".join(named[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")

    def _of_key(self, key: Key) -> list[str]:
        """The events whose draws count against a cap for a holder, and the facts that matter."""
        places: dict[str, int] = {}
        if len(key[1]) == len(self.asked.versions(key[0])[0].per):
            places = self.asked.shot.prefix.places(list(self._drawing(key)))
        for place, event in self._stated:
            if self._causes.matters(_about(event, self.asked.shot.prefix), key):
                places[event.id] = place
        new = [(place, event) for event, place in places.items() if place > self.since]
        return [event for _, event in sorted(new)]

    def _drawing(self, key: Key) -> Iterator[str]:
        """The events of every draw of a cap for a holder, as any stretch of days reads it."""
        view = self.asked.view
        for start in view.starts(key):
            reading = view.reading(key, start)
            cap = None if reading is None else version_on(reading.versions, start)
            if reading is not None and cap is not None:
                own = view.versions(key[0])[0] if cap.of_licence_line else cap
                yield from (one for one, _ in reading.tally.dated(own, key[1], reading.unit_tpp))
        yield from (one.id for one in self.asked.shot.prefix.usage(*key))

    def _of_duty(self, duty_id: str) -> list[str]:
        """That a duty was done, and what happened to the lot that brings it about."""
        done = [one.id for one in self.asked.shot.prefix.duties_done() if one.duty == duty_id]
        places = self.asked.shot.prefix.places(done)
        found = [one for one in done if places[one] > self.since]
        return [*found, *self._of_lot.get(duty_id.partition("@")[2], [])]


def _about(event: AnyEvent, prefix: Prefix) -> AnyEvent:
    """An event, or what it takes back."""
    target = prefix.find(event.target) if isinstance(event, RecordReversed) else None
    return event if target is None else target
