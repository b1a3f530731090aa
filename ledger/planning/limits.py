"""Limits: how much room caps leave for lots that are not yet in the ledger, day by day, exactly.

An account is one cap of one holder. What the ledger holds is read once, open reservations of the
future included; then it says for lots on any days what they may add up to. Amounts are whole
numbers of tenths of TPP, those of a licence line units.

A cap binds from the first lot on that it limits: on no day on which such a lot counts may the cap
be passed by what is recorded and what has gone by the day that is looked at. So a lot may rest on
what went before it, and never on what is only planned for later. Days on which a cap is measured
bind like any other, though `decide` refuses nothing before them.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate, pairwise
from math import inf
from typing import Final, NamedTuple

from ledger.core.findings import line_cap
from ledger.core.headroom import (
    Book,
    Level,
    counted_from,
    counts_until,
    level,
    limit_on,
    measured_days,
    version_on,
)
from ledger.core.holders import Holder
from ledger.core.law.caps import Cap, Window
from ledger.core.law.law import Law
from ledger.core.lines import licence_line
from ledger.core.plans import Known
from ledger.core.prefix import Prefix
from ledger.core.turns import starts
from ledger.core.usage import Tally
from ledger.core.values import Tpp

Key = tuple[str, Holder]
"""A cap and one of its holders."""

ADDS_UP: Final = frozenset({"stock", "period"})
"""Windows in which what counts on a day counts on every later one."""


class Load(NamedTuple):
    """What a lot does to an account: amounts in the numerator and the denominator of its cap.

    From a day of `turns` on it is another amount that stands in the numerator.
    """

    on: date
    part: int
    whole: int = 0
    limits: bool = True
    turns: tuple[tuple[date, int], ...] = ()

    def part_on(self, day: date) -> int:
        """What stands in the numerator on a day."""
        return next((amount for turn, amount in reversed(self.turns) if turn <= day), self.part)


class Row(NamedTuple):
    """Lots of the days from `first` to `last`: their weights add up to at most `room`.

    A lot weighs `of` times its part, less `share` times its whole, as of the day `on`, which is the
    first one with so little room. `of` is 1 and `share` 0 where the cap is no percentage.
    """

    first: date
    last: date
    on: date
    room: int
    of: int = 1
    share: int = 0

    def weight(self, load: Load) -> int:
        """The weight of a load."""
        return self.of * load.part_on(self.on) - self.share * load.whole


@dataclass(frozen=True, slots=True)
class _Segment:
    """Days on which the cap weighs alike: room from each of `days` on, least from each on."""

    first: date
    until: date
    of: int
    share: int
    days: list[date]
    room: list[int | None]
    least: list[tuple[int, date] | None]
    lasting: bool

    def least_from(self, day: date) -> tuple[int, date] | None:
        """The least room from a day on, and the first day that has it."""
        if day <= self.first:
            return self.least[0] if self.days else None
        at = self._at(day)
        found = self.least[at] if at < len(self.least) else None
        return None if found is None or day >= self.until else (found[0], max(found[1], day))

    def least_within(self, first: date, until: date) -> tuple[int, date] | None:
        """The least room on some days, and the first day that has it."""
        found: tuple[int, date] | None = None
        for at in range(self._at(first), bisect_left(self.days, until)):
            room, on = self.room[at], max(self.days[at], first)
            if room is not None and (found is None or room < found[0]):
                found = room, on
        return found

    def _at(self, day: date) -> int:
        """The place of the day that is in force on a day: where room lasts, the one before it."""
        return (
            max(bisect_right(self.days, day) - 1, 0)
            if self.lasting
            else bisect_left(self.days, day)
        )


@dataclass(frozen=True, slots=True)
class _Reading:
    """An account as some days read it, each of which sees all later days in the same way."""

    first_on: date
    until: date
    cap: Cap
    versions: Sequence[Cap]
    book: Book
    segments: list[_Segment]


class Account:
    """A cap of one holder, with what the ledger holds."""

    def __init__(self, key: Key, readings: Sequence[_Reading]) -> None:
        self.key, self._readings = key, readings

    @property
    def caps(self) -> Sequence[Cap]:
        """The versions of the cap that read some day of the plan."""
        return [one.cap for one in self._readings]

    @property
    def window(self) -> Window:
        """The window of the cap, as the first day reads it."""
        return self._readings[0].cap.window

    def turning(self, *, more: bool) -> set[date]:
        """Days on which there is more room than before, or else less."""
        found = set()
        for segment in (segment for one in self._readings for segment in one.segments):
            found.add(segment.first)
            known = zip(segment.days, segment.room, strict=True)
            for (_, before), (day, now) in pairwise(known):
                if before != now and (_of(now) > _of(before)) is more:
                    found.add(day)
        return found

    def rows(self, days: Iterable[date]) -> Iterator[Row]:
        """What lots of some days may add up to, wherever there is a limit."""
        wanted = sorted(set(days))
        for one in self._readings:
            own = wanted[: bisect_left(wanted, one.until)]
            seen = own[bisect_left(own, one.first_on) :]
            if seen:
                adds_up = one.cap.window.kind in ADDS_UP
                yield from _added_up(one, seen) if adds_up else _by_window(one, own, seen[0])

    def passed(self, loads: Sequence[Load]) -> Row | None:
        """The first limit that some lots pass; None where they all have room."""
        for row, left in self._left(loads, self.rows(load.on for load in loads)):
            if left < 0:
                return row
        return None

    def tightest(self, loads: Sequence[Load], one: Load) -> tuple[Row, int] | None:
        """The limit that a lot beside others passes by most, or is nearest to, and what it leaves.

        None where nothing limits a lot of its day.
        """
        both = [*loads, one]
        rows = [
            row for row in self.rows(load.on for load in both) if row.first <= one.on <= row.last
        ]
        return min(self._left(both, rows), key=lambda found: found[1], default=None)

    def _left(self, loads: Iterable[Load], rows: Iterable[Row]) -> Iterator[tuple[Row, int]]:
        """What lots leave of each limit that binds one of them."""
        ordered = sorted(loads, key=lambda load: load.on)
        days = [load.on for load in ordered]
        turning = any(load.turns for load in ordered)
        parts, wholes, limited = (
            list(accumulate((amount(load) for load in ordered), initial=0))
            for amount in (_part, _whole, _limits)
        )
        for row in rows:
            first, last = bisect_left(days, row.first), bisect_right(days, row.last)
            if limited[first] == limited[last]:
                continue
            if turning:
                weight = sum(map(row.weight, ordered[first:last]))
            else:
                part, whole = parts[last] - parts[first], wholes[last] - wholes[first]
                weight = row.of * part - row.share * whole
            yield row, row.room - weight

    def level(self, row: Row) -> Level | None:
        """What the ledger holds of the cap on the day of a limit."""
        reading = next(one for one in reversed(self._readings) if one.first_on <= row.on)
        return level(reading.versions, reading.book, row.on)


def _part(load: Load) -> int:
    return load.part


def _whole(load: Load) -> int:
    return load.whole


def _limits(load: Load) -> int:
    return int(load.limits)


def _of(room: int | None) -> float:
    """Room that can be compared: where nothing limits it, more than any."""
    return inf if room is None else room


def _added_up(reading: _Reading, seen: Sequence[date]) -> Iterator[Row]:
    """What adds up: on each day, all up to it within the least room from that day on."""
    for segment in reading.segments:
        for day in seen:
            found = segment.least_from(day)
            if found is not None:
                yield Row(date.min, day, found[1], found[0], segment.of, segment.share)


def _by_window(reading: _Reading, own: Sequence[date], since: date) -> Iterator[Row]:
    """What counts together for a time: between two days on which that changes, the least room."""
    window = reading.cap.window
    ends = {day: counts_until(window, day) for day in own}
    points = sorted({*own, *ends.values(), date.max})
    for first, until in pairwise(points):
        counted = [day for day in own if day <= first < ends[day]]
        if first >= since and counted:
            for segment in reading.segments:
                found = segment.least_within(first, until)
                if found is not None:
                    yield Row(counted[0], counted[-1], found[1], found[0])


class Accounts:
    """Opens accounts on one prefix, for lots of the days from `first` to `last`."""

    def __init__(self, prefix: Prefix, law: Law, first: date, last: date) -> None:
        """Read what is asked for from one prefix, each account once."""
        self.prefix, self.law, self.first, self.last = prefix, law, first, last
        self._known: dict[tuple[object, ...], Known] = {}
        self._tallies: dict[date, Tally] = {}

    def open(self, key: Key, turns: Iterable[date] = ()) -> Account:
        """The account of a cap and holder; on days of `turns` lots come to weigh otherwise."""
        versions = self.law.versions(key[0])
        begins = starts(key, versions, self.prefix, self.law, self.first)
        readings = []
        for begin, until in pairwise([*(day for day in begins if day <= self.last), date.max]):
            own = self._versions(key, versions, begin)
            cap = version_on(own, begin)
            if cap is not None:
                book = self._tally(begin).book(
                    versions[0] if cap.of_licence_line else cap, key[1], 1
                )
                readings.append(_reading(own, cap, book, (begin, until, self.last), turns))
        return Account(key, readings)

    def _versions(self, key: Key, versions: Sequence[Cap], on: date) -> Sequence[Cap]:
        """The versions of a cap; that of a licence line with its units as allowance."""
        if not any(cap.of_licence_line for cap in versions):
            return versions
        line = licence_line(key[1], on, self.prefix, self.law)
        if line is None:
            return []
        return [line_cap(cap, line[0], Tpp(1), self.prefix, on) for cap in versions]

    def _tally(self, on: date) -> Tally:
        if on not in self._tallies:
            known = self._known.setdefault(tuple(map(id, self.law.classes(on))), Known())
            self._tallies[on] = Tally(self.prefix, self.law, on, known)
        return self._tallies[on]


def _events(versions: Sequence[Cap], book: Book) -> set[date]:
    """Days on which there is more or less room than before, calendar windows apart."""
    days = {*book.days}
    for cap in versions:
        days |= {cap.valid_from, cap.until, *(step.valid_from for step in cap.allowance)}
        if cap.window.days is not None:
            days |= {day + timedelta(days=cap.window.days) for day in book.days}
    return days


def _reading(
    versions: Sequence[Cap],
    cap: Cap,
    book: Book,
    days: tuple[date, date, date],
    turns: Iterable[date],
) -> _Reading:
    """A book as the days from a first one to before another one read it, to the plan's last day."""
    first_on, until, last = days
    events = {first_on, max(last, first_on), *_events(versions, book)}
    events |= set(_calendar(cap, first_on, last))
    turning = sorted(day for day in events if first_on <= day < date.max)
    measured = versions[0].measured_on
    if measured:
        turning = measured_days(measured, turning, date.max)
    bounds = {day for one in versions for day in (one.valid_from, one.until)}
    cuts = {day for day in (*turns, *bounds) if first_on < day < date.max}
    cuts = cuts if cap.share or cap.ratio else set()
    segments = [
        _segment(versions, book, turning, (begin, end), lasting=not measured)
        for begin, end in pairwise(sorted({first_on, *cuts, date.max}))
    ]
    return _Reading(first_on, until, cap, versions, book, segments)


