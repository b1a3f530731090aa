from datetime import date

from ledger.core.deals import Deal
from ledger.core.effects import Effects
from ledger.planning.choices import Market, Taken, market
from ledger.planning.grid import Grid, grid, moving_grid, sooner, window_starts, within
from ledger.planning.limits import Accounts
from tests.core.builders import LPP, NVEU, UVEU, on
from tests.core.selling import deal_of, world
from tests.core.trying import window


def market_of(*deals: Deal) -> Market:
    ledger = world()
    effects = Effects(ledger, ledger.law, "on-the-books")
    first, last = min(d.earliest for d in deals), max(d.latest for d in deals)
    accounts = Accounts(ledger, ledger.law, first, last)
    return market(deals, [effects.options(deal) for deal in deals], accounts, ledger.law)


def days(found: Grid, under: str, deal: int = 0) -> set[str]:
    return {
        str(one.on)
        for one in found.choices
        if one.deal == deal and one.option.authorization == under
    }


def test_a_lot_is_put_off_to_the_ends_of_stretches_and_calendar_windows() -> None:
    found = grid(market_of(deal_of("op-ae", authorization=NVEU, latest="2027-02-10")))
    assert not found.coarse
    assert {"2026-09-30", "2026-12-31", "2027-02-10"} <= days(found, NVEU)


def test_under_a_rolling_window_it_is_put_off_so_that_it_does_not_meet_what_comes() -> None:
    found = days(grid(market_of(deal_of("buyer", authorization=LPP))), LPP)
    # The reservation of 2026-11-02 is counted for 90 days: a lot of 90 days before is not.
    assert "2026-08-04" in found
    # And one that goes 90 days before that, and before the last day of the deal.
    assert "2026-10-02" in found


def test_where_a_share_is_built_up_the_days_of_others_are_tried_too() -> None:
    early = deal_of("cloud", destination="US", latest="2026-10-10")
    late = deal_of("cloud-br", authorization=UVEU, latest="2026-11-05")
    found = grid(market_of(early, late))
    assert "2026-10-10" in days(found, UVEU, 1)


def test_too_many_days_leave_a_coarse_grid() -> None:
    found = grid(market_of(deal_of("buyer", authorization=LPP)), most=1)
    assert found.coarse
    assert days(found, LPP) == {"2026-08-09", "2026-09-30", "2026-12-31"}


def test_a_lot_that_a_cap_of_lots_lets_not_go_whole_is_no_choice_unless_it_is_cut() -> None:
    large = deal_of("op-ae", quantity=19, authorization=NVEU)
    assert grid(market_of(large)).choices == []
    assert {one.most for one in grid(market_of(large), cut=True).choices} == {18}


def test_a_deal_in_parts_may_go_day_by_day_where_a_cap_limits_each_lot() -> None:
    parts = deal_of("op-ae", quantity=40, splittable=True, authorization=NVEU)
    found = days(grid(market_of(parts)), NVEU)
    assert {"2026-12-31", "2026-12-30", "2026-12-29"} <= found


def test_a_deal_that_is_moved_goes_when_something_lets_it() -> None:
    found = days(moving_grid(market_of(deal_of("op-ae", authorization=NVEU))), NVEU)
    assert {"2026-07-01", "2026-10-01"} <= found  # its first day, a step and a quarter
    coarse = moving_grid(market_of(deal_of("op-ae", authorization=NVEU)), most=1)
    assert coarse.coarse


def test_what_a_plan_takes_may_go_sooner() -> None:
    deal = deal_of("op-ae", authorization=NVEU, quantity=9, splittable=True)
    known = market_of(deal)
    last = [one for one in grid(known).choices if str(one.on) == "2026-12-31"]
    apart, choices, deals = sooner(known, [Taken(last[0], 5)])
    assert deals == [0]
    assert (apart.deals[0].quantity, apart.deals[0].splittable) == (5, True)
    assert {"2026-07-01", "2026-10-01", "2026-12-31"} <= {str(one.on) for one in choices}
    assert {one.most for one in choices} == {5}


def test_windows_that_begin_within_some_days() -> None:
    quarter = window("calendar-quarter")
    found = list(window_starts(quarter, on("2026-08-15"), on("2027-01-01")))
    assert found == [on("2026-10-01")]
    assert list(window_starts(window("stock"), on("2026-08-15"), on("2027-01-02"))) == []


def test_only_days_on_which_an_option_holds_are_of_use() -> None:
    option = market_of(deal_of("buyer", authorization=LPP)).options[0][1]
    asked = [date(2026, 6, 30), option.first_on, option.until]
    assert list(within(option, asked)) == [option.first_on]
