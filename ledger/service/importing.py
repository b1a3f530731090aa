"""Importing files: each row goes in whole or is rejected with its faults, and all are counted."""

import gc
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Final

from ledger.core.errors import InvalidInput
from ledger.core.plain_lots import PlainLot
from ledger.core.prefix import Head
from ledger.intake.column_map import read_map
from ledger.intake.rejects import Rejects, rejects_file
from ledger.intake.rows import Facts, Rejected, Row, Skipped
from ledger.intake.sources import SourceFile, is_table, open_source
from ledger.service.placing import Placed, place, place_plain
from ledger.service.recording import expire_overdue
from ledger.service.shell import signature
from ledger.store.connection import batches
from ledger.store.ledger import Ledger
from ledger.store.writer import Writer

COLLECTED_AFTER: Final = 200_000
"""Objects made before Python looks for cyclic garbage among them."""

ROWS_A_COMMIT: Final = 10_000
"""What a crash can cost: these rows, read and written in a third of a second, are imported again.

The more rows share a commit, the fewer pages are written twice: with a thousand an import takes two
thirds longer. Another writer gets its turn while the next ones are read.
"""

ROWS_AT_ONCE: Final = 1_000
"""Rows whose ids are looked up together, and after which progress is told."""

HELD_BACK: Final = "held back: another row was rejected (--atomic)"

Progress = Callable[[int, int], None]
"""Told how far the files are read, and how far that is in all."""


@dataclass(slots=True)
class Import:
    """What became of every source row: rows = appended + already present + skipped + rejected."""

    rows: int = 0
    appended: int = 0
    already_present: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    rejected: Counter[str] = field(default_factory=Counter)
    events: int = 0
    excess_units: int = 0
    unreserved_units: int = 0
    rejects_file: str | None = None
    dry_run: bool = False
    head: Head | None = None

    def place(self, placed: Placed) -> None:
        """Count a row that went in, or stood there already."""
        if placed.events:
            self.appended += 1
        else:
            self.already_present += 1
        self.events += placed.events
        self.excess_units += placed.excess_units
        self.unreserved_units += placed.unreserved_units

    def hold_back(self) -> None:
        """Count what would have gone in as skipped: nothing was written."""
        if self.appended:
            self.skipped[HELD_BACK] += self.appended
        self.appended = self.events = self.excess_units = self.unreserved_units = 0

    def as_data(self) -> dict[str, Any]:
        """The summary for programs, counted in source rows."""
        return {
            "rows": self.rows,
            "appended": self.appended,
            "already_present": self.already_present,
            "skipped": self.skipped.total(),
            "rejected": self.rejected.total(),
            "rejects_file": self.rejects_file,
            "by_reason": {"skipped": dict(self.skipped), "rejected": dict(self.rejected)},
            "events": self.events,
            "excess_units": self.excess_units,
            "unreserved_units": self.unreserved_units,
            "dry_run": self.dry_run,
            "head": None if self.head is None else {"size": self.head.size, "root": self.head.root},
        }


@dataclass(frozen=True, slots=True)
class Order:
    """What to import and how; `commit_every` so many rows."""

    files: Sequence[Path]
    column_map: Path | None = None
    dry_run: bool = False
    atomic: bool = False
    rejects: Path | None = None
    actor: str | None = None
    commit_every: int = ROWS_A_COMMIT


class Interrupted(KeyboardInterrupt):
    """An import was stopped by hand; says how far it came and how it goes on."""

    def __init__(self, rows: int) -> None:
        """Say how many rows, at least, are done with: in the ledger, skipped or rejected."""
        kept = f"the first {rows:,} rows are done with" if rows else "no row is in the ledger"
        super().__init__(
            f"the import was stopped by hand: {kept}. Import the same files again to go on: "
            "what is in the ledger is not recorded twice."
        )


class _Undo(Exception):
    """Leave the transaction without writing it."""


def import_files(url: str, order: Order, *, progress: Progress | None = None) -> Import:
    """Import files into a ledger, in transactions of some rows each or, if atomic, in one for all.

    A dry run evaluates every row as if it went in and writes nothing. Raises `NotFound` or
    `InvalidInput` before anything is written where a file or the map can't be read, and
    `Interrupted` where it is stopped by hand.
    """
    sources = _open(order)
    target = _rejects_target(order)
    ledger = Ledger.open(url)
    try:
        ledger.connection.writes_much()
        with rejects_file(target) as rejects, _fewer_collections():
            run = _Run(ledger, order, rejects, progress or _unseen)
            done = run.all(sources)
        done.head = ledger.head()
    finally:
        ledger.close()
    done.rejects_file = str(target) if target is not None and done.rejected else None
    return done


