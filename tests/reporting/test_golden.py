"""Every report on the example ledger in every format: the CSV is kept, the others agree."""

import csv
import io
import json
from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import fastexcel
import polars as pl
import pypdfium2
import pytest

from ledger.core.errors import InvalidInput
from ledger.reporting.pages import MOST_ROWS
from ledger.reporting.report import reports
from ledger.reporting.running import Ran, Reporting
from ledger.reporting.writing import WRITERS, text, write
from tests.reporting.example import ASKED, ran, session

NAMES = sorted(reports())
Rans = Callable[[str], Ran]


@pytest.fixture(scope="module")
def opened(example_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reporting]:
    with session(example_url, tmp_path_factory.mktemp("golden") / "s.duckdb") as found:
        yield found


@pytest.fixture
def made(opened: Reporting) -> Rans:
    return lambda name: ran(opened, name, ASKED.get(name))


def table_of(one: Ran, folder: Path) -> list[list[str]]:
    """The report as its CSV has it."""
    write(one, ["csv"], folder)
    file = folder / f"{one.report.name}.csv"
    return list(csv.reader(io.StringIO(file.read_text(encoding="utf-8"))))


@pytest.mark.parametrize("name", NAMES)
def test_the_csv_is_the_golden_one(
    name: str, made: Rans, tmp_path: Path, golden: Callable[[str, str], None]
) -> None:
    one = made(name)
    write(one, ["csv"], tmp_path)
    golden(f"reports/{name}.csv", (tmp_path / f"{name}.csv").read_text(encoding="utf-8"))
    about = json.loads((tmp_path / f"{name}.about.json").read_text(encoding="utf-8"))
    assert about["as_of"] == one.sealed["as_of"]
    assert len(about["law"]) == 8


@pytest.mark.parametrize("name", NAMES)
def test_the_key_tells_the_rows_apart(name: str, made: Rans) -> None:
    table, key = made(name).table, list(made(name).report.key)
    assert table.select(key).is_duplicated().sum() == 0
    assert not [kind for kind in table.dtypes if kind in (pl.Float64, pl.Int128, pl.Float32)]


@pytest.mark.parametrize("name", NAMES)
def test_the_workbook_holds_the_same_cells_typed(name: str, made: Rans, tmp_path: Path) -> None:
    one = made(name)
    write(one, ["xlsx"], tmp_path)
    book = fastexcel.read_excel(tmp_path / f"{name}.xlsx")
    assert book.sheet_names == [name, "about"]
    sheet = book.load_sheet(name, header_row=None, dtypes="string").to_polars().rows()
    assert [cell for cell in sheet[0] if cell] == [column.label for column in one.report.columns]
    rows = one.table.rows()
    assert len(sheet) == 1 + len(rows) + any(total is not None for total in one.totals())
    typed = book.load_sheet(name, header_row=0, n_rows=max(len(rows), 1)).to_polars()
    for place, column in enumerate(one.report.columns if rows else ()):
        cells = [row[place] for row in rows]
        if any(cell is not None for cell in cells):
            kinds = {type(cell) for cell in typed.to_series(place).drop_nulls()}
            assert kinds <= expected(cells), column.name
    for number, row in enumerate(rows, start=1):
        for place, cell in enumerate(row):
            found = sheet[number][place] if place < len(sheet[number]) else None
            assert same(found, cell), (number, place, found, cell)
    for place, total in enumerate(one.totals()):
        if total is not None:
            assert figure(sheet[-1][place]) == total
            assert total == sum(row[place] for row in rows if row[place] is not None)


def expected(cells: list[Any]) -> set[type]:
    """The types that a spreadsheet may hold a column's cells as."""
    one = next(cell for cell in cells if cell is not None)
    if isinstance(one, bool):
        return {bool}
    if isinstance(one, int | Decimal):
        return {int, float}
    return {datetime, date} if type(one) is date else {str, datetime}


def figure(found: object) -> Decimal:
    """A number of a spreadsheet: binary, so that its shortest decimal is what was written."""
    return Decimal(repr(float(str(found))))


def same(found: object, cell: object) -> bool:
    """Whether a cell that was read back as text is the one that was written."""
    if cell is None:
        return found in (None, "")
    if isinstance(cell, bool):
        return str(found).lower() == str(cell).lower()
    if isinstance(cell, int | Decimal):
        return figure(found) == cell
    if isinstance(cell, datetime):
        return str(found) == f"{cell:%Y-%m-%d %H:%M:%S}"
    return str(found).removesuffix(" 00:00:00") == str(cell)


