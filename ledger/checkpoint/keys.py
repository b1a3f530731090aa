"""The signing keys: one file each, outside the ledger, that nobody but their owner can read.

Beside each lies the largest head that it signed here: a key never signs two histories.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import mkstemp
from typing import Final

from ledger.checkpoint.heads import Checkpoint
from ledger.checkpoint.notes import Signer, Verifier
from ledger.core.errors import Conflict, InvalidInput, NotFound

FOLDER_VARIABLE: Final = "CHIPLEDGER_KEYS"
OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
"""Rights of anyone but the owner."""


def folder() -> Path:
    """Where keys are kept: CHIPLEDGER_KEYS, else a folder of the user's configuration.

    Raises `NotFound` where there is no home and no folder was named.
    """
    named = os.environ.get(FOLDER_VARIABLE)
    if named:
        return Path(named)
    configured = Path(os.environ.get("XDG_CONFIG_HOME") or "")
    if not configured.is_absolute():  # the XDG specification says to ignore a relative one
        try:
            configured = Path("~/.config").expanduser()
        except RuntimeError as homeless:
            raise NotFound(
                "there is no home folder to keep keys in",
                cure=f"name a folder of your own in {FOLDER_VARIABLE}",
            ) from homeless
    return configured / "chipledger" / "keys"


def file_of(key: Verifier) -> Path:
    """The file that holds a key: named by ledger and key id."""
    return folder() / f"{key.name.rpartition('/')[2]}.{key.key_id.hex()}.key"


@contextmanager
def made(name: str) -> Iterator[Signer]:
    """A new key, in its file and on the disk; removed again if what it is made for fails.

    A crash leaves a file that no ledger names. Raises `Conflict` where it can't be kept safely.
    """
    signer = Signer.make(name)
    file = file_of(signer.verifier)
    try:
        file.parent.mkdir(mode=stat.S_IRWXU, parents=True, exist_ok=True)
        _owner_only(file.parent.stat(), file.parent, "700")
        _write(file, f"{signer.secret()}\n")
    except OSError as error:
        raise Conflict(
            f"no key can be kept in {file.parent} ({error.strerror})",
            cure=f"name a folder of your own in {FOLDER_VARIABLE} and try again",
        ) from error
    try:
        yield signer
    except BaseException:
        file.unlink(missing_ok=True)
        raise


def _write(file: Path, text: str) -> None:
    """Write a file that must be new, with the owner's rights from its first moment."""
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, stat.S_IRUSR | stat.S_IWUSR)
    with os.fdopen(handle, "w", encoding="utf-8") as opened:
        opened.write(text)
        opened.flush()
        os.fsync(opened.fileno())
    parent = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(parent)  # without it the name could be lost though the contents are not
    finally:
        os.close(parent)


def load(key: Verifier) -> Signer | None:
    """The signer of a verifier key; None where its file is not here.

    Raises `Conflict` where others may read it, `InvalidInput` where it holds something else.
    """
    file = file_of(key)
    try:
        with file.open(encoding="utf-8") as opened:
            _owner_only(file.parent.stat(), file.parent, "700")
            _owner_only(os.fstat(opened.fileno()), file, "600")
            signer = Signer.read(opened.read(), where=str(file))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise Conflict(f"the key file {file} can't be read ({error})") from error
    if signer.verifier != key:
        raise InvalidInput(
            f"holds the key {signer.verifier.label}, not {key.label}",
            where=str(file),
            cure="put the right file back from a copy",
        )
    return signer


def signed_file(key: Verifier) -> Path:
    """The file that remembers the largest head that a key signed here."""
    return file_of(key).with_suffix(".signed")


def last_signed(key: Verifier) -> Checkpoint | None:
    """The largest head that a key signed here; None where nothing that can be read is kept."""
    try:
        file = signed_file(key)
        return Checkpoint.read(file.read_text(encoding="utf-8"), where=str(file))
    except (OSError, UnicodeDecodeError, InvalidInput, NotFound):
        return None


def remember(key: Verifier, checkpoint: Checkpoint) -> None:
    """Remember a head that was signed; a crash leaves the one before.

    A folder that can't be written to, such as a mounted secret, keeps nobody from signing.
    """
    known = last_signed(key)
    if known is not None and known.size >= checkpoint.size:
        return
    file = signed_file(key)
    with suppress(OSError):
        handle, name = mkstemp(dir=file.parent, prefix=".")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as opened:
                opened.write(str(checkpoint))
                opened.flush()
                os.fsync(opened.fileno())
            Path(name).replace(file)
        finally:
            Path(name).unlink(missing_ok=True)


def _owner_only(found: os.stat_result, path: Path, mode: str) -> None:
    rights = stat.S_IMODE(found.st_mode)
    if os.name == "posix" and rights & OTHERS:
        raise Conflict(
            f"others than its owner have rights on {path} ({rights:04o})",
            cure=f"run 'chmod {mode} {path}'; if someone may have read the key, then "
            "'chipledger keys rotate'",
        )
