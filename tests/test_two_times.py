"""The same question at the same head gives the same bytes for ever."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from freezegun import freeze_time
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.core.errors import LedgerError
from ledger.core.law.pack import read
from ledger.service.recording import record
from ledger.store import ledger as ledgers
from ledger.store import projector
from ledger.store.ledger import Ledger
from tests.service.reads import Asked, reads
from tests.store.histories import History, Step, days, lot_fields, steps, steps_of
from tests.store.ledgers import MARK, fresh, opened
from tests.store.lists import keep

Transactions = list[list[Step]]

histories = st.lists(st.lists(steps, min_size=1, max_size=8), min_size=2, max_size=4)
questions = st.builds(
    lambda lots, day, events: Asked(tuple(lots), day, tuple(events)),
    st.lists(
        steps.map(lambda one: {**lot_fields(one), "on": one.day, "quantity": one.quantity}),
        min_size=1,
        max_size=2,
    ),
    days,
    st.lists(st.integers(0, 20).map("e{}".format), max_size=2),
)
FOCUS = (
    ("lot.reserved", "export from a reservation", "lot.released", "lot.extended"),
    ("record.reversed", "lot.exported", "lot.reserved", "attrition of a lot", "lot.relocated"),
    ("party.registered", "lot.exported", "lot.reserved", "device.classified"),
    ("authorization.granted", "authorization.amended", "authorization.ended", "lot.exported"),
    ("list.adopted", "party.cleared", "setting.changed", "party.registered"),
    ("pack.adopted", "lot.exported", "lot.reserved", "interpretation.adopted", "duty.done"),
)
"""Kinds that meet each other: what changes, and the answers that it must not reach."""

NOWS = ("2026-03-01 12:00:00", "2025-06-19 23:59:59", "2031-01-01 00:00:00")


@pytest.fixture(scope="module", autouse=True)
def _packs_are_read_once() -> Iterator[None]:
    """The same text gives the same pack: hundreds of answers need not parse it again."""
    with pytest.MonkeyPatch.context() as patch:
        once = cache(read)
        for module in (ledgers, projector):
            patch.setattr(module, "read", once)
        yield


def grow(ledger: Ledger, history: History, transaction: list[Step]) -> None:
    """Record random steps; those that are refused leave nothing."""
    with ledger.writing() as writer:
        for step in transaction:
            event = history.event(step)
            try:
                if record(writer, event, MARK).new:
                    history.events.append(event)
            except LedgerError:
                continue


def same_for_ever(transactions: Transactions, asked: Asked) -> None:
    """Ask at each head, go on recording, and ask again as of that head, at other times."""
    with TemporaryDirectory() as folder, freeze_time(NOWS[0]) as clock:
        url = fresh(Path(folder))
        history, answers = History(), {}
        with opened(url) as ledger:
            keep(ledger.connection)
            for transaction in transactions:
                grow(ledger, history, transaction)
                answers[ledger.head().size] = reads(url, asked)
        for size, then in answers.items():
            clock.move_to(NOWS[1 + size % 2])
            again = reads(url, asked, size)
            for name, answer in then.items():
                if size < max(answers) and "no event, decision or cap" in answer:
                    continue  # the refusal may add that the event came later
                assert again[name] == answer, name


@given(histories, questions)
@settings(max_examples=12)
def test_an_answer_at_a_size_is_the_same_whatever_comes_later(
    transactions: Transactions, asked: Asked
) -> None:
    same_for_ever(transactions, asked)


@pytest.mark.parametrize("kinds", FOCUS, ids=lambda kinds: kinds[0])
def test_an_answer_at_a_size_is_the_same_where_facts_change(kinds: tuple[str, ...]) -> None:
    narrow = st.lists(st.lists(steps_of(*kinds), min_size=2, max_size=10), min_size=2, max_size=3)
    settings(max_examples=6)(given(narrow, questions)(same_for_ever))()