@pytest.mark.parametrize("name", NAMES)
def test_parquet_and_json_hold_the_same_rows(name: str, made: Rans, tmp_path: Path) -> None:
    one = made(name)
    write(one, ["parquet", "json"], tmp_path)
    assert pl.read_parquet(tmp_path / f"{name}.parquet").equals(one.table)
    data = json.loads((tmp_path / f"{name}.json").read_text(encoding="utf-8"))
    assert [column["name"] for column in data["columns"]] == one.table.columns
    assert len(data["rows"]) == one.table.height
    csv_rows = table_of(one, tmp_path)[1:]
    for written, row in zip(csv_rows, data["rows"], strict=True):
        assert [as_csv(cell) for cell in row] == [cell.removesuffix(".000000") for cell in written]


def as_csv(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return str(cell).lower()
    return str(cell).removesuffix(".0").replace(" ", "T") if is_time(cell) else plain(cell)


def is_time(cell: object) -> bool:
    return (
        isinstance(cell, str) and len(cell) >= 19 and cell[4] == cell[7] == "-" and cell[13] == ":"
    )


def plain(cell: object) -> str:
    found = str(cell)
    return found.removesuffix(".0") if found.replace(".", "").replace("-", "").isdigit() else found


class _Cells(HTMLParser):
    """The cells of a page's tables."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self._in: str | None = None

    def handle_starttag(self, tag: str, _: object) -> None:
        if tag == "tr":
            self.rows.append([])
        self._in = tag
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        self._in = None if tag in ("td", "th") else self._in

    def handle_data(self, data: str) -> None:
        if self._in in ("td", "th") and self.rows:
            self.rows[-1][-1] += data


@pytest.mark.parametrize("name", NAMES)
def test_the_page_stands_alone_and_shows_the_same_cells(
    name: str, made: Rans, tmp_path: Path
) -> None:
    one = made(name)
    write(one, ["html"], tmp_path)
    page = (tmp_path / f"{name}.html").read_text(encoding="utf-8")
    bare = page.replace("http://www.w3.org/", "")
    assert "http://" not in bare
    assert "https://" not in bare.replace(*cited(one))
    assert "<script" not in page
    assert ("<svg" in page) == (one.report.chart is not None and not one.table.is_empty())
    cells = _Cells()
    cells.feed(page.split("<table>")[1].split("</table>")[0] if "<table>" in page else "")
    wanted = [[text(cell) for cell in row] for row in one.table.head(MOST_ROWS).rows()]
    assert cells.rows[1 : 1 + len(wanted)] == wanted
    assert one.sealed["as_of"]["root"] in page


def cited(one: Ran) -> tuple[str, str]:
    """Sources may name addresses: texts, not links."""
    return ("https://", "") if one.report.name in ("catalogue", "lots") else ("", "")


@pytest.mark.parametrize("name", NAMES)
def test_the_paper_has_text_and_its_picture_is_not_blank(
    name: str, made: Rans, tmp_path: Path
) -> None:
    one = made(name)
    write(one, ["pdf"], tmp_path)
    paper = pypdfium2.PdfDocument(tmp_path / f"{name}.pdf")
    said = " ".join("".join(page.get_textpage().get_text_range() for page in paper).split())
    assert one.report.title in said
    assert one.sealed["as_of"]["root"] in said
    assert "us-ear/ai-diffusion" in said
    first = paper[0].render(scale=0.5).to_numpy()
    assert len({int(shade) for shade in first.reshape(-1, first.shape[-1])[:, 0]}) > 8
    if one.report.chart is None:
        with pytest.raises(InvalidInput, match="has no picture"):
            write(one, ["png"], tmp_path)
        return
    write(one, ["png"], tmp_path)
    assert (tmp_path / f"{name}.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("name", NAMES)
def test_the_same_report_is_the_same_file(name: str, made: Rans, tmp_path: Path) -> None:
    for folder in (tmp_path / "a", tmp_path / "b"):
        formats = set(WRITERS) - (set() if made(name).report.chart else {"svg", "png"})
        write(made(name), sorted(formats), folder)
    for file in sorted((tmp_path / "a").iterdir()):
        assert file.read_bytes() == (tmp_path / "b" / file.name).read_bytes(), file.name
