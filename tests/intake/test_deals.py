import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from ledger.core.deals import Deal, Instead
from ledger.core.errors import InvalidInput, NotFound
from ledger.intake.deals import InvalidDeals, RowFault, read_deals_file

HEADER = "deal,exporter,end_user,destination,device,quantity,earliest,latest"
ROW = "D-1,seller,buyer,BR,nvidia-h200,100,2026-07-01,2026-12-31"
WHOLE = Deal.model_validate(dict(zip(HEADER.split(","), ROW.split(","), strict=True)))

WRONG_CELLS = """
3 Country BRA: expected a country as two capital letters, such as AE or BR, found 'BRA'
3 quantity 1.5: expected a whole number, found 1.5
3 latest 2026-02-31: expected a day as YYYY-MM-DD, found '2026-02-31', which is not in the calendar
3 probability 160%: expected a probability from 0 to 1, or a percentage such as 60%, found 160%
3 instead nvidia-b200: expected device:quantity; device:quantity, found 'nvidia-b200'
3 fixed maybe: expected yes or no, found 'maybe'
4 end_user : the field 'end_user' is missing
5  : the row has 2 cells and the header 11 columns
6 deal D-1: row 2 holds a deal of this id
6 instead x: instead.0.quantity: expected a number, found 'x'
7  : latest 2026-07-01 comes before earliest 2026-07-02
"""


def _deals(file: Path) -> tuple[Deal, ...]:
    return read_deals_file(file).deals


def _csv(folder: Path, *lines: str) -> Path:
    file = folder / "deals.csv"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def _json(folder: Path, data: object) -> Path:
    file = folder / "deals.json"
    file.write_text(json.dumps(data), encoding="utf-8")
    return file


def _faults(file: Path) -> list[tuple[int, str, str, str]]:
    with pytest.raises(InvalidDeals) as raised:
        _deals(file)
    assert {fault.file for fault in raised.value.faults} == {str(file)}
    return [(one.row, one.column, one.value, one.reason) for one in raised.value.faults]


def test_a_deal_of_the_needed_columns_alone(tmp_path: Path) -> None:
    assert _deals(_csv(tmp_path, HEADER, ROW)) == (WHOLE,)
    assert WHOLE.ultimate_consignee == "buyer"


def test_a_deal_of_every_column(tmp_path: Path) -> None:
    more = "ultimate_consignee,origin,end_use,instead,probability,value,priority"
    more += ",fixed,splittable,authorization"
    cells = "owner,TW,training,nvidia-b200:40; amd-mi300x : 50;,60 %,12.5,3,yes,No,us-ear/lpp"
    (deal,) = _deals(_csv(tmp_path, f"{HEADER},{more}", f"{ROW},{cells}"))
    assert deal == WHOLE.model_copy(
        update={
            "ultimate_consignee": "owner",
            "origin": "TW",
            "end_use": "training",
            "instead": (
                Instead(device="nvidia-b200", quantity=40),
                Instead(device="amd-mi300x", quantity=50),
            ),
            "probability": Decimal("0.6"),
            "value": Decimal("12.5"),
            "priority": 3,
            "fixed": True,
            "splittable": False,
            "authorization": "us-ear/lpp",
        }
    )


def test_columns_may_be_written_as_people_do(tmp_path: Path) -> None:
    header = "ID;Exporter;End user;Country;Device;Quantity;Earliest;Latest;"
    file = _csv(tmp_path, header, ROW.replace(",", ";") + ";", ";" * 8)
    assert _deals(file) == (WHOLE,)


@pytest.mark.parametrize("ending", ["csv", "xlsx", "parquet", "json"])
def test_the_same_deal_of_every_kind_of_file(ending: str, tmp_path: Path) -> None:
    file = tmp_path / f"deals.{ending}"
    row = WHOLE.model_dump(
        include={"deal", "exporter", "end_user", "device", "quantity", "earliest", "latest"}
    )
    row |= {"country": "BR", "fixed": True, "probability": "0.25", "instead": "nvidia-b200:40"}
    match ending:
        case "csv":
            pl.DataFrame([row]).write_csv(file)
        case "parquet":
            pl.DataFrame([row]).write_parquet(file)
        case "json":
            listed = [{"device": "nvidia-b200", "quantity": 40}]
            file.write_text(json.dumps([{**row, "instead": listed}], default=str))
        case _:
            with xlsxwriter.Workbook(file) as book:
                day = book.add_format({"num_format": "yyyy-mm-dd"})
                sheet = book.add_worksheet()
                for place, (name, cell) in enumerate(row.items()):
                    sheet.write(0, place, name)
                    if isinstance(cell, date):
                        sheet.write_datetime(1, place, cell, day)
                    else:
                        sheet.write(1, place, cell)
    read = read_deals_file(file)
    changes = {
        "fixed": True,
        "probability": Decimal("0.25"),
        "instead": (Instead(device="nvidia-b200", quantity=40),),
    }
    assert read.deals == (WHOLE.model_copy(update=changes),)
    assert read.rows == ((1,) if ending == "json" else (2,))
    assert len(read.digest) == 64


