"""Following from a key that was kept to the one that signs now."""

import pytest

from ledger.checkpoint.endorsements import ADOPTS, endorse, endorsed, follow
from ledger.checkpoint.heads import Checkpoint
from ledger.checkpoint.notes import Note, Signer, read_note
from ledger.core.errors import InvalidInput, NotProven
from tests.checkpoint.kept import CHAIN, FIRST, ORIGIN, SECOND, STRANGER, THIRD

KEYS = [signer.verifier for signer in (FIRST, SECOND, THIRD)]


def test_an_endorsement_names_the_new_key_and_is_signed_by_the_old_one() -> None:
    assert endorsed(CHAIN[0], where="note") == SECOND.verifier
    assert FIRST.verifier.signed(read_note(CHAIN[0], where="note"))
    assert not SECOND.verifier.signed(read_note(CHAIN[0], where="note"))


@pytest.mark.parametrize("start", range(3))
def test_each_key_leads_to_those_after_it(start: int) -> None:
    assert follow(KEYS[start], CHAIN, where="proof") == KEYS[start:]


def test_a_stranger_leads_to_nobody_and_is_led_to_by_nobody() -> None:
    assert follow(STRANGER.verifier, CHAIN, where="proof") == [STRANGER.verifier]
    slipped = (CHAIN[0], endorse(STRANGER, STRANGER.verifier), CHAIN[1])
    assert follow(KEYS[0], slipped, where="proof") == KEYS
    assert follow(KEYS[0], (CHAIN[1],), where="proof") == KEYS[:1]


def test_a_key_that_was_replaced_leads_nowhere_else() -> None:
    """Only the last trusted key is asked: the one before can't bring in another one later."""
    later = (*CHAIN, endorse(FIRST, STRANGER.verifier))
    assert follow(KEYS[0], later, where="proof") == KEYS


def test_an_endorsement_with_another_key_in_it_is_wrong() -> None:
    signatures = read_note(CHAIN[0], where="note").signatures
    forged = str(Note(f"{ADOPTS}\n{STRANGER.verifier}\n", signatures))
    with pytest.raises(NotProven, match="is not one of this text"):
        follow(KEYS[0], (forged,), where="proof")


def test_a_key_of_another_ledger_is_not_followed() -> None:
    other = Signer.make("chipledger/other").verifier
    with pytest.raises(
        NotProven, match=r"proof: .* endorses a key of another name, chipledger/oth"
    ):
        follow(KEYS[0], (endorse(FIRST, other),), where="proof")


@pytest.mark.parametrize(
    "text", [f"{ORIGIN}\n12\nAAAA\n", f"{ADOPTS}\n", f"{ADOPTS}\nno key\n", f"{ADOPTS}\n\n"]
)
def test_what_is_no_endorsement_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match=r"proof: is no (endorsement of a )?key"):
        follow(KEYS[0], (str(FIRST.sign(text)),), where="proof")


def test_an_endorsement_is_no_checkpoint() -> None:
    with pytest.raises(InvalidInput, match="is no checkpoint"):
        Checkpoint.read(CHAIN[0], where="file")
