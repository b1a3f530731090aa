"""Restating: the ledger before an entry against the ledger after it."""

from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.core.breaches import Key, View
from ledger.core.causes import Causes
from ledger.core.events import AnyEvent
from ledger.core.memory import MemoryPrefix
from ledger.core.restating import Pair, Restatement, concerned, restate, touched
from ledger.core.values import Tpp
from tests.core.builders import (
    LPP_YEAR,
    attrited,
    exported,
    house,
    ledger_of,
    licence,
    on,
    party,
    people,
    reversed_,
    used,
)
from tests.core.passing import at_of, base, naive_passed, packs_are_read_once, sized
from tests.core.test_breaches import covers, days_of, grown, histories
from tests.store.histories import Step

__all__ = ["packs_are_read_once"]


def pair(*events: AnyEvent, last: AnyEvent) -> Pair:
    before = ledger_of(*people("buyer", "other"), *events)
    after = ledger_of(*people("buyer", "other"), *events, last)
    views = {len(one.events): View(one, one.law) for one in (before, after)}

    def at(size: int) -> View:
        if size not in views:
            prefix = ledger_of(*after.events[len(ledger_of().events) : size])
            views[size] = View(prefix, prefix.law)
        return views[size]

    sizes = (len(before.events), len(after.events))
    return Pair(at(sizes[0]), at(sizes[1]), Causes(at, sizes[0]), Causes(at, sizes[1]))


def restated(*events: AnyEvent, last: AnyEvent) -> Restatement:
    both = pair(*events, last=last)
    keys = touched(both.after.prefix.caused_by(last.id), both.after)
    return restate(both, keys)


def test_figures_stand_before_and_after_on_the_day_and_on_the_binding_one() -> None:
    found = restated(
        exported("e1", on="2025-09-01", quantity=1600),
        last=exported("late", on="2025-06-20", quantity=200),
    )
    (one,) = found.figures
    assert (one.cap, one.holder, one.on) == (LPP_YEAR, ("buyer",), on("2025-06-20"))
    assert one.before is not None
    assert one.after is not None
    assert one.binding_before is not None
    assert one.binding_after is not None
    assert (one.before.drawdown_tpp, one.after.drawdown_tpp) == (0, Tpp(200 * 158320))
    assert one.binding_after.on == on("2025-09-01")
    assert (one.binding_before.headroom_tpp, one.binding_after.headroom_tpp) == (
        Tpp.of("1568800"),
        Tpp.of("-1597600"),
    )
    (breach,) = found.breaches
    assert (breach.first_on, breach.last_on) == (on("2025-09-01"), on("2025-12-31"))
    assert found.cured == ()


def test_what_is_taken_back_cures_and_says_who_had_done_it() -> None:
    events = [exported("e1", quantity=1600), exported("e2", quantity=200)]
    found = restated(*events, last=reversed_("x", "e1"))
    assert found.breaches == ()
    (cured,) = found.cured
    assert cured.entry == len(ledger_of(*people("buyer", "other"), *events).events)


def test_what_changes_no_figure_restates_none() -> None:
    found = restated(exported("e", quantity=3), last=attrited("a", lot="e"))
    assert found == Restatement()


def test_a_cap_without_figure_is_null_before_and_unlimited_is_null_too() -> None:
    cap = (
        'per = ["end_user"]\nbasis = "exported"\nwindow = { kind = "calendar-year" }\n'
        'allowance = [{ tpp = "unlimited" }]\n'
    )
    adopted = house(cap)
    both = pair(exported("e", quantity=3), last=adopted)
    found = restate(both, concerned(adopted, both, on("2025-08-01")))
    (one,) = [one for one in found.figures if one.cap == "house/cap-1"]
    assert (one.before, one.binding_before) == (None, None)
    assert one.after is not None
    assert (one.after.allowance_tpp, one.after.headroom_tpp) == (None, None)
    assert one.after.drawdown_tpp == Tpp(3 * 158320)


def test_a_fact_concerns_the_holders_that_it_may_change() -> None:
    last = party("buyer", ultimate_parent="other", id="now")
    both = pair(
        exported("e", quantity=1000),
        exported("f", quantity=900, ultimate_consignee="other"),
        used("u", LPP_YEAR, ["stranger"], "1"),
        last=last,
    )
    keys = concerned(last, both, on("2025-08-01"))
    assert {holder for cap, holder in keys if cap == LPP_YEAR} == {("buyer",), ("other",)}
    found = restate(both, keys)
    assert [(one.cap, one.holder) for one in found.figures] == [
        (LPP_YEAR, ("buyer",)),
        (LPP_YEAR, ("other",)),
    ]
    assert [one.holder for one in found.breaches] == [("other",)]


def test_a_grant_touches_the_caps_that_count_what_is_licensed() -> None:
    last = licence("D1")
    both = pair(last=last)
    keys = touched(both.after.prefix.caused_by(last.id), both.after)
    assert {cap for cap, _ in keys} >= {"us-ear/allocation/country"}


# ---- held to the days one by one


def _sides(ledger: MemoryPrefix) -> tuple[Pair, AnyEvent]:
    at, size = at_of(ledger), len(ledger.events)
    both = Pair(at(size - 1), at(size), Causes(at, size - 1), Causes(at, size))
    return both, ledger.events[-1]


@given(histories, st.lists(st.integers(0, 10**6), min_size=8, max_size=8))
@settings(max_examples=40)
def test_new_and_cured_breaches_are_the_difference_of_the_days(
    steps: list[Step], picks: list[int]
) -> None:
    ledger = grown(steps)
    if len(ledger.events) == len(base().events):
        return
    both, last = _sides(ledger)
    keys: dict[Key, date] = {
        key: last.on for view in (both.before, both.after) for key in view.keys(view.limits())
    }
    found = restate(both, keys)
    before, after = sized(ledger)(len(ledger.events) - 1), ledger
    days = days_of(ledger, [*found.breaches, *found.cured])
    for key in keys:
        for day in {days[pick % len(days)] for pick in picks}:
            was, now = naive_passed(before, key, day), naive_passed(after, key, day)
            new, gone = now and not was, was and not now
            for rows, expected in ((found.breaches, new), (found.cured, gone)):
                inside = [one for one in rows if covers(one, key, day)]
                assert len(inside) == expected, (key, day)
