"""Plans: how a holder's draws on a cap are read, and what is known for the next lot."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from ledger.core.headroom import Book, Draw, counted_from, counts_until
from ledger.core.law.caps import Cap
from ledger.core.positions import RESERVATIONS, Drawn, Query


@dataclass(slots=True)
class KeptBook:
    """A book that was made of running sums: the changes of each, and how many are in the book."""

    book: Book
    added: list[list[Drawn]]
    seen: list[int]


@dataclass(frozen=True, slots=True)
class Plan:
    """How a holder's draws on a cap are read: what others reported, what is asked for which party.

    `turns` are the days on which a fact changed that decides whether a draw counts; None where each
    day is asked by itself. `counted` says of the draws met so far, by what they are and not by how
    much, whether they count. `books` are those that were made, by the unit that they count in.
    """

    reported: tuple[Draw, ...]
    queries: tuple[tuple[str, Query], ...]
    turns: tuple[date, ...] | None
    counted: dict[tuple[object, ...], bool] = field(default_factory=dict)
    books: dict[int, KeptBook] = field(default_factory=dict)

    def span(self, on: date) -> object:
        """Days between which no fact changed that decides whether a draw counts are alike."""
        return on if self.turns is None else bisect_right(self.turns, on)


@dataclass(slots=True)
class Known:
    """What a tally found of parties, devices and reports: it holds while no fact changes.

    It serves the lots of a month under the same item classes.
    """

    plans: dict[tuple[str, date, tuple[str, ...], date | None], Plan] = field(default_factory=dict)
    classified: dict[str, str | None] = field(default_factory=dict)
    parents: dict[tuple[str, date], str | None] = field(default_factory=dict)
    device_days: frozenset[date] | None = None


def month_of(on: date) -> tuple[date, date]:
    """The first and last day of a day's month."""
    first = on.replace(day=1)
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def days_read(cap: Cap, versions: Sequence[Cap], on: date) -> tuple[date, date]:
    """The days whose draws are read, as the first one and the first one out.

    With the versions of a cap that all have its window, those that count together with a lot of a
    day; else every day of the window.
    """
    first = cap.window.first_on or date.min
    if not versions or any(version.window != cap.window for version in versions):
        return first, date.max
    return max(first, counted_from(cap.window, on)), counts_until(cap.window, on)


def within(query: Query, first: date, last: date) -> Query:
    """A query for some of its days alone."""
    until = last if last == date.max else last + timedelta(days=1)
    return query._replace(first_on=max(first, query.first_on), until=min(until, query.until))


def may_count(verdicts: list[bool | None]) -> bool:
    """Whether a draw may count: on one of the days, if there is anything to ask at all."""
    return not verdicts or any(verdict is not False for verdict in verdicts)


def draw_of(cap: Cap, unit: int, row: Drawn) -> Draw:
    """A counted sum as a draw; a licence line counts units, each at `unit` tenths of TPP."""
    tpp = row.units * unit if cap.of_licence_line else row.tpp
    return Draw(row.on, tpp, row.kind in RESERVATIONS)
