"""Copies that were taken the wrong way: an earlier ledger, or damage that is told; nothing else."""

import random
import shutil
from pathlib import Path

import pytest

from ledger.cli.app import run
from ledger.core.errors import LedgerDamaged
from tests.crash.lives import WITHOUT_LISTS, history
from tests.crash.trials import State, seeds, state_of, verified_state
from tests.store.ledgers import fresh, opened, path_of, put_into

DAMAGED = 5


class Written:
    """A ledger that was written commit by commit, with both of its files after some of them."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder = folder
        url = fresh(folder)
        file = path_of(url)
        self.mains, self.logs = [file.read_bytes()], [b""]
        with opened(url) as ledger:
            self.page: int = ledger.connection.execute("PRAGMA page_size").fetchone()[0]
            # Small enough that pages move to the main file while the ledger is written.
            ledger.connection.execute("PRAGMA wal_autocheckpoint = 40")
            for event in history(seed, 40, WITHOUT_LISTS):
                put_into(ledger, [event])
                self.mains.append(file.read_bytes())
                self.logs.append(file.with_name(f"{file.name}-wal").read_bytes())
            self.whole = state_of(ledger)

    def copied(self, main: bytes, log: bytes | None = None) -> "State | str":
        """What a copy holds once it is verified, or the sentence that says that it is damaged."""
        folder = self.folder / "copy"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        file = folder / "ledger.db"
        file.write_bytes(main)
        if log is not None:
            file.with_name("ledger.db-wal").write_bytes(log)
        try:
            left = verified_state(f"sqlite:///{file}")
        except LedgerDamaged as damage:
            return damage.sentence
        self.is_earlier(left)
        return left

    def is_earlier(self, left: State) -> None:
        """A ledger that was the whole one at an earlier commit."""
        assert left.heads == self.whole.heads[: len(left.heads)]
        assert left.events == self.whole.events[: left.size]


@pytest.fixture
def folder_of_writing(folder: Path) -> Path:
    made = folder / "written"
    made.mkdir()
    return made


def test_a_copy_without_its_log_is_an_earlier_ledger(folder_of_writing: Path) -> None:
    made = Written(folder_of_writing, 1)
    for main in dict.fromkeys(made.mains):
        assert isinstance(made.copied(main), State)


def test_a_copy_with_an_older_or_a_later_log_is_earlier_or_damaged(folder_of_writing: Path) -> None:
    for seed in seeds(1):
        chance = random.Random(seed)  # noqa: S311 -- no secret
        made = Written(folder_of_writing, seed)
        for _ in range(12):
            made.copied(chance.choice(made.mains), chance.choice(made.logs))
        shutil.rmtree(folder_of_writing)
        folder_of_writing.mkdir()


def test_a_copy_of_pages_from_different_moments_is_earlier_or_damaged(
    folder_of_writing: Path,
) -> None:
    for seed in seeds(1):
        chance = random.Random(seed)  # noqa: S311 -- no secret
        made = Written(folder_of_writing, seed)
        found = [made.copied(_mixed(made, chance), _some_log(made, chance)) for _ in range(16)]
        assert any(isinstance(one, str) for one in found)
        shutil.rmtree(folder_of_writing)
        folder_of_writing.mkdir()


def _mixed(made: Written, chance: random.Random) -> bytes:
    """A file copied while it was written: each page range as it was at another moment."""
    places = sorted(chance.sample(range(len(made.mains)), 3))
    size = len(made.mains[places[-1]]) // made.page
    cuts = sorted(chance.sample(range(size + 1), 2))
    mixed = bytearray()
    for place, (start, end) in zip(
        places, zip([0, *cuts], [*cuts, size], strict=True), strict=True
    ):
        part = made.mains[place][start * made.page : end * made.page]
        mixed += part.ljust((end - start) * made.page, b"\0")
    return bytes(mixed)


def _some_log(made: Written, chance: random.Random) -> bytes | None:
    return chance.choice([None, chance.choice(made.logs)])


def test_a_copy_cut_off_or_with_holes_is_damaged_and_says_so_in_one_line(
    folder_of_writing: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for seed in seeds(1):
        chance = random.Random(seed)  # noqa: S311 -- no secret
        made = Written(folder_of_writing, seed)
        main = checkpointed(made)
        pages = len(main) // made.page
        for page in chance.sample(range(1, pages), 6):
            cut = main[: page * made.page + chance.choice([0, 512])]
            assert isinstance(made.copied(cut), str)
            assert verifying(made, capsys) == DAMAGED
        for page in chance.sample(range(pages), 12):
            hole = bytearray(main)
            hole[page * made.page : (page + 1) * made.page] = bytes(made.page)
            assert isinstance(made.copied(bytes(hole)), str), page
            assert verifying(made, capsys) == DAMAGED
        shutil.rmtree(folder_of_writing)
        folder_of_writing.mkdir()


def checkpointed(made: Written) -> bytes:
    """The main file alone, with all that was ever written."""
    folder = made.folder / "copy"
    made.copied(made.mains[-1], made.logs[-1])
    return (folder / "ledger.db").read_bytes()


def verifying(made: Written, capsys: pytest.CaptureFixture[str]) -> int:
    """The command on the same copy: one sentence, no traceback."""
    capsys.readouterr()
    status = run(["verify", "--ledger", f"sqlite:///{made.folder}/copy/ledger.db"])
    said = capsys.readouterr()
    assert said.out == ""
    assert "Traceback" not in said.err
    assert said.err.strip()
    return status


@pytest.mark.parametrize("command", ["check", "headroom", "explain ledger", "rules", "duties"])
def test_every_read_of_a_damaged_copy_ends_in_a_sentence(
    command: str, folder_of_writing: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = Written(folder_of_writing, 1)
    main, chance = checkpointed(made), random.Random(1)  # noqa: S311 -- no secret
    lot = "--device h100 --destination BR --ultimate-consignee buyer --exporter seller --quantity 1"
    flags = lot.split() if command == "check" else []
    for page in chance.sample(range(1, len(main) // made.page), 10):
        hole = bytearray(main)
        hole[page * made.page : (page + 1) * made.page] = bytes(made.page)
        path = folder_of_writing / "hole.db"
        path.write_bytes(hole)
        status = run([*command.split(), *flags, "--ledger", f"sqlite:///{path}"])
        said = capsys.readouterr()
        assert status in {0, 1, DAMAGED}, said.err  # what it asks for may lie on other pages
        assert bool(said.err.strip()) == (status == DAMAGED)
