"""How answers are printed: no figure is ever cut, ids are shown as they stand."""

from io import StringIO

import pytest
from rich.console import Console

from ledger.cli.output import bar, esc, put, table, tpp
from ledger.core.values import Tpp

FIGURES = ("allowance", "drawn")


def printed(width: int) -> str:
    to = Console(file=StringIO(), width=width, highlight=False)
    made = table("holder", *FIGURES, right=FIGURES)
    made.add_row(esc("op[ae]"), "4,272,750,000", "1,200,000,000")
    put(to, made)
    assert isinstance(to.file, StringIO)
    return to.file.getvalue()


@pytest.mark.parametrize("width", [10, 20, 30, 40, 60, 80, 120])
def test_no_figure_is_cut_however_narrow_the_window(width: int) -> None:
    text = printed(width)
    assert "4,272,750,000" in text
    assert "1,200,000,000" in text
    assert "op[ae]" in text


def test_a_wide_window_shows_a_table_and_a_narrow_one_a_line_a_cell() -> None:
    assert len(printed(80).strip().splitlines()) == 3
    assert printed(20).splitlines()[1].split() == ["allowance", "4,272,750,000"]


def test_unlimited_is_written() -> None:
    assert tpp(None) == "unlimited"
    assert tpp(Tpp.of("-1234567.8")) == "-1,234,567.8"


@pytest.mark.parametrize(
    ("used", "allowance", "style", "percent"),
    [
        (0, 100, "green", "0 %"),
        (79, 100, "green", "79 %"),
        (791, 1000, "green", "80 %"),
        (1, 10**9, "green", "1 %"),
        (9999, 10000, "yellow", "100 %"),
        (80, 100, "yellow", "80 %"),
        (100, 100, "red", "100 %"),
        (250, 100, "red", "250 %"),
        (0, 0, "red", "100 %"),
    ],
)
def test_a_bar_is_coloured_by_how_close_the_limit_is(
    used: int, allowance: int, style: str, percent: str
) -> None:
    shown = bar(used, allowance)
    assert shown.startswith(f"[{style}]")
    assert shown.endswith(f" {percent}")


def test_a_cap_without_a_limit_has_no_bar() -> None:
    assert bar(5, None) == "[green]no limit[/]"