@contextmanager
def _fewer_collections() -> Iterator[None]:
    """Look for cyclic garbage more rarely: rows hold hardly any, and each look walks the law."""
    before = gc.get_threshold()
    gc.set_threshold(COLLECTED_AFTER, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _unseen(done: int, size: int) -> None:
    """Progress that nobody watches."""


def _open(order: Order) -> list[SourceFile]:
    if order.column_map is not None and not any(is_table(file) for file in order.files):
        raise InvalidInput(
            "none of the files is a table, so that the map would not be used",
            where="--map",
            cure="leave --map out: JSON Lines need none",
        )
    if order.commit_every < 1:
        raise InvalidInput(
            f"expected a number above 0, found {order.commit_every}",
            where="--commit-every",
            cure=f"leave it out for {ROWS_A_COMMIT:,}",
        )
    columns = None if order.column_map is None else read_map(order.column_map)
    return [open_source(file, columns) for file in order.files]


def _rejects_target(order: Order) -> Path | None:
    """Where rejects go: the file that was named, else one in the working directory."""
    if order.rejects is None:
        name = order.files[0].name if len(order.files) == 1 else "import"
        return None if order.dry_run else Path(f"{name}.rejects.csv")
    inputs = {file.resolve() for file in (*order.files, order.column_map) if file is not None}
    if order.rejects.resolve() in inputs:
        raise InvalidInput(
            f"{order.rejects} is one of the files to read", where="--rejects", cure="name another"
        )
    return order.rejects


class _Run:
    """One import on its way."""

    def __init__(self, ledger: Ledger, order: Order, rejects: Rejects, progress: Progress) -> None:
        self.ledger, self.order = ledger, order
        self.rejects, self.progress = rejects, progress
        self.mark = signature("import", actor=order.actor)
        self.done = Import(dry_run=order.dry_run)
        self.size = self.committed = 0
        self.started = False

    def all(self, sources: Sequence[SourceFile]) -> Import:
        """Import every row of every file."""
        self.size = sum(source.size for source in sources)
        try:
            self._all(self._rows(sources))
        except KeyboardInterrupt as stop:
            raise Interrupted(self.committed) from stop
        return self.done

    def _all(self, rows: Iterator[tuple[SourceFile, Row]]) -> None:
        if self.order.atomic or self.order.dry_run:
            self._as_one(rows)
        else:
            while batch := list(islice(rows, self.order.commit_every)):
                with self.ledger.writing() as writer:
                    self._batch(writer, batch)
                self.committed = self.done.rows

    def _rows(self, sources: Sequence[SourceFile]) -> Iterator[tuple[SourceFile, Row]]:
        before = 0
        for source in sources:
            for count, row in enumerate(source.rows()):
                if count % ROWS_AT_ONCE == 0:
                    self.progress(before + row.at, self.size)
                yield source, row
            before += source.size
        self.progress(self.size, self.size)

    def _as_one(self, rows: Iterator[tuple[SourceFile, Row]]) -> None:
        """All rows in one transaction, which is left unwritten where that was asked for."""
        with suppress(_Undo), self.ledger.writing() as writer:
            self._batch(writer, rows)
            failed = self.order.atomic and self.done.rejected
            if failed:
                self.done.hold_back()
            if failed or self.order.dry_run:
                raise _Undo

    def _batch(self, writer: Writer, rows: Iterable[tuple[SourceFile, Row]]) -> None:
        if not self.started:
            expire_overdue(writer, self.mark)
            self.started = True
        for some in batches(rows, ROWS_AT_ONCE):
            writer.expect(event_id for _, row in some for event_id in row.ids)
            for source, row in some:
                self._row(writer, source, row)

    def _row(self, writer: Writer, source: SourceFile, row: Row) -> None:
        """Place one row or count why not; a rejected row leaves none of its events."""
        self.done.rows += 1
        brought: Rejected | Skipped | Placed | Facts | PlainLot = row.brought
        if isinstance(brought, PlainLot):
            brought = place_plain(writer, brought, self.mark, (source.digest, row.number))
        elif isinstance(brought, Facts):
            brought = place(writer, brought, self.mark, (source.digest, row.number))
        match brought:
            case Placed():
                self.done.place(brought)
            case Skipped():
                self.done.skipped[brought.reason] += 1
            case Rejected():
                self.done.rejected[brought.faults[0].label] += 1
                self.rejects.add(source.name, row.number, brought.faults)
