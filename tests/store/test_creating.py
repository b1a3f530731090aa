"""Creating a ledger where another process creates the same one: one makes it, both can use it."""

import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.store.ledgers import CREATED, verified

ROOT: Final = Path(__file__).parents[2]
AT_ONCE: Final = 3


@pytest.fixture(params=["no file", "an empty file", "a database"])
def nowhere(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where no ledger is yet."""
    if request.param == "a database":
        url: str = request.getfixturevalue("empty_server_url")
        return url
    if request.param == "an empty file":
        (tmp_path / "new.db").touch()
    return f"sqlite:///{tmp_path}/new.db"


def test_processes_that_create_the_same_ledger_at_once_all_find_it_made(nowhere: str) -> None:
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "ledger.cli", "init", "--ledger", nowhere],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(AT_ONCE)
    ]
    ended = [(*process.communicate(), process.returncode) for process in started]
    assert [(err, status) for _, err, status in ended] == [("", 0)] * AT_ONCE
    said = sorted(out.split()[0] for out, _, _ in ended)
    assert said == ["created", *["is"] * (AT_ONCE - 1)], "one creates it, the others find it"
    assert verified(nowhere).entries == CREATED + 1, "and a signing key"
