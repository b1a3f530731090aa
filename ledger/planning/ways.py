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
from ledger.core.errors import InvalidRequest
from ledger.core.headroom import ONE_DAY
from ledger.core.law.law import Law
from ledger.core.law.row import Posture
from ledger.core.openings import who_of
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
        self._deals: dict[tuple[object, ...], list[Deal]] = defaultdict(list)
        for deal in deals:
            self._deals[who_of(deal)].append(deal)
        self._known: dict[tuple[object, ...], dict[str, list[Option] | InvalidRequest]] = {}
        self._preferred: dict[date, dict[str, int]] = {}

    def of(self, deal: Deal, device: str) -> list[Option]:
        """Every option of one of the deals with one of its devices, on the days of its window.

        Raises `InvalidRequest` where the deal names what is unknown.
        """
        who = who_of(deal)
        if who not in self._known:
            # What is asked of the parties on a day serves all devices that are asked about next.
            self._known[who] = dict(self._asked(self._deals[who]))
        found = self._known[who][device]
        if isinstance(found, InvalidRequest):
            raise found
        return list(_within(found, deal))

    def _asked(self, alike: Sequence[Deal]) -> Iterator[tuple[str, list[Option] | InvalidRequest]]:
        """Each device of deals of the same parties, and its options on the days of all of them."""
        span = Span.of(alike)
        days = {"earliest": span.earliest, "latest": span.latest}
        for device in dict.fromkeys(device for deal in alike for device in deal.devices):
            one = {"device": device, "quantity": 1, "instead": (), **days}
            try:
                yield device, self._effects.options(alike[0].model_copy(update=one))
            except InvalidRequest as unknown:
                yield device, unknown

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


def _within(options: Iterable[Option], deal: Deal) -> Iterator[Option]:
    until = deal.latest + ONE_DAY
    for one in options:
        first_on, end = max(one.first_on, deal.earliest), min(one.until, until)
        if first_on < end:
            yield one._replace(deal=deal.deal, first_on=first_on, until=end)
