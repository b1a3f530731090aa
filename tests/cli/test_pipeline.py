import json
from pathlib import Path

import fastexcel
import pytest

from tests.cli.running import Cli
from tests.planning.test_checking import csv, row
from tests.store.ledgers import LPP_UNITS


def test_deals_that_all_go_are_zero_and_others_one(cli: Cli, tmp_path: Path) -> None:
    file = csv(tmp_path, row("one", 900, "1"), row("two", LPP_UNITS - 900, "2"))
    assert cli("pipeline", "check", str(file)).status == 0
    file = csv(tmp_path, row("one", 900, "1"), row("two", LPP_UNITS, "2"))
    found = cli("pipeline", "check", str(file))
    assert found.status == 1
    said = " ".join(found.out.split())
    assert "2 deals of" in said
    assert "goes whole on its earliest day 2 1" in said
    assert "only a part of it goes 0 1" in said
    assert "us-ear/lpp/parent-year" in said
    assert "in order of priority, then earliest day, then id" in said
    assert "posture on-the-books" in said
    assert "as of head " in said


def test_the_answer_for_programs_is_the_same_bytes_for_the_same_head(
    cli: Cli, tmp_path: Path
) -> None:
    file = csv(tmp_path, row("one", 900), row("cn", 1, buyer="buyer,CN"))
    found = cli("pipeline", "check", str(file), "--json")
    assert found.status == 1
    assert found.out == cli("pipeline", "check", str(file), "--json").out
    assert found.data["in_order"]["whole"] == 1
    assert [one["row"] for one in found.data["deals"]] == [2, 3]
    assert found.data["deals"][1]["outcome"] == "license-required"
    assert {"as_of", "law", "posture", "digest", "file"} <= set(found.data)


def test_every_wrong_cell_is_shown_with_row_and_column(cli: Cli, tmp_path: Path) -> None:
    file = csv(tmp_path, row("one", 0), row("one", 1))
    found = cli("pipeline", "check", str(file))
    assert (found.status, found.out) == (2, "")
    said = " ".join(found.err.split())
    assert "invalid-input" in said
    assert "2 quantity 0 expected a whole quantity from 1" in said
    assert "3 deal one row 2 holds a deal of this id" in said
    assert "Correct the file: docs/pipeline.md describes every column." in said


@pytest.mark.parametrize("command", [("check",), ("simulate", "--seed", "1")])
def test_wrong_cells_are_data_for_programs(
    command: tuple[str, ...], cli: Cli, tmp_path: Path
) -> None:
    file = csv(tmp_path, row("one", 0))
    found = cli("pipeline", *command, str(file), "--json")
    assert (found.status, found.out) == (2, "")
    error = json.loads(found.err)["error"]
    assert error["code"] == "invalid-input"
    assert [(one["row"], one["column"], one["value"]) for one in error["faults"]] == [
        (2, "quantity", "0")
    ]


def test_a_file_that_is_not_there_is_not_found(cli: Cli, tmp_path: Path) -> None:
    found = cli("pipeline", "check", str(tmp_path / "none.csv"), "--json")
    assert (found.status, found.error["code"]) == (3, "not-found")


def test_a_check_is_written_as_reports_are(cli: Cli, tmp_path: Path) -> None:
    file, out = csv(tmp_path, row("one", 900)), tmp_path / "out"
    found = cli("pipeline", "check", str(file), "--format", "csv,xlsx", "--out", str(out))
    assert found.status == 0
    assert sorted(one.name for one in out.iterdir()) == [
        "pipeline-check.about.json",
        "pipeline-check.csv",
        "pipeline-check.xlsx",
    ]
    sheet = fastexcel.read_excel(out / "pipeline-check.xlsx").load_sheet(0).to_polars()
    assert sheet["deal"].to_list() == ["one"]
    about = json.loads((out / "pipeline-check.about.json").read_text())
    assert about["parameters"]["order"] == "priority, then earliest day, then id"


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (("--format", "csv"), "Give both --format and --out, or neither."),
        (("--out", "x"), "Give both --format and --out, or neither."),
        (("--format", "doc", "--out", "x"), "--format knows csv"),
        (("--format", "png", "--out", "x"), "--format knows csv"),
    ],
)
def test_files_need_a_format_and_a_folder(
    flags: tuple[str, ...], said: str, cli: Cli, tmp_path: Path
) -> None:
    found = cli("pipeline", "check", str(csv(tmp_path, row("one", 1))), *flags)
    assert found.status == 2
    assert said in found.said


