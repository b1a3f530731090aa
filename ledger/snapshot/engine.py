"""DuckDB: a snapshot's file opened, frames handed over, and what it refuses told as our errors."""

import atexit
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from shutil import rmtree
from tempfile import TemporaryDirectory, mkdtemp
from typing import TYPE_CHECKING, Any, Final, Self

import duckdb

from ledger.core.errors import Conflict, InvalidInput, NotFound
from ledger.store.connection import Rows

if TYPE_CHECKING:
    import polars as pl

VERSION: Final = "2"
"""Of the snapshot's tables: a file of another version is filled anew, since it is a cache."""

MEMORY, VARIABLE = "1GB", "CHIPLEDGER_QUERY_MEMORY"
"""What a query may hold in memory, unless the environment says otherwise."""

_HELD: Final = "Could not set lock"
"""What DuckDB says of a file that another process has open, where one of the two writes."""


@cache
def _limits() -> dict[str, str | bool | int | float | list[str]]:
    """How much a query may hold, and where it puts what is beyond: a folder for its owner alone."""
    memory = os.environ.get(VARIABLE) or MEMORY
    try:
        duckdb.connect(config={"memory_limit": memory}).close()
    except duckdb.Error as failed:
        raise InvalidInput(
            f"'{memory}' is no amount of memory", where=VARIABLE, cure="write it as 4GB"
        ) from failed
    folder = mkdtemp(prefix="chipledger-")
    atexit.register(rmtree, folder, ignore_errors=True)
    return {"memory_limit": memory, "temp_directory": folder}


class _Frame:
    """A Polars frame seen through Arrow's interface alone: DuckDB then needs no library."""

    def __init__(self, frame: "pl.DataFrame") -> None:
        self.frame = frame

    def __arrow_c_stream__(self, requested: object = None) -> object:
        return self.frame.__arrow_c_stream__(requested)


class _Found:
    """The rows of a query: DuckDB lets nobody ask again before the last row is fetched."""

    def __init__(self, rows: list[Any]) -> None:
        self._rows = iter(rows)

    def fetchone(self) -> Any:  # noqa: ANN401 -- a row of any cells, or None
        return next(self._rows, None)

    def fetchall(self) -> list[Any]:
        return list(self._rows)

    def __iter__(self) -> Iterator[Any]:
        return self._rows


