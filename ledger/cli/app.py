"""The `chipledger` command: which commands there are, and how errors become exit statuses."""

import json
import os
import sqlite3
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from typing import Final, NoReturn

from cyclopts import App, CycloptsError

from ledger import __version__
from ledger.core.errors import Conflict, LedgerError

USAGE_STATUS: Final = 2
INTERRUPTED_STATUS: Final = 130
"""What a shell expects of a command that Ctrl-C stopped."""

STOPPED: Final = (
    "it was stopped by hand: a change is recorded whole or not at all. Run it again to see it done."
)
HELP_FLAGS: Final = ("--help", "-h")

HELP: Final = """May this accelerator shipment go, under which authority, and what is left?

It advises; it does not give legal clearance. What it does not model stands in `chipledger rules`.

Exit status: 0 permitted or done, 1 answered but not permitted, 2 bad input, 3 not found,
4 conflict, 5 ledger damaged, 130 stopped by hand (Ctrl-C).
"""

COMMANDS: Final = {
    "init": "ledger.cli.creating:init",
    "import": "ledger.cli.importing:import_files",
    "check": "ledger.cli.checking:check",
    "reserve": "ledger.cli.reserving:reserve",
    "extend": "ledger.cli.holding:extend",
    "release": "ledger.cli.holding:release",
    "reinstate": "ledger.cli.holding:reinstate",
    "export-lot": "ledger.cli.reserving:export_lot",
    "reverse": "ledger.cli.correcting:reverse",
    "replace": "ledger.cli.correcting:replace",
    "return": "ledger.cli.correcting:return_lot",
    "attrit": "ledger.cli.correcting:attrit",
    "relocate": "ledger.cli.correcting:relocate",
    "rerate": "ledger.cli.correcting:rerate",
    "correct-party": "ledger.cli.correcting:correct_party",
    "headroom": "ledger.cli.overview:headroom",
    "explain": "ledger.cli.explaining:explain",
    "entries": "ledger.cli.entries:entries",
    "parties": "ledger.cli.registers:parties",
    "devices": "ledger.cli.registers:devices",
    "rules": "ledger.cli.rules:rules",
    "duties": "ledger.cli.duties:duties",
    "lists": "ledger.cli.lists:lists",
    "settings": "ledger.cli.settings:settings",
    "rebuild": "ledger.cli.rebuilding:rebuild",
    "head": "ledger.cli.proving:head",
    "keys": "ledger.cli.keys:keys",
    "prove": "ledger.cli.proving:prove",
    "snapshot": "ledger.cli.snapshotting:snapshot",
    "report": "ledger.cli.reporting:report",
    "whatif": "ledger.cli.whatif:whatif",
    "copy": "ledger.cli.copying:copy",
    "verify": "ledger.cli.verifying:verify",
    "verify-proof": "ledger.cli.proving:verify_proof",
    "demo": "ledger.cli.demo:demo",
}
"""Each command with the function that runs it, imported when it is called."""


def build(*, listed: bool) -> App:
    """The commands; `listed` imports them all, because a list of them shows their first lines."""
    app = App(
        name="chipledger",
        help=HELP,
        version=__version__,
        result_action="return_value",
        suppress_keyboard_interrupt=False,  # `run` says what it means
    )
    for name, place in COMMANDS.items():
        module, _, function = place.partition(":")
        app.command(getattr(import_module(module), function) if listed else place, name=name)
    return app


def main() -> NoReturn:
    """Run the command line and leave with its exit status."""
    sys.exit(run(sys.argv[1:]))


def run(tokens: Sequence[str]) -> int:
    """Run one command; returns the exit status (design, chapter 5)."""
    try:
        status = build(listed=not tokens or tokens[0] in HELP_FLAGS)(
            list(tokens), exit_on_error=False, print_error=False
        )
        sys.stdout.flush()
    except BrokenPipeError:  # the reader of a pipe left
        _silence()
        return 0
    except (CycloptsError, LedgerError, sqlite3.DatabaseError, KeyboardInterrupt, OSError) as error:
        code, sentence, status = _told(error)
        return _failed(code, sentence, status, tokens)
    return status if isinstance(status, int) else 0


def _told(error: BaseException) -> tuple[str, str, int]:
    """What is said of an error: its code, its sentence, the exit status."""
    match error:
        case CycloptsError():
            return "wrong-usage", f"{error}", USAGE_STATUS
        case LedgerError():
            return error.code, error.sentence, error.exit_status
        case KeyboardInterrupt():
            return "interrupted", str(error) or STOPPED, INTERRUPTED_STATUS
        case sqlite3.DatabaseError():  # met while rows were fetched
            from ledger.store.sqlite import told

            return _told(told(error))
        case OSError():
            return _told(_refused(error))
        case _:
            raise error


def _refused(error: OSError) -> Conflict:
    """What the system did not let us read or write, standard output where it names no file."""
    if error.filename is None:
        _silence()
    return Conflict(
        f"the system does not let it be read or written ({error.strerror})",
        where=str(error.filename or "standard output"),
        cure="make room or give the right, and run it again: what was recorded by then stays "
        "recorded, once",
    )


def _silence() -> None:
    """Say nothing more on standard output, not even when Python closes its streams."""
    with suppress(OSError, ValueError):  # it may be no file at all
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _failed(code: str, sentence: str, status: int, tokens: Sequence[str]) -> int:
    if "--json" in tokens:
        print(json.dumps({"error": {"code": code, "message": sentence}}), file=sys.stderr)  # noqa: T201
    else:
        from ledger.cli.output import console

        console(stderr=True).print(f"[bold red]{code}[/]", end="  ")
        console(stderr=True).print(sentence, markup=False)
    return status
