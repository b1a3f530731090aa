"""Random lives of a ledger on each engine, held to a book that is kept by definition.

`make test` runs the same lives every time; `make soak` runs others for as long as it is told, and a
failure prints what to write into a test to have it again.
"""

from collections.abc import Iterator
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
from tests.machines.machine import NOON, LedgerMachine
from tests.soaking import seeds, soaking

REAL_TIME = ["_pytest", "xdist", "execnet", "hypothesis", "psycopg", "tests.soaking"]
"""Who must see time pass."""

ALWAYS_ALIKE: Final = settings(
    derandomize=True,
    max_examples=14,
    stateful_step_count=25,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],  # a life takes seconds: to shrink one would take an hour
)
AT_RANDOM: Final = settings(
    ALWAYS_ALIKE, derandomize=False, database=None, max_examples=10, stateful_step_count=50
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
def test_a_ledger_is_what_its_book_says(engine: str) -> None:
    with freeze_time(NOON, ignore=REAL_TIME) as clock:
        assert isinstance(clock, FrozenDateTimeFactory)
        machine = type(f"On_{engine}", (LedgerMachine,), {"engine": engine, "clock": clock})
        if not soaking():
            run_state_machine_as_test(machine, settings=ALWAYS_ALIKE)
        for number in seeds() if soaking() else ():
            run_state_machine_as_test(seed(number)(machine), settings=AT_RANDOM)
