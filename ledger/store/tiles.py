"""The Merkle tree in tiles of 256 hashes: an append touches the last tile of each level only."""

from collections.abc import Iterator, Mapping
from typing import Final

from ledger.core.merkle import EMPTY_ROOT, Frontier, node_hash

TILE: Final = 256
HASH_BYTES: Final = 32


class Tiles:
    """The last, partial tile of every level, and which tiles changed since they were loaded."""

    def __init__(self, size: int = 0) -> None:
        """Begin an empty tree; `load` resumes one."""
        self.size = size
        self.partial: list[list[bytes]] = []
        self._frontiers: list[Frontier] = []
        self._full: dict[tuple[int, int], bytes] = {}
        self._touched: set[int] = set()

    def append(self, leaf: bytes) -> None:
        """Add one leaf hash; a full tile moves up as one hash."""
        self._push(0, leaf)
        self.size += 1

    def resume(self, level: int, hashes: list[bytes]) -> None:
        """Take over the last tile of a level as it was stored."""
        self._level(level)
        self.partial[level] = hashes
        self._frontiers[level] = Frontier()
        for hash_ in hashes:
            self._frontiers[level].append(hash_)

    def _level(self, level: int) -> None:
        while level >= len(self.partial):
            self.partial.append([])
            self._frontiers.append(Frontier())

    def _push(self, level: int, hash_: bytes) -> None:
        self._level(level)
        tile, frontier = self.partial[level], self._frontiers[level]
        tile.append(hash_)
        frontier.append(hash_)
        if len(tile) < TILE:
            self._touched.add(level)
            return
        self._touched.discard(level)
        self._full[level, self.size // TILE ** (level + 1)] = b"".join(tile)
        self._push(level + 1, frontier.root())
        tile.clear()
        self._frontiers[level] = Frontier()

    def changed(self) -> dict[tuple[int, int], bytes]:
        """Every tile that changed, by level and place."""
        last = {
            (level, self.size // TILE ** (level + 1)): b"".join(self.partial[level])
            for level in self._touched
        }
        return self._full | last

    def filled(self) -> dict[tuple[int, int], bytes]:
        """The tiles that became full since this was last asked, which no append changes again."""
        full, self._full = self._full, {}
        return full

    def written(self) -> None:
        """Forget what changed, because it is stored."""
        self._full.clear()
        self._touched.clear()

    def root(self) -> bytes:
        """Root of all leaves."""
        peaks = [peak for frontier in reversed(self._frontiers) for peak in frontier.peaks]
        if not peaks:
            return EMPTY_ROOT
        result = peaks[-1]
        for peak in reversed(peaks[:-1]):
            result = node_hash(peak, result)
        return result


def load(size: int, stored: Mapping[tuple[int, int], bytes]) -> Tiles:
    """Resume at a size from the stored tiles that `last_tiles` names.

    A tile only ever grows, so the state at any earlier size is the beginning of today's tiles.
    """
    tiles = Tiles(size)
    for level, place in last_tiles(size):
        known = size // TILE**level % TILE
        hashes = stored.get((level, place), b"")
        ends = range(HASH_BYTES, HASH_BYTES * known + 1, HASH_BYTES)
        tiles.resume(level, [hashes[end - HASH_BYTES : end] for end in ends])
    return tiles


def last_tiles(size: int) -> Iterator[tuple[int, int]]:
    """Level and place of the last tile of every level of a tree."""
    level = 0
    while size >= TILE**level:
        yield level, size // TILE ** (level + 1)
        level += 1
