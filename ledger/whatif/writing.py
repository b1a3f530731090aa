"""Writing comparisons: JSON, a workbook, a page that stands alone, pictures, and Polars frames."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ledger.core.decision import ENGINE
from ledger.core.values import Tpp, shown
from ledger.paths import data_folder
from ledger.whatif.comparing import Answered, Comparison, Row, unique
from ledger.whatif.tables import UNSHOWN, Cell, Column

if TYPE_CHECKING:
    import polars as pl
    from jinja2 import Template

MOST_DRAWN: Final = 12
"""Rows that a picture shows of one question: those that differ, if some do."""

DRAWN: Final = {"headroom": "headroom_tpp", "largest": "quantity"}
"""Questions that have a picture, and the column that it shows."""

UNITS: Final = {"headroom_tpp": "headroom, TPP", "quantity": "units"}
NAME: Final = "comparison"


def write(comparison: Comparison, formats: Iterable[str], folder: Path) -> list[Path]:
    """Write a comparison into a folder in some formats; returns the files in their order."""
    folder.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    for one in formats:
        written += WRITERS[one](comparison, folder)
    return written


def shown_in(one: Answered, column: Column, cell: Cell) -> str:
    """A cell of an answer for people: of the largest quantity, that nothing limits it."""
    unlimited = cell is None and (one.ask, column.name) == ("largest", "quantity")
    return "no limit" if unlimited else text(cell)


def text(cell: Cell) -> str:
    """A cell for people."""
    if cell is None:
        return "-"
    if isinstance(cell, Tpp):
        return shown(cell)
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, int | Decimal):
        return f"{cell:,}".removesuffix(".0")
    return str(cell)


def signed(cell: Cell) -> str:
    """A difference for people, with its sign; nothing where there is none."""
    if cell is None or not isinstance(cell, int):
        return ""
    told = text(cell) if cell else ""
    return told if told.startswith("-") or not told else f"+{told}"


def because(comparison: Comparison, one: Answered) -> list[str]:
    """Why each scenario's answer differs, or that it does not, a sentence each."""
    found = []
    for number, scenario in enumerate(comparison.scenarios):
        if failed := one.failed[number + 1]:
            found.append(f"{scenario.title}: no answer, since {failed}")
        elif one.because[number]:
            found.append(f"{scenario.title}: because {'; '.join(one.because[number])}")
        else:
            found.append(f"{scenario.title}: as in {comparison.base.title}")
    return found


# ---- programs


def _json(comparison: Comparison, folder: Path) -> list[Path]:
    from ledger.reporting.writing import json_text

    file = folder / f"{NAME}.json"
    file.write_text(json_text(comparison.as_data()), encoding="utf-8")
    return [file]


def frames(comparison: Comparison) -> dict[str, "pl.DataFrame"]:
    """A frame for each question: a row for each of its rows in each world, TPP as decimals."""
    return {one.title: _frame(comparison, one) for one in comparison.questions}


def _frame(comparison: Comparison, one: Answered) -> "pl.DataFrame":
    import polars as pl

    titles = [comparison.base.title, *(scenario.title for scenario in comparison.scenarios)]
    rows = [
        (*map(_typed, row.key), titles[world], *map(_typed, cells), bool(one.differing(row, world)))
        for row in one.rows
        for world, cells in enumerate(row.cells)
        if cells is not None
    ]
    named = [("scenario", pl.String()), *((c.name, _dtype(c)) for c in one.columns)]
    schema = [*((c.name, _dtype(c)) for c in one.keys), *named, ("differs", pl.Boolean())]
    return pl.DataFrame(rows, schema=dict(schema), orient="row", strict=False)


def _dtype(column: Column) -> Any:  # noqa: ANN401 -- a Polars type
    import polars as pl

    types = {"tpp": pl.Decimal(38, 1), "units": pl.Int64(), "day": pl.Date(), "text": pl.String()}
    return types[column.kind]


def _typed(cell: Cell) -> str | int | bool | Decimal | date | None:
    return Decimal(int(cell)).scaleb(-1) if isinstance(cell, Tpp) else cell


def _parquet(comparison: Comparison, folder: Path) -> list[Path]:
    files, names = [], _file_names(comparison)
    for title, frame in frames(comparison).items():
        file = folder / f"{names[title]}.parquet"
        frame.write_parquet(file)
        files.append(file)
    return files


LONGEST_NAME: Final = 60


def _file_names(comparison: Comparison) -> dict[str, str]:
    """A file's name for each question, which differ."""
    short = [
        re.sub(r"[^\w-]+", "-", one.title).strip("-").lower()[:LONGEST_NAME] or NAME
        for one in comparison.questions
    ]
    names = [one.replace(" ", "-") for one in unique(short)]
    return dict(zip((one.title for one in comparison.questions), names, strict=True))


# ---- people


def _xlsx(comparison: Comparison, folder: Path) -> list[Path]:
    from ledger.reporting.workbook import workbook

    file = folder / f"{NAME}.xlsx"
    titles = [comparison.base.title, *(one.title for one in comparison.scenarios)]
    with workbook(file) as book:
        supposed = [
            (one.title, said)
            for one in (comparison.base, *comparison.scenarios)
            for said in one.hypotheses or ("nothing is supposed",)
        ]
        book.grid("scenarios", ["scenario", "supposes"], supposed)
        for one in comparison.questions:
            header = [*(c.name for c in one.keys), "figure", *titles]
            header += [f"{title}: more" for title in titles[1:]]
            book.grid(one.title, header, _sheet_rows(one))
        reasons = [(q.title, said) for q in comparison.questions for said in because(comparison, q)]
        book.grid("why", ["question", "why"], reasons)
        book.about(dict(_made_from(comparison)))
    return [file]


