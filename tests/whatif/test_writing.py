"""Comparisons as files and frames: the same cells in each, and pictures that are not blank."""

import json
import zlib
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import fastexcel
import polars as pl
import pytest

from ledger.core.values import Tpp
from ledger.whatif.comparing import Comparison
from ledger.whatif.loading import load
from ledger.whatif.tables import Cell
from ledger.whatif.writing import WRITERS, because, frames, page, picture, signed, text, write
from tests.whatif.asking import DOUBLED, SCENARIOS, TABLE, UNI, compared, scenario

ROOM = {"ask": "headroom", "days": ["2026-06-30", "2026-12-31"], "cap": TABLE}


@pytest.fixture(scope="module")
def doubled(example_url: str) -> Comparison:
    return compared(
        example_url,
        load(SCENARIOS / "nveu-doubled.toml"),
        load(SCENARIOS / "uae-and-saudi-arabia-join-the-partners.toml"),
    )


def test_every_format_is_written(doubled: Comparison, tmp_path: Path) -> None:
    files = write(doubled, WRITERS, tmp_path)
    assert all(file.stat().st_size > 0 for file in files)
    assert {file.suffix for file in files} == {f".{one}" for one in WRITERS}
    pictures = [file.name for file in files if file.suffix == ".png"]
    assert pictures == [
        "headroom-of-the-cloud-in-the-emirates.png",
        "how-many-gb300-may-it-still-get-by-the-end-of-2026.png",
    ]
    assert json.loads((tmp_path / "comparison.json").read_text()) == doubled.as_data()


def test_a_frame_has_a_row_for_each_row_in_each_world(example_url: str) -> None:
    found = compared(example_url, scenario(law=[DOUBLED], question=[ROOM]))
    frame = frames(found)["headroom"]
    assert frame.schema["headroom_tpp"] == pl.Decimal(38, 1)
    assert frame.schema["on"] == pl.Date
    assert frame["scenario"].to_list() == ["the ledger as it is", "a scenario"] * 2
    assert frame["differs"].to_list() == [False, False, False, True]
    late = frame.filter(pl.col("on") == pl.date(2026, 12, 31))
    assert late["headroom_tpp"].to_list() == [Decimal("3072750000.0"), Decimal("7345500000.0")]


def test_a_workbook_holds_the_cells_of_the_comparison(example_url: str, tmp_path: Path) -> None:
    found = compared(example_url, scenario(law=[DOUBLED], question=[ROOM]))
    (file,) = write(found, ["xlsx"], tmp_path)
    book = fastexcel.read_excel(file)
    assert book.sheet_names == ["scenarios", "headroom", "why", "about"]
    rows = book.load_sheet("headroom").to_polars().rows()
    (answered,) = found.questions
    expected = [
        (row.key[1], column.name, row.cells[0][n], row.cells[1][n])
        for row in answered.rows
        if row.cells[0] is not None and row.cells[1] is not None
        for n, column in enumerate(answered.columns)
        if column.kind == "tpp"
    ]
    amounts = [
        (cap, figure, Tpp.of(str(base)), Tpp.of(str(other)))
        for _, cap, _, figure, base, other, _ in rows
        if figure.endswith("_tpp")
    ]
    assert amounts == expected
    why = book.load_sheet("why").to_polars().rows()
    assert why[0][1].startswith("a scenario: because from 2026-07-01 the allowance")


def test_a_page_stands_alone_and_says_all(doubled: Comparison) -> None:
    html = page(doubled)
    assert "<script" not in html
    assert "http" not in html.replace("http://www.w3.org/", "")
    for one in doubled.scenarios:
        assert one.digest in html
        assert all(said in html for said in one.hypotheses)
    assert html.count("<svg") == 2
    assert "7,345,500,000" in html
    assert "+4,272,750,000" in html


def test_names_of_a_page_are_text_and_no_markup(example_url: str) -> None:
    html = page(compared(example_url, scenario(title="<b>x</b>", law=[DOUBLED], question=[ROOM])))
    assert "<b>x</b>" not in html
    assert "&lt;b&gt;x&lt;/b&gt;" in html


def test_a_picture_is_not_blank(doubled: Comparison) -> None:
    drawn = picture(doubled, doubled.questions[0], pixels=True)
    assert drawn is not None
    assert drawn.startswith(b"\x89PNG")
    # A blank picture is one colour, whose rows are few and alike.
    shades = set(zlib.decompress(b"".join(_data(drawn))))
    assert len(shades) > 50
    assert picture(doubled, doubled.questions[2]) is None


def _data(png: bytes) -> Iterator[bytes]:
    """The chunks of a PNG that hold its pixels."""
    at = 8
    while at < len(png):
        size = int.from_bytes(png[at : at + 4])
        if png[at + 4 : at + 8] == b"IDAT":
            yield png[at + 8 : at + 8 + size]
        at += 12 + size


def test_reasons_are_told_for_each_scenario(example_url: str) -> None:
    gone = {
        "kind": "record.reversed",
        "on": "2026-11-23",
        "reason": "an error",
        "target": "demo/party/example-listed-de",
    }
    lot = {**UNI, "quantity": 5, "destination": "DE", "ultimate_consignee": "example-listed-de"}
    question = {"ask": "decide", "lots": [lot]}
    one = scenario(title="gone", event=[gone], question=[question])
    two = scenario(title="doubled", law=[DOUBLED])
    three = scenario(
        title="rescinded", law=[{"provision": "us-ear/ai-diffusion", "rescinded_on": "2026-01-01"}]
    )
    found = compared(example_url, one, two, three)
    told = because(found, found.questions[0])
    assert told[0].startswith("gone: no answer, since")
    assert told[1] == "doubled: as in the ledger as it is"
    assert told[2] == "rescinded: because us-ear/ai-diffusion is rescinded on 2026-01-01"


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        (None, "-"),
        (Tpp.of("1234.5"), "1,234.5"),
        (True, "yes"),
        (False, "no"),
        (12345, "12,345"),
        (Decimal("1234.0"), "1,234"),
        ("text", "text"),
    ],
)
def test_cells_are_shown_to_people(cell: Cell, shown: str) -> None:
    assert text(cell) == shown


@pytest.mark.parametrize(
    ("cell", "shown"), [(None, ""), ("x", ""), (5, "+5"), (-5, "-5"), (0, ""), (Tpp(-15), "-1.5")]
)
def test_differences_have_a_sign(cell: str | int | None, shown: str) -> None:
    assert signed(cell) == shown
