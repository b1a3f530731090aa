"""Proofs against the definition of RFC 6962, and against an independent implementation."""

from functools import cache
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymerkle import (  # type: ignore[import-untyped]  # it ships no types
    ConsistencyProof,
    InmemoryTree,
    verify_consistency,
    verify_inclusion,
)

from ledger.core.merkle import leaf_hash, node_hash, root
from ledger.core.proofs import (
    Claim,
    Hashes,
    consistency_claims,
    consistency_path,
    consistency_ranges,
    difference,
    inclusion_claims,
    inclusion_path,
    inclusion_ranges,
)

EVERY = range(71)
"""Sizes of which each is tried, with each leaf or each earlier size."""


@cache
def body(number: int) -> bytes:
    return sha256(str(number).encode()).digest()


@cache
def leaves(size: int) -> list[bytes]:
    return [leaf_hash(body(number)) for number in range(size)]


@cache
def head(size: int) -> bytes:
    return root(leaves(size))


def hashes_of(found: list[bytes]) -> Hashes:
    return lambda subtree: root(found[subtree.start : subtree.stop])


def path_of_rfc(m: int, d: list[bytes]) -> list[bytes]:
    """PATH of RFC 6962, section 2.1.1."""
    if len(d) == 1:
        return []
    k = largest_power_below(len(d))
    if m < k:
        return [*path_of_rfc(m, d[:k]), root(d[k:])]
    return [*path_of_rfc(m - k, d[k:]), root(d[:k])]


def proof_of_rfc(m: int, d: list[bytes], *, whole: bool = True) -> list[bytes]:
    """PROOF of RFC 6962, section 2.1.2."""
    if m == len(d):
        return [] if whole else [root(d)]
    k = largest_power_below(len(d))
    if m <= k:
        return [*proof_of_rfc(m, d[:k], whole=whole), root(d[k:])]
    return [*proof_of_rfc(m - k, d[k:], whole=False), root(d[:k])]


def largest_power_below(number: int) -> int:
    power = 1
    while power * 2 < number:
        power *= 2
    return power


@cache
def other_tree(size: int) -> InmemoryTree:
    other = InmemoryTree(algorithm="sha256")
    for number in range(size):
        other.append_entry(body(number))
    return other


def roots(claims: list[Claim]) -> tuple[bytes, bytes]:
    earlier, later = claims[-2:]
    return earlier.hash, later.hash


# ---- inclusion


@pytest.mark.parametrize("size", EVERY)
def test_every_leaf_of_every_size_is_proven_as_rfc_6962_and_another_library_do(size: int) -> None:
    found, other = leaves(size), other_tree(EVERY.stop)
    for index in range(size):
        path = inclusion_path(index, size, hashes_of(found))
        assert path == path_of_rfc(index, found)
        claims = inclusion_claims(found[index], index, size, path)
        assert claims[-1] == Claim(range(size), head(size))
        assert all(claim.hash == hashes_of(found)(claim.leaves) for claim in claims)
        theirs = other.prove_inclusion(index + 1, size)
        assert theirs.path == [found[index], *path]
        verify_inclusion(found[index], head(size), theirs)


