"""Balances: what a cap's drawdown was before some days, what moved on them, and what it is after.

The parts add up exactly: opening - lapsed + drawn - returned - freed + reported = closing.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import cast

from ledger.core.breaches import Key, Reading, View
from ledger.core.headroom import ONE_DAY, Level, level, version_on
from ledger.core.law.caps import Cap
from ledger.core.positions import FREEING, RESERVATIONS, Query


@dataclass(frozen=True, slots=True)
class Balance:
    """A cap for a holder over some days, in tenths of TPP; `opening` and `closing` are levels.

    `lapsed` was drawn and counts no longer on the last day: its window is over, a status or licence
    has ended, or facts have changed. `drawn` was added, `returned` taken back, `freed` left an
    installed base; `reported` are others' draws, and of a share or ratio all that changed it.
    """

    key: Key
    opening: Level | None
    lapsed_tpp: int
    drawn_tpp: int
    returned_tpp: int
    freed_tpp: int
    reported_tpp: int
    closing: Level | None

    @property
    def opening_tpp(self) -> int:
        """The drawdown before the first day."""
        return 0 if self.opening is None else self.opening.drawdown_tpp

    @property
    def closing_tpp(self) -> int:
        """The drawdown on the last day."""
        return 0 if self.closing is None else self.closing.drawdown_tpp


def balance(key: Key, first: date, last: date, view: View) -> Balance | None:
    """The balance of a cap for a holder from a first to a last day.

    None where it counts neither on the day before nor on any of them.
    """
    opening = _level(view.reading_on(key, first - ONE_DAY), first - ONE_DAY)
    counted = _last_counted(key, first, last, view)
    if opening is None and counted is None:
        return None
    moved = (0, 0, 0, 0) if counted is None else _moved(key, first, counted, view)
    drawn, returned, freed, reported = moved
    found = Balance(
        key=key,
        opening=opening,
        lapsed_tpp=0,
        drawn_tpp=drawn,
        returned_tpp=returned,
        freed_tpp=freed,
        reported_tpp=reported,
        closing=_level(view.reading_on(key, last), last),
    )
    net = drawn - returned - freed + reported
    return replace(found, lapsed_tpp=found.opening_tpp + net - found.closing_tpp)


def _level(reading: Reading | None, on: date) -> Level | None:
    return None if reading is None else level(reading.versions, reading.book, on)


def _last_counted(key: Key, first: date, last: date, view: View) -> date | None:
    """The last of some days on which a cap has a figure and counts for a holder."""
    turns = {*view.turns(key), *(cap.until for cap in view.versions(key[0]))}
    ends = sorted((day - ONE_DAY for day in turns if first < day <= last), reverse=True)
    return next((day for day in (last, *ends) if view.reading_on(key, day) is not None), None)


def queries(keys: Iterable[Key], first: date, last: date, view: View) -> Iterator[Query]:
    """What the balances of some caps and holders will ask the prefix for."""
    for key in keys:
        counted = _last_counted(key, first, last, view)
        for on in (first - ONE_DAY, last):
            reading = view.reading_on(key, on)
            if reading is not None:
                yield from reading.queries()
        reading = None if counted is None else view.reading_on(key, counted)
        if reading is not None and counted is not None:
            own = counted_by(reading, counted, view)
            if own.share is None and own.ratio is None:
                yield from reading.tally.queries_moved(own, key[1], first, counted)
            else:
                whole = cast("Reading", view.reading_since(key, counted, first))
                yield from whole.queries()


def counted_by(reading: Reading, on: date, view: View) -> Cap:
    """The version of a cap that says which movements count."""
    # What counts on a day has a version on it.
    cap = cast("Cap", version_on(reading.versions, on))
    return view.versions(cap.id)[0] if cap.of_licence_line else cap


def _moved(key: Key, first: date, last: date, view: View) -> tuple[int, int, int, int]:
    """What was drawn, returned, freed and reported on some days; of a share only the net."""
    # What counts on a day has a reading on it.
    reading = cast("Reading", view.reading_on(key, last))
    own = counted_by(reading, last, view)
    drawn = returned = freed = 0
    if own.share is not None or own.ratio is not None:
        whole = cast("Reading", view.reading_since(key, last, first))
        return 0, 0, 0, whole.book.drawn(first, last)
    for one in reading.tally.moved(own, key[1], first, last):
        if one.kind in RESERVATIONS:
            continue
        tpp = one.units * reading.unit_tpp if own.of_licence_line else one.tpp
        if one.kind in FREEING:
            freed -= tpp
        elif tpp >= 0:
            drawn += tpp
        else:
            returned -= tpp
    usage = (one for one in view.prefix.usage(*key) if first <= one.on <= last)
    return drawn, returned, freed, sum(int(one.tpp) for one in usage)