def _sheet_rows(one: Answered) -> Iterator[tuple[object, ...]]:
    for row in one.rows:
        for place, column in enumerate(one.columns):
            cells = [None if c is None else _typed(c[place]) for c in row.cells]
            more = [_typed(one.difference(row, w, place)) for w in range(1, len(row.cells))]
            yield (*map(_typed, row.key), column.name, *cells, *more)


def _html(comparison: Comparison, folder: Path) -> list[Path]:
    file = folder / f"{NAME}.html"
    file.write_text(page(comparison), encoding="utf-8")
    return [file]


def page(comparison: Comparison) -> str:
    """The comparison as one page that needs nothing else."""
    as_of = comparison.as_of
    return _template().render(
        title="What if: " + ", ".join(one.title for one in comparison.scenarios),
        subtitle=f"as of head {as_of['size']:,}, root {as_of['root']}",
        worlds=[one.as_data() for one in (comparison.base, *comparison.scenarios)],
        questions=[
            {
                "title": one.title,
                "because": because(comparison, one),
                "picture": (drawn := picture(comparison, one)) and drawn.decode(),
                "labels": [column.name for column in one.keys],
                "rows": [told for row in one.rows for told in _page_rows(one, row)],
            }
            for one in comparison.questions
        ],
        made_from=_made_from(comparison),
    )


def _page_rows(one: Answered, row: Row) -> Iterator[dict[str, Any]]:
    differing = [one.differing(row, world) for world in range(len(row.cells))]
    key = [text(cell) for cell in row.key]
    for place, column in enumerate(one.columns):
        if column.name in UNSHOWN:
            continue
        cells = [
            {
                "text": "-" if cells is None else shown_in(one, column, cells[place]),
                "figure": column.kind in ("tpp", "units"),
                "other": place in differing[world],
                "more": signed(one.difference(row, world, place))
                if place in differing[world]
                else "",
            }
            for world, cells in enumerate(row.cells)
        ]
        if any(cell["text"] != "-" for cell in cells):
            yield {
                "key": key,
                "name": column.name.removesuffix("_tpp").replace("_", " "),
                "cells": cells,
                "differs": any(cell["other"] for cell in cells),
            }
            key = [""] * len(key)  # it stands on its first line alone


@cache
def _template() -> "Template":
    from jinja2 import Environment, FileSystemLoader

    folder = data_folder("reports") / "templates"
    environment = Environment(loader=FileSystemLoader(folder), autoescape=True)
    return environment.get_template("comparison.html")


def _made_from(comparison: Comparison) -> list[tuple[str, str]]:
    as_of = comparison.as_of
    found = [("head", f"{as_of['size']:,} entries"), ("root", as_of["root"]), ("engine", ENGINE)]
    for one in (comparison.base, *comparison.scenarios):
        found.append((f"digest of {one.title}", one.digest))
        found.append((f"posture of {one.title}", one.posture or "that of the settings"))
    for one in (comparison.base, *comparison.scenarios):
        for pack in one.law:
            named = (f"law {pack['pack']} {pack['version']}", pack["digest"])
            if named not in found:
                found.append(named)
    return found


# ---- pictures


def picture(comparison: Comparison, one: Answered, *, pixels: bool = False) -> bytes | None:
    """A question's figures in each world as bars; None for a question that has no picture."""
    from ledger.reporting.charts import drawn

    rows = list(_bars(comparison, one))
    if not rows:
        return None
    return drawn(data_folder("reports") / "templates" / f"{NAME}.vl.json", rows, pixels=pixels)


def _bars(comparison: Comparison, one: Answered) -> Iterator[dict[str, object]]:
    name = DRAWN.get(one.ask)
    if name is None:
        return
    at = next(place for place, column in enumerate(one.columns) if column.name == name)
    titles = [comparison.base.title, *(scenario.title for scenario in comparison.scenarios)]
    differing = [row for row in one.rows if one.differs(row)]
    for place, row in enumerate((differing or list(one.rows))[:MOST_DRAWN]):
        what = f"{', '.join(text(cell) for cell in row.key)}: {UNITS[name]}"
        for order, cells in enumerate(row.cells):
            amount = None if cells is None else _typed(cells[at])
            # A picture counts nothing; what has no bar says why.
            drawn = float(amount) if isinstance(amount, int | Decimal) else None
            label = "no such row" if cells is None else text(cells[at])
            bar = {"what": what, "place": place, "world": titles[order], "order": order}
            yield {**bar, "amount": drawn, "label": "no limit" if label == "-" else label}


def _pictures(kind: str) -> Callable[[Comparison, Path], list[Path]]:
    def put(comparison: Comparison, folder: Path) -> list[Path]:
        files, names = [], _file_names(comparison)
        for one in comparison.questions:
            found = picture(comparison, one, pixels=kind == "png")
            if found is not None:
                file = folder / f"{names[one.title]}.{kind}"
                file.write_bytes(found)
                files.append(file)
        return files

    return put


WRITERS: Final[Mapping[str, Callable[[Comparison, Path], list[Path]]]] = {
    "json": _json,
    "xlsx": _xlsx,
    "html": _html,
    "parquet": _parquet,
    "svg": _pictures("svg"),
    "png": _pictures("png"),
}
"""Every format that is a file."""
