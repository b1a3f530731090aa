"""Sums of movements for a query: from totals by day, or from the movements up to a size.

The totals are those of the head; the movements answer for any size, since none is ever changed.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from functools import cache
from typing import Final, Protocol

from ledger.core.positions import Drawn, Kind, Movement, Query
from ledger.store.cells import movement, shape_text
from ledger.store.connection import Rows
from ledger.store.statements import AUTHORIZATION, SEPARATOR, SUMS, of_movement

_KINDS: Final = {kind.value: kind for kind in Kind}


class Ask(Protocol):
    """Runs a query for a prefix."""

    def __call__(self, sql: str, *values: object) -> Rows:
        """Rows of a query, values in the order of its marks."""


def from_totals(ask: Ask, query: Query) -> Iterator[Drawn]:
    """The sums of each day; those of whole months before the exact part as one sum each."""
    split, exact = _split(query), _month(query.exact_from)
    first = query.first_on
    if first >= query.until:
        return
    where, keys = _spanned(query)
    alike = f"on_day, kind, {AUTHORIZATION}, device, key"
    sums, grouped, days = f"{alike}, units, tpp", "", []
    if first < exact:
        sums = f"{_months(split)} {alike}, {SUMS}"
        grouped = " GROUP BY 1, 2, 3, 4, 5"
        days = [str(exact), *(str(month) for month in split)]
    sql = f"SELECT {sums} FROM day_total WHERE {where} AND on_day >= ? AND on_day < ?{grouped}"  # noqa: S608 -- put together from our own words
    found = ask(sql, *days, *keys, str(first), str(query.until)).fetchall()
    wanted, places = query.authorizations, _places(query)
    for on, kind, authorization, device, key, units, tpp in found:
        if not wanted or authorization in wanted:
            yield Drawn(
                max(date.fromisoformat(on), first),
                _KINDS[kind],
                authorization,
                device,
                *places(key),
                units,
                tpp,
            )


def _places(query: Query) -> Callable[[str], tuple[str, str]]:
    """From a key of the totals to the party and destination that it names, blank where neither."""

    @cache
    def named(key: str) -> tuple[str, str]:
        fields = dict(zip(query.shape, key.split(SEPARATOR), strict=True))
        return fields.get("party", ""), fields.get("destination", "")

    return named


def _months(split: Sequence[date]) -> str:
    """SQL of the day that a sum is dated on: of an early month that is not split, its first."""
    whole = f" AND substr(on_day, 1, 8) || '01' NOT IN ({marks(split)})" if split else ""
    return f"CASE WHEN on_day < ?{whole} THEN substr(on_day, 1, 8) || '01' ELSE on_day END AS"


def _split(query: Query) -> list[date]:
    """Months before the exact part that are read day by day."""
    exact = _month(query.exact_from)
    return sorted({_month(cut) for cut in query.cuts if _month(cut) < exact})


def summed_on(on: date, query: Query) -> date:
    """The day that `from_totals` dates a movement on: its own, or the first asked of its month."""
    if on >= query.exact_from:
        return on
    month = _month(on)
    whole = month < _month(query.exact_from) and all(_month(cut) != month for cut in query.cuts)
    return max(month, query.first_on) if whole else on


def _spanned(query: Query) -> tuple[str, list[object]]:
    """The condition on shape, key and kind of the totals that a query asks for, and its values."""
    prefix = SEPARATOR.join(query.key)
    if len(query.key) == len(query.shape):
        span, keys = "key = ?", [prefix]
    else:
        span = "key > ? AND key < ?"
        keys = [prefix + SEPARATOR, prefix + chr(ord(SEPARATOR) + 1)]
    where = f"shape = ? AND {span} AND kind IN ({marks(query.kinds)})"
    return where, [shape_text(query.shape), *keys, *_names(query.kinds)]


def _where(query: Query, size: int) -> tuple[str, tuple[object, ...]]:
    where = [f"p.{field} = ?" for field, _ in zip(query.shape, query.key, strict=False)]
    where += [f"p.kind IN ({marks(query.kinds)})", "p.on_day >= ?", "p.on_day < ?", "p.seq <= ?"]
    days = (str(query.first_on), str(query.until))
    return " AND ".join(where), (*query.key, *_names(query.kinds), *days, size)


def from_positions(ask: Ask, query: Query, size: int) -> Iterator[Drawn]:
    """The movements that a query asks for, those up to a size, as one sum a day."""
    where, values = _where(query, size)
    alike = f"on_day, kind, {AUTHORIZATION}, device, party, destination"
    apart = ", tpp < 0" if query.apart else ""
    sql = (
        f"SELECT {alike}, {SUMS} "  # noqa: S608 -- the fields are those of the positions table
        f"FROM position AS p WHERE {where} GROUP BY {alike}{apart} ORDER BY on_day"
    )
    for on, kind, *rest in ask(sql, *values).fetchall():
        if not query.authorizations or rest[0] in query.authorizations:
            # A snapshot holds days as days.
            yield Drawn(date.fromisoformat(str(on)), _KINDS[kind], *rest)


def listed(ask: Ask, query: Query, size: int) -> Iterator[tuple[str, Movement]]:
    """The movements behind such sums one by one, each with the event that added it."""
    where, values = _where(query, size)
    rows = ask(
        f"SELECT e.event_id, {of_movement('p')} FROM position AS p "  # noqa: S608 -- as above
        f"JOIN entry AS e ON e.seq = p.seq WHERE {where} "
        "ORDER BY p.on_day, p.seq, p.place",
        *values,
    )
    for event_id, *row in rows.fetchall():
        found = movement(tuple(row))
        if not query.authorizations or found.authorization in query.authorizations:
            yield event_id, found


def _names(kinds: Iterable[Kind]) -> list[str]:
    """Kinds as the tables hold them, in one order so that the engine knows the statement again."""
    return sorted(kind.value for kind in kinds)


def marks(values: Iterable[object]) -> str:
    """A mark for each value."""
    return ", ".join("?" for _ in values)


def _month(on: date) -> date:
    return on.replace(day=1)
