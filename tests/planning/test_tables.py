from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from ledger.planning.tables import ran, report
from ledger.reporting.report import Column

COLUMNS = [
    Column("who", None, "whoever"),
    Column("left_tpp", "TPP", "an amount"),
    Column("odds", "share", "a share"),
    Column("on", "day", "a day"),
    Column("units", "units", "a number"),
]


def test_a_table_holds_exact_amounts_shares_days_and_numbers() -> None:
    asked = report("toy", "A toy", "What is it?", COLUMNS, ("who",))
    rows = [
        ("a", Decimal("-12.5"), Decimal("0.1234"), date(2026, 1, 2), 3),
        (None, None, None, None, None),
    ]
    found = ran(asked, rows, {"seed": 1}, {"as_of": {"size": 1, "root": "00"}})
    assert found.table.rows() == rows
    assert found.table.dtypes[1:3] == [pl.Decimal(38, 1), pl.Decimal(5, 4)]
    assert next(found.plain_rows()) == ("a", "-12.5", "0.1234", "2026-01-02", 3)
    assert found.about()["parameters"] == {"seed": "1"}


def test_a_table_without_rows_has_its_columns() -> None:
    asked = report("toy", "A toy", "What is it?", COLUMNS, ("who",))
    assert ran(asked, [], {}, {}).table.columns == [one.name for one in COLUMNS]


@pytest.mark.parametrize(("name", "drawn"), [("pipeline-simulate", True), ("toy", False)])
def test_a_picture_lies_beside_those_of_the_reports(name: str, *, drawn: bool) -> None:
    chart = report(name, "", "", COLUMNS, ()).chart
    assert (chart is not None) is drawn
