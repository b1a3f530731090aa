"""Causes across facts that change in between: the entry is found however far back it stands."""

from ledger.core.breaches import View
from ledger.core.causes import Causes
from ledger.core.events import AnyEvent
from ledger.core.memory import MemoryPrefix
from tests.china import CAP as CHINA
from tests.china import chinese, gone, under
from tests.china import ledger as chinese_ledger
from tests.core.builders import (
    LPP_YEAR,
    TABLE,
    amended,
    device,
    ended,
    exported,
    ledger_of,
    licence,
    on,
    party,
    people,
    reversed_,
    signed,
    used,
)

DAY = on("2025-09-01")


def cause(ledger: MemoryPrefix, cap: str, *holder: str, day: str = "2025-09-01") -> str:
    """The event that made a day pass."""
    events, base = ledger.events, len(ledger_of().events)

    def at(size: int) -> View:
        prefix = ledger_of(*events[base:size])
        return View(prefix, prefix.law)

    found = Causes(at, len(events)).cause((cap, holder), on(day))
    return events[found - 1].id


def life(*events: AnyEvent) -> MemoryPrefix:
    return ledger_of(*people("buyer", "other"), *events)


def test_facts_that_change_nothing_are_stepped_over() -> None:
    ledger = life(
        exported("e", quantity=1800),
        party("buyer", on="2025-02-01"),
        device("h100", on="2024-01-01"),
        party("other", on="2025-02-01"),
        used("u", LPP_YEAR, ["buyer"], "1"),
        exported("more", quantity=1),
    )
    assert cause(ledger, LPP_YEAR, "buyer") == "e"


def test_a_fact_is_named_where_the_day_was_within_before_it() -> None:
    ledger = life(
        exported("e", quantity=1000),
        exported("f", quantity=800, ultimate_consignee="other"),
        party("other", ultimate_parent="buyer", id="now"),
        party("buyer", on="2025-02-01"),
        exported("more", quantity=1),
    )
    assert cause(ledger, LPP_YEAR, "buyer") == "now"


def test_a_day_that_a_fact_cured_is_passed_by_what_came_after() -> None:
    ledger = life(
        exported("e", quantity=1800),
        device("h100", "10000", on="2025-01-01", id="low"),
        exported("more", quantity=1000),
        reversed_("x", "low"),
    )
    assert cause(ledger, LPP_YEAR, "buyer") == "more"


def test_the_units_that_a_line_sets_aside_are_followed_entry_by_entry() -> None:
    ledger = chinese_ledger(
        gone("us", "US", 200),
        chinese("C1", 60),
        gone("a", "CN", 30, "2026-03-01", **under("C1")),
        gone("b", "CN", 80, "2026-03-01"),
        gone("c", "CN", 10, "2026-03-01", **under("C1")),
        reversed_("undo", "c"),
    )
    assert cause(ledger, CHINA, "h100", day="2026-03-05") == "b"


def test_which_entries_matter_to_whom() -> None:
    ledger = life(licence("D1"))
    causes = Causes(lambda _: View(ledger, ledger.law), len(ledger.events))
    year, line, allocation = (
        (LPP_YEAR, ("buyer",)),
        ("us-ear/license/line", ("D1", "1")),
        ("us-ear/allocation/country", ("BR",)),
    )
    china = (CHINA, ("h100",))
    matter = causes.matters
    assert matter(party("buyer"), year)
    assert not matter(party("other"), year)
    assert matter(party("other"), allocation)
    assert matter(device("h100"), line)
    assert matter(device("h100"), china)
    assert matter(licence("D1"), line)
    assert not matter(licence("D2"), line)
    assert matter(licence("D2"), china)
    assert matter(amended("a", "D1", until="2026-01-01"), line)
    assert not matter(ended("z", "D2", "2026-01-01"), line)
    assert matter(ended("z", "D2", "2026-01-01"), (TABLE, ("buyer", "AE")))
    assert matter(used("u", LPP_YEAR, ["buyer"], "1"), year)
    assert not matter(used("u", LPP_YEAR, ["other"], "1"), year)
    switch = "us-ear/partner-hq-licences-use-allocation"
    assert matter(signed("s", switch, "no"), allocation)
    assert not matter(signed("s", switch, "no"), year)
