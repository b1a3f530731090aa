import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from cyclopts import App, CycloptsError

from ledger.cli.flags import Common
from ledger.cli.optimising import optimise
from ledger.core.errors import NotFound
from tests.core.builders import LPP, NVEU
from tests.planning.worlds import stored_world

HEADER = "deal,exporter,end_user,country,device,quantity,earliest,latest,value,fixed,splittable\n"
WINDOW = "2026-12-05,2026-12-20"

Ran = Callable[..., tuple[int, str]]


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Ran:
    """Runs the command by itself on the world to sell in; a file is written from its rows."""
    url, file = stored_world(tmp_path), tmp_path / "deals.csv"

    def ran(rows: str, *tokens: str) -> tuple[int, str]:
        file.write_text(HEADER + rows, encoding="utf-8")
        app = App(result_action="return_value")
        app.default(optimise)
        status = app([str(file), *tokens, "--ledger", url], exit_on_error=False, print_error=False)
        return int(status), capsys.readouterr().out

    return ran


def data(printed: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(printed)
    return found


TWO = f"A,seller,op-ae,AE,h100,17,{WINDOW},70,no,no\nB,seller,op-ae,AE,h100,16,{WINDOW},90,no,no\n"


def test_the_plan_is_told_by_day_with_what_binds_and_what_is_left_out(run: Ran) -> None:
    status, printed = run(TWO, "--for", "value")
    shown = " ".join(printed.split())
    assert status == 0
    assert shown.startswith("1 of 2 deals of ")
    assert "for the most value; a part of a deal is worth its part" in shown
    assert "1 lots, 253,312 TPP, worth 90 of 160 90: none is better; all days that matter" in shown
    assert "2026-12-05 3 B 16 h100 op-ae, AE us-ear/nveu 253,312 90" in shown
    assert "house/cap-1 op-ae 2026-12-20 400,000 0 253,312 146,688" in shown
    assert "2 A 100 % house/cap-1 leaves 146,688 TPP for op-ae on 2026-12-20" in shown
    assert "This advises; it is not legal clearance." in shown
    assert "posture on-the-books" in shown


def test_programs_are_told_the_same_and_the_same_head_gives_the_same_bytes(run: Ran) -> None:
    status, printed = run(TWO, "--for", "value", "--json")
    assert (status, printed) == run(TWO, "--for", "value", "--json")
    found = data(printed)
    assert (found["for"], found["change"], found["served_whole"], found["value"]) == (
        "value",
        None,
        1,
        "90",
    )
    (lot,) = found["lots"]
    assert lot == {
        "on": "2026-12-05",
        "row": 3,
        "deal": "B",
        "device": "h100",
        "quantity": 16,
        "authorization": NVEU,
        "line": None,
        "tpp": "253312",
        "value": "90",
    }
    assert found["proof"]["status"] == "best"
    assert found["proof"]["bound"] == "90"
    assert found["binding"][0]["waiting"] == ["A"]
    assert found["binding"][0]["planned_tpp"] == "253312"
    assert found["as_of"]["size"] > 40


def test_fixed_deals_that_can_not_all_be_served_give_status_1_and_the_conflict(run: Ran) -> None:
    rows = TWO.replace(",no,no", ",yes,no")
    status, printed = run(rows)
    assert status == 1
    shown = " ".join(printed.split())
    assert "not all that are fixed" in shown
    assert "Deals that can't all be served · A, B → house/cap-" in shown
    assert data(run(rows, "--json")[1])["conflict"]["deals"] == ["A", "B"]


def test_the_smallest_cut_and_the_smallest_move_are_told(run: Ran) -> None:
    status, printed = run(TWO, "--change", "quantity")
    assert status == 0
    # 400,000 TPP are 25 units of the 33 that are asked for.
    assert sum(int(one["units_cut"]) for one in _changes(run, "quantity")) == 8
    assert "for the fewest units cut so that all deals go" in printed
    status, printed = run(TWO, "--change", "days")
    moved = _changes(run, "days")
    assert [one["days_moved"] for one in moved] == [75]  # the first is gone after 90 days
    assert status == 0


def test_deals_that_no_move_lets_go_give_status_1(run: Ran) -> None:
    status, printed = run(f"A,seller,lost,BR,h100,1,{WINDOW},,no,no\n", "--change", "days")
    assert status == 1
    assert "0 of 1 deals" in printed


def _changes(run: Ran, change: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = data(run(TWO, "--change", change, "--json")[1])["changes"]
    return found


def test_deals_that_go_as_they_are_need_no_change(run: Ran) -> None:
    one = f"A,seller,buyer,BR,h100,3,{WINDOW},,no,yes\n"
    status, printed = run(one, "--change", "days")
    assert status == 0
    assert "no deal is changed" in printed
    assert data(run(one, "--json")[1])["lots"][0]["authorization"] == LPP


def test_files_are_written_where_they_are_asked_for(run: Ran, tmp_path: Path) -> None:
    out = tmp_path / "plan"
    status, printed = run(TWO, "--for", "value", "--out", str(out), "--json")
    assert status == 0
    assert {Path(one).name for one in data(printed)["files"]} == {
        "pipeline-plan.csv",
        "pipeline-plan.about.json",
        "pipeline-plan.xlsx",
        "pipeline-plan.json",
    }
    table = pl.read_csv(out / "pipeline-plan.csv")
    assert table.rows() == [("2026-12-05", 3, "B", "op-ae", "AE", "h100", 16, NVEU, "", 253312, 90)]


def test_every_wrong_cell_is_told_row_by_row_and_nothing_is_planned(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "deals.csv"
    file.write_text(f"{HEADER}A,seller,op-ae,AEX,h100,none,{WINDOW},1,no,no\n", encoding="utf-8")
    assert optimise(file, common=Common(ledger=stored_world(tmp_path))) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "AEX" in printed.err
    assert "none" in printed.err


def test_what_is_wrong_is_told_and_nothing_is_planned(run: Ran, tmp_path: Path) -> None:
    with pytest.raises(CycloptsError, match="--seconds is more than 0"):
        run(TWO, "--seconds", "0")
    with pytest.raises(CycloptsError, match="Give --for or --change"):
        run(TWO, "--for", "tpp", "--change", "days")
    with pytest.raises(CycloptsError, match="--format knows csv"):
        run(TWO, "--format", "docx", "--out", str(tmp_path))
    with pytest.raises(CycloptsError, match="found 'png'"):
        run(TWO, "--format", "csv,png", "--out", str(tmp_path))  # a plan has no chart
    with pytest.raises(CycloptsError, match="name it with --out"):
        run(TWO, "--format", "csv")
    with pytest.raises(NotFound):
        optimise(tmp_path / "nothing.csv")


def test_more_than_a_screen_holds_says_where_the_rest_is(run: Ran) -> None:
    rows = "".join(
        f"D{n},seller,buyer,BR,h100,1,2026-07-{1 + n % 28:02},2026-12-31,1,no,no\n"
        for n in range(130)
    )
    status, printed = run(rows)
    assert status == 0
    assert "more deals: see --json" in " ".join(printed.split())
