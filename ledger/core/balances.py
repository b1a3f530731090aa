"""Balances: what a cap's drawdown was before some days, what moved on them, and what it is after.

The parts add up exactly: opening - lapsed + drawn - returned - freed + reported = closing.
"""

from dataclasses import dataclass
from datetime import date
from typing import cast

from ledger.core.breaches import Key, Reading, View
from ledger.core.headroom import ONE_DAY, Level, counted_from, version_on
from ledger.core.holders import Holder
from ledger.core.law.caps import Cap
from ledger.core.positions import FREEING, RESERVATIONS


@dataclass(frozen=True, slots=True)
class Balance:
    """A cap for a holder over some days, in tenths of TPP; `opening` and `closing` are levels.

    `lapsed` stands in the opening and counts no longer on the last day: its window is over, or
    facts have changed. `drawn` was added, `returned` taken back, `freed` left an installed base;
    `reported` are others' draws, and of a share what entered or left its numerator.
    """

    key: Key
    opening: Level | None
    lapsed_tpp: int
    drawn_tpp: int
    returned_tpp: int
    freed_tpp: int
    reported_tpp: int
    closing: Level

    @property
    def opening_tpp(self) -> int:
        """The drawdown before the first day."""
        return 0 if self.opening is None else self.opening.drawdown_tpp


def balance(key: Key, first: date, last: date, view: View) -> Balance | None:
    """The balance of a cap for a holder from a first to a last day; None where it has no figure."""
    closing = view.level(key, last)
    if closing is None:
        return None
    opening = view.level(key, first - ONE_DAY)
    # What has a level on a day has a reading and a version there.
    reading = cast("Reading", view.reading(key, view.start(key, last)))
    cap = cast("Cap", version_on(reading.versions, last))
    since = max(first, counted_from(cap.window, last))
    drawn, returned, freed = _moved(cap, key[1], since, last, reading)
    before = 0 if opening is None else opening.drawdown_tpp
    net = reading.book.drawn(since, last)
    return Balance(
        key=key,
        opening=opening,
        lapsed_tpp=before + net - closing.drawdown_tpp,
        drawn_tpp=drawn,
        returned_tpp=returned,
        freed_tpp=freed,
        reported_tpp=net - drawn + returned + freed,
        closing=closing,
    )


def _moved(
    cap: Cap, holder: Holder, since: date, last: date, reading: Reading
) -> tuple[int, int, int]:
    """What was drawn, returned and freed on some days; of a share only the net is known."""
    drawn = returned = freed = 0
    if cap.share is not None or cap.ratio is not None:
        return drawn, returned, freed
    for _, one in reading.tally.listed(cap, holder, first=since, last=last):
        if one.kind in RESERVATIONS:
            continue
        tpp = one.units * reading.unit_tpp if cap.of_licence_line else one.tpp
        if one.kind in FREEING:
            freed -= tpp
        elif tpp >= 0:
            drawn += tpp
        else:
            returned -= tpp
    return drawn, returned, freed
