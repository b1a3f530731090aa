"""The interface for notebooks: what the command says, as frames."""

from pathlib import Path

import pytest

import ledger
from ledger.core.errors import InvalidInput, NotFound
from ledger.whatif.loading import load
from tests.whatif.asking import DOUBLED, SCENARIOS, TABLE, UNI, compared

ROOM = {"ask": "headroom", "days": ["2026-12-31"], "cap": TABLE}


def test_a_scenario_of_a_file_is_compared_as_the_command_does(example_url: str) -> None:
    file = SCENARIOS / "nveu-doubled.toml"
    found = ledger.open(example_url).scenario(file).compare()
    assert found.comparison == compared(example_url, load(file))
    assert list(found.frames) == [one.title for one in found.comparison.questions]
    assert found.frame().equals(found.frame("Headroom of the cloud in the Emirates"))


def test_scenarios_are_made_of_fields_and_questions_are_asked_besides(example_url: str) -> None:
    found = (
        ledger.open(example_url)
        .scenario(title="doubled", law=[DOUBLED])
        .scenario(law=[{**DOUBLED, "allowance_percent": 300}])
        .compare(ROOM)
    )
    assert [one.title for one in found.comparison.scenarios] == ["doubled", "scenario 2"]
    assert [str(one) for one in found.frame()["headroom_tpp"]] == [
        "3072750000.0",
        "7345500000.0",
        "11618250000.0",
    ]
    assert found.because()["because"].to_list()[0].startswith("from 2026-07-01")
    assert "<html" in found._repr_html_()


def test_a_file_may_be_extended_by_fields(example_url: str) -> None:
    file = SCENARIOS / "open-deals.toml"
    event = {"kind": "lot.exported", **UNI, "quantity": 5}
    found = ledger.open(example_url).scenario(file, event=[event]).compare(against=file)
    assert len(found.comparison.scenarios[0].hypotheses) == 3
    assert len(found.comparison.base.hypotheses) == 2


def test_a_posture_goes_before_that_of_the_scenario(example_url: str) -> None:
    question = {"ask": "decide", "lots": [{**UNI, "quantity": 1200}]}
    found = ledger.open(example_url).scenario(law=[DOUBLED]).compare(question, posture="enforced")
    assert found.frame()["authorization"].to_list() == ["us-ear/nlr", "us-ear/nlr"]


def test_it_is_written_as_the_command_writes_it(example_url: str, tmp_path: Path) -> None:
    found = ledger.open(example_url).scenario(law=[DOUBLED]).compare(ROOM)
    files = found.write(tmp_path, "json", "html")
    assert [file.name for file in files] == ["comparison.json", "comparison.html"]


def test_what_is_wrong_is_said_at_once_or_when_it_is_compared(example_url: str) -> None:
    opened = ledger.open(example_url)
    with pytest.raises(InvalidInput, match="scenario 1: law"):
        opened.scenario(law=[{"cap": TABLE}])
    with pytest.raises(NotFound):
        opened.scenario("nothing.toml")
    unknown = opened.scenario(law=[{**DOUBLED, "cap": "quota"}])
    with pytest.raises(InvalidInput, match="no adopted pack has the cap 'quota'"):
        unknown.compare()
    with pytest.raises(NotFound):
        ledger.open("sqlite:///nothing.db").scenario(law=[DOUBLED]).compare()
