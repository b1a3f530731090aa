"""The Merkle tree in tiles of 256 hashes: an append touches the last tile of each level only."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

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
