"""Signed notes with Ed25519: a text, and under it a line for each signature (C2SP signed-note).

A key is known by its name and by four bytes worked out from name and public key. Keys are written
as lines of text: a verifier key may be handed to anyone, a signer key to nobody.
"""

import re
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ledger.core.errors import InvalidInput, NotProven

ED25519: Final = b"\x01"
"""The type of a signature, part of every key and key id."""

KEY_BYTES: Final = 32
ID_BYTES: Final = 4
MOST_SIGNATURES: Final = 100
SECRET: Final = "PRIVATE+KEY+"  # noqa: S105 -- how the line of every such key begins
_MARK: Final = "\N{EM DASH} "
_NAME: Final = re.compile(r"[^\s+\x00-\x1f]+")
_CONTROL: Final = re.compile(r"[\x00-\x09\x0b-\x1f]")


@dataclass(frozen=True, slots=True)
class SignatureLine:
    """A line under a note: who signed, by name and key id, and the signature."""

    name: str
    key_id: bytes
    signature: bytes

    def __str__(self) -> str:
        """The line as it stands under the note."""
        return f"{_MARK}{self.name} {base64(self.key_id + self.signature)}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """A text that ends with a newline, and the signatures under it."""

    text: str
    signatures: tuple[SignatureLine, ...]

    def __str__(self) -> str:
        """The note as it is written."""
        return f"{self.text}\n{''.join(map(str, self.signatures))}"


@dataclass(frozen=True, slots=True)
class Verifier:
    """The public part of a key: what an auditor keeps."""

    name: str
    public: bytes

    @classmethod
    def read(cls, text: str, *, where: str = "--key") -> Self:
        """Read a verifier key from its line; raises `InvalidInput`."""
        name, _, rest = text.strip().partition("+")
        written_id, _, data = rest.partition("+")
        found = cls(name, _key_data(data, where))
        if not _NAME.fullmatch(name) or written_id != found.key_id.hex():
            raise _no_key(where)
        return found

    def __str__(self) -> str:
        """The line that is handed out."""
        return f"{self.name}+{self.key_id.hex()}+{base64(ED25519 + self.public)}"

    @property
    def key_id(self) -> bytes:
        """Four bytes that tell keys of one name apart; no protection against forgers."""
        return sha256(self.name.encode() + b"\n" + ED25519 + self.public).digest()[:ID_BYTES]

    @property
    def label(self) -> str:
        """Name and key id, for people."""
        return f"{self.name}+{self.key_id.hex()}"

    def signed(self, note: Note) -> bool:
        """Whether this key signed a note; raises `NotProven` where its signature is wrong."""
        own = [one for one in note.signatures if (one.name, one.key_id) == (self.name, self.key_id)]
        for one in own:
            try:
                Ed25519PublicKey.from_public_bytes(self.public).verify(
                    one.signature, note.text.encode()
                )
            except InvalidSignature as forged:
                raise NotProven(
                    f"the signature of the key {self.label} is not one of this text",
                    cure="the text or the signature was changed: ask for the note again",
                ) from forged
        return bool(own)


@dataclass(frozen=True, slots=True)
class Signer:
    """A key that signs; its seed is shown to nobody."""

    name: str
    seed: bytes = field(repr=False)

    @classmethod
    def make(cls, name: str) -> Self:
        """A new random key."""
        return cls(name, Ed25519PrivateKey.generate().private_bytes_raw())

    @classmethod
    def read(cls, text: str, *, where: str) -> Self:
        """Read a signer key from its line; raises `InvalidInput`."""
        name, _, rest = text.strip().removeprefix(SECRET).partition("+")
        written_id, _, data = rest.partition("+")
        found = cls(name, _key_data(data, where))
        if not text.startswith(SECRET) or written_id != found.verifier.key_id.hex():
            raise _no_key(where)
        return found

    @property
    def verifier(self) -> Verifier:
        """The part that may be handed out."""
        public = Ed25519PrivateKey.from_private_bytes(self.seed).public_key()
        return Verifier(self.name, public.public_bytes_raw())

    def secret(self) -> str:
        """The line that the key file holds."""
        return f"{SECRET}{self.name}+{self.verifier.key_id.hex()}+{base64(ED25519 + self.seed)}"

    def sign(self, text: str) -> Note:
        """A note of a text that ends with a newline."""
        signature = Ed25519PrivateKey.from_private_bytes(self.seed).sign(text.encode())
        return Note(text, (SignatureLine(self.name, self.verifier.key_id, signature),))


def read_note(text: str, *, where: str) -> Note:
    """Read a signed note; raises `InvalidInput` where it is none."""
    body, blank, lines = text.rpartition("\n\n")
    if not blank or not lines.endswith("\n") or _CONTROL.search(text):
        raise InvalidInput(
            "is no signed note: a text, an empty line, lines of signatures",
            where=where,
            cure="ask for the file again, whole",
        )
    signatures = tuple(_signature_lines(lines.removesuffix("\n").split("\n"), where))
    return Note(f"{body}\n", signatures)


def _signature_lines(lines: list[str], where: str) -> Iterator[SignatureLine]:
    if len(lines) > MOST_SIGNATURES:
        raise InvalidInput(
            f"has {len(lines)} signatures, more than the {MOST_SIGNATURES} that are read",
            where=where,
            cure="leave some out",
        )
    for line in lines:
        name, _, data = line.removeprefix(_MARK).partition(" ")
        signature = bytes_of(data)
        named = line.startswith(_MARK) and _NAME.fullmatch(name)
        if not named or signature is None or len(signature) <= ID_BYTES:
            raise InvalidInput(
                f"the line '{line[:60]}' is no signature",
                where=where,
                cure="ask for the file again, whole",
            )
        yield SignatureLine(name, signature[:ID_BYTES], signature[ID_BYTES:])


def base64(data: bytes) -> str:
    """Bytes as text (RFC 4648, section 4)."""
    return b64encode(data).decode()


def bytes_of(text: str) -> bytes | None:
    """Bytes from their one right text; None for any other text."""
    try:
        data = b64decode(text, validate=True)
    except (NotBase64, ValueError):
        return None
    return data if base64(data) == text else None


def _key_data(data: str, where: str) -> bytes:
    key = bytes_of(data)
    if key is None or key[:1] != ED25519 or len(key) != 1 + KEY_BYTES:
        raise _no_key(where)
    return key[1:]


def _no_key(where: str) -> InvalidInput:
    return InvalidInput(
        "is no key of the form NAME+ID+KEY with its own id, of the type Ed25519",
        where=where,
        cure="take the line that 'chipledger head' prints",
    )
