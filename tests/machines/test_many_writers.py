"""The load of `make bench` in short, and that it finds what it looks for."""

import pytest

from benchmarks.many_writers import PROCESSES, ROOM_UNITS, checked, loaded, registered
from ledger.store.ledger import Ledger
from tests.core.builders import exported
from tests.machines.workers import Command, Outcome
from tests.store.fixtures import any_url
from tests.store.ledgers import SIZE, put

__all__ = ["any_url"]


def test_eight_processes_admit_what_fits_and_lose_nothing(any_url: str) -> None:
    found = loaded(registered(any_url), "this engine", operations=6)
    data = found.as_data()
    assert data["operations"] == PROCESSES * 6 == data["latency_ms"]["all"]["count"]
    assert {one.refused for one in found.outcomes} <= {"", "not permitted"}
    with_place = [one.seq for one in found.outcomes if one.acknowledged]
    assert len(set(with_place)) == len(with_place) > 0
    ledger = Ledger.open(any_url)
    assert ledger.head().size >= SIZE + len(with_place)
    ledger.close()


def test_a_load_that_lost_an_acknowledged_event_fails(any_url: str) -> None:
    registered(any_url)
    told = Outcome(Command("reserve", any_url), "never-there", SIZE + 1, new=True)
    with pytest.raises(AssertionError, match="never-there was acknowledged as entry"):
        checked(any_url, [told])


def test_a_load_that_passed_a_cap_fails(any_url: str) -> None:
    fields = {"ultimate_consignee": "parent-2", "device": "nvidia-h100-sxm"}
    put(registered(any_url), exported("e", quantity=ROOM_UNITS, **fields))
    checked(any_url, [])
    put(any_url, exported("f", quantity=1, **fields))
    with pytest.raises(AssertionError, match="the cap of parent-2 is passed"):
        checked(any_url, [])
