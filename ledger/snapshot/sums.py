"""Sums read from a snapshot: those of many holders in one query, each by its own days."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import duckdb

from ledger.core.positions import SHAPE_FIELDS, Drawn, Kind, Movement, Query, Told
from ledger.garbage import uncollected
from ledger.snapshot.engine import Engine

KINDS: Final = {kind.value: kind for kind in Kind}

BY_MONTH: Final = frozenset({"party", "destination", "line"})
"""Fields that the sums by month tell apart."""

KEYS: Final = tuple(f"key_{number}" for number in range(len(set(SHAPE_FIELDS.values()))))
"""Columns of a key's fields."""

TABLES: Final = f"""
CREATE TEMP TABLE classed (device VARCHAR, stands_for VARCHAR);
CREATE TEMP TABLE asked (
  number BIGINT, exact DATE, first_on DATE, until DATE,
  {", ".join(f"{name} VARCHAR" for name in KEYS)}
);
CREATE TEMP TABLE cut (number BIGINT, on_month DATE, summed BOOLEAN);
"""

COLUMNS: Final = {
    "asked": ("number", "exact", "first_on", "until", *KEYS),
    "cut": ("number", "on_month", "summed"),
}

FEW: Final = 100
"""Questions and cuts that are written into a statement; more of them are tables of their own."""

MOST_PLACES: Final = 2_000_000

DEVICE: Final[dict[Told, tuple[str, str]]] = {
    "item": ("p.device", ""),
    "class": (
        "coalesce(k.stands_for, p.device)",
        "LEFT JOIN classed AS k ON k.device = p.device",
    ),
    "nothing": ("''", ""),
}
"""What is said of a device by what is told of an item, and what that needs to be joined."""

DATED_MONTH: Final = "CAST(date_trunc('month', s.on_day) AS DATE)"


FIRST_ASKED: Final = f"greatest({DATED_MONTH}, a.first_on)"
"""The first day of a movement's month that is asked for."""


