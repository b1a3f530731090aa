"""Shares: on which days a draw stands in the numerator of a percentage of an installed base."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from ledger.core.headroom import Draw
from ledger.core.law.caps import Share
from ledger.core.law.law import Law
from ledger.core.positions import RESERVATIONS, Drawn


class Outside:
    """Tells a share's destinations: on which days each is outside of what the share leaves out."""

    def __init__(self, share: Share, law: Law) -> None:
        """Hold the share, and what was found of each destination."""
        self._share, self._law = share, law
        self._turning = {day for group in share.outside_groups for day in law.turning_days(group)}
        self._of: dict[str, list[tuple[date, bool]]] = {}

    def draws(self, row: Drawn) -> Iterator[Draw]:
        """The numerator's part: in while the destination is outside, out from when it is not."""
        spans = self._of.get(row.destination)
        if spans is None:
            spans = self._of[row.destination] = list(self._spans(row.destination))
        counted = 0
        for at, (first, is_outside) in enumerate(spans):
            if at + 1 < len(spans) and spans[at + 1][0] <= row.on:
                continue
            wanted = row.tpp if is_outside else 0
            if wanted != counted:
                yield Draw(max(first, row.on), wanted - counted, row.kind in RESERVATIONS)
            counted = wanted

    def _spans(self, destination: str) -> Iterator[tuple[date, bool]]:
        """The first days of spans, and whether the destination is outside on them."""
        if destination in self._share.outside_values:
            yield date.min, False
            return
        for day in sorted({date.min, *self._turning}):
            yield (
                day,
                not any(
                    self._law.is_member(group, destination, day) is True
                    for group in self._share.outside_groups
                ),
            )


@dataclass(frozen=True, slots=True)
class Family:
    """A family's sums: what counts in the denominator by day, what may in a numerator by place."""

    whole: Counter[date] = field(default_factory=Counter)
    parts: defaultdict[str, list[Drawn]] = field(default_factory=lambda: defaultdict(list))

    def draws(self, outside: Outside, destination: str | None) -> Iterator[Draw]:
        """The draws of the family's share, or of its share in one destination."""
        yield from (Draw(on, 0, whole=tpp) for on, tpp in self.whole.items())
        places = self.parts if destination is None else [destination]
        for row in [row for place in places for row in self.parts.get(place, ())]:
            yield from outside.draws(row)
