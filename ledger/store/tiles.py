"""The Merkle tree in tiles of 256 hashes: an append touches the last tile of each level only.

Of the last, partial tile of leaves the peaks alone are stored, so that a commit writes few bytes:
the leaves themselves stand beside their entries.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Final

from ledger.core.errors import LedgerDamaged
from ledger.core.merkle import EMPTY_ROOT, NODE, Frontier, node_hash

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
        self._known_root: tuple[int, bytes] | None = None

    def append(self, leaf: bytes) -> None:
        """Add one leaf hash; a full tile moves up as one hash."""
        if not self.partial:
            self._open()
        tile = self.partial[0]
        tile.append(leaf)
        self.size += 1
        if len(tile) == TILE:
            self._fill(0)
        else:
            self._touched.add(0)

    def extend(self, leaves: Sequence[bytes]) -> None:
        """Add many leaf hashes, a tile at a time."""
        at = 0
        while at < len(leaves):
            if not self.partial:
                self._open()
            tile = self.partial[0]
            some = leaves[at : at + TILE - len(tile)]
            tile.extend(some)
            at += len(some)
            self.size += len(some)
            if len(tile) == TILE:
                self._fill(0)
            else:
                self._touched.add(0)

    def resume(self, level: int, hashes: list[bytes]) -> None:
        """Take over the last tile of a level as it was stored."""
        while level >= len(self.partial):
            self._open()
        self.partial[level] = hashes

    def _open(self) -> None:
        self.partial.append([])
        self._frontiers.append(Frontier())

    def _fill(self, level: int) -> None:
        """Put a full tile aside and move up its root."""
        tile = self.partial[level]
        self._full[level, (self.size - 1) // TILE ** (level + 1)] = b"".join(tile)
        root = self._frontier(level).root() if self._frontiers[level].size else tile_root(tile)
        self.partial[level], self._frontiers[level] = [], Frontier()
        self._touched.discard(level)
        if level + 1 == len(self.partial):
            self._open()
        above = self.partial[level + 1]
        above.append(root)
        if len(above) == TILE:
            self._fill(level + 1)
        else:
            self._touched.add(level + 1)

    def _frontier(self, level: int) -> Frontier:
        """The subtrees of a level's last tile, caught up with what was appended to it."""
        frontier = self._frontiers[level]
        for hash_ in self.partial[level][frontier.size :]:
            frontier.append(hash_)
        return frontier

    def changed(self) -> dict[tuple[int, int], bytes]:
        """Every tile that changed, by level and place."""
        last = {
            (level, self.size // TILE ** (level + 1)): self._stored(level)
            for level in self._touched
        }
        return self._full | last

    def _stored(self, level: int) -> bytes:
        return b"".join(self.partial[level] if level else self._frontier(level).peaks)

    def filled(self) -> dict[tuple[int, int], bytes]:
        """The tiles that became full since this was last asked, which no append changes again."""
        full, self._full = self._full, {}
        return full

    def written(self) -> None:
        """Forget what changed, because it is stored."""
        self._full.clear()
        self._touched.clear()

    def root(self) -> bytes:
        """Root of all leaves; worked out once for each size."""
        if self._known_root is None or self._known_root[0] != self.size:
            self._known_root = self.size, self._root()
        return self._known_root[1]

    def _root(self) -> bytes:
        levels = range(len(self.partial) - 1, -1, -1)
        peaks = [peak for level in levels for peak in self._frontier(level).peaks]
        if not peaks:
            return EMPTY_ROOT
        result = peaks[-1]
        for peak in reversed(peaks[:-1]):
            result = node_hash(peak, result)
        return result


def is_full(hashes: bytes) -> bool:
    """Whether what is stored of a tile of leaves is all of them."""
    return len(hashes) == TILE * HASH_BYTES


def leaves_of(place: int) -> tuple[int, int]:
    """The leaves of a tile: how many stand before them, and with them."""
    return place * TILE, (place + 1) * TILE


def peaks(leaves: Sequence[bytes]) -> bytes:
    """What is stored of a partial tile of leaves."""
    frontier = Frontier()
    for leaf in leaves:
        frontier.append(leaf)
    return b"".join(frontier.peaks)


def tile_root(tile: list[bytes]) -> bytes:
    """The root of a full tile, level by level: faster than one hash after the other."""
    level = tile
    while len(level) > 1:
        pairs = zip(level[::2], level[1::2], strict=True)
        level = [sha256(NODE + left + right).digest() for left, right in pairs]
    return level[0]


def load(size: int, stored: Mapping[tuple[int, int], bytes]) -> Tiles:
    """Resume at a size from the tiles that `last_tiles` names, a partial one with all its hashes.

    A tile only ever grows, so the state at any earlier size is the beginning of today's tiles.
    """
    tiles = Tiles(size)
    for level, place in last_tiles(size):
        known = size // TILE**level % TILE
        hashes = stored.get((level, place), b"")
        ends = range(HASH_BYTES, HASH_BYTES * known + 1, HASH_BYTES)
        tiles.resume(level, [hashes[end - HASH_BYTES : end] for end in ends])
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
        return tile_root([hashes[HASH_BYTES * (end - 1) : HASH_BYTES * end] for end in ends])


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
