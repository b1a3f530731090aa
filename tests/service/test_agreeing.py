"""A ledger that was changed and made to fit again is found by what was kept of it, with the place.

Each forged ledger verifies in itself: that is what the first line of each test shows.
"""

import pytest

from ledger.checkpoint.evidence import Evidence
from ledger.checkpoint.heads import Checkpoint
from ledger.checkpoint.notes import Signer, Verifier
from ledger.checkpoint.verifying import verify_evidence
from ledger.core.encoding import Entry
from ledger.core.errors import InvalidInput, LedgerDamaged, NotProven
from ledger.core.prefix import Head
from ledger.service.agreeing import signed_before, verify
from ledger.service.keys import ensure, rotate
from ledger.service.proving import prove_entry, prove_since, signed_head
from tests.core.builders import exported
from tests.service.kept import FIRST, LAST, Kept, forget, shipped, signed
from tests.store.forging import changed, forge, swapped
from tests.store.ledgers import entries_of, opened, put, verified


@pytest.fixture
def kept(url: str) -> Kept:
    return shipped(url)


def place_of(kept: Kept, *evidence: Evidence) -> str:
    """Where a forged ledger differs; in itself it is in order."""
    assert verified(kept.url).entries > 0
    forget(kept.url)
    assert verify(kept.url).entries > 0
    with pytest.raises(LedgerDamaged) as found:
        verify(kept.url, evidence)
    assert found.value.exit_status == 5
    assert "as evidence" in found.value.cure
    return found.value.where


def entries(kept: Kept) -> list[Entry]:
    return entries_of(kept.url)


def one_changed(kept: Kept, seq: int) -> None:
    """Change one byte of one entry, and all hashes from there on."""
    found = entries(kept)
    found[seq - 1] = changed(found[seq - 1], document="order X")
    forge(kept.url, found)


def test_an_honest_ledger_agrees_with_all_that_was_kept_of_it(kept: Kept) -> None:
    proofs: list[Evidence] = [prove_entry(kept.url, "e3"), prove_since(kept.url, FIRST + 2)]
    put(kept.url, exported("later"))
    assert verify(kept.url, [*kept.at(*kept.checkpoints), *proofs]).entries == LAST + 1


def test_a_forgery_that_changes_nothing_is_none(kept: Kept) -> None:
    forge(kept.url, entries(kept))
    assert verify(kept.url, kept.at(*kept.checkpoints)).head.size == LAST


def test_a_removed_tail_is_found_with_its_first_entry(kept: Kept) -> None:
    forge(kept.url, entries(kept)[: LAST - 3])
    assert place_of(kept, *kept.at(LAST)) == f"entry {LAST - 2}"
    assert place_of(kept, *kept.at(LAST - 4, LAST - 1)) == f"entry {LAST - 2}"
    with pytest.raises(LedgerDamaged, match=f"{LAST} entries were signed, {LAST - 3} are stored"):
        verify(kept.url, kept.at(LAST))
    assert verify(kept.url, kept.at(LAST - 3)).head.size == LAST - 3


def test_a_removed_tail_that_was_written_again_is_found(kept: Kept) -> None:
    forge(kept.url, entries(kept)[: LAST - 3])
    for number in range(4):
        put(kept.url, exported(f"other{number}"))
    sizes = kept.at(LAST - 3, LAST)
    assert place_of(kept, *sizes) == f"between entry {LAST - 2} and {LAST}"


@pytest.mark.parametrize("seq", [FIRST, FIRST + 5, LAST])
def test_a_changed_byte_is_found_between_two_checkpoints(seq: int, kept: Kept) -> None:
    one_changed(kept, seq)
    assert place_of(kept, *kept.at(LAST)) == f"between entry 1 and {LAST}"
    around = [size for size in (seq - 1, seq) if size in kept.checkpoints]
    expected = f"entry {seq}" if len(around) > 1 else f"between entry 1 and {FIRST}"
    assert place_of(kept, *kept.at(*around, LAST)) == expected


def test_a_changed_byte_is_found_at_the_entry_whose_proof_was_kept(kept: Kept) -> None:
    proof = prove_entry(kept.url, "e4")
    one_changed(kept, proof.index + 1)
    assert place_of(kept, proof) == f"entry {proof.index + 1}"
    with pytest.raises(LedgerDamaged, match=r"the hash .*, kept is "):
        verify(kept.url, [proof])


