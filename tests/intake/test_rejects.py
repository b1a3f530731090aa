import csv
from pathlib import Path

import pytest

from ledger.core.errors import InvalidInput
from ledger.intake.rejects import rejects_file
from ledger.intake.rows import Fault

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
