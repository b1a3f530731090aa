"""Signed notes: what is written is read back, and nothing else is taken for it."""

from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from ledger.checkpoint.notes import (
    MOST_SIGNATURES,
    Note,
    Signer,
    Verifier,
    base64,
    bytes_of,
    read_note,
)
from ledger.core.errors import InvalidInput, NotProven

SEED = bytes(range(32))
ANA = Signer("example.com/ana", SEED)
BEN = Signer("example.com/ben", bytes(32))

# The example of the Go package golang.org/x/mod/sumdb/note: another implementation's key and note.
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
ENOCH = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6"
    "KE6RyyBwJnAM=\n"
)


def test_a_note_and_a_key_of_another_implementation_are_read_and_verified() -> None:
    key = Verifier.read(PETER)
    assert str(key) == PETER
    note = read_note(ENOCH, where="note")
    assert key.signed(note)
    assert str(note) == ENOCH


def test_a_key_id_is_worked_out_from_name_type_and_public_key() -> None:
    public = Ed25519PrivateKey.from_private_bytes(SEED).public_key().public_bytes_raw()
    typed = b"\x01" + public
    expected = sha256(b"example.com/ana\n" + typed).digest()[:4]
    assert ANA.verifier.key_id == expected
    assert str(ANA.verifier) == f"example.com/ana+{expected.hex()}+{base64(typed)}"
    assert ANA.verifier.label == f"example.com/ana+{expected.hex()}"


def test_keys_are_read_back_and_a_seed_is_never_shown() -> None:
    assert Verifier.read(f" {ANA.verifier}\n") == ANA.verifier
    assert Signer.read(f"{ANA.secret()}\n", where="file") == ANA
    assert ANA.secret().startswith("PRIVATE+KEY+example.com/ana+")
    assert "seed" not in repr(ANA)
    assert Signer.make("a") != Signer.make("a")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "name",
        "name+00000000",
        PETER.replace("c74f20a3", "c74f20a4"),
        PETER.replace("PeterNeumann", "Peter Neumann"),
        PETER.replace("PeterNeumann", ""),
        PETER.replace("+AR", "+AS"),
        PETER[:-4],
        PETER + "AAAA",
        PETER.replace("+ARpc", "+Arpc"),
        ANA.secret(),
        "\x00" + PETER,
    ],
)
def test_what_is_no_verifier_key_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match=r"--key: is no key of the form NAME\+ID\+KEY"):
        Verifier.read(text)


@pytest.mark.parametrize("text", ["", str(ANA.verifier), ANA.secret()[:-4], "PRIVATE+KEY+a+b+c"])
def test_what_is_no_signer_key_is_refused_without_showing_it(text: str) -> None:
    with pytest.raises(InvalidInput, match=r"a\.key: is no key") as refused:
        Signer.read(text, where="a.key")
    assert text == "" or text not in refused.value.sentence


lines = st.text(st.characters(exclude_categories=["Cs", "Cc"]))
texts = st.lists(lines, min_size=1).map(lambda found: "\n".join(found) + "\n")


@given(texts, st.binary(min_size=32, max_size=32))
def test_any_text_is_signed_written_read_and_verified(text: str, seed: bytes) -> None:
    signer = Signer("a.example/b", seed)
    note = signer.sign(text)
    read = read_note(str(note), where="note")
    assert read == note
    assert read.text == text
    assert signer.verifier.signed(read)
    assert not BEN.verifier.signed(read)


@given(st.integers(0, 200), st.integers(1, 255))
def test_a_changed_byte_of_text_or_signature_is_found(place: int, change: int) -> None:
    whole = str(ANA.sign("example.com/ana\n12\nAAAA\n")).encode()
    at = place % len(whole)
    forged = whole[:at] + bytes([whole[at] ^ change]) + whole[at + 1 :]
    try:
        found = ANA.verifier.signed(read_note(forged.decode(), where="note"))
    except (InvalidInput, NotProven, UnicodeDecodeError):
        return
    assert not found


def test_several_keys_sign_one_text_and_strangers_are_passed_over() -> None:
    note = ANA.sign("text\n")
    both = Note(note.text, (*BEN.sign("text\n").signatures, *note.signatures))
    read = read_note(str(both), where="note")
    assert ANA.verifier.signed(read)
    assert BEN.verifier.signed(read)
    assert not Signer.make("example.com/cy").verifier.signed(read)


def test_a_wrong_signature_of_a_known_key_is_told() -> None:
    forged = Note("other\n", ANA.sign("text\n").signatures)
    said = "the signature of the key example.com/ana.* is not one of this text"
    with pytest.raises(NotProven, match=said):
        ANA.verifier.signed(forged)
    beside = Note("text\n", (*ANA.sign("text\n").signatures, *forged.signatures[:1]))
    assert ANA.verifier.signed(beside)
    mixed = Note("text\n", (*ANA.sign("text\n").signatures, *ANA.sign("other\n").signatures))
    with pytest.raises(NotProven):
        ANA.verifier.signed(mixed)


GOOD = str(ANA.sign("text\n"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "text\n",
        "text\n\n",
        GOOD.removesuffix("\n"),
        GOOD.replace("text\n", "text\r\n"),
        GOOD.replace("text", "te\x00xt"),
        GOOD.replace("— ", "- "),
        GOOD.replace("— example.com/ana ", "— "),
        GOOD.replace("example.com/ana", "a+b"),
        GOOD.replace("=", ""),
        GOOD + "\n",
        "text\n\n— a AAAAAA==\n",
        "text\n\n" + GOOD.rpartition("\n\n")[2] * (MOST_SIGNATURES + 1),
    ],
)
def test_what_is_no_note_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match=r"kept\.note: "):
        read_note(text, where="kept.note")


def test_a_text_may_hold_empty_lines_and_many_signatures() -> None:
    note = ANA.sign("a\n\nb\n")
    assert read_note(str(note), where="note").text == "a\n\nb\n"
    many = Note("text\n", ANA.sign("text\n").signatures * MOST_SIGNATURES)
    assert len(read_note(str(many), where="note").signatures) == MOST_SIGNATURES


@given(st.binary(max_size=80))
def test_bytes_have_one_text(data: bytes) -> None:
    assert bytes_of(base64(data)) == data


@pytest.mark.parametrize("text", ["A", "AA", "AB==", "AA==\n", " AA==", "AAé=", "A-__"])
def test_another_text_stands_for_no_bytes(text: str) -> None:
    assert bytes_of(text) is None
