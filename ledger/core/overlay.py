"""A prefix with a few more movements on top: what would be if another lot went first."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from ledger.core.positions import Drawn, Movement, Query
from ledger.core.prefix import Prefix


class Added:
    """Movements on top of a prefix; they are found by the first field that a query asks for."""

    def __init__(self, below: Prefix, movements: Iterable[Movement] = ()) -> None:
        self._below = below
        self._movements: list[Movement] = []
        self._found_by: dict[str, dict[str, list[Movement]]] = {}
        for movement in movements:
            self.add(movement)

    @property
    def prefix(self) -> Prefix:
        """The prefix with what is on top, and with what will be added later."""
        if TYPE_CHECKING:
            return self._below
        return self

    def __getattr__(self, name: str) -> object:
        """Answer every question as the prefix below does, but for the draws."""
        return getattr(self._below, name)

    def add(self, movement: Movement) -> None:
        """Put one more movement on top."""
        self._movements.append(movement)
        for field, found in self._found_by.items():
            found.setdefault(getattr(movement, field), []).append(movement)

    def draws(self, query: Query) -> Iterator[Drawn]:
        """Sums of the movements below, and the added ones."""
        yield from self._below.draws(query)
        for movement in self._with(query):
            if asked_for(movement, query):
                yield drawn(movement)

    def _with(self, query: Query) -> Sequence[Movement]:
        """The added movements that have the first field that a query asks for."""
        if not query.key:
            return self._movements
        field = query.shape[0]
        if field not in self._found_by:
            found = self._found_by[field] = {}
            for movement in self._movements:
                found.setdefault(getattr(movement, field), []).append(movement)
        return self._found_by[field].get(query.key[0], ())


def overlay(below: Prefix, movements: Iterable[Movement]) -> Prefix:
    """A prefix that also holds these movements; nothing below is changed."""
    return Added(below, movements).prefix


def asked_for(movement: Movement, query: Query) -> bool:
    """Whether a query asks for a movement."""
    fields = tuple(getattr(movement, field) for field in query.shape)
    return fields[: len(query.key)] == query.key and of_key_asked_for(movement, query)


def of_key_asked_for(movement: Movement, query: Query) -> bool:
    """Whether a query asks for a movement that has the fields of its key."""
    return (
        movement.kind in query.kinds
        and (not query.authorizations or movement.authorization in query.authorizations)
        and query.first_on <= movement.on < query.until
    )


def drawn(movement: Movement) -> Drawn:
    """A movement as a sum of one."""
    on, kind, device, party, destination, units, tpp, _, authorization, *_ = movement
    return Drawn(on, kind, authorization, device, party, destination, units, tpp)
