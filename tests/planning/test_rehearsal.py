from ledger.core.deals import Deal
from ledger.core.decision import decide
from ledger.core.effects import Effects
from ledger.planning.choices import Choice, Taken
from ledger.planning.rehearsal import Rehearsal
from tests.core.builders import LICENCE, NVEU, UVEU, on
from tests.core.selling import deal_of, world


def rehearsal() -> Rehearsal:
    return Rehearsal(world(), world().law, "on-the-books")


def taken(deals: list[Deal], at: int, day: str, units: int, line: str = "") -> Taken:
    """Units of the first option of a deal that holds on a day; of a licence, of one line."""
    found = Effects(world(), world().law, "on-the-books").options(deals[at])
    option = next(one for one in found if one.first_on <= on(day) < one.until and one.line == line)
    return Taken(Choice(at, 0, option, on(day), units), units)


def test_lots_go_in_the_order_of_days_each_after_those_before_it() -> None:
    deals = [deal_of("op-ae", authorization=NVEU, quantity=16) for _ in range(2)]
    late, early = taken(deals, 0, "2026-12-10", 16), taken(deals, 1, "2026-12-05", 16)
    found = rehearsal().of(deals, [late, early])
    assert [one for one, _ in found.went] == [early]
    assert found.refused == (late,)  # 400,000 TPP in 90 days are 25 units
    told: list[tuple[int, int]] = []
    alone = rehearsal().of(deals, [late], lambda *of: told.append(of))
    assert (alone.refused, told) == ((), [(1, 1)])
    (_, decision), *_ = alone.went
    assert (decision.outcome, decision.authorization) == ("permitted", NVEU)


def test_of_one_day_what_makes_room_goes_first() -> None:
    over = deal_of("cloud-br", quantity=16, authorization=UVEU)
    home = deal_of("cloud", destination="US", quantity=18)
    deals = [over, home]
    lots = [taken(deals, 0, "2026-08-03", 16), taken(deals, 1, "2026-08-03", 18)]
    found = rehearsal().of(deals, lots)
    assert [one.choice.deal for one, _ in found.went] == [1, 0]
    assert rehearsal().of(deals, lots[:1]).refused == (lots[0],)


def test_a_lot_uses_up_the_licence_line_that_it_names() -> None:
    deals = [deal_of("buyer", authorization=LICENCE, quantity=8)]
    lots = [taken(deals, 0, f"2026-07-0{n}", 8, "D1/1") for n in (1, 2)]
    assert rehearsal().of(deals, lots).refused == (lots[1],)
    other = [lots[0], taken(deals, 0, "2026-07-02", 8, "D2/1")]
    assert rehearsal().of(deals, other).refused == ()


def test_why_a_deal_does_not_go_by_itself_is_what_the_decision_says() -> None:
    deal, day = deal_of("lost"), on("2026-07-01")
    said = decide(deal.request(day), world().law, world(), "on-the-books")
    assert rehearsal().why(deal, day) == said.reasons
    later = rehearsal().why(deal_of("buyer", device="late"), on("2026-09-01"))
    assert ["is not classified on 2026-09-01" in one for one in later] == [True]
