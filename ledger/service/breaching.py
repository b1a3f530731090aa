"""The breach list: every cap that is passed, on which days, and which event did it."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from ledger.core.breaches import Key, View
from ledger.core.errors import NotFound
from ledger.core.spans import breaches as breaches_of
from ledger.service.overview import Filters, check_filters
from ledger.service.sizes import Sizes, Told
from ledger.store.as_of import AsOf
from ledger.store.ledger import Ledger


@dataclass(frozen=True, slots=True)
class BreachList:
    """Breaches that reach `since` or a later day; null: all there are."""

    since: date | None
    breaches: tuple[Told, ...]
    law: tuple[dict[str, Any], ...]
    as_of: dict[str, Any]

    def as_data(self) -> dict[str, Any]:
        """The list for programs: no clock in it, so the same head gives the same bytes."""
        return {
            "since": None if self.since is None else str(self.since),
            "breaches": [one.as_data() for one in self.breaches],
            "law": list(self.law),
            "as_of": self.as_of,
        }


def breaches(
    url: str, filters: Filters, *, since: date | None = None, as_of: AsOf | None = None
) -> BreachList:
    """Every span of days on which a limit is passed, by the order of caps and holders.

    Raises `NotFound` for a cap that no pack has and for a holder that nothing was drawn for.
    """
    ledger = Ledger.open(url)
    try:
        with ledger.reading(as_of) as prefix:
            sizes = Sizes(ledger, prefix)
            view = sizes.at(prefix.head.size)
            check_filters(filters, view.law)
            found = breaches_of(
                view,
                sizes.causes(prefix.head.size),
                _keys(view, filters),
                since=since or date.min,
            )
            return BreachList(
                since=since,
                breaches=sizes.told(found),
                law=tuple(one.model_dump() for one in view.law.digests),
                as_of={"size": prefix.head.size, "root": prefix.head.root},
            )
    finally:
        ledger.close()


def _keys(view: View, filters: Filters) -> list[Key]:
    wanted = [cap_id for cap_id in view.limits() if filters.cap in (None, cap_id)]
    keys = [key for key in view.keys(wanted) if _is_asked(key, view, filters)]
    if filters.holder is not None and not keys:
        raise NotFound(
            f"nothing was ever drawn by '{filters.holder}'",
            where="--holder",
            cure="name a party, a family's ultimate parent, a destination or a licence",
        )
    return keys


def _is_asked(key: Key, view: View, filters: Filters) -> bool:
    cap_id, holder = key
    named = dict(zip(view.versions(cap_id)[0].per, holder, strict=True))
    placed = filters.destination in (None, named.get("destination"))
    return placed and (filters.holder is None or filters.holder in holder)