@given(st.integers(71, 3000), st.data())
def test_a_leaf_of_a_large_tree_is_proven(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    found = leaves(size)
    path = inclusion_path(index, size, hashes_of(found))
    assert path == path_of_rfc(index, found)
    assert inclusion_claims(found[index], index, size, path)[-1].hash == head(size)
    theirs = other_tree(3000).prove_inclusion(index + 1, size)
    assert theirs.path[1:] == path
    theirs.path[1:] = path
    verify_inclusion(found[index], head(size), theirs)


@pytest.mark.parametrize(("index", "size"), [(0, 0), (1, 1), (-1, 4), (4, 4)])
def test_a_leaf_that_is_not_there_has_no_proof(index: int, size: int) -> None:
    with pytest.raises(ValueError, match=f"a tree of {size} leaves has no leaf {index}"):
        inclusion_ranges(index, size)


@given(st.integers(1, 70), st.data())
def test_a_changed_inclusion_proof_gives_another_root(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    found = leaves(size)
    path = inclusion_path(index, size, hashes_of(found))
    which = data.draw(st.integers(-1, len(path) - 1))
    leaf, forged = found[index], list(path)
    if which < 0:
        leaf = sha256(leaf).digest()
    else:
        forged[which] = sha256(path[which]).digest()
    assert inclusion_claims(leaf, index, size, forged)[-1].hash != head(size)


@given(st.integers(2, 70), st.data())
def test_a_proof_of_another_place_does_not_give_the_root(size: int, data: st.DataObject) -> None:
    index, other = data.draw(
        st.lists(st.integers(0, size - 1), min_size=2, max_size=2, unique=True)
    )
    found = leaves(size)
    path = inclusion_path(index, size, hashes_of(found))
    try:
        claims = inclusion_claims(found[index], other, size, path)
    except ValueError:
        return
    assert claims[-1].hash != head(size)


@pytest.mark.parametrize("extra", [-1, 1])
def test_a_proof_of_the_wrong_length_is_refused(extra: int) -> None:
    path = inclusion_path(3, 7, hashes_of(leaves(7)))
    wrong = [*path, path[0]] if extra > 0 else path[:-1]
    said = f"it has {3 + extra} hashes, a proof of this shape has 3"
    with pytest.raises(ValueError, match=said):
        inclusion_claims(leaves(7)[3], 3, 7, wrong)
    path = consistency_path(3, 7, hashes_of(leaves(7)))
    wrong = [*path, path[0]] if extra > 0 else path[:-1]
    with pytest.raises(ValueError, match=f"it has {4 + extra} hashes, a proof of this shape has 4"):
        consistency_claims(3, head(3), 7, wrong)


# ---- consistency


@pytest.mark.parametrize("size", EVERY)
def test_every_earlier_size_is_proven_as_rfc_6962_and_another_library_do(size: int) -> None:
    found, other = leaves(size), other_tree(EVERY.stop)
    for old in range(1, size + 1):
        path = consistency_path(old, size, hashes_of(found))
        assert path == proof_of_rfc(old, found)
        claims = consistency_claims(old, head(old), size, path)
        assert roots(claims) == (head(old), head(size))
        assert claims[-2].leaves == range(old)
        assert claims[-1].leaves == range(size)
        assert all(claim.hash == hashes_of(found)(claim.leaves) for claim in claims)
        assert other.get_root(size) == head(size)
        assert resolved_by_the_other(old, size, path) == (other.get_root(old), head(size))
        verify_consistency(head(old), head(size), other.prove_consistency(old, size))


def resolved_by_the_other(old: int, size: int, path: list[bytes]) -> tuple[bytes, bytes]:
    """Both roots that the other library works out from a proof of ours.

    Its own proofs are longer: where the earlier tree ends with a subtree, it takes the next one
    apart down to a leaf.
    """
    ranges = consistency_ranges(old, size)
    first = ranges[0]
    beside = [int(one.start < first.start) for one in ranges[1:]]
    proof = ConsistencyProof(
        "sha256",
        security=True,
        size=size,
        prior_size=old,
        rule=[*beside, 0],
        subset=[1, *beside],
        path=path if first.start else [head(old), *path],
    )
    return proof.retrieve_prior_state(), proof.compute_root()


@given(st.integers(3, 3000), st.data())
def test_where_both_libraries_prove_alike_the_other_takes_our_proof_for_its_own(
    size: int, data: st.DataObject
) -> None:
    """An earlier tree that ends with a single leaf, the left one of two."""
    old = 2 * data.draw(st.integers(1, (size - 1) // 2)) + 1
    if old == size:
        return
    path = consistency_path(old, size, hashes_of(leaves(size)))
    theirs = other_tree(3000).prove_consistency(old, size)
    assert set(theirs.path) == set(path)
    theirs.path = [path[1], path[0], *path[2:]]
    verify_consistency(head(old), head(size), theirs)


@given(st.integers(71, 3000), st.data())
def test_a_large_tree_is_proven_to_add_to_an_earlier_one(size: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, size))
    path = consistency_path(old, size, hashes_of(leaves(size)))
    assert path == proof_of_rfc(old, leaves(size))
    assert roots(consistency_claims(old, head(old), size, path)) == (head(old), head(size))


@pytest.mark.parametrize(("old", "size"), [(0, 0), (0, 3), (4, 3), (-1, 3)])
def test_only_an_earlier_tree_that_holds_something_is_added_to(old: int, size: int) -> None:
    with pytest.raises(ValueError, match=f"of {size} leaves is not shown to add to one of {old}"):
        consistency_ranges(old, size)


@given(st.integers(2, 70), st.data())
def test_a_changed_consistency_proof_gives_another_root(size: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, size - 1))
    path = consistency_path(old, size, hashes_of(leaves(size)))
    which = data.draw(st.integers(0, len(path) - 1))
    forged = [sha256(one).digest() if at == which else one for at, one in enumerate(path)]
    assert roots(consistency_claims(old, head(old), size, forged)) != (head(old), head(size))


@given(st.integers(2, 70), st.data())
def test_a_forked_tree_has_no_consistency_proof(size: int, data: st.DataObject) -> None:
    """Whatever the fork's owner proves, the earlier root that follows is not the one kept."""
    old = data.draw(st.integers(1, size - 1))
    changed = data.draw(st.integers(0, old - 1))
    fork = list(leaves(size))
    fork[changed] = leaf_hash(b"another entry")
    path = consistency_path(old, size, hashes_of(fork))
    assert roots(consistency_claims(old, head(old), size, path)) != (head(old), root(fork))


# ---- where a tree differs from what is known of it


def known(found: list[bytes], *subtrees: range) -> list[Claim]:
    return [Claim(subtree, hashes_of(found)(subtree)) for subtree in subtrees]


def changed(size: int, *places: int) -> Hashes:
    found = list(leaves(size))
    for place in places:
        found[place] = leaf_hash(b"another entry")
    return hashes_of(found)


def test_a_tree_that_agrees_with_all_that_is_known_does_not_differ() -> None:
    assert difference([], changed(8)) is None
    assert difference(known(leaves(8), range(8), range(5)), changed(8)) is None


@pytest.mark.parametrize(
    ("places", "subtrees", "found"),
    [
        ((3,), [range(8)], range(8)),
        ((6,), [range(5), range(8)], range(5, 8)),
        ((3,), [range(5), range(8)], range(5)),
        ((3, 6), [range(5), range(8)], range(5)),
        ((5,), [range(8), range(6, 8), range(4)], range(4, 6)),
        ((5,), [range(8), range(6, 8), range(6, 7), range(4), range(2)], range(4, 6)),
        ((5,), [range(8), range(5, 6)], range(5, 6)),
        ((5,), [range(5, 6), range(6)], range(5, 6)),
    ],
)
def test_what_is_known_to_be_the_same_narrows_the_place(
    places: tuple[int, ...], subtrees: list[range], found: range
) -> None:
    assert difference(known(leaves(8), *subtrees), changed(8, *places)) == found


def test_knowledge_that_contradicts_itself_leaves_a_place_all_the_same() -> None:
    claims = [*known(leaves(4), range(2), range(2, 4)), Claim(range(4), b"of another tree")]
    assert difference(claims, changed(4)) == range(4)


@given(st.integers(1, 70), st.data())
def test_an_entry_whose_proof_was_kept_is_the_place_where_it_was_changed(
    size: int, data: st.DataObject
) -> None:
    index = data.draw(st.integers(0, size - 1))
    path = inclusion_path(index, size, hashes_of(leaves(size)))
    claims = inclusion_claims(leaves(size)[index], index, size, path)
    assert difference(claims, changed(size, index)) == range(index, index + 1)


@given(st.integers(1, 70), st.data())
def test_a_place_that_is_told_holds_the_change(size: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, size))
    place = data.draw(st.integers(0, size - 1))
    path = consistency_path(old, size, hashes_of(leaves(size)))
    claims = consistency_claims(old, head(old), size, path)
    found = difference(claims, changed(size, place))
    assert found is not None
    assert place in found
    assert len(found) == min(len(claim.leaves) for claim in claims if place in claim.leaves)


def test_a_node_is_no_leaf() -> None:
    assert node_hash(*leaves(2)) == head(2) != leaf_hash(b"".join(leaves(2)))
