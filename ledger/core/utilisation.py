"""Utilisation: how full a cap is for a holder, in words, and the days on which that changed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from ledger.core.breaches import Key, View
from ledger.core.headroom import Level

Status = Literal[
    "unlimited",
    "open",
    "critical-80",
    "critical-90",
    "critical-95",
    "exhausted",
    "over",
    "reopened",
]

CRITICAL: Final[tuple[tuple[int, Status], ...]] = (
    (95, "critical-95"),
    (90, "critical-90"),
    (80, "critical-80"),
)
"""From how many percent of the allowance on a cap is critical, the highest first."""

CRITICALS: Final = frozenset(status for _, status in CRITICAL)
FULL: Final = frozenset[Status]({"exhausted", "over"})


@dataclass(frozen=True, slots=True)
class Change:
    """A day from which a cap has another status for a holder; level None: it counts no longer."""

    on: date
    status: Status | None
    level: Level | None


def status_of(found: Level) -> Status:
    """The status of a day by itself: what is drawn and reserved against the allowance."""
    if found.allowance_tpp is None:
        return "unlimited"
    used = found.drawdown_tpp + found.reserved_tpp
    if used > found.allowance_tpp:
        return "over"
    if used == found.allowance_tpp:
        return "exhausted"
    percent = 100 * used
    reached = (status for least, status in CRITICAL if percent >= least * found.allowance_tpp)
    return next(reached, "open")


def changes(key: Key, view: View) -> Iterator[Change]:
    """Every day on which the status of a cap for a holder changes, from its first draw on.

    A cap that was full and is open again is `reopened` until it becomes critical.
    """
    if not view.ever_counts(key):
        return
    before: Status | None = None
    was_full = False
    for on, found in view.turning(key):
        status = None if found is None else status_of(found)
        filling = status in CRITICALS and before in ("open", "reopened", None)
        was_full = status in FULL or (was_full and status is not None and not filling)
        if status == "open" and was_full:
            status = "reopened"
        if status != before:
            yield Change(on, status, found)
        before = status
