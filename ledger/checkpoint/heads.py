"""Signed heads: a ledger's size and root as a note that can be kept (C2SP tlog-checkpoint)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self
from urllib.parse import quote

from ledger.checkpoint.notes import Note, Signer, Verifier, base64, bytes_of, read_note
from ledger.core.errors import InvalidInput, NotProven
from ledger.core.merkle import EMPTY_ROOT
from ledger.core.prefix import Head
from ledger.core.proofs import Claim

ROOT_BYTES: Final = 32
NUMBER: Final = re.compile(r"0|[1-9][0-9]{0,17}")
"""A size or an index in its one right form, small enough for every engine."""

_LEAST_LINES: Final = 3


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The head of the ledger `origin` as someone signed it; `note` is the signed text itself."""

    origin: str
    size: int
    root: bytes
    note: Note

    @classmethod
    def sign(cls, head: Head, signer: Signer) -> Self:
        """Sign a head; the key's name is the origin."""
        root = bytes.fromhex(head.root)
        text = f"{signer.name}\n{head.size}\n{base64(root)}\n"
        return cls(signer.name, head.size, root, signer.sign(text))

    @classmethod
    def read(cls, text: str, *, where: str) -> Self:
        """Read a checkpoint, with whatever lines follow its three; raises `InvalidInput`."""
        note = read_note(text, where=where)
        lines = note.text.removesuffix("\n").split("\n")
        if len(lines) < _LEAST_LINES or not all(lines) or not NUMBER.fullmatch(lines[1]):
            raise _no_checkpoint(where)
        root = bytes_of(lines[2])
        if root is None or len(root) != ROOT_BYTES:
            raise _no_checkpoint(where)
        return cls(lines[0], int(lines[1]), root, note)

    def __str__(self) -> str:
        """The signed text."""
        return str(self.note)

    @property
    def checkpoint(self) -> Self:
        """Itself: a checkpoint is evidence of a head, as a proof is."""
        return self

    @property
    def endorsements(self) -> tuple[str, ...]:
        """None: a checkpoint names no keys but its own."""
        return ()

    def claims(self) -> Sequence[Claim]:
        """What it says of the tree; raises `NotProven` where it says what can't be."""
        if self.size > 0:
            return [Claim(range(self.size), self.root)]
        if self.root != EMPTY_ROOT:
            raise NotProven(
                f"the checkpoint says that no entry has the root {self.root.hex()}",
                cure="ask for the checkpoint again",
            )
        return []

    def signer(self, keys: Sequence[Verifier]) -> Verifier:
        """The first of some keys that signed it; raises `NotProven` where none did."""
        for key in keys:
            if key.signed(self.note):
                return key
        known = ", ".join(key.label for key in keys)
        found = ", ".join(f"{one.name}+{one.key_id.hex()}" for one in self.note.signatures)
        raise NotProven(
            f"the checkpoint of size {self.size} is signed by {found}, not by {known}",
            cure="check with the ledger's owner by another way which key is theirs",
        )


def _no_checkpoint(where: str) -> InvalidInput:
    return InvalidInput(
        "is no checkpoint: the ledger's name, a size, a root, then signatures",
        where=where,
        cure="ask for the file again, whole",
    )


def origin_of(ledger: str) -> str:
    """The name of a ledger with an id, as heads and keys carry it: without blanks and plus."""
    return f"chipledger/{quote(ledger, safe='')}"
