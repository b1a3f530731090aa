"""Running the command line in this process, as `main` would, with what it prints."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import pytest

from ledger.cli.app import build, run

# Commands are imported when they are called, but under a clock that stands still pydantic can't
# build their classes.
build(listed=True)

LOT: Final = (
    *("--device", "h100", "--destination", "BR", "--ultimate-consignee", "buyer"),
    *("--exporter", "seller", "--on", "2025-09-01"),
)
"""A lot of H100 for the buyer in Brazil; its quantity is each test's own."""

HOLD: Final = ("--hold-until", "2099-01-01")


@dataclass(frozen=True)
class Ran:
    """What a command left: its exit status and what it printed."""

    status: int
    out: str
    err: str

    @property
    def data(self) -> Any:  # noqa: ANN401 -- any JSON
        """The one JSON document of a command that was asked for JSON."""
        assert self.err == ""
        return json.loads(self.out)

    @property
    def error(self) -> dict[str, str]:
        """The one JSON object that an error is, on standard error."""
        assert self.out == ""
        document = json.loads(self.err)
        assert set(document) == {"error"}
        found: dict[str, str] = document["error"]
        assert set(found) == {"code", "message"}
        return found

    @property
    def said(self) -> str:
        """An error for people, as one line."""
        assert self.out == ""
        return " ".join(self.err.split())


Cli = Callable[..., Ran]


def runner(capsys: pytest.CaptureFixture[str], *always: str) -> Cli:
    """Runs commands with the same flags at their end."""

    def ran(*tokens: str) -> Ran:
        capsys.readouterr()
        status = run([*tokens, *always])
        printed = capsys.readouterr()
        return Ran(status, printed.out, printed.err)

    return ran
