"""Sums of draws that were read before, kept up to date by every movement that is added since.

A writer asks for the same holders again and again. What it was told stays true as long as nobody
else writes, if what it adds itself is summed up with it.
"""

from collections.abc import Collection, Iterable
from typing import Final

from ledger.core.positions import Drawn, Movement, Query
from ledger.store.draws import summed_on

MOST_ROWS: Final = 50_000
"""Rows that are kept in all, before that memory is begun anew: some 20 MB."""

Fields = tuple[str, ...]
"""Names of a movement's fields."""

Alike = tuple[object, ...]
"""All of a sum but its amounts."""

Sums = dict[Alike, Drawn]


class KnownDraws:
    """The sums of each query that was asked, as the totals would give them now."""

    def __init__(self, most: int = MOST_ROWS) -> None:
        """Keep at most so many rows."""
        self.most = most
        self._rows = 0
        self._kept: dict[tuple[Fields, Fields], dict[tuple[str, ...], dict[Query, Sums]]] = {}

    def __bool__(self) -> bool:
        """Whether anything is known."""
        return bool(self._kept)

    def forget(self) -> None:
        """Know nothing any more."""
        self._rows, self._kept = 0, {}

    def of(self, query: Query) -> Collection[Drawn] | None:
        """What is known of a query, None where nothing is; it changes with what is added later."""
        found = self._kept.get(_fields(query), {}).get(query.key, {}).get(query)
        return None if found is None else found.values()

    def keep(self, query: Query, rows: Iterable[Drawn]) -> Collection[Drawn]:
        """Remember what was read of a query, everything that was added so far included."""
        sums: Sums = {row[:6]: row for row in rows}
        if self._rows + len(sums) >= self.most:
            self.forget()
        self._rows += len(sums) + 1
        self._kept.setdefault(_fields(query), {}).setdefault(query.key, {})[query] = sums
        return sums.values()

    def add(self, movements: Iterable[Movement]) -> None:
        """Sum up movements that are added to the ledger with what is known."""
        for movement in movements:
            for (shape, asked), by_key in self._kept.items():
                values = tuple([getattr(movement, field) for field in shape])
                kept = by_key.get(values[: len(asked)])
                if kept is not None and all(values):
                    self._sum_up(kept, movement)

    def _sum_up(self, kept: dict[Query, Sums], one: Movement) -> None:
        for query, sums in kept.items():
            if (
                one.kind in query.kinds
                and query.first_on <= one.on < query.until
                and (not query.authorizations or one.authorization in query.authorizations)
            ):
                party = one.party if "party" in query.shape else ""
                destination = one.destination if "destination" in query.shape else ""
                on = summed_on(one.on, query)
                alike = (on, one.kind, one.authorization, one.device, party, destination)
                known = sums.get(alike)
                self._rows += known is None
                units, tpp = (0, 0) if known is None else (known.units, known.tpp)
                sums[alike] = Drawn(*alike, units + one.units, tpp + one.tpp)


def _fields(query: Query) -> tuple[Fields, Fields]:
    """The fields of a query's sums, and those that its key names."""
    return query.shape, query.shape[: len(query.key)]
