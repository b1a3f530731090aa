"""Writing: a report as CSV, XLSX, Parquet, JSON, page, paper or picture, with its sources."""

import json
from collections.abc import Callable, Iterable
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TextIO

from ledger.core.errors import InvalidInput
from ledger.reporting import charts
from ledger.reporting.running import Ran

if TYPE_CHECKING:
    import polars as pl

ABOUT: Final = ".about.json"
"""Ends the name of the file that stands beside those that have no room to say what they are."""


def write(ran: Ran, formats: Iterable[str], folder: Path) -> list[Path]:
    """Write a report into a folder in some formats; returns the files in their order."""
    folder.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    for one in formats:
        file = folder / f"{ran.report.name}.{one}"
        WRITERS[one](ran, file)
        written.append(file)
        if one in BARE:
            about = folder / f"{ran.report.name}{ABOUT}"
            about.write_text(json_text(ran.about()), encoding="utf-8")
            written.append(about)
    return list(dict.fromkeys(written))


def csv(ran: Ran, file: Path) -> None:
    """Comma-separated values: exact numbers, days as YYYY-MM-DD, empty for what is not there."""
    shown(ran.table).write_csv(file)


def parquet(ran: Ran, file: Path) -> None:
    """Parquet with exact types; what it was made from stands in its metadata, too."""
    ran.table.write_parquet(file, metadata={"chipledger": json.dumps(ran.about())})


def jsons(ran: Ran, file: Path) -> None:
    """One JSON document: columns with units, rows, and what it was made from."""
    with file.open("w", encoding="utf-8") as out:
        put_json(ran, out)


def put_json(ran: Ran, out: TextIO) -> None:
    """Write the same somewhere: what it is is indented, each row stands on a line of its own."""
    head = json_text(ran.head()).rstrip().removesuffix("}").rstrip()
    out.write(f'{head},\n  "rows": [')
    encode = json.JSONEncoder(ensure_ascii=False).encode
    out.writelines(
        f"{',' if number else ''}\n    {encode(row)}" for number, row in enumerate(ran.plain_rows())
    )
    out.write("\n  ]\n}\n" if ran.table.height else "]\n}\n")


def svg(ran: Ran, file: Path) -> None:
    """The report's picture; raises `InvalidInput` where it has none."""
    _drawn(ran)
    file.write_text(charts.svg(ran) or NOTHING, encoding="utf-8")


def png(ran: Ran, file: Path) -> None:
    """The same as pixels."""
    _drawn(ran)
    drawn = charts.png(ran)
    if drawn is None:
        import vl_convert

        drawn = vl_convert.svg_to_png(NOTHING)
    file.write_bytes(drawn)


def _drawn(ran: Ran) -> None:
    """Raise `InvalidInput` for a report without a picture."""
    if ran.report.chart is None:
        raise InvalidInput(
            f"the report '{ran.report.name}' has no picture",
            where="--format",
            cure=f"ask for another format, or draw one in {ran.report.name}.vl.json",
        )


NOTHING: Final = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="420" height="60">'
    '<rect width="420" height="60" fill="white"/>'
    '<text x="12" y="36" font-family="sans-serif" font-size="15">There is nothing to show.</text>'
    "</svg>"
)


def xlsx(ran: Ran, file: Path) -> None:
    """A workbook: typed cells under a frozen header, and a sheet of what it was made from."""
    from ledger.reporting.workbook import workbook

    with workbook(file) as book:
        book.table(ran)
        book.about(ran.about())


def html(ran: Ran, file: Path) -> None:
    """A page that stands alone."""
    from ledger.reporting.pages import page

    file.write_text(page([ran], ran.report.title, ran.sealed), encoding="utf-8")


def pdf(ran: Ran, file: Path) -> None:
    """A paper."""
    from ledger.reporting.papers import paper

    file.write_bytes(paper([ran], ran.report.title, ran.sealed))


WRITERS: Final[dict[str, Callable[[Ran, Path], None]]] = {
    "csv": csv,
    "xlsx": xlsx,
    "parquet": parquet,
    "json": jsons,
    "html": html,
    "pdf": pdf,
    "svg": svg,
    "png": png,
}
"""Every format that is a file."""

BARE: Final = frozenset({"csv", "parquet", "svg", "png"})
"""Formats beside which a file says what they were made from."""


def shown(table: "pl.DataFrame") -> "pl.DataFrame":
    """A table whose exact decimals are texts without needless zeros."""
    import polars as pl

    decimals = [name for name, kind in table.schema.items() if isinstance(kind, pl.Decimal)]
    lists = [name for name, kind in table.schema.items() if isinstance(kind, pl.List)]
    return table.with_columns(
        *(pl.col(name).cast(pl.String).str.strip_suffix(".0") for name in decimals),
        *(pl.col(name).list.join(" / ") for name in lists),
    )


def text(cell: object) -> str:
    """A cell for people: thousands separated, nothing for what is not there."""
    match cell:
        case None:
            return ""
        case bool():
            return "yes" if cell else "no"
        case Decimal():
            return f"{cell:,f}".removesuffix(".0")
        case int():
            return f"{cell:,}"
        case _:
            return str(cell)


def json_text(data: Any) -> str:  # noqa: ANN401 -- any JSON value
    """A document of a pack or report: the same data is the same text."""
    return json.dumps(data, ensure_ascii=False, indent=2) + "\n"
