"""Shares: on which days a draw stands in the numerator of a percentage of an installed base."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from ledger.core.headroom import Draw
from ledger.core.law.caps import Share
from ledger.core.law.law import Law
from ledger.core.positions import RESERVATIONS, Drawn


def outside(share: Share, destination: str | None, row: Drawn, law: Law) -> Iterator[Draw]:
    """The numerator's part: in while the destination is outside, out from when it is not.

    With a `destination` the share is that of one destination alone.
    """
    if destination not in (None, row.destination) or row.destination in share.outside_values:
        return
    counted = 0
    for day in _turns(share, row.on, law):
        inside = any(
            law.is_member(group, row.destination, day) is True for group in share.outside_groups
        )
        wanted = 0 if inside else row.tpp
        if wanted != counted:
            yield Draw(day, wanted - counted, row.kind in RESERVATIONS)
        counted = wanted


def _turns(share: Share, on: date, law: Law) -> list[date]:
    """A day, and those after it on which a group that the share names changes."""
    turning = {day for group in share.outside_groups for day in law.turning_days(group)}
    return [on, *sorted(day for day in turning if day > on)]


@dataclass(frozen=True, slots=True)
class Family:
    """A family's sums: what counts in the denominator by day, what may in a numerator by place."""

    whole: Counter[date] = field(default_factory=Counter)
    parts: defaultdict[str, list[Drawn]] = field(default_factory=lambda: defaultdict(list))

    def draws(self, share: Share, destination: str | None, law: Law) -> Iterator[Draw]:
        """The draws of the family's share, or of its share in one destination."""
        yield from (Draw(on, 0, whole=tpp) for on, tpp in self.whole.items())
        places = self.parts if destination is None else [destination]
        for row in [row for place in places for row in self.parts.get(place, ())]:
            yield from outside(share, destination, row, law)
