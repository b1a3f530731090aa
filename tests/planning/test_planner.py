from dataclasses import replace
from fractions import Fraction

from ledger.core.deals import Deal
from ledger.planning.choices import Taken
from ledger.planning.grid import grid
from ledger.planning.optimise import Asked, Optimiser
from ledger.planning.planner import Found, Planner, passed
from ledger.planning.program import Wish
from ledger.planning.rehearsal import Rehearsal, Rehearsed
from tests.core.builders import NVEU, UVEU
from tests.core.selling import deal_of, world
from tests.planning.small import case
from tests.planning.test_grid import market_of
from tests.planning.test_optimise import file_of

WINDOW = {"earliest": "2026-12-05", "latest": "2026-12-20"}


def rehearsal() -> Rehearsal:
    return Rehearsal(world(), world().law, "on-the-books")


def best(*deals: Deal, by: Rehearsal | None = None, wish: Wish | None = None) -> Found:
    known = market_of(*deals)
    choices = grid(known).choices
    gains = [Fraction(one.option.unit_tpp) for one in choices]
    return Planner(by or rehearsal(), 10).best(known, choices, wish or Wish(gains))


def test_a_plan_tells_what_it_gains_and_that_none_gains_more() -> None:
    found = best(deal_of("op-ae", quantity=9), deal_of("buyer", quantity=3))
    assert found.gained == 12 * 158_320
    assert (found.bound, found.status, found.rounds) == (found.gained, "best", 1)
    assert [found.share(deal) for deal in (0, 1)] == [1, 1]


def test_deals_served_whole_are_counted_whole() -> None:
    deals = [deal_of("op-ae", deal=f"D{n}", quantity=16, **WINDOW) for n in range(2)]
    count = len(grid(market_of(*deals)).choices)
    served = {0: Fraction(1), 1: Fraction(1)}
    found = best(*deals, wish=Wish([Fraction(0)] * count, served))
    assert (found.gained, found.bound, found.status) == (Fraction(1), Fraction(1), "best")


def test_what_must_go_and_can_not_leaves_no_plan() -> None:
    deals = [deal_of("op-ae", deal=f"D{n}", quantity=16, **WINDOW) for n in range(2)]
    choices = grid(market_of(*deals)).choices
    wish = Wish([Fraction(0)] * len(choices), must=frozenset({0, 1}))
    found = best(*deals, wish=wish)
    assert (found.status, found.lots, found.bound) == ("none", (), None)


class Refusing(Rehearsal):
    """Refuses lots of a deal, as often as it is asked."""

    def __init__(self, deal: int) -> None:
        super().__init__(world(), world().law, "on-the-books")
        self.deal = deal

    def of(self, deals, taken, told=None):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201, ARG002
        taken = list(taken)
        went = super().of(deals, [one for one in taken if one.choice.deal != self.deal]).went
        return Rehearsed(went, tuple(one for one in taken if one.choice.deal == self.deal))


def test_what_is_not_permitted_when_it_goes_is_never_planned() -> None:
    found = best(deal_of("op-ae", quantity=9), deal_of("buyer"), by=Refusing(1))
    assert {one.choice.deal for one in found.taken} == {0}
    assert found.rounds > 1
    # The bound is that of the first time: the plan is not told as the best.
    assert found.status == "within-gap"
    assert found.bound is not None
    assert found.bound > found.gained


def test_what_is_refused_again_and_again_is_left_out_in_the_end() -> None:
    many = deal_of("buyer", quantity=6, splittable=True)
    found = best(deal_of("op-ae", quantity=9), many, by=Refusing(1))
    assert {one.choice.deal for one in found.taken} == {0}


def test_lots_of_a_day_that_each_need_the_other_first_are_not_told_as_the_best() -> None:
    given = case(2570)
    optimiser = Optimiser(file_of(*given.deals), given.ledger, given.ledger.law, "on-the-books")
    found = optimiser.answer(Asked("tpp"))
    assert found.proof.rounds == 2
    assert found.proof.status == "within-gap"
    assert found.proof.gap


def test_lots_that_pass_a_limit_together_are_found() -> None:
    known = market_of(*(deal_of("op-ae", deal=f"D{n}", quantity=16, **WINDOW) for n in range(2)))
    choices = [one for one in grid(known).choices if one.option.authorization == NVEU]
    both = [Taken(next(one for one in choices if one.deal == at), 16) for at in (0, 1)]
    assert passed(known, both) == both
    assert passed(known, both[:1]) is None


def test_a_row_s_worth_is_what_one_more_tpp_gains() -> None:
    deals = [deal_of("op-ae", deal="D", quantity=40, splittable=True, authorization=NVEU, **WINDOW)]
    found = best(*deals)
    worth = found.worth(10)
    (at,) = [
        at
        for at, one in enumerate(found.program.market.accounts)
        if one.key == ("house/cap-1", ("op-ae",))
    ]
    assert abs(worth[at] - 10) < 1e-6  # a unit gains its tenths: ten of them a TPP


def test_a_plan_of_shares_is_decided_lot_by_lot() -> None:
    home = deal_of("cloud", destination="US", quantity=18)
    over = deal_of("cloud-br", quantity=16, authorization=UVEU)
    found = best(home, over)
    assert {one.choice.deal for one in found.taken} == {0, 1}
    assert all(decision.outcome == "permitted" for _, decision in found.lots)
    assert replace(found, answered=False).status == "none"
