from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.core.deals import Deal
from ledger.core.decision import decide
from ledger.core.effects import Effect, Option
from ledger.core.headroom import Draw
from ledger.core.law.law import Law
from ledger.core.overlay import overlay
from ledger.core.prefix import Prefix
from ledger.planning.rooms import Rooms, draws_of
from ledger.planning.ways import Ways
from tests.core.builders import on
from tests.core.selling import BUYERS, deal_of
from tests.planning.worlds import reading, stored_world

SINCE = date(2026, 6, 20)
DAYS = 260

Bounds = set[tuple[str, tuple[str, ...], int | None, date, int | None]]

LOTS = st.builds(
    lambda buyer, device, day, quantity, place: deal_of(
        buyer,
        device=device,
        quantity=quantity,
        destination=place or BUYERS[buyer],
        earliest=SINCE + timedelta(days=day),
        latest=SINCE + timedelta(days=day),
    ),
    buyer=st.sampled_from(sorted(BUYERS)),
    device=st.sampled_from(["h100", "h200", "small"]),
    day=st.integers(0, DAYS),
    quantity=st.integers(1, 30),
    place=st.sampled_from(["", "", "", "", "BR", "DE", "MY", "CN", "AE", "US"]),
)


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Prefix, Law]]:
    with reading(stored_world(tmp_path_factory.mktemp("world"))) as found:
        yield found


def decided(deal: Deal, option: Option, prefix: Prefix, law: Law) -> Bounds:
    """What a decision on the whole deal says of the caps of an option."""
    request = deal.request(deal.earliest)
    decision = decide(request, law, prefix, line=option.line or None)
    (one,) = (c for c in decision.candidates if c.authorization == option.authorization)
    return {
        (f.cap, f.holder, f.headroom_tpp, f.binding_on, f.headroom_units)
        for f in one.findings
        if f.decides
    }


def found_by(rooms: Rooms, deal: Deal, option: Option) -> Bounds:
    bounds = rooms.bounds(deal, option, deal.earliest, deal.quantity)
    return {
        (one.cap, one.holder, one.level.headroom_tpp, one.level.on, one.units) for one in bounds
    }


@settings(max_examples=100)
@given(lots=st.lists(LOTS, min_size=2, max_size=8), data=st.data())
def test_every_cap_leaves_what_a_decision_says_after_other_lots_went(
    stored: tuple[Prefix, Law], lots: list[Deal], data: st.DataObject
) -> None:
    """Lots are added whether they fit or not; each is asked about before it is."""
    prefix, law = stored
    ways, rooms = Ways(prefix, law, "on-the-books", lots), Rooms(prefix, law, SINCE)
    for deal in lots:
        options = ways.of(deal, deal.device)
        above = overlay(prefix, rooms._added._movements)
        for option in options:
            assert found_by(rooms, deal, option) == decided(deal, option, above, law)
        if options:
            went = data.draw(st.sampled_from(options))
            rooms.add(deal, went, deal.earliest, deal.quantity)


def lot_on(day: str, buyer: str = "buyer", **changes: object) -> Deal:
    return deal_of(buyer, earliest=day, latest=day, **changes)


@pytest.mark.parametrize(
    ("first", "went", "then"),
    [
        pytest.param(
            lot_on("2026-10-13"),
            None,
            lot_on("2026-08-10"),
            id="a window that begins in the middle of an earlier month",
        ),
        pytest.param(
            lot_on("2026-11-22", device="h200"),
            lot_on("2026-10-28", device="h200", quantity=2),
            lot_on("2026-11-22", device="h200"),
            id="units of a licence line that were rated otherwise when they went",
        ),
        pytest.param(
            lot_on("2026-09-01", "shop-cn"),
            lot_on("2026-09-01", "shop-cn", quantity=3),
            lot_on("2026-09-01", "shop-cn", quantity=2),
            id="what a ratio sets aside for a licence line",
        ),
        pytest.param(
            lot_on("2026-09-01", "shop-cn", quantity=12),
            None,
            lot_on("2026-09-01", "shop-cn", quantity=2),
            id="what is set aside but for the lot itself",
        ),
    ],
)
def test_books_are_kept_and_tell_apart(
    stored: tuple[Prefix, Law], first: Deal, went: Deal | None, then: Deal
) -> None:
    prefix, law = stored
    some = [deal for deal in (first, went, then) if deal is not None]
    ways, rooms = Ways(prefix, law, "on-the-books", some), Rooms(prefix, law, SINCE)
    for deal in some:
        options = ways.of(deal, deal.device)
        assert options
        for option in options:
            above = overlay(prefix, rooms._added._movements)
            assert found_by(rooms, deal, option) == decided(deal, option, above, law)
        if deal is went:
            rooms.add(deal, options[-1], deal.earliest, deal.quantity)


def test_lots_draw_where_a_group_turns() -> None:
    turning = Effect("c", ("h",), part=True, whole=True, turns=((on("2027-01-01"), False),))
    assert list(draws_of(turning, on("2026-12-01"), 7)) == [
        Draw(on("2026-12-01"), 7, whole=7),
        Draw(on("2027-01-01"), -7),
    ]
    later = Effect("c", ("h",), part=False, turns=((on("2027-01-01"), True),))
    assert list(draws_of(later, on("2026-12-01"), 7)) == [Draw(on("2027-01-01"), 7)]
    assert list(draws_of(later, on("2027-01-01"), 7)) == []
