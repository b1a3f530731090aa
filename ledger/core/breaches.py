"""Breaches: the days on which more is drawn and reserved than a cap allows.

A breach of a day is what headroom says of that very day, under the law of that day: allowance less
drawdown less reserved is less than nothing, and the cap counts for the holder. Notice thresholds
are no breaches, and a cap that the law measures on certain days only is passed on these alone.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from typing import Final

from ledger.core.findings import line_cap
from ledger.core.headroom import (
    Book,
    Level,
    counts_until,
    level,
    measured_days,
    version_on,
)
from ledger.core.holders import Holder, counts_for, ever
from ledger.core.kept import kept
from ledger.core.law.caps import Cap
from ledger.core.law.law import Law
from ledger.core.lines import licence_line
from ledger.core.positions import Query
from ledger.core.prefix import Prefix
from ledger.core.turns import counting_days, starts
from ledger.core.usage import Months, Tally
from ledger.core.values import FIRST_YEAR

FIRST_DAY: Final = date(FIRST_YEAR, 1, 1)

Key = tuple[str, Holder]
"""A cap and one of its holders."""


@dataclass(frozen=True, slots=True)
class Passed:
    """A day on which a cap is passed, and the first day on which that may be otherwise.

    `until` is None where no later day changes anything.
    """

    on: date
    until: date | None
    level: Level

    @property
    def over_tpp(self) -> int:
        """By how much the cap is passed."""
        return over_tpp(self.level)


def over_tpp(found: Level) -> int:
    """By how much what counts on a day is past the allowance."""
    return found.drawdown_tpp + found.reserved_tpp - (found.allowance_tpp or 0)


@dataclass(frozen=True)
class Reading:
    """A cap as one stretch of days reads it: its versions, how draws are read, a unit's TPP."""

    cap: Cap
    holder: Holder
    versions: Sequence[Cap]
    tally: Tally
    unit_tpp: int
    months: Months = None
    summed: Book | None = None

    @cached_property
    def book(self) -> Book:
        """The holder's draws, read when they are asked for first."""
        if self.summed is not None:
            return self.summed
        if self.months is None:
            return self.tally.book(self.cap, self.holder, self.unit_tpp)
        return self.tally.part_book(self.cap, self.holder, self.unit_tpp, self.months)

    def queries(self) -> Iterator[Query]:
        """What the book will ask the prefix for."""
        return self.tally.queries(self.cap, self.holder, self.months)