def test_every_wrong_cell_is_told_with_its_row_and_column(tmp_path: Path) -> None:
    file = _csv(
        tmp_path,
        f"{HEADER.replace('destination', 'Country')},instead,probability,fixed",
        f"{ROW},,,",
        "D-2,seller,buyer,BRA,nvidia-h200,1.5,2026-07-01,2026-02-31,nvidia-b200,160%,maybe",
        "D-3,seller,,BR,nvidia-h200,1,2026-07-01,2026-06-30,,,",
        "D-4,seller",
        "D-1,seller,other,BR,nvidia-h200,1,2026-07-01,2026-07-01,nvidia-b200:x,,",
        "D-5,seller,other,BR,nvidia-h200,1,2026-07-02,2026-07-01,,,",
    )
    told = [f"{row} {column} {value}: {reason}" for row, column, value, reason in _faults(file)]
    assert "\n".join(told) == WRONG_CELLS.strip()


def test_an_error_is_one_sentence_with_a_cure(tmp_path: Path) -> None:
    file = _csv(tmp_path, HEADER, ROW, ROW)
    with pytest.raises(InvalidInput) as raised:
        _deals(file)
    assert str(raised.value) == (
        f"{file}: row 3, column deal: row 2 holds a deal of this id ('D-1'). "
        "Correct the file: docs/pipeline.md describes every column."
    )


def test_a_value_is_not_told_twice_in_a_sentence() -> None:
    fault = RowFault("a.csv", 3, "quantity", "x", "expected a number, found 'x'")
    assert fault.sentence == "row 3, column quantity: expected a number, found 'x'"
    assert RowFault("a.csv", 3, "", "", "it is broken").sentence == "row 3: it is broken"


def test_unknown_double_and_missing_columns_are_told_before_any_row(tmp_path: Path) -> None:
    file = _csv(tmp_path, "deal,exporter,country,destination,devise,quantity,earliest", "x")
    found = _faults(file)
    assert [(row, column) for row, column, _, _ in found] == [
        (1, "destination"),
        (1, "devise"),
        (1, "end_user"),
        (1, "device"),
        (1, "latest"),
    ]
    assert found[0][3] == "the column country stands for the same field"
    assert found[1][3].startswith("no field of a deal has this name; they are deal, exporter")
    assert found[2][3] == "the column is missing"


def test_a_cell_beside_the_columns_is_told(tmp_path: Path) -> None:
    assert _faults(_csv(tmp_path, f"{HEADER},", f"{ROW},note")) == [
        (2, "", "note", "a cell stands in a column without a name, found 'note'")
    ]


def test_a_list_of_deals_tells_what_is_wrong_with_each(tmp_path: Path) -> None:
    row = dict(zip(HEADER.split(","), ROW.split(","), strict=True))
    bad = [
        row,
        3,
        {**row, "country": "BR"},
        {**row, "deal": "D-2", "colour": "red"},
        {name: cell for name, cell in row.items() if name != "deal"},
        {name: cell for name, cell in row.items() if name != "deal"},
        {**row, "deal": "D-3", "instead": [{"device": "nvidia-b200"}]},
    ]
    assert _faults(_json(tmp_path, bad)) == [
        (2, "", "", "expected an object, found 3"),
        (3, "", "", "two names stand for the same field"),
        (4, "colour", "red", "unknown field 'colour'"),
        (5, "deal", "", "the field 'deal' is missing"),
        (6, "deal", "", "the field 'deal' is missing"),
        (7, "instead", "", "the field 'instead.0.quantity' is missing"),
    ]


def test_columns_of_lists_are_no_table(tmp_path: Path) -> None:
    file = tmp_path / "deals.parquet"
    pl.DataFrame({"deal": ["D-1"], "instead": [["nvidia-b200"]]}).write_parquet(file)
    with pytest.raises(InvalidInput, match="not single values"):
        _deals(file)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("deals.csv", "", "the file is empty"),
        ("deals.csv", HEADER, "holds no deal"),
        ("deals.json", "[]", "holds no deal"),
        ("deals.json", "{}", "holds no list of deals"),
        ("deals.json", "[", "is no JSON text"),
        ("deals.docx", "x", "'.docx' is no ending that says how to read the file"),
        ("deals.xlsx", "x", "can't be read as XLSX"),
    ],
)
def test_what_is_no_file_of_deals_says_so(
    name: str, content: str, said: str, tmp_path: Path
) -> None:
    file = tmp_path / name
    file.write_text(content, encoding="utf-8")
    with pytest.raises(InvalidInput, match=said) as raised:
        _deals(file)
    assert raised.value.where == str(file)
    assert raised.value.cure


def test_a_file_that_is_not_there_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="No such file"):
        _deals(tmp_path / "deals.csv")
