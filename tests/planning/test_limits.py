from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.core.headroom import counts_until, level, version_on
from ledger.core.overlay import overlay
from ledger.core.positions import Kind, Movement
from ledger.core.usage import Tally
from ledger.planning.limits import Accounts, Key, Load, Row
from tests.core.builders import LICENCE, LPP, LPP_YEAR, NVEU, TABLE, UVEU, on
from tests.core.selling import world

FIRST, LAST = on("2026-07-01"), on("2027-03-20")
UNIT = 158_320

PARTIES = {
    ("house/cap-1", ("buyer",)): ("buyer", "BR", LPP, ""),
    ("house/cap-2", ("seller", "BR")): ("buyer", "BR", LPP, ""),
    ("house/cap-3", ("buyer",)): ("branch", "CL", LPP, ""),
    (LPP_YEAR, ("buyer",)): ("buyer", "BR", LPP, ""),
    (TABLE, ("op-ae", "AE")): ("op-ae", "AE", NVEU, ""),
    ("us-ear/license/line", ("D1", "1")): ("buyer", "BR", LICENCE, "D1/1"),
    ("us-ear/uveu/country", ("cloud", "BR")): ("cloud", "BR", UVEU, ""),
    ("us-ear/uveu/outside-partners", ("cloud",)): ("cloud", "BR", UVEU, ""),
    ("us-ear/uveu/outside-us", ("cloud",)): ("cloud", "BR", UVEU, ""),
}
"""Accounts of every kind of window, and the lot that each counts."""


MANY = {LPP_YEAR: 40, TABLE: 30_000, "house/cap-2": 4, "house/cap-3": 3}
MANY |= {"us-ear/uveu/outside-partners": 6, "us-ear/uveu/outside-us": 18}
"""By what a few units are multiplied, so that about half of the lots pass their cap."""


def days(first: date, until: date) -> Iterator[date]:
    return (first + timedelta(days=at) for at in range((until - first).days))


def movement(key: Key, day: date, units: int) -> Movement:
    party, place, under, line = PARTIES[key]
    return Movement(
        on=day,
        kind=Kind.EXPORTED,
        device="h100",
        party=party,
        destination=place,
        units=units,
        tpp=units * UNIT,
        lot=f"lot-{day}-{units}",
        authorization=under,
        end_user=party,
        exporter="seller",
        line=line,
    )


def load(key: Key, day: date, units: int) -> Load:
    cap = world().law.versions(key[0])[0]
    amount = units if cap.of_licence_line else units * UNIT
    return Load(day, amount, amount if cap.share else 0)


def naive_passed(key: Key, lots: list[tuple[date, int]]) -> bool:
    """After each day of lots, whether the cap is passed on some day on which one of them counts."""
    law = world().law
    versions = law.versions(key[0])
    for day in sorted({went for went, _ in lots}):
        gone = [(went, units) for went, units in lots if went <= day]
        prefix = overlay(world(), [movement(key, went, units) for went, units in gone])
        cap = version_on(versions, day)
        if cap is None:
            continue
        book = Tally(prefix, law, day).book(cap, key[1])
        until = max(counts_until(cap.window, went) for went, _ in gone)
        for later in days(day, min(until, on("2028-02-02"))):
            counted = any(went <= later < counts_until(cap.window, went) for went, _ in gone)
            measured = not cap.measured_on or f"{later:%m-%d}" in cap.measured_on
            found = level(versions, book, later) if counted and measured else None
            if found is not None and found.headroom_tpp is not None and found.headroom_tpp < 0:
                return True
    return False


@settings(deadline=None, max_examples=40)
@given(
    st.sampled_from([key for key in PARTIES if key[0] != "us-ear/license/line"]),
    st.lists(
        st.tuples(
            st.dates(FIRST, LAST) | st.sampled_from([on("2026-09-30"), on("2026-10-01")]),
            st.integers(1, 14),
        ),
        min_size=1,
        max_size=4,
    ),
)
def test_lots_pass_a_limit_where_every_day_by_itself_says_so(
    key: Key, lots: list[tuple[date, int]]
) -> None:
    account = Accounts(world(), world().law, FIRST, LAST).open(key)
    lots = [(day, units * MANY.get(key[0], 1)) for day, units in lots]
    loads = [load(key, day, units) for day, units in lots]
    assert (account.passed(loads) is not None) == naive_passed(key, lots)


