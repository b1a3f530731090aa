"""A prefix with a few more movements on top: what would be if another lot went first."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from ledger.core.positions import Drawn, Movement, Query
from ledger.core.prefix import Prefix


class _Added:
    """Answers every question as the prefix below does, but for the draws."""

    def __init__(self, below: Prefix, movements: Sequence[Movement]) -> None:
        self._below, self._movements = below, movements

    def __getattr__(self, name: str) -> object:
        return getattr(self._below, name)

    def draws(self, query: Query) -> Iterable[Drawn]:
        """Sums of the movements below, and the added ones."""
        yield from self._below.draws(query)
        for movement in self._movements:
            if asked_for(movement, query):
                yield drawn(movement)


def overlay(below: Prefix, movements: Sequence[Movement]) -> Prefix:
    """A prefix that also holds these movements; nothing below is changed."""
    added = _Added(below, movements)
    if TYPE_CHECKING:
        return below
    return added


def asked_for(movement: Movement, query: Query) -> bool:
    """Whether a query asks for a movement."""
    fields = tuple(getattr(movement, field) for field in query.shape)
    return (
        fields[: len(query.key)] == query.key
        and movement.kind in query.kinds
        and (not query.authorizations or movement.authorization in query.authorizations)
        and query.first_on <= movement.on < query.until
    )


def drawn(movement: Movement) -> Drawn:
    """A movement as a sum of one."""
    on, kind, device, party, destination, units, tpp, _, authorization, *_ = movement
    return Drawn(on, kind, authorization, device, party, destination, units, tpp)
