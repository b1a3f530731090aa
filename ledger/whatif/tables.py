"""Tables: how every answer is held, with typed cells by column, and keys to compare rows by."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final, Literal

from ledger.core.values import Tpp

Cell = str | int | bool | Tpp | Decimal | date | None
Kind = Literal["text", "tpp", "units", "day"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of an answer: its name, what its cells are, and whether answers differ by it."""

    name: str
    kind: Kind = "text"
    compared: bool = True


UNSHOWN: Final = frozenset({"decision_id"})
"""Columns that only programs read."""


@dataclass(frozen=True, slots=True)
class Table:
    """An answer: rows with cells by column, the first `keys` of which say what a row is about."""

    columns: tuple[Column, ...]
    keys: int
    rows: tuple[tuple[Cell, ...], ...]

    def as_data(self) -> list[dict[str, Any]]:
        """The rows for programs: amounts of TPP and days as text."""
        names = [column.name for column in self.columns]
        return [dict(zip(names, map(plain, row), strict=True)) for row in self.rows]


def plain(cell: Cell) -> str | int | bool | None:
    """A cell for programs."""
    if isinstance(cell, Tpp | Decimal | date):
        return str(cell)
    return cell


WHY: Final = Column("why", compared=False)
BINDING: Final = (
    Column("binding_cap"),
    Column("holder"),
    Column("binding_on", "day"),
    Column("headroom_tpp", "tpp"),
    Column("headroom_units", "units"),
)
"""What binds: the cap, whose, on which day, and what it leaves room for."""
