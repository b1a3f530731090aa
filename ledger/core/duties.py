"""Duties that an authorization brings to a lot: what must be done, and by which day."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Final

from ledger.core.findings import Finding
from ledger.core.headroom import ONE_DAY, Book, Draw, Level, counted_from, level, version_on
from ledger.core.judging import BY_PARENT
from ledger.core.law.caps import Cap
from ledger.core.law.law import Law
from ledger.core.law.row import OPEN_END
from ledger.core.law.rows import Due
from ledger.core.law.rows import Duty as DutyRow
from ledger.core.parties import ultimate_parent
from ledger.core.plans import month_of
from ledger.core.positions import RESERVATIONS, SHAPE_FIELDS, Drawn, Kind, Movement
from ledger.core.prefix import Prefix
from ledger.core.usage import Tally
from ledger.core.values import FIRST_YEAR, LAST_YEAR, Value

MID_YEAR = (7, 1)
FIRST_DAY: Final = date(FIRST_YEAR, 1, 1)
GONE: Final = frozenset({Kind.EXPORTED, Kind.DOMESTIC})

LOT_DAYS: Final = range(FIRST_DAY.toordinal(), date(LAST_YEAR + 1, 1, 1).toordinal())
"""Every day that a lot may be of, as ordinals."""


class Duty(Value):
    """One thing to do for a lot; due on the lot's own day means before it ships."""

    duty: str
    what: str
    due_on: date
    cite: str


def duties_of(
    authorization: str, rows: Iterable[DutyRow], on: date
) -> list[tuple[Duty, str | None]]:
    """Duties of an authorization, each with the threshold (a cap's id) that it waits for."""
    return [
        (Duty(duty=row.id, what=row.what, due_on=due_on(row.due, on), cite=row.cite), row.cap)
        for row in rows
        if row.arises == "lot" and authorization in row.authorizations
    ]


def arises(threshold: str | None, findings: Iterable[Finding]) -> bool:
    """Whether a duty arises: at once, or where the lot reaches the threshold it waits for."""
    if threshold is None:
        return True
    return any(
        found.headroom_tpp is not None and found.requested_tpp >= found.headroom_tpp
        for found in findings
        if found.cap == threshold
    )


def due_on(due: Due, on: date) -> date:
    """The day a duty is due for a lot of a day."""
    if due.days_before is not None:
        return on - timedelta(days=due.days_before)
    if due.days_after is not None:
        return on + timedelta(days=due.days_after)
    if due.years_after is not None:
        first = date(on.year + due.years_after, on.month, 1)
        return first + timedelta(days=on.day - 1)
    if due.next_of:
        return _first_of(due.next_of, on + timedelta(days=1))
    if not due.half_year_report:
        return on
    after = date(on.year, *MID_YEAR) if (on.month, on.day) < MID_YEAR else date(on.year + 1, 1, 1)
    return _first_of(due.half_year_report, after)


def lot_days(due: Due, first: date, until: date) -> tuple[date, date]:
    """The days of the lots whose duty is due from `first` to the day before `until`.

    The first such day, and the first day out.
    """
    return _first_lot(due, first), _first_lot(due, until)


def _first_lot(due: Due, day: date) -> date:
    """The first day whose lots have the duty due on a day or after it.

    No later lot has an earlier duty, so the days can be halved: whatever `due_on` does, this is
    its inverse.
    """
    place = bisect_left(LOT_DAYS, day, key=lambda ordinal: due_on(due, date.fromordinal(ordinal)))
    return date.fromordinal(LOT_DAYS.start + place)


def days_between(days_of_year: Iterable[str], first: date, until: date) -> list[date]:
    """Some days of the year, in each year, from `first` to the day before `until`."""
    days = (
        date.fromisoformat(f"{year:04}-{day}")
        for year in range(first.year, until.year + 1)
        for day in days_of_year
    )
    return sorted(day for day in days if first <= day < until)


