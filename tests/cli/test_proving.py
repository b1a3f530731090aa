"""`head`, `prove` and `verify-proof` as an auditor and a ledger's owner use them."""

import json
from pathlib import Path

import pytest

from ledger.checkpoint import keys as files
from ledger.checkpoint.notes import Verifier
from ledger.cli.app import run
from tests.cli.running import Cli, Ran
from tests.service.kept import FIRST, LAST, forget, shipped
from tests.store.forging import changed, forge
from tests.store.ledgers import SIZE, entries_of, head_of, put, stored


@pytest.fixture
def vkey(url: str, cli: Cli) -> str:
    """A ledger with a key and shipments; its verifier key."""
    shipped(url)
    found: str = cli("head", "--json").data["vkey"]
    return found


@pytest.fixture
def offline(capsys: pytest.CaptureFixture[str]) -> Cli:
    """The command line of an auditor: no ledger and no keys anywhere."""

    def ran(*tokens: str) -> Ran:
        capsys.readouterr()
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("CHIPLEDGER_KEYS", "nowhere")
            patch.setenv("CHIPLEDGER_URL", "sqlite:///nowhere/nothing.db")
            status = run(list(tokens))
        printed = capsys.readouterr()
        return Ran(status, printed.out, printed.err)

    return ran


# ---- head


@pytest.mark.usefixtures("vkey")
def test_a_head_is_shown_with_law_key_and_signed_checkpoint(url: str, cli: Cli) -> None:
    data = cli("head", "--json").data
    head = head_of(url)
    assert (data["size"], data["root"]) == (head.size, head.root) == (LAST, head.root)
    assert data["checkpoint"].startswith(f"{data['origin']}\n{LAST}\n")
    assert data["vkey"].startswith(f"{data['origin']}+")
    assert {"pack", "digest"} == set(data["law"][0])
    out = cli("head").out
    assert out.startswith(f"{LAST} entries, root {head.root}\n")
    assert data["checkpoint"] in out
    assert data["vkey"] in out
    assert all(law["digest"] in out for law in data["law"])


