"""Opening files: by their endings, with the digest that every event of them carries."""

import hashlib
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ledger.core.errors import InvalidInput, NotFound
from ledger.intake.column_map import ColumnMap
from ledger.intake.lines import read_lines
from ledger.intake.mapped import bring, row_id
from ledger.intake.rows import Brought, Facts, Row, rejected
from ledger.intake.tables import Table, open_csv, open_parquet, open_xlsx

LINES: Final = frozenset({".jsonl", ".ndjson"})
TABLES: Final[dict[str, Callable[[Path, ColumnMap], Table]]] = {
    ".csv": open_csv,
    ".xlsx": open_xlsx,
    ".parquet": open_parquet,
}


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file that can be read: its name as given, digest, size (of `Row.at`) and rows."""

    name: str
    digest: str
    size: int
    rows: Callable[[], Iterator[Row]]


def is_table(path: Path) -> bool:
    """Whether a file's ending says that it needs a column map."""
    return path.suffix.lower() in TABLES


def open_source(path: Path, columns: ColumnMap | None) -> SourceFile:
    """Open a file of events or, with a column map, a table.

    Raises `NotFound`, or `InvalidInput` where it can't be read or lacks what the map names.
    """
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise NotFound(f"can't read {path}: {error.strerror}", cure="check the path") from error
    ending = path.suffix.lower()
    if ending in LINES:
        return SourceFile(str(path), digest, path.stat().st_size, lambda: read_lines(path))
    if ending not in TABLES:
        known = ", ".join(sorted((*LINES, *TABLES)))
        raise InvalidInput(
            f"'{ending}' is no ending that says how to read the file",
            where=str(path),
            cure=f"name it with one of {known}",
        )
    if columns is None:
        raise InvalidInput(
            "a table needs a column map",
            where=str(path),
            cure="name one with --map; examples/shipments.map.toml is one to start from",
        )
    table = TABLES[ending](path, columns)
    _has_columns(path, table, columns)
    return SourceFile(str(path), digest, table.size, lambda: _rows(table, columns))


def _has_columns(path: Path, table: Table, columns: ColumnMap) -> None:
    missing = [name for name in columns.columns() if name not in table.columns]
    if missing:
        said = ", ".join(f"'{name}'" for name in missing)
        raise InvalidInput(
            f"the map names the column {said}, which the file does not have",
            where=str(path),
            cure=f"its columns are {', '.join(name for name in table.columns if name)}",
        )


def _rows(table: Table, columns: ColumnMap) -> Iterator[Row]:
    """The rows of a table; of rows that share a natural key only the first is taken.

    The keys are kept in a temporary database, which moves to the disk when they are many.
    """
    with closing(sqlite3.connect("", isolation_level=None)) as keys:
        keys.execute("CREATE TABLE seen (id TEXT PRIMARY KEY, row INTEGER) WITHOUT ROWID")
        keys.execute("BEGIN")
        for record in table.records():
            brought = bring(record, columns)
            if isinstance(brought, Facts):
                brought = _first(keys, record.number, brought, columns, record.cells)
            yield Row(record.number, record.at, brought)


def _first(
    keys: sqlite3.Connection,
    number: int,
    facts: Facts,
    columns: ColumnMap,
    cells: dict[str, str],
) -> Brought:
    key = row_id(columns, cells)
    taken = keys.execute("INSERT OR IGNORE INTO seen VALUES (?, ?)", (key, number))
    if taken.rowcount:
        return facts
    before = keys.execute("SELECT row FROM seen WHERE id = ?", (key,)).fetchone()[0]
    return rejected(
        f"row {before} has the same natural key; correct the file, or add a column to the key",
        column=", ".join(columns.key),
        value=" / ".join(cells[column] for column in columns.key),
        label="natural key stands twice",
    )
