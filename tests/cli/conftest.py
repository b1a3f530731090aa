"""The ledger fixtures, and the command line on such a ledger."""

import pytest

from tests.cli.running import Cli, runner
from tests.store.fixtures import clock, damaged_url, url

__all__ = ["clock", "damaged_url", "url"]


@pytest.fixture
def cli(url: str, capsys: pytest.CaptureFixture[str]) -> Cli:
    """The command line on the test's own ledger."""
    return runner(capsys, "--ledger", url)
