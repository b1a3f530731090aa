"""Tables of plans that no SQL makes: written as reports are, with the same words about them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from ledger.paths import data_folder
from ledger.reporting.report import Column, Report
from ledger.reporting.running import Ran

TPP_DIGITS: Final = 38
"""As many as a decimal of the columns holds, one of them after the point."""

SHARE_DIGITS, SHARE_PLACES = 5, 4
"""Of a share from 0 to 1."""


def report(
    name: str, title: str, question: str, columns: Sequence[Column], key: tuple[str, ...]
) -> Report:
    """What a table is; its picture, if it has one, lies beside those of the reports."""
    file = data_folder("reports") / f"{name}.sql"
    return Report(name, file, title, question, (), (), tuple(columns), key, (), "")


def ran(
    asked: Report,
    rows: Iterable[Sequence[object]],
    values: Mapping[str, str | int],
    sealed: dict[str, Any],
) -> Ran:
    """The table of some rows: amounts of TPP and shares are decimals, days days."""
    import polars as pl

    schema = {column.name: _type(column, pl) for column in asked.columns}
    table = pl.DataFrame([tuple(row) for row in rows], schema=schema, orient="row")
    return Ran(asked, values, table, sealed)


def _type(column: Column, pl: Any) -> Any:  # noqa: ANN401 -- a module and its types
    match column.unit:
        case "TPP":
            return pl.Decimal(TPP_DIGITS, 1)
        case "share":
            return pl.Decimal(SHARE_DIGITS, SHARE_PLACES)
        case "day":
            return pl.Date
        case None:
            return pl.String
        case _:
            return pl.Int64
