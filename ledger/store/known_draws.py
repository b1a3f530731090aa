"""What was added to the sums of a query since it was first asked: nobody need read them again.

A writer asks for the same holders again and again. What it was told stays true as long as nobody
else writes, if what it adds itself is put beside it.
"""

from collections.abc import Iterable
from typing import Final

from ledger.core.overlay import of_key_asked_for
from ledger.core.positions import Drawn, Movement, Query
from ledger.store.draws import summed_on

MOST_KEPT: Final = 50_000
"""Queries, and changes of their sums, that are kept before that memory is begun anew."""

Fields = tuple[str, ...]
"""Names of a movement's fields, or their values."""


class KnownDraws:
    """The changes of the sums of each query that was asked."""

    def __init__(self, most: int = MOST_KEPT) -> None:
        """Keep at most so many queries and changes."""
        self.most = most
        self.forget()

    def __bool__(self) -> bool:
        """Whether anything was asked."""
        return bool(self._kept)

    def forget(self) -> None:
        """Begin anew: whoever goes by what was added so far has to read again."""
        self._held = 0
        self._of: dict[Query, list[Drawn]] = {}
        self._kept: dict[tuple[Fields, Fields], dict[Fields, dict[Query, list[Drawn]]]] = {}

    def since(self, query: Query) -> list[Drawn]:
        """What was added to the sums of a query since it was first asked; the list grows."""
        known = self._of.get(query)
        if known is None:
            if self._held >= self.most:
                self.forget()
            self._held += 1
            known = self._of[query] = []
            self._kept.setdefault(_fields(query), {}).setdefault(query.key, {})[query] = known
        return known

    def add(self, movements: Iterable[Movement]) -> None:
        """Put movements that are added to the ledger beside what was asked."""
        for movement in movements:
            for (shape, asked), by_key in self._kept.items():
                values = tuple([getattr(movement, field) for field in shape])
                kept = by_key.get(values[: len(asked)])
                if kept is not None and all(values):
                    for query, added in kept.items():
                        if of_key_asked_for(movement, query):
                            added.append(_summed(movement, query))
                            self._held += 1
        if self._held > self.most:
            self.forget()


def _fields(query: Query) -> tuple[Fields, Fields]:
    """The fields of a query's sums, and those that its key names."""
    return query.shape, query.shape[: len(query.key)]


def _summed(one: Movement, query: Query) -> Drawn:
    """A movement as a sum of one, as coarse as the query's own."""
    shape = query.shape
    return Drawn(
        on=summed_on(one.on, query),
        kind=one.kind,
        authorization=one.authorization,
        device=one.device,
        party=one.party if "party" in shape else "",
        destination=one.destination if "destination" in shape else "",
        units=one.units,
        tpp=one.tpp,
    )
