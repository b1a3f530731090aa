"""The Merkle tree in tiles of 256 hashes: an append touches the last tile of each level only."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from ledger.core.errors import LedgerDamaged
from ledger.core.merkle import EMPTY_ROOT, Frontier, node_hash

TILE: Final = 256
HASH_BYTES: Final = 32


@dataclass
class Tiles:
    """The last, partial tile of every level, and which tiles changed since they were loaded."""

    size: int = 0
    partial: list[list[bytes]] = field(default_factory=list)
    changed: dict[tuple[int, int], bytes] = field(default_factory=dict)

    def append(self, leaf: bytes) -> None:
        """Add one leaf hash; a full tile moves up as one hash."""
        self._push(0, leaf)
        self.size += 1

    def _push(self, level: int, hash_: bytes) -> None:
        if level == len(self.partial):
            self.partial.append([])
        tile = self.partial[level]
        tile.append(hash_)
        place = self.size // TILE ** (level + 1)
        self.changed[level, place] = b"".join(tile)
        if len(tile) == TILE:
            self._push(level + 1, _root(tile))
            tile.clear()

    def root(self) -> bytes:
        """Root of all leaves."""
        peaks = [peak for tile in reversed(self.partial) for peak in _peaks(tile)]
        if not peaks:
            return EMPTY_ROOT
        result = peaks[-1]
        for peak in reversed(peaks[:-1]):
            result = node_hash(peak, result)
        return result


def load(size: int, stored: dict[tuple[int, int], bytes]) -> Tiles:
    """Resume at a size from the stored tiles that `last_tiles` names.

    A tile only ever grows, so the state at any earlier size is the beginning of today's tiles.
    """
    tiles = Tiles(size)
    for level, place in last_tiles(size):
        known = size // TILE**level % TILE
        hashes = stored.get((level, place), b"")
        ends = range(HASH_BYTES, HASH_BYTES * known + 1, HASH_BYTES)
        tiles.partial.append([hashes[end - HASH_BYTES : end] for end in ends])
    return tiles


class Subtrees:
    """Hashes of the subtrees of a stored tree, each tile read once.

    The tree at an earlier size is the beginning of the same tiles, so any size may be asked of.
    """

    def __init__(self, read: Callable[[int, int], bytes]) -> None:
        """Take a way to read the tile of a level and place; empty where there is none."""
        self._read = read
        self._tiles: dict[tuple[int, int], bytes] = {}

    def __call__(self, leaves: range) -> bytes:
        """Hash of a subtree (RFC 6962, section 2.1); raises `LedgerDamaged` for a lost tile."""
        return Frontier(len(leaves), map(self._perfect, *_aligned(leaves))).root()

    def _perfect(self, height: int, place: int) -> bytes:
        """Hash of the subtree of 2^height leaves that is the `place`-th of its height."""
        level, above = divmod(height, TILE.bit_length() - 1)
        tile, offset = divmod(place << above, TILE)
        if (level, tile) not in self._tiles:
            self._tiles[level, tile] = self._read(level, tile)
        hashes = self._tiles[level, tile]
        ends = range(offset + 1, offset + (1 << above) + 1)
        if len(hashes) < HASH_BYTES * ends[-1]:
            raise LedgerDamaged(
                f"tile {level}/{tile} of the Merkle tree is lost or cut off",
                where="tiles",
                cure="stop writing and restore the ledger from a backup",
            )
        return _root([hashes[HASH_BYTES * (end - 1) : HASH_BYTES * end] for end in ends])


def _aligned(leaves: range) -> tuple[list[int], list[int]]:
    """Heights and places of the perfect subtrees that make up a subtree, the largest first."""
    heights, places, start = [], [], leaves.start
    while start < leaves.stop:
        height = (leaves.stop - start).bit_length() - 1
        heights.append(height)
        places.append(start >> height)
        start += 1 << height
    return heights, places


def last_tiles(size: int) -> Iterator[tuple[int, int]]:
    """Level and place of the last tile of every level of a tree."""
    level = 0
    while size >= TILE**level:
        yield level, size // TILE ** (level + 1)
        level += 1


def _peaks(tile: list[bytes]) -> list[bytes]:
    frontier = Frontier()
    for hash_ in tile:
        frontier.append(hash_)
    return frontier.peaks


def _root(tile: list[bytes]) -> bytes:
    frontier = Frontier()
    for hash_ in tile:
        frontier.append(hash_)
    return frontier.root()
