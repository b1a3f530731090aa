"""A power cut, as a file has it: what was written after the last sync may be there in any part.

Every acknowledged commit was synced, so that it survives whatever becomes of the bytes behind it.
Bytes lost *before* that are a disk that lied: the ledger is then an earlier one, never a mixed one.
"""

import random
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.core.builders import exported
from tests.crash.lives import WITHOUT_LISTS, history
from tests.crash.trials import State, seeds, verified_state
from tests.store.ledgers import SIZE, fresh, opened, path_of, put, put_into

WAL_HEADER, FRAME_HEADER, SECTOR = 32, 24, 512


def beside(file: Path, ending: str) -> Path:
    return file.with_name(f"{file.name}-{ending}")


@dataclass
class Recording:
    """A ledger's two files as they were on the disk when each commit was acknowledged."""

    main: bytes
    log: bytes
    acknowledged: list[tuple[int, int]]
    """Bytes of the log, and entries, at each commit."""
    page: int

    def size_at(self, kept: int) -> int:
        """The entries of the last commit that lies whole in the first bytes of the log."""
        return max((size for length, size in self.acknowledged if length <= kept), default=SIZE)


def recorded(folder: Path, seed: int, commits: int) -> Recording:
    """Commits one after the other, copied while the writer has the file open."""
    url = fresh(folder)
    file = path_of(url)
    acknowledged = []
    with opened(url) as ledger:
        page = ledger.connection.execute("PRAGMA page_size").fetchone()[0]
        for event in history(seed, 3 * commits, WITHOUT_LISTS)[:commits]:
            head = put_into(ledger, [event])
            acknowledged.append((beside(file, "wal").stat().st_size, head.size))
        return Recording(file.read_bytes(), beside(file, "wal").read_bytes(), acknowledged, page)


def after_the_cut(folder: Path, main: bytes, log: bytes) -> State:
    """What the next program finds: the files of the cut, without the memory that they shared."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    file = folder / "cut.db"
    file.write_bytes(main)
    beside(file, "wal").write_bytes(log)
    return verified_state(f"sqlite:///{file}")


def test_a_log_cut_anywhere_holds_every_commit_that_lies_whole_in_it(folder: Path) -> None:
    for seed in seeds(1):
        chance = random.Random(seed)  # noqa: S311 -- no secret
        made = recorded(folder, seed, 10)
        frame = FRAME_HEADER + made.page
        frames = range(WAL_HEADER, len(made.log) + 1, frame)
        ends = [length for length, _ in made.acknowledged]
        cuts = [0, 7, *chance.sample(frames, 12), *ends, *(end - 1 for end in ends)]
        cuts += [chance.randrange(len(made.log)) for _ in range(12)]
        for cut in cuts:
            left = after_the_cut(folder / "cut", made.main, made.log[:cut])
            assert left.size == made.size_at(cut), (seed, cut)


def test_sectors_of_an_unfinished_commit_may_be_there_in_any_part(folder: Path) -> None:
    for seed in seeds(1):
        chance = random.Random(seed)  # noqa: S311 -- no secret
        made = recorded(folder, seed, 8)
        synced, size = made.acknowledged[-2]
        for _ in range(12):
            tail = bytearray(made.log[synced:])
            for start in range(0, len(tail), SECTOR):
                if chance.random() < 0.3:
                    length = len(tail[start : start + SECTOR])
                    lost = chance.random() < 0.5
                    tail[start : start + SECTOR] = (
                        bytes(length) if lost else chance.randbytes(length)
                    )
            left = after_the_cut(folder / "cut", made.main, made.log[:synced] + bytes(tail))
            whole = bytes(tail) == made.log[synced:]
            assert left.size == (made.acknowledged[-1][1] if whole else size)


def test_a_byte_that_changes_inside_the_log_gives_an_earlier_ledger(folder: Path) -> None:
    for seed in seeds(1):
        chance = random.Random(seed)  # noqa: S311 -- no secret
        made = recorded(folder, seed, 8)
        for _ in range(12):
            place = chance.randrange(len(made.log))
            log = bytearray(made.log)
            log[place] ^= 1 << chance.randrange(8)
            left = after_the_cut(folder / "cut", made.main, bytes(log))
            assert left.size == made.size_at(place)


def test_a_checkpoint_may_be_cut_off_between_any_of_its_pages(folder: Path) -> None:
    for seed in seeds(1):
        chance = random.Random(seed)  # noqa: S311 -- no secret
        made = recorded(folder, seed, 8)
        done = checkpointed(folder / "done.db", made)
        for _ in range(12):
            mixed = bytearray(made.main.ljust(len(done), b"\0"))
            for start in range(0, len(done), SECTOR):
                if chance.random() < 0.5:
                    mixed[start : start + SECTOR] = done[start : start + SECTOR]
            left = after_the_cut(folder / "cut", bytes(mixed), made.log)
            assert left.size == made.acknowledged[-1][1]


def checkpointed(file: Path, made: Recording) -> bytes:
    """The main file once everything in the log has been carried over to it."""
    file.write_bytes(made.main)
    beside(file, "wal").write_bytes(made.log)
    with closing(sqlite3.connect(file)) as raw:
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return file.read_bytes()


def test_a_log_that_was_begun_again_does_not_bring_old_commits_back(folder: Path) -> None:
    url = fresh(folder)
    file = path_of(url)
    with opened(url) as ledger:
        ledger.connection.execute("PRAGMA wal_autocheckpoint = 8")
        for number in range(12):
            size = put_into(ledger, [exported(f"e{number}")]).size
            cut = folder / "cut.db"
            shutil.copy(file, cut)
            shutil.copy(beside(file, "wal"), beside(cut, "wal"))
            beside(cut, "shm").unlink(missing_ok=True)
            assert verified_state(f"sqlite:///{cut}").size == size


@pytest.mark.parametrize("journal", ["delete", "wal"])
def test_every_commit_is_synced_before_it_is_acknowledged(journal: str, folder: Path) -> None:
    url = fresh(folder)
    with closing(sqlite3.connect(path_of(url))) as raw:
        raw.execute(f"PRAGMA journal_mode = {journal}")
    put(url, exported("e1"))
    with opened(url) as ledger:
        assert ledger.connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert ledger.connection.execute("PRAGMA synchronous").fetchone() == (2,)
