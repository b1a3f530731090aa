from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.core.alternatives import earliest
from ledger.core.decision import decide
from ledger.core.events import AnyEvent
from ledger.core.fitting import Fit, largest
from ledger.core.memory import MemoryPrefix
from ledger.core.precedents import Precedents
from tests.china import chinese, gone, ledger
from tests.core.builders import (
    LICENCE,
    LPP,
    LPP_YEAR,
    NVEU,
    TABLE,
    exported,
    granted,
    house,
    ledger_of,
    licence,
    on,
    people,
    request,
    used,
)

YEAR = 26_900_000
ONE = 15_832
"""TPP of one H100."""


def fit(ledger: MemoryPrefix, until: str | None = None, **lot: object) -> Fit:
    day = None if until is None else on(until)
    return largest(request(**lot), ledger.law, ledger, "on-the-books", until=day)


def test_as_much_fits_as_the_cap_leaves_room_for() -> None:
    found = fit(ledger_of(*people("buyer"), used("u", LPP_YEAR, ["buyer"], YEAR - 3 * ONE - 1)))
    assert (found.quantity, found.authorization, found.on) == (3, LPP, on("2025-09-01"))
    assert found.binding is not None
    assert (found.binding.cap, found.binding.holder) == (LPP_YEAR, ("buyer",))
    assert found.decision.outcome == "permitted"
    assert found.decision.request.quantity == 3


def test_the_authorization_that_carries_most_is_taken() -> None:
    status = granted("n", NVEU, destinations=["BR"])
    found = fit(ledger_of(*people("buyer"), status))
    assert found.authorization == NVEU
    assert found.quantity == 1_266_000_000 // ONE
    assert found.binding is not None
    assert found.binding.cap == TABLE


def test_nothing_fits_where_a_cap_is_used_up_and_the_cap_is_named() -> None:
    found = fit(ledger_of(*people("buyer"), used("u", LPP_YEAR, ["buyer"], YEAR)))
    assert (found.quantity, found.authorization) == (0, None)
    assert found.binding is not None
    assert found.binding.cap == LPP_YEAR


def test_nothing_fits_where_no_authorization_is_open_and_the_decision_says_why() -> None:
    found = fit(ledger_of(*people("buyer", headquarters="CN")), destination="CN")
    assert (found.quantity, found.authorization, found.binding) == (0, None, None)
    assert found.decision.outcome != "permitted"


def test_what_nothing_limits_has_no_quantity() -> None:
    ledger = ledger_of(*people("buyer", headquarters="DE"))
    found = fit(ledger, destination="DE")
    assert (found.quantity, found.binding) == (None, None)
    assert found.authorization is not None
    assert fit(ledger, "2026-01-01", destination="DE") == found


def test_a_later_day_is_taken_where_more_fits_and_the_first_of_equal_days() -> None:
    ledger = ledger_of(*people("buyer"), used("u", LPP_YEAR, ["buyer"], YEAR - 3 * ONE))
    assert fit(ledger, "2025-12-31").on == on("2025-09-01")
    later = fit(ledger, "2026-06-30")
    assert (later.on, later.quantity) == (on("2026-01-01"), YEAR // ONE)
    assert fit(ledger, "2025-09-01").quantity == 3
    assert fit(ledger, "2025-01-01").quantity == 3


def test_only_the_first_days_and_the_last_are_tried_where_there_are_many() -> None:
    days = [f"2025-{month:02}-{day:02}" for month in (10, 11) for day in range(1, 31)]
    sold: list[AnyEvent] = [
        exported(f"e{n}", on=day, quantity=1) for n, day in enumerate([*days, "2025-12-01"])
    ]
    ledger = ledger_of(*people("buyer"), *sold)
    found = fit(ledger, "2026-03-01")
    assert (found.on, found.quantity) == (on("2026-03-01"), YEAR // ONE)


@pytest.mark.parametrize("half", [2, 3, 4, 5, 8])
def test_a_licence_frees_of_a_ratio_what_it_set_aside_for_the_lot(half: int) -> None:
    ratio = house(
        'per = ["device"]\nbasis = "exported"\n'
        'window = { kind = "period", first_on = 2026-01-15 }\n'
        'ratio = { percent = 50, of_groups = ["us-ear/china-macau"], to_values = ["US"] }\n'
    )
    own = ledger(chinese("L1", 4), chinese("L2", 1), gone("us", "US", 2 * half), ratio)
    asked: dict[str, Any] = {"destination": "CN", "on": "2026-03-01", "authorization": LICENCE}
    asked |= {"ultimate_consignee": "cn", "end_user": "cn"}
    lots = [request(quantity=n, **asked) for n in range(1, 7)]
    may_go = [one.quantity for one in lots if decide(one, own.law, own).authorization]
    assert fit(own, **asked).quantity == max(may_go, default=0)


@given(st.integers(0, 6), st.integers(0, 6), st.booleans())
@settings(deadline=None)
def test_no_greater_quantity_may_go(left: int, licensed: int, status: bool) -> None:  # noqa: FBT001 -- drawn
    events: list[AnyEvent] = [used("u", LPP_YEAR, ["buyer"], YEAR - left * ONE - 7)]
    events += [licence(quantity=licensed)] if licensed else []
    if status:
        events += [
            granted("n", NVEU, destinations=["BR"]),
            used("t", TABLE, ["buyer", "BR"], 1_266_000_000 - 4 * ONE),
        ]
    ledger = ledger_of(*people("buyer"), *events)
    tried = [
        n
        for n in range(1, 9)
        if decide(request(quantity=n), ledger.law, ledger).outcome == "permitted"
    ]
    assert fit(ledger).quantity == max(tried, default=0)


def test_the_earliest_day_is_the_lots_own_where_it_may_go_then() -> None:
    ledger = ledger_of(*people("buyer"), used("u", LPP_YEAR, ["buyer"], YEAR - 3 * ONE))
    days = []
    for quantity in (3, 4, YEAR // ONE + 1):
        decision = decide(request(quantity=quantity), ledger.law, ledger)
        found = earliest(decision, ledger.law, ledger, Precedents())
        days.append(None if found is None else found.value)
    assert days == [date(2025, 9, 1), date(2026, 1, 1), None]
