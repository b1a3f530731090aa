"""Which commands there are, how they start, and how an error becomes an exit status."""

import subprocess
import sys
from errno import ENOSPC
from pathlib import Path
from typing import Final

import pytest

from ledger import __version__
from ledger.cli.app import COMMANDS, build, main, run
from ledger.core.errors import (
    Conflict,
    InvalidInput,
    LedgerDamaged,
    LedgerError,
    NotFound,
)
from ledger.service.importing import Interrupted
from tests.cli.running import LOT, Cli, runner

HEAVY: Final = ("sqlmodel", "sqlalchemy", "alembic", "polars", "duckdb")
NESTED: Final = ("rules lint", "rules adopt")
"""Commands that another one holds."""


# ---- help


@pytest.mark.parametrize("command", [*COMMANDS, *NESTED])
def test_every_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    ran = runner(capsys)(*command.split(), "--help")
    assert (ran.status, ran.err) == (0, "")
    assert f"chipledger {command}" in ran.out


@pytest.mark.parametrize("command", [*COMMANDS, *NESTED])
def test_the_help_of_a_command_has_an_example(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = " ".join(runner(capsys)(*command.split(), "--help").out.split())
    assert "Example" in shown
    assert f"chipledger {command}" in shown.partition("Example")[2]


def test_the_help_names_every_command_and_what_it_is_not(
    capsys: pytest.CaptureFixture[str],
) -> None:
    ran = runner(capsys)("--help")
    assert ran.status == 0
    assert all(name in ran.out for name in COMMANDS)
    shown = " ".join(ran.out.split())
    assert "it does not give legal clearance" in shown
    assert "Exit status: 0 permitted or done, 1 answered but not permitted, 2 bad input" in shown


def test_the_version_is_that_of_the_package(capsys: pytest.CaptureFixture[str]) -> None:
    assert runner(capsys)("--version").out.strip() == __version__


# ---- errors


@pytest.mark.parametrize(
    ("tokens", "said"),
    [
        (["frobnicate"], 'Unknown command "frobnicate"'),
        (["check", "--frob"], "Unknown option: --frob"),
        (["check", "extra"], "extra"),
        (["export-lot", "--line", "1.7"], "expected a whole number, found 1.7"),
        (["check", "--posture", "maybe"], "--posture"),
        (["check", "--device"], "--device"),
        (["release"], "RESERVATION"),
        (["release", "r1", "--overdue"], "found RESERVATION and --overdue"),
        (["release", "--bundle", "b", "--overdue"], "found --bundle and --overdue"),
        (["extend", "r1"], "--hold-until"),
        (["extend", "--hold-until", "2099-01-01"], "Give one of RESERVATION, --bundle; found none"),
        (["reserve", "--bundle", "a", "--replaces", "r"], "found --bundle and --replaces"),
        (["reserve", "--bundle", "a", "--request", "b"], "found --bundle and --request"),
        (["reinstate"], "RESERVATION"),
        (["reverse", "x"], "reason"),
        (["reserve", "--transaction", "smuggle"], "--transaction"),
    ],
)
def test_wrong_usage_is_bad_input(tokens: list[str], said: str, cli: Cli) -> None:
    assert cli(*tokens).status == 2
    assert "wrong-usage" in cli(*tokens).said
    error = cli(*tokens, "--json").error
    assert error["code"] == "wrong-usage"
    assert said.lower() in error["message"].lower()


@pytest.mark.parametrize(
    ("kind", "status"), [(InvalidInput, 2), (NotFound, 3), (Conflict, 4), (LedgerDamaged, 5)]
)
def test_an_error_ends_in_its_own_status_with_its_sentence(
    kind: type[LedgerError],
    status: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fails(*_: object, **__: object) -> int:
        raise kind("[bold]it[/] is so", where="here", cure="do that")

    monkeypatch.setattr("ledger.store.ledger.Ledger.open", fails)
    ran = runner(capsys)("verify", "--json")
    assert (ran.status, ran.error) == (
        status,
        {"code": kind.code, "message": "here: [bold]it[/] is so. Do that."},
    )
    plain = runner(capsys)("verify")
    assert (plain.status, plain.said) == (status, f"{kind.code} here: [bold]it[/] is so. Do that.")


@pytest.mark.parametrize(
    ("stop", "ends", "said"),
    [
        (
            KeyboardInterrupt(),
            ("interrupted", 130),
            "it was stopped by hand: a change is recorded whole or not at all. Run it again",
        ),
        (Interrupted(2_000), ("interrupted", 130), "the first 2,000 rows are done with"),
        (Interrupted(0), ("interrupted", 130), "no row is in the ledger"),
        (
            OSError(ENOSPC, "No space left on device", "x.csv"),
            ("conflict", 4),
            "x.csv: the system does not let it be read or written (No space left on device). Make",
        ),
    ],
)
def test_what_stops_a_command_from_outside_is_told_without_a_traceback(
    stop: BaseException,
    ends: tuple[str, int],
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def stopped(*_: object, **__: object) -> int:
        raise stop

    monkeypatch.setattr("ledger.store.ledger.Ledger.open", stopped)
    ran = runner(capsys)("verify", "--json")
    assert (ran.error["code"], ran.status) == ends
    assert said in ran.error["message"]
    plain = runner(capsys)("verify")
    assert (plain.said.split()[0], plain.status) == ends
    assert said in plain.said


def test_a_reader_that_leaves_is_no_error(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def left(*_: object, **__: object) -> int:
        raise BrokenPipeError

    kept = sys.stdout
    with Path("/dev/null").open("w", encoding="utf-8") as nowhere:
        monkeypatch.setattr("ledger.store.ledger.Ledger.open", left)
        monkeypatch.setattr(sys, "stdout", nowhere)
        assert run(["verify"]) == 0
        monkeypatch.setattr(sys, "stdout", kept)
    assert capfd.readouterr().err == ""


def test_the_command_leaves_with_the_status(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["chipledger", "verify", "--ledger", "sqlite:///nowhere/x.db"])
    with pytest.raises(SystemExit) as left:
        main()
    assert left.value.code == 3


@pytest.mark.parametrize("listed", [True, False])
def test_every_command_is_registered(listed: bool) -> None:  # noqa: FBT001 -- a case
    app = build(listed=listed)
    assert {name for name in app if not name.startswith("-")} == set(COMMANDS)


def test_the_list_of_commands_says_what_each_is_for(capsys: pytest.CaptureFixture[str]) -> None:
    for tokens in ((), ("--help",), ("-h",)):
        shown = " ".join(runner(capsys)(*tokens).out.split())
        assert "verify Verify" in shown


# ---- which ledger


def test_the_ledger_is_that_of_the_flag_the_environment_or_this_folder(
    url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    cli = runner(capsys)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CHIPLEDGER_URL", raising=False)
    assert "there is no ledger at chipledger.db" in cli("verify").said
    monkeypatch.setenv("CHIPLEDGER_URL", url)
    assert cli("verify").status == 0
    assert cli("verify", "--ledger", "sqlite:///other.db").status == 3


@pytest.mark.parametrize(
    "tokens",
    [
        ["check", *LOT, "--quantity", "1"],
        ["reserve", *LOT, "--quantity", "1"],
        ["export-lot", *LOT, "--quantity", "1"],
        ["release", "r1"],
        ["reverse", "e1", "--reason", "x"],
        ["headroom"],
        ["explain", "r1"],
        ["rules"],
        ["verify"],
    ],
)
def test_a_missing_ledger_is_not_found(
    tokens: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ran = runner(capsys, "--ledger", f"sqlite:///{tmp_path}/none.db")(*tokens, "--json")
    assert ran.status == 3
    assert ran.error["code"] == "not-found"
    assert ran.error["message"].startswith(f"--ledger: there is no ledger at {tmp_path}/none.db.")
    assert ran.error["message"].endswith("Create one: chipledger init.")
    assert list(tmp_path.iterdir()) == []


# ---- the program itself


def program(*tokens: str, options: tuple[str, ...] = ()) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, *options, "-m", "ledger.cli", *tokens]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    "tokens",
    [
        ["--help"],
        ["--version"],
        ["check", *LOT, "--quantity", "1"],
        ["reserve", *LOT, "--quantity", "1"],
    ],
    ids=lambda tokens: tokens[0],
)
def test_the_short_way_loads_no_heavy_library(tokens: list[str], url: str) -> None:
    place = [] if tokens[0].startswith("-") else ["--ledger", url]
    done = program(*tokens, *place, options=("-X", "importtime"))
    assert done.returncode == 0
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if "|" in line}
    assert "ledger.cli.app" in loaded
    assert not {name for name in loaded if name.partition(".")[0] in HEAVY}


def test_the_installed_command_answers_and_ends_in_the_status(url: str) -> None:
    command = Path(sys.executable).with_name("chipledger")
    tokens = ["check", *LOT, "--quantity", "1700", "--ledger", url]
    done = subprocess.run([command, *tokens], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.startswith("license-required")
    assert "\x1b" not in done.stdout


def test_a_pipe_whose_reader_left_stays_silent(url: str) -> None:
    shell = f"{sys.executable} -m ledger.cli headroom --ledger {url} --all | head -n 1"
    done = subprocess.run(["/bin/sh", "-c", shell], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert done.stdout.startswith("Headroom on ")
