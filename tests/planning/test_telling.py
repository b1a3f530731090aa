from collections.abc import Sequence
from fractions import Fraction
from typing import Any, cast

from ledger.core.deals import Deal
from ledger.planning.choices import Taken
from ledger.planning.grid import Grid, grid
from ledger.planning.planner import Planner
from ledger.planning.program import Wish
from ledger.planning.telling import Telling, proof
from tests.core.builders import LPP, NVEU, on
from tests.core.selling import deal_of
from tests.planning.test_grid import market_of
from tests.planning.test_optimise import file_of
from tests.planning.test_planner import rehearsal

WINDOW = {"earliest": "2026-12-05", "latest": "2026-12-20", "authorization": NVEU}


def telling(*deals: Deal, take: dict[int, int], unknown: dict[int, str] | None = None) -> Telling:
    known = market_of(*deals)
    choices = grid(known, cut=True).choices
    last = {one.deal: one for one in choices}
    taken = [Taken(last[at], units) for at, units in take.items()]
    return Telling(file_of(*deals), known, taken, choices, unknown or {})


def decided(deal: Deal) -> Sequence[str]:
    return rehearsal().why(deal, deal.earliest)


def test_lots_are_told_in_the_order_of_days_with_their_part_of_the_value() -> None:
    late = deal_of("op-ae", deal="late", quantity=8, value="100", **WINDOW)
    early = deal_of("buyer", deal="early", quantity=3, latest="2026-08-01", authorization=LPP)
    found = telling(late, early, take={0: 2, 1: 3})
    assert [(one.deal.deal, one.row, one.quantity, one.value) for one in found.lots] == [
        ("early", 3, 3, Fraction(0)),
        ("late", 2, 2, Fraction(25)),
    ]
    assert found.lots[1].share == Fraction(1, 4)
    assert found.lots[1].as_data()["tpp"] == "31664"


def test_why_a_deal_is_left_out_is_said_in_every_case() -> None:
    deals = [
        deal_of("op-ae", deal="goes", quantity=16, **WINDOW),
        deal_of("op-ae", deal="waits", quantity=16, **WINDOW),
        deal_of("lost", deal="closed"),
        deal_of("buyer", deal="strange"),
        deal_of("buyer", deal="unwanted"),
        deal_of("mover", deal="cut", quantity=19, authorization=LPP, latest="2026-09-04"),
    ]
    found = telling(*deals, take={0: 16, 5: 18}, unknown={3: "exporter: unknown"})
    why = {one.deal.deal: one.why for one in found.left_out(decided)}
    assert why["waits"].startswith("house/cap-1 leaves 146,688 TPP for op-ae on 2026-12-20")
    assert why["closed"].startswith("every authorization")
    assert why["strange"] == "exporter: unknown"
    assert why["unwanted"].startswith("there is room for it, but by this aim")
    assert why["cut"] == "a cap of each lot lets no more units go in one"
    assert set(why) == {"waits", "closed", "strange", "unwanted", "cut"}


def test_a_change_is_told_of_a_deal_that_may_go_and_goes_otherwise() -> None:
    deals = [
        deal_of("op-ae", deal="cut", quantity=16, **WINDOW),
        deal_of("lost", deal="closed"),
        deal_of("buyer", deal="whole", quantity=3),
    ]
    found = telling(*deals, take={0: 12, 2: 3})
    (one,) = found.changes()
    assert (one.deal.deal, one.units, one.days) == ("cut", Fraction(4), 0)
    assert one.as_data() == {"row": 2, "deal": "cut", "units_cut": "4", "days_moved": 0}


def test_a_deal_that_goes_later_is_moved_by_days() -> None:
    known = market_of(deal_of("op-ae", quantity=4, authorization=NVEU))
    last = grid(known).choices[-1]
    early = deal_of("op-ae", quantity=4, authorization=NVEU, latest=str(on("2026-12-01")))
    found = Telling(file_of(early), known, [Taken(last, 4)], [last], {})
    assert [one.days for one in found.changes()] == [30]


def test_a_smallest_change_is_proven_by_its_cost() -> None:
    known = market_of(deal_of("op-ae", quantity=30, authorization=NVEU, **_days()))
    tried = Grid(grid(known, cut=True).choices, coarse=False)
    wish = Wish([Fraction(1)] * len(tried.choices), cut=True)
    found = Planner(rehearsal(), 10).best(known, tried.choices, wish)
    told = proof(found, tried, "quantity", Fraction(30))
    assert (told.status, told.achieved, told.bound) == ("best", Fraction(12), Fraction(12))
    assert told.gap == 0
    assert proof(found, tried, None, None).achieved == 18


def _days() -> dict[str, Any]:
    return cast("dict[str, Any]", {"earliest": "2026-12-05", "latest": "2026-12-20"})
