"""Totals by holder and day: summed from movements, in memory or by the engine."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from itertools import chain
from operator import itemgetter
from typing import Any, Final

from ledger.core.positions import Kind, Shape
from ledger.store.cells import shape_text
from ledger.store.connection import Connection, batches
from ledger.store.statements import (
    AUTHORIZATION,
    POSITION_COLUMNS,
    SEPARATOR,
    SUMS,
    TOTAL_KEY,
)

ALIKE: Final = (
    *("party", "destination", "end_user", "exporter", "line"),
    *("kind", "authorization", "device"),
)
"""What movements of a day have in common that are summed, the last three in every shape."""

_COLUMNS: Final = POSITION_COLUMNS.split(", ")
_ALIKE: Final = itemgetter(*map(_COLUMNS.index, ALIKE))
_DAY, _KIND, _UNITS, _TPP = map(_COLUMNS.index, ("on_day", "kind", "units", "tpp"))
_KEY: Final = TOTAL_KEY.split(", ")
_LICENSED: Final = Kind.LICENSED.value
_SUMS: Final = ("units", "tpp")
_IN_EVERY_SHAPE: Final = 3

AT_ONCE: Final = 10_000
"""Rows that are handed to the engine together."""

Row = tuple[Any, ...]
Sums = tuple[int, int]
"""Units and TPP."""


@cache
def _read_by(shape: Shape) -> tuple[str, Callable[[tuple[str, ...]], tuple[str, ...]]]:
    """How a shape is named, and how a holder is read from what movements have in common."""
    places = [ALIKE.index(field) for field in shape]
    if len(places) == 1:
        return shape_text(shape), lambda alike: (alike[places[0]],)
    return shape_text(shape), itemgetter(*places)


class Totals:
    """Sums of movements, gathered until they are written together."""

    def __init__(self) -> None:
        """Begin with none."""
        self._groups: dict[tuple[str, ...], dict[str, Sums]] = {}
        self.held = 0

    def add(self, row: Row) -> None:
        """Count a movement in, given as its row of the positions table."""
        if row[_KIND] == _LICENSED:
            return  # licences are few and are read one by one, with their parties
        alike, on, units, tpp = _ALIKE(row), row[_DAY], row[_UNITS], row[_TPP]
        days = self._groups.get(alike)
        if days is None:
            days = self._groups[alike] = {}
        known = days.get(on)
        if known is None:
            self.held += 1
            days[on] = units, tpp
        else:
            days[on] = known[0] + units, known[1] + tpp

    def write(self, connection: Connection, shapes: Iterable[Shape]) -> None:
        """Add what was gathered to the stored totals of some shapes, and begin anew."""
        if not self.held:
            return
        for rows in batches(chain.from_iterable(map(self.rows, shapes)), AT_ONCE):
            connection.add_up("day_total", rows, key=_KEY, sums=_SUMS)
        self._groups, self.held = {}, 0

    def rows(self, shape: Shape) -> Iterator[Row]:
        """The gathered sums of a shape as rows of the totals, in the order of their key."""
        named, holder_of = _read_by(shape)
        holders: dict[str, list[tuple[str, ...]]] = {}
        for alike in self._groups:
            holder = holder_of(alike)
            if all(holder):
                holders.setdefault(SEPARATOR.join(holder), []).append(alike)
        for key in sorted(holders):
            for told, sums in sorted(self._summed(holders[key]).items()):
                yield (named, key, *told, *sums)

    def _summed(self, groups: Sequence[tuple[str, ...]]) -> dict[tuple[str, ...], Sums]:
        """Sums by day, kind, authorization and device of movements that are else alike."""
        first, *others = groups
        told = first[-_IN_EVERY_SHAPE:]
        found = {(on, *told): sums for on, sums in self._groups[first].items()}
        for alike in others:
            told = alike[-_IN_EVERY_SHAPE:]
            for on, sums in self._groups[alike].items():
                at = (on, *told)
                known = found.get(at)
                found[at] = sums if known is None else (known[0] + sums[0], known[1] + sums[1])
        return found


def totals_of(shape: Shape) -> str:
    """SQL that sums the stored movements by day as the totals hold them for a shape."""
    key = f" || '{SEPARATOR}' || ".join(shape)
    named = " AND ".join(f"{name} <> ''" for name in shape)
    alike = f"{key}, on_day, kind, {AUTHORIZATION}, device"
    return (
        f"SELECT CAST('{shape_text(shape)}' AS TEXT), {alike}, {SUMS} FROM position "  # noqa: S608 -- fields of the positions table
        f"WHERE kind <> '{_LICENSED}' AND {named} GROUP BY {alike}"
    )
