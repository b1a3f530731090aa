"""Two issues of a small screening list, whose names are those of parties in random histories."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Final

from ledger.core.prefix import Match
from ledger.screening.index import Index
from ledger.screening.lists import ListedParty, written
from ledger.store import blobs
from ledger.store.connection import Connection

FIRST: Final = (
    ListedParty("DPL:3", "DPL", "Group"),
    ListedParty("EL:1", "EL", "Branch", kind="Entity"),
    ListedParty("UVL:5", "UVL", "Branche"),
)
SECOND: Final = (
    ListedParty("EL:1", "EL", "Branch", ("Late",), kind="Entity"),
    ListedParty("SDN:4", "SDN", "OP-AE LLC"),
)
CONTENTS: Final = (written(FIRST), written(SECOND))
DIGESTS: Final = tuple(sha256(content).hexdigest() for content in CONTENTS)
ENTRIES: Final = ("EL:1", "DPL:3", "SDN:4", "UVL:5")
_INDEXES: Final = {
    digest: Index.of(parties) for digest, parties in zip(DIGESTS, (FIRST, SECOND), strict=True)
}


def keep(connection: Connection) -> None:
    """Put the contents of both issues into a ledger: adopting them is an event of its own."""
    for digest, content in zip(DIGESTS, CONTENTS, strict=True):
        blobs.put(connection, digest, content)


def matched(digest: str, names: Sequence[str], at_least: int) -> Sequence[Match]:
    """Look names up in one of the issues: what plain lists ask instead of a ledger."""
    return _INDEXES[digest].matches(names, at_least=at_least)
