"""A ledger that can't be written: it is read all the same, and a writer is told why not."""

import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from tempfile import mkdtemp

import pytest

from ledger.core.errors import Conflict
from ledger.store import sqlite
from ledger.store.ledger import Ledger
from tests.core.builders import exported
from tests.crash.unprivileged import Ran, chipledger
from tests.store.ledgers import SIZE, fresh, opened, path_of, put

LOT = "--device h100 --destination BR --quantity 1 --ultimate-consignee buyer --exporter seller"
READS = (f"check {LOT}", "headroom", "explain ledger", "rules", "duties", "verify")
WRITES = (f"reserve {LOT}", "rebuild", "reverse party-buyer-2020-01-01 --reason error")


@pytest.fixture
def shelf() -> Iterator[Path]:
    """A folder that anybody may go into: pytest's own are closed to others."""
    folder = Path(mkdtemp(prefix="chipledger-shelf-"))
    folder.chmod(0o755)
    yield folder
    folder.chmod(0o755)
    shutil.rmtree(folder)


def as_nobody(command: str, file: Path) -> Ran:
    tokens = (*command.split(), "--ledger", f"sqlite:///{file}")
    return chipledger(*tokens, cwd=file.parent, without_rights=True)


def in_log_mode(shelf: Path) -> Path:
    """A ledger as its last user left it: everything in the one file, which says WAL."""
    url = fresh(shelf)
    put(url, exported("e1"))
    assert [one.name for one in shelf.iterdir()] == ["ledger.db"]
    return path_of(url)


def left_by_a_crash(shelf: Path) -> Path:
    """A ledger whose last commits are in the log alone."""
    url = fresh(shelf)
    file, log = path_of(url), path_of(url).with_name("ledger.db-wal")
    with opened(url):
        put(url, exported("e1"))
        kept = file.read_bytes(), log.read_bytes()
    file.write_bytes(kept[0])
    log.write_bytes(kept[1])
    return file


def may_be_read(file: Path, command: str) -> None:
    ran = as_nobody(command, file)
    assert ran.status in {0, 1}, ran
    assert ran.err == ""
    if command == "verify":
        assert f"{SIZE + 1} entries" in ran.out


def may_not_be_written(file: Path, command: str) -> None:
    before = file.read_bytes()
    ran = as_nobody(command, file)
    assert (ran.status, ran.out) == (4, ""), ran
    assert "can't be written now (attempt to write a readonly database)" in ran.err
    assert "its file or folder read-only" in ran.err
    assert file.read_bytes() == before


def test_a_read_only_file_in_a_read_only_folder(shelf: Path) -> None:
    file = in_log_mode(shelf)
    file.chmod(0o444)
    shelf.chmod(0o555)
    for command in READS:
        may_be_read(file, command)
    for command in WRITES:
        may_not_be_written(file, command)
    assert [one.name for one in shelf.iterdir()] == ["ledger.db"]


def test_a_read_only_file_in_a_folder_that_may_be_written(shelf: Path) -> None:
    file = in_log_mode(shelf)
    file.chmod(0o444)
    shelf.chmod(0o777)
    may_be_read(file, "verify")
    may_not_be_written(file, WRITES[0])


def test_a_read_only_file_that_keeps_no_log(shelf: Path) -> None:
    file = in_log_mode(shelf)
    with closing(sqlite3.connect(file)) as raw:
        raw.execute("PRAGMA journal_mode = DELETE")
    file.chmod(0o444)
    may_be_read(file, "verify")
    may_not_be_written(file, WRITES[0])


def test_a_log_that_is_left_in_a_read_only_folder_is_never_passed_over(shelf: Path) -> None:
    file = left_by_a_crash(shelf)
    shelf.chmod(0o555)
    ran = as_nobody("verify", file)
    assert (ran.status, ran.out) == (4, "")
    assert "can't be opened" in ran.err
    assert "if there is a file ledger.db-wal, write its folder" in ran.err
    shelf.chmod(0o777)
    for one in shelf.iterdir():
        one.chmod(0o666)
    may_be_read(file, "verify")


def test_a_file_that_may_not_be_read_is_no_damage(shelf: Path) -> None:
    file = in_log_mode(shelf)
    file.chmod(0o000)
    ran = as_nobody("verify", file)
    assert (ran.status, ran.out) == (4, "")
    assert "can't be opened (unable to open database file)" in ran.err


def test_what_is_written_while_it_is_read_without_a_lock_is_no_answer(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(sqlite3.connect(path_of(url))) as raw:
        raw.execute("PRAGMA journal_mode = WAL")
    monkeypatch.setattr(sqlite, "_is_frozen", lambda _: True)
    with closing(Ledger.open(url)) as frozen:
        with frozen.reading() as prefix:
            assert prefix.head.size == SIZE
        time.sleep(0.02)  # more than a tick of the file system's clock
        monkeypatch.undo()
        with (
            pytest.raises(Conflict, match="was written while it was read"),
            frozen.reading(),
        ):
            put(url, exported("e1"))
