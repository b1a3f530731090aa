"""A law whose caps are soon passed, a ledger folded at any size, and breaches the slow way."""

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from functools import cache
from typing import Final

import pytest

from ledger.core import memory, movements
from ledger.core.breaches import Key, View
from ledger.core.causes import Causes
from ledger.core.events import AnyEvent
from ledger.core.findings import line_cap
from ledger.core.headroom import Level, level, version_on
from ledger.core.holders import holders
from ledger.core.law.pack import read
from ledger.core.law.versions import Versions
from ledger.core.lines import licence_line
from ledger.core.memory import MemoryPrefix
from ledger.core.spans import Breach, breaches
from ledger.core.usage import Tally
from tests.core.builders import adopted, house, pack_texts
from tests.store.ledgers import KNOWN

SMALLER: Final = 4000
"""By what the allowances of the standard packs are divided."""

OURS: Final = (
    (
        'per = ["end_user"]\nbasis = "exported"\nwindow = { kind = "rolling", days = 90 }\n'
        "allowance = [{ tpp = 400000 }]\n"
    ),
    (
        'per = ["exporter", "end_user"]\nbasis = "installed"\nwindow = { kind = "stock" }\n'
        "allowance = [{ tpp = 600000 }, { from = 2026-03-01, tpp = 300000 }]\n"
    ),
    (
        'per = ["ultimate_parent"]\nbasis = "exported"\nwindow = { kind = "calendar-quarter" }\n'
        "allowance = [{ from = 2025-02-01, tpp = 300000 },"
        ' { from = 2026-01-01, tpp = "unlimited" }]\n'
    ),
    (
        'per = ["destination"]\nbasis = "exported"\nfrom = 2025-03-01\nuntil = 2026-11-15\n'
        'window = { kind = "rolling", days = 30 }\nallowance = [{ tpp = 200000 }]\n'
        'counts = { classes = ["a-class"] }\n'
    ),
)
"""House caps of every kind of window, beside the law."""


def _tight(text: str) -> str:
    return re.sub(
        r"(allowance = \[.*?\]\n)",
        lambda found: re.sub(
            r"tpp = (\d+)", lambda tpp: f"tpp = {int(tpp[1]) // SMALLER}", found[1]
        ),
        text,
        flags=re.DOTALL,
    )


@pytest.fixture(scope="module", autouse=True)
def packs_are_read_once() -> Iterable[None]:
    """The same text gives the same pack: each size of a history need not parse it again."""
    with pytest.MonkeyPatch.context() as patch:
        once = cache(read)
        for module in (memory, movements):
            patch.setattr(module, "read", once)
        yield


@cache
def base() -> MemoryPrefix:
    """The ledger before anything is drawn: packs with small allowances, and who is there."""
    packs = [adopted(_tight(text)) for text in pack_texts()]
    found = MemoryPrefix([*packs, house(*OURS, pack="ours"), *KNOWN])
    assert found.law.caps
    return found


def folded(events: Sequence[AnyEvent]) -> MemoryPrefix:
    """The base with events on top; the packs of both are read once."""
    ledger = MemoryPrefix()
    ledger.events, ledger._law = list(base().events), base().law
    for one in events:
        ledger.append(one)
    return ledger


def sized(ledger: MemoryPrefix) -> Callable[[int], MemoryPrefix]:
    """The ledger at any size, each folded once."""
    start = len(base().events)

    @cache
    def at(size: int) -> MemoryPrefix:
        known = ledger.events[:size]
        return folded(known[start:]) if size >= start else MemoryPrefix(known)

    return at


def at_of(ledger: MemoryPrefix) -> Callable[[int], View]:
    """Views of the ledger at any size."""
    at = sized(ledger)
    return cache(lambda size: View(at(size), at(size).law))


def found_breaches(ledger: MemoryPrefix) -> list[Breach]:
    at = at_of(ledger)
    view = at(len(ledger.events))
    return list(breaches(view, Causes(at, len(ledger.events)), view.keys(view.limits())))


def stated(found: Breach) -> tuple[str, tuple[str, ...], str, str | None, int]:
    last = None if found.last_on is None else str(found.last_on)
    return (found.cap, found.holder, str(found.first_on), last, found.entry)


# ---- the slow way: a day by itself, as headroom of that day has it


def naive_level(ledger: MemoryPrefix, key: Key, on: date) -> Level | None:
    """What a cap says of a holder on a day, asked on that very day."""
    cap_id, holder = key
    versions = ledger.law.versions(cap_id)
    cap = version_on(versions, on)
    if (
        cap is None
        or len(cap.per) != len(holder)
        or (cap.measured_on and f"{on:%m-%d}" not in cap.measured_on)
    ):
        return None
    places = holder[cap.per.index("destination")] if "destination" in cap.per else ""
    law = ledger.law
    if holder not in holders(cap, on=on, prefix=ledger, law=law, destinations=[places]):
        return None
    tally, unit = Tally(ledger, law, on), 0
    if cap.of_licence_line:
        line = licence_line(holder, on, ledger, ledger.law)
        if line is None:
            return None
        unit = line[1]
        versions = Versions([line_cap(cap, line[0], line[1], ledger, on)])
    return level(versions, tally.book(cap, holder, unit), on)


def naive_passed(ledger: MemoryPrefix, key: Key, on: date) -> bool:
    found = naive_level(ledger, key, on)
    return found is not None and found.headroom_tpp is not None and found.headroom_tpp < 0


def naive_cause(ledger: MemoryPrefix, key: Key, on: date) -> int:
    """The last size at which a day turned from within to passed, by folding at every size."""
    at, passed = sized(ledger), True
    for before in range(len(ledger.events) - 1, -1, -1):
        was = naive_passed(at(before), key, on)
        if passed and not was:
            return before + 1
        passed = was
    raise AssertionError