@pytest.fixture
def line() -> Key:
    return ("us-ear/license/line", ("D1", "1"))


def test_a_licence_line_counts_units_and_a_smaller_one_binds_before(line: Key) -> None:
    account = Accounts(world(), world().law, FIRST, LAST).open(line)
    assert account.passed([load(line, FIRST, 8)]) is None
    passed = account.passed([load(line, FIRST, 9)])
    assert passed is not None
    assert (passed.room, passed.on) == (8, on("2026-10-20"))


def test_a_line_that_does_not_stand_has_no_room_to_tell_of() -> None:
    key = ("us-ear/license/line", ("D1", "9"))
    account = Accounts(world(), world().law, FIRST, LAST).open(key)
    assert list(account.rows([FIRST])) == []


def test_open_reservations_of_the_future_leave_less_room() -> None:
    key = ("house/cap-1", ("buyer",))
    account = Accounts(world(), world().law, FIRST, LAST).open(key)
    row, left = account.tightest([], load(key, on("2026-10-15"), 1)) or (None, 0)
    assert row is not None
    assert (row.room, row.on) == (4_000_000 - 7 * UNIT, on("2026-11-02"))
    assert left == row.room - UNIT
    level_then = account.level(row)
    assert level_then is not None
    assert level_then.reserved_tpp == 7 * UNIT


def test_nothing_limits_a_lot_that_no_row_counts() -> None:
    key = ("house/cap-3", ("buyer",))  # it begins on 2026-08-10
    account = Accounts(world(), world().law, FIRST, LAST).open(key)
    assert account.tightest([], load(key, on("2026-07-15"), 1)) is None


def test_a_cap_binds_only_while_a_lot_goes_that_it_limits() -> None:
    key = (TABLE, ("op-ae", "AE"))
    account = Accounts(world(), world().law, FIRST, LAST).open(key)
    beyond = load(key, FIRST, 10_000_000)
    assert account.passed([beyond]) is not None
    free = beyond._replace(limits=False)
    assert account.passed([free]) is None
    assert account.passed([free, load(key, on("2026-08-01"), 1)]) is not None


def test_rooms_that_grow_and_shrink_are_told_apart() -> None:
    account = Accounts(world(), world().law, FIRST, LAST).open(("house/cap-2", ("seller", "BR")))
    assert on("2026-10-01") in account.turning(more=True)
    assert on("2027-03-01") in account.turning(more=False)
    assert account.window.kind == "stock"
    assert [cap.id for cap in account.caps] == ["house/cap-2"]


def test_a_load_that_turns_weighs_otherwise_from_that_day_on() -> None:
    turning = Load(FIRST, 0, 100, turns=((on("2026-10-01"), 100), (on("2027-01-01"), 0)))
    assert [turning.part_on(day) for day in (FIRST, on("2026-10-01"), on("2027-01-02"))] == [
        0,
        100,
        0,
    ]
    row = Row(date.min, LAST, on("2026-10-05"), 0, of=4, share=1)
    assert row.weight(turning) == 4 * 100 - 100


def test_a_lot_that_comes_to_stand_in_a_share_counts_from_that_day_on() -> None:
    key, turn = ("us-ear/uveu/country", ("cloud", "BR")), on("2026-12-15")
    accounts = Accounts(world(), world().law, FIRST, LAST)
    account = accounts.open(key, [turn])
    amount = 40 * UNIT
    assert account.passed([Load(FIRST, 0, amount)]) is None
    passed = account.passed([Load(FIRST, 0, amount, turns=((turn, amount),))])
    assert passed is not None
    assert passed.on >= turn
