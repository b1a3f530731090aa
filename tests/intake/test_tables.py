import csv
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from ledger.core.errors import InvalidInput
from ledger.intake.column_map import ColumnMap
from ledger.intake.tables import Record, Table, open_csv, open_parquet, open_xlsx

COLUMNS = ColumnMap.model_validate(
    {"source": "test", "key": ["key"], "route": [{"skip": "nothing is read further"}]}
)


def _csv(path: Path, content: bytes, columns: ColumnMap = COLUMNS) -> Table:
    path.write_bytes(content)
    return open_csv(path, columns)


def _rows(table: Table) -> list[tuple[int, dict[str, str]]]:
    return [(record.number, record.cells) for record in table.records()]


def test_csv_rows_are_numbered_as_a_spreadsheet_shows_them(tmp_path: Path) -> None:
    table = _csv(tmp_path / "a.csv", b'key,n\na,1\n\n"b\nb",2\n,\nc,3\n')
    assert table.columns == ("key", "n")
    assert _rows(table) == [
        (2, {"key": "a", "n": "1"}),
        (4, {"key": "b\nb", "n": "2"}),
        (6, {"key": "c", "n": "3"}),
    ]


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbfkey,n\na,1\n",
        b"key,n\r\na,1\r\n",
        b"\xef\xbb\xbfkey,n\r\n a , 1 \r\n",
        b'"key","n"\n"a","1"',
    ],
)
def test_byte_order_marks_line_ends_and_blanks_change_nothing(
    content: bytes, tmp_path: Path
) -> None:
    assert _rows(_csv(tmp_path / "a.csv", content)) == [(2, {"key": "a", "n": "1"})]


def test_a_broken_csv_row_is_its_own_error(tmp_path: Path) -> None:
    table = _csv(tmp_path / "a.csv", b'key,n\na,1,2\nb\n"c"x,1\n\xff,1\nd,4\n')
    records = list(table.records())
    assert [record.number for record in records] == [2, 3, 4, 5, 6]
    assert [bool(record.broken) for record in records] == [True, True, True, True, False]
    assert "3 cells" in records[0].broken
    assert "1 cells" in records[1].broken
    assert "not CSV" in records[2].broken
    assert "UTF-8" in records[3].broken


def test_a_quote_that_is_never_closed_is_one_error(tmp_path: Path) -> None:
    records = list(_csv(tmp_path / "a.csv", b'key,n\na,1\n"b,2\nc,3\n').records())
    assert [record.cells for record in records[:1]] == [{"key": "a", "n": "1"}]
    assert "not CSV" in records[-1].broken


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"key,n,key\n", "'key' twice"),
        ("key\n".encode("utf-16"), "UTF-8"),
    ],
)
def test_a_header_that_can_not_be_read_is_refused(
    content: bytes, said: str, tmp_path: Path
) -> None:
    with pytest.raises(InvalidInput, match=said):
        _csv(tmp_path / "a.csv", content)


def test_another_delimiter_is_named_in_the_map(tmp_path: Path) -> None:
    columns = COLUMNS.model_copy(update={"delimiter": ";"})
    assert _rows(_csv(tmp_path / "a.csv", b"key;n\na;1,5\n", columns)) == [
        (2, {"key": "a", "n": "1,5"})
    ]


def _sheet(path: Path, rows: list[list[object]], *, first_row: int = 0) -> None:
    with xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd"}) as book:
        sheet = book.add_worksheet("Lots")
        for place, row in enumerate(rows, start=first_row):
            for column, value in enumerate(row):
                if value is not None:
                    sheet.write(place, column, value)
        book.add_worksheet("Empty")


def test_a_spreadsheet_gives_exact_text(tmp_path: Path) -> None:
    _sheet(
        tmp_path / "a.xlsx",
        [
            ["key", "n", "day"],
            ["a", 12600.0, date(2025, 12, 31)],
            ["b", 0.5, datetime(2025, 12, 31, 5, 6)],  # noqa: DTZ001 -- as spreadsheets hold them
            ["007", "n/a", "2025-01-01"],
        ],
    )
    assert [cells for _, cells in _rows(open_xlsx(tmp_path / "a.xlsx", COLUMNS))] == [
        {"key": "a", "n": "12600", "day": "2025-12-31"},
        {"key": "b", "n": "0.5", "day": "2025-12-31 05:06:00"},
        {"key": "007", "n": "n/a", "day": "2025-01-01"},
    ]


