"""Plans: how a holder's draws on a cap are read, and what is known for the next lot."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from ledger.core.headroom import Draw, counted_from, counts_until
from ledger.core.law.caps import Cap
from ledger.core.positions import BASIS, Query


@dataclass(frozen=True, slots=True)
class Plan:
    """How a holder's draws on a cap are read: what others reported, what is asked for which party.

    `counted` says of the draws met so far, by what they are and not by how much, whether they
    count.
    """

    reported: tuple[Draw, ...]
    queries: tuple[tuple[str, Query], ...]
    counted: dict[tuple[object, ...], bool] = field(default_factory=dict)


@dataclass(slots=True)
class Known:
    """What a tally found of parties, devices and reports: it holds while no fact changes."""

    plans: dict[tuple[str, date, tuple[str, ...]], Plan] = field(default_factory=dict)
    classified: dict[str, str | None] = field(default_factory=dict)
    parents: dict[tuple[str, date], str | None] = field(default_factory=dict)
    device_days: frozenset[date] | None = None


def days_read(cap: Cap, versions: Sequence[Cap], on: date) -> tuple[date, date]:
    """The days whose draws are read, as the first one and the first one out.

    With the versions of a cap that all have its window, those that count together with a lot of a
    day; else every day of the window.
    """
    first = cap.window.first_on or date.min
    if not versions or any(version.window != cap.window for version in versions):
        return first, date.max
    return max(first, counted_from(cap.window, on)), counts_until(cap.window, on)


@dataclass(frozen=True, slots=True)
class Aside:
    """A licence line of which a ratio sets aside what is not yet drawn, while it is live."""

    event: str
    line: str
    units: int
    unit_tpp: int
    first: date
    until: date | None

    @property
    def drawn(self) -> Query:
        """What was drawn on the line, on whatever day."""
        kinds = BASIS["exported"]
        return Query(shape=("line",), key=(self.line,), kinds=kinds, exact_from=self.first)

    def draws(self, units: int) -> Iterator[Draw]:
        """Units set aside from the first day on, and given back when the licence ends."""
        yield Draw(self.first, units * self.unit_tpp, reserved=True)
        if self.until is not None and self.until > self.first:
            yield Draw(self.until, -units * self.unit_tpp, reserved=True)
