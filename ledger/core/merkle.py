"""The Merkle tree of RFC 6962: leaf and node hashes, the root, and its incremental form."""

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Final

EMPTY_ROOT: Final = sha256(b"").digest()
LEAF: Final = b"\x00"
NODE: Final = b"\x01"
"""What is hashed before a leaf, and before two nodes (RFC 6962, section 2.1)."""


def leaf_hash(body: bytes) -> bytes:
    """Hash one entry (RFC 6962, section 2.1: a leaf is prefixed with 0x00)."""
    return sha256(LEAF + body).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash two subtrees (RFC 6962, section 2.1: a node is prefixed with 0x01)."""
    return sha256(NODE + left + right).digest()


def root(leaves: Sequence[bytes]) -> bytes:
    """Root over leaf hashes, straight from the definition: the reference for `Frontier`."""
    if not leaves:
        return EMPTY_ROOT
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return node_hash(root(leaves[:split]), root(leaves[split:]))


class Frontier:
    """The perfect subtrees that make up a growing tree: what an append needs, and no more.

    `peaks` holds one hash per set bit of `size`, largest subtree first.
    """

    def __init__(self, size: int = 0, peaks: Iterable[bytes] = ()) -> None:
        """Resume from a stored size and its peaks."""
        self.size = size
        self.peaks = list(peaks)
        if len(self.peaks) != size.bit_count():
            msg = f"a tree of {size} leaves has {size.bit_count()} peaks, found {len(self.peaks)}"
            raise ValueError(msg)

    def append(self, leaf: bytes) -> None:
        """Add one leaf hash, merging equal subtrees."""
        merged, carry = leaf, self.size
        while carry & 1:
            merged = node_hash(self.peaks.pop(), merged)
            carry >>= 1
        self.peaks.append(merged)
        self.size += 1

    def root(self) -> bytes:
        """Root of all leaves so far."""
        if not self.peaks:
            return EMPTY_ROOT
        result = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            result = node_hash(peak, result)
        return result
