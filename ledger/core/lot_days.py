"""Lots that duties arise with: which days are asked for, of which authorizations together."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date

from ledger.core.duties import FIRST_DAY
from ledger.core.law.rows import Duty as DutyRow
from ledger.core.positions import RESERVATIONS, Movement, Query
from ledger.core.prefix import Prefix


def merged(spans: Iterable[tuple[date, date]]) -> list[tuple[date, date]]:
    """Spans of days without those that are empty, overlapping ones as one."""
    found: list[tuple[date, date]] = []
    for first, until in sorted(spans):
        if found and first <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], until))
        elif first < until:
            found.append((first, until))
    return found


def together_asked(
    rows: Iterable[DutyRow], spans: Mapping[int, tuple[date, date]]
) -> list[tuple[frozenset[str], list[tuple[date, date]]]]:
    """Authorizations whose lots must come in one order, with the days on which they are asked for.

    Nobody reads the years of one authorization for another that no ordered row has beside it.
    """
    found: list[tuple[frozenset[str], list[tuple[date, date]]]] = []
    for row in rows:
        if id(row) not in spans:
            continue
        apart = [frozenset([one]) for one in row.authorizations]
        for grounds in [frozenset(row.authorizations)] if is_ordered(row) else apart:
            met = [one for one in found if one[0] & grounds]
            days = [spans[id(row)], *(span for _, theirs in met for span in theirs)]
            found = [one for one in found if not one[0] & grounds]
            found.append((grounds.union(*(known for known, _ in met)), days))
    alike: defaultdict[tuple[tuple[date, date], ...], set[str]] = defaultdict(set)
    for grounds, days in found:
        alike[tuple(merged(days))] |= grounds
    return [(frozenset(grounds), list(days)) for days, grounds in alike.items()]


def is_ordered(row: DutyRow) -> bool:
    """Whether it matters which lot of several authorizations came first."""
    return len(row.authorizations) > 1 and (row.cap is not None or row.together)


def held_lots(prefix: Prefix) -> list[tuple[str, Movement]]:
    """Every movement of a reservation, each with the event that added it."""
    query = Query(shape=("destination",), key=(), kinds=RESERVATIONS, exact_from=FIRST_DAY)
    return sorted(prefix.listed(query), key=lambda one: one[1].on)


def open_lots(held: Iterable[tuple[str, Movement]]) -> list[Movement]:
    """What is still reserved, by days and of a day as recorded."""
    lots: dict[str, Movement] = {}
    for _, one in held:
        known = lots.get(one.lot, one.counted(0, 0))
        lots[one.lot] = known.counted(known.units + one.units, known.tpp + one.tpp)
    return [lot for lot in lots.values() if lot.units > 0]
