"""`chipledger keys`, and the key that `init` makes."""

import json
from pathlib import Path

import pytest

from ledger.checkpoint import keys as files
from ledger.checkpoint.notes import Verifier
from ledger.core.encoding import event_data
from tests.cli.running import Cli, runner
from tests.core.builders import key_adopted
from tests.store.ledgers import SIZE, entries_of, stored


def test_a_ledger_without_a_key_says_so(cli: Cli) -> None:
    assert "no key yet: chipledger init makes one" in cli("keys").out
    assert cli("keys", "--json").data["keys"] == []
    ran = cli("keys", "rotate", "--reason", "yearly", "--json")
    assert (ran.status, ran.error["code"]) == (3, "not-found")


def test_a_key_is_rotated_and_listed(url: str, cli: Cli) -> None:
    first = cli("init", "--json").data["vkey"]
    ran = cli("keys", "rotate", "--reason", "once a year", "--actor", "ben", "--json").data
    assert (ran["endorsed"], ran["vkey"] != first) == (True, True)
    last = entries_of(url)[-1]
    assert (last.envelope.actor, last.envelope.seq, last.event.id) == ("ben", SIZE + 2, ran["id"])
    found = cli("keys", "--json").data
    assert [one["key"] for one in found["keys"]] == [first, ran["vkey"]]
    assert [one["signs"] for one in found["keys"]] == [False, True]
    text = cli("keys").out
    assert first in text
    assert "once a year; endorsed by the key before; signs now; its file is here" in text
    said = cli("keys", "rotate", "--reason", "again").out
    assert said.startswith("adopted  endorsed by the key before; hand it out:\n")


def test_the_key_to_hand_out_is_written_into_a_file(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "owner.vkey"
    ran = cli("keys", "--out", str(file), "--json")
    assert (ran.status, file.exists()) == (3, False)
    key = cli("init", "--json").data["vkey"]
    assert cli("keys", "--out", str(file)).status == 0
    assert file.read_text(encoding="utf-8") == f"{key}\n"


def test_a_lost_key_is_replaced_in_the_open(url: str, cli: Cli) -> None:
    first = cli("init", "--json").data["vkey"]
    before = stored(url)
    ran = cli("keys", "adopt", "--reason", "lost", "--json")
    assert (ran.status, ran.error["code"]) == (4, "conflict")
    files.file_of(Verifier.read(first)).unlink()
    again = cli("init", "--json").data
    assert (again["vkey"], "is not in" in again["unsigned"]) == (first, True)
    assert "its heads are not signed" in cli("init").out
    ran = cli("keys", "rotate", "--reason", "yearly", "--json")
    assert (ran.status, "chipledger keys adopt" in ran.error["message"]) == (3, True)
    assert stored(url) == before
    new = cli("keys", "adopt", "--reason", "lost", "--json").data
    assert new["endorsed"] is False
    assert cli("head", "--json").data["vkey"] == new["vkey"]
    text = cli("keys").out
    assert "endorsed by none" in text
    assert "its file is not here" in text


def test_a_ledger_is_created_where_no_key_can_be_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("CHIPLEDGER_KEYS", str(tmp_path / "file"))
    cli = runner(capsys, "--ledger", f"sqlite:///{tmp_path}/new.db")
    ran = cli("init", "--json")
    assert (ran.status, ran.data["vkey"]) == (0, None)
    assert ran.data["unsigned"].startswith(f"no key can be kept in {tmp_path}/file")
    assert cli("verify").status == 0
    assert cli("head", "--json").data["checkpoint"] is None
    monkeypatch.setenv("CHIPLEDGER_KEYS", str(tmp_path / "folder"))
    assert cli("init", "--json").data["vkey"] is not None
    assert cli("head", "--json").data["checkpoint"] is not None


def test_a_key_is_not_imported_and_its_adoption_not_reversed(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    file.write_text(json.dumps(event_data(key_adopted("mine"))), encoding="utf-8")
    ran = cli("import", str(file), "--json")
    assert (ran.status, ran.data["rejected"], ran.data["appended"]) == (1, 1, 0)
    cli("init")
    event = cli("keys", "--json").data["keys"][0]["event"]
    ran = cli("reverse", event, "--reason", "why not", "--json")
    assert (ran.status, "a key can't be reversed" in ran.error["message"]) == (2, True)
