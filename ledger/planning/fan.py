"""A cap and a holder in many runs at once: what is left on every day, run by run.

The same arithmetic as `ledger.core.headroom`, on matrices of whole numbers: a row is a day, a
column a run. What the ledger holds is the same in every run and is read once.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ledger.core.asides import asides
from ledger.core.breaches import Key, View
from ledger.core.effects import Effect
from ledger.core.headroom import ONE_DAY, Limit, counted_from, limit_on, version_on
from ledger.core.law.caps import Cap
from ledger.planning.sampling import Sample

if TYPE_CHECKING:
    from numpy.typing import NDArray

LARGEST: Final = 2**62
"""Below it a sum of two numbers fits in 64 bits with their sign."""


@dataclass(frozen=True, slots=True)
class Gone:
    """What a deal draws on a cap in some runs: units and tenths of TPP on the days of a sample.

    `line` is the licence line that it goes under, if it is a licence.
    """

    effect: Effect
    sample: Sample
    units: int
    tpp: int
    line: str


@dataclass(frozen=True, slots=True)
class Days:
    """The days of a simulation, both ends counted."""

    first: date
    last: date

    @property
    def many(self) -> int:
        """How many they are."""
        return (self.last - self.first).days + 1

    def all(self) -> list[date]:
        """Each of them."""
        first = self.first.toordinal()
        return [date.fromordinal(first + at) for at in range(self.many)]

    def place(self, on: date) -> int:
        """The place of a day among them; below 0 or beyond for one that is none of them."""
        return (on - self.first).days


@dataclass(frozen=True, slots=True)
class Released:
    """What a licence line gives back of what a ratio sets aside for it, as deals go under it."""

    line: str
    left_units: int
    unit_tpp: int
    first: date
    until: date | None


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days on which a cap is read alike: from a place to another, that one out.

    `limit` is None where there is no limit; a unit that is drawn weighs `scale` tenths of TPP, or
    where that is 0 what it was rated. `since` holds the place of the first day that counts on each
    day, and `drawn`, `reserved` and `whole` what the ledger holds that counts on it. `released` are
    the licence lines that a ratio sets something aside for.
    """

    start: int
    end: int
    limit: Limit | None
    cap: Cap
    scale: int
    since: "NDArray[np.int64]"
    drawn: "NDArray[Any]"
    reserved: "NDArray[Any]"
    whole: "NDArray[Any]"
    released: tuple[Released, ...]

    @property
    def by_whole(self) -> bool:
        """Whether it is a share or a ratio of something that grows, too."""
        return self.cap.share is not None or self.cap.ratio is not None


class Fan:
    """A cap and a holder on the days of a simulation."""

    def __init__(self, view: View, key: Key, days: Days, *, units: int, unit_tpp: int) -> None:
        """Read what the ledger holds; all deals are of so many units, of at most so many tenths.

        Sums are of 64 bits where no sum or product can pass them, else of any length.
        """
        self.key, self.days = key, days
        self.stretches = list(_stretches(view, key, days))
        heaviest = max([unit_tpp, *(one.scale for one in self.stretches)])
        factor = max((s.limit.of + s.limit.part for s in self.stretches if s.limit), default=1)
        held = max((_largest(stretch) for stretch in self.stretches), default=0)
        self.dtype = np.int64 if (held + units * heaviest) * factor < LARGEST else object

    @property
    def limited(self) -> bool:
        """Whether the cap limits the holder on any of the days."""
        return any(stretch.limit is not None for stretch in self.stretches)

    def headroom(self, gone: Sequence[Gone], runs: int) -> "tuple[NDArray[Any], NDArray[np.bool_]]":
        """What is left on each day (rows) of each run, and on which days there is a limit at all.

        Where there is none the numbers mean nothing.
        """
        parts, wholes = self._sums(gone, runs)
        left = np.zeros((self.days.many, runs), dtype=self.dtype)
        limited = np.zeros(self.days.many, dtype=np.bool_)
        for one in self.stretches:
            if one.limit is not None:
                span = slice(one.start, one.end)
                limited[span] = True
                drawn = one.drawn[:, None] + _counted(parts[one.scale], one)
                whole = one.whole[:, None]
                if one.by_whole:
                    whole = whole + _counted(wholes, one)
                reserved = one.reserved[:, None]
                if one.released:
                    reserved = reserved - self._freed(one, gone, runs)
                left[span] = _left(one, drawn, reserved, whole)
        return left, limited

    def allowance(self, at: int) -> int | None:
        """What is allowed on a day as the ledger stands; None where there is no limit."""
        for one in self.stretches:
            if one.start <= at < one.end and one.limit is not None:
                whole = max(int(one.whole[at - one.start]), 0)
                part, of = one.limit.part, one.limit.of
                return part * whole // of if one.by_whole else one.limit.most
        return None

    def measured(self) -> "NDArray[np.bool_]":
        """The days on which the text measures the cap: all, unless it names some."""
        found = np.ones(self.days.many, dtype=np.bool_)
        days = self.days.all()
        for one in self.stretches:
            if one.cap.measured_on:
                for at in range(one.start, one.end):
                    found[at] = f"{days[at]:%m-%d}" in one.cap.measured_on
        return found

    def _sums(
        self, gone: Iterable[Gone], runs: int
    ) -> "tuple[dict[int, NDArray[Any]], NDArray[Any]]":
        """Sums up to each day: of numerators by the weight of a unit, and of denominators."""
        shape = (self.days.many + 1, runs)
        scales = {one.scale for one in self.stretches}
        parts = {scale: np.zeros(shape, dtype=self.dtype) for scale in scales}
        by_whole = any(one.by_whole for one in self.stretches)
        wholes = np.zeros(shape if by_whole else (0, 0), dtype=self.dtype)
        for one in gone:
            for at, runs_in, sign in self._drawn(one):
                for scale, sums in parts.items():
                    sums[at, runs_in] += sign * (scale * one.units if scale else one.tpp)
            if by_whole and one.effect.whole:
                at, inside = self._places(one.sample)
                wholes[at, one.sample.runs[inside]] += one.tpp
        for sums in (*parts.values(), wholes):
            np.cumsum(sums, axis=0, out=sums)
        return parts, wholes

    def _drawn(self, gone: Gone) -> "Iterator[tuple[Any, NDArray[np.int64], int]]":
        """Where a deal enters the numerator and leaves it: places of days, runs, and the sign."""
        at, inside = self._places(gone.sample)
        if gone.effect.part:
            yield at, gone.sample.runs[inside], 1
        for day, begins in gone.effect.turns:
            place = self.days.place(day)
            if 0 <= place < self.days.many:
                before = gone.sample.days < day.toordinal()
                yield place + 1, gone.sample.runs[before], 1 if begins else -1

    def _places(self, sample: Sample) -> "tuple[NDArray[np.int64], NDArray[np.bool_]]":
        """The rows of a sample's days, and which of these are among the days at all.

        Row 0 is that of nothing yet.
        """
        at = sample.days - self.days.first.toordinal() + 1
        inside = (at > 0) & (at <= self.days.many)
        return at[inside], inside

    def _freed(self, stretch: Stretch, gone: Iterable[Gone], runs: int) -> "NDArray[Any]":
        """What is no longer set aside for licence lines on each day of a stretch and run."""
        freed = np.zeros((stretch.end - stretch.start, runs), dtype=self.dtype)
        for line in stretch.released:
            units = np.zeros(runs, dtype=np.int64)
            for one in gone:
                if one.line == line.line:
                    units[one.sample.runs] += one.units
            taken = np.minimum(units, line.left_units).astype(self.dtype) * line.unit_tpp
            until = self.days.many if line.until is None else self.days.place(line.until)
            start, end = (
                max(place - stretch.start, 0) for place in (self.days.place(line.first), until)
            )
            freed[start:end] += taken
        return freed


