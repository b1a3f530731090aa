"""The published schemas are those of the models."""

import json
from pathlib import Path

import pytest

from ledger.service.schemas import published

FOLDER = Path(__file__).parents[2] / "schemas"


@pytest.mark.parametrize("name", sorted(published()))
def test_a_published_schema_is_that_of_the_models(
    name: str, request: pytest.FixtureRequest
) -> None:
    text = json.dumps(published()[name], indent=2, sort_keys=True) + "\n"
    file = FOLDER / name
    if request.config.getoption("--update-golden"):
        file.write_text(text, encoding="utf-8")
    assert file.read_text(encoding="utf-8") == text, "run 'make golden' and read the diff"


def test_no_schema_is_left_over() -> None:
    assert {file.name for file in FOLDER.glob("*.json")} == set(published())
