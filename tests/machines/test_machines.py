"""Random lives of a ledger on each engine, held to a book that is kept by definition.

`make test` runs the same lives every time; `make soak` runs others for as long as it is told, and a
failure prints what to write into a test to have it again.
"""

from collections.abc import Iterator
from contextlib import closing
from functools import cache
from typing import Final

import pytest
from freezegun import freeze_time
from freezegun.api import FrozenDateTimeFactory
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from ledger.core import memory
from ledger.core.law.pack import read
from ledger.store import ledger as ledgers
from ledger.store import projector
from tests.core.builders import exported, reversed_
from tests.machines import stored
from tests.machines.book import Book
from tests.machines.machine import LIVES, NOON, LedgerMachine
from tests.soaking import seeds, soaking
from tests.store.ledgers import in_memory, put_into

REAL_TIME = ["_pytest", "xdist", "execnet", "hypothesis", "psycopg", "tests.soaking"]
"""Who must see time pass."""

ALWAYS_ALIKE: Final = settings(
    derandomize=True,
    max_examples=4,
    stateful_step_count=10,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],  # a life takes seconds: to shrink one would take an hour
)
AT_RANDOM: Final = settings(
    ALWAYS_ALIKE, derandomize=False, database=None, max_examples=2, stateful_step_count=30
)


@pytest.fixture(scope="module", autouse=True)
def _packs_are_read_once() -> Iterator[None]:
    """The same text gives the same pack: hundreds of lives need not parse it again."""
    with pytest.MonkeyPatch.context() as patch:
        once = cache(read)
        for module in (ledgers, projector, memory):
            patch.setattr(module, "read", once)
        yield


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
@pytest.mark.parametrize("focus", LIVES)
def test_a_ledger_is_what_its_book_says(focus: str, engine: str) -> None:
    live(focus, engine, ALWAYS_ALIKE)


@pytest.mark.skipif(not soaking(), reason="make soak runs it, for as long as it is told")
@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_a_ledger_is_what_its_book_says_whatever_happens(engine: str) -> None:
    for number in seeds():
        live(list(LIVES)[number % len(LIVES)], engine, AT_RANDOM, number)


def live(focus: str, engine: str, how: settings, number: int | None = None) -> None:
    """Lives of one focus on one engine; `number` begins other ones."""
    with freeze_time(NOON, ignore=REAL_TIME) as clock:
        assert isinstance(clock, FrozenDateTimeFactory)
        about = {"focus": LIVES[focus], "engine": engine, "clock": clock}
        machine = type(f"Of_{focus}_on_{engine}", (LedgerMachine,), about)
        run_state_machine_as_test(
            machine if number is None else seed(number)(machine), settings=how
        )


def test_what_was_counted_stays_when_every_rating_is_taken_back() -> None:
    """A life that `make soak` found: the book had no rating left to count by."""
    with closing(in_memory()) as ledger:
        lots = (exported("e1", quantity=3), exported("e2", quantity=2, on="2027-12-31"))
        put_into(ledger, [*lots, reversed_("x", "device-h100-2020-01-01")])
        events = [entry.event for entry in ledger.entries()]
        with ledger.reading() as prefix:
            book = Book(events, ledger.law(prefix).catalogue)
            assert stored.drawn(prefix) == stored.drawn_by(book)
            assert {tpp for _, tpp in stored.drawn(prefix).values()} == {474960, 316640}
