"""Rebuilding: the derived tables dropped and made again from the entries, all in one transaction.

Whatever happens in between, the ledger is as it was before or as it is after.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from typing import Final

from ledger.core.errors import LedgerDamaged
from ledger.core.positions import Shape
from ledger.core.prefix import Head
from ledger.garbage import uncollected
from ledger.store.cells import shape_text
from ledger.store.connection import RESTORE, batches, scripts
from ledger.store.folding import Fold, Stored
from ledger.store.ledger import Ledger
from ledger.store.prefix import StorePrefix
from ledger.store.statements import DERIVED
from ledger.store.totals import Totals, totals_of
from ledger.store.verification import FOLDED, Progress, entries_of, unseen

ROWS_AT_ONCE: Final = 5_000
"""Rows that are gathered before they are written together."""

SUMS_HELD: Final = 1_000_000
"""Sums by holder and day that are held before they are written: some 150 bytes each."""


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What was rebuilt: entries folded and movements written, at a head."""

    head: Head
    entries: int
    movements: int


def rebuild(ledger: Ledger, *, progress: Progress = unseen) -> Rebuilt:
    """Drop every derived table and make it again from the entries.

    Raises `LedgerDamaged` where an entry can't be folded; nothing is then changed.
    """
    connection = ledger.connection
    connection.begin_writing()
    try:
        head = ledger.head()
        movements = derive(ledger, progress=progress)
        connection.commit()
    except BaseException:
        connection.roll_back()
        raise
    finally:
        ledger.forget()
    return Rebuilt(head=head, entries=head.size, movements=movements)


def derive(ledger: Ledger, *, progress: Progress = unseen, sums_held: int = SUMS_HELD) -> int:
    """Make the derived tables anew inside the open transaction; how many movements they hold."""
    made = _Rebuild(ledger, sums_held)
    made.drop_and_create()
    with uncollected():
        size = ledger.head().size
        made.fold(_in_order(entries_of(ledger.connection, size, progress), size))
        made.sum_up()
    return made.movements


def _in_order(entries: Iterator[Stored], size: int) -> Iterator[Stored]:
    """The same entries; raises where one is missing or is one too many."""
    last = 0
    for entry in entries:
        last, seq = last + 1, entry[0]
        if seq != last:
            raise LedgerDamaged(f"the next entry is {seq}", where=f"entry {last}", cure=RESTORE)
        yield entry
    if last != size:
        raise LedgerDamaged(
            f"the head says {size} entries, {last} are stored",
            where=f"entry {min(last, size) + 1}",
            cure=RESTORE,
        )


class _Rebuild:
    """Writes what the entries give into tables that are empty at first."""

    def __init__(self, ledger: Ledger, sums_held: int) -> None:
        self.connection, self.movements = ledger.connection, 0
        self._gathered: dict[str, list[tuple[object, ...]]] = {table: [] for table in FOLDED}
        self._indexes: list[str] = []
        self._totals, self._most = Totals(), sums_held
        self._summed: list[Shape] | None = None
        prefix = StorePrefix(self.connection, Head(0, ""), totals=False, settle=self._settle)
        self._fold = Fold(ledger, prefix)

    def drop_and_create(self) -> None:
        """Empty tables; the indexes of the largest follow when asked for, or at the end."""
        for table in DERIVED:
            self.connection.execute(f"DROP TABLE IF EXISTS {table}")
        for statement in derived_tables(self.connection.engine):
            if statement.startswith("CREATE INDEX") and " ON position " in statement:
                self._indexes.append(statement)
            else:
                self.connection.execute(statement)

    def fold(self, entries: Iterator[Stored]) -> None:
        """Write the rows of every entry."""
        waiting, gathered = 0, self._gathered
        for table, row in self._fold.rows(entries):
            gathered[table].append(row)
            if table == "position":
                self._totals.add(row)
            waiting += 1
            if waiting >= ROWS_AT_ONCE:
                self._write()
                waiting = 0
                if self._totals.held >= self._most:
                    self._add_up()
        self._write()

    def _write(self) -> None:
        self.movements += len(self._gathered["position"])
        for table, rows in self._gathered.items():
            self.connection.insert(table, rows)
            rows.clear()

    def _add_up(self) -> None:
        """Write the sums so far; a shape that comes after a first part is summed from the start."""
        shapes, before = list(self._fold.shapes), self._summed
        late = [] if before is None else [one for one in shapes if one not in before]
        self._totals.write(self.connection, [one for one in shapes if one not in late])
        for shape in late:
            self.connection.execute(f"INSERT INTO day_total {totals_of(shape)}")
        self._summed = shapes

    def _settle(self, sql: str) -> None:
        """Let a question see what was gathered, and find it by its index."""
        self._write()
        if self.movements and "position" in sql:
            self._index()

    def _index(self) -> None:
        """Make the indexes that were put off."""
        for statement in self._indexes:
            self.connection.execute(statement)
        self._indexes.clear()

    def sum_up(self) -> None:
        """Write what follows from the movements as a whole: totals, their shapes, holds."""
        shapes = self._fold.shapes
        self.connection.insert("rollup_shape", [(shape_text(shape),) for shape in shapes])
        self._add_up()
        self._index()
        for held in batches(self._fold.holding(), ROWS_AT_ONCE):
            self.connection.insert("hold", held)


def derived_tables(engine: str) -> list[str]:
    """The statements that make the derived tables, as the migrations write them for an engine."""
    from alembic.migration import MigrationContext
    from alembic.operations import Operations

    told = StringIO()
    context = MigrationContext.configure(
        dialect_name=engine, opts={"as_sql": True, "output_buffer": told}
    )
    newest = next(one for one in scripts().walk_revisions() if hasattr(one.module, "derived"))
    with Operations.context(context):
        newest.module.derived()
    return [one.strip() for one in told.getvalue().split(";\n") if one.strip()]
