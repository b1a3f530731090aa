"""Cap arithmetic: usage, allowance and the headroom of a lot on every day on which it would count.

Everything here is integer arithmetic on tenths of TPP (design, chapter 7). For a limit the headroom
of a lot on day d is the least L(t) - U(t) over all days t on which the lot would count; for a share
it is the largest lot that keeps N + x <= p * (T + x) on each of them.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache
from itertools import accumulate
from typing import Final, NamedTuple, assert_never

from ledger.core.law.caps import Cap, Window
from ledger.core.law.versions import Versions

ONE_DAY: Final = timedelta(days=1)


class Draw(NamedTuple):
    """What counts against a cap from a day on; `whole` is its part in a share's denominator."""

    on: date
    tpp: int
    reserved: bool = False
    whole: int = 0


class Level(NamedTuple):
    """A cap on one day: allowance (None: unlimited), drawdown, reserved, and what a lot may add."""

    on: date
    allowance_tpp: int | None
    drawdown_tpp: int
    reserved_tpp: int
    headroom_tpp: int | None


def quarter_start(on: date) -> date:
    """First day of a day's calendar quarter."""
    return date(on.year, on.month - (on.month - 1) % 3, 1)


def next_quarter(on: date) -> date:
    """First day of the next calendar quarter."""
    start = quarter_start(on)
    return date(start.year + start.month // 10, (start.month + 3 - 1) % 12 + 1, 1)


def counted_from(window: Window, on: date) -> date:
    """The first day whose draws count on a day."""
    match window.kind:
        case "stock":
            return date.min
        case "lot":
            return on
        case "period":
            return window.first_on or date.min
        case "calendar-year":
            return date(on.year, 1, 1)
        case "calendar-quarter":
            return quarter_start(on)
        case "rolling":
            return on - timedelta(days=(window.days or 1) - 1)
        case _:
            assert_never(window.kind)


def counts_until(window: Window, on: date) -> date:
    """The first day on which a lot of a day no longer counts."""
    match window.kind:
        case "stock" | "period":
            return date.max
        case "lot":
            return on + ONE_DAY
        case "calendar-year":
            return date(on.year + 1, 1, 1)
        case "calendar-quarter":
            return next_quarter(on)
        case "rolling":
            return on + timedelta(days=window.days or 1)
        case _:
            assert_never(window.kind)


class Book:
    """The draws of one holder on one cap, summed up so that any day is a look-up."""

    def __init__(self, draws: Iterable[Draw]) -> None:
        """Sum up the draws of each day."""
        of_day: dict[date, list[int]] = {}
        for draw in draws:
            day = of_day.setdefault(draw.on, [0, 0, 0])
            day[draw.reserved] += draw.tpp
            day[2] += draw.whole
        self.days = sorted(of_day)
        self._drawn, self._reserved, self._whole = (
            list(accumulate([of_day[day][part] for day in self.days], initial=0))
            for part in range(3)
        )
        self._falling = {
            day for day, (drawn, reserved, _) in of_day.items() if drawn < 0 or reserved < 0
        }

    def add(self, draw: Draw) -> None:
        """Count one more draw in; as quick as the days after it are few."""
        at = bisect_left(self.days, draw.on)
        if at == len(self.days) or self.days[at] != draw.on:
            self.days.insert(at, draw.on)
            for sums in (self._drawn, self._reserved, self._whole):
                sums.insert(at + 1, sums[at])
        own = self._reserved if draw.reserved else self._drawn
        for sums, amount in ((own, draw.tpp), (self._whole, draw.whole)):
            if amount:
                sums[at + 1 :] = [one + amount for one in sums[at + 1 :]]
        drawn, reserved = self._drawn, self._reserved
        if drawn[at + 1] < drawn[at] or reserved[at + 1] < reserved[at]:
            self._falling.add(draw.on)
        else:
            self._falling.discard(draw.on)

    @property
    def falls(self) -> bool:
        """Whether some day takes back more than it draws.

        On no other books does room become less because a day falls out of a window.
        """
        return bool(self._falling)

    def days_within(self, first: date, until: date) -> list[date]:
        """The days from a day to another, that one out, on which something is drawn."""
        return self.days[bisect_left(self.days, first) : bisect_left(self.days, until)]

    def full(self, first: date, until: date) -> date | None:
        """The first day on which all is drawn that is drawn before a day, if it is not before.

        Meant for a book of which no day takes back more than it draws.
        """
        end = bisect_left(self.days, until)
        at = max(bisect_left(sums, sums[end]) for sums in (self._drawn, self._reserved)) - 1
        return self.days[at] if at >= 0 and self.days[at] >= first else None

    def most(self, length: timedelta, since: date, until: date) -> tuple[date, int]:
        """The first day on which most was drawn over a length before it, and how much.

        Meant for a book of which no day takes back more than it draws.
        """
        most_on, most = since, sum(self.sums(since - length, since + ONE_DAY))
        days, drawn, reserved = self.days, self._drawn, self._reserved
        for at in range(bisect_right(days, since), bisect_left(days, until)):
            out = bisect_left(days, days[at] - length)
            used = drawn[at + 1] - drawn[out] + reserved[at + 1] - reserved[out]
            if used > most:
                most_on, most = days[at], used
        return most_on, most

    def drawn(self, first: date, last: date) -> int:
        """Draws from a day to a day, both counted."""
        return self._between(self._drawn, first, last)

    def reserved(self, first: date, last: date) -> int:
        """Open reservations from a day to a day, both counted."""
        return self._between(self._reserved, first, last)

    def whole(self, last: date, first: date = date.min) -> int:
        """What a share or ratio is measured against, from a day to a day, both counted."""
        return self._between(self._whole, first, last)

    def sums(self, first: date, until: date) -> tuple[int, int]:
        """Draws, and open reservations, from a day to another, that one out."""
        if first >= until:
            return 0, 0
        begin, end = bisect_left(self.days, first), bisect_left(self.days, until)
        return self._drawn[end] - self._drawn[begin], self._reserved[end] - self._reserved[begin]

    def _between(self, sums: Sequence[int], first: date, last: date) -> int:
        if first > last:
            return 0
        before = bisect_left(self.days, first)
        return sums[bisect_right(self.days, last)] - sums[before]


def level(versions: Sequence[Cap], book: Book, on: date) -> Level | None:
    """A cap on a day for one holder; None on a day on which no version has a figure."""
    cap = version_on(versions, on)
    return None if cap is None else _level(cap, book, on)


def _level(cap: Cap, book: Book, on: date) -> Level:
    first = counted_from(cap.window, on)
    drawn, reserved = book.sums(first, on + ONE_DAY)
    whole = 0 if cap.allowance else book.whole(on, date.min if cap.ratio is None else first)
    return state(cap, on, drawn=drawn, reserved=reserved, whole=whole)


def state(cap: Cap, on: date, *, drawn: int, reserved: int, whole: int) -> Level:
    """A cap on a day, given the sums that count on it."""
    drawdown = max(drawn, 0) if cap.window.kind == "stock" else drawn
    if cap.share is not None:
        part, of = _part(cap.share.percent)
        # N + x <= part/of * (T + x), solved for x in whole numbers.
        room = (part * max(whole, 0) - of * (drawdown + reserved)) // (of - part)
        return Level(on, part * max(whole, 0) // of, drawdown, reserved, room)
    if cap.ratio is None:
        return _limited(on, cap.allowed(on), drawdown, reserved)
    part, of = _part(cap.ratio.percent)
    return _limited(on, part * max(whole, 0) // of, drawdown, reserved)


def _limited(on: date, allowed: int | None, drawdown: int, reserved: int) -> Level:
    room = None if allowed is None else allowed - drawdown - reserved
    return Level(on, allowed, drawdown, reserved, room)


class Limit(NamedTuple):
    """A cap on a day as one sum: passed where of * counted - part * whole is more than `most`.

    It holds as long as neither the drawdown of a stock nor the whole of a share is below nothing.
    """

    of: int
    part: int
    most: int


def limit_on(cap: Cap, on: date) -> Limit | None:
    """The limit of a day; None where there is none."""
    proportion = cap.share or cap.ratio
    if proportion is not None:
        part, of = _part(proportion.percent)
        return Limit(of, part, 0)
    allowed = cap.allowed(on)
    return None if allowed is None else Limit(1, 0, allowed)


@cache
def _part(percent: Decimal) -> tuple[int, int]:
    """A percentage as a fraction of whole numbers."""
    return (Fraction(percent) / 100).as_integer_ratio()


def version_on(versions: Sequence[Cap], on: date) -> Cap | None:
    """The version of a cap that has a figure for a day."""
    if isinstance(versions, Versions):
        return versions.on(on)
    return next((cap for cap in versions if cap.has_figure(on)), None)


def levels(versions: Sequence[Cap], book: Book, on: date) -> Iterator[Level]:
    """A cap on every day from `on` on which its state changes and a lot of `on` would count."""
    cap = version_on(versions, on)
    if cap is None:
        return
    until = max(counts_until(version.window, on) for version in versions)
    alike = all(version.window == cap.window for version in versions)
    for day in _turning_days(versions, book, on, until):
        found = version_on(versions, day)
        # A later version may have another window, in which the lot no longer counts, or still does.
        if found is not None and (alike or counted_from(found.window, day) <= on):
            yield _level(found, book, day)


def _turning_days(versions: Sequence[Cap], book: Book, on: date, until: date) -> Iterator[date]:
    """Days on which the state of a cap changes."""
    days = {on, *book.days_within(on, until)}
    for cap in versions:
        days |= {cap.valid_from, cap.until, *[step.valid_from for step in cap.allowance]}
        if cap.window.days is not None:
            later = timedelta(days=cap.window.days)
            days.update(day + later for day in book.days_within(on - later, until - later))
    turning = sorted([day for day in days if on <= day < until])
    measured = versions[0].measured_on
    return iter(turning if not measured else measured_days(measured, turning, until))


def measured_days(measured_on: Sequence[str], turning: Sequence[date], until: date) -> list[date]:
    """Measuring days from the first turning day to the first one after the last turning day."""
    years = range(turning[0].year, turning[-1].year + 2)
    days = sorted(date.fromisoformat(f"{year}-{day}") for year in years for day in measured_on)
    after = [day for day in days if day >= turning[-1]][:1]
    return [d for d in days if turning[0] <= d < turning[-1] and d < until] + [
        d for d in after if d < until
    ]


def binding(found: Iterable[Level]) -> Level | None:
    """The first day of the least headroom; None where no day has a figure."""
    least: Level | None = None
    for one in found:
        if least is None or _tighter(one, least):
            least = one
    return least


def least(versions: Sequence[Cap], book: Book, on: date) -> Level | None:
    """The first day of the least headroom of a lot of a day, as `binding` of `levels` finds it.

    Of plain limits the most that is used is found span by span, and the level of that day.
    """
    course = Versions.of(versions)
    if not course.plain:
        return binding(levels(versions, book, on))
    spans = course.from_day(on)
    if not spans or spans[0].since > on:
        return None
    window = spans[0].cap.window
    until = counts_until(window, on)
    binding_on, least_room, allowance = on, None, None
    for since, end, found, allowed in spans:
        if since >= until:
            break
        if allowed is not None:
            day, used = _most_used(found, book, max(since, on), min(end, until))
            if least_room is None or allowed - used < least_room:
                binding_on, least_room, allowance = day, allowed - used, allowed
    drawn, reserved = book.sums(counted_from(window, binding_on), binding_on + ONE_DAY)
    drawdown = max(drawn, 0) if window.kind == "stock" else drawn
    return _limited(binding_on, allowance, drawdown, reserved)


def _most_used(cap: Cap, book: Book, since: date, until: date) -> tuple[date, int]:
    """The first of some days on which most is used of a plain limit, and how much."""
    length = cap.window.days
    if book.falls:
        days = {since, *book.days_within(since, until)}
        if length is not None:  # what was taken back counts no longer once it leaves the window
            later = timedelta(days=length)
            days.update(day + later for day in book.days_within(since - later, until - later))
        turning = sorted(days)
        used_on = [_used(cap, book, day) for day in turning]
        most = max(used_on)
        return turning[used_on.index(most)], most
    if length is not None:
        return book.most(timedelta(days=length - 1), since, until)
    # Nothing falls out of the window: most is used once the last draw that counts is in.
    first = counted_from(cap.window, since)
    return book.full(max(since, first), until) or since, sum(book.sums(first, until))


def _used(cap: Cap, book: Book, on: date) -> int:
    """What a day leaves less of a plain limit."""
    drawn, reserved = book.sums(counted_from(cap.window, on), on + ONE_DAY)
    return reserved + (max(drawn, 0) if cap.window.kind == "stock" else drawn)


def _tighter(one: Level, other: Level) -> bool:
    if one.headroom_tpp is None:
        return False
    return other.headroom_tpp is None or one.headroom_tpp < other.headroom_tpp


def whole_units(headroom_tpp: int | None, unit_tpp: int, *, below: bool = False) -> int | None:
    """The largest quantity that fits, never negative; `below` keeps it under a threshold."""
    if headroom_tpp is None:
        return None
    return max((headroom_tpp - 1 if below else headroom_tpp) // unit_tpp, 0)
