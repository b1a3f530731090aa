"""Charts: one specification each, beside its report; the same picture in every document.

A specification is Vega-Lite and is drawn here, without a browser and without a download.
"""

import json
import tomllib
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ledger.paths import RULES, data_folder
from ledger.reporting.running import Ran

if TYPE_CHECKING:
    import polars as pl

DIALECT: Final = "6.4"
SCALE: Final = 2
"""Pixels of a PNG for each of the specification's own."""


def svg(ran: Ran) -> str | None:
    """A report's picture as SVG; None where it has no specification, or nothing to show."""
    import vl_convert

    spec = specification(ran)
    return None if spec is None else vl_convert.vegalite_to_svg(spec, DIALECT)


def png(ran: Ran) -> bytes | None:
    """The same as PNG."""
    import vl_convert

    spec = specification(ran)
    return None if spec is None else vl_convert.vegalite_to_png(spec, DIALECT, scale=SCALE)


def drawn(file: Path, rows: list[dict[str, object]], *, pixels: bool = False) -> bytes:
    """Any other table by a specification of its own, as SVG, or as the pixels of a PNG."""
    import vl_convert

    text = file.read_text(encoding="utf-8")
    spec = {**json.loads(text), "config": _theme(), "datasets": {"table": rows}}
    if pixels:
        return vl_convert.vegalite_to_png(spec, DIALECT, scale=SCALE)
    return vl_convert.vegalite_to_svg(spec, DIALECT).encode()


def specification(ran: Ran) -> dict[str, Any] | None:
    """A report's specification with its rows in it."""
    file = ran.report.chart
    if file is None or ran.table.is_empty():
        return None
    text = file.read_text(encoding="utf-8")
    datasets: dict[str, Any] = {"table": _rows(ran.table)}
    if '"centres"' in text:
        datasets["centres"] = _centres()
    return {**json.loads(text), "config": _theme(), "datasets": datasets}


@cache
def _centres() -> list[dict[str, object]]:
    """Where countries lie, for maps: a specification asks for them as the data `centres`."""
    named = tomllib.loads((RULES / "centres.toml").read_text(encoding="utf-8"))["centres"]
    return [{"destination": iso, "lon": lon, "lat": lat} for iso, (lon, lat) in named.items()]


@cache
def _theme() -> dict[str, Any]:
    file = data_folder("reports") / "templates" / "theme.json"
    theme: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return theme


def _rows(table: "pl.DataFrame") -> list[dict[str, object]]:
    return [
        {name: _drawn(cell) for name, cell in row.items()} for row in table.iter_rows(named=True)
    ]


def _drawn(cell: object) -> object:
    """A cell as a picture takes it: nothing is counted from it."""
    if isinstance(cell, Decimal):
        return float(cell)
    return str(cell) if isinstance(cell, date | datetime) else cell
