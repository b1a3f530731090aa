"""Ways: the authorizations that are open to deals on each day, whatever was drawn by then.

Deals of the same parties and device are asked about once, over the days of all their windows, and
each is given what is open in its own.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from ledger.core.deals import Deal
from ledger.core.effects import Effects, Option
from ledger.core.headroom import ONE_DAY
from ledger.core.law.law import Law
from ledger.core.law.row import Posture
from ledger.core.prefix import Prefix


@dataclass(frozen=True, slots=True)
class Span:
    """The days that the windows of some deals lie in, both ends counted."""

    earliest: date
    latest: date

    @classmethod
    def of(cls, deals: Iterable[Deal]) -> "Span":
        """The days of some deals, one at least."""
        windows = [(deal.earliest, deal.latest) for deal in deals]
        return cls(min(first for first, _ in windows), max(last for _, last in windows))


class Ways:
    """The options of the deals of a file, in the order in which the law prefers them."""

    def __init__(self, prefix: Prefix, law: Law, posture: Posture, deals: Iterable[Deal]) -> None:
        """Ask about some deals."""
        self.law = law
        self._effects = Effects(prefix, law, posture)
        alike: dict[tuple[object, ...], list[Deal]] = defaultdict(list)
        for deal in deals:
            alike[_who(deal)].append(deal)
        self._spans = {who: Span.of(some) for who, some in alike.items()}
        self._known: dict[tuple[object, ...], list[Option]] = {}
        self._preferred: dict[date, dict[str, int]] = {}

    def of(self, deal: Deal, device: str) -> list[Option]:
        """Every option of one of the deals with one of its devices, on the days of its window.

        Raises `InvalidRequest` where the deal names what is unknown.
        """
        key = (*_who(deal), device)
        if key not in self._known:
            span = self._spans[_who(deal)]
            days = {"earliest": span.earliest, "latest": span.latest}
            one = {"device": device, "quantity": 1, "instead": (), **days}
            self._known[key] = self._effects.options(deal.model_copy(update=one))
        return list(_within(self._known[key], deal))

    def open_on(self, options: Sequence[Option], on: date) -> list[Option]:
        """Those of some options that are open on a day, as the law prefers them."""
        found = [one for one in options if one.first_on <= on < one.until]
        if len(found) > 1:
            preferred = self._order(on)
            found.sort(key=lambda one: preferred[one.authorization])
        return found

    def _order(self, on: date) -> dict[str, int]:
        if on not in self._preferred:
            rows = self.law.of_day(on).candidates
            self._preferred[on] = {row.id: place for place, row in enumerate(rows)}
        return self._preferred[on]


def _who(deal: Deal) -> tuple[object, ...]:
    """All of a deal that its options depend on, but for the device and the window."""
    parties = (deal.exporter, deal.end_user, deal.ultimate_consignee)
    return (*parties, deal.origin, deal.destination, deal.end_use, deal.authorization)


def _within(options: Iterable[Option], deal: Deal) -> Iterator[Option]:
    until = deal.latest + ONE_DAY
    for one in options:
        first_on, end = max(one.first_on, deal.earliest), min(one.until, until)
        if first_on < end:
            yield one._replace(deal=deal.deal, first_on=first_on, until=end)
