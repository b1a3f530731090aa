"""Duties that an authorization brings to a lot: what must be done, and by which day."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from ledger.core.findings import Finding
from ledger.core.law.rows import Due
from ledger.core.law.rows import Duty as DutyRow
from ledger.core.values import Value

MID_YEAR = (7, 1)


class Duty(Value):
    """One thing to do for a lot; due on the lot's own day means before it ships."""

    duty: str
    what: str
    due_on: date
    cite: str


def duties_of(
    authorization: str, rows: Iterable[DutyRow], findings: Mapping[str, Finding], on: date
) -> list[Duty]:
    """Duties of an authorization; those of a threshold only where the lot reaches it."""
    return [
        Duty(duty=row.id, what=row.what, due_on=due_on(row.due, on), cite=row.cite)
        for row in rows
        if row.arises == "lot" and authorization in row.authorizations and _arises(row, findings)
    ]


def _arises(row: DutyRow, findings: Mapping[str, Finding]) -> bool:
    if row.cap is None:
        return True
    found = findings.get(row.cap)
    return (
        found is not None
        and found.headroom_tpp is not None
        and found.requested_tpp >= found.headroom_tpp
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


def _first_of(days_of_year: Iterable[str], after: date) -> date:
    """The first of some days of the year on or after a day."""
    days = [
        date.fromisoformat(f"{year}-{day}")
        for year in (after.year, after.year + 1)
        for day in days_of_year
    ]
    return min(day for day in days if day >= after)
