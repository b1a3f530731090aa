"""What is supposed on a prefix must give what recording it gives."""

from collections.abc import Sequence
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.core.errors import LedgerError
from ledger.core.events import AnyEvent
from ledger.core.layered import Layered
from ledger.core.lots import Request
from ledger.core.memory import MemoryPrefix
from ledger.core.positions import BASIS, STANDARD_SHAPES, Query, Shape
from tests.core.builders import (
    exported,
    extended,
    house,
    ledger_of,
    on,
    party,
    people,
    reserved,
    reversed_,
)
from tests.store.answers import decision, draws, facts
from tests.store.histories import History, Step, requests, steps, steps_of
from tests.store.lists import matched

SHAPES: tuple[Shape, ...] = (*STANDARD_SHAPES, ("exporter", "end_user"), ("end_user",))
FOCUS = (
    ("party.registered", "lot.exported", "record.reversed"),
    ("device.classified", "lot.exported", "stock.declared", "record.reversed"),
    ("lot.reserved", "lot.released", "lot.extended", "reinstatement", "record.reversed"),
    ("attrition of a lot", "lot.exported", "lot.relocated", "lot.attrited", "record.reversed"),
    ("authorization.granted", "authorization.amended", "lot.exported", "record.reversed"),
    ("pack.adopted", "lot.exported", "lot.reserved", "usage.reported", "record.reversed"),
    ("list.adopted", "party.cleared", "setting.changed", "duty.done", "record.reversed"),
)
"""Kinds that meet each other across the head: what is recorded, and what is supposed of it."""


@cache
def _begun() -> MemoryPrefix:
    return ledger_of(*people("buyer", "group", "branch", "op-ae"))


def begun() -> MemoryPrefix:
    """A ledger of its own for each history; its law is read once."""
    first = _begun()
    lists = MemoryPrefix(matcher=matched)
    lists.events, lists._law = list(first.events), first.law
    return lists


def grown(recorded: Sequence[Step], supposed: Sequence[Step]) -> tuple[MemoryPrefix, Layered]:
    """A ledger that holds all steps, and one that holds some of them and supposes the rest."""
    whole, below, history = begun(), begun(), History()
    for step in recorded:
        event = history.event(step)
        if accepted(whole, event):
            below.append(event)
            history.events.append(event)
    above = Layered(below, below.law)
    for step in supposed:
        event = history.event(step)
        if accepted(whole, event):
            assert list(above.append(event).movements) == list(whole.caused_by(event.id))
            history.events.append(event)
        else:
            with pytest.raises(LedgerError):
                add(above, event)
    return whole, above


def add(ledger: MemoryPrefix | Layered, event: AnyEvent) -> None:
    """Append what has a new id: `record` of a ledger refuses any other, a prefix is not asked."""
    if ledger.find(event.id) is not None:
        raise LedgerError("known")
    ledger.append(event)


def accepted(ledger: MemoryPrefix, event: AnyEvent) -> bool:
    try:
        add(ledger, event)
    except LedgerError:
        return False
    return True


def the_same(recorded: list[Step], supposed: list[Step], asked: list[Request]) -> None:
    whole, above = grown(recorded, supposed)
    ids = [event.id for event in whole.events]
    found, expected = facts(above, ids), facts(whole, ids)
    assert found.pop("size") == len(whole.events) - len(above.events)
    del expected["size"]
    assert found == expected
    assert draws(above, SHAPES) == draws(whole, SHAPES)
    assert above.law.digests == whole.law.digests
    for request in asked:
        assert decision(above, above.law, request) == decision(whole, whole.law, request)


some = st.lists(steps, max_size=10)


@given(some, st.lists(steps, min_size=1, max_size=10), st.lists(requests, max_size=2))
@settings(deadline=None)
def test_supposing_gives_what_recording_gives(
    recorded: list[Step], supposed: list[Step], asked: list[Request]
) -> None:
    the_same(recorded, supposed, asked)


@pytest.mark.parametrize("kinds", FOCUS, ids=lambda kinds: kinds[0])
def test_supposing_gives_what_recording_gives_where_facts_meet(kinds: tuple[str, ...]) -> None:
    narrow = st.lists(steps_of(*kinds), min_size=2, max_size=9)

    @settings(deadline=None)
    @given(narrow, narrow, st.lists(requests, max_size=1))
    def holds(recorded: list[Step], supposed: list[Step], asked: list[Request]) -> None:
        the_same(recorded, supposed, asked)

    holds()


def test_the_prefix_below_learns_nothing_of_what_is_supposed() -> None:
    below = ledger_of(*people("buyer"), exported("e"))
    before = facts(below, ["e"]), draws(below, SHAPES)
    above = Layered(below, below.law)
    above.append(reversed_("r", "e"))
    above.append(exported("f"))
    assert (facts(below, ["e"]), draws(below, SHAPES)) == before
    assert above.head == below.head
    assert above.find("f") is not None
    assert below.find("f") is None


def test_what_is_refused_is_not_supposed() -> None:
    below = ledger_of(*people("buyer"), exported("e"))
    above = Layered(below, below.law)
    with pytest.raises(LedgerError):
        above.append(reversed_("r", "nothing"))
    assert above.events == []
    assert not above.is_reversed("nothing")


def test_a_pack_that_is_supposed_is_law_for_what_comes_after_it() -> None:
    below = ledger_of(*people("buyer"))
    above = Layered(below, below.law)
    own = house(
        'per = ["end_user"]\nbasis = "exported"\nwindow = { kind = "calendar-year" }\n'
        "allowance = [{ tpp = 1 }]\n"
    )
    assert not above.law.versions("house/cap-1")
    above.append(own)
    assert above.law.versions("house/cap-1")
    assert not below.law.versions("house/cap-1")
    assert [one.pack for one in above.packs()] == [*(one.pack for one in below.packs()), own.pack]


def test_a_question_for_every_key_finds_what_is_supposed() -> None:
    below = ledger_of(*people("buyer"))
    above = Layered(below, below.law)
    above.append(exported("e"))
    every = Query(("party", "destination"), (), BASIS["exported"], on("2020-01-01"))
    assert [row.party for row in above.draws(every)] == ["buyer"]
    assert [by for by, _ in above.listed(every)] == ["e"]
    above.expect([every])


def test_a_hold_that_is_extended_below_falls_back_once_that_is_taken_back() -> None:
    below = ledger_of(*people("buyer"), reserved("r"), extended("x", "2027-01-01", "r"))
    above = Layered(below, below.law)
    assert above.reservation("r") == below.reservation("r")
    assert above.reservation("nothing") is None
    above.append(reversed_("back", "x"))
    held = above.reservation("r")
    assert held is not None
    assert str(held.hold_until) != "2027-01-01"


def test_parties_that_are_taken_back_are_gone() -> None:
    child = party("child", ultimate_parent="buyer")
    below = ledger_of(*people("buyer"), child)
    above = Layered(below, below.law)
    assert list(above.below("buyer")) == ["child"]
    above.append(reversed_("back", child.id))
    assert list(above.below("buyer")) == []
    assert "child" not in above.parties()