class View:
    """A prefix and its law, asked for the state of caps on any day."""

    def __init__(self, prefix: Prefix, law: Law) -> None:
        """Hold what all questions about one prefix share."""
        self.prefix, self.law = kept(prefix), law
        self._tally = cache(lambda on: Tally(self.prefix, law, on))
        self._of_day = cache(lambda on: Tally(self.prefix, law, on, asks="day"))
        self._since = cache(lambda on, since: Tally(self.prefix, law, on, since=since))
        self._readings: dict[tuple[Key, date], Reading | None] = {}
        self._starts: dict[Key, list[date]] = {}
        self._turns: dict[Key, list[date]] = {}
        self._counting: dict[tuple[Key, date], bool] = {}
        self.versions = cache(law.versions)
        self._named = cache(self._versions_named)

    def _versions_named(self, key: Key) -> list[Cap]:
        """The versions of a cap that a holder can be one of: another pack may count per others."""
        return [cap for cap in self.versions(key[0]) if len(cap.per) == len(key[1])]

    def counted(self) -> list[str]:
        """The caps on what a holder has in a window of days, notice thresholds among them."""
        return list(dict.fromkeys(cap.id for cap in self.law.caps if cap.window.kind != "lot"))

    def limits(self) -> list[str]:
        """The caps that can be passed."""
        limits = {cap.id for cap in self.law.caps if cap.effect == "limit"}
        return [cap_id for cap_id in self.counted() if cap_id in limits]

    def keys(self, cap_ids: Iterable[str]) -> Iterator[Key]:
        """Every cap with every holder that anything was ever drawn for."""
        for cap_id in cap_ids:
            held = (holder for cap in self.versions(cap_id) for holder in ever(cap, self.prefix))
            yield from ((cap_id, holder) for holder in dict.fromkeys(held))

    def level(self, key: Key, on: date) -> Level | None:
        """A cap on a day; None where it has no figure, or does not count for the holder."""
        return self._level(key, on) if self._counts(key, on) else None

    def passed(self, key: Key, on: date) -> bool:
        """Whether a cap is passed on a day."""
        return is_passed(self._level(key, on)) and self._counts(key, on)

    def days(self, key: Key) -> list[Passed]:
        """Every day on which a cap begins to be passed, or is passed otherwise than before."""
        if not self.ever_counts(key):
            return []
        turning = self._turning(key)
        ends = [*(on for on, _ in turning[1:]), None]
        return [
            Passed(on, until, found)
            for (on, found), until in zip(turning, ends, strict=False)
            if found is not None and is_passed(found) and self._counts(key, on)
        ]

    def ever_counts(self, key: Key) -> bool:
        """Whether a cap counts for a holder on any day: of most statuses nobody has one."""
        return any(self._counts(key, turn) for turn in self.turns(key))

    def turning(self, key: Key) -> list[tuple[date, Level | None]]:
        """The days on which a cap may come to stand otherwise, from the first draw on.

        Each with how it stands then; None where it has no figure, or does not count.
        """
        return [
            (on, found if found is not None and self._counts(key, on) else None)
            for on, found in self._turning(key)
        ]

    def _turning(self, key: Key) -> list[tuple[date, Level | None]]:
        """The same days, and how the cap stands on each."""
        versions, turns = self._named(key), self.turns_of(key)
        stretches = self.starts(key)
        found: list[tuple[date, Level | None]] = []
        first = date.max
        for start, end in zip(stretches, [*stretches[1:], date.max], strict=True):
            reading = self.reading(key, start)
            days = {start, *turns}
            if reading is not None:
                # Days before the stretch may be sums of months: it begins to count by its start.
                begun = (max(day, start) for day in reading.book.days[:1] if day < end)
                first = min([first, *begun])
                window = reading.versions[0].window
                days.update(
                    reading.book.days, (counts_until(window, day) for day in reading.book.days)
                )
            found += [
                (day, None if reading is None else level(reading.versions, reading.book, day))
                for day in sorted(days)
                if start <= day < end
            ]
        found = [one for one in found if one[0] >= first]
        measured = versions[0].measured_on
        if not measured or not found:
            return found
        days_of = measured_days(measured, [on for on, _ in found], date.max)
        return [(day, self._level(key, day)) for day in days_of]

    def _level(self, key: Key, on: date) -> Level | None:
        reading = self.reading(key, _last(self.starts(key), on))
        return None if reading is None else level(reading.versions, reading.book, on)

    def _counts(self, key: Key, on: date) -> bool:
        """Whether a cap counts for a holder: asked once between two turns."""
        turn = _last(self.turns(key), on)
        if (key, turn) not in self._counting:
            cap = version_on(self._named(key), on)
            self._counting[key, turn] = cap is not None and counts_for(
                cap, key[1], on=on, prefix=self.prefix, law=self.law
            )
        return self._counting[key, turn]

    def turns(self, key: Key) -> list[date]:
        """The first days of stretches of days in which a cap counts for a holder, or does not."""
        if key not in self._turns:
            versions = self._named(key)
            days = counting_days(key, versions, self.prefix, self.law)
            self._turns[key] = sorted({FIRST_DAY, *(day for day in days if day > FIRST_DAY)})
        return self._turns[key]

    def turns_of(self, key: Key) -> set[date]:
        """The days on which the law or a fact may change how a cap stands for a holder."""
        versions = self._named(key)
        steps = {step.valid_from for cap in versions for step in cap.allowance}
        return {*steps, *(cap.until for cap in versions), *self.turns(key), *self.starts(key)}

    def starts(self, key: Key) -> list[date]:
        """The first days of stretches of days that are read alike."""
        if key not in self._starts:
            versions = self._named(key)
            self._starts[key] = starts(key, versions, self.prefix, self.law, FIRST_DAY)
        return self._starts[key]

    def start(self, key: Key, on: date) -> date:
        """The first day of the stretch that a day is in."""
        return _last(self.starts(key), on)

    def reading(self, key: Key, start: date) -> Reading | None:
        """A cap as a stretch of days reads it; None where it has no figure then."""
        if (key, start) not in self._readings:
            self._readings[key, start] = self._read(key, start, self._tally(start))
        return self._readings[key, start]

    def reading_on(self, key: Key, on: date) -> Reading | None:
        """A cap as one day alone reads it: what does not count on it is left out, or summed up."""
        return self._read(key, on, self._of_day(on)) if self._counts(key, on) else None

    def reading_since(self, key: Key, on: date, since: date) -> Reading | None:
        """A cap as a day and all after it read it, the days from an earlier one on told apart."""
        return self._read(key, on, self._since(on, since)) if self._counts(key, on) else None

    def _read(self, key: Key, on: date, tally: Tally) -> Reading | None:
        versions: Sequence[Cap] = self._named(key)
        cap = version_on(versions, on)
        if cap is None:
            return None
        unit = 0
        if cap.of_licence_line:
            found = licence_line(key[1], on, self.prefix, self.law)
            if found is None:
                return None
            covering, unit = found
            versions = [line_cap(cap, covering, found[1], self.prefix, on)]
        return Reading(cap, key[1], versions, tally, unit)


def is_passed(found: Level | None) -> bool:
    """Whether a cap allows less than what counts."""
    return found is not None and found.headroom_tpp is not None and found.headroom_tpp < 0


def _last(days: Sequence[date], on: date) -> date:
    """The last of some days that is not after another one; else the first of all days."""
    place = bisect_right(days, on)
    return days[place - 1] if place else FIRST_DAY
