"""A report on a scenario is that of a ledger in which its hypotheses are recorded."""

import shutil
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from ledger.core.errors import InvalidInput, NotFound
from ledger.reporting.report import named
from ledger.reporting.running import Reporting
from ledger.service.recording import record
from ledger.service.shell import signature
from ledger.snapshot.opening import snapshot
from ledger.store.ledger import Ledger
from ledger.whatif.loading import Loaded, of_data
from ledger.whatif.reports import reports
from ledger.whatif.tables import Table
from ledger.whatif.worlds import ground
from ledger.whatif.writing import frames
from tests.snapshot.filled import unseen
from tests.whatif.asking import DOUBLED, TABLE, UNI, compared, read, scenario

HEADROOM: dict[str, Any] = {
    "ask": "report",
    "report": "headroom",
    "parameters": {"on": "2026-12-31"},
}
LOTS: dict[str, Any] = {
    "ask": "report",
    "report": "lots",
    "parameters": {"from": "2026-01-01", "until": "2027-01-01"},
}
FACT = {"kind": "lot.exported", "id": "fact", **UNI, "quantity": 5, "authorization": "us-ear/lpp"}


def run(url: str, question: dict[str, Any], loaded: Loaded | None = None) -> Table:
    with ground(url) as found, reports(url) as asked:
        world = found.bare(None) if loaded is None else found.world(loaded)
        return asked(world, read(question))


def rows(table: Table) -> list[dict[str, Any]]:
    return table.as_data()


def test_a_report_on_the_ledger_is_the_report_of_its_snapshot(
    example_url: str, tmp_path: Path
) -> None:
    with snapshot(example_url, tmp_path / "s.duckdb", progress=unseen) as shot:
        known = Reporting(shot, date(2026, 11, 23)).run(named("headroom"), HEADROOM["parameters"])
    table = run(example_url, HEADROOM)
    assert len(table.rows) == known.table.height
    assert {column.name for column in table.columns} == set(known.table.columns)
    listed = [dict(zip(known.table.columns, row, strict=True)) for row in known.table.rows()]
    names = [column.name for column in table.columns]
    assert [dict(zip(names, row, strict=True)) for row in table.rows] == listed


def test_a_report_on_a_scenario_is_that_of_a_copy_in_which_it_is_recorded(
    example_url: str, tmp_path: Path
) -> None:
    file = tmp_path / "copy.db"
    shutil.copyfile(example_url.removeprefix("sqlite:///"), file)
    url = f"sqlite:///{file}"
    loaded = scenario(event=[FACT])
    with ground(example_url) as found:
        (event,) = found.world(loaded).own
    with closing(Ledger.open(url)) as ledger, ledger.writing() as writer:
        record(writer, event, signature("cli", actor="ana"))
    for question in (HEADROOM, LOTS):
        assert rows(run(example_url, question, loaded)) == rows(run(url, question))


def test_a_report_reads_the_law_that_is_supposed(example_url: str) -> None:
    bare, doubled = run(example_url, HEADROOM), run(example_url, HEADROOM, scenario(law=[DOUBLED]))

    def allowances(table: Table) -> list[str]:
        return [row["allowance_tpp"] for row in rows(table) if row["cap"] == TABLE]

    assert allowances(bare) == ["4272750000.0"]
    assert allowances(doubled) == ["8545500000.0"]


def test_what_cites_a_changed_row_is_the_same_row(example_url: str) -> None:
    (answered,) = compared(example_url, scenario(law=[DOUBLED], question=[HEADROOM])).questions
    assert answered.title == "report headroom"
    differing = [row for row in answered.rows if answered.differs(row)]
    assert [row.key[0] for row in differing] == [TABLE]
    assert None not in differing[0].cells
    assert answered.because[0][0].startswith("from 2026-07-01")


def test_reports_run_on_the_latest_head_alone(example_url: str) -> None:
    early = scenario(base={"head": 40}, question=[HEADROOM])
    with pytest.raises(InvalidInput, match="reports run on the latest head, not on 40"):
        compared(example_url, early)


def test_an_unknown_report_or_parameter_says_so(example_url: str) -> None:
    unknown = of_data({"title": "x", "question": [{**HEADROOM, "report": "headrom"}]})
    with pytest.raises(NotFound, match="question 'report headrom'"):
        compared(example_url, unknown)
    wrong = of_data({"title": "x", "question": [{**HEADROOM, "parameters": {"day": "x"}}]})
    with pytest.raises(InvalidInput, match="question 'report headroom'"):
        compared(example_url, wrong)


def test_a_folder_of_own_reports_is_known(example_url: str, tmp_path: Path) -> None:
    text = (Path(__file__).parents[2] / "reports" / "catalogue.sql").read_text(encoding="utf-8")
    (tmp_path / "mine.sql").write_text(text, encoding="utf-8")
    question = {"ask": "report", "report": "mine"}
    with ground(example_url) as found, reports(example_url, tmp_path) as asked:
        assert asked(found.bare(None), read(question)).rows


def test_times_of_a_report_are_texts_of_a_frame(example_url: str) -> None:
    question = {"ask": "report", "report": "breaches", "parameters": {}}
    found = compared(example_url, scenario(law=[DOUBLED], question=[question]))
    frame = frames(found)["report breaches"]
    assert frame.schema["recorded_at"] == pl.String
    assert frame.height > 0
