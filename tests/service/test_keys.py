"""The keys of a ledger: the first, its successors, one that was lost, a folder of no use."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ledger.checkpoint import keys as files
from ledger.checkpoint.notes import Signer, Verifier
from ledger.checkpoint.verifying import verify_evidence
from ledger.core.errors import Conflict, NotFound, NotProven
from ledger.core.events import KeyAdopted
from ledger.service import keys
from ledger.service.agreeing import verify
from ledger.service.proving import prove_entry, signed_head
from tests.store.ledgers import MARK, SIZE, entries_of, head_of, opened, stored


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CHIPLEDGER_KEYS", str(tmp_path / "keys"))
    return tmp_path / "keys"


def adoptions(url: str) -> list[KeyAdopted]:
    return [one.event for one in entries_of(url) if isinstance(one.event, KeyAdopted)]


def key_of(url: str) -> Verifier:
    return Verifier.read(adoptions(url)[-1].key)


def test_the_first_key_is_made_once(url: str, folder: Path) -> None:
    made = keys.ensure(url, actor="ben")
    (event,) = adoptions(url)
    assert (event.key, event.endorsement, event.reason) == (made.vkey, None, keys.FIRST)
    assert (made.unsigned, made.head, made.head.size) == (None, head_of(url), SIZE + 1)
    assert entries_of(url)[-1].envelope.actor == "ben"
    before = stored(url)
    assert keys.ensure(url) == made
    assert stored(url) == before
    assert len(list(folder.iterdir())) == 1


def test_many_who_make_the_first_key_at_once_make_one(url: str, folder: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(keys.ensure, [url] * 8))
    (event,) = adoptions(url)
    assert {(one.vkey, one.unsigned) for one in made} == {(event.key, None)}
    assert [file.name for file in folder.iterdir()] == [files.file_of(key_of(url)).name]


def test_nothing_of_the_private_key_is_in_the_ledger(url: str, folder: Path) -> None:
    keys.ensure(url)
    (file,) = folder.iterdir()
    # PRIVATE+KEY+name+hash+base64, which may hold a plus itself
    secret = file.read_text(encoding="utf-8").strip().split("+", 4)[4]
    seed = Signer.read(file.read_text(encoding="utf-8"), where="file").seed
    whole = Path(url.removeprefix("sqlite:///")).read_bytes()
    assert secret.encode() not in whole
    assert seed not in whole
    assert str(key_of(url)).encode() in b"".join(body(url))


def body(url: str) -> list[bytes]:
    with opened(url) as ledger:
        return [ledger.body(seq) for seq in range(1, ledger.head().size + 1)]


def test_a_folder_that_can_not_be_used_loses_nothing_of_the_ledger(url: str, folder: Path) -> None:
    folder.parent.joinpath("keys").touch()
    before = stored(url)
    made = keys.ensure(url)
    assert made.vkey is None
    assert made.unsigned is not None
    assert made.unsigned.startswith(f"no key can be kept in {folder}")
    assert "Name a folder of your own in CHIPLEDGER_KEYS and try again" in made.unsigned
    assert stored(url) == before
    found = signed_head(url)
    assert (found.checkpoint, found.key, found.head) == (None, None, head_of(url))
    assert found.unsigned == "the ledger has no signing key. Make one: chipledger init."
    folder.unlink()
    assert keys.ensure(url).unsigned is None


def test_where_there_is_no_home_the_ledger_is_read_and_verified_unsigned(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys.ensure(url)

    def homeless(_: Path) -> Path:
        raise RuntimeError

    monkeypatch.delenv("CHIPLEDGER_KEYS")
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.setattr(Path, "expanduser", homeless)
    found = signed_head(url)
    assert (found.checkpoint, found.key) == (None, str(key_of(url)))
    assert "there is no home folder to keep keys in" in (found.unsigned or "")
    assert keys.ensure(url).unsigned == found.unsigned
    assert verify(url).head == head_of(url)


def test_a_key_that_others_may_read_signs_nothing(url: str) -> None:
    keys.ensure(url)
    files.file_of(key_of(url)).chmod(0o644)
    for attempt in (
        lambda: signed_head(url),
        lambda: prove_entry(url, "ledger"),
        lambda: keys.rotate(url, reason="yearly"),
    ):
        with pytest.raises(Conflict, match=r"others than its owner have rights on .* \(0644\)"):
            attempt()
    told = keys.ensure(url).unsigned
    assert told is not None
    assert "chmod 600" in told


def test_a_new_key_is_endorsed_and_signs_from_then_on(url: str, folder: Path) -> None:
    first = keys.ensure(url).vkey
    old = prove_entry(url, "ledger")
    event = keys.rotate(url, reason="once a year", actor="ben")
    assert adoptions(url)[-1] == event
    assert event.reason == "once a year"
    assert len(list(folder.glob("*.key"))) == 2
    proof = prove_entry(url, event.id)
    assert first is not None
    start, new = Verifier.read(first), Verifier.read(event.key)
    assert verify_evidence(proof, key=new).keys == [new]
    assert verify_evidence(proof, key=start).keys == [start, new]
    assert verify_evidence(old, key=start).keys == [start]
    with pytest.raises(NotProven):
        verify_evidence(old, key=new)


def test_an_auditor_with_the_first_key_follows_many_rotations(url: str) -> None:
    first = Verifier.read(keys.ensure(url).vkey or "")
    for number in range(4):
        keys.rotate(url, reason=f"rotation {number}")
    shown = verify_evidence(prove_entry(url, "ledger"), key=first)
    assert [str(key) for key in shown.keys] == [event.key for event in adoptions(url)]


def test_a_lost_key_is_told_and_a_new_one_breaks_the_chain_for_all_to_see(url: str) -> None:
    first = Verifier.read(keys.ensure(url).vkey or "")
    keys.rotate(url, reason="yearly")
    lost = key_of(url)
    files.file_of(lost).unlink()
    found = signed_head(url)
    assert (found.checkpoint, found.key) == (None, str(lost))
    for attempt in (lambda: prove_entry(url, "ledger"), lambda: keys.rotate(url, reason="x")):
        with pytest.raises(NotFound, match=r"the signing key .* is not in .*chipledger keys adopt"):
            attempt()
    event = keys.adopt(url, reason="the disk is broken")
    assert event.endorsement is None
    proof = prove_entry(url, "ledger")
    assert proof.endorsements == ()
    for old in (first, lost):
        with pytest.raises(NotProven, match="not by"):
            verify_evidence(proof, key=old)
    new = Verifier.read(event.key)
    assert verify_evidence(proof, key=new).keys == [new]
    keys.rotate(url, reason="the year after")
    assert len(verify_evidence(prove_entry(url, "ledger"), key=new).keys) == 2
    chain = [(one["endorsed"], one["here"], one["signs"]) for one in keys.listed(url)["keys"]]
    assert chain == [
        (False, True, False),
        (True, False, False),
        (False, True, False),
        (True, True, True),
    ]


def test_a_key_that_is_here_is_not_given_up(url: str, folder: Path) -> None:
    keys.ensure(url)
    before = stored(url)
    with pytest.raises(Conflict, match=r"the signing key .* is here. Let it endorse the new one"):
        keys.adopt(url, reason="why not")
    assert stored(url) == before
    assert len(list(folder.iterdir())) == 1


def test_a_ledger_without_a_key_has_none_to_rotate(url: str, folder: Path) -> None:
    with pytest.raises(
        NotFound, match=r"the ledger has no signing key\. Make one: chipledger init"
    ):
        keys.rotate(url, reason="yearly")
    assert list(folder.iterdir()) == []
    assert keys.listed(url)["keys"] == []
    assert keys.adopt(url, reason="by hand").endorsement is None


def test_an_endorsement_that_is_not_one_leads_nowhere(url: str) -> None:
    """Somebody with the ledger and without the key writes an adoption of a key of their own."""
    keys.ensure(url)
    stranger = Signer.make(key_of(url).name)
    with files.made(stranger.name) as own, opened(url) as ledger, ledger.writing() as writer:
        note = str(stranger.sign(f"chipledger/key-adopted@v1\n{own.verifier}\n"))
        event = adoptions(url)[0].model_copy(
            update={"id": "key-2", "key": str(own.verifier), "endorsement": note}
        )
        writer.append(event, MARK)
    assert [one["endorsed"] for one in keys.listed(url)["keys"]] == [False, False]
    assert prove_entry(url, "ledger").endorsements == ()
    start = Verifier.read(adoptions(url)[0].key)
    with pytest.raises(NotProven, match="is signed by"):
        verify_evidence(prove_entry(url, "ledger"), key=start)