def _counted(sums: "NDArray[Any]", stretch: Stretch) -> "NDArray[Any]":
    """Of sums up to each day what counts on the days of a stretch."""
    until: NDArray[Any] = sums[stretch.start + 1 : stretch.end + 1]
    return until - sums[stretch.since] if stretch.since.any() else until


def _left(
    one: Stretch, drawn: "NDArray[Any]", reserved: "NDArray[Any]", whole: "NDArray[Any]"
) -> "NDArray[Any]":
    """What a lot may add on each day, as `ledger.core.headroom.state` has it."""
    of, part, most = one.limit or Limit(1, 0, 0)
    used = np.maximum(drawn, 0) if one.cap.window.kind == "stock" else drawn
    used = used + reserved
    if one.cap.share is not None:
        shared: NDArray[Any] = (part * np.maximum(whole, 0) - of * used) // (of - part)
        return shared
    allowed = part * np.maximum(whole, 0) // of if one.by_whole else most
    left: NDArray[Any] = allowed - used
    return left


def _stretches(view: View, key: Key, days: Days) -> Iterator[Stretch]:
    """The stretches of days on which a cap counts for a holder."""
    end = days.last + ONE_DAY
    turns = sorted(day for day in view.turns_of(key) if days.first < day < end)
    for first, until in pairwise([days.first, *turns, end]):
        reading = view.reading(key, view.start(key, first))
        if reading is None or view.level(key, first) is None:
            continue
        cap = version_on(reading.versions, first)
        if cap is None or cap.effect != "limit" or cap.window.kind == "lot":
            continue
        start, stop = days.place(first), days.place(until)
        inside = [date.fromordinal(first.toordinal() + at) for at in range(stop - start)]
        since = [counted_from(cap.window, day) for day in inside]
        book, no_ratio = reading.book, cap.ratio is None
        yield Stretch(
            start=start,
            end=stop,
            limit=limit_on(cap, first),
            cap=cap,
            scale=reading.unit_tpp if cap.of_licence_line else 0,
            since=np.array([min(max(days.place(day), 0), days.many) for day in since]),
            drawn=_column(book.drawn(*both) for both in zip(since, inside, strict=True)),
            reserved=_column(book.reserved(*both) for both in zip(since, inside, strict=True)),
            whole=_column(
                book.whole(day, date.min if no_ratio else begin)
                for begin, day in zip(since, inside, strict=True)
            ),
            released=tuple(_released(view, cap, key[1], reading.tally.on)),
        )


def _column(numbers: Iterable[int]) -> "NDArray[Any]":
    """Whole numbers as a row of columns: of 64 bits where each fits."""
    found = list(numbers)
    fits = all(abs(number) < LARGEST for number in found)
    return np.array(found, dtype=np.int64 if fits else object)


def _largest(one: Stretch) -> int:
    """The largest number that a stretch begins with."""
    columns = (one.drawn, one.reserved, one.whole)
    most = max(abs(int(number)) for column in columns for number in column)
    return max(most, 0 if one.limit is None else one.limit.most)


def _released(view: View, cap: Cap, holder: tuple[str, ...], on: date) -> Iterator[Released]:
    """The licence lines that a ratio sets something aside for, as a day has it."""
    for aside in asides(cap, holder[0], on, view.prefix, view.law):
        drawn = sum(one.units for one in view.prefix.draws(aside.drawn))
        left = max(aside.units - drawn, 0)
        yield Released(aside.line, left, aside.unit_tpp, aside.first, aside.until)
