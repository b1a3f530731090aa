"""Checkpoints: the form of C2SP tlog-checkpoint, and who signed."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.checkpoint.heads import Checkpoint, origin_of
from ledger.checkpoint.notes import Note, Signer, base64
from ledger.core.errors import InvalidInput, NotProven
from ledger.core.merkle import EMPTY_ROOT
from ledger.core.prefix import Head
from ledger.core.proofs import Claim
from tests.checkpoint.kept import FIRST, ORIGIN, SECOND, STRANGER, checkpoint

ROOT = sha256(b"root").digest()


@given(st.integers(0, 10**17), st.binary(min_size=32, max_size=32))
def test_a_signed_head_is_read_back(size: int, root: bytes) -> None:
    made = Checkpoint.sign(Head(size, root.hex()), FIRST)
    assert made.note.text == f"{ORIGIN}\n{size}\n{base64(root)}\n"
    assert Checkpoint.read(str(made), where="file") == made
    assert (made.origin, made.size, made.root) == (ORIGIN, size, root)
    assert made.signer([FIRST.verifier]) == FIRST.verifier


def test_lines_of_others_may_follow() -> None:
    note = FIRST.sign(f"{ORIGIN}\n7\n{base64(ROOT)}\nextension 1\nanother\n")
    found = Checkpoint.read(str(note), where="file")
    assert (found.size, found.root, found.note) == (7, ROOT, note)
    assert found.checkpoint is found
    assert found.endorsements == ()


@pytest.mark.parametrize(
    "text",
    [
        "o\n7\n",
        f"\n7\n{base64(ROOT)}\n",
        f"o\n07\n{base64(ROOT)}\n",
        f"o\n-7\n{base64(ROOT)}\n",
        f"o\n+7\n{base64(ROOT)}\n",
        f"o\n\u0667\n{base64(ROOT)}\n",
        f"o\n7.0\n{base64(ROOT)}\n",
        f"o\n{10**18}\n{base64(ROOT)}\n",
        f"o\n7\n{base64(ROOT[:31])}\n",
        f"o\n7\n{base64(ROOT + b'x')}\n",
        f"o\n7\n{ROOT.hex()}\n",
        "o\n7\n*\n",
        f"o\n7\n{base64(ROOT)}\n\nextension\n",
        f"o\n7\n{base64(ROOT)}\n\n",
    ],
)
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="kept: is no checkpoint: the ledger's name, a size"):
        Checkpoint.read(str(FIRST.sign(text)), where="kept")


def test_a_checkpoint_claims_its_root() -> None:
    assert checkpoint(5).claims() == [Claim(range(5), checkpoint(5).root)]
    empty = Checkpoint.sign(Head(0, EMPTY_ROOT.hex()), FIRST)
    assert empty.claims() == []
    wrong = Checkpoint.sign(Head(0, ROOT.hex()), FIRST)
    with pytest.raises(NotProven, match=f"that no entry has the root {ROOT.hex()}"):
        wrong.claims()


def test_the_key_that_signed_is_found_among_those_that_are_trusted() -> None:
    found = checkpoint(5, signer=SECOND)
    assert found.signer([FIRST.verifier, SECOND.verifier]) == SECOND.verifier
    said = (
        f"of size 5 is signed by {SECOND.verifier.label}, not by {FIRST.verifier.label}, "
        f"{STRANGER.verifier.label}"
    )
    with pytest.raises(NotProven) as refused:
        found.signer([FIRST.verifier, STRANGER.verifier])
    assert said in refused.value.sentence


def test_a_signature_of_one_head_is_not_one_of_another() -> None:
    forged = Note(checkpoint(6).note.text, checkpoint(5).note.signatures)
    with pytest.raises(NotProven, match="is not one of this text"):
        Checkpoint.read(str(forged), where="file").signer([FIRST.verifier])


@pytest.mark.parametrize("ledger", ["ledger-5f0c", "a b", "a+b", "../x", "ü", "a/b"])
def test_the_name_of_a_ledger_is_one_that_keys_may_have(ledger: str) -> None:
    name = origin_of(ledger)
    signer = Signer.make(name)
    assert Signer.read(signer.secret(), where="file") == signer
    assert name.count("/") == 1
    assert len({origin_of("a b"), origin_of("a+b"), origin_of("a%20b")}) == 3