class Engine:
    """An open DuckDB database."""

    def __init__(self, raw: duckdb.DuckDBPyConnection) -> None:
        """Hold a driver connection."""
        self.raw = raw
        self._shown: dict[str, _Frame] = {}

    @classmethod
    def open(cls, path: Path, *, read_only: bool) -> Self:
        """Open a file, or make it; raises `NotFound`, `Conflict` or `InvalidInput`."""
        if read_only and not path.is_file():
            raise NotFound(f"there is no snapshot at {path}", cure="make one: chipledger snapshot")
        if not path.parent.is_dir():
            raise NotFound(f"there is no folder {path.parent}", cure="create the folder first")
        try:
            return cls(duckdb.connect(str(path), read_only=read_only, config=_limits()))
        except duckdb.IOException as failed:
            if _HELD in str(failed):
                raise Conflict(
                    f"the snapshot {path} is in use by another program", cure="try again"
                ) from failed
            raise _no_snapshot(path, failed) from failed
        except duckdb.Error as failed:
            raise _no_snapshot(path, failed) from failed

    def execute(self, sql: str, values: Sequence[object] | Mapping[str, object] = ()) -> Rows:
        """Run one statement, with `?` or `$name` for values; all that it finds is at hand.

        Raises `Conflict` where it needs more memory than it may hold.
        """
        try:
            self.raw.execute(sql, values or None)
            return _Found(self.raw.fetchall())
        except duckdb.OutOfMemoryException as failed:
            raise Conflict(
                f"it needs more memory than a query may hold ({str(failed).splitlines()[0]})",
                where="the snapshot",
                cure=f"let it have more, such as {VARIABLE}=4GB, or ask for fewer days",
            ) from failed

    def frame(self, table: str) -> "pl.DataFrame":
        """All of a table as a Polars frame; its exact numbers stay exact.

        It passes through a file, for there may be millions of rows: nothing is copied cell by cell.
        """
        import polars as pl

        schema = self._schema(table)
        # Parquet knows no integers of 128 bits; exact decimals hold the same.
        cells = ", ".join(
            f'CAST("{name}" AS DECIMAL(38, 0)) AS "{name}"' if kind == pl.Int128 else f'"{name}"'
            for name, kind in schema.items()
        )
        with TemporaryDirectory(prefix="chipledger-") as folder:
            file = Path(folder) / "table.parquet"
            place = str(file).replace("'", "''")
            self.execute(f"COPY (SELECT {cells} FROM {table}) TO '{place}' (FORMAT parquet)")  # noqa: S608 -- our own names
            return pl.read_parquet(file, memory_map=False).cast(schema)  # type: ignore[arg-type]

    @contextmanager
    def seen(self, name: str, frame: "pl.DataFrame") -> Iterator[None]:
        """Let SQL read a frame under a name; under one name all frames have the same columns.

        The name stays: made and dropped in a transaction it would hold the frame until the commit.
        """
        shown = self._shown.get(name)
        if shown is None:
            shown = self._shown[name] = _Frame(frame)
            self.raw.register(name, shown)
        shown.frame = frame
        try:
            yield
        finally:
            shown.frame = frame.clear()

    def add(self, table: str, rows: Sequence[Sequence[object]]) -> None:
        """Add many whole rows to a table."""
        import polars as pl

        schema = self._schema(table)
        # Arrow has no integers of 128 bits, exact decimals hold the same; days pass as texts.
        other: dict[object, pl.DataType | type[pl.DataType]] = {
            pl.Int128: pl.Decimal(38, 0),
            pl.Date: pl.String,
        }
        passed = {name: other.get(kind, kind) for name, kind in schema.items()}
        days = [place for place, kind in enumerate(schema.values()) if kind == pl.Date]
        texts = [_with_texts(row, days) for row in rows] if days else rows
        cast = ", ".join(
            f'CAST("{name}" AS DATE)' if kind == pl.Date else f'"{name}"'
            for name, kind in schema.items()
        )
        name = f"added_to_{table.replace('.', '_')}"
        with self.seen(name, pl.DataFrame(texts, schema=passed, orient="row")):
            self.execute(f"INSERT INTO {table} SELECT {cast} FROM {name}")  # noqa: S608 -- our own table names

    def _schema(self, table: str) -> "dict[str, pl.DataType | type[pl.DataType]]":
        """A table's columns with Polars' types of them."""
        import polars as pl

        types: dict[str, pl.DataType | type[pl.DataType]] = {
            "BIGINT": pl.Int64,
            "INTEGER": pl.Int32,
            "HUGEINT": pl.Int128,
            "BOOLEAN": pl.Boolean,
            "DATE": pl.Date,
            "TIMESTAMP": pl.Datetime("us"),
            "VARCHAR": pl.String,
            "VARCHAR[]": pl.List(pl.String),
        }

        def of(kind: str) -> "pl.DataType | type[pl.DataType]":
            if kind.startswith("DECIMAL("):
                precision, scale = map(int, kind[8:-1].split(","))
                return pl.Decimal(precision, scale)
            if kind not in types:
                raise InvalidInput(
                    f"a column of the type {kind} is none that a report may have",
                    cure=f"cast it to one of {', '.join(types)}, DECIMAL(p, s)",
                )
            return types[kind]

        # Not from `description`, whose types DuckDB complains of when the program ends.
        return {name: of(kind) for name, kind, *_ in self.execute(f"DESCRIBE {table}")}

    def has(self, schema: str, table: str) -> bool:
        """Whether there is a table."""
        found = self.execute(
            "SELECT 1 FROM information_schema.tables WHERE table_schema = ? AND table_name = ?",
            [schema, table],
        )
        return found.fetchone() is not None

    def whole(self, do: Callable[[], object]) -> None:
        """Do something whole or not at all."""
        self.raw.execute("BEGIN")
        try:
            do()
            self.raw.execute("COMMIT")
        except BaseException:
            self.raw.execute("ROLLBACK")
            self._shown.clear()  # names that were made in it are gone
            raise

    def close(self) -> None:
        """Leave the file."""
        self.raw.close()


def _with_texts(row: Sequence[object], places: Sequence[int]) -> list[object]:
    """A row with the cells at some places as texts."""
    cells = list(row)
    for place in places:
        if cells[place] is not None:
            cells[place] = str(cells[place])
    return cells


def _no_snapshot(path: Path, failed: duckdb.Error) -> InvalidInput:
    said = str(failed).splitlines()[0]
    return InvalidInput(
        f"{path} can't be opened as a snapshot ({said})",
        where="--snapshot",
        cure="name another file, or remove this one if it is an old snapshot: it is made anew",
    )
