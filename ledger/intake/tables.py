"""Tables as text cells: CSV, XLSX and Parquet give the same records, each with its row number.

Numbers become exact text here and nowhere pass through arithmetic: 12600.0 of a spreadsheet is
"12600" and 0.5 stays "0.5", which a quantity then refuses. CSV is read by the standard library,
not by Polars, so that a broken row is one row's error and not the file's.
"""

import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ledger.core.errors import InvalidInput
from ledger.core.values import plain
from ledger.intake.column_map import ColumnMap

if TYPE_CHECKING:
    import polars as pl

HEADER_ROW: Final = 1
PARQUET_ROWS: Final = 20_000
"""Rows read at a time."""

_MIDNIGHT: Final = " 00:00:00"


@dataclass(frozen=True, slots=True)
class Record:
    """A data row: its number, its cells by column, and what is wrong with the row as a whole."""

    number: int
    at: int
    cells: dict[str, str]
    broken: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table's columns, how long it is in the unit of `Record.at`, and its records."""

    columns: tuple[str, ...]
    size: int
    records: Callable[[], Iterator[Record]]


def open_csv(path: Path, columns: ColumnMap) -> Table:
    """A CSV file, UTF-8 with or without a byte order mark.

    Raises `InvalidInput` where the header can't be read.
    """
    rows = _csv_rows(path, columns.delimiter)
    _, _, header, broken = next(rows, (0, 0, [], "the file is empty: it has no header"))
    if broken:
        raise InvalidInput(broken, where=str(path), cure="save the table as UTF-8 text, CSV")
    names = _names(header, path)

    def records() -> Iterator[Record]:
        rows = _csv_rows(path, columns.delimiter)
        next(rows)
        for number, at, cells, broken in rows:
            if broken:
                yield Record(number, at, {}, broken)
            elif any(cells):
                yield _record(number, at, cells, names)

    return Table(names, path.stat().st_size, records)


def _csv_rows(path: Path, delimiter: str) -> Iterator[tuple[int, int, list[str], str]]:
    """Number, end in bytes, cells and fault of each record; blank ones count and stay empty."""
    with path.open("rb") as binary, _text(binary) as file:
        reader = csv.reader(file, delimiter=delimiter, strict=True)
        number = 0
        while True:
            number += 1
            try:
                cells = [cell.strip() for cell in next(reader)]
                "".join(cells).encode()
            except StopIteration:
                return
            except csv.Error as error:
                yield number, binary.tell(), [], f"the row is not CSV ({error})"
            except UnicodeEncodeError:
                yield number, binary.tell(), [], "the row is not UTF-8 text"
            else:
                yield number, binary.tell(), cells, ""


def _text(binary: Any) -> Any:  # noqa: ANN401 -- the standard library's own stream types
    """A file as text in which bytes that are not UTF-8 stay recognisable."""
    from io import TextIOWrapper

    return TextIOWrapper(binary, encoding="utf-8-sig", errors="surrogateescape", newline="")


def open_xlsx(path: Path, columns: ColumnMap) -> Table:
    """A sheet of an XLSX file, rows numbered as the spreadsheet shows them.

    Fractions beyond the ninth decimal place are rounded, as a spreadsheet shows them too.
    """
    import fastexcel

    try:
        book = fastexcel.read_excel(path)
        sheet = book.sheet_names[0] if columns.sheet is None else columns.sheet
        if sheet not in book.sheet_names:
            raise InvalidInput(
                f"there is no sheet '{sheet}'",
                where=str(path),
                cure=f"the sheets are {', '.join(book.sheet_names)}",
            )
        frame = book.load_sheet(sheet, header_row=None, skip_rows=0, dtypes="string").to_polars()
    except fastexcel.FastExcelError as error:
        raise InvalidInput(
            f"can't be read as XLSX ({str(error).splitlines()[0]})",
            where=str(path),
            cure="save it again as XLSX",
        ) from error
    cells = [[_day_text(cell) for cell in row] for row in frame.iter_rows()]
    first = next((place for place, row in enumerate(cells) if any(row)), None)
    if first is None:
        raise InvalidInput(
            f"the sheet '{sheet}' is empty: it has no header",
            where=str(path),
            cure='name another one: sheet = "..." in the map',
        )
    names = _names(cells[first], path)

    def records() -> Iterator[Record]:
        for place, row in enumerate(cells[first + 1 :], start=first + 1):
            if any(row):
                yield _record(place + 1, place + 1, row, names)

    return Table(names, len(cells), records)


def _day_text(cell: str | None) -> str:
    return "" if cell is None else cell.strip().removesuffix(_MIDNIGHT)


def open_parquet(path: Path, columns: ColumnMap) -> Table:
    """A Parquet file, a batch of rows at a time; row 2 is its first, as if it had a header."""
    import polars as pl

    wanted = columns.columns()
    try:
        frame = pl.scan_parquet(path)
        schema = frame.collect_schema()
        size: int = frame.select(pl.len()).collect().item()
    except (pl.exceptions.PolarsError, OSError) as error:
        raise _bad_parquet(path, error) from error
    for name in schema.names():
        if name in wanted and schema[name].is_nested():
            raise InvalidInput(
                f"the column '{name}' holds {schema[name]}, not single values",
                where=str(path),
                cure="unnest it first",
            )
    kept = frame.select([name for name in schema.names() if not schema[name].is_nested()])
    return Table(tuple(schema.names()), size, lambda: _parquet_records(kept, path))


def _parquet_records(frame: "pl.LazyFrame", path: Path) -> Iterator[Record]:
    import polars as pl

    number = HEADER_ROW
    try:
        for batch in frame.collect_batches(chunk_size=PARQUET_ROWS, maintain_order=True):
            names = tuple(batch.columns)
            for row in batch.iter_rows():
                number += 1
                cells = [_exact_text(cell) for cell in row]
                if any(cells):
                    yield _record(number, number - HEADER_ROW, cells, names)
    except pl.exceptions.PolarsError as error:
        raise _bad_parquet(path, error) from error


def _bad_parquet(path: Path, error: Exception) -> InvalidInput:
    said = str(error).splitlines()[0]
    return InvalidInput(
        f"can't be read as Parquet ({said})", where=str(path), cure="write the file again"
    )


def _exact_text(cell: object) -> str:  # noqa: PLR0911 -- one for each type of cell
    """A typed cell as exact text: whole numbers without a point, days as YYYY-MM-DD."""
    match cell:
        case None:
            return ""
        case bool():
            return "true" if cell else "false"
        case float():
            return str(int(cell)) if cell.is_integer() else repr(cell)
        case Decimal():
            return plain(cell)
        case datetime():
            return cell.isoformat(sep=" ").removesuffix(_MIDNIGHT)
        case date():
            return cell.isoformat()
        case _:
            return str(cell).strip()


def _names(header: Sequence[str], path: Path) -> tuple[str, ...]:
    named = [name for name in header if name]
    twice = sorted({name for name in named if named.count(name) > 1})
    if twice:
        raise InvalidInput(
            f"the header names the column '{twice[0]}' twice",
            where=str(path),
            cure="give each column a name of its own",
        )
    return tuple(header)


def _record(number: int, at: int, cells: Sequence[str], names: Sequence[str]) -> Record:
    if len(cells) != len(names):
        broken = f"the row has {len(cells)} cells and the header {len(names)} columns"
        return Record(number, at, {}, broken)
    return Record(number, at, dict(zip(names, cells, strict=True)))
