"""Fixtures of every test that writes to a ledger file; each conftest here takes them over."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.store.ledgers import fresh, head_of, verified


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    """A ledger of its own for each test; it is verified from its first byte when the test ends."""
    made = fresh(tmp_path)
    yield made
    assert verified(made).head == head_of(made)


@pytest.fixture
def damaged_url(tmp_path: Path) -> str:
    """A ledger that the test damages on purpose: nobody verifies it afterwards."""
    return fresh(tmp_path)