def test_a_proof_of_another_entry_narrows_the_place(kept: Kept) -> None:
    """Each proof holds the hashes of subtrees beside its own way up: the smallest one is named."""
    proof = prove_entry(kept.url, "e4")
    one_changed(kept, LAST)
    size, last = proof.checkpoint.size, 1 << (LAST.bit_length() - 1)
    assert size == LAST
    place = place_of(kept, proof)
    assert place != f"between entry 1 and {LAST}"
    first, _, end = place.removeprefix("between entry ").partition(" and ")
    assert (int(end), last // 2 < int(first) <= LAST) == (LAST, True)


def test_a_consistency_proof_narrows_the_place(kept: Kept) -> None:
    proof = prove_since(kept.url, FIRST + 5)
    one_changed(kept, FIRST + 1)
    place = place_of(kept, proof)
    first, _, end = place.removeprefix("between entry ").partition(" and ")
    assert int(first) <= FIRST + 1 <= int(end) < LAST


def test_a_swapped_pair_is_found(kept: Kept) -> None:
    forge(kept.url, swapped(entries(kept), FIRST + 3, FIRST + 4))
    assert place_of(kept, *kept.at(LAST)) == f"between entry 1 and {LAST}"
    around = kept.at(FIRST + 2, FIRST + 4)
    assert place_of(kept, *around) == f"between entry {FIRST + 3} and {FIRST + 4}"
    assert place_of(kept, *kept.at(*kept.checkpoints)) == f"entry {FIRST + 3}"


def test_a_fork_that_the_same_key_signed_is_found(kept: Kept) -> None:
    """The owner signs another history of the same size: both signatures are good."""
    one_changed(kept, FIRST + 5)
    forget(kept.url)
    mine, theirs = kept.checkpoints[LAST], signed(kept.url)
    assert (mine.size, mine.origin) == (theirs.size, theirs.origin)
    assert mine.root != theirs.root
    key = signed_key(kept)
    assert verify_evidence(theirs, key=key).keys == verify_evidence(mine, key=key).keys == [key]
    assert place_of(kept, *kept.at(FIRST + 3, LAST)) == f"between entry {FIRST + 4} and {LAST}"


def signed_key(kept: Kept) -> Verifier:
    return Verifier.read(signed_head(kept.url).key or "")


def test_a_forks_own_proof_does_not_start_where_the_auditor_stands(kept: Kept) -> None:
    mine = kept.checkpoints[FIRST + 5]
    one_changed(kept, FIRST + 2)
    forget(kept.url)
    theirs = prove_since(kept.url, FIRST + 5)
    verify_evidence(theirs, key=signed_key(kept))
    with pytest.raises(
        NotProven, match=r"the proof starts at the root .*, the checkpoint that was"
    ):
        verify_evidence(theirs, key=signed_key(kept), old=mine)


def test_what_was_signed_here_is_remembered_and_no_other_history_is_signed(kept: Kept) -> None:
    whole = entries(kept)
    rotate(kept.url, reason="yearly")
    with opened(kept.url) as ledger, ledger.reading() as prefix:
        assert [one.size for one in signed_before(prefix).values()] == [LAST]
    forge(kept.url, whole[: LAST - 1])
    assert verified(kept.url).entries == LAST - 1
    for attempt in (
        lambda: verify(kept.url),
        lambda: signed_head(kept.url),
        lambda: prove_entry(kept.url, "e1"),
    ):
        with pytest.raises(LedgerDamaged, match=f"entry {LAST}: {LAST} entries were signed") as no:
            attempt()
        assert "What was signed here before stands in" in no.value.cure
    put(kept.url, exported("another"))
    with pytest.raises(LedgerDamaged, match=f"between entry 1 and {LAST}: it is not what was sign"):
        signed_head(kept.url)
    forge(kept.url, whole)
    assert signed(kept.url) == kept.checkpoints[LAST]
    forge(kept.url, whole[: LAST - 1])
    forget(kept.url)
    assert signed(kept.url).size == LAST - 1


def test_an_earlier_head_is_signed_again_and_the_largest_stays_remembered(kept: Kept) -> None:
    signed(kept.url, as_of=FIRST)
    with opened(kept.url) as ledger, ledger.reading() as prefix:
        assert list(signed_before(prefix).values()) == [kept.checkpoints[LAST]]


def test_no_proof_is_made_for_a_checkpoint_that_the_ledger_does_not_agree_with(kept: Kept) -> None:
    one_changed(kept, FIRST + 2)
    mine = kept.checkpoints[LAST]
    for attempt in (
        lambda: prove_since(kept.url, mine),
        lambda: prove_entry(kept.url, "e1", kept=mine),
        lambda: prove_since(kept.url, 3, kept=mine),
    ):
        with pytest.raises(LedgerDamaged, match=f"between entry 1 and {LAST}: it is not what was"):
            attempt()


def test_what_was_kept_of_another_ledger_is_refused(kept: Kept) -> None:
    other = Checkpoint.sign(Head(3, "ab" * 32), Signer.make("chipledger/other"))
    with pytest.raises(
        InvalidInput, match="is of the ledger chipledger/other, this one is chipled"
    ):
        verify(kept.url, [other])


def test_what_was_kept_must_be_signed_by_the_key_that_is_given(kept: Kept) -> None:
    key = signed_key(kept)
    assert verify(kept.url, kept.at(LAST), key=key).head.size == LAST
    forged = Checkpoint.sign(Head(LAST, kept.checkpoints[LAST].root.hex()), Signer.make(key.name))
    assert verify(kept.url, [forged]).head.size == LAST
    with pytest.raises(NotProven, match="is signed by"):
        verify(kept.url, [forged], key=key)


def test_an_empty_checkpoint_agrees_with_every_ledger(url: str) -> None:
    ensure(url)
    assert verify(url, [signed(url, as_of=0)]).entries > 0