class Sums:
    """Answers questions about sums, many at a time."""

    def __init__(self, engine: Engine) -> None:
        """Read the views of one size; `classed` says which devices are alike."""
        self.engine = engine
        self.places: dict[str, int] = {}
        """Where the events stand whose movements were listed last: they are asked for next."""
        engine.execute(TABLES)

    def classed(self, devices: Mapping[str, str]) -> None:
        """Be told which device stands for which others where a question asks for classes."""
        others = [pair for pair in devices.items() if pair[0] != pair[1]]
        self._refill("classed", others)

    def read(self, queries: Iterable[Query]) -> dict[Query, list[Drawn]]:
        """The sums that each of some queries asks for."""
        with uncollected():
            return self._read_all(queries)

    def _read_all(self, queries: Iterable[Query]) -> dict[Query, list[Drawn]]:
        alike: defaultdict[Query, dict[Query, None]] = defaultdict(dict)
        for query in queries:
            alike[_common(query)][query] = None
        found: dict[Query, list[Drawn]] = {}
        for common, some in alike.items():
            found.update(zip(some, self._read(common, [*some]), strict=True))
        return found

    def _read(self, common: Query, queries: Sequence[Query]) -> list[list[Drawn]]:
        """The sums of queries that differ in their keys and days alone."""
        found: list[list[Drawn]] = [[] for _ in queries]
        cuts = [(n, *cut) for n, query in enumerate(queries) for cut in _cuts(query)]
        asked, sql = self._asked(common, queries, cuts), _sql(common, cut=bool(cuts))
        made = Drawn._make  # there may be millions
        for number, on, kind, item, device, party, place, units, tpp in self._exact(asked, sql):
            found[number].append(made((on, KINDS[kind], item, device, party, place, units, tpp)))
        return found

    def listed(self, queries: Iterable[Query]) -> dict[Query, list[tuple[str, Movement]]]:
        """The movements that each of some queries asks for, in the order of days and entries."""
        alike: defaultdict[Query, dict[Query, None]] = defaultdict(dict)
        for query in queries:
            alike[_common(query)][query] = None
        found: dict[Query, list[tuple[str, Movement]]] = {}
        if len(self.places) > MOST_PLACES:
            self.places.clear()
        with uncollected():
            for common, some in alike.items():
                found |= {query: [] for query in some}
                lists, asked = [found[query] for query in some], self._asked(common, [*some], [])
                made = Movement._make
                for number, event_id, seq, on, kind, *rest in self.engine.execute(
                    f"{asked} {_listing(common)}"
                ):
                    self.places[event_id] = seq
                    lists[number].append((event_id, made((on, KINDS[kind], *rest))))
        return found

    def gone(self, first: date, until: date, under: Collection[str] | None) -> list[Movement]:
        """Lots that went on some days with what stands of them, by days and as recorded."""
        named = ", ".join(_quoted(one) for one in sorted(under or ()))
        grounds = "" if under is None else f'AND "authorization" IN ({named or "NULL"})'
        rows = self.engine.execute(
            "SELECT on_day, kind, device, party, destination, units, tpp, lot, "  # noqa: S608 -- our own columns, quoted values
            '"authorization", end_user, exporter, line FROM ('
            "SELECT lot, min(seq) AS seq, CAST(sum(units) AS BIGINT) AS units, "
            "CAST(sum(tpp) AS BIGINT) AS tpp, any_value(on_day) AS on_day, "
            "any_value(kind) AS kind, any_value(device) AS device, any_value(party) AS party, "
            'any_value(destination) AS destination, any_value("authorization") AS "authorization", '
            "any_value(end_user) AS end_user, any_value(exporter) AS exporter, "
            "any_value(line) AS line FROM position "
            f"WHERE kind IN ('exported', 'domestic') AND on_day >= DATE '{first}' "
            f"AND on_day < DATE '{until}' {grounds} "
            "GROUP BY lot HAVING sum(units) > 0) ORDER BY on_day, seq"
        )
        made = Movement._make
        return [made((on, KINDS[kind], *rest)) for on, kind, *rest in rows]

    def _asked(
        self, common: Query, queries: Sequence[Query], cuts: Sequence[tuple[object, ...]]
    ) -> str:
        """Make queries and their cuts known to SQL: few of them in what begins the statement."""
        asked = [(n, *_days(query), *query.key) for n, query in enumerate(queries)]
        if len(asked) + len(cuts) <= FEW:
            named = [_values("asked", asked), *([_values("cut", cuts)] if cuts else [])]
            return f"WITH {', '.join(named)}"
        blank = (None,) * (len(KEYS) - len(common.key))
        self._refill("asked", [(*one, *blank) for one in asked])
        self._refill("cut", cuts)
        return ""

    def _exact(self, asked: str, sql: str) -> Iterable[tuple[Any, ...]]:
        """Rows with their sums; wide ones are passed on slowly, and hardly ever needed."""
        try:
            return self.engine.execute(f"{asked} {sql}")
        except duckdb.ConversionException:
            return self.engine.execute(f"{asked} {sql.replace('AS BIGINT', 'AS HUGEINT')}")

    def _refill(self, table: str, rows: Sequence[tuple[object, ...]]) -> None:
        self.engine.execute(f"DELETE FROM {table}")  # noqa: S608 -- our own
        if rows:
            self.engine.add(table, rows)


def _common(query: Query) -> Query:
    """What queries have in common that are read together: all but the days and what the key is."""
    blank = ("",) * len(query.key)
    return Query(
        query.shape,
        blank,
        query.kinds,
        date.max,
        authorizations=query.authorizations,
        apart=query.apart,
        told=query.told,
    )


def _days(query: Query) -> tuple[date, date, date]:
    """From when on a query is read by day, its first day and its first day out."""
    return _month(query.exact_from), query.first_on, query.until


def _cuts(query: Query) -> list[tuple[date, bool]]:
    """The early months that are not read as a whole, and whether they may still be one sum.

    Those that a fact was changed in are read by day, of others a part is asked for.
    """
    cut = {_month(day) for day in query.cuts}
    parts = {_month(day) for day in (query.first_on, query.until) if day.day != 1} - cut
    months = [*((month, False) for month in cut), *((month, True) for month in parts)]
    return sorted(one for one in months if one[0] < _month(query.exact_from))


def _values(name: str, rows: Sequence[tuple[object, ...]]) -> str:
    """A table of few rows as a part of a statement."""
    cells = [", ".join(_literal(cell) for cell in row) for row in rows]
    columns = ", ".join(COLUMNS[name][: len(rows[0])])
    return f"{name}({columns}) AS (VALUES {', '.join(f'({one})' for one in cells)})"


def _literal(cell: object) -> str:
    match cell:
        case bool():
            return str(cell).lower()
        case date():
            return f"DATE '{cell}'"
        case str():
            return _quoted(cell)
        case _:
            return str(cell)


