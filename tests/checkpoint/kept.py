"""A small tree without a ledger, and what can be kept of it."""

from typing import Final

from ledger.checkpoint.endorsements import endorse
from ledger.checkpoint.evidence import ConsistencyProof, InclusionProof
from ledger.checkpoint.heads import Checkpoint
from ledger.checkpoint.notes import Signer
from ledger.core.encoding import Envelope, encode
from ledger.core.merkle import leaf_hash, root
from ledger.core.prefix import Head
from ledger.core.proofs import Hashes, consistency_path, inclusion_path
from tests.core.builders import exported

ORIGIN: Final = "chipledger/ledger-1"
FIRST: Final = Signer(ORIGIN, bytes(range(32)))
SECOND: Final = Signer(ORIGIN, bytes(range(1, 33)))
THIRD: Final = Signer(ORIGIN, bytes(range(2, 34)))
STRANGER: Final = Signer(ORIGIN, bytes(range(3, 35)))
CHAIN: Final = (endorse(FIRST, SECOND.verifier), endorse(SECOND, THIRD.verifier))


def body(seq: int, *, quantity: int = 1) -> bytes:
    envelope = Envelope(seq=seq, recorded_at="2026-01-02T03:04:05Z", actor="ana", via="api")
    return encode(exported(f"e{seq}", quantity=quantity), envelope)


def leaves(size: int) -> list[bytes]:
    return [leaf_hash(body(seq)) for seq in range(1, size + 1)]


def hashes(subtree: range) -> bytes:
    return hashes_of(leaves(subtree.stop))(subtree)


def hashes_of(found: list[bytes]) -> Hashes:
    return lambda subtree: root(found[subtree.start : subtree.stop])


def checkpoint(size: int, *, signer: Signer = FIRST) -> Checkpoint:
    return Checkpoint.sign(Head(size, root(leaves(size)).hex()), signer)


def inclusion(
    seq: int, size: int, *, signer: Signer = FIRST, endorsements: tuple[str, ...] = ()
) -> InclusionProof:
    return InclusionProof(
        checkpoint=checkpoint(size, signer=signer),
        index=seq - 1,
        path=tuple(inclusion_path(seq - 1, size, hashes)),
        body=body(seq),
        endorsements=endorsements,
    )


def consistency(
    old: int, size: int, *, signer: Signer = FIRST, endorsements: tuple[str, ...] = ()
) -> ConsistencyProof:
    return ConsistencyProof(
        checkpoint=checkpoint(size, signer=signer),
        old=old,
        old_root=root(leaves(old)),
        path=tuple(consistency_path(old, size, hashes)),
        endorsements=endorsements,
    )
