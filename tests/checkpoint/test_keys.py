"""Key files: made once, for their owner only, and refused when others may read them."""

import os
import stat
from pathlib import Path

import pytest

from ledger.checkpoint import keys
from ledger.checkpoint.notes import Signer, Verifier
from ledger.core.errors import Conflict, InvalidInput, NotFound
from tests.checkpoint.kept import FIRST, ORIGIN, checkpoint


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CHIPLEDGER_KEYS", str(tmp_path / "own" / "keys"))
    return tmp_path / "own" / "keys"


def made(name: str = ORIGIN) -> Signer:
    with keys.made(name) as signer:
        return signer


def rights(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077])
def test_a_key_is_its_owners_alone_whatever_the_mask(mask: int, folder: Path) -> None:
    before = os.umask(mask)
    try:
        signer = made()
    finally:
        os.umask(before)
    (file,) = folder.iterdir()
    assert file.name == f"ledger-1.{signer.verifier.key_id.hex()}.key"
    assert (rights(folder), rights(file)) == (0o700, 0o600)
    assert file.read_text(encoding="utf-8") == f"{signer.secret()}\n"
    assert keys.load(signer.verifier) == signer


def test_where_keys_lie(monkeypatch: pytest.MonkeyPatch) -> None:
    assert keys.folder() == Path(os.environ["CHIPLEDGER_KEYS"])
    monkeypatch.delenv("CHIPLEDGER_KEYS")
    monkeypatch.setenv("XDG_CONFIG_HOME", "/configured")
    assert keys.folder() == Path("/configured/chipledger/keys")
    monkeypatch.setenv("HOME", "/of/ana")
    for ignored in ("", "relative/folder"):
        monkeypatch.setenv("XDG_CONFIG_HOME", ignored)
        assert keys.folder() == Path("/of/ana/.config/chipledger/keys")


def test_without_a_home_a_folder_must_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def homeless(_: Path) -> Path:
        raise RuntimeError

    monkeypatch.delenv("CHIPLEDGER_KEYS")
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.setattr(Path, "expanduser", homeless)
    with pytest.raises(
        NotFound, match=r"there is no home folder .* Name a folder of your own in CH"
    ):
        keys.folder()
    assert keys.last_signed(FIRST.verifier) is None


def test_a_key_is_removed_where_what_it_was_made_for_fails(folder: Path) -> None:
    def adopt() -> None:
        with keys.made(ORIGIN):
            assert len(list(folder.iterdir())) == 1
            raise KeyError

    with pytest.raises(KeyError):
        adopt()
    assert list(folder.iterdir()) == []


def test_a_file_that_is_there_is_never_written_over(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    signer = made()
    monkeypatch.setattr(Signer, "make", lambda _: signer)
    with pytest.raises(Conflict, match=r"no key can be kept in .* .File exists"):
        made()
    assert keys.load(signer.verifier) == signer
    assert len(list(folder.iterdir())) == 1


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o601])
def test_a_key_that_others_have_rights_on_is_refused(mode: int, folder: Path) -> None:
    signer = made()
    file = keys.file_of(signer.verifier)
    file.chmod(mode)
    with pytest.raises(Conflict) as refused:
        keys.load(signer.verifier)
    assert refused.value.what == f"others than its owner have rights on {file} ({mode:04o})"
    assert refused.value.cure.startswith(
        f"run 'chmod 600 {file}'; if someone may have read the key"
    )
    file.chmod(0o400)
    assert keys.load(signer.verifier) == signer
    folder.chmod(0o755)
    with pytest.raises(Conflict, match=r"rights on .*keys \(0755\). Run 'chmod 700 "):
        keys.load(signer.verifier)
    with pytest.raises(Conflict, match=r"rights on .*keys \(0755\)"):
        made()
    assert len(list(folder.iterdir())) == 1


def test_a_place_where_no_key_can_be_kept_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    for place in (tmp_path / "file", tmp_path / "file" / "keys"):
        monkeypatch.setenv("CHIPLEDGER_KEYS", str(place))
        with pytest.raises(Conflict, match=r"no key can be kept in .*file.* Name a folder of your"):
            made()
        assert keys.load(FIRST.verifier) is None


def test_a_key_whose_file_is_not_here_is_none(folder: Path) -> None:
    assert keys.load(FIRST.verifier) is None
    folder.mkdir(parents=True)
    assert keys.load(FIRST.verifier) is None


def test_a_file_that_holds_something_else_is_told(folder: Path) -> None:
    signer, other = made(), made("chipledger/other")
    file = keys.file_of(signer.verifier)
    file.write_text(other.secret(), encoding="utf-8")
    with pytest.raises(InvalidInput, match=r"\.key: holds the key chipledger/other\+.*, not chipl"):
        keys.load(signer.verifier)
    file.write_text("nothing", encoding="utf-8")
    with pytest.raises(InvalidInput, match=r"\.key: is no key of the form"):
        keys.load(signer.verifier)
    file.write_bytes(b"\xff")
    with pytest.raises(Conflict, match="can't be read"):
        keys.load(signer.verifier)
    file.unlink()
    file.mkdir(mode=0o700)
    with pytest.raises(Conflict, match="can't be read"):
        keys.load(signer.verifier)
    assert folder.is_dir()


def test_the_largest_head_that_was_signed_is_remembered(folder: Path) -> None:
    key = made().verifier
    assert keys.last_signed(key) is None
    for size, remembered in ((3, 3), (2, 3), (5, 5), (5, 5)):
        keys.remember(key, checkpoint(size))
        assert keys.last_signed(key) == checkpoint(remembered)
    assert rights(keys.signed_file(key)) == 0o600
    assert len(list(folder.iterdir())) == 2


@pytest.mark.parametrize("content", [b"", b"\xff", b"half a checkpoint\n1"])
def test_a_memory_that_can_not_be_read_keeps_nobody_from_signing(
    content: bytes, folder: Path
) -> None:
    key = made().verifier
    keys.signed_file(key).write_bytes(content)
    assert keys.last_signed(key) is None
    keys.remember(key, checkpoint(3))
    assert keys.last_signed(key) == checkpoint(3)
    keys.signed_file(key).unlink()
    keys.signed_file(key).mkdir()
    keys.remember(key, checkpoint(3))
    assert keys.last_signed(key) is None
    assert len(list(folder.iterdir())) == 2


@pytest.mark.parametrize("name", ["chipledger/..", "chipledger/a", "chipledger/%2Fetc"])
def test_a_key_stays_in_its_folder_whatever_the_ledger_is_called(name: str, folder: Path) -> None:
    file = keys.file_of(Verifier(name, bytes(32)))
    assert file.resolve().parent == folder.resolve()
