"""Evidence: what can be kept of a ledger and checked without it, as files of text.

An inclusion proof is a C2SP tlog-proof; its extra data are the entry's body and the endorsements
that lead from earlier keys to the one that signed. A consistency proof is written in the same way.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from ledger.checkpoint.heads import NUMBER, ROOT_BYTES, Checkpoint
from ledger.checkpoint.notes import base64, bytes_of
from ledger.core.encoding import canonical, parse_json
from ledger.core.errors import InvalidInput, NotProven
from ledger.core.merkle import leaf_hash
from ledger.core.proofs import Claim, consistency_claims, inclusion_claims

INCLUSION: Final = "c2sp.org/tlog-proof@v1"
CONSISTENCY: Final = "chipledger/consistency-proof@v1"
MOST_HASHES: Final = 128
"""More than the proof of any tree has that could be stored."""


class Evidence(Protocol):
    """A checkpoint, or a proof that ends in one."""

    @property
    def checkpoint(self) -> Checkpoint:
        """The signed head that all of it leads to."""

    @property
    def endorsements(self) -> tuple[str, ...]:
        """Notes that lead from earlier keys to the one that signed."""

    def claims(self) -> Sequence[Claim]:
        """What it says of the tree; raises `NotProven` where that does not give the root."""


@dataclass(frozen=True, slots=True)
class InclusionProof:
    """That an entry, by its body, stands at a place in a ledger: `index` counts from 0."""

    checkpoint: Checkpoint
    index: int
    path: tuple[bytes, ...]
    body: bytes
    endorsements: tuple[str, ...] = ()

    def __str__(self) -> str:
        """The file's text."""
        extra = {"body": self.body.decode(), "endorsements": list(self.endorsements)}
        return _written(INCLUSION, extra, f"index {self.index}", self.path, self.checkpoint)

    def claims(self) -> Sequence[Claim]:
        """The hashes of the entry, of the subtrees beside it, and the root."""
        size = self.checkpoint.size
        try:
            claims = inclusion_claims(leaf_hash(self.body), self.index, size, self.path)
        except ValueError as wrong:
            raise _wrong(f"{wrong}") from wrong
        if claims[-1].hash != self.checkpoint.root:
            raise _wrong(
                f"the entry {self.index + 1} and its path give the root {claims[-1].hash.hex()}, "
                f"the checkpoint of size {size} says {self.checkpoint.root.hex()}"
            )
        return claims


@dataclass(frozen=True, slots=True)
class ConsistencyProof:
    """That a ledger only added to its first `old` entries, whose root was `old_root`."""

    checkpoint: Checkpoint
    old: int
    old_root: bytes
    path: tuple[bytes, ...]
    endorsements: tuple[str, ...] = ()

    def __str__(self) -> str:
        """The file's text."""
        extra = {"endorsements": list(self.endorsements)}
        old = f"old {self.old} {base64(self.old_root)}"
        return _written(CONSISTENCY, extra, old, self.path, self.checkpoint)

    def claims(self) -> Sequence[Claim]:
        """The hashes of the subtrees that make up both trees, and the two roots."""
        size = self.checkpoint.size
        try:
            claims = consistency_claims(self.old, self.old_root, size, self.path)
        except ValueError as wrong:
            raise _wrong(f"{wrong}") from wrong
        for claim, said, known in zip(
            claims[-2:], (self.old, size), (self.old_root, self.checkpoint.root), strict=True
        ):
            if claim.hash != known:
                raise _wrong(
                    f"its path gives the root {claim.hash.hex()} for {said} entries, "
                    f"it says {known.hex()}"
                )
        return claims


def _wrong(what: str) -> NotProven:
    return NotProven(what, where="the proof", cure="ask for the proof again; keep this one")


def _written(
    first: str, extra: dict[str, Any], place: str, path: Sequence[bytes], checkpoint: Checkpoint
) -> str:
    lines = [first]
    if any(extra.values()):
        lines.append(f"extra {base64(canonical(extra))}")
    return "\n".join([*lines, place, *map(base64, path), "", str(checkpoint)])


def read_evidence(text: str, *, where: str) -> Evidence:
    """Read a checkpoint or a proof by its first line; raises `InvalidInput` for what is neither.

    Nothing is checked yet: `claims` does, and a key for the signature.
    """
    first, _, rest = text.partition("\n")
    if first not in (INCLUSION, CONSISTENCY):
        return Checkpoint.read(text, where=where)
    proof, _, checkpoint = rest.partition("\n\n")
    head = Checkpoint.read(checkpoint, where=where)
    extra, place, path = _parts(proof.split("\n"), where)
    if first == CONSISTENCY:
        return _consistency(head, place, path, extra, where)
    return _inclusion(head, place, path, extra, where)


def _parts(lines: list[str], where: str) -> tuple[dict[str, Any], str, tuple[bytes, ...]]:
    """The extra data, the line that names the place, the hashes."""
    extra: dict[str, Any] = {}
    if lines[0].startswith("extra "):
        extra = _extra(lines.pop(0).removeprefix("extra "), where)
    path = [bytes_of(line) for line in lines[1:]]
    whole = [one for one in path if one is not None and len(one) == ROOT_BYTES]
    if not lines or len(whole) != len(path) or len(path) > MOST_HASHES:
        raise _no_proof(where)
    return extra, lines[0], tuple(whole)


def _extra(text: str, where: str) -> dict[str, Any]:
    data = bytes_of(text)
    try:
        extra = parse_json((data or b"").decode())
        canonical(extra)  # halves of surrogate pairs, which JSON may hold, are no text
    except (ValueError, TypeError) as unreadable:
        raise _no_proof(where) from unreadable
    if not isinstance(extra, dict):
        raise _no_proof(where)
    return extra


def _endorsements(extra: dict[str, Any], where: str) -> tuple[str, ...]:
    found = extra.get("endorsements", [])
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise _no_proof(where)
    return tuple(found)


def _inclusion(
    head: Checkpoint, place: str, path: tuple[bytes, ...], extra: dict[str, Any], where: str
) -> InclusionProof:
    word, _, index = place.partition(" ")
    if word != "index" or not NUMBER.fullmatch(index):
        raise _no_proof(where)
    body = extra.get("body")
    if not isinstance(body, str):
        raise InvalidInput(
            "holds no entry: nothing says what its hash is of",
            where=where,
            cure="take one that 'chipledger prove' wrote",
        )
    return InclusionProof(head, int(index), path, body.encode(), _endorsements(extra, where))


def _consistency(
    head: Checkpoint, place: str, path: tuple[bytes, ...], extra: dict[str, Any], where: str
) -> ConsistencyProof:
    word, _, old = place.partition(" ")
    size, _, written = old.partition(" ")
    root = bytes_of(written)
    if word != "old" or not NUMBER.fullmatch(size) or root is None or len(root) != ROOT_BYTES:
        raise _no_proof(where)
    return ConsistencyProof(head, int(size), root, path, _endorsements(extra, where))


def _no_proof(where: str) -> InvalidInput:
    return InvalidInput(
        "is no proof that can be read", where=where, cure="ask for the file again, whole"
    )