def _first_of(days_of_year: Iterable[str], after: date) -> date:
    """The first of some days of the year on or after a day."""
    return days_between(days_of_year, after, date(after.year + 2, 1, 1))[0]


AT_ONCE: Final = 1_000
"""Holders whose draws are read at once."""


@dataclass(frozen=True, slots=True)
class _Share:
    """A holder's part of a cap, and the day from which its window is read day by day."""

    cap: Cap
    holder: tuple[str, ...]
    start: date


class Thresholds:
    """Finds the lots with which what a holder draws on a cap reaches the allowance."""

    def __init__(self, prefix: Prefix, law: Law) -> None:
        """Hold what all questions about one prefix share."""
        self._prefix, self._law = prefix, law
        self._tally = cache(lambda on: Tally(prefix, law, on))
        self._parent = cache(lambda party, on: ultimate_parent(party, on, prefix.party))

    def reaching(self, row: DutyRow, cap_id: str, lots: Iterable[Movement]) -> list[Movement]:
        """Of the lots of some days those that reach a cap: one for a holder and window.

        It is the first, in the order of days and of a day as recorded, with which what counts in
        the window is the allowance or more. What others reported for a day, and what went that day
        under other authorizations, counts before its lots. An open reservation reaches what no lot
        that went has reached. Which devices count is asked of the law of the window's first day.
        """
        versions = self._law.versions(cap_id)
        reaches = cache(lambda on, tpp: _past(level(versions, Book([Draw(on, tpp)]), on)) >= 0)
        found: list[Movement] = []
        shares: dict[tuple[date, tuple[str, ...], date], tuple[_Share, list[Movement]]] = {}
        for lot in lots:
            cap = version_on(versions, lot.on)
            if cap is None or cap.of_licence_line:
                continue
            if cap.window.kind == "lot":
                found += [lot] if reaches(lot.on, lot.tpp) else []
                continue
            share = self._share(cap, lot)
            if share is not None:
                key = (cap.valid_from, share.holder, share.start)
                shares.setdefault(key, (share, []))[1].append(lot)
        open_ones = self._open(row, versions, [*shares.values()])
        for at in range(0, len(open_ones), AT_ONCE):
            some = open_ones[at : at + AT_ONCE]
            self._prefix.expect(
                query
                for share, _ in some
                for query in self._tally(share.start).queries(share.cap, share.holder)
            )
            for share, own in some:
                found += self._of_share(row, share, versions, own)
        self._prefix.expect(())
        return found

    def _open(
        self,
        row: DutyRow,
        versions: Sequence[Cap],
        shares: Sequence[tuple[_Share, list[Movement]]],
    ) -> list[tuple[_Share, list[Movement]]]:
        """Those of which no sum by month says already that their lots reach nothing."""
        found = [one for one in shares if not _grows(row, one[0], versions)]
        grown = [one for one in shares if _grows(row, one[0], versions)]
        for at in range(0, len(grown), AT_ONCE):
            some = grown[at : at + AT_ONCE]
            self._prefix.expect(
                query._replace(apart=True)
                for share, _ in some
                for query in self._tally(share.start).queries(share.cap, share.holder, frozenset())
            )
            found += [
                (share, own) for share, own in some if not self._settled(share, versions, own)
            ]
        return found

    def _settled(self, share: _Share, versions: Sequence[Cap], lots: Sequence[Movement]) -> bool:
        """Whether a holder's draws are short of the allowance after some lots, or were not before.

        What is reached before the lots' first month was reached by an earlier lot of the window,
        as long as one went in it and nobody else's draws were reported.
        """
        draws = self._tally(share.start).by_month(share.cap, share.holder, 0)
        if any(draw.tpp < 0 for draw in draws):
            return False
        book, days = Book(draws), [lot.on for lot in lots]
        before, after = min(days).replace(day=1) - ONE_DAY, month_of(max(days))[1]
        if _past(level(versions, book, after), reserved=True) < 0:
            return True
        went = any(share.start <= draw.on <= before and not draw.reserved for draw in draws)
        reported = self._prefix.usage(share.cap.id, share.holder)
        return went and not reported and _past(level(versions, book, before)) >= 0

    def _share(self, cap: Cap, lot: Movement) -> _Share | None:
        """The holder's part that a lot is in; None where its parent is not known."""
        parent = self._parent(lot.party, lot.on) if BY_PARENT.intersection(cap.per) else None
        above = {"ultimate_parent": parent, "family": parent}
        keys = [above.get(key, getattr(lot, SHAPE_FIELDS[key])) for key in cap.per]
        known = tuple(key for key in keys if key is not None)
        if len(known) < len(keys):
            return None
        # A rolling window begins anew with each day: read them all.
        rolling = cap.window.kind == "rolling"
        start = FIRST_DAY if rolling else counted_from(cap.window, lot.on)
        return _Share(cap, known, max(start, cap.valid_from, FIRST_DAY))

    def _of_share(
        self, row: DutyRow, share: _Share, versions: Sequence[Cap], lots: Sequence[Movement]
    ) -> Iterator[Movement]:
        tally = self._tally(share.start)
        book = tally.book(share.cap, share.holder)
        past = cache(lambda on, reserved: _past(level(versions, book, on), reserved=reserved))
        if all(past(on, True) < 0 for on in {lot.on for lot in lots}):  # noqa: FBT003 -- cached
            return
        drawn = [one for one in tally.drawn(share.cap, share.holder) if _asked(one, row, share)]
        reached: list[date] = []
        for kinds in (GONE, RESERVATIONS):
            counted = {_alike(one) for one in drawn if one.kind in kinds}
            for on in sorted({one.on for one in drawn if one.kind in kinds}):
                window = share.cap.window
                known = (counted_from(window, max(on, day)) <= min(on, day) for day in reached)
                if past(on, kinds is RESERVATIONS) >= 0 and not any(known):
                    reached.append(on)
                    own = [lot for lot in lots if lot.on == on and _alike(lot) in counted]
                    yield from _first_past(own, past(on, kinds is RESERVATIONS))


