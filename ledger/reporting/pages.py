"""Pages: reports as one HTML file that needs nothing else, neither a server nor a network."""

from calendar import month_name
from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import cache
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, Template

from ledger.paths import data_folder
from ledger.reporting import charts
from ledger.reporting.running import Ran
from ledger.reporting.workbook import lines
from ledger.reporting.writing import text

MOST_ROWS: Final = 2_000
"""Rows that a page shows of one report: a reader of more wants a spreadsheet."""


def page(
    ran: Sequence[Ran],
    title: str,
    sealed: dict[str, Any],
    *,
    summary: Sequence[tuple[str, str]] = (),
) -> str:
    """Reports under one title, a summary (label, value) above them."""
    return _template().render(
        title=title,
        subtitle=subtitle(sealed),
        summary=summary,
        reports=[section(one, MOST_ROWS, charts.svg(one)) for one in ran],
        about=list(lines(sealed)),
    )


@cache
def _template() -> Template:
    folder = data_folder("reports") / "templates"
    environment = Environment(loader=FileSystemLoader(folder), autoescape=True)
    return environment.get_template("page.html")


def subtitle(sealed: dict[str, Any]) -> str:
    """What every document says under its title."""
    as_of, known = sealed["as_of"], sealed["law_known_until"]
    made = f"made on {sealed['made on']}, " if "made on" in sealed else ""
    head = f"{made}as of head {as_of['size']:,}, root {as_of['root']}"
    days = f"legal days in {sealed['time_zone']}"
    if sealed["reporting_time_zone"] != sealed["time_zone"]:
        days += f", days of recording in {sealed['reporting_time_zone']}"
    if sealed["quarters_begin_in"] != 1:
        days += f", quarters from the first of {month_name[sealed['quarters_begin_in']]} on"
    return f"{head}; {days}; the law is known before {known}"


def section(ran: Ran, most: int, picture: str | None) -> dict[str, Any]:
    """A report as a document shows it: its columns, the first rows as texts, how many are left."""
    rows = ran.table.head(most).rows()
    totals = ran.totals()
    left = ran.table.height - len(rows)
    given = {name: value for name, value in ran.values.items() if value is not None}
    return {
        "name": ran.report.name,
        "title": ran.report.title,
        "question": ran.report.question,
        "parameters": ", ".join(f"{name} {value}" for name, value in given.items()),
        "picture": picture,
        "columns": [
            {"label": one.label, "meaning": one.meaning, "figure": _is_figure(place, rows)}
            for place, one in enumerate(ran.report.columns)
        ],
        "rows": [[{"text": text(cell), "kind": _kind(cell)} for cell in row] for row in rows],
        "totals": [text(cell) for cell in totals] if any(totals) else [],
        "cut": f"{left:,} more rows stand in the workbook and the files." if left else "",
    }


def _is_figure(place: int, rows: Iterable[Sequence[object]]) -> bool:
    """Whether a column holds numbers."""
    cells = [row[place] for row in rows if row[place] is not None]
    return bool(cells) and all(_kind(cell).startswith("figure") for cell in cells)


def _kind(cell: object) -> str:
    if isinstance(cell, bool):
        return ""
    if isinstance(cell, int | Decimal):
        return "figure less" if cell < 0 else "figure"
    return "day" if hasattr(cell, "isoformat") else ""
