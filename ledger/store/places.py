"""Where events stand in the ledger, many at once."""

from collections.abc import Collection
from typing import Final

from ledger.store.connection import batches
from ledger.store.draws import Ask, marks

AT_ONCE: Final = 500
"""Ids in one statement: engines bound how many marks it may have."""


def places(ask: Ask, event_ids: Collection[str]) -> dict[str, int]:
    """The places of entries by the ids of their events; unknown ids are left out."""
    found = dict[str, int]()
    for some in batches(event_ids, AT_ONCE):
        sql = f"SELECT event_id, seq FROM entry WHERE event_id IN ({marks(some)})"  # noqa: S608 -- marks only
        found |= dict(ask(sql, *some).fetchall())
    return found
