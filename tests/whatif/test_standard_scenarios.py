"""The standard scenarios on the example ledger: what they suppose, what is answered, and why."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ledger.reporting.writing import json_text
from ledger.whatif.loading import load
from tests.whatif.asking import SCENARIOS, compared

FILES = sorted(SCENARIOS.glob("*.toml"))
AGAINST = {
    "gb300-instead-of-h200": "open-deals",
    "h200-window-30": "us-volume",
    "h200-window-70": "us-volume",
}
"""What a scenario is compared with, where it is not the ledger as it is."""


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_standard_scenario_answers_as_it_did(
    file: Path, example_url: str, golden: Callable[[str, str], None]
) -> None:
    base = AGAINST.get(file.stem)
    below = None if base is None else load(SCENARIOS / f"{base}.toml")
    found = compared(example_url, load(file), base=below)
    data = {
        "supposes": found.scenarios[0].hypotheses,
        "questions": [_without_ids(one.as_data()) for one in found.questions],
    }
    golden(f"whatif/{file.stem}.json", json_text(data))


def _without_ids(question: dict[str, Any]) -> dict[str, Any]:
    """The answer but for ids of decisions: they name the head, which each example ledger has."""
    for row in question["rows"]:
        for values in (row["base"], *(one["values"] for one in row["scenarios"])):
            if values is not None:
                values.pop("decision_id", None)
    return question


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_standard_scenario_is_cited_and_has_the_published_form(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    schema = text.split("\n", 1)[0].removeprefix("#:schema ")
    assert (file.parent / schema).resolve().is_file()
    scenario = load(file).scenario
    assert scenario.about
    assert scenario.source or file.stem in AGAINST.values()
