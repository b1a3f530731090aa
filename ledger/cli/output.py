"""Printing: tables and colour for people, one JSON document for programs."""

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from ledger.core.values import Tpp, shown

if TYPE_CHECKING:
    from rich.console import Console, JustifyMethod, RenderableType
    from rich.table import Table

PLAIN_WIDTH: Final = 120
"""Columns where there is no terminal to ask."""

CELL_PADDING: Final = 3
"""Blanks and rule beside a cell."""

BREAKABLE_WIDTH: Final = 12
"""The least that a column of words is given."""

BAR_CELLS: Final = 16
CRITICAL_PERMILLE: Final = 800
FULL_PERMILLE: Final = 1000

OUTCOME_STYLE: Final = {
    "permitted": "bold green",
    "license-required": "bold yellow",
    "prohibited": "bold red",
    "unresolved": "bold magenta",
}


def console(*, stderr: bool = False) -> "Console":
    """A console that keeps its lines whole where nobody looks at a terminal."""
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else PLAIN_WIDTH
    return Console(stderr=stderr, highlight=False, width=width, soft_wrap=False)


def emit(data: Any, show: "Callable[[Console], None]", *, as_json: bool) -> None:  # noqa: ANN401 -- any JSON value
    """Print an answer for a program, or show it to a person."""
    if as_json:
        print(json.dumps(data, ensure_ascii=False, indent=2))  # noqa: T201
    else:
        show(console())


def tpp(amount: Tpp | None) -> str:
    """TPP with separators; None is unlimited."""
    return shown(amount)


def bar(used: int, allowance: int | None) -> str:
    """How full a cap is, as cells and percent, coloured by how close the limit is."""
    if allowance is None:
        return "[green]no limit[/]"
    permille = FULL_PERMILLE if allowance <= 0 else used * FULL_PERMILLE // allowance
    cells = min(max(permille * BAR_CELLS // FULL_PERMILLE, int(used > 0)), BAR_CELLS)
    style = "green" if permille < CRITICAL_PERMILLE else "yellow"
    style = "red" if permille >= FULL_PERMILLE else style
    # Rounded up, as in reports: nobody is shown more room than there is.
    percent = f"{100 if allowance <= 0 else -(-100 * used // allowance):>3} %"
    return f"[{style}]{'█' * cells}[/][dim]{'░' * (BAR_CELLS - cells)}[/] {percent}"


def table(*columns: str, right: Iterable[str] = (), whole: Iterable[str] = ()) -> "Table":
    """An empty table; `right` names the columns of figures, `whole` others never to break."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    made = Table(box=SIMPLE_HEAD, pad_edge=False)
    figures, unbroken = set(right), {*right, *whole}
    for column in columns:
        side: JustifyMethod = "right" if column in figures else "left"
        made.add_column(column, justify=side, no_wrap=column in unbroken, overflow="fold")
    return made


def put(to: "Console", made: "Table") -> None:
    """Print a table; where the window is too narrow for its figures, one line a cell instead.

    A figure that is cut off would be read as another figure.
    """
    if _needs(made) <= to.width:
        to.print(made)
        return
    labels = [str(column.header) for column in made.columns]
    width = max(len(label) for label in labels)
    for cells in zip(*(column.cells for column in made.columns), strict=True):
        for label, cell in zip(labels, cells, strict=True):
            to.print(f"  [dim]{label:<{width}}[/]  ", cell, sep="", soft_wrap=True)
        to.print()


def _needs(made: "Table") -> int:
    """The columns of a window that a table needs so that nothing unbroken is cut."""
    from rich.text import Text

    def wide(cell: object) -> int:
        return (cell if isinstance(cell, Text) else Text.from_markup(str(cell))).cell_len

    needed = 0
    for column in made.columns:
        widest = max((wide(cell) for cell in (column.header, *column.cells)), default=0)
        needed += (widest if column.no_wrap else min(widest, BREAKABLE_WIDTH)) + CELL_PADDING
    return needed


def nobody_watches(done: int, size: int) -> None:
    """Progress where there is no terminal to show it on."""


@contextmanager
def progress_bar(what: str, *, shown: bool = True) -> "Iterator[Callable[[int, int], None]]":
    """A bar on standard error for a person who waits; told how much is done, and of how much."""
    to = console(stderr=True)
    if not to.is_terminal or not shown:
        yield nobody_watches
        return
    from rich.progress import (
        BarColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (TextColumn(what), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=to, transient=True) as bar:
        task = bar.add_task(what)
        yield lambda done, size: bar.update(task, completed=done, total=size)


def esc(value: object) -> str:
    """A value as text that is shown as it stands: ids and names may hold brackets."""
    from rich.markup import escape

    return escape(str(value))


def heading(to: "Console", text: str) -> None:
    """A section's name."""
    to.print(f"\n[bold]{esc(text)}[/]")


def lines(to: "Console", texts: Iterable[str], *, mark: str = "·") -> None:
    """A list, each item wrapped under itself."""
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, 1))
    for text in texts:
        row: tuple[RenderableType, ...] = (Text(f" {mark}"), Text(text))
        grid.add_row(*row)
    to.print(grid)
