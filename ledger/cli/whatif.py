"""`chipledger whatif`."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cyclopts import CycloptsError
from rich.console import Console

from ledger.cli.flags import Common, PostureFlag, formats_named
from ledger.cli.output import emit, esc, heading, lines, progress_bar, put, table

if TYPE_CHECKING:
    from ledger.whatif.comparing import Answered, Comparison, Row

BASE = "base"
ALWAYS = frozenset({"decide", "largest", "earliest"})
"""Questions of which the answer is shown where nothing differs, too."""

MOST_SHOWN = 40
"""Rows that a terminal is shown of one question."""


def whatif(
    *files: Path,
    against: str = BASE,
    posture: PostureFlag | None = None,
    everything: bool = False,
    format: str | None = None,  # noqa: A002 -- the flag's name
    out: Path | None = None,
    reports: Path | None = None,
    common: Common = Common(),  # noqa: B008 -- frozen
) -> int:
    """Suppose facts and law, ask, and see the answers beside those of the ledger as it is.

    A scenario is a TOML file of hypotheses and questions; nothing of it is recorded anywhere.

    Example: chipledger whatif examples/scenarios/nveu-doubled.toml

    Parameters
    ----------
    files
        Scenarios, each a TOML file; several are compared side by side.
    against
        Compare with the ledger as it is (base), or with another scenario's file.
    posture
        Decide by what is on the books, or by what is enforced, in every scenario.
    everything
        Show the rows that are the same everywhere, too.
    format
        Some of json, xlsx, html, parquet, svg, png, with commas between.
    out
        Folder for the files.
    reports
        A folder with reports of your own; else CHIPLEDGER_REPORTS.
    """
    if not files:
        raise CycloptsError(msg="Name at least one scenario: chipledger whatif FILE.")
    formats = _formats(format, out)
    base = None if against == BASE else Path(against)
    compared = _compared(files, base, posture, _own(reports), common)
    written = [] if out is None else _written(compared, formats, out)

    def show(to: Console) -> None:
        show_comparison(to, compared, whole=everything)
        if written:
            heading(to, "Written")
            lines(to, map(str, written))

    emit(compared.as_data(), show, as_json=common.json)
    return 0


def _own(reports: Path | None) -> Path | None:
    """The folder of one's own reports."""
    return reports or (Path(found) if (found := os.environ.get("CHIPLEDGER_REPORTS")) else None)


def _compared(
    files: Sequence[Path],
    base: Path | None,
    posture: PostureFlag | None,
    reports: Path | None,
    common: Common,
) -> "Comparison":
    from ledger.whatif.running import run

    with progress_bar("asking", shown=not common.json) as progress:
        return run(
            common.url,
            files,
            against=base,
            posture=posture,
            reports_in=reports,
            progress=progress,
        )


def _written(compared: "Comparison", formats: Sequence[str], out: Path) -> list[Path]:
    from ledger.whatif.writing import write

    return write(compared, formats, out)


def _formats(text: str | None, out: Path | None) -> list[str]:
    from ledger.whatif.writing import WRITERS

    if (text is None) != (out is None):
        raise CycloptsError(msg="--format and --out go together: what to write, and where.")
    return [] if text is None else formats_named(text, WRITERS)


def show_comparison(to: Console, compared: "Comparison", *, whole: bool = False) -> None:
    """Show what each scenario supposes, then each question's answers side by side."""
    for one in (compared.base, *compared.scenarios):
        posture = one.posture or "the posture of the settings"
        to.print(f"[bold]{esc(one.title)}[/]  [dim]{one.digest[:12]}, {posture}[/]")
        lines(to, one.hypotheses or ("nothing is supposed",))
    for answered in compared.questions:
        _show_answered(to, compared, answered, whole=whole)
    to.print(
        f"\n[dim]head {compared.as_of['size']}, root {compared.as_of['root']}; "
        "nothing was recorded[/]"
    )
    for one in (compared.base, *compared.scenarios):
        own = [p for p in one.law if one is compared.base or p not in compared.base.law]
        packs = ", ".join(f"{p['pack']} {p['version']} {p['digest'][:12]}" for p in own)
        to.print(f"[dim]law of {esc(one.title)}: {esc(packs or 'that of the base')}[/]")


def _show_answered(
    to: Console, compared: "Comparison", answered: "Answered", *, whole: bool
) -> None:
    from ledger.whatif.writing import because, text

    heading(to, answered.title)
    lines(to, because(compared, answered))
    whole = whole or answered.ask in ALWAYS
    wanted = [row for row in answered.rows if whole or answered.differs(row)]
    titles = [compared.base.title, *(one.title for one in compared.scenarios)]
    for row in wanted[:MOST_SHOWN]:
        to.print(f"\n[bold]{esc(', '.join(text(cell) for cell in row.key))}[/]")
        _show_row(to, titles, answered, row)
    if (left := len(wanted) - MOST_SHOWN) > 0:
        to.print(f"[dim]{left:,} more rows: write them with --format and --out[/]")
    if same := len(answered.rows) - len(wanted):
        rows = "1 row is" if same == 1 else f"{same:,} rows are"
        to.print(f"[dim]{rows} the same everywhere: show with --everything[/]")
    if not answered.rows:
        to.print("[dim]There is nothing to show in any of them.[/]")


def _show_row(to: Console, titles: Sequence[str], answered: "Answered", row: "Row") -> None:
    """A row's figures side by side, then what they rest on."""
    from ledger.whatif.tables import UNSHOWN
    from ledger.whatif.writing import shown_in, signed

    heads = [esc(title) for title in titles]
    made = table("", *heads, right=heads)
    differing = [answered.differing(row, world) for world in range(len(row.cells))]
    rest: list[str] = []
    for place, column in enumerate(answered.columns):
        cells = [
            "-" if one is None else shown_in(answered, column, one[place]) for one in row.cells
        ]
        if column.name in UNSHOWN or set(cells) == {"-"}:
            continue
        name = column.name.removesuffix("_tpp").replace("_", " ")
        if not column.compared:
            rest += _beside(name, titles, cells)
            continue
        shown = [esc(cell) for cell in cells]
        for world in range(1, len(cells)):
            if place in differing[world]:
                less = signed(answered.difference(row, world, place))
                shown[world] = f"[bold]{shown[world]}[/]" + (f"  ({less})" if less else "")
        made.add_row(name, *shown)
    put(to, made)
    for one in rest:
        to.print(f"[dim]{esc(one)}[/]")


def _beside(name: str, titles: Sequence[str], cells: Sequence[str]) -> list[str]:
    """What figures rest on: once where it is the same everywhere, else for each world."""
    if len(set(cells)) == 1:
        return [f"{name}: {cells[0]}"]
    return [f"{name}, {title}: {cell}" for title, cell in zip(titles, cells, strict=True)]
