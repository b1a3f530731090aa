import json
import re
import tomllib
from pathlib import Path

import pytest
from rich.console import Console

from ledger.cli import importing, output
from ledger.cli.app import run
from ledger.intake.column_map import ColumnMap
from tests.service.files import MAP, ROOT, column_map, lines, party, row, table
from tests.store.ledgers import head_of, rows


def _import(url: str, *arguments: object) -> int:
    return run(["import", *map(str, arguments), "--ledger", url])


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_the_summary_for_programs_counts_source_rows(
    url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [row(1), row(2), row(3, status="plan"), row(4, units="x")]
    file = table(tmp_path / "a.csv", rows)
    assert _import(url, file, "--map", column_map(tmp_path), "--json") == 1
    data = json.loads(capsys.readouterr().out)
    head = head_of(url)
    assert data == {
        "rows": 4,
        "appended": 2,
        "already_present": 0,
        "skipped": 1,
        "rejected": 1,
        "rejects_file": "a.csv.rejects.csv",
        "by_reason": {"skipped": {"planned": 1}, "rejected": {"wrong or missing: units": 1}},
        "events": 4,
        "excess_units": 0,
        "unreserved_units": 0,
        "dry_run": False,
        "head": {"size": head.size, "root": head.root},
    }


def test_the_summary_for_people_names_reasons_and_the_rejects_file(
    url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [row(1), row(2, status="plan"), row(3, units="[bold]"), row(4, status="gone", units=20)]
    file = table(tmp_path / "a.csv", rows)
    assert _import(url, file, "--map", column_map(tmp_path)) == 1
    shown = capsys.readouterr().out
    for said in ("appended", "planned", "wrong or missing: units", "a.csv.rejects.csv", "10 units"):
        assert said in shown


def test_so_many_rows_are_committed_together(url: str, tmp_path: Path) -> None:
    file = lines(tmp_path / "a.jsonl", [party(f"p{number}") for number in range(5)])
    before = head_of(url).size
    assert _import(url, file, "--commit-every", 2) == 0
    heads = [size for (size,) in rows(url, "SELECT size FROM head ORDER BY size")]
    assert heads[-3:] == [before + 2, before + 4, before + 5]


def test_a_commit_of_no_rows_is_invalid_input(
    url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _import(url, lines(tmp_path / "a.jsonl", []), "--commit-every", 0) == 2
    assert "--commit-every: expected a number above 0, found 0" in capsys.readouterr().err


@pytest.mark.parametrize("flag", ["--dry-run", "--atomic"])
def test_a_run_that_writes_nothing_says_so(
    flag: str, url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = head_of(url)
    file = table(tmp_path / "a.csv", [row(1), row(2, status="odd")])
    assert _import(url, file, "--map", column_map(tmp_path), flag) == 1
    assert "nothing was written" in capsys.readouterr().out
    assert head_of(url) == before


def test_exit_statuses(url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good = lines(tmp_path / "a.jsonl", [party("p")])
    assert _import(url, good, "--actor", "ana") == 0
    assert _import(url, good) == 0
    assert _import(url, lines(tmp_path / "b.jsonl", [{}]), "--rejects", "r.csv") == 1
    (tmp_path / "wrong.toml").write_text("source = 1", encoding="utf-8")
    assert _import(url, table(tmp_path / "a.csv", []), "--map", tmp_path / "wrong.toml") == 2
    assert _import(url) == 2
    assert _import(url, good, "--sideways") == 2
    assert _import(url, tmp_path / "none.csv") == 3
    assert _import("sqlite:///none.db", good) == 3
    assert "none.csv" in capsys.readouterr().err


def test_an_error_for_programs_has_a_code(
    url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _import(url, table(tmp_path / "a.csv", []), "--json") == 2
    assert json.loads(capsys.readouterr().err)["error"]["code"] == "invalid-input"


def test_a_bar_is_shown_to_a_person_who_waits_for_a_long_file(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = lines(tmp_path / "a.jsonl", [party("p")])
    monkeypatch.setattr(importing, "LONG_BYTES", 1)
    assert _import(url, file, "--json") == 0
    assert capsys.readouterr().err == ""

    def terminal(*, stderr: bool = False) -> Console:
        return Console(stderr=stderr, force_terminal=True)

    monkeypatch.setattr(output, "console", terminal)
    assert _import(url, file, "--json") == 0
    said = capsys.readouterr()
    assert "importing" in said.err
    assert json.loads(said.out)["already_present"] == 1


def test_the_example_of_the_manual_is_a_map_and_reads_a_table(
    url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    manual = (ROOT / "docs" / "import.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```toml\n(.*?)```", manual, re.DOTALL)
    (tmp_path / "m.toml").write_text(example, encoding="utf-8")
    (tmp_path / "orders.csv").write_text(
        "order,day,product,units,country,customer\n"
        "1,2026-03-31,H100 board,8,AE,Example Cloud\n"
        "2,2026-03-31,sample kit,1,AE,Example Cloud\n"
        "3,2026-03-31,H20 board,,AE,Example Cloud\n",
        encoding="utf-8",
    )
    assert _import(url, tmp_path / "orders.csv", "--map", tmp_path / "m.toml", "--json") == 1
    data = json.loads(capsys.readouterr().out)
    assert (data["appended"], data["skipped"], data["rejected"]) == (1, 1, 1)


def test_the_manual_names_every_field_of_a_map() -> None:
    manual = (ROOT / "docs" / "import.md").read_text(encoding="utf-8")
    schema = ColumnMap.model_json_schema()
    parts = [schema, *schema["$defs"].values()]
    named = {name for part in parts for name in part.get("properties", {})}
    assert named
    missing = sorted(name for name in named if not re.search(rf"\b{name}\b", manual))
    assert not missing, f"describe them in docs/import.md: {missing}"


def test_the_map_of_these_tests_is_toml() -> None:
    assert tomllib.loads(MAP)["source"] == "orders"
