"""Each promise of docs/guarantees.md names tests that are there."""

import re
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[1]
TEXT: Final = (ROOT / "docs" / "guarantees.md").read_text(encoding="utf-8")
NAMED: Final = sorted(set(re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", TEXT)))
PROMISES: Final = [
    line for line in TEXT.splitlines() if line.startswith("| ") and not line.startswith("| ---")
]


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_a_test_that_a_promise_names_is_there(file: str, name: str) -> None:
    path = ROOT / file
    assert path.is_file(), f"docs/guarantees.md names {file}, which is not there"
    text = path.read_text(encoding="utf-8")
    assert f"def {name or 'test_'}" in text, f"docs/guarantees.md names {name}, not in {file}"


def test_every_promise_is_held_by_a_test() -> None:
    bare = [line for line in PROMISES if "`tests/" not in line and "held by" not in line]
    assert bare == [], "name the test that would fail if the promise were broken"
