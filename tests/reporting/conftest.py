"""The ledger fixtures, and the example ledger with reports open on it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.reporting.running import Reporting
from tests.reporting.example import example, session
from tests.store.fixtures import clock, url

__all__ = ["clock", "url"]


@pytest.fixture(scope="session")
def example_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The example ledger of public shipments, made once; nobody may write to it."""
    return example(tmp_path_factory.mktemp("example"))


@pytest.fixture
def reports_on(example_url: str, tmp_path: Path) -> Iterator[Reporting]:
    """Reports on the example ledger, on the day of the example."""
    with session(example_url, tmp_path / "s.duckdb") as opened:
        yield opened