def test_spreadsheet_rows_keep_their_numbers_when_some_are_empty(tmp_path: Path) -> None:
    _sheet(tmp_path / "a.xlsx", [["key", "n"], ["a", 1], [], ["b", 2]], first_row=3)
    assert _rows(open_xlsx(tmp_path / "a.xlsx", COLUMNS)) == [
        (5, {"key": "a", "n": "1"}),
        (7, {"key": "b", "n": "2"}),
    ]


def test_a_sheet_is_taken_by_its_name(tmp_path: Path) -> None:
    _sheet(tmp_path / "a.xlsx", [["key"], ["a"]])
    named = COLUMNS.model_copy(update={"sheet": "Lots"})
    assert _rows(open_xlsx(tmp_path / "a.xlsx", named)) == [(2, {"key": "a"})]
    with pytest.raises(InvalidInput, match="Lots, Empty"):
        open_xlsx(tmp_path / "a.xlsx", COLUMNS.model_copy(update={"sheet": "Other"}))
    with pytest.raises(InvalidInput, match="no header"):
        open_xlsx(tmp_path / "a.xlsx", COLUMNS.model_copy(update={"sheet": "Empty"}))


def test_parquet_gives_exact_text(tmp_path: Path) -> None:
    pl.DataFrame(
        {
            "key": ["a", None, "c"],
            "n": [12600.0, None, 0.5],
            "tpp": [Decimal("15831.20"), None, Decimal("1.00")],
            "day": [date(2025, 12, 31), None, date(2025, 1, 1)],
            "at": [datetime(2025, 12, 31), None, datetime(2025, 1, 1, 1)],  # noqa: DTZ001 -- as above
            "final": [True, None, False],
            "nested": [[1], None, [2]],
        }
    ).write_parquet(tmp_path / "a.parquet")
    table = open_parquet(tmp_path / "a.parquet", COLUMNS)
    assert table.size == 3
    assert _rows(table) == [
        (
            2,
            {
                "key": "a",
                "n": "12600",
                "tpp": "15831.2",
                "day": "2025-12-31",
                "at": "2025-12-31",
                "final": "true",
            },
        ),
        (
            4,
            {
                "key": "c",
                "n": "0.5",
                "tpp": "1",
                "day": "2025-01-01",
                "at": "2025-01-01 01:00:00",
                "final": "false",
            },
        ),
    ]


def test_a_nested_parquet_column_that_the_map_reads_is_refused(tmp_path: Path) -> None:
    pl.DataFrame({"key": [["a"]]}).write_parquet(tmp_path / "a.parquet")
    with pytest.raises(InvalidInput, match="'key' holds List"):
        open_parquet(tmp_path / "a.parquet", COLUMNS)


def test_parquet_is_read_in_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger.intake.tables.PARQUET_ROWS", 10)
    pl.DataFrame({"key": [str(n) for n in range(95)]}).write_parquet(tmp_path / "a.parquet")
    records = list(open_parquet(tmp_path / "a.parquet", COLUMNS).records())
    assert [record.cells["key"] for record in records] == [str(n) for n in range(95)]
    assert [record.number for record in records] == list(range(2, 97))


@pytest.mark.parametrize(("name", "opened"), [("a.xlsx", open_xlsx), ("a.parquet", open_parquet)])
@pytest.mark.parametrize("content", [b"", b"PAR1 is not all of it PAR1"])
def test_a_file_of_another_kind_is_refused(
    name: str, opened: Callable[[Path, ColumnMap], Table], content: bytes, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InvalidInput, match="can't be read as"):
        opened(tmp_path / name, COLUMNS)


def test_the_three_kinds_of_table_give_the_same_records(tmp_path: Path) -> None:
    rows = [["key", "n"], ["a", "12"], ["b", "x"], ["ü", ""]]
    with (tmp_path / "a.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    frame = pl.DataFrame(rows[1:], schema=rows[0], orient="row")
    frame.write_excel(tmp_path / "a.xlsx")
    frame.write_parquet(tmp_path / "a.parquet")

    def read(table: Table) -> list[tuple[int, dict[str, str]]]:
        return [(record.number, record.cells) for record in table.records()]

    first = read(open_csv(tmp_path / "a.csv", COLUMNS))
    assert first == read(open_xlsx(tmp_path / "a.xlsx", COLUMNS))
    assert first == read(open_parquet(tmp_path / "a.parquet", COLUMNS))
    assert Record(2, 0, {"key": "a", "n": "12"}).broken == ""
