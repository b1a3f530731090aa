from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.core.deals import Deal
from ledger.core.law.law import Law
from ledger.core.memory import MemoryPrefix
from ledger.planning.rooms import Rooms
from ledger.planning.searching import Part, Search
from ledger.planning.ways import Ways
from tests.core.selling import BUYERS, deal_of, world
from tests.planning.naive import Naive, told

FIRST = date(2026, 6, 20)
LATE = date(2026, 9, 20)
"""When the device that is classified late is known."""


@st.composite
def deals(draw: st.DrawFn) -> Deal:
    """Deals of a world in which every cap is near, in windows of a few weeks."""
    buyer = draw(st.sampled_from(sorted(BUYERS)))
    earliest = FIRST + timedelta(days=draw(st.integers(0, 230)))
    latest = earliest + timedelta(days=draw(st.integers(0, 25)))
    devices = ["h100", "h200", "small", *(["late"] if latest >= LATE else [])]
    return deal_of(
        buyer,
        earliest=earliest,
        latest=latest,
        quantity=draw(st.sampled_from([1, 2, 3, 5, 8, 13])),
        device=draw(st.sampled_from(devices)),
        destination=draw(st.sampled_from([BUYERS[buyer], BUYERS[buyer], "BR", "DE", "CN"])),
    )


def asked(some: list[Deal]) -> tuple[MemoryPrefix, Law, Ways, Rooms]:
    prefix = world()
    law = prefix.law
    since = min(deal.earliest for deal in some)
    return prefix, law, Ways(prefix, law, "on-the-books", some), Rooms(prefix, law, since)


def parts(*found: Part) -> list[tuple[str, int, date, str, str]]:
    return [(one.device, one.quantity, one.on, one.authorization, one.line) for one in found]


@settings(max_examples=40)
@given(some=st.lists(deals(), min_size=1, max_size=4))
def test_the_first_day_is_the_one_on_which_a_decision_permits_it_first(some: list[Deal]) -> None:
    """Each deal that goes is counted in for the next ones, here and in the naive list."""
    prefix, law, ways, rooms = asked(some)
    naive = Naive(prefix, law)
    for deal in some:
        options = ways.of(deal, deal.device)
        fit = Search(ways, rooms, deal).first(options, deal.quantity)
        goes = naive.first(deal, deal.device, deal.quantity)
        if fit is None or goes is None:
            assert fit is None
            assert goes is None
        else:
            assert parts(fit.part(fit.units)) == told([goes])
            rooms.add(deal, fit.option, fit.on, deal.quantity)
            naive.gone.append(goes)


@settings(max_examples=25)
@given(some=st.lists(deals(), min_size=2, max_size=3))
def test_the_most_that_goes_is_found_as_trying_every_quantity_on_every_day_finds_it(
    some: list[Deal],
) -> None:
    prefix, law, ways, rooms = asked(some)
    naive = Naive(prefix, law)
    for deal in some:
        most = Search(ways, rooms, deal).most(ways.of(deal, deal.device))
        goes = naive.most(deal)
        if most is None or goes is None:
            assert most is None
            assert goes is None
        else:
            assert (most.units, most.on) == (goes.units, goes.on)
            rooms.add(deal, most.option, most.on, most.units)
            part = most.part(most.units)
            naive.gone.append(goes._replace(authorization=part.authorization, line=part.line))
