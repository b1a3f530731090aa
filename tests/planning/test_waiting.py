from ledger.core.deals import Deal
from ledger.planning.choices import Taken
from ledger.planning.grid import grid
from ledger.planning.waiting import Waiting, room_of
from tests.core.builders import LICENCE, NVEU, UVEU
from tests.core.selling import deal_of
from tests.planning.test_grid import market_of

WINDOW = {"earliest": "2026-12-05", "latest": "2026-12-20"}
UNIT = 158_320


def waiting(*deals: Deal, take: dict[int, int]) -> Waiting:
    """What waits beside some units of deals, each in its last choice."""
    known = market_of(*deals)
    choices = grid(known).choices
    last = {one.deal: one for one in choices}
    return Waiting(known, [Taken(last[at], units) for at, units in take.items()], choices)


def pair(**more: object) -> list[Deal]:
    fields = WINDOW | {"authorization": NVEU, "quantity": 16} | more
    return [deal_of("op-ae", deal=f"D{n}", **fields) for n in range(2)]


def test_a_deal_waits_for_the_caps_that_leave_it_too_little_beside_the_plan() -> None:
    found = waiting(*pair(), take={0: 16})
    shorts = found.of(1) or []
    caps = [found.market.accounts[one.account].key[0] for one in shorts]
    assert caps == ["house/cap-1", "house/cap-3"]
    short = shorts[0]
    assert (short.left, short.asked, short.full) == (4_000_000 - 16 * UNIT, 16 * UNIT, False)
    assert found.of(0) is not None


def test_a_deal_in_parts_waits_for_room_for_one_more_unit() -> None:
    full = waiting(*pair(splittable=True, quantity=25), take={0: 18, 1: 7})
    (short,) = full.of(1) or []
    assert short.full
    assert short.asked == UNIT


def test_where_a_part_is_of_no_use_it_waits_for_room_for_all_that_it_lacks() -> None:
    deals = pair(splittable=True, quantity=20)
    known = market_of(*deals)
    choices = grid(known).choices
    last = {one.deal: one for one in choices}
    taken = [Taken(last[0], 18), Taken(last[1], 5)]
    assert Waiting(known, taken, choices).of(1) == []
    shorts = Waiting(known, taken, choices, whole=True).of(1) or []
    assert [short.asked for short in shorts] == [15 * UNIT, 15 * UNIT]
    assert not shorts[0].full


def test_a_deal_without_an_option_waits_for_nothing() -> None:
    assert waiting(deal_of("lost"), take={}).of(0) is None


def test_a_cap_is_told_with_what_is_allowed_held_planned_and_left() -> None:
    found = waiting(*pair(), take={0: 16})
    bound = found.bounds({"D1": found.of(1) or []}, {})[0]
    assert (bound.cap, bound.holder, str(bound.on)) == ("house/cap-1", ("op-ae",), "2026-12-20")
    assert (bound.allowance, bound.drawdown, bound.planned) == (4_000_000, 0, 16 * UNIT)
    assert (bound.left, bound.full, bound.worth) == (4_000_000 - 16 * UNIT, False, None)
    assert bound.as_data()["left_tpp"] == "146688"
    assert bound.as_data()["worth_per_tpp"] is None


def test_a_licence_line_is_told_in_units() -> None:
    deals = [
        deal_of("buyer", deal=f"D{n}", quantity=12, authorization=LICENCE, latest="2026-07-01")
        for n in range(4)
    ]
    found = waiting(*deals, take={})
    lines = [
        at
        for at, one in enumerate(found.market.accounts)
        if one.key[0] == "us-ear/license/line" and one.key[1] == ("D1", "1")
    ]
    choice = next(
        one
        for one in grid(found.market).choices
        if any(stake.account in lines for stake in found.market.stakes[one.at])
    )
    (short,) = [one for one in found.short(choice, 12) if one.account in lines]
    (bound,) = found.bounds({"D": [short]}, {lines[0]: 2.5})
    assert (bound.in_units, bound.allowance, bound.left) == (True, 8, 8)
    assert bound.as_data()["allowance_units"] == "8"
    assert bound.as_data()["worth_per_units"] == "2.5"
    assert bound.amount(None) is None
    assert bound.amount(1234, grouped=True) == "1,234"


def test_of_a_share_the_largest_lot_that_has_room_adds_to_both_sides() -> None:
    over = deal_of("cloud-br", quantity=17, authorization=UVEU)
    found = waiting(over, take={})
    short = next(iter(found.of(0) or []))
    account = found.market.accounts[short.account]
    units = room_of(account, short.row, short.left) // UNIT
    assert units == 15  # of 205 + 15 units seven percent are 15.4
