"""Breaches: held to every day by itself, and to the ledger folded again at every size."""

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.core.breaches import Key
from ledger.core.errors import LedgerError
from ledger.core.events import AnyEvent
from ledger.core.memory import MemoryPrefix
from ledger.core.spans import Breach
from tests.core.builders import on
from tests.core.passing import (
    at_of,
    base,
    folded,
    found_breaches,
    naive_cause,
    naive_level,
    naive_passed,
    packs_are_read_once,
)
from tests.store.histories import History, Step, steps_of

__all__ = ["packs_are_read_once"]

KINDS = (
    "lot.exported",
    "lot.exported",
    "lot.exported",
    "stock.declared",
    "lot.reserved",
    "export from a reservation",
    "lot.released",
    "record.reversed",
    "party.registered",
    "device.classified",
    "authorization.granted",
    "authorization.amended",
    "authorization.ended",
    "lot.attrited",
    "attrition of a lot",
    "lot.relocated",
    "usage.reported",
    "interpretation.adopted",
    "pack.adopted",
)

ONE_DAY = timedelta(days=1)


def grown(steps: list[Step]) -> MemoryPrefix:
    """What a history of random steps leaves; what is refused is left out."""
    ledger, history = folded([]), History()
    for step in steps:
        event = history.event(step)
        if accepted(ledger, event):
            history.events.append(event)
    return ledger


def accepted(ledger: MemoryPrefix, event: AnyEvent) -> bool:
    if ledger.find(event.id) is not None:
        return False
    try:
        ledger.append(event)
    except LedgerError:
        return False
    return True


def days_of(ledger: MemoryPrefix, found: list[Breach]) -> list[date]:
    """Days at which something may turn, and the days beside them."""
    drawn = {one.on for name in ("h100", "h200", "nvidia-h20") for _, one in ledger.of_device(name)}
    turning = {
        *drawn,
        *(one.first_on for one in found),
        *(one.last_on for one in found if one.last_on),
        *(on(f"{year}-{day}") for year in (2025, 2026) for day in ("01-01", "02-01", "08-01")),
        on("2028-08-01"),
        on("2031-03-03"),
    }
    turning |= {one + timedelta(days=days) for one in drawn for days in (30, 90)}
    return sorted({day + ONE_DAY * n for day in turning for n in (-1, 0, 1)})


def covers(found: Breach, key: Key, day: date) -> bool:
    inside = found.first_on <= day and (found.last_on is None or day <= found.last_on)
    counts = not found.measured_on or f"{day:%m-%d}" in found.measured_on
    return (found.cap, found.holder) == key and inside and counts


def same_as_day_by_day(steps: list[Step], picks: list[int]) -> None:
    ledger = grown(steps)
    found = found_breaches(ledger)
    days = days_of(ledger, found)
    keys = list(at_of(ledger)(len(ledger.events)).keys({c.id for c in ledger.law.caps}))
    limits = {cap.id for cap in ledger.law.caps if cap.effect == "limit"}
    assert {one.cap for one in found} <= limits
    for key in [key for key in keys if key[0] in limits]:
        for day in {days[pick % len(days)] for pick in picks}:
            passed = [one for one in found if covers(one, key, day)]
            assert len(passed) == naive_passed(ledger, key, day), (key, day)


def same_causes(steps: list[Step], picks: list[int]) -> None:
    ledger = grown(steps)
    found = found_breaches(ledger)
    for pick in picks if found else ():
        one = found[pick % len(found)]
        key = (one.cap, one.holder)
        assert one.entry == naive_cause(ledger, key, one.first_on), one
        worst = naive_level(ledger, key, one.worst_on)
        assert worst is not None
        assert worst.allowance_tpp is not None
        amounts = (worst.drawdown_tpp, worst.reserved_tpp, worst.allowance_tpp)
        assert amounts == (one.drawdown_tpp, one.reserved_tpp, one.allowance_tpp)
        assert one.over_tpp == worst.drawdown_tpp + worst.reserved_tpp - worst.allowance_tpp > 0


histories = st.lists(steps_of(*KINDS), min_size=4, max_size=22)
numbers = st.lists(st.integers(0, 10**6), min_size=10, max_size=10)


@given(histories, numbers)
@settings(max_examples=700)
def test_a_day_is_listed_when_its_own_headroom_is_less_than_nothing(
    steps: list[Step], picks: list[int]
) -> None:
    same_as_day_by_day(steps, picks)


@given(histories, numbers)
@settings(max_examples=700)
def test_the_entry_is_the_last_one_that_made_the_day_pass(
    steps: list[Step], picks: list[int]
) -> None:
    same_causes(steps, picks[:3])


def test_nothing_is_passed_where_nothing_is_drawn() -> None:
    assert base().events
    assert found_breaches(folded([])) == []
