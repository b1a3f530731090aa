from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymerkle import InmemoryTree  # type: ignore[import-untyped]  # it ships no types

from ledger.core.merkle import EMPTY_ROOT, Frontier, leaf_hash, node_hash, root

bodies = st.lists(st.binary(max_size=40), max_size=70)


def frontier_of(leaves: list[bytes]) -> Frontier:
    frontier = Frontier()
    for leaf in leaves:
        frontier.append(leaf)
    return frontier


def test_hashes_have_the_prefixes_of_rfc_6962() -> None:
    assert leaf_hash(b"body") == sha256(b"\x00body").digest()
    assert node_hash(b"left", b"right") == sha256(b"\x01leftright").digest()
    assert sha256(b"").digest() == EMPTY_ROOT


def test_the_roots_of_no_leaf_and_of_one_are_plain() -> None:
    assert root([]) == Frontier().root() == EMPTY_ROOT
    assert root([b"leaf"]) == frontier_of([b"leaf"]).root() == b"leaf"


def test_three_leaves_split_into_two_and_one() -> None:
    a, b, c = (leaf_hash(body) for body in (b"a", b"b", b"c"))
    assert root([a, b, c]) == node_hash(node_hash(a, b), c)


@given(bodies)
def test_the_incremental_root_is_the_recursive_one(found: list[bytes]) -> None:
    leaves = [leaf_hash(body) for body in found]
    frontier = Frontier()
    for size, leaf in enumerate(leaves, start=1):
        frontier.append(leaf)
        assert frontier.size == size
        assert len(frontier.peaks) == size.bit_count()
        assert frontier.root() == root(leaves[:size])


@given(st.lists(st.binary(max_size=40), min_size=1, max_size=70))
def test_the_root_is_that_of_an_independent_implementation(found: list[bytes]) -> None:
    other = InmemoryTree(algorithm="sha256")
    for body in found:
        other.append_entry(body)
    assert frontier_of([leaf_hash(body) for body in found]).root() == other.get_root()


@given(bodies, st.data())
def test_a_frontier_resumes_from_its_size_and_peaks(
    found: list[bytes], data: st.DataObject
) -> None:
    leaves = [leaf_hash(body) for body in found]
    stop = data.draw(st.integers(min_value=0, max_value=len(leaves)))
    stopped = frontier_of(leaves[:stop])
    resumed = Frontier(stopped.size, stopped.peaks)
    for leaf in leaves[stop:]:
        resumed.append(leaf)
    assert resumed.root() == root(leaves)
    assert stopped.root() == root(leaves[:stop])


def test_a_size_with_the_wrong_number_of_peaks_is_refused() -> None:
    with pytest.raises(ValueError, match="a tree of 3 leaves has 2 peaks, found 1"):
        Frontier(3, [b"one"])
