from ledger.core.deals import Deal
from ledger.planning.conflicts import Conflict, conflict
from ledger.planning.grid import grid
from tests.core.builders import NVEU
from tests.core.selling import deal_of
from tests.planning.test_grid import market_of

WINDOW = {"earliest": "2026-12-05", "latest": "2026-12-20", "authorization": NVEU}


def told(*deals: Deal) -> Conflict | None:
    known = market_of(*deals)
    return conflict(known, grid(known).choices, range(len(deals)), seconds=10)


def of(*quantities: int) -> list[Deal]:
    return [deal_of("op-ae", deal=f"D{n}", quantity=q, **WINDOW) for n, q in enumerate(quantities)]


def test_deals_that_all_go_do_not_conflict() -> None:
    assert told(*of(8, 8, 9)) is None


def test_a_conflict_names_no_deal_and_no_cap_without_which_it_would_be_none() -> None:
    found = told(deal_of("cloud", **(WINDOW | {"authorization": None})), *of(3, 16, 10))
    assert found is not None
    assert found.deals == ("D1", "D2")
    assert [cap for cap, _ in found.caps] == ["house/cap-1"]
    assert found.as_data()["caps"] == [{"cap": "house/cap-1", "holder": ["op-ae"]}]


def test_a_deal_that_can_not_go_at_all_conflicts_with_nobody() -> None:
    assert told(*of(4), deal_of("lost")) == Conflict(("to-lost",), ())


def test_one_deal_may_be_too_much_for_a_cap() -> None:
    splittable = deal_of("op-ae", quantity=60, splittable=True, **WINDOW)
    found = told(splittable)
    assert found is not None
    assert found.deals == ("to-op-ae",)
    assert len(found.caps) == 1
