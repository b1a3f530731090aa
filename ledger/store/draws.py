"""Sums of movements for a query: from totals by month and day, or from the movements up to a size.

The totals are those of the head; the movements answer for any size, since none is ever changed.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Protocol

from ledger.core.positions import Drawn, Kind, Movement, Query
from ledger.store.cells import movement, shape_text
from ledger.store.connection import Rows
from ledger.store.statements import AUTHORIZATION, SEPARATOR, TOTALS_OF, of_movement


class Ask(Protocol):
    """Runs a query for a prefix."""

    def __call__(self, sql: str, *values: object) -> Rows:
        """Rows of a query, values in the order of its marks."""


def from_totals(ask: Ask, query: Query) -> Iterator[Drawn]:
    """Months before the exact part as one sum each, the rest day by day."""
    exact = _month(query.exact_from)
    split = sorted({_month(cut) for cut in query.cuts if _month(cut) < exact})
    first = max(query.first_on, date.min)
    yield from _totals(ask, "month_total", query, _month(first), exact, skip=split)
    yield from _totals(ask, "day_total", query, max(first, exact), date.max)
    for month in split:
        yield from _totals(ask, "day_total", query, max(month, first), _next_month(month))


def _totals(
    ask: Ask, table: str, query: Query, first: date, until: date, *, skip: Sequence[date] = ()
) -> Iterator[Drawn]:
    whole = len(query.key) == len(query.shape)
    prefix = SEPARATOR.join(query.key)
    span = "key = ?" if whole else "key > ? AND key < ?"
    keys = (prefix,) if whole else (prefix + SEPARATOR, prefix + chr(ord(SEPARATOR) + 1))
    sql = (
        f"{TOTALS_OF[table]} WHERE shape = ? AND {span} "
        f"AND period >= ? AND period < ? AND kind IN ({marks(query.kinds)})"
    )
    values = (shape_text(query.shape), *keys, str(first), str(until), *_names(query.kinds))
    skipped = {str(month) for month in skip}
    rows = ask(sql, *values).fetchall()
    for period, kind, authorization, device, key, units, tpp in rows:
        if query.authorizations and authorization not in query.authorizations:
            continue
        if period in skipped:
            continue
        fields = dict(zip(query.shape, key.split(SEPARATOR), strict=True))
        yield Drawn(
            on=date.fromisoformat(period),
            kind=Kind(kind),
            authorization=authorization,
            device=device,
            party=fields.get("party", ""),
            destination=fields.get("destination", ""),
            units=units,
            tpp=tpp,
        )


def _where(query: Query, size: int) -> tuple[str, tuple[object, ...]]:
    where = [f"p.{field} = ?" for field, _ in zip(query.shape, query.key, strict=False)]
    where += [f"p.kind IN ({marks(query.kinds)})", "p.on_day >= ?", "p.seq <= ?"]
    values = (*query.key, *_names(query.kinds), str(query.first_on), size)
    return " AND ".join(where), values


def from_positions(ask: Ask, query: Query, size: int) -> Iterator[Drawn]:
    """The movements that a query asks for, those up to a size, as one sum a day."""
    where, values = _where(query, size)
    alike = f"on_day, kind, {AUTHORIZATION}, device, party, destination"
    sql = (
        f"SELECT {alike}, CAST(sum(units) AS BIGINT), CAST(sum(tpp) AS BIGINT) "  # noqa: S608 -- the fields are those of the positions table
        f"FROM position AS p WHERE {where} GROUP BY {alike} ORDER BY on_day"
    )
    for (
        on,
        kind,
        authorization,
        device,
        party,
        destination,
        units,
        tpp,
    ) in ask(sql, *values).fetchall():
        if not query.authorizations or authorization in query.authorizations:
            yield Drawn(
                on=date.fromisoformat(on),
                kind=Kind(kind),
                authorization=authorization,
                device=device,
                party=party,
                destination=destination,
                units=units,
                tpp=tpp,
            )


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
