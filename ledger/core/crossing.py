"""Crossing: the entry by which a sum over many entries last came to be more than a limit.

Entries stand in the order in which they were recorded, each with an amount that may change from day
to day. They lie in blocks that know their sum and their least running sum, so that a day costs as
much as has changed since the one before, and a look at each block.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from datetime import date
from itertools import accumulate
from math import isqrt


class Sum:
    """Amounts by place, and the last place before which their sum is within a limit."""

    def __init__(self, places: Iterable[int]) -> None:
        """Begin with nothing at each of some places."""
        self._places = sorted(set(places))
        self._amounts = [0] * len(self._places)
        self._size = isqrt(len(self._places)) + 1
        blocks = len(self._places) // self._size + 1
        self._sums, self._least = [0] * blocks, [0] * blocks
        self._stale: set[int] = set()

    def add(self, place: int, amount: int) -> None:
        """Add an amount to what a place has."""
        at = bisect_left(self._places, place)
        self._amounts[at] += amount
        self._sums[at // self._size] += amount
        self._stale.add(at // self._size)

    def last_within(self, limit: int) -> int | None:
        """The last place before which the sum is at most a limit; None where it is at no place."""
        for block in self._stale:
            self._least[block] = min(self._before(block), default=0)
        self._stale.clear()
        before = sum(self._sums)
        for block in range(len(self._sums) - 1, -1, -1):
            before -= self._sums[block]
            if before + self._least[block] <= limit:
                running = self._before(block)
                for at in range(len(running) - 1, -1, -1):
                    if before + running[at] <= limit:
                        return self._places[block * self._size + at]
        return None

    def _before(self, block: int) -> Sequence[int]:
        """The sums of a block before each of its places."""
        amounts = self._amounts[block * self._size : (block + 1) * self._size]
        return list(accumulate(amounts, initial=0))[:-1]


class Days:
    """The same for the amounts of a span of days that moves on."""

    def __init__(self, found: Iterable[tuple[date, int, int]]) -> None:
        """Begin before the first day; each amount with its day and the place of its entry."""
        self._found = sorted(found)
        self._sum = Sum(place for _, place, _ in self._found)
        self._first, self._after = 0, 0

    def last_within(self, first: date, last: date, limit: int) -> int | None:
        """The last place before which the amounts of some days are at most a limit.

        Neither the first nor the last day may be before that of the question before.
        """
        while self._after < len(self._found) and self._found[self._after][0] <= last:
            _, place, amount = self._found[self._after]
            self._sum.add(place, amount)
            self._after += 1
        while self._first < len(self._found) and self._found[self._first][0] < first:
            _, place, amount = self._found[self._first]
            self._sum.add(place, -amount)
            self._first += 1
        return self._sum.last_within(limit)
