"""The files of proofs: written, read back, and everything else refused or shown to be wrong."""

import json
from base64 import b64decode, b64encode
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.checkpoint.evidence import (
    CONSISTENCY,
    INCLUSION,
    ConsistencyProof,
    InclusionProof,
    read_evidence,
)
from ledger.core.errors import InvalidInput, LedgerError, NotProven
from ledger.core.proofs import Claim
from tests.checkpoint.kept import CHAIN, body, checkpoint, consistency, hashes, inclusion, leaves


@given(st.integers(1, 20), st.data(), st.sampled_from([(), CHAIN]))
def test_proofs_are_written_read_back_and_hold(
    size: int, data: st.DataObject, notes: tuple[str, ...]
) -> None:
    seq = data.draw(st.integers(1, size))
    for proof in (
        inclusion(seq, size, endorsements=notes),
        consistency(seq, size, endorsements=notes),
    ):
        assert read_evidence(str(proof), where="file") == proof
        claims = proof.claims()
        assert all(hashes(claim.leaves) == claim.hash for claim in claims)
        assert Claim(range(size), checkpoint(size).root) in claims
    assert read_evidence(str(checkpoint(size)), where="file") == checkpoint(size)


def test_an_inclusion_proof_has_the_form_of_c2sp_tlog_proof() -> None:
    proof = inclusion(3, 5)
    first, extra, index, *path = str(proof).partition("\n\n")[0].split("\n")
    assert first == INCLUSION == "c2sp.org/tlog-proof@v1"
    assert index == "index 2"
    assert [b64decode(line) for line in path] == list(proof.path)
    assert str(proof).endswith(f"\n\n{checkpoint(5)}")
    data = json.loads(b64decode(extra.removeprefix("extra ")))
    assert data == {"body": body(3).decode(), "endorsements": []}


def test_a_consistency_proof_names_the_earlier_head() -> None:
    proof = consistency(3, 5)
    first, old, *path = str(proof).partition("\n\n")[0].split("\n")
    assert first == CONSISTENCY
    assert old == f"old 3 {b64encode(proof.old_root).decode()}"
    assert len(path) == len(proof.path)
    assert "extra" in str(consistency(3, 5, endorsements=CHAIN))


@given(st.sampled_from([inclusion(3, 6), consistency(3, 6)]), st.integers(0), st.integers(1, 255))
def test_a_changed_byte_of_a_file_is_refused_or_shown_or_changes_no_fact(
    proof: InclusionProof | ConsistencyProof, place: int, change: int
) -> None:
    whole = str(proof).encode()
    at = place % len(whole)
    forged = whole[:at] + bytes([whole[at] ^ change]) + whole[at + 1 :]
    try:
        found = read_evidence(forged.decode(), where="file")
        found.claims()
    except (LedgerError, UnicodeDecodeError):
        return
    # A changed signed text or signature is what a key finds; endorsements have signatures too.
    if found.checkpoint == proof.checkpoint:
        assert isinstance(found, InclusionProof | ConsistencyProof)
        assert replace(found, endorsements=()) == proof


def test_a_wrong_inclusion_proof_says_what_differs() -> None:
    proof = inclusion(3, 5)
    other = replace(proof, body=body(3, quantity=2))
    said = (
        "the proof: the entry 3 and its path give the root .*, "
        f"the checkpoint of size 5 says {proof.checkpoint.root.hex()}"
    )
    with pytest.raises(NotProven, match=said):
        other.claims()
    with pytest.raises(NotProven, match="it has 2 hashes, a proof of this shape has 3"):
        replace(proof, path=proof.path[:-1]).claims()
    with pytest.raises(NotProven, match="a tree of 5 leaves has no leaf 5"):
        replace(proof, index=5).claims()


