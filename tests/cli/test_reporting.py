"""`chipledger report`."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from freezegun.api import FrozenDateTimeFactory

from ledger.reporting.report import reports
from tests.cli.running import Cli, runner
from tests.core.builders import exported, reserved
from tests.store.ledgers import SIZE, put

ROOT = Path(__file__).parents[2]


@pytest.fixture
def told(cli: Cli, url: str, clock: FrozenDateTimeFactory) -> Cli:
    """The command line on a ledger with two lots and a reservation, on 2026-03-01."""
    clock.tick(0)
    put(url, exported("L1", on="2026-01-10", quantity=9, document="ITN 7"))
    put(
        url,
        exported("L2", on="2026-02-10"),
        reserved("R1", on="2026-04-01", hold_until="2026-09-01"),
    )
    return cli


def test_the_reports_are_listed_with_what_they_answer(cli: Cli) -> None:
    ran = cli("report")
    assert (ran.status, ran.err) == (0, "")
    for name in reports():
        assert f" {name} " in ran.out
    listed = cli("report", "--json").data
    assert [one["name"] for one in listed] == list(reports())
    assert listed[0]["columns"][0] == {"name": "cap", "unit": None, "meaning": "the cap"}


def test_a_report_is_a_table_with_its_head(told: Cli) -> None:
    ran = told("report", "lots", "--param", "from=2026-01-01")
    assert (ran.status, ran.err) == (0, "")
    assert "Which lots went in a span of days" in ran.out
    assert "(from 2026-01-01, until 2026-03-01)" in " ".join(ran.out.split())
    assert "158,320" in ran.out  # both lots' TPP
    assert f"as of head {SIZE + 3}, root" in ran.out
    assert "us-ear/ai-diffusion" in ran.out


def test_a_program_gets_one_document(told: Cli) -> None:
    data = told("report", "reservations", "--json").data
    assert data["parameters"] == {"on": "2026-03-01", "days": "14"}
    assert data["as_of"]["size"] == SIZE + 3
    row = dict(zip((one["name"] for one in data["columns"]), data["rows"][0], strict=True))
    assert (row["reservation"], row["state"], row["open_tpp"]) == ("R1", "open", "15832.0")


def test_files_go_into_a_folder_and_are_named(told: Cli, tmp_path: Path) -> None:
    out = tmp_path / "filed"
    ran = told("report", "lots", "--format", "csv,xlsx,html", "--out", str(out))
    assert ran.status == 0
    names = ["lots.about.json", "lots.csv", "lots.html", "lots.xlsx"]
    assert sorted(one.name for one in out.iterdir()) == names
    assert all(name in ran.out for name in names)
    data = told("report", "lots", "--format", "csv", "--out", str(out), "--json").data
    assert data["files"] == [str(out / "lots.csv"), str(out / "lots.about.json")]


def test_a_report_as_of_an_earlier_head(told: Cli) -> None:
    data = told("report", "lots", "--as-of", str(SIZE + 1), "--json").data
    assert [row[1] for row in data["rows"]] == ["L1"]


def test_a_folder_of_ones_own(told: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The report that the documentation shows."""
    text = (ROOT / "docs" / "reports.md").read_text(encoding="utf-8")
    shown = re.findall(r"```sql\n(.*?)```", text, re.DOTALL)[0]
    (tmp_path / "country.sql").write_text(shown, encoding="utf-8")
    asked = ("report", "country", "--param", "destination=AE", "--json")
    assert told(*asked).status == 3
    data = told(*asked, "--reports", str(tmp_path)).data
    assert ["us-ear/nveu/company-country", "op-ae / AE"] in [row[:2] for row in data["rows"]]
    monkeypatch.setenv("CHIPLEDGER_REPORTS", str(tmp_path))
    assert told(*asked).data == data


@pytest.mark.parametrize(
    ("tokens", "status", "said"),
    [
        (("report", "nothing"), 3, "there is no report 'nothing'"),
        (("report", "lots", "--param", "from"), 2, "Write --param NAME=VALUE"),
        (("report", "lots", "--param", "from=1", "--param", "from=2"), 2, "each name once"),
        (("report", "lots", "--param", "x=1"), 2, "no parameter 'x'"),
        (("report", "lots", "--param", "from=today?"), 2, "expected a day"),
        (("report", "waterfall"), 2, "asks for 'cap'"),
        (("report", "lots", "--format", "doc", "--out", "x"), 2, "--format knows table, csv"),
        (("report", "lots", "--format", "xlsx"), 2, "Files need a folder"),
        (("report", "lots", "--reports", "/nowhere"), 3, "no folder /nowhere"),
    ],
)
def test_what_cannot_be_done_is_told(
    tokens: tuple[str, ...], status: int, said: str, cli: Cli
) -> None:
    ran = cli(*tokens)
    assert ran.status == status
    assert said in ran.said


def test_a_command_says_nothing_on_its_way_out(url: str) -> None:
    """DuckDB complains of its own types when a program ends, if they are asked for."""
    put(url, exported("L1", on="2026-01-10"))
    done = subprocess.run(
        [sys.executable, "-m", "ledger.cli", "report", "lots", "--json", "--ledger", url],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert len(json.loads(done.stdout)["rows"]) == 1


# ---- packs


def test_a_quarter_is_filed_verified_and_restated(told: Cli, url: str, tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    ran = told("report", "quarterly", "2026Q1", "--out", str(first))
    assert (ran.status, ran.err) == (0, "")
    assert "written" in ran.out
    assert "lots recorded in the quarter" in ran.out
    assert "the head is not signed" in ran.out  # this ledger has no key
    assert told("report", "verify", str(first)).status == 0
    assert "all is what the ledger gives" in told("report", "verify", str(first)).out
    put(url, exported("L3", on="2026-03-01", quantity=4))
    data = told(
        *("report", "quarterly", "this", "--out", str(second), "--against", str(first), "--json")
    ).data
    assert data["restates"]["as_of"]["size"] == SIZE + 3
    (lots,) = (one for one in data["reports"] if one["name"] == "lots")
    assert lots["rows"] == 3
    assert (
        "cells restated"
        in told(
            *("report", "quarterly", "this", "--out", str(tmp_path / "3"), "--against", str(first))
        ).out
    )


def test_a_pack_that_was_changed_ends_in_status_1(told: Cli, tmp_path: Path) -> None:
    folder = tmp_path / "filed"
    assert told("report", "quarterly", "2026Q1", "--out", str(folder)).status == 0
    (folder / "tables" / "lots.csv").write_text("", encoding="utf-8")
    ran = told("report", "verify", str(folder))
    assert ran.status == 1
    assert "tables/lots.csv was changed" in " ".join(ran.out.split())
    data = told("report", "verify", str(folder), "--json")
    assert (data.status, data.data["equal"], data.data["derived"]) == (1, False, True)
    assert told("report", "quarterly", "2026Q1", "--out", str(folder)).status == 2
    assert told("report", "verify", str(tmp_path)).status == 2
    assert told("report", "quarterly", "2026Q1").status == 2


def test_a_pack_is_checked_where_no_ledger_is(
    told: Cli, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "filed"
    assert told("report", "quarterly", "2026Q1", "--out", str(folder)).status == 0
    monkeypatch.delenv("CHIPLEDGER_URL", raising=False)
    ran = runner(capsys)("report", "verify", str(folder))
    assert ran.status == 0
    assert "(no ledger named)" in ran.out
