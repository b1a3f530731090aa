from fractions import Fraction

import pytest

from ledger.core.deals import Deal
from ledger.planning.choices import Taken
from ledger.planning.grid import grid
from ledger.planning.program import Program, Wish
from tests.core.builders import LPP, NVEU
from tests.core.selling import deal_of
from tests.planning.test_grid import market_of

WINDOW = {"earliest": "2026-12-05", "latest": "2026-12-20"}


def program(*deals: Deal, cut: bool = False, **wish: object) -> Program:
    known = market_of(*deals)
    choices = grid(known, cut=cut).choices
    gains = [Fraction(1) for _ in choices]
    return Program(known, choices, Wish(gains, cut=cut, **wish))  # type: ignore[arg-type]


def units(found: Program) -> dict[int, int]:
    taken: dict[int, int] = {}
    for one in found.taken(found.solved(seconds=10)):
        taken[one.choice.deal] = taken.get(one.choice.deal, 0) + one.units
    return taken


def two(*, most: int = 16, **more: object) -> list[Deal]:
    """Sixteen and seventeen units, of which 25 have room."""
    fields = WINDOW | {"authorization": NVEU} | more
    return [deal_of("op-ae", deal=f"D{n}", quantity=most + n, **fields) for n in range(2)]


def test_a_deal_goes_whole_or_not_at_all_unless_it_may_go_in_parts() -> None:
    assert units(program(*two())) == {1: 17}
    assert sum(units(program(*two(splittable=True))).values()) == 25


def test_a_cut_deal_goes_in_one_lot_of_fewer_units() -> None:
    found = program(*two(), cut=True)
    taken = found.taken(found.solved(seconds=10))
    assert sum(one.units for one in taken) == 25
    assert len(taken) == 2


def test_what_must_go_goes_whatever_it_gains() -> None:
    assert units(program(*two(), must=frozenset({0}))) == {0: 16}


def test_served_whole_gains_once_however_it_is_served() -> None:
    deals = two(splittable=True)
    known = market_of(*deals)
    choices = grid(known).choices
    wish = Wish([Fraction(0)] * len(choices), {0: Fraction(1), 1: Fraction(1)})
    found = Program(known, choices, wish)
    assert found.solved(seconds=10).value == pytest.approx(1)


def test_without_the_limits_of_accounts_everything_goes() -> None:
    known = market_of(*two())
    choices = grid(known).choices
    free = Program(known, choices, Wish([Fraction(1)] * len(choices)), held=[])
    assert units(free) == {0: 16, 1: 17}
    assert not free.limits


def test_what_has_no_room_by_itself_is_bounded_before_it_is_solved() -> None:
    found = program(deal_of("op-ae", quantity=30, splittable=True, authorization=NVEU, **WINDOW))
    assert max(found.model.most[: len(found.choices)]) <= 25


def test_units_that_a_cap_does_not_limit_bind_only_while_one_goes_that_it_does() -> None:
    free = deal_of("op-ae", deal="free", quantity=3, authorization=LPP, **WINDOW)
    limited = deal_of("op-ae", deal="limited", quantity=3, authorization=NVEU, **WINDOW)
    found = program(free, limited)
    assert units(found) == {0: 3, 1: 3}


def test_lots_that_are_forbidden_together_are_not_taken_together_again() -> None:
    found = program(*two(most=8))
    taken = found.taken(found.solved(seconds=10))
    assert len(taken) == 2
    found.forbid(taken)
    again = found.taken(found.solved(seconds=10))
    assert set(again) != set(taken)


def test_parts_that_are_forbidden_may_go_in_smaller_quantities() -> None:
    found = program(deal_of("op-ae", quantity=6, splittable=True, authorization=NVEU, **WINDOW))
    (one,) = found.taken(found.solved(seconds=10))[:1]
    found.forbid([Taken(one.choice, one.units)])
    again = {t.choice: t.units for t in found.taken(found.solved(seconds=10))}
    assert again.get(one.choice, 0) < one.units
