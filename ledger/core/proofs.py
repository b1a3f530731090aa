"""Proofs over a Merkle tree: that it holds an entry, that it only adds to an earlier tree.

The shapes are those of RFC 6962, sections 2.1.1 and 2.1.2 (RFC 9162, sections 2.1.3 and 2.1.4): a
proof is a list of subtree hashes, lowest first. Leaves are counted from 0; a subtree is named by
the range of its leaves.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from ledger.core.merkle import node_hash

Hashes = Callable[[range], bytes]
"""Answers with the hash of a subtree, whoever keeps the tree."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What someone knows of a tree: the hash of one of its subtrees."""

    leaves: range
    hash: bytes


def inclusion_ranges(index: int, size: int) -> list[range]:
    """The subtrees beside a leaf's way up to the root, lowest first.

    Raises `ValueError` where the tree has no such leaf.
    """
    if index not in range(size):
        msg = f"a tree of {size} leaves has no leaf {index}"
        raise ValueError(msg)
    leaves, beside = range(size), list[range]()
    while len(leaves) > 1:
        left, right = _halves(leaves)
        leaves, other = (left, right) if index in left else (right, left)
        beside.append(other)
    return beside[::-1]


def consistency_ranges(old: int, size: int) -> list[range]:
    """The subtrees that make up both the tree of a size and the earlier one, lowest first.

    The first is the last subtree of the earlier tree. Raises `ValueError` where the earlier tree is
    empty (every tree adds to it) or larger.
    """
    if not 0 < old <= size:
        msg = f"a tree of {size} leaves is not shown to add to one of {old}"
        raise ValueError(msg)
    leaves, beside = range(size), list[range]()
    while leaves.stop != old:
        left, right = _halves(leaves)
        leaves, other = (left, right) if old <= left.stop else (right, left)
        beside.append(other)
    return [leaves, *reversed(beside)]


def _halves(leaves: range) -> tuple[range, range]:
    """A subtree's two parts: the left one has the largest power of two below its leaves."""
    split = leaves.start + (1 << (len(leaves) - 1).bit_length() - 1)
    return range(leaves.start, split), range(split, leaves.stop)


def inclusion_path(index: int, size: int, hashes: Hashes) -> list[bytes]:
    """Prove that a tree of a size holds its leaf `index`."""
    return [hashes(leaves) for leaves in inclusion_ranges(index, size)]


def consistency_path(old: int, size: int, hashes: Hashes) -> list[bytes]:
    """Prove that a tree only adds to its own first `old` leaves.

    The whole earlier tree is left out where it is a subtree: whoever asks knows its root.
    """
    return [hashes(leaves) for leaves in consistency_ranges(old, size) if leaves != range(old)]


def inclusion_claims(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> list[Claim]:
    """What an inclusion proof says, the root that follows from it last.

    Raises `ValueError` where the proof has another length than one of that leaf and size.
    """
    beside = inclusion_ranges(index, size)
    _same_length(path, beside)
    claims, found = [Claim(range(index, index + 1), leaf)], leaf
    for leaves, hash_ in zip(beside, path, strict=True):
        claims.append(Claim(leaves, hash_))
        found = node_hash(found, hash_) if leaves.start > index else node_hash(hash_, found)
    return [*claims, Claim(range(size), found)]


def consistency_claims(old: int, old_root: bytes, size: int, path: Sequence[bytes]) -> list[Claim]:
    """What a consistency proof says, the two roots that follow from it last, the earlier first.

    `old_root` is used only where the proof leaves it out. Raises `ValueError` where the proof has
    another length than one of these sizes.
    """
    ranges = consistency_ranges(old, size)
    known = [old_root, *path] if ranges[0] == range(old) else list(path)
    _same_length(known, ranges)
    claims = [Claim(leaves, hash_) for leaves, hash_ in zip(ranges, known, strict=True)]
    earlier = later = known[0]
    for claim in claims[1:]:
        if claim.leaves.start < ranges[0].start:
            earlier = node_hash(claim.hash, earlier)
            later = node_hash(claim.hash, later)
        else:
            later = node_hash(later, claim.hash)
    return [*claims, Claim(range(old), earlier), Claim(range(size), later)]


def _same_length(path: Sequence[bytes], ranges: Sequence[range]) -> None:
    if len(path) != len(ranges):
        msg = f"it has {len(path)} hashes, a proof of this shape has {len(ranges)}"
        raise ValueError(msg)


def difference(claims: Iterable[Claim], hashes: Hashes) -> range | None:
    """Leaves among which a tree differs from what is known of it; None where it does not.

    The range is the one that ends first; its ends that are known to be the same are left out.
    """
    same, other = list[range](), list[range]()
    for claim in claims:
        (same if hashes(claim.leaves) == claim.hash else other).append(claim.leaves)
    found = (_without(leaves, same) for leaves in other)
    return min(found, key=lambda leaves: (leaves.stop, len(leaves)), default=None)


def _without(leaves: range, same: Sequence[range]) -> range:
    """A range without those at its ends; whole where nothing would be left of it."""
    left = leaves
    for known in sorted(same, key=lambda one: one.start):
        if left.start in known:
            left = range(known.stop, left.stop)
    for known in sorted(same, key=lambda one: one.stop, reverse=True):
        if left.stop - 1 in known:
            left = range(left.start, known.start)
    return left if len(left) > 0 else leaves