def test_a_wrong_consistency_proof_says_what_differs() -> None:
    proof = consistency(3, 5)
    other = replace(proof, old_root=leaves(1)[0])
    with pytest.raises(NotProven, match=r"gives the root .* for 3 entries, it says"):
        other.claims()
    other = replace(proof, checkpoint=checkpoint(5), path=(*proof.path[:-1], leaves(1)[0]))
    with pytest.raises(NotProven, match=r"gives the root .* for (3|5) entries, it says"):
        other.claims()
    with pytest.raises(NotProven, match="a tree of 5 leaves is not shown to add to one of 0"):
        replace(proof, old=0).claims()
    with pytest.raises(NotProven, match="a tree of 5 leaves is not shown to add to one of 6"):
        replace(proof, old=6).claims()


def test_a_forged_earlier_root_of_a_whole_subtree_is_found_too() -> None:
    """Of 4 entries the earlier root is left out of the path: what the file says is then used."""
    proof = consistency(4, 7)
    with pytest.raises(NotProven, match=r"gives the root .* for 7 entries"):
        replace(proof, old_root=leaves(1)[0]).claims()


INCLUDED, GROWN = str(inclusion(3, 5)), str(consistency(3, 5, endorsements=CHAIN))


def with_extra(data: object) -> str:
    lines = INCLUDED.split("\n")
    lines[1] = "extra " + b64encode(json.dumps(data).encode()).decode()
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is no signed note"),
        ("hello\n", "is no signed note"),
        (INCLUDED.replace("index 2", "index 02"), "is no proof that can be read"),
        (INCLUDED.replace("index 2", "index -1"), "is no proof that can be read"),
        (INCLUDED.replace("index 2", "place 2"), "is no proof that can be read"),
        (INCLUDED.replace("extra ", "extra *"), "is no proof that can be read"),
        (INCLUDED.replace("\n\nchip", "\nAAAA\n\nchip"), "is no proof that can be read"),
        (
            INCLUDED.replace("\n\nchip", "\n" + "A" * 43 + "=" + "\n\nchip").replace("=\n", "\n"),
            "is",
        ),
        (INCLUDED.partition("\n\n")[0], "is no signed note"),
        (f"{INCLUSION}\nextra AAAA\n\n{checkpoint(5)}", "is no proof that can be read"),
        (with_extra({}).replace("index 2\n", ""), "is no proof that can be read"),
        (INCLUDED.replace("\nextra", "\nindex 2\nextra"), "is no proof that can be read"),
        (f"{INCLUSION}\nindex 0\n\n{checkpoint(1)}", "holds no entry: nothing says what its hash"),
        (with_extra([]), "is no proof that can be read"),
        (with_extra({"body": 7}), "holds no entry"),
        (with_extra({"body": "\ud800"}), "is no proof that can be read"),
        (with_extra({"body": "{}", "endorsements": "x"}), "is no proof that can be read"),
        (with_extra({"body": "{}", "endorsements": [1]}), "is no proof that can be read"),
        (with_extra({"body": "{}", "number": 1.5}), "is no proof that can be read"),
        (GROWN.replace("old 3", "old 03"), "is no proof that can be read"),
        (GROWN.replace("old 3 ", "old 3"), "is no proof that can be read"),
        (GROWN.replace("old 3 ", "old 3 A"), "is no proof that can be read"),
        (GROWN.replace(CONSISTENCY, INCLUSION), "is no proof that can be read"),
    ],
)
def test_what_can_not_be_read_is_refused(text: str, said: str) -> None:
    with pytest.raises(InvalidInput, match=said) as refused:
        read_evidence(text, where="kept.proof")
    assert refused.value.where == "kept.proof"


def test_more_hashes_than_any_proof_has_are_refused() -> None:
    proof = inclusion(3, 5)
    for path, allowed in ((proof.path[:1] * 128, True), (proof.path[:1] * 129, False)):
        text = str(replace(proof, path=path))
        if allowed:
            assert isinstance(read_evidence(text, where="file"), InclusionProof)
        else:
            with pytest.raises(InvalidInput):
                read_evidence(text, where="file")


def test_a_proof_without_endorsements_needs_no_extra_data() -> None:
    found = read_evidence(str(consistency(3, 5)), where="file")
    assert isinstance(found, ConsistencyProof)
    assert found.endorsements == ()
