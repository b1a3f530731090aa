"""Granted authorizations as they stand on a day, amendments and ends applied."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import assert_never

from ledger.core.events import (
    AuthorizationAmended,
    AuthorizationEnded,
    AuthorizationGranted,
    LicenceLine,
)
from ledger.core.prefix import Prefix


@dataclass(frozen=True, slots=True)
class Grant:
    """A status or licence on a day; `until` is the first day out, None while it is open."""

    authorization: str
    reference: str
    party: str
    exporter: str | None
    destinations: tuple[str, ...]
    valid_from: date
    until: date | None
    lines: tuple[LicenceLine, ...]
    event: str

    def live(self, on: date) -> bool:
        """Whether it is valid on a day."""
        return self.valid_from <= on and (self.until is None or on < self.until)

    def reaches(self, destination: str) -> bool:
        """Whether it covers a destination; none named means anywhere."""
        return not self.destinations or destination in self.destinations


def grant_on(
    granted: AuthorizationGranted,
    changes: Sequence[AuthorizationAmended | AuthorizationEnded],
    on: date,
) -> Grant:
    """A grant with every change up to a day applied."""
    until, destinations, lines = granted.until, granted.destinations, granted.lines
    ended: date | None = None
    for change in changes:
        if change.on > on:
            break
        match change:
            case AuthorizationEnded():
                ended = change.on
            case AuthorizationAmended():
                until = change.until or until
                destinations = destinations if change.destinations is None else change.destinations
                lines = merged_lines(lines, change.lines or ())
            case _:
                assert_never(change)
    # An end stands: an amendment after it changes nothing of that.
    if ended is not None:
        until = ended if until is None else min(until, ended)
    return Grant(
        authorization=granted.authorization,
        reference=granted.reference,
        party=granted.party,
        exporter=granted.exporter,
        destinations=destinations,
        valid_from=granted.valid_from,
        until=until,
        lines=lines,
        event=granted.id,
    )


def later_lines(
    grant: Grant, number: int, on: date, prefix: Prefix
) -> list[tuple[date, LicenceLine]]:
    """A line as amendments after a day change it, each from its day on."""
    granted = prefix.grant(grant.reference)
    changes = prefix.grant_changes(grant.reference)
    found = []
    for day in sorted({change.on for change in changes if change.on > on}):
        lines = () if granted is None else grant_on(granted, changes, day).lines
        found += [(day, line) for line in lines if line.line == number]
    return found


def line_units(line: LicenceLine) -> int:
    """A line's quantity with its tolerance, in whole units, rounded down."""
    return int(line.quantity * (100 + (line.tolerance_percent or 0)) // 100)


def merged_lines(
    lines: Iterable[LicenceLine], changed: Iterable[LicenceLine]
) -> tuple[LicenceLine, ...]:
    """Lines after an amendment: a line of the same number is replaced, others are added."""
    by_number = {line.line: line for line in (*lines, *changed)}
    return tuple(by_number[number] for number in sorted(by_number))


def live_grants(prefix: Prefix, party: str, destination: str, on: date) -> list[Grant]:
    """Grants of a party that are valid for a destination on a day."""
    grants = (
        grant_on(granted, prefix.grant_changes(granted.reference), on)
        for granted in prefix.grants_to(party)
    )
    return [grant for grant in grants if grant.live(on) and grant.reaches(destination)]
