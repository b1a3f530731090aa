"""Totals at the head, positions as of any size, and plain lists must give the same answers."""

from collections.abc import Iterable, Iterator
from contextlib import closing
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.core import memory, movements
from ledger.core.errors import LedgerError
from ledger.core.events import AnyEvent
from ledger.core.law.pack import read
from ledger.core.lots import Request
from ledger.core.memory import MemoryPrefix
from ledger.core.positions import Shape
from ledger.service.recording import record
from ledger.store import ledger as ledgers
from ledger.store import projector
from ledger.store.ledger import Ledger
from ledger.store.verification import verify
from ledger.store.writer import Writer
from tests.core.builders import adopted, exported, house, party, request
from tests.store.answers import decision, draws, facts
from tests.store.histories import History, Step, requests, steps, steps_of
from tests.store.ledgers import MARK, in_memory, put_into
from tests.store.lists import keep, matched
from tests.store.servers import on_a_server

Transactions = list[list[Step]]

histories = st.lists(st.lists(steps, min_size=1, max_size=8), min_size=1, max_size=4)
FOCUS = (
    ("party.registered", "lot.exported"),
    ("device.classified", "lot.exported", "stock.declared"),
    (
        "lot.relocated",
        "device.classified",
        "lot.exported",
        "attrition of a lot",
        "lot.attrited",
        "record.reversed",
    ),
    ("record.reversed", "lot.reserved", "export from a reservation", "lot.released"),
    ("lot.reserved", "lot.released", "reinstatement", "record.reversed", "lot.extended"),
    ("lot of a bundle", "lot.released", "reinstatement", "export from a reservation"),
    ("attrition of a lot", "lot.exported", "lot.relocated", "lot.attrited", "record.reversed"),
    ("authorization.granted", "authorization.amended", "lot.exported", "record.reversed"),
    ("pack.adopted", "lot.exported", "lot.reserved", "record.reversed"),
    ("list.adopted", "party.cleared", "setting.changed", "party.registered", "record.reversed"),
)
"""Kinds that meet each other: what changes, and the lots that it changes the answer for."""

questions = st.lists(requests, min_size=1, max_size=3)


@pytest.fixture(scope="module", autouse=True)
def _packs_are_read_once() -> Iterator[None]:
    """The same text gives the same pack: hundreds of histories need not parse it again."""
    with pytest.MonkeyPatch.context() as patch:
        once = cache(read)
        for module in (ledgers, projector, memory, movements):
            patch.setattr(module, "read", once)
        yield


@cache
def _template() -> MemoryPrefix:
    with closing(in_memory()) as ledger:
        return MemoryPrefix(ledger.entries())


def remembered() -> MemoryPrefix:
    """The plain lists of a fresh test ledger; its law is read once."""
    lists = MemoryPrefix(matcher=matched)
    lists.events, lists._law = list(_template().events), _template().law
    return lists


def grown(ledger: Ledger, transactions: Transactions) -> Iterator[MemoryPrefix]:
    """Record random steps; after each that is accepted, the plain lists that hold it too."""
    lists, history = remembered(), History()
    keep(ledger.connection)
    for transaction in transactions:
        with ledger.writing() as writer:
            for step in transaction:
                event = history.event(step)
                if recorded(writer, event):
                    lists.append(event)
                    history.events.append(event)
                    yield lists


def recorded(writer: Writer, event: AnyEvent) -> bool:
    """Whether an event was appended; one that is refused leaves the head where it was."""
    before = writer.prefix.head
    try:
        new = record(writer, event, MARK).new
    except LedgerError:
        new = False
    assert writer.prefix.head.size == before.size + new
    assert new or writer.prefix.head == before
    return new


def declared(ledger: Ledger) -> list[Shape]:
    rows = ledger.connection.execute("SELECT shape FROM rollup_shape")
    return [tuple(row[0].split(",")) for row in rows]


def held(lists: MemoryPrefix, ids: Iterable[str]) -> list[str]:
    """The reservations that still hold something."""
    placed = ((one, lists.reservation(one)) for one in ids)
    return sorted(one for one, found in placed if found is not None and found.open_units > 0)


def same_at_the_head(transactions: Transactions, asked: list[Request]) -> None:
    with closing(in_memory()) as ledger:
        the_same(ledger, transactions, asked)


def the_same(ledger: Ledger, transactions: Transactions, asked: list[Request]) -> None:
    *_, lists = [remembered(), *grown(ledger, transactions)]
    shapes = declared(ledger)
    with ledger.reading() as prefix:
        ids = [event.id for event in lists.events]
        assert facts(prefix, ids) == facts(lists, ids)
        assert sorted(prefix.open_reservations()) == held(lists, ids)
        assert draws(prefix, shapes) == draws(lists, shapes)
        law = ledger.law(prefix)
        for request in asked:
            assert decision(prefix, law, request) == decision(lists, lists.law, request)
    verify(ledger)


