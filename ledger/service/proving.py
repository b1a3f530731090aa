"""Signed heads and proofs of a ledger, made from its tiles and checked before they leave."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from ledger.checkpoint import keys as files
from ledger.checkpoint.evidence import ConsistencyProof, Evidence, InclusionProof
from ledger.checkpoint.heads import Checkpoint
from ledger.core.errors import InvalidInput, LedgerDamaged, NotFound, NotProven
from ledger.core.prefix import Head
from ledger.core.proofs import consistency_path, inclusion_path
from ledger.service.agreeing import compare, same_history, same_ledger
from ledger.service.keys import adopted, endorsements, origin, signer
from ledger.store.connection import RESTORE as CURE
from ledger.store.ledger import Ledger
from ledger.store.prefix import StorePrefix


@dataclass(frozen=True, slots=True)
class SignedHead:
    """A head with the law it holds; unsigned, `checkpoint` is None and `unsigned` says why."""

    head: Head
    origin: str
    law: tuple[dict[str, str], ...]
    key: str | None
    checkpoint: Checkpoint | None
    unsigned: str | None

    def as_data(self) -> dict[str, Any]:
        """The head for programs; `vkey` is the key to hand out."""
        return {
            "size": self.head.size,
            "root": self.head.root,
            "origin": self.origin,
            "law": list(self.law),
            "vkey": self.key,
            "checkpoint": None if self.checkpoint is None else str(self.checkpoint),
            "unsigned": self.unsigned,
        }


def signed_head(url: str, *, as_of: int | None = None) -> SignedHead:
    """The head, or an earlier one, signed where the ledger's key is here.

    Raises `Conflict` where others may read the key, `LedgerDamaged` where the head is not the root
    of the tree.
    """
    ledger = Ledger.open(url)
    try:
        with ledger.reading() as present, _at(ledger, present, as_of) as prefix:
            known = adopted(present)
            checkpoint, unsigned = None, None
            try:
                checkpoint = _signed(ledger, present, prefix.head)
            except NotFound as missing:
                unsigned = missing.sentence
            return SignedHead(
                head=prefix.head,
                origin=origin(present),
                law=tuple({"pack": one.pack, "digest": one.digest} for one in prefix.packs()),
                key=str(known[-1].key) if known else None,
                checkpoint=checkpoint,
                unsigned=unsigned,
            )
    finally:
        ledger.close()


@contextmanager
def _at(ledger: Ledger, present: StorePrefix, as_of: int | None) -> Iterator[StorePrefix]:
    yield present if as_of is None else ledger.prefix_at(as_of)


def _signed(ledger: Ledger, present: StorePrefix, head: Head) -> Checkpoint:
    """A checkpoint of a head that is the root of the stored tree, of the one history signed here.

    Nothing else is ever signed: a log must not sign two histories (C2SP tlog-checkpoint).
    """
    key = signer(present)
    root = ledger.tiles_at(head.size).root().hex()
    if root != head.root:
        raise LedgerDamaged(
            f"the root of the head is {head.root}, that of the stored tree is {root}",
            where=f"entry {head.size}",
            cure=CURE,
        )
    same_history(ledger, present)
    checkpoint = Checkpoint.sign(head, key)
    files.remember(key.verifier, checkpoint)
    return checkpoint


def prove_entry(url: str, event: str, *, kept: Evidence | None = None) -> InclusionProof:
    """Prove that an event stands in the ledger; against a kept checkpoint, else the head.

    Raises `NotFound` for an unknown event or without the signing key, `LedgerDamaged` where the
    stored entry is not the one that the tree holds or the ledger is not the one that was kept.
    """
    ledger = Ledger.open(url)
    try:
        with ledger.reading() as prefix:
            checkpoint = _ending(ledger, prefix, kept)
            found = prefix.locate(event)
            if found is None or found[0] > checkpoint.size:
                raise NotFound(
                    f"no event among the first {checkpoint.size} entries has the id '{event}'",
                    cure="look its id up with 'chipledger explain'",
                )
            index = found[0] - 1
            proof = InclusionProof(
                checkpoint=checkpoint,
                index=index,
                path=tuple(inclusion_path(index, checkpoint.size, ledger.subtrees())),
                body=ledger.body(found[0]),
                endorsements=endorsements(adopted(prefix)),
            )
        return _checked(proof, f"entry {found[0]}")
    finally:
        ledger.close()


def prove_since(
    url: str, since: int | Evidence, *, kept: Evidence | None = None
) -> ConsistencyProof:
    """Prove that the ledger only added to its first entries, by their number or a checkpoint.

    Raises `InvalidInput` for a size it has not reached, `NotFound` without the signing key,
    `LedgerDamaged` where the ledger is not the one of the checkpoint.
    """
    ledger = Ledger.open(url)
    try:
        with ledger.reading() as prefix:
            checkpoint = _ending(ledger, prefix, kept)
            if not isinstance(since, int):
                _agrees(ledger, prefix, since)
            old = since if isinstance(since, int) else since.checkpoint.size
            if not 0 < old <= checkpoint.size:
                raise InvalidInput(
                    f"a head of {checkpoint.size} entries is not shown to add to one of {old}",
                    where="--since",
                    cure=f"name a size from 1 to {checkpoint.size}",
                )
            proof = ConsistencyProof(
                checkpoint=checkpoint,
                old=old,
                old_root=ledger.tiles_at(old).root(),
                path=tuple(consistency_path(old, checkpoint.size, ledger.subtrees())),
                endorsements=endorsements(adopted(prefix)),
            )
        return _checked(proof, f"entry {old}")
    finally:
        ledger.close()


def _ending(ledger: Ledger, prefix: StorePrefix, kept: Evidence | None) -> Checkpoint:
    """The checkpoint that a proof ends in: the one that was kept, else the head, signed now."""
    if kept is None:
        return _signed(ledger, prefix, prefix.head)
    _agrees(ledger, prefix, kept)
    return kept.checkpoint


def _agrees(ledger: Ledger, prefix: StorePrefix, kept: Evidence) -> None:
    same_ledger(kept, origin(prefix))
    compare([kept], prefix.head.size, ledger.subtrees())


Proof = TypeVar("Proof", InclusionProof, ConsistencyProof)


def _checked(proof: Proof, where: str) -> Proof:
    """A proof that shows what it should; anything else means that what is stored was changed."""
    try:
        proof.claims()
    except NotProven as wrong:
        raise LedgerDamaged(wrong.what, where=where, cure=CURE) from wrong
    return proof
