"""The versions of a cap, and the days between which nothing of them changes."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import date
from functools import cached_property
from itertools import pairwise
from typing import Final, NamedTuple

from ledger.core.law.caps import Cap

MOST_DAYS: Final = 4000
"""How many days are kept looked up; then that begins anew."""


class Span(NamedTuple):
    """Days from one to another, that one out, on which a version stands with one allowance.

    The allowance is in tenths of TPP; None is unlimited.
    """

    since: date
    until: date
    cap: Cap
    allowed: int | None


class Versions(tuple[Cap, ...]):  # noqa: SLOT001 -- it keeps what was found of them
    """Every version of one cap, in the order of their days."""

    @classmethod
    def of(cls, versions: Iterable[Cap]) -> "Versions":
        """These versions; they themselves where they are known already."""
        return versions if isinstance(versions, cls) else cls(versions)

    @cached_property
    def of_licence_line(self) -> bool:
        """Whether one of them takes its allowance from a licence's line."""
        return any(cap.of_licence_line for cap in self)

    @cached_property
    def plain(self) -> bool:
        """Whether they are limits that stand on every day, all with one window."""
        return all(
            cap.allowance and cap.window == self[0].window and not cap.measured_on for cap in self
        )

    @cached_property
    def spans(self) -> tuple[Span, ...]:
        """The days on which some version has a figure, each with the version that has it.

        Raises `ValueError` where one has no allowance, but a share, a ratio or a licence's line.
        """
        turns = {day for cap in self for day in (cap.valid_from, cap.until)}
        turns |= {step.valid_from for cap in self for step in cap.allowance}
        found = []
        for since, until in pairwise(sorted(turns)):
            cap = next((one for one in self if one.has_figure(since)), None)
            if cap is not None:
                found.append(Span(since, until, cap, cap.allowed(since)))
        return tuple(found)

    @cached_property
    def _begins(self) -> list[date]:
        return [span.since for span in self.spans]

    def on(self, day: date) -> Cap | None:
        """The version that has a figure for a day; what was found is kept for whoever asks next."""
        if day not in self._on:
            if len(self._on) >= MOST_DAYS:
                self._on.clear()
            self._on[day] = next((cap for cap in self if cap.has_figure(day)), None)
        return self._on[day]

    @cached_property
    def _on(self) -> dict[date, Cap | None]:
        return {}

    def from_day(self, day: date) -> Sequence[Span]:
        """The spans from that of a day on."""
        at = bisect_right(self._begins, day)
        return self.spans[at - 1 if at and self.spans[at - 1].until > day else at :]