def test_a_simulation_tells_the_odds_and_how_it_counts(cli: Cli, tmp_path: Path) -> None:
    file = csv(tmp_path, row("one", 900), row("two", 900), row("cn", 1, buyer="buyer,CN"))
    command = ("pipeline", "simulate", str(file), "--seed", "3", "--runs", "20")
    found = cli(*command)
    assert found.status == 0
    said = " ".join(found.out.split())
    assert "3 deals of" in said
    assert "played 20 times, seed 3, from 2026-01-05 to 2026-12-31" in said
    assert "us-ear/lpp/parent-year for buyer passed in 100.00 % of runs (83.88 to 100.00)" in said
    assert "2026Q4 26,900,000 26,900,000 -1,597,600 -1,597,600 -1,597,600 100.00 %" in said
    assert "cn (row 4): no authorization is open to it on any day of its window" in said
    assert "PCG64DXSM" in said
    assert "Wilson" in said
    assert cli(*command, "--json").out == cli(*command, "--json").out
    other = cli("pipeline", "simulate", str(file), "--seed", "4", "--runs", "20", "--json")
    assert other.data["seed"] == 4


def test_the_fan_chart_is_written_and_the_days_of_exhaustion(cli: Cli, tmp_path: Path) -> None:
    file, out = csv(tmp_path, row("one", 900), row("two", 900)), tmp_path / "out"
    flags = ("--seed", "3", "--runs", "20", "--format", "svg,csv,html", "--out", str(out))
    found = cli("pipeline", "simulate", str(file), *flags, "--json")
    names = [Path(one).name for one in found.data["files"]]
    assert names == [
        "pipeline-simulate.svg",
        "pipeline-simulate.about.json",
        "pipeline-simulate.csv",
        "pipeline-simulate.html",
        "pipeline-exhaustion.csv",
        "pipeline-exhaustion.about.json",
        "pipeline-exhaustion.html",
    ]
    picture = (out / "pipeline-simulate.svg").read_text(encoding="utf-8")
    for words in ("headroom, TPP", "us-ear/lpp/parent-year, buyer", "2026Q4", "100 %"):
        assert words in picture


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (("--seed", "1", "--runs", "0"), "from 1 to 100,000 runs, found 0"),
        (("--seed=-1",), "a whole number of 0 or more, found -1"),
        (("--seed", "1", "--until", "2025-12-31"), "is before the first day of the deals"),
        (("--seed", "1", "--until", "soon"), "expected a day as YYYY-MM-DD"),
        ((), "--seed"),
        (("--seed", "1.5"), "expected a whole number"),
    ],
)
def test_what_cannot_be_simulated_is_refused(
    flags: tuple[str, ...], said: str, cli: Cli, tmp_path: Path
) -> None:
    found = cli("pipeline", "simulate", str(csv(tmp_path, row("one", 1))), *flags)
    assert found.status == 2
    assert said in found.said


def test_many_deals_are_cut_short(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger.cli.pipeline_shown.MOST_SHOWN", 1)
    file = csv(tmp_path, *(row(f"d{n}", 1, buyer="buyer,CN") for n in range(3)))
    assert "2 more deals" in cli("pipeline", "check", str(file)).out
    said = cli("pipeline", "simulate", str(file), "--seed", "1", "--runs", "1").out
    assert "2 more: --json tells all" in said
    assert "the deals draw on no cap that has a limit" in said
    file = csv(tmp_path, row("a", 1), row("b", 1, buyer="branch,CL"))
    assert "1 more caps" in cli("pipeline", "simulate", str(file), "--seed", "1").out
