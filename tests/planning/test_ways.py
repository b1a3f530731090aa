from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.core.deals import Deal
from ledger.core.effects import Effects
from ledger.core.errors import InvalidRequest
from ledger.planning.ways import Span, Ways
from tests.core.builders import on
from tests.core.selling import deal_of, world
from tests.planning.test_searching import deals


@settings(max_examples=30)
@given(some=st.lists(deals(), min_size=1, max_size=5))
def test_a_deal_has_the_options_that_it_has_when_it_is_asked_about_alone(some: list[Deal]) -> None:
    """On every day: where stretches begin may differ, and what is open does not."""
    prefix = world()
    ways = Ways(prefix, prefix.law, "on-the-books", some)
    for deal in some:
        found = ways.of(deal, deal.device)
        own = Effects(prefix, prefix.law, "on-the-books").options(deal)
        day = deal.earliest
        while day <= deal.latest:
            both = ([o for o in options if o.first_on <= day < o.until] for options in (found, own))
            here, there = ({one._replace(first_on=day, until=day) for one in some} for some in both)
            assert here == there
            day = date.fromordinal(day.toordinal() + 1)
        assert all(deal.earliest <= one.first_on < one.until for one in found)
        assert all(one.deal == deal.deal for one in found)


def test_the_law_prefers_an_authorization_before_its_name_does() -> None:
    prefix = world()
    deal = deal_of("op-ae")
    ways = Ways(prefix, prefix.law, "on-the-books", [deal])
    options = ways.of(deal, "h100")
    found = ways.open_on(options, on("2026-08-01"))
    rows = [row.id for row in prefix.law.of_day(on("2026-08-01")).candidates]
    places = [rows.index(one.authorization) for one in found]
    assert len(places) > 1
    assert places == sorted(places)
    assert ways.open_on(options, on("2030-01-01")) == []


def test_what_is_unknown_of_one_device_says_nothing_of_another() -> None:
    prefix = world()
    known, unknown = deal_of("buyer"), deal_of("buyer", deal="b", device="h900")
    ways = Ways(prefix, prefix.law, "on-the-books", [unknown, known])
    assert ways.of(known, "h100")
    for _ in range(2):
        with pytest.raises(InvalidRequest, match="h900"):
            ways.of(unknown, "h900")


def test_a_span_holds_every_window() -> None:
    windows = [("2026-03-01", "2026-04-01"), ("2026-01-05", "2026-01-06")]
    some = [deal_of("buyer", earliest=first, latest=last) for first, last in windows]
    assert Span.of(some) == Span(on("2026-01-05"), on("2026-04-01"))
