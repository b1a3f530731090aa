"""Checking with nothing but a file and a key."""

from dataclasses import replace
from pathlib import Path

import pytest

from ledger.checkpoint.endorsements import endorse
from ledger.checkpoint.heads import Checkpoint
from ledger.checkpoint.notes import Signer
from ledger.checkpoint.verifying import load, read_key, verify_evidence
from ledger.core.errors import InvalidInput, NotFound, NotProven
from ledger.core.merkle import leaf_hash
from ledger.core.prefix import Head
from tests.checkpoint.kept import (
    CHAIN,
    FIRST,
    ORIGIN,
    SECOND,
    STRANGER,
    THIRD,
    body,
    checkpoint,
    consistency,
    inclusion,
)


def test_an_entry_is_shown_with_who_recorded_it_and_who_signed() -> None:
    shown = verify_evidence(inclusion(3, 5), key=FIRST.verifier)
    assert shown.as_data() == {
        "shown": "inclusion",
        "origin": ORIGIN,
        "size": 5,
        "root": checkpoint(5).root.hex(),
        "signature": "valid",
        "keys": [str(FIRST.verifier)],
        "event": shown.as_data()["event"],
        "envelope": {
            "v": 1,
            "seq": 3,
            "recorded_at": "2026-01-02T03:04:05Z",
            "actor": "ana",
            "via": "api",
        },
    }
    assert shown.as_data()["event"]["id"] == "e3"


def test_without_a_key_nothing_is_shown_of_who_signed() -> None:
    forged = inclusion(3, 5, signer=STRANGER)
    shown = verify_evidence(forged)
    assert (shown.as_data()["signature"], shown.as_data()["keys"]) == ("not checked", [])
    with pytest.raises(NotProven, match=r"is signed by .*, not by"):
        verify_evidence(forged, key=FIRST.verifier)


@pytest.mark.parametrize(("given", "steps"), [(FIRST, 3), (SECOND, 2), (THIRD, 1)])
def test_an_old_key_leads_to_the_one_that_signed(given: Signer, steps: int) -> None:
    for proof in (
        inclusion(3, 5, signer=THIRD, endorsements=CHAIN),
        consistency(3, 5, signer=THIRD, endorsements=CHAIN),
    ):
        shown = verify_evidence(proof, key=given.verifier)
        assert len(shown.keys) == steps
        assert shown.keys[0] == given.verifier
        assert shown.keys[-1] == THIRD.verifier


def test_a_newer_key_does_not_vouch_for_what_an_older_one_signed() -> None:
    with pytest.raises(NotProven, match="is signed by"):
        verify_evidence(inclusion(3, 5, endorsements=CHAIN), key=SECOND.verifier)
    shown = verify_evidence(inclusion(3, 5, endorsements=CHAIN), key=FIRST.verifier)
    assert shown.keys == [FIRST.verifier]


def test_an_endorsement_of_a_stranger_leads_nowhere() -> None:
    proof = inclusion(3, 5, signer=STRANGER, endorsements=(endorse(STRANGER, STRANGER.verifier),))
    with pytest.raises(NotProven, match="not by"):
        verify_evidence(proof, key=FIRST.verifier)


def test_a_wrong_proof_is_wrong_with_and_without_a_key() -> None:
    wrong = replace(inclusion(3, 5), body=body(3, quantity=2))
    for key in (None, FIRST.verifier):
        with pytest.raises(NotProven, match="the entry 3 and its path give the root"):
            verify_evidence(wrong, key=key)


def test_an_entry_of_another_form_is_proven_but_can_not_be_shown() -> None:
    later = b'{"event":{"kind":"of.later"},"v":2}'
    root = leaf_hash(later)
    head = Checkpoint.sign(Head(1, root.hex()), FIRST)
    proof = replace(inclusion(1, 1), checkpoint=head, body=later)
    with pytest.raises(InvalidInput, match="entry 1: what is proven to stand there is no entry"):
        verify_evidence(proof, key=FIRST.verifier)


def test_a_ledger_that_only_grew_is_compared_with_the_checkpoint_that_was_kept() -> None:
    shown = verify_evidence(consistency(3, 5), key=FIRST.verifier, old=checkpoint(3))
    assert shown.as_data()["old"] == {
        "size": 3,
        "root": checkpoint(3).root.hex(),
        "checkpoint": "valid",
    }
    alone = verify_evidence(consistency(3, 5)).as_data()["old"]
    assert alone["checkpoint"] == "not checked"


def test_the_checkpoint_that_was_kept_may_be_of_an_earlier_key() -> None:
    proof = consistency(3, 5, signer=THIRD, endorsements=CHAIN)
    assert verify_evidence(proof, key=FIRST.verifier, old=checkpoint(3)).old_kept
    with pytest.raises(NotProven, match="size 3 is signed by"):
        verify_evidence(proof, key=SECOND.verifier, old=checkpoint(3))


def test_another_earlier_head_is_named() -> None:
    proof = consistency(3, 5)
    with pytest.raises(NotProven, match=r"starts at size 3, the checkpoint .* is at size 4"):
        verify_evidence(proof, old=checkpoint(4))
    fork = Checkpoint.sign(Head(3, "ab" * 32), FIRST)
    said = (
        f"--old: the proof starts at the root {proof.old_root.hex()}, .* is at the root {'ab' * 32}"
    )
    with pytest.raises(NotProven, match=said):
        verify_evidence(proof, old=fork)
    other = Checkpoint.sign(Head(3, proof.old_root.hex()), Signer.make("chipledger/other"))
    with pytest.raises(NotProven, match=f"of the ledger {ORIGIN}, .* of the ledger chipledger/oth"):
        verify_evidence(proof, old=other)
    with pytest.raises(InvalidInput, match="--old: only a consistency proof starts at an earlier"):
        verify_evidence(inclusion(3, 5), old=checkpoint(3))


def test_a_checkpoint_alone_shows_its_signature() -> None:
    assert verify_evidence(checkpoint(5), key=FIRST.verifier).as_data() == {
        "shown": "checkpoint",
        "origin": ORIGIN,
        "size": 5,
        "root": checkpoint(5).root.hex(),
        "signature": "valid",
        "keys": [str(FIRST.verifier)],
    }


def test_files_that_can_not_be_read_are_told(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"there is no file .*nothing"):
        load(str(tmp_path / "nothing"))
    with pytest.raises(InvalidInput, match="can't be read"):
        load(str(tmp_path))
    (tmp_path / "latin").write_bytes("é".encode("latin-1"))
    with pytest.raises(InvalidInput, match="latin: is not UTF-8 text"):
        load(str(tmp_path / "latin"))
    (tmp_path / "dos").write_bytes(str(checkpoint(5)).replace("\n", "\r\n").encode())
    with pytest.raises(InvalidInput, match="dos: is no signed note"):
        load(str(tmp_path / "dos"))
    (tmp_path / "good").write_bytes(str(checkpoint(5)).encode())
    assert load(str(tmp_path / "good")) == checkpoint(5)


def test_a_key_is_given_as_text_or_in_a_file(tmp_path: Path) -> None:
    key = FIRST.verifier
    assert read_key(str(key)) == key
    file = tmp_path / "a+b.key"
    file.write_text(f"{key}\n", encoding="utf-8")
    assert read_key(str(file)) == key
    with pytest.raises(NotFound, match=r"there is no file nothing\.key"):
        read_key("nothing.key")
    with pytest.raises(InvalidInput, match="--key: is no key of the form"):
        read_key("a+b")
