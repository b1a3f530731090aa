"""Heads and proofs of a real ledger, checked without it and by an independent library."""

import sqlite3
from contextlib import closing

import pytest
from pymerkle import InmemoryTree  # type: ignore[import-untyped]  # it ships no types

from ledger.checkpoint.notes import Verifier
from ledger.checkpoint.verifying import verify_evidence
from ledger.core.errors import InvalidInput, LedgerDamaged, NotFound
from ledger.core.proofs import consistency_path, inclusion_path
from ledger.service.keys import ensure
from ledger.service.proving import prove_entry, prove_since, signed_head
from tests.core.builders import declared, exported
from tests.service.kept import FIRST, LAST, Kept, shipped, signed
from tests.store.ledgers import CREATED, SIZE, head_of, opened, path_of, put, raw_of, tamper


@pytest.fixture
def kept(url: str) -> Kept:
    return shipped(url)


def key_of(url: str) -> Verifier:
    return Verifier.read(signed_head(url).key or "")


def independent(url: str, size: int) -> InmemoryTree:
    """The tree of the stored bodies, kept by another library."""
    tree = InmemoryTree(algorithm="sha256")
    with opened(url) as ledger:
        for seq in range(1, size + 1):
            tree.append_entry(ledger.body(seq))
    return tree


def test_a_signed_head_is_the_ledgers_and_names_its_law(kept: Kept) -> None:
    found = signed_head(kept.url)
    data = found.as_data()
    assert found.head == head_of(kept.url)
    assert data["size"] == LAST
    assert data["root"] == independent(kept.url, LAST).get_root().hex()
    assert data["checkpoint"] == str(kept.checkpoints[LAST])
    assert data["unsigned"] is None
    assert len(data["law"]) == CREATED - 1
    assert data["law"][0]["pack"] == "us-ear/groups"
    assert verify_evidence(kept.checkpoints[LAST], key=key_of(kept.url)).keys


def test_an_earlier_head_is_the_one_that_was_signed_then(kept: Kept) -> None:
    for size, checkpoint in kept.checkpoints.items():
        assert signed(kept.url, as_of=size) == checkpoint
    assert signed(kept.url, as_of=3).root == independent(kept.url, 3).get_root()
    with pytest.raises(NotFound, match=r"the ledger has .* entries, not 99"):
        signed_head(kept.url, as_of=99)


def test_every_entry_is_proven_under_every_head(kept: Kept) -> None:
    key = key_of(kept.url)
    tree = independent(kept.url, LAST)
    with opened(kept.url) as ledger:
        ids = [entry.event.id for entry in ledger.entries()]
    for seq, event in enumerate(ids, start=1):
        proof = prove_entry(kept.url, event)
        shown = verify_evidence(proof, key=key)
        assert shown.entry is not None
        assert (shown.entry.event.id, shown.entry.envelope.seq) == (event, seq)
        theirs = tree.prove_inclusion(seq, LAST)
        assert list(proof.path) == theirs.path[1:]
        theirs.verify(theirs.path[0], proof.checkpoint.root)


def test_a_head_is_proven_to_add_to_every_earlier_one(kept: Kept) -> None:
    key = key_of(kept.url)
    for old in range(1, LAST + 1):
        proof = prove_since(kept.url, old)
        earlier = signed(kept.url, as_of=old)
        assert verify_evidence(proof, key=key, old=earlier).old_kept
        assert proof == prove_since(kept.url, earlier)


def test_a_proof_may_end_at_a_checkpoint_that_was_kept(kept: Kept) -> None:
    mine = kept.checkpoints[FIRST + 4]
    proof = prove_entry(kept.url, "e2", kept=mine)
    assert proof.checkpoint == mine
    assert verify_evidence(proof, key=key_of(kept.url)).entry is not None
    grown = prove_since(kept.url, FIRST, kept=proof)
    assert (grown.old, grown.checkpoint) == (FIRST, mine)
    assert verify_evidence(grown).old is not None
    with pytest.raises(NotFound, match=f"no event among the first {mine.size} entries has the id"):
        prove_entry(kept.url, "e9", kept=mine)


def test_an_event_that_is_not_there_is_told(kept: Kept) -> None:
    with pytest.raises(NotFound, match=f"no event among the first {LAST} entries has the id 'who'"):
        prove_entry(kept.url, "who")


@pytest.mark.parametrize("since", [0, LAST + 1, 10**9])
def test_a_size_that_was_never_reached_is_told(since: int, kept: Kept) -> None:
    with pytest.raises(InvalidInput, match=f"--since: .* Name a size from 1 to {LAST}"):
        prove_since(kept.url, since)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        ("UPDATE head SET root = zeroblob(32) WHERE size = (SELECT max(size) FROM head)", "root"),
        (
            "UPDATE tile SET nodes = zeroblob(length(nodes))",
            "tiles: tile 0/0 of the Merkle tree is not what the entries give",
        ),
        (
            "UPDATE tile SET nodes = substr(nodes, 1, 32)",
            "tiles: tile 0/0 of the Merkle tree is not what the entries give",
        ),
        (
            "UPDATE entry SET leaf_hash = zeroblob(32) WHERE event_id = 'e0'",
            "tiles: tile 0/0 of the Merkle tree is not what the entries give",
        ),
        ("DELETE FROM tile", "root"),
        (
            (
                "UPDATE entry SET body = CAST(replace(body, 'order 0', 'order X') AS BLOB) "
                "WHERE event_id = 'e0'"
            ),
            f"entry {FIRST}: the entry {FIRST} and its path give the root",
        ),
        ("UPDATE entry SET body = x'7b7d' WHERE event_id = 'e0'", "its body can't be read"),
        ("UPDATE entry SET body = CAST(body AS TEXT) WHERE event_id = 'e0'", "can't be read"),
    ],
)
def test_nothing_is_signed_or_proven_of_a_damaged_ledger(
    damage: str, said: str, damaged_url: str
) -> None:
    shipped(damaged_url)
    with closing(sqlite3.connect(path_of(damaged_url))) as connection:
        tamper(connection, damage)
        connection.commit()
    with pytest.raises(LedgerDamaged, match=said):
        prove_entry(damaged_url, "e0")


def test_a_proof_of_a_tree_of_several_tiles_reads_a_few(url: str) -> None:
    """Past 256 entries there are two levels of tiles."""
    put(url, *(declared(f"d{number}") for number in range(300)))
    size = SIZE + 300
    ensure(url)
    read: list[str] = []
    with opened(url) as ledger, ledger.reading():
        tiles = ledger.subtrees()
        raw_of(ledger).set_trace_callback(read.append)
        inclusion_path(5, size, tiles)
        consistency_path(200, size, tiles)
        raw_of(ledger).set_trace_callback(None)
    assert 0 < len(read) <= 3
    of_entries = [one for one in read if "SELECT leaf_hash FROM entry" in one]
    assert len(of_entries) <= 1
    assert all("FROM tile" in one for one in read if one not in of_entries)
    proof = prove_entry(url, "d250")
    assert verify_evidence(proof, key=key_of(url)).entry is not None
    assert proof.checkpoint.root == independent(url, size + 1).get_root()
    assert verify_evidence(prove_since(url, 255), old=signed(url, as_of=255)).old_kept


def test_an_event_recorded_while_a_proof_is_made_is_no_part_of_it(kept: Kept) -> None:
    proof = prove_entry(kept.url, "e1")
    put(kept.url, exported("later"))
    assert proof.checkpoint.size == LAST
    assert verify_evidence(proof, key=key_of(kept.url)).entry is not None
