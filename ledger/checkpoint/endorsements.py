"""Endorsements: the note in which a key names its successor, and following them to a new key."""

from collections.abc import Sequence
from typing import Final

from ledger.checkpoint.notes import Signer, Verifier, read_note
from ledger.core.errors import InvalidInput, NotProven

ADOPTS: Final = "chipledger/key-adopted@v1"
"""The first line of the text; no size stands in the second, so it is never a checkpoint."""


def endorse(old: Signer, new: Verifier) -> str:
    """The note in which a ledger's key says that a new one signs from here on."""
    return str(old.sign(f"{ADOPTS}\n{new}\n"))


def endorsed(note: str, *, where: str) -> Verifier:
    """The key that an endorsement names; raises `InvalidInput`. Who signed it is not looked at."""
    first, _, key = read_note(note, where=where).text.removesuffix("\n").partition("\n")
    if first != ADOPTS:
        raise InvalidInput("is no endorsement of a key", where=where, cure="ask for it again")
    return Verifier.read(key, where=where)


def follow(key: Verifier, endorsements: Sequence[str], *, where: str) -> list[Verifier]:
    """A key and those that it leads to, one after the other; endorsements of others are skipped.

    Raises `NotProven` where one bears a wrong signature of a key that is trusted by then, or names
    a key of another ledger.
    """
    trusted = [key]
    for note in endorsements:
        new = endorsed(note, where=where)
        if not trusted[-1].signed(read_note(note, where=where)):
            continue
        if new.name != key.name:
            raise NotProven(
                f"{trusted[-1].label} endorses a key of another name, {new.label}", where=where
            )
        trusted.append(new)
    return trusted