def _grows(row: DutyRow, share: _Share, versions: Sequence[Cap]) -> bool:
    """Whether a cap has one allowance, windows of whole months and draws of the row's lots alone.

    All of them from the window's first day on: sums by month then say when it is reached.
    """
    cap = share.cap
    plain = len(versions) == 1 and len(cap.allowance) == 1 and not cap.measured_on
    by_month = cap.window.kind in ("period", "calendar-year", "calendar-quarter")
    grounds = set(cap.counts.authorizations)
    own = bool(grounds) and grounds <= set(row.authorizations) and cap.basis == "exported"
    in_force = row.valid_from <= share.start and row.until == OPEN_END and cap.until == OPEN_END
    anybody = cap.counts.not_headquartered_in is None
    return plain and by_month and own and in_force and anybody


def _asked(drawn: Drawn, row: DutyRow, share: _Share) -> bool:
    """Whether a draw is one of lots that a duty arises with, on a day that is read as such."""
    return (
        drawn.units > 0
        and drawn.authorization in row.authorizations
        and row.in_force(drawn.on)
        and share.cap.in_force(drawn.on)
        and drawn.on >= share.start
    )


def _alike(one: Drawn | Movement) -> tuple[date, Kind, str, str]:
    """What decides, besides the holder, whether a lot counts."""
    return (one.on, one.kind, one.authorization, one.device)


def _past(found: Level | None, *, reserved: bool = False) -> int:
    """By how much what counts on a day is past the allowance; below nothing without a figure."""
    if found is None or found.allowance_tpp is None:
        return -1
    return found.drawdown_tpp + (found.reserved_tpp if reserved else 0) - found.allowance_tpp


def _first_past(lots: Sequence[Movement], past: int) -> list[Movement]:
    """The first lot of a day that reaches an allowance which all of them pass by so much."""
    before = past - sum(lot.tpp for lot in lots)
    for lot in lots:
        before += lot.tpp
        if before >= 0:
            return [lot]
    return []
