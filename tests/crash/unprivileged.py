"""Commands in a process of their own, with less room or fewer rights than this one has."""

import os
import resource
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

NOBODY: Final = 65534

IN_THERE: Final = (
    "import os, sys; from ledger.cli.app import run; from ledger.service.shell import countries; "
    "import ledger.cli.checking, ledger.cli.importing, ledger.cli.verifying, ledger.cli.overview; "
    "import ledger.cli.explaining, ledger.cli.reserving, ledger.cli.rebuilding; "
    "import ledger.cli.creating, ledger.service.duties, ledger.service.lists, ledger.cli.rules; "
    "import rich.console, rich.table, ledger.store.sqlite, zoneinfo; countries(); "
)
"""What a program without rights may not be able to read is imported before it gives them up."""

GIVES_UP: Final = f"os.getuid() or (os.setgroups([]), os.setgid({NOBODY}), os.setuid({NOBODY})); "


@dataclass(frozen=True)
class Ran:
    status: int
    out: str
    err: str


def chipledger(
    *tokens: str,
    cwd: Path,
    without_rights: bool = False,
    longest_file: int | None = None,
    stdout: int = subprocess.PIPE,
) -> Ran:
    """Run a command; as nobody where this process is root, or with files of limited length."""

    def limited() -> None:
        if longest_file is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (longest_file, longest_file))

    ends = f"sys.exit(run({list(tokens)!r}))"
    done = subprocess.run(
        [sys.executable, "-c", IN_THERE + (GIVES_UP if without_rights else "") + ends],
        cwd=cwd,
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        preexec_fn=limited,
        env={**os.environ, "CHIPLEDGER_ACTOR": "ana"},
    )
    assert "Traceback" not in done.stderr, done.stderr
    return Ran(done.returncode, done.stdout or "", " ".join(done.stderr.split()))
