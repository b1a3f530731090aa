"""Spans: breaches day after day as one row, with the entry that did it; what is new and cured."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import cast

from ledger.core.breaches import Key, Passed, View
from ledger.core.causes import Causes
from ledger.core.headroom import ONE_DAY, version_on
from ledger.core.law.caps import Cap
from ledger.core.law.law import Law
from ledger.core.law.row import Posture
from ledger.core.values import Tpp, Value


class Breach(Value):
    """A cap that is passed on every day from `first_on` to `last_on`; null: on every later day.

    `over_tpp` and the amounts after it are those of `worst_on`, the first of the worst days. Of a
    cap with `measured_on` only these days of a year count. `postures` are those under which what
    draws on the cap decides on the worst day. `entry` is the place of the entry by which these days
    last came to be passed.
    """

    cap: str
    title: str
    holder: tuple[str, ...]
    first_on: date
    last_on: date | None
    worst_on: date
    over_tpp: Tpp
    allowance_tpp: Tpp
    drawdown_tpp: Tpp
    reserved_tpp: Tpp
    measured_on: tuple[str, ...]
    postures: tuple[Posture, ...]
    house: str | None = None
    cite: str
    entry: int


def breaches(
    view: View, causes: Causes, keys: Iterable[Key], *, since: date = date.min
) -> Iterator[Breach]:
    """The breaches of some caps and holders that reach a day or a later one."""
    for key in keys:
        for found in rows(key, view.days(key), view, causes):
            if found.last_on is None or found.last_on >= since:
                yield found


def rows(key: Key, days: Iterable[Passed], view: View, causes: Causes) -> Iterator[Breach]:
    """Passed days in a row as one breach, as long as the same entry did it."""
    span: list[Passed] = []
    entry = 0
    for one in days:
        cause = causes.cause(key, one.on)
        if span and (span[-1].until != one.on or cause != entry):
            yield _row(key, span, entry, view)
            span = []
        span.append(one)
        entry = cause
    if span:
        yield _row(key, span, entry, view)


def _row(key: Key, span: Sequence[Passed], entry: int, view: View) -> Breach:
    worst = max(span, key=lambda one: (one.over_tpp, -one.on.toordinal()))
    # What is passed on a day has a version on it.
    cap = cast("Cap", version_on(view.versions(key[0]), worst.on))
    pack = view.law.pack_of(cap.id)
    last, end = span[-1].on, span[-1].until
    if not cap.measured_on and end is not None:
        last = end - ONE_DAY
    return Breach(
        cap=cap.id,
        title=cap.title,
        holder=key[1],
        first_on=span[0].on,
        last_on=None if end is None else last,
        worst_on=worst.on,
        over_tpp=Tpp(worst.over_tpp),
        allowance_tpp=Tpp(worst.level.allowance_tpp or 0),
        drawdown_tpp=Tpp(worst.level.drawdown_tpp),
        reserved_tpp=Tpp(worst.level.reserved_tpp),
        measured_on=cap.measured_on,
        postures=postures(cap.id, worst.on, view.law),
        house=pack.title if pack is not None and cap.beside else None,
        cite=cap.cite,
        entry=entry,
    )


def postures(cap_id: str, on: date, law: Law) -> tuple[Posture, ...]:
    """The postures under which something that draws on a cap decides on a day."""
    owners = [row for row in law.authorizations(on) if cap_id in row.caps]
    both: tuple[Posture, ...] = ("on-the-books", "enforced")
    if not owners:
        return both
    rules = law.of_day(on)
    return tuple(
        one
        for one in both
        if any(row.provision is None or rules.decides(row.provision, one) for row in owners)
    )


def beyond(found: Iterable[Passed], other: Sequence[Passed]) -> Iterator[Passed]:
    """The parts of passed days that are not passed in another list."""
    for one in found:
        parts = [(one.on, one.until or date.max)]
        for known in other:
            parts = [
                part
                for first, until in parts
                for part in (
                    (first, min(until, known.on)),
                    (max(first, known.until or date.max), until),
                )
                if part[0] < part[1]
            ]
        yield from (
            Passed(first, None if until == date.max else until, one.level) for first, until in parts
        )