def _segment(
    versions: Sequence[Cap],
    book: Book,
    turning: Sequence[date],
    bounds: tuple[date, date],
    *,
    lasting: bool,
) -> _Segment:
    first, until = bounds
    days = [day for day in turning if first <= day < until]
    if lasting and first not in days:
        days.insert(0, first)
    weighing = version_on(versions, first)
    limit = None if weighing is None else limit_on(weighing, first)
    room = [_room(versions, book, day) for day in days]
    least: list[tuple[int, date] | None] = []
    so_far: tuple[int, date] | None = None
    for day, left in zip(reversed(days), reversed(room), strict=True):
        if left is not None and (so_far is None or left <= so_far[0]):
            so_far = left, day
        least.append(so_far)
    of, share = (1, 0) if limit is None else (limit.of, limit.part)
    return _Segment(first, until, of, share, days, room, least[::-1], lasting)


def _room(versions: Sequence[Cap], book: Book, on: date) -> int | None:
    """The room of a day before any lot, in the weights of its cap; None where nothing limits it."""
    cap = version_on(versions, on)
    limit = None if cap is None else limit_on(cap, on)
    if cap is None or limit is None:
        return None
    first = counted_from(cap.window, on)
    drawn = book.drawn(first, on)
    # As in headroom: neither is a stock less than nothing, nor what a share is measured against.
    used = (max(drawn, 0) if cap.window.kind == "stock" else drawn) + book.reserved(first, on)
    whole = 0
    if limit.part:
        whole = max(book.whole(on, date.min if cap.ratio is None else first), 0)
    return limit.most + limit.part * whole - limit.of * used


def _calendar(cap: Cap, first: date, last: date) -> Iterator[date]:
    """The first days of the calendar windows after a day, up to the first one after another."""
    if cap.window.kind in ("calendar-year", "calendar-quarter"):
        day = first
        while day <= last:
            day = counts_until(cap.window, day)
            yield day
