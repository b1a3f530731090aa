"""A ledger in plain lists that answers as coarsely as a prefix may."""

from collections.abc import Iterable

from ledger.core.memory import MemoryPrefix
from ledger.core.positions import Drawn, Query


class ByMonth(MemoryPrefix):
    """Answers as coarsely as a prefix may, and remembers how many sums it gave."""

    given = 0

    def draws(self, query: Query) -> Iterable[Drawn]:
        """Early months that are not cut as one sum, on their first day that is asked for."""
        exact, cut = query.exact_from.replace(day=1), {day.replace(day=1) for day in query.cuts}
        found: dict[object, Drawn] = {}
        for row in super().draws(query):
            month = row.on.replace(day=1)
            early = month < exact and month not in cut
            day = max(month, query.first_on) if early else row.on
            alike = (day, *row[1:6], query.apart and row.tpp < 0)
            known = found.get(alike, row._replace(on=day, units=0, tpp=0))
            found[alike] = known._replace(units=known.units + row.units, tpp=known.tpp + row.tpp)
        self.given += len(found)
        return found.values()
