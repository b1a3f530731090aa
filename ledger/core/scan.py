"""Scanning: every day of many caps and holders, read by day only in the months where it matters.

Where nothing is ever taken back, what counts only grows within a window. A month at whose end a cap
has the status that it had before it, and is not passed, has no day on which anything changes: its
draws may come as one sum. All other months are read by day, and so is every month of a cap that
grows and falls, of a share, a ratio, a rolling window, and of one that the law measures by days.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import cast

from ledger.core.breaches import Key, Reading, View, is_passed
from ledger.core.headroom import ONE_DAY, Book, Level, counted_from, level
from ledger.core.law.law import Law
from ledger.core.plans import month_of
from ledger.core.prefix import Prefix
from ledger.core.utilisation import status_of


class Scan(View):
    """A view to ask for breaches and changes of status alone: other days may be summed up."""

    def __init__(self, prefix: Prefix, law: Law, *, statuses: bool = True) -> None:
        """Look for changes of `statuses`, or for breaches alone."""
        super().__init__(prefix, law)
        self._statuses = statuses

    def ahead(self, keys: Iterable[Key]) -> None:
        """Read what the days of some caps and holders are asked for, of many at once."""
        wanted = [
            (key, start, found)
            for key in keys
            if self.ever_counts(key)
            for start in self.starts(key)
            if (found := self.reading(key, start)) is not None
        ]
        grown = [one for one in wanted if _grows(one[2])]
        self.prefix.expect(
            query._replace(apart=True)
            for *_, found in grown
            for query in found.tally.queries(found.cap, found.holder, frozenset())
        )
        for key, start, found in grown:
            draws = found.tally.by_month(found.cap, found.holder, found.unit_tpp)
            book, falls = Book(draws), any(draw.tpp < 0 for draw in draws)
            months = None if falls else self._by_day(key, start, found, book)
            summed = book if months is not None and not months else None
            self._readings[key, start] = replace(found, months=months, summed=summed)
        read = [found for key, start, _ in wanted if (found := self._readings[key, start])]
        self.prefix.expect(
            query for found in read if found.summed is None for query in found.queries()
        )
        for found in read:
            found.book  # noqa: B018 -- it is read now, while the prefix has it at hand
        self.prefix.expect(())

    def _by_day(self, key: Key, start: date, found: Reading, book: Book) -> frozenset[date]:
        """The months of a stretch that are read by day."""
        turning = {day.replace(day=1) for day in self.turns_of(key)}
        end = min((day for day in self.starts(key) if day > start), default=date.max)
        months = dict.fromkeys(day.replace(day=1) for day in book.days)
        inside = [month for month in months if start <= month_of(month)[1] and month < end]
        first = next(iter(months), None) if self._statuses else None
        return frozenset(
            month
            for month in inside
            if month in turning or month == first or self._matters(found, book, month)
        )

    def _matters(self, found: Reading, book: Book, month: date) -> bool:
        """Whether a cap may have another status on a day of a month, or is passed on one."""
        last = month_of(month)[1]
        # The law does not turn in such a month: a cap has a figure on all its days, and before it.
        before = cast("Level", level(found.versions, book, month - ONE_DAY))
        after = cast("Level", level(found.versions, book, last))
        if is_passed(after) and any(cap.effect == "limit" for cap in found.versions):
            return True
        begins = counted_from(found.cap.window, last) >= month
        return self._statuses and (begins or status_of(before) != status_of(after))


def _grows(found: Reading) -> bool:
    """Whether what counts grows within windows of whole months while nothing is taken back."""
    alike = all(cap.window == found.cap.window for cap in found.versions)
    plain = not any(cap.share or cap.ratio or cap.measured_on for cap in found.versions)
    by_day = found.cap.window.kind == "rolling" or found.cap.counts.not_headquartered_in is not None
    return alike and plain and not by_day
