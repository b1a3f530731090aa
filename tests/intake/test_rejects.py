import csv
import os
from pathlib import Path
from threading import Thread

import pytest

from ledger.core.errors import Conflict, InvalidInput
from ledger.intake.rejects import rejects_file
from ledger.intake.rows import Fault

FULL = Path("/dev/full")
FAULT = Fault("units", 'a "b", c', "no number", "wrong: units")


def test_each_fault_is_a_line(tmp_path: Path) -> None:
    with rejects_file(tmp_path / "r.csv") as rejects:
        rejects.add("a.csv", 2, [FAULT, FAULT])
        assert not (tmp_path / "r.csv").exists(), "it stands under its name once it is whole"
    with (tmp_path / "r.csv").open(encoding="utf-8", newline="") as file:
        assert list(csv.reader(file)) == [
            ["file", "row", "column", "value", "reason"],
            ["a.csv", "2", "units", 'a "b", c', "no number"],
            ["a.csv", "2", "units", 'a "b", c', "no number"],
        ]


def test_no_file_without_a_fault_and_an_older_one_stays(tmp_path: Path) -> None:
    (tmp_path / "old.csv").write_text("kept", encoding="utf-8")
    for name in ("new.csv", "old.csv"):
        with rejects_file(tmp_path / name):
            pass
    assert [path.name for path in tmp_path.iterdir()] == ["old.csv"]
    assert (tmp_path / "old.csv").read_text(encoding="utf-8") == "kept"


def test_after_an_error_no_half_file_is_left(tmp_path: Path) -> None:
    def fail() -> None:
        with rejects_file(tmp_path / "r.csv") as rejects:
            rejects.add("a.csv", 2, [FAULT])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert list(tmp_path.iterdir()) == []


def test_without_a_place_faults_are_only_counted() -> None:
    with rejects_file(None) as rejects:
        rejects.add("a.csv", 2, [FAULT])
        assert rejects.faults == 1


@pytest.mark.parametrize("place", [".", "none/r.csv"])
def test_a_place_that_can_not_be_written_is_refused_at_once(place: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="--rejects"), rejects_file(tmp_path / place):
        pytest.fail("the import must not begin")


def test_a_device_is_written_straight_away_and_stays_a_device(tmp_path: Path) -> None:
    device = tmp_path / "pipe"
    os.mkfifo(device)
    read: list[str] = []
    reader = Thread(target=lambda: read.append(device.read_text(encoding="utf-8")))
    reader.start()
    with rejects_file(device) as rejects:
        rejects.add("a.csv", 2, [FAULT])
    reader.join()
    assert read[0].splitlines()[1].startswith("a.csv,2,units,")
    assert device.is_fifo()
    assert [one.name for one in tmp_path.iterdir()] == ["pipe"]


@pytest.mark.skipif(not FULL.exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("faults", [1, 10_000])
def test_faults_that_find_no_room_are_a_conflict_that_names_the_file(faults: int) -> None:
    told = r"--rejects: the rejects file /dev/full can't be written \(No space left.*import again"
    with pytest.raises(Conflict, match=told), rejects_file(FULL) as rejects:
        rejects.add("a.csv", 2, [FAULT] * faults)
    assert FULL.is_char_device()