@given(histories, questions)
def test_the_head_answers_as_the_plain_lists_do(
    transactions: Transactions, asked: list[Request]
) -> None:
    same_at_the_head(transactions, asked)


@given(histories, questions)
@settings(max_examples=12)
def test_the_head_answers_as_the_plain_lists_do_on_a_server(
    transactions: Transactions, asked: list[Request]
) -> None:
    with on_a_server() as ledger:
        the_same(ledger, transactions, asked)


@pytest.mark.parametrize("kinds", FOCUS, ids=lambda kinds: kinds[0])
def test_the_head_answers_as_the_plain_lists_do_where_facts_change(kinds: tuple[str, ...]) -> None:
    narrow = st.lists(st.lists(steps_of(*kinds), min_size=2, max_size=12), min_size=1, max_size=2)
    settings(max_examples=40)(given(narrow, questions)(same_at_the_head))()


@given(histories, requests)
@settings(max_examples=30)
def test_every_earlier_size_answers_as_the_ledger_did_then(
    transactions: Transactions, request: Request
) -> None:
    with closing(in_memory()) as ledger:
        the_same_as_then(ledger, transactions, request)


@given(histories, requests)
@settings(max_examples=6)
def test_every_earlier_size_answers_as_the_ledger_did_then_on_a_server(
    transactions: Transactions, request: Request
) -> None:
    with on_a_server() as ledger:
        the_same_as_then(ledger, transactions, request)


def the_same_as_then(ledger: Ledger, transactions: Transactions, request: Request) -> None:
    then = []
    for lists in grown(ledger, transactions):
        ids = [event.id for event in lists.events]
        shapes = declared(ledger)
        said = facts(lists, ids), draws(lists, shapes), held(lists, ids)
        then.append((ids, shapes, said, decision(lists, lists.law, request)))
    for ids, shapes, said, decided in then:
        prefix = ledger.prefix_at(len(ids))
        assert (facts(prefix, ids), draws(prefix, shapes)) == said[:2]
        assert sorted(prefix.open_reservations()) == said[2]
        assert decision(prefix, ledger.law(prefix), request) == decided


def test_a_parent_far_above_that_changes_in_a_month_splits_it() -> None:
    """The month is not read as one sum, although no party below the holder changed in it."""
    events: list[AnyEvent] = [
        party("q", ultimate_parent="t"),
        party("t"),
        party("p", ultimate_parent="q"),
        party("t", on="2025-06-15", ultimate_parent="unknown"),
        party("q", on="2025-09-01"),
        exported("e", on="2025-06-20", ultimate_consignee="p", quantity=1600),
    ]
    asked = request(on="2025-09-20", ultimate_consignee="p", quantity=200)
    with closing(in_memory()) as ledger:
        put_into(ledger, events)
        with ledger.reading() as prefix:
            law = ledger.law(prefix)
            at_the_head = decision(prefix, law, asked)
            assert at_the_head == decision(ledger.prefix_at(prefix.head.size), law, asked)
    assert isinstance(at_the_head, dict)
    assert at_the_head["outcome"] == "license-required"


def test_a_month_that_a_later_version_begins_in_is_read_day_by_day() -> None:
    """A period, then 90 rolling days: what went on December 20 still counts on March 15."""
    rows = 'per = ["destination"]\nbasis = "exported"\n'
    early = 'until = 2026-03-15\nwindow = { kind = "period", first_on = 2025-01-01 }\n'
    late = 'from = 2026-03-15\nwindow = { kind = "rolling", days = 90 }\n'
    pack = house(
        f"{rows}{early}allowance = [{{ tpp = 100000000 }}]\n",
        f"{rows}{late}allowance = [{{ tpp = 1000000 }}]\n",
    )
    changed = adopted(pack.text.replace("house/cap-2", "house/cap-1"), event_id="changed")
    with closing(in_memory()) as ledger:
        put_into(ledger, [changed, exported("e", quantity=60, on="2025-12-20")])
        with ledger.reading() as prefix:
            law, lists = ledger.law(prefix), MemoryPrefix(ledger.entries())
            for quantity, fits in ((3, True), (10, False)):
                asked = request(on="2026-03-10", quantity=quantity)
                found, expected = (decision(one, law, asked) for one in (prefix, lists))
                assert found == expected
                assert ("'outcome': 'permitted'" in str(found)) is fits
