"""Pages that show commands: they are run, and what they print is what the page shows."""

import doctest
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BLOCK = re.compile(r"```console\n(.*?)```", re.DOTALL)
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def _steps(page: str) -> list[tuple[str, str]]:
    """Each command of a page with the output shown under it."""
    steps: list[tuple[str, str]] = []
    for block in BLOCK.findall((ROOT / page).read_text(encoding="utf-8")):
        for step in block.split("$ ")[1:]:
            command, _, output = step.partition("\n")
            steps.append((command, output))
    return steps


@pytest.mark.parametrize("page", ["README.md", "docs/proofs.md", "docs/whatif.md"])
def test_the_commands_of_a_page_run_and_print_what_it_shows(page: str, tmp_path: Path) -> None:
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    checker = doctest.OutputChecker()
    environment = {k: v for k, v in os.environ.items() if not k.startswith("CHIPLEDGER")}
    environment["CHIPLEDGER_KEYS"] = str(tmp_path / "keys")
    steps = _steps(page)
    assert len(steps) >= 7
    for command, shown in steps:
        program, *arguments = shlex.split(command)
        assert program == "chipledger"
        done = subprocess.run(
            [sys.executable, "-m", "ledger.cli", *arguments],
            cwd=tmp_path,
            env={**environment, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
        )
        printed = done.stdout + done.stderr
        assert checker.check_output(shown, printed, FLAGS), f"$ {command}\n{printed}"


def test_the_two_commands_of_the_readme_are_targets_of_the_makefile() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for target in ("demo", "test"):
        assert f"make {target}" in readme
        assert re.search(rf"^{target}:", makefile, re.MULTILINE)
