"""Papers: reports as one PDF, typeset here without a download; the same input is the same file."""

import json
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import typst

from ledger.paths import data_folder
from ledger.reporting import charts
from ledger.reporting.pages import section, subtitle
from ledger.reporting.running import Ran
from ledger.reporting.workbook import lines

MOST_ROWS: Final = 400
"""Rows that a paper shows of one report: what is longer is read in the workbook."""

WIDEST, HIGHEST = 740, 380
"""Points that a picture may take of the paper."""

LEAST, MOST = 4, 26
"""How narrow and how wide a column may be, in characters."""


def paper(
    ran: Sequence[Ran],
    title: str,
    sealed: dict[str, Any],
    *,
    summary: Sequence[tuple[str, str]] | None = None,
    signature: bool = False,
) -> bytes:
    """Reports under one title; with a `summary` (label, value) they have a cover."""
    with TemporaryDirectory() as folder:
        place = Path(folder)
        data = {
            "title": title,
            "subtitle": subtitle(sealed),
            "root": sealed["as_of"]["root"],
            "cover": summary is not None,
            "summary": [{"label": label, "value": value} for label, value in summary or ()],
            "signature": signature,
            "reports": [_typeset(one, place) for one in ran],
            "about": list(lines(sealed)),
        }
        (place / "data.json").write_text(json.dumps(data), encoding="utf-8")
        template = data_folder("reports") / "templates" / "paper.typ"
        (place / "paper.typ").write_bytes(template.read_bytes())
        made = typst.compile(place / "paper.typ", root=place, format="pdf", timestamp=0)
        return bytes(made)


def _typeset(ran: Ran, folder: Path) -> dict[str, Any]:
    """A report as the template takes it; its picture lies beside."""
    shown = section(ran, MOST_ROWS, None)
    drawn = charts.png(ran)
    if drawn is not None:
        (folder / f"{ran.report.name}.png").write_bytes(drawn)
    cells = [[cell["text"] for cell in row] for row in shown["rows"]]
    labels = [one["label"] for one in shown["columns"]]
    return {
        **shown,
        "rows": cells,
        "picture": None if drawn is None else f"{ran.report.name}.png",
        "width": 0 if drawn is None else _width(drawn),
        "widths": [
            max(LEAST, min(MOST, max(map(len, [*(row[place] for row in cells), _word(label)]))))
            for place, label in enumerate(labels)
        ],
    }


def _word(label: str) -> str:
    """The longest word of a column's name, which a line must hold."""
    return max(label.split(), key=len)


def _width(drawn: bytes) -> int:
    """How many points wide a PNG is set, so that it fits: its header says how large it is."""
    wide, high = (int.from_bytes(drawn[place : place + 4]) for place in (16, 20))
    return min(wide * 3 // (4 * charts.SCALE), WIDEST, HIGHEST * wide // high)
