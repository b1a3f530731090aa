"""Creating a ledger where another process creates the same one: one makes it, both can use it."""

import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest

from ledger.core.errors import Conflict
from ledger.store import connection
from ledger.store.connection import open_url
from tests.store.ledgers import CREATED, path_of, verified

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


@pytest.fixture
def held(file_url: str) -> Iterator[sqlite3.Connection]:
    """A ledger's file without its write-ahead log, in which another has begun to write."""
    other = sqlite3.connect(path_of(file_url), isolation_level=None, check_same_thread=False)
    with closing(other):
        other.execute("PRAGMA journal_mode = DELETE")
        other.execute("BEGIN IMMEDIATE")
        yield other


def test_the_switch_to_the_log_waits_for_another_writer(
    held: sqlite3.Connection, file_url: str
) -> None:
    soon = threading.Timer(0.3, held.execute, ["COMMIT"])
    soon.start()
    with closing(open_url(file_url)) as opened:
        assert opened.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    soon.join()


@pytest.mark.usefixtures("held")
def test_the_switch_to_the_log_does_not_wait_for_ever(
    file_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "BUSY_SECONDS", 1)
    with pytest.raises(Conflict, match="finish within 1 seconds"):
        open_url(file_url)
