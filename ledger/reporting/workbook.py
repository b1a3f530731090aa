"""Workbooks: typed cells under frozen headers, totals, and a sheet that says what it is."""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import xlsxwriter

from ledger.reporting.running import Ran

EXACT_DIGITS: Final = 15
"""A spreadsheet's numbers hold so many digits exactly: what is longer is written as text."""

MOST_ROWS: Final = 1_000_000
"""Rows of a sheet: a spreadsheet holds some more, and drops what is beyond in silence."""

WIDEST: Final = 60
NO_SHEET_HAS: Final = re.compile(r"[\[\]:*?/\\]")
NAMED: Final = 31
"""Characters that a sheet's name may have."""

MADE: Final = datetime(2000, 1, 1)  # noqa: DTZ001 -- a workbook's own date has no zone
"""So that the same report is the same file."""


OPTIONS: Final = {
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "constant_memory": True,  # a row is written when the next one begins
}


class Workbook:
    """A workbook that is being written."""

    def __init__(self, book: Any) -> None:  # noqa: ANN401 -- the library's
        """Hold the library's book with the formats of its cells."""
        self.book = book
        self._names: set[str] = set()
        self.head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        self.day = book.add_format({"num_format": "yyyy-mm-dd"})
        self.number = book.add_format({"num_format": "#,##0"})
        self.tenths = book.add_format({"num_format": "#,##0.0"})
        self.total = book.add_format({"bold": True, "top": 1, "num_format": "#,##0.0"})
        self.note = book.add_format({"text_wrap": True, "valign": "top"})

    def _sheet(self, name: str) -> Any:  # noqa: ANN401 -- the library's
        """A new sheet; a name that is taken, in whatever case, gets a number."""
        plain = NO_SHEET_HAS.sub(" ", name).lstrip("' ")
        short, number = plain[:NAMED].rstrip("' "), 2
        while short.casefold() in self._names:
            short, number = f"{plain[: NAMED - 3]} {number}", number + 1
        self._names.add(short.casefold())
        return self.book.add_worksheet(short)

    def table(self, ran: Ran, name: str | None = None, *, most: int = MOST_ROWS) -> None:
        """A sheet with the rows of a report, and their totals in the last row if it has any."""
        sheet = self._sheet(name or ran.report.name)
        columns, shown = ran.report.columns, ran.table.head(most)
        left, first = ran.table.height - shown.height, shown.head(500).rows()
        for place, column in enumerate(columns):
            sheet.write_string(0, place, column.label, self.head)
            cells = [len(str(row[place])) for row in first if row[place] is not None]
            sheet.set_column(
                place, place, min(max([len(column.label) // 2, 9, *cells]) + 1, WIDEST)
            )
        for number, row in enumerate(shown.iter_rows(), start=1):
            for place, cell in enumerate(row):
                self._cell(sheet, number, place, cell)
        for place, total in enumerate(ran.totals()):
            if total is not None:
                self._number(sheet, shown.height + 1, place, total, self.total)
        if left:
            said = f"{left:,} more rows are in CSV and Parquet; the totals are those of all rows"
            sheet.write_string(shown.height + 2, 0, said)
        sheet.freeze_panes(1, 0)
        if shown.height:
            sheet.autofilter(0, 0, shown.height, len(columns) - 1)

    def grid(self, name: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """A sheet of typed cells under a frozen header."""
        sheet, widths = self._sheet(name), [len(label) for label in header]
        rows = list(rows)
        for row in rows[:500]:
            widths = [max(w, len(str(cell))) for w, cell in zip(widths, row, strict=True)]
        for place, label in enumerate(header):
            sheet.write_string(0, place, label, self.head)
            sheet.set_column(place, place, min(widths[place] + 1, WIDEST))
        for number, row in enumerate(rows, start=1):
            for place, cell in enumerate(row):
                self._cell(sheet, number, place, cell)
        sheet.freeze_panes(1, 0)
        if rows:
            sheet.autofilter(0, 0, len(rows), len(header) - 1)

    def _cell(self, sheet: Any, row: int, place: int, cell: object) -> None:  # noqa: ANN401 -- as above
        match cell:
            case None:
                return
            case bool():
                sheet.write_boolean(row, place, cell)
            case int() | Decimal():
                self._number(sheet, row, place, cell)
            case datetime():
                sheet.write_string(row, place, f"{cell:%Y-%m-%d %H:%M:%S}")
            case date():
                day = datetime(cell.year, cell.month, cell.day)  # noqa: DTZ001 -- a day has no zone
                sheet.write_datetime(row, place, day, self.day)
            case _:
                sheet.write_string(row, place, str(cell))

    def _number(
        self,
        sheet: Any,  # noqa: ANN401 -- as above
        row: int,
        place: int,
        cell: int | Decimal,
        style: Any = None,  # noqa: ANN401 -- as above
    ) -> None:
        if len(Decimal(cell).as_tuple().digits) > EXACT_DIGITS:
            sheet.write_string(row, place, f"{Decimal(cell):f}", style)
            return
        whole = cell == int(cell)
        sheet.write_number(row, place, cell, style or (self.number if whole else self.tenths))

    def asked(self, ran: Iterable[Ran], name: str = "parameters") -> None:
        """A sheet of what each report answers, and the parameters that it was run for."""
        told = {}
        for one in ran:
            given = {key: value for key, value in one.values.items() if value is not None}
            values = ", ".join(f"{key} {value}" for key, value in given.items())
            told[one.report.name] = f"{one.report.question} {values}".strip()
        self.about(told, name)

    def about(self, about: dict[str, Any], name: str = "about") -> None:
        """A sheet of what the workbook was made from: parameters, head, law, lists."""
        sheet = self._sheet(name)
        sheet.set_column(0, 0, 24)
        sheet.set_column(1, 1, 100)
        sheet.write_string(0, 0, "what", self.head)
        sheet.write_string(0, 1, "value", self.head)
        for number, (key, value) in enumerate(lines(about), start=1):
            sheet.write_string(number, 0, key)
            sheet.write_string(number, 1, value, self.note)
        sheet.freeze_panes(1, 0)


def lines(about: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """What a report was made from, a line each."""
    for key, value in about.items():
        if key == "parameters":
            for name, given in value.items():
                yield f"parameter {name}", "" if given is None else str(given)
        elif key == "as_of":
            yield "head", f"{value['size']} entries"
            yield "root", value["root"]
        elif key == "law":
            yield from ((f"law {one['pack']} {one['version']}", one["digest"]) for one in value)
        elif key == "lists":
            yield from (
                (f"list {one['name']} of {one['source_on']}", one["digest"]) for one in value
            )
        else:
            yield key, str(value)


@contextmanager
def workbook(file: Path) -> Iterator[Workbook]:
    """A workbook that is written when the block ends."""
    book = xlsxwriter.Workbook(str(file), OPTIONS)
    book.set_properties({"created": MADE, "author": "chipledger"})
    try:
        yield Workbook(book)
    except BaseException:
        with suppress(OSError, xlsxwriter.exceptions.XlsxWriterException):
            book.close()  # each sheet holds a file until then
        raise
    book.close()