def _sql(common: Query, *, cut: bool) -> str:
    """One statement for queries of a kind; values stand in the text, which is planned sooner."""
    fields = {*common.shape, *(("party", "destination") if Kind.LICENSED in common.kinds else ())}
    part = _Part(common, sorted(fields & {"party", "destination"}), cut)
    if fields <= {"destination"}:
        parts = [part.dated("placed")]
    elif fields <= BY_MONTH:
        parts = list(part.by_month())
    else:
        parts = [part.dated("drawn")]
    device, classed = DEVICE[common.told]
    told = [
        '"authorization"' if common.told == "item" else "''",
        device,
        "party" if "party" in fields else "''",
        "destination" if "destination" in fields else "''",
    ]
    apart = ", p.tpp < 0" if common.apart else ""
    return (
        f"SELECT number, dated_on, kind, {', '.join(told)}, "  # noqa: S608 -- our own columns
        "CAST(sum(units) AS BIGINT), CAST(sum(tpp) AS BIGINT) "
        f"FROM ({' UNION ALL '.join(parts)}) AS p {classed} GROUP BY 1, 2, 3, 4, 5, 6, 7{apart}"
    )


def _listing(common: Query) -> str:
    """One statement for the movements of queries of a kind."""
    cells = ("device", "party", "destination", "units", "tpp", "lot", '"authorization"')
    more = ", ".join(f"s.{one}" for one in (*cells, "end_user", "exporter", "line"))
    return (
        f"SELECT a.number, e.event_id, s.seq, s.on_day, s.kind, {more} "  # noqa: S608 -- our own columns
        f"FROM position AS s JOIN asked AS a ON {_keyed(common)} JOIN entry AS e ON e.seq = s.seq "
        f"WHERE {' AND '.join(_where(common, 'on_day'))} ORDER BY s.on_day, s.seq, s.place"
    )


def _keyed(common: Query) -> str:
    """What joins a table to the holders that are asked about."""
    keyed = zip(common.shape, KEYS[: len(common.key)], strict=False)
    return " AND ".join(f"s.{field} = a.{name}" for field, name in keyed) or "true"


def _where(common: Query, day: str) -> list[str]:
    """What queries of a kind ask for besides their keys."""
    kinds = ", ".join(sorted(f"'{kind.value}'" for kind in common.kinds))
    named = ", ".join(_quoted(one) for one in sorted(common.authorizations))
    return [
        f"s.kind IN ({kinds})",
        f"s.{day} >= a.first_on",
        f"s.{day} < a.until",
        *([f's."authorization" IN ({named})'] if named else []),
    ]


@dataclass(frozen=True, slots=True)
class _Part:
    """Writes the rows of a table that belong to the holders that are asked about."""

    common: Query
    places: Sequence[str]
    cut: bool

    def by_month(self) -> Iterator[str]:
        """Whole early months from the sums by month, all other days from those by day."""
        early, cut = "s.on_month < a.exact", "JOIN cut AS c ON c.number = a.number AND c.on_month"
        if self.cut:
            whole = f"LEFT {cut} = s.on_month"
            yield self._rows(
                "monthly", "on_month", "s.on_month", whole, f"{early} AND c.number IS NULL"
            )
            dated = f"CASE WHEN c.summed THEN {FIRST_ASKED} ELSE s.on_day END"
            by_day = f"{cut} = {DATED_MONTH}"
            yield self._rows("drawn", "on_day", dated, by_day, "s.on_day < a.exact")
        else:
            yield self._rows("monthly", "on_month", "s.on_month", "", early)
        yield self._rows("drawn", "on_day", "s.on_day", "", "s.on_day >= a.exact")

    def dated(self, table: str) -> str:
        """All from a table by day, early months dated on their first one."""
        early, joined = "s.on_day < a.exact", ""
        if self.cut:
            early += " AND c.summed IS NOT false"
            joined = f"LEFT JOIN cut AS c ON c.number = a.number AND c.on_month = {DATED_MONTH}"
        dated = f"CASE WHEN {early} THEN {FIRST_ASKED} ELSE s.on_day END"
        return self._rows(table, "on_day", dated, joined, "true")

    def _rows(self, table: str, day: str, dated: str, more: str, where: str) -> str:
        cells = ("kind", "device", '"authorization"', *self.places, "units", "tpp")
        return (
            f"SELECT a.number, {dated} AS dated_on, {', '.join(f's.{one}' for one in cells)} "  # noqa: S608 -- our own columns, quoted values
            f"FROM {table} AS s JOIN asked AS a ON {_keyed(self.common)} {more} "
            f"WHERE {' AND '.join([where, *_where(self.common, day)])}"
        )


def _quoted(text: str) -> str:
    """A text as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"


def _month(on: date) -> date:
    return on.replace(day=1)
