"""Whether a ledger is still the one that someone kept a checkpoint or a proof of."""

from collections.abc import Sequence
from pathlib import Path

from ledger.checkpoint import keys as files
from ledger.checkpoint.evidence import Evidence
from ledger.checkpoint.heads import Checkpoint
from ledger.checkpoint.notes import Verifier
from ledger.checkpoint.verifying import verify_evidence
from ledger.core.errors import InvalidInput, LedgerDamaged
from ledger.core.proofs import Claim, Hashes, difference
from ledger.service.keys import adopted, origin
from ledger.store.ledger import Ledger
from ledger.store.prefix import StorePrefix
from ledger.store.verification import Progress, Verified, unseen
from ledger.store.verification import verify as verify_ledger

CURE = (
    "keep this ledger and what was kept as evidence, and restore the ledger from a backup that "
    "agrees"
)


def signed_before(prefix: StorePrefix) -> dict[Path, Checkpoint]:
    """The largest head that each key of the ledger signed here, with the file that remembers it."""
    found = {}
    for one in adopted(prefix):
        checkpoint = files.last_signed(one.key)
        if checkpoint is not None:
            found[files.signed_file(one.key)] = checkpoint
    return found


def same_history(ledger: Ledger, prefix: StorePrefix) -> None:
    """Compare a ledger with the heads that were signed here.

    Raises `LedgerDamaged` with the place: what was signed once must stay true.
    """
    before = signed_before(prefix)
    try:
        compare(list(before.values()), prefix.head.size, ledger.subtrees())
    except LedgerDamaged as other:
        names = ", ".join(map(str, before))
        raise LedgerDamaged(
            other.what,
            where=other.where,
            cure=f"{other.cure}. What was signed here before stands in {names}: remove it only if "
            "all who have signed heads know that the ledger began anew from a backup",
        ) from other


def verify(
    url: str,
    kept: Sequence[Evidence] = (),
    *,
    key: Verifier | None = None,
    progress: Progress = unseen,
) -> Verified:
    """Verify a ledger from its first byte, then against all that was kept of it or signed here.

    Raises `LedgerDamaged` at the first difference, `NotProven` where what was kept is wrong in
    itself or, with a key, not signed by it, and `InvalidInput` where it is of another ledger.
    """
    for one in kept:
        verify_evidence(one, key=key)
    ledger = Ledger.open(url)
    try:
        found = verify_ledger(ledger, progress=progress)
        with ledger.reading() as prefix:
            for one in kept:
                same_ledger(one, origin(prefix))
            compare(kept, prefix.head.size, ledger.subtrees())
            same_history(ledger, prefix)
        return found
    finally:
        ledger.close()


def same_ledger(kept: Evidence, origin: str) -> None:
    """Refuse what was kept of another ledger; raises `InvalidInput`."""
    found = kept.checkpoint.origin
    if found != origin:
        raise InvalidInput(
            f"what was kept is of the ledger {found}, this one is {origin}",
            cure="name one of this ledger; if it should be, then this ledger was made anew",
        )


def compare(kept: Sequence[Evidence], size: int, hashes: Hashes) -> None:
    """Compare a ledger with all that was kept of it.

    Raises `LedgerDamaged` with the narrowest place of the first difference that all of it together
    can tell, or where entries at the end are gone.
    """
    claims = [claim for one in kept for claim in one.claims()]
    reached = [claim for claim in claims if claim.leaves.stop <= size]
    found = difference(reached, hashes)
    if found is not None:
        raise _differs(found, reached, hashes)
    longest = max((claim.leaves.stop for claim in claims), default=0)
    if longest > size:
        raise LedgerDamaged(
            f"{longest} entries were signed, {size} are stored: the end was removed",
            where=f"entry {size + 1}",
            cure=CURE,
        )


def _differs(found: range, claims: Sequence[Claim], hashes: Hashes) -> LedgerDamaged:
    """What was kept of the smallest subtree around the place, and what is there now."""
    around = [
        claim
        for claim in claims
        if claim.leaves.start <= found.start and found.stop <= claim.leaves.stop
        if hashes(claim.leaves) != claim.hash
    ]
    claim = min(around, key=lambda one: len(one.leaves))
    first, last = found.start + 1, found.stop
    place = f"entry {first}" if first == last else f"between entry {first} and {last}"
    return LedgerDamaged(
        f"it is not what was signed: entries {claim.leaves.start + 1} to {claim.leaves.stop} have "
        f"the hash {hashes(claim.leaves).hex()}, kept is {claim.hash.hex()}",
        where=place,
        cure=CURE,
    )
