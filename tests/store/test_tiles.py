"""The tiles of the Merkle tree against its definition, around the sizes at which a tile fills."""

from hashlib import sha256
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.core.errors import LedgerDamaged
from ledger.core.merkle import EMPTY_ROOT, Frontier, root
from ledger.core.proofs import (
    consistency_claims,
    consistency_path,
    consistency_ranges,
    inclusion_claims,
    inclusion_path,
    inclusion_ranges,
)
from ledger.store import tiles as module
from ledger.store.tiles import Subtrees, Tiles, is_full, last_tiles, leaves_of, load, peaks

SMALL = 4
"""A tile that fills soon: 64 leaves make a tree of three levels."""


def leaves(count: int) -> list[bytes]:
    return [sha256(str(number).encode()).digest() for number in range(count)]


def tree(count: int) -> Tiles:
    """A tree of so many leaves that nothing was stored of yet."""
    tiles = Tiles()
    for leaf in leaves(count):
        tiles.append(leaf)
    return tiles


def grown(count: int) -> tuple[Tiles, dict[tuple[int, int], bytes]]:
    """A tree of so many leaves, and the tiles that were stored while it grew, as they are read."""
    tiles = tree(count)
    return tiles, as_read(tiles.changed(), count)


def as_read(stored: dict[tuple[int, int], bytes], count: int) -> dict[tuple[int, int], bytes]:
    """Stored tiles, the partial one with all its leaves: that is what its peaks stand for."""
    first, last = leaves_of(count // module.TILE)
    partial = leaves(count)[first:last]
    if not partial:
        return stored
    assert stored[0, count // module.TILE] == peaks(partial)
    return {**stored, (0, count // module.TILE): b"".join(partial)}


def test_an_empty_tree_has_the_root_of_nothing() -> None:
    assert Tiles().root() == EMPTY_ROOT
    assert load(0, {}).root() == EMPTY_ROOT
    assert list(last_tiles(0)) == []


@pytest.mark.parametrize("size", [1, 2, 3, 255, 256, 257, 511, 512, 513, 1000])
def test_the_root_is_that_of_the_definition(size: int) -> None:
    tiles, _ = grown(size)
    assert tiles.size == size
    assert tiles.root() == root(leaves(size))


@pytest.mark.parametrize("size", [65_535, 65_536, 65_537])
def test_the_root_is_that_of_the_definition_where_a_third_level_begins(size: int) -> None:
    tiles, stored = grown(size)
    frontier = Frontier()
    for leaf in leaves(size):
        frontier.append(leaf)
    assert tiles.root() == frontier.root()
    assert load(size, stored).root() == frontier.root()
    assert len(tiles.partial) == (3 if size >= 65_536 else 2)


@pytest.mark.parametrize("size", [0, 1, 254, 255, 256, 257, 511, 512, 513, 600])
def test_any_earlier_size_is_the_beginning_of_the_stored_tiles(size: int) -> None:
    _, stored = grown(600)
    assert load(size, stored).root() == root(leaves(size))


def test_every_size_of_a_tree_of_small_tiles(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TILE", SMALL)
    last = SMALL**3 + SMALL + 2
    _, stored = grown(last)
    for size in range(last + 1):
        tiles, _ = grown(size)
        expected = root(leaves(size))
        assert tiles.root() == expected
        assert load(size, stored).root() == expected


@given(st.integers(0, 90), st.integers(0, 40))
def test_a_tree_that_is_loaded_grows_as_one_that_was_never_closed(first: int, more: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "TILE", SMALL)
        whole, stored = grown(first + more)
        _, before = grown(first)
        resumed = load(first, before)
        for leaf in leaves(first + more)[first:]:
            resumed.append(leaf)
        assert resumed.root() == whole.root()
        assert as_read(tree(first).changed() | resumed.changed(), first + more) == stored


@given(st.lists(st.integers(1, 12), max_size=12))
def test_each_commit_stores_only_the_tiles_it_touched(commits: list[int]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "TILE", SMALL)
        tiles, stored = Tiles(), dict[tuple[int, int], bytes]()
        for size, count in zip(accumulate(commits), commits, strict=True):
            for leaf in leaves(size)[size - count :]:
                tiles.append(leaf)
            stored |= tiles.changed()
            tiles.written()
            assert load(size, as_read(stored, size)).root() == root(leaves(size)) == tiles.root()


@pytest.mark.parametrize("count", [1, 2, 3, 100, 255, 256])
def test_a_full_tile_of_leaves_is_told_from_the_peaks_of_a_partial_one(count: int) -> None:
    stored = Tiles()
    stored.extend(leaves(count))
    hashes = stored.changed()[0, 0]
    assert is_full(hashes) == (count == 256)
    assert hashes == (b"".join(leaves(count)) if count == 256 else peaks(leaves(count)))
    assert len(hashes) == 32 * (256 if count == 256 else count.bit_count())


# ---- the subtrees that proofs are made of


def subtrees(stored: dict[tuple[int, int], bytes], read: list[tuple[int, int]]) -> Subtrees:
    """The subtrees of stored tiles; each tile that is read is noted."""

    def tile(level: int, place: int) -> bytes:
        read.append((level, place))
        return stored.get((level, place), b"")

    return Subtrees(tile)


def test_every_subtree_of_a_tree_of_small_tiles(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TILE", SMALL)
    last = SMALL**3 + SMALL + 2
    _, stored = grown(last)
    found, all_leaves = subtrees(stored, []), leaves(last)
    for size in range(1, last + 1):
        asked = {one for index in range(size) for one in inclusion_ranges(index, size)}
        asked |= {one for old in range(1, size + 1) for one in consistency_ranges(old, size)}
        for one in asked:
            assert found(one) == root(all_leaves[one.start : one.stop])


@given(st.integers(1, 70_000), st.data())
def test_a_proof_reads_few_tiles_whatever_the_size(size: int, data: st.DataObject) -> None:
    """Of each level at most the tile on the leaf's way, one beside it, and the last one."""
    place = data.draw(st.integers(0, size - 1))
    for make, where in ((inclusion_path, place), (consistency_path, place + 1)):
        read: list[tuple[int, int]] = []
        make(where, size, subtrees(MANY, read))
        assert len(read) == len(set(read))
        assert len(read) <= 2 * len(list(last_tiles(size)))


@given(st.integers(1, 70_000), st.data())
def test_proofs_made_from_tiles_give_the_root_of_the_tree(size: int, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, size - 1))
    hashes, whole = subtrees(MANY, []), load(size, MANY).root()
    path = inclusion_path(place, size, hashes)
    assert inclusion_claims(LEAVES[place], place, size, path)[-1].hash == whole
    earlier = load(place + 1, MANY).root()
    path = consistency_path(place + 1, size, hashes)
    claims = consistency_claims(place + 1, earlier, size, path)
    assert (claims[-2].hash, claims[-1].hash) == (earlier, whole)


LEAVES = leaves(70_000)
MANY = grown(70_000)[1]


@pytest.mark.parametrize("kept", [{}, {(0, 0): b"x" * 32 * 4}])
def test_a_lost_or_shortened_tile_is_damage(kept: dict[tuple[int, int], bytes]) -> None:
    with pytest.raises(LedgerDamaged, match="tiles: tile 0/0 of the Merkle tree is lost or cut"):
        subtrees(kept, [])(range(5))


@given(st.lists(st.integers(1, 40), max_size=8))
def test_leaves_added_together_are_leaves_added_one_by_one(counts: list[int]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "TILE", SMALL)
        one_by_one, together = Tiles(), Tiles()
        for size, count in zip(accumulate(counts), counts, strict=True):
            some = leaves(size)[size - count :]
            for leaf in some:
                one_by_one.append(leaf)
            together.extend(some)
            assert together.root() == one_by_one.root()
            assert together.changed() == one_by_one.changed()
