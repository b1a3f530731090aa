"""docs/pipeline.md: its commands run, and print what it shows; its columns are those of a deal."""

import doctest
import re
import shlex
from pathlib import Path
from typing import Final

import pytest

from ledger.cli.app import COMMANDS
from ledger.core.deals import Deal
from ledger.intake.deals import ALSO
from ledger.planning.answers import STANDINGS
from tests.cli.running import runner

ROOT: Final = Path(__file__).parents[1]
PAGE: Final = (ROOT / "docs" / "pipeline.md").read_text(encoding="utf-8")
FLAGS: Final = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def test_the_commands_of_the_page_print_what_it_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(COMMANDS, "pipeline", "ledger.cli.pipeline:pipeline")
    monkeypatch.delenv("CHIPLEDGER_URL", raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    blocks = re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL)
    steps = [step for block in blocks for step in block.split("$ ")[1:]]
    assert len(steps) == 4
    cli = runner(capsys)
    for step in steps:
        command, _, shown = step.partition("\n")
        program, *arguments = shlex.split(command)
        assert program == "chipledger"
        done = cli(*arguments)
        printed = done.out + done.err
        assert doctest.OutputChecker().check_output(shown, printed, FLAGS), printed
    assert sorted(one.name for one in (tmp_path / "odds").iterdir()) == [
        "pipeline-exhaustion.html",
        "pipeline-simulate.about.json",
        "pipeline-simulate.html",
        "pipeline-simulate.png",
    ]


def _named(heading: str) -> list[str]:
    """What the first column of the table under a heading names."""
    table = PAGE.split(heading, 1)[1].split("\n\n", 1)[0]
    first = [line.strip("|").split("|")[0] for line in table.splitlines()]
    return [name for cell in first for name in re.findall(r"`([^`]+)`", cell)]


def test_the_page_names_every_column_and_every_standing() -> None:
    columns = _named("| column | needed | what it holds |\n")
    assert sorted(columns) == sorted([*Deal.model_fields, *ALSO])
    assert _named("| standing | meaning |\n") == list(STANDINGS)
