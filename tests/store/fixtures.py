"""Fixtures of every test that writes to a ledger; each conftest here takes them over."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from freezegun import freeze_time
from freezegun.api import FrozenDateTimeFactory

from tests.store.ledgers import fresh, head_of, verified
from tests.store.servers import drop, empty_database, fresh_on_server


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    """A ledger of its own for each test; it is verified from its first byte when the test ends."""
    yield from _in_a_file(tmp_path)


@pytest.fixture(params=["sqlite", "postgresql"])
def any_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A ledger of its own on each engine; verified from its first byte when the test ends."""
    yield from _on_a_server() if request.param == "postgresql" else _in_a_file(tmp_path)


@pytest.fixture
def server_url() -> Iterator[str]:
    """A ledger of its own on the PostgreSQL server, verified when the test ends."""
    yield from _on_a_server()


@pytest.fixture
def damaged_server_url() -> Iterator[str]:
    """A ledger on the server that the test damages on purpose: nobody verifies it afterwards."""
    made = fresh_on_server()
    yield made
    drop(made)


@pytest.fixture
def empty_server_url() -> Iterator[str]:
    """An empty database on the server."""
    made = empty_database()
    yield made
    drop(made)


def _in_a_file(folder: Path) -> Iterator[str]:
    made = fresh(folder)
    yield made
    assert verified(made).head == head_of(made)


def _on_a_server() -> Iterator[str]:
    made = fresh_on_server()
    yield made
    assert verified(made).head == head_of(made)
    drop(made)


@pytest.fixture
def damaged_url(tmp_path: Path) -> str:
    """A ledger that the test damages on purpose: nobody verifies it afterwards."""
    return fresh(tmp_path)


@pytest.fixture
def clock() -> Iterator[FrozenDateTimeFactory]:
    """A clock that stands at noon of 2026-03-01 UTC until the test moves it."""
    with freeze_time("2026-03-01 12:00:00", ignore=["_pytest", "xdist", "execnet"]) as frozen:
        assert isinstance(frozen, FrozenDateTimeFactory)
        yield frozen
