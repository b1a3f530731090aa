from ledger.core.deals import Deal
from ledger.planning.choices import Choice, Stake, Taken
from ledger.planning.limits import Key, Load
from tests.core.builders import LICENCE, LPP, LPP_YEAR, NVEU, TABLE, UVEU, on
from tests.core.selling import deal_of
from tests.planning.test_grid import market_of

DAY = on("2026-09-01")
UNIT = 158_320


def loads(*deals: Deal, under: str, units: int = 2) -> dict[Key, Load]:
    """What two units of the first deal do to each account."""
    known = market_of(*deals)
    at, option = next(
        (at, one)
        for at, (deal, one) in enumerate(known.options)
        if deal == 0 and one.authorization == under and one.first_on <= DAY < one.until
    )
    taken = Taken(Choice(0, at, option, DAY, units), units)
    return {known.accounts[a].key: own[0] for a, own in known.loads([taken]).items()}


def test_a_lot_draws_on_the_accounts_of_other_authorizations_and_is_not_limited_by_them() -> None:
    found = loads(deal_of("op-ae"), under=LPP)
    assert found[TABLE, ("op-ae", "AE")] == Load(DAY, 2 * UNIT, limits=False)
    assert found[LPP_YEAR, ("op-ae",)] == Load(DAY, 2 * UNIT, limits=True)


def test_only_caps_that_limit_some_deal_have_an_account() -> None:
    keys = {one.key for one in market_of(deal_of("op-ae", authorization=LPP)).accounts}
    assert (TABLE, ("op-ae", "AE")) not in keys
    assert not {cap for cap, _ in keys if cap == "house/cap-5"}  # of each lot by itself


def test_what_a_family_has_elsewhere_stands_in_the_whole_of_each_destination() -> None:
    home, over = deal_of("cloud", destination="US"), deal_of("cloud-br", authorization=UVEU)
    country = "us-ear/uveu/country"
    under = next(one.authorization for _, one in market_of(home).options)
    found = loads(home, over, under=under)
    assert found[country, ("cloud", "MY")] == Load(DAY, 0, 2 * UNIT, limits=False)
    own = loads(over, under=UVEU)
    assert own[country, ("cloud", "MY")] == Load(DAY, 2 * UNIT, 2 * UNIT, limits=True)


def test_a_licence_line_counts_units() -> None:
    found = loads(deal_of("buyer", authorization=LICENCE), under=LICENCE)
    line = next(one for (cap, _), one in found.items() if cap == "us-ear/license/line")
    assert line.part == 2


def test_a_stake_that_turns_turns_with_every_unit() -> None:
    stake = Stake(0, 5, 0, limits=True, turns=((DAY, 7),))
    assert stake.load(DAY, 3) == Load(DAY, 15, 0, limits=True, turns=((DAY, 21),))


def test_a_cap_of_each_lot_says_how_many_units_one_lot_may_have() -> None:
    known = market_of(deal_of("op-ae", quantity=40, authorization=NVEU))
    assert known.most(0, known.options[0][1], DAY) == 18
    assert known.whole(0, "h100") == 40
