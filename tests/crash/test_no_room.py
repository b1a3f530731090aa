"""No room on the disk: a conflict that says so, nothing half there; with room it goes on."""

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from ledger.core.errors import Conflict, LedgerDamaged
from ledger.service.creating import create
from ledger.store.rebuilding import rebuild
from tests.core.builders import exported
from tests.crash.lives import dump
from tests.crash.trials import ROOT, verified_state
from tests.crash.unprivileged import chipledger
from tests.store.ledgers import SIZE, opened, path_of, put, put_into, raw_of, stored, template

FULL = Path("/dev/full")
needs_full = pytest.mark.skipif(not FULL.exists(), reason="this system has no /dev/full")


@contextmanager
def full(raw: sqlite3.Connection) -> Iterator[None]:
    """No page more than the file has."""
    pages = raw.execute("PRAGMA page_count").fetchone()[0]
    raw.execute(f"PRAGMA max_page_count = {pages}")
    yield
    raw.execute("PRAGMA max_page_count = 4294967294")


def test_an_append_without_room_is_a_conflict_and_leaves_nothing(url: str) -> None:
    before = stored(url)
    events = [exported(f"e{number}") for number in range(200)]
    with opened(url) as ledger:
        with full(raw_of(ledger)), pytest.raises(Conflict, match="database or disk is full"):
            put_into(ledger, events)
        assert not ledger.connection.in_transaction
        assert stored(url) == before
        assert put_into(ledger, events).size == SIZE + 200


def test_a_rebuild_without_room_leaves_the_tables_as_they_were(url: str) -> None:
    put(url, *(exported(f"e{number}") for number in range(200)))
    with opened(url) as ledger:
        raw = raw_of(ledger)
        raw.execute("DELETE FROM position")
        raw.execute("VACUUM")
        with full(raw), pytest.raises(Conflict, match="full"):
            rebuild(ledger)
        with pytest.raises(LedgerDamaged, match="the derived table position lacks a row"):
            verified_state(url)
        assert rebuild(ledger).movements == 200


@pytest.fixture
def many(tmp_path: Path) -> Path:
    return dump([exported(f"e{number}") for number in range(3_000)], tmp_path / "lots.jsonl")


def test_an_import_into_a_file_that_may_not_grow_keeps_its_commits_and_goes_on(
    url: str, many: Path, tmp_path: Path
) -> None:
    tokens = ("import", str(many), "--ledger", url, "--commit-every=1000")
    room = path_of(url).stat().st_size + 700_000
    ran = chipledger(*tokens, cwd=tmp_path, longest_file=room)
    assert (ran.status, ran.out) == (4, "")
    assert ran.err.startswith("conflict the ledger can't be written now (")
    assert "See whether its disk is full" in ran.err
    left = verified_state(url).size
    assert left - SIZE in {0, 1_000, 2_000}
    assert chipledger(*tokens, cwd=tmp_path).status == 0
    assert verified_state(url).size == SIZE + 3_000


def test_a_ledger_that_finds_no_room_to_begin_is_begun_again(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/new.db"
    for room in (0, 4_096, 40_960, 163_840):
        ran = chipledger("init", "--ledger", url, cwd=tmp_path, longest_file=room)
        assert ran.status == 4, (room, ran)
        assert "can't be written now" in ran.err
    head, new = create(url)
    assert (new, verified_state(url).size) == (True, head.size)


@needs_full
def test_rejects_that_can_not_be_written_stop_the_import(
    url: str, many: Path, tmp_path: Path
) -> None:
    wrong = tmp_path / "wrong.jsonl"
    wrong.write_text('{"kind": "nothing"}\n' * 3_000, encoding="utf-8")
    tokens = ("import", str(many), str(wrong), "--ledger", url, "--commit-every=1000")
    ran = chipledger(*tokens, "--rejects", str(FULL), cwd=tmp_path)
    assert (ran.status, ran.out) == (4, "")
    assert "the rejects file /dev/full can't be written (No space left on device)" in ran.err
    assert "import again" in ran.err
    assert FULL.is_char_device()
    assert verified_state(url).size == SIZE + 3_000
    assert chipledger(*tokens, cwd=tmp_path).status == 1


@needs_full
def test_an_answer_that_can_not_be_written_is_no_success(url: str, tmp_path: Path) -> None:
    with FULL.open("w") as nowhere:
        for command in ("verify", "headroom", "rules"):
            ran = chipledger(
                command, "--json", "--ledger", url, cwd=tmp_path, stdout=nowhere.fileno()
            )
            assert ran.status == 4
            assert "standard output: the system does not let it be" in ran.err
            assert "No space left on device" in ran.err


# ---- a file system that is really full


def on_a_small_disk(script: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run Python where a folder `disk` is a file system of 2 MB; skips where none may be made."""
    mounted = 'mount -t tmpfs -o size=2m tmpfs "$1" && shift && exec "$@"'
    unshare = shutil.which("unshare")
    if unshare is None:
        pytest.skip("this system has no unshare")
    alone = [unshare, "--user", "--map-root-user", "--mount", "sh", "-c", mounted, "sh"]
    done = subprocess.run(
        [*alone, arguments[0], sys.executable, "-c", script, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if "Operation not permitted" in done.stderr or "permission denied" in done.stderr:
        pytest.skip("this system lets nobody mount a file system of his own")
    return done


SMALL_DISK = """
import sys
from pathlib import Path
from ledger.cli.app import run
from tests.crash.trials import verified_state
from tests.store.ledgers import SIZE
disk, template, lots = map(Path, sys.argv[1:])
url = f"sqlite:///{disk}/ledger.db"
(disk / "ledger.db").write_bytes(template.read_bytes())
(disk / "other").write_bytes(bytes(600_000))
assert run(["import", str(lots), "--ledger", url, "--commit-every", "1000"]) == 4
assert (verified_state(url).size - SIZE) % 1_000 == 0
assert run(["check", "--device", "h100", "--destination", "BR", "--quantity", "1",
            "--ultimate-consignee", "buyer", "--exporter", "seller", "--ledger", url]) in (0, 1)
(disk / "other").unlink()
(disk / "ledger.db-wal").exists()
"""


def test_a_full_file_system_is_a_conflict_and_the_ledger_can_still_be_read(
    many: Path, tmp_path: Path
) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    (tmp_path / "template.db").write_bytes(template())
    done = on_a_small_disk(SMALL_DISK, str(disk), str(tmp_path / "template.db"), str(many))
    assert done.returncode == 0, done.stderr
    assert "can't be written now (database or disk is full)" in " ".join(done.stderr.split())


def test_the_pages_of_a_file_are_counted_as_sqlite_does(url: str) -> None:
    with closing(sqlite3.connect(path_of(url))) as raw, full(raw):
        raw.execute("CREATE TEMP TABLE t (x)")
        with pytest.raises(sqlite3.OperationalError, match="full"):
            raw.execute("CREATE TABLE t2 AS SELECT zeroblob(1000000)")
