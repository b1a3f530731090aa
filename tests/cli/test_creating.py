import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from ledger.core.events import KeyAdopted
from tests.cli.running import Cli, runner
from tests.store.ledgers import CREATED, entries_of, head_of, stored, verified


def test_a_ledger_is_created_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    url = f"sqlite:///{tmp_path}/new.db"
    cli = runner(capsys, "--ledger", url)
    ran = cli("init", "--actor", "ben")
    head = head_of(url)
    assert (ran.status, ran.err) == (0, "")
    (key,) = [one.event.key for one in entries_of(url) if isinstance(one.event, KeyAdopted)]
    assert " ".join(ran.out.split()) == (
        f"created {url}: {CREATED + 1} entries root {head.root} "
        f"key to hand out, for whoever checks what this ledger says: {key}"
    )
    assert {entry.envelope.actor for entry in entries_of(url)} == {"ben"}
    before = stored(url)
    assert "is up to date" in " ".join(cli("init").out.split())
    assert cli("init", "--json").data == {
        "ledger": url,
        "new": False,
        "head": {"size": CREATED + 1, "root": head.root},
        "vkey": key,
        "unsigned": None,
    }
    assert stored(url) == before
    assert verified(url).commits == 2


@pytest.mark.parametrize("zone", ["Mars/Olympus", "America", "", "../UTC"])
def test_an_unknown_zone_is_bad_input(
    zone: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cli = runner(capsys, "--ledger", f"sqlite:///{tmp_path}/new.db")
    ran = cli("init", f"--time-zone={zone}", "--json")
    assert (ran.status, ran.error["code"]) == (2, "invalid-input")
    assert ran.error["message"] == (
        f"--time-zone: unknown time zone '{zone}'. Use one such as UTC."
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("place", "status", "said"),
    [
        ("mysql://host/x", 2, "the ledger URL 'mysql://host/x' is not one that this version"),
        ("sqlite:///", 2, "the ledger URL 'sqlite:///' is not one that this version opens"),
        ("sqlite:///{folder}", 2, "is a folder. Name a file in it"),
        ("sqlite:///{folder}/no/new.db", 3, "there is no folder {folder}/no. Create the folder"),
        ("sqlite:///{folder}/garbage.db", 5, "{folder}/garbage.db can't be read as a ledger"),
    ],
)
def test_where_no_ledger_can_be_is_said(
    place: str, status: int, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    garbage = b"this is no database" * 300
    (tmp_path / "garbage.db").write_bytes(garbage)
    cli = runner(capsys, "--ledger", place.format(folder=tmp_path))
    ran = cli("init", "--json")
    assert ran.status == status
    assert said.format(folder=tmp_path) in ran.error["message"]
    assert (tmp_path / "garbage.db").read_bytes() == garbage


def test_an_existing_ledger_keeps_its_zone(url: str, cli: Cli) -> None:
    assert cli("init").status == 0
    before = stored(url)
    ran = cli("init", "--time-zone", "Asia/Tokyo", "--json")
    assert (ran.status, ran.error["code"]) == (4, "conflict")
    assert ran.error["message"] == (
        "--time-zone: the ledger's legal days are those of UTC, not of Asia/Tokyo. "
        "Leave it out, or create another ledger."
    )
    assert cli("init").status == cli("init", "--time-zone", "UTC").status == 0
    assert stored(url) == before


def test_another_programs_database_is_not_taken_for_a_ledger(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with closing(sqlite3.connect(tmp_path / "other.db")) as other:
        other.execute("CREATE TABLE customers (name)")
    ran = runner(capsys, "--ledger", f"sqlite:///{tmp_path}/other.db")("verify", "--json")
    assert (ran.status, ran.error["code"]) == (3, "not-found")
    assert "other.db holds no ledger" in ran.error["message"]