@pytest.mark.usefixtures("vkey")
def test_a_head_is_written_as_it_was_signed(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "head.checkpoint"
    data = cli("head", "--out", str(file), "--json").data
    assert file.read_bytes().decode() == data["checkpoint"]
    earlier = cli("head", "--as-of", str(FIRST), "--json").data
    assert (earlier["size"], earlier["checkpoint"].split("\n")[1]) == (FIRST, str(FIRST))
    ran = cli("head", "--out", str(tmp_path), "--json")
    assert (ran.status, ran.error["code"]) == (2, "invalid-input")
    assert "--out: can't write" in ran.error["message"]


def test_without_a_key_the_head_is_shown_and_says_that_it_is_not_signed(
    url: str, cli: Cli, tmp_path: Path
) -> None:
    before = stored(url)
    data = cli("head", "--json").data
    assert (data["size"], data["checkpoint"], data["vkey"]) == (SIZE, None, None)
    assert data["unsigned"] == "the ledger has no signing key. Make one: chipledger init."
    assert "not signed  the ledger has no signing key." in cli("head").out
    ran = cli("head", "--out", str(tmp_path / "head"), "--json")
    assert (ran.status, ran.error["message"]) == (
        2,
        (
            "--out: there is nothing signed to write: the ledger has no signing key. "
            "Make one: chipledger init."
        ),
    )
    assert not (tmp_path / "head").exists()
    ran = cli("prove", "ledger", "--out", str(tmp_path / "proof"), "--json")
    assert (ran.status, ran.error["code"]) == (3, "not-found")
    assert stored(url) == before


def test_a_key_that_others_may_read_is_refused(vkey: str, cli: Cli) -> None:
    file = files.file_of(Verifier.read(vkey))
    file.chmod(0o644)
    ran = cli("head", "--json")
    assert (ran.status, ran.error["code"]) == (4, "conflict")
    assert ran.error["message"].startswith(f"others than its owner have rights on {file} (0644).")
    file.chmod(0o600)
    assert cli("head").status == 0


def test_a_head_that_was_never_reached_is_told(cli: Cli) -> None:
    ran = cli("head", "--as-of", "99", "--json")
    assert (ran.status, ran.error["code"]) == (3, "not-found")


# ---- inclusion


def test_an_entry_is_proven_to_whoever_has_the_key(
    vkey: str, cli: Cli, offline: Cli, tmp_path: Path
) -> None:
    file = str(tmp_path / "e3.tlog-proof")
    data = cli("prove", "e3", "--out", file, "--json").data
    assert data == {"proof": "inclusion", "entry": FIRST + 3, "size": LAST, "file": file}
    said = " ".join(cli("prove", "e3", "--out", file).out.split())
    assert said.startswith(f"written {file}: e3 is entry {FIRST + 3} of {LAST}")
    shown = offline("verify-proof", file, "--key", vkey, "--json").data
    assert (shown["shown"], shown["signature"], shown["keys"]) == ("inclusion", "valid", [vkey])
    assert (shown["event"]["kind"], shown["event"]["id"]) == ("lot.exported", "e3")
    recorded_at = shown["envelope"]["recorded_at"]
    text = offline("verify-proof", file, "--key", vkey).out
    assert f"lot.exported e3 on 2025-08-01, entry {FIRST + 3}" in text
    assert f"recorded {recorded_at} by ana via api" in text
    assert f"signed by {Verifier.read(vkey).label}" in text
    (tmp_path / "owner.key").write_text(f"{vkey}\n", encoding="utf-8")
    ran = offline("verify-proof", file, "--key", str(tmp_path / "owner.key"), "--json")
    assert ran.data == shown


@pytest.mark.usefixtures("vkey")
def test_without_a_key_it_is_said_that_nobodys_signature_was_checked(
    cli: Cli, offline: Cli, tmp_path: Path
) -> None:
    file = str(tmp_path / "proof")
    cli("prove", "e3", "--out", file)
    shown = offline("verify-proof", file, "--json").data
    assert (shown["signature"], shown["keys"]) == ("not checked", [])
    ran = offline("verify-proof", file)
    assert ran.status == 0
    assert "signature not checked  nothing is shown of who signed this head" in ran.out


def test_a_wrong_proof_is_status_5_and_names_what_differs(
    vkey: str, cli: Cli, offline: Cli, tmp_path: Path
) -> None:
    file = tmp_path / "proof"
    cli("prove", "e3", "--out", str(file))
    good = file.read_text(encoding="utf-8")
    for wrong, said in (
        (good.replace(f"index {FIRST + 2}", f"index {FIRST + 1}"), "and its path give the root"),
        (good.replace(f"\n{LAST}\n", f"\n{LAST - 1}\n"), "is not one of this text"),
    ):
        assert wrong != good
        file.write_text(wrong, encoding="utf-8")
        ran = offline("verify-proof", str(file), "--key", vkey, "--json")
        assert (ran.status, ran.error["code"]) == (5, "not-proven")
        assert said in ran.error["message"]
    lines = good.split("\n")
    lines[3], lines[4] = lines[4], lines[3]
    file.write_text("\n".join(lines), encoding="utf-8")
    ran = offline("verify-proof", str(file), "--json")
    assert (ran.status, ran.error["code"]) == (5, "not-proven")
    assert f"the proof: the entry {FIRST + 3} and its path give the root " in ran.error["message"]
    file.write_text(good, encoding="utf-8")
    other = "chipledger/other+1a2b3c4d" + vkey[-45:]
    ran = offline("verify-proof", str(file), "--key", other, "--json")
    assert (ran.status, ran.error["code"]) == (2, "invalid-input")


@pytest.mark.parametrize(
    ("content", "status", "said"),
    [
        (None, 3, "there is no file"),
        (b"", 2, "is no signed note"),
        (b"\xff\xfe", 2, "is not UTF-8 text"),
        (b"c2sp.org/tlog-proof@v1\nindex 0\n\n", 2, "is no signed note"),
        (b'{"proof": 1}', 2, "is no signed note"),
    ],
)
def test_a_file_that_is_no_proof_is_bad_input(
    content: bytes | None, status: int, said: str, offline: Cli, tmp_path: Path
) -> None:
    file = tmp_path / "kept"
    if content is not None:
        file.write_bytes(content)
    ran = offline("verify-proof", str(file), "--json")
    assert (ran.status, said in ran.error["message"]) == (status, True)
    assert str(file) in ran.error["message"]


def test_one_thing_is_proven_at_a_time(cli: Cli, tmp_path: Path) -> None:
    for tokens in ((), ("e1", "--since", "3")):
        ran = cli("prove", *tokens, "--out", str(tmp_path / "proof"), "--json")
        assert (ran.status, ran.error["code"]) == (2, "invalid-input")
        assert "Name one event, or an earlier head: --since." in ran.error["message"]


@pytest.mark.usefixtures("vkey")
def test_an_unknown_event_is_not_found(cli: Cli, tmp_path: Path) -> None:
    ran = cli("prove", "who", "--out", str(tmp_path / "proof"), "--json")
    assert (ran.status, ran.error["code"]) == (3, "not-found")
    assert list(tmp_path.glob("proof")) == []


# ---- consistency


def test_growth_is_proven_since_a_size_and_since_a_checkpoint(
    vkey: str, url: str, cli: Cli, offline: Cli, tmp_path: Path
) -> None:
    mine, file = str(tmp_path / "mine"), str(tmp_path / "proof")
    cli("head", "--out", mine)
    put(url, *[one.event for one in entries_of(url)[-2:-1]])
    cli("reverse", "e1", "--reason", "recorded in error")
    for since in (str(LAST), mine):
        data = cli("prove", "--since", since, "--out", file, "--json").data
        assert data == {"proof": "consistency", "old": LAST, "size": LAST + 1, "file": file}
        shown = offline("verify-proof", file, "--key", vkey, "--old", mine, "--json").data
        assert (shown["shown"], shown["size"], shown["signature"]) == (
            "consistency",
            LAST + 1,
            "valid",
        )
        assert (shown["old"]["size"], shown["old"]["checkpoint"]) == (LAST, "valid")
    text = offline("verify-proof", file, "--old", mine).out
    assert f"shown  the head of {LAST + 1} entries only adds to an earlier one" in text
    assert "which is the checkpoint that was kept" in text
    alone = offline("verify-proof", file)
    assert "not compared with a checkpoint that was kept: give it with --old" in alone.out
    ran = offline("verify-proof", mine, "--old", mine, "--json")
    assert (ran.status, "--old: only a consistency proof" in ran.error["message"]) == (2, True)
    assert offline("verify-proof", mine, "--key", vkey, "--json").data["shown"] == "checkpoint"


@pytest.mark.usefixtures("vkey")
def test_a_size_that_was_never_reached_is_bad_input(cli: Cli, tmp_path: Path) -> None:
    ran = cli("prove", "--since", "99", "--out", str(tmp_path / "proof"), "--json")
    assert (ran.status, ran.error["code"]) == (2, "invalid-input")
    assert f"Name a size from 1 to {LAST}." in ran.error["message"]


def test_an_auditor_with_a_copy_and_no_key_proves_against_what_was_kept(
    vkey: str, cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine, file = str(tmp_path / "mine"), str(tmp_path / "proof")
    cli("head", "--out", mine)
    monkeypatch.setenv("CHIPLEDGER_KEYS", str(tmp_path / "none"))
    assert cli("prove", "e2", "--out", file).status == 3
    assert cli("prove", "e2", "--checkpoint", mine, "--out", file).status == 0
    assert cli("head", "--json").data["checkpoint"] is None
    shown = cli("verify", "--checkpoint", file, "--key", vkey, "--json").data
    assert shown["kept"] == {"sizes": [LAST], "agree": True, "signature": "valid"}


# ---- an old key leads to the new one


def test_the_holder_of_an_old_key_checks_what_the_new_one_signed(
    vkey: str, cli: Cli, offline: Cli, tmp_path: Path
) -> None:
    file = str(tmp_path / "proof")
    new = cli("keys", "rotate", "--reason", "once a year", "--json").data["vkey"]
    cli("prove", "e3", "--out", file)
    assert offline("verify-proof", file, "--key", vkey, "--json").data["keys"] == [vkey, new]
    text = offline("verify-proof", file, "--key", vkey).out
    assert f"signed by {Verifier.read(new).label}" in text
    assert f"{Verifier.read(vkey).label} endorses {Verifier.read(new).label}: {new}" in text
    assert offline("verify-proof", file, "--key", new, "--json").data["keys"] == [new]


# ---- a ledger that was changed and made to fit again


def test_a_fork_is_refused_by_everything_that_was_kept(
    vkey: str, url: str, cli: Cli, offline: Cli, tmp_path: Path
) -> None:
    mine, proof, theirs = (str(tmp_path / name) for name in ("mine", "proof", "theirs"))
    cli("head", "--as-of", str(FIRST + 4), "--out", mine)
    cli("prove", "e3", "--out", proof)
    found = entries_of(url)
    found[FIRST + 2] = changed(found[FIRST + 2], document="another order")
    forge(url, found)
    assert cli("verify").status == 5
    forget(url)
    assert cli("verify").status == 0
    for evidence, place in (
        (mine, f"between entry 1 and {FIRST + 4}"),
        (proof, f"entry {FIRST + 3}"),
    ):
        ran = cli("verify", "--checkpoint", evidence, "--key", vkey, "--json")
        assert (ran.status, ran.error["code"]) == (5, "ledger-damaged")
        assert ran.error["message"].startswith(f"{place}: it is not what was signed: entries ")
    ran = cli("prove", "--since", mine, "--out", theirs, "--json")
    assert (ran.status, ran.error["code"]) == (5, "ledger-damaged")
    cli("prove", "--since", str(FIRST + 4), "--out", theirs)
    ran = offline("verify-proof", theirs, "--key", vkey, "--old", mine, "--json")
    assert (ran.status, ran.error["code"]) == (5, "not-proven")
    assert ran.error["message"].startswith("--old: the proof starts at the root ")


def test_a_removed_tail_is_told_with_its_first_entry(
    vkey: str, url: str, cli: Cli, tmp_path: Path
) -> None:
    mine = str(tmp_path / "mine")
    cli("head", "--out", mine)
    forge(url, entries_of(url)[: LAST - 2])
    ran = cli("verify", "--json")
    assert (ran.status, f"entry {LAST - 1}: " in ran.error["message"]) == (5, True)
    forget(url)
    assert cli("verify").status == 0
    ran = cli("verify", "--checkpoint", mine, "--key", vkey, "--json")
    assert (ran.status, ran.error["code"]) == (5, "ledger-damaged")
    assert ran.error["message"].startswith(
        f"entry {LAST - 1}: {LAST} entries were signed, {LAST - 2} are stored: the end was removed."
    )
    assert json.loads(ran.err)


def test_an_agreeing_checkpoint_is_said_to_agree(vkey: str, cli: Cli, tmp_path: Path) -> None:
    mine, older = str(tmp_path / "mine"), str(tmp_path / "older")
    cli("head", "--out", mine)
    cli("head", "--as-of", str(FIRST), "--out", older)
    ran = cli("verify", "--checkpoint", older, "--checkpoint", mine)
    assert f"agrees with what was kept at {FIRST}, {LAST} entries" in ran.out
    assert "signatures not checked" in ran.out
    ran = cli("verify", "--checkpoint", mine, "--key", vkey)
    assert "signatures valid" in ran.out
