"""Checking what was kept, with nothing but a key: no ledger, no clock, no network."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ledger.checkpoint.endorsements import follow
from ledger.checkpoint.evidence import ConsistencyProof, Evidence, InclusionProof, read_evidence
from ledger.checkpoint.heads import Checkpoint
from ledger.checkpoint.notes import Verifier
from ledger.core.encoding import Entry, decode, event_data
from ledger.core.errors import InvalidInput, LedgerDamaged, NotFound, NotProven

NOT_CHECKED = "not checked"
CHECKED = "valid"


@dataclass(frozen=True, slots=True)
class Shown:
    """What a file shows: the entry it proves, the head it adds to, and who signed.

    `keys` leads from the key that was given to the one that signed; it is empty where none was
    given, and then nothing is known of who signed. `old_kept` is whether the earlier head was
    compared with one that was kept.
    """

    checkpoint: Checkpoint
    keys: Sequence[Verifier]
    entry: Entry | None = None
    old: ConsistencyProof | None = None
    old_kept: bool = False

    @property
    def what(self) -> str:
        """Which kind of evidence it is."""
        if self.entry is not None:
            return "inclusion"
        return "checkpoint" if self.old is None else "consistency"

    def as_data(self) -> dict[str, Any]:
        """What is shown, for programs."""
        data: dict[str, Any] = {
            "shown": self.what,
            "origin": self.checkpoint.origin,
            "size": self.checkpoint.size,
            "root": self.checkpoint.root.hex(),
            "signature": CHECKED if self.keys else NOT_CHECKED,
            "keys": [str(key) for key in self.keys],
        }
        if self.entry is not None:
            envelope = self.entry.envelope.model_dump(mode="json", exclude_none=True)
            data |= {"event": event_data(self.entry.event), "envelope": envelope}
        if self.old is not None:
            kept = CHECKED if self.old_kept else NOT_CHECKED
            root = self.old.old_root.hex()
            data |= {"old": {"size": self.old.old, "root": root, "checkpoint": kept}}
        return data


def verify_evidence(
    found: Evidence, *, key: Verifier | None = None, old: Evidence | None = None
) -> Shown:
    """Check a proof or checkpoint against itself, a key, and the earlier checkpoint that was kept.

    Raises `NotProven`, which names what differs, and `InvalidInput` for an earlier checkpoint
    beside what is no consistency proof.
    """
    if old is not None and not isinstance(found, ConsistencyProof):
        raise InvalidInput(
            "only a consistency proof starts at an earlier head",
            where="--old",
            cure="leave it out, or ask for 'chipledger prove --since FILE'",
        )
    found.claims()
    keys = () if key is None else signed_by(found, key)
    if isinstance(found, InclusionProof):
        return Shown(found.checkpoint, keys, entry=_entry(found))
    if not isinstance(found, ConsistencyProof):
        return Shown(found.checkpoint, keys)
    if old is not None:
        _starts_at(found, old, keys)
    return Shown(found.checkpoint, keys, old=found, old_kept=old is not None)


def signed_by(found: Evidence, key: Verifier) -> list[Verifier]:
    """The keys from the one that is trusted to the one that signed; raises `NotProven`."""
    trusted = follow(key, found.endorsements, where="the proof")
    signer = found.checkpoint.signer(trusted)
    return trusted[: trusted.index(signer) + 1]


def _entry(proof: InclusionProof) -> Entry:
    """The entry that was proven: its bytes are those that were signed, whatever they say."""
    try:
        return decode(proof.body, seq=proof.index + 1)
    except LedgerDamaged as unreadable:
        raise InvalidInput(
            f"what is proven to stand there is no entry that can be read ({unreadable.what})",
            where=f"entry {proof.index + 1}",
            cure="check it with the version that wrote the ledger",
        ) from unreadable


def _starts_at(proof: ConsistencyProof, old: Evidence, keys: Sequence[Verifier]) -> None:
    """Compare the head that a proof starts at with the one that was kept."""
    old.claims()
    kept = old.checkpoint
    for what, stated, known in (
        ("of the ledger", proof.checkpoint.origin, kept.origin),
        ("at size", str(proof.old), str(kept.size)),
        ("at the root", proof.old_root.hex(), kept.root.hex()),
    ):
        if stated != known:
            raise NotProven(
                f"the proof starts {what} {stated}, the checkpoint that was kept is {what} {known}",
                where="--old",
                cure="ask for a proof since the checkpoint itself: chipledger prove --since FILE",
            )
    if keys:
        kept.signer(keys)


def load(name: str) -> Evidence:
    """Read a file that was kept; raises `NotFound` where there is none, else `InvalidInput`."""
    return read_evidence(read_text(name), where=name)


def read_text(name: str) -> str:
    """The text of a file, newline for newline."""
    try:
        return Path(name).read_bytes().decode()
    except FileNotFoundError as missing:
        raise NotFound(f"there is no file {name}", cure="check the path") from missing
    except OSError as error:
        raise InvalidInput(f"can't be read ({error.strerror})", where=name) from error
    except UnicodeDecodeError as error:
        raise InvalidInput(
            "is not UTF-8 text", where=name, cure="ask for the file again, whole"
        ) from error


def read_key(text: str) -> Verifier:
    """A verifier key from its own text, or from the file of that name."""
    return Verifier.read(text if _is_key(text) else read_text(text), where="--key")


def _is_key(text: str) -> bool:
    return "+" in text and not Path(text).is_file()
