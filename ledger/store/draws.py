"""Sums of movements for a query: from totals by month and day, or from the movements up to a size.

The totals are those of the head; the movements answer for any size, since none is ever changed.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Final, Protocol

from ledger.core.positions import Drawn, Kind, Movement, Query
from ledger.store.cells import movement, shape_text
from ledger.store.connection import Rows
from ledger.store.statements import AUTHORIZATION, SEPARATOR, TOTALS_OF, of_movement

_KINDS: Final = {kind.value: kind for kind in Kind}


class Ask(Protocol):
    """Runs a query for a prefix."""

    def __call__(self, sql: str, *values: object) -> Rows:
        """Rows of a query, values in the order of its marks."""


def from_totals(ask: Ask, query: Query) -> Iterator[Drawn]:
    """Months before the exact part as one sum each, the rest day by day, in one statement."""
    exact = _month(query.exact_from)
    split = sorted({_month(cut) for cut in query.cuts if _month(cut) < exact})
    first = max(query.first_on, date.min)
    spans = [
        ("month_total", _month(first), exact),
        ("day_total", max(first, exact), query.until),
        *(("day_total", max(month, first), _next_month(month)) for month in split),
    ]
    spans = [(table, since, until) for table, since, until in spans if since < until]
    if not spans:
        return
    where, keys = _spanned(query)
    sql = " UNION ALL ".join(
        f"{TOTALS_OF[table]} WHERE {where} AND period >= ? AND period < ?"
        + (f" AND period NOT IN ({marks(split)})" if table == "month_total" and split else "")
        for table, _, _ in spans
    )
    values: list[object] = []
    for table, since, until in spans:
        values += [*keys, str(since), str(until)]
        values += [str(month) for month in split] if table == "month_total" else []
    wanted = query.authorizations
    for period, kind, authorization, device, key, units, tpp in ask(sql, *values).fetchall():
        if not wanted or authorization in wanted:
            fields = dict(zip(query.shape, key.split(SEPARATOR), strict=True))
            yield Drawn(
                on=date.fromisoformat(period),
                kind=_KINDS[kind],
                authorization=authorization,
                device=device,
                party=fields.get("party", ""),
                destination=fields.get("destination", ""),
                units=units,
                tpp=tpp,
            )


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
    sql = (
        f"SELECT {alike}, CAST(sum(units) AS BIGINT), CAST(sum(tpp) AS BIGINT) "  # noqa: S608 -- the fields are those of the positions table
        f"FROM position AS p WHERE {where} GROUP BY {alike} ORDER BY on_day"
    )
    for on, kind, *rest in ask(sql, *values).fetchall():
        if not query.authorizations or rest[0] in query.authorizations:
            yield Drawn(date.fromisoformat(on), _KINDS[kind], *rest)


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


def _next_month(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)
