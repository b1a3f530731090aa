"""Contents under their digest, and the indexes that are made of them."""

import zlib
from collections.abc import Iterator
from contextlib import closing
from hashlib import sha256

import pytest

from ledger.core.errors import Conflict, InvalidInput, LedgerDamaged
from ledger.core.prefix import Match
from ledger.screening.index import Index
from ledger.screening.lists import written
from ledger.store import blobs
from ledger.store.connection import Connection
from ledger.store.ledger import Ledger
from ledger.store.verification import verify
from tests.core.builders import list_adopted
from tests.store.ledgers import in_memory, put_into, tamper
from tests.store.lists import CONTENTS, DIGESTS, FIRST, SECOND, keep

DIGEST, CONTENT = DIGESTS[0], CONTENTS[0]


@pytest.fixture
def connection(monkeypatch: pytest.MonkeyPatch) -> Iterator[Connection]:
    """A ledger in memory, in a process that has made no index yet."""
    monkeypatch.setattr(blobs, "_INDEXES", {})
    with closing(in_memory().connection) as found:
        yield found


def names(index: Index) -> list[str]:
    """What a small index finds of the names of both issues."""
    found: list[Match] = index.matches(["Branch", "Late", "OP-AE"], at_least=100)
    return sorted({match.entry for match in found})


# ---- contents


def test_contents_come_back_under_their_digest(connection: Connection) -> None:
    for content in (CONTENT, b"", b"x" * 100_000):
        digest = sha256(content).hexdigest()
        assert not blobs.known(connection, digest)
        blobs.put(connection, digest, content)
        assert blobs.known(connection, digest)
        assert blobs.get(connection, digest) == content


def test_the_same_contents_are_kept_once(connection: Connection) -> None:
    blobs.put(connection, DIGEST, CONTENT)
    blobs.put(connection, DIGEST, CONTENT)
    assert connection.execute("SELECT count(*) FROM blob").fetchone() == (1,)


def test_contents_are_kept_compressed(connection: Connection) -> None:
    content = CONTENT * 1000
    blobs.put(connection, sha256(content).hexdigest(), content)
    (size,) = connection.execute("SELECT length(content) FROM blob").fetchone()
    assert size < len(content) / 10


@pytest.mark.parametrize("change", ["UPDATE blob SET content = x''", "DELETE FROM blob"])
def test_contents_are_never_changed(change: str, connection: Connection) -> None:
    blobs.put(connection, DIGEST, CONTENT)
    with pytest.raises(Conflict, match="blob is append-only"):
        connection.execute(change)
    assert blobs.get(connection, DIGEST) == CONTENT


# ---- damage


@pytest.mark.parametrize(
    ("stored", "said"),
    [
        (b"no zip", "can't be read"),
        (b"", "can't be read"),
        (zlib.compress(CONTENTS[1]), f"its contents have the digest {DIGESTS[1]}"),
    ],
)
def test_contents_of_another_form_are_damage(
    stored: bytes, said: str, connection: Connection
) -> None:
    blobs.put(connection, DIGEST, CONTENT)
    tamper(connection, "UPDATE blob SET content = ?", (stored,))
    with pytest.raises(LedgerDamaged) as caught:
        blobs.get(connection, DIGEST)
    assert DIGEST in caught.value.where
    assert said in caught.value.what
    assert "restore the ledger" in caught.value.cure


def test_contents_that_are_gone_are_damage(connection: Connection) -> None:
    with pytest.raises(LedgerDamaged, match=f"blob {DIGEST}: its contents are missing"):
        blobs.get(connection, DIGEST)


# ---- indexes


def test_an_index_is_made_of_the_contents_where_none_is_kept(
    connection: Connection,
) -> None:
    keep(connection)
    found = [names(blobs.index(connection, digest)) for digest in DIGESTS]
    assert found == [["EL:1"], ["EL:1", "SDN:4"]]
    assert connection.execute("SELECT count(*) FROM list_index").fetchone() == (0,)


def test_an_index_that_is_kept_is_read_and_not_made_again(connection: Connection) -> None:
    blobs.keep_index(connection, DIGEST, Index.of(SECOND))
    assert names(blobs.index(connection, DIGEST)) == ["EL:1", "SDN:4"], "no contents are there"


def test_an_index_is_loaded_once_in_a_process(connection: Connection) -> None:
    keep(connection)
    assert blobs.index(connection, DIGEST) is blobs.index(connection, DIGEST)


def test_an_index_of_another_version_is_made_again(connection: Connection) -> None:
    keep(connection)
    blobs.keep_index(connection, DIGEST, Index.of(SECOND))
    connection.execute("UPDATE list_index SET version = 'chipledger-index-0', data = x''")
    assert names(blobs.index(connection, DIGEST)) == ["EL:1"]
    assert blobs.index_is_right(connection, DIGEST), "one of another version is not looked at"


def test_keeping_an_index_again_replaces_the_old_one(connection: Connection) -> None:
    keep(connection)
    connection.execute("INSERT INTO list_index VALUES (?, 'chipledger-index-0', x'00')", (DIGEST,))
    blobs.keep_index(connection, DIGEST, blobs.make_index(connection, DIGEST))
    assert blobs.index_is_right(connection, DIGEST)
    assert connection.execute("SELECT count(*) FROM list_index").fetchone() == (1,)
    assert names(blobs.index(connection, DIGEST)) == ["EL:1"]


def test_an_index_that_is_torn_is_damage(connection: Connection) -> None:
    blobs.keep_index(connection, DIGEST, Index.of(FIRST))
    connection.execute("UPDATE list_index SET data = x'7b7d'")
    with pytest.raises(LedgerDamaged, match="the index of a screening list can't be read") as torn:
        blobs.index(connection, DIGEST)
    assert torn.value.where == f"list_index {DIGEST}"


def test_contents_that_are_no_list_give_no_index(connection: Connection) -> None:
    digest = sha256(b"{}").hexdigest()
    blobs.put(connection, digest, b"{}")
    with pytest.raises(InvalidInput, match="this is no content of a screening list"):
        blobs.make_index(connection, digest)


def test_an_empty_list_matches_nobody(connection: Connection) -> None:
    content = written([])
    digest = sha256(content).hexdigest()
    blobs.put(connection, digest, content)
    assert names(blobs.index(connection, digest)) == []


# ---- what verification makes of them


@pytest.fixture
def adopted(connection: Connection) -> Connection:
    """A ledger that adopted both issues, and keeps the index of the first."""
    keep(connection)
    events = [list_adopted(f"list-{digest[:4]}", digest) for digest in DIGESTS]
    put_into(Ledger(connection), events)
    blobs.keep_index(connection, DIGEST, Index.of(FIRST))
    return connection


def test_a_ledger_with_lists_verifies(adopted: Connection) -> None:
    assert verify(Ledger(adopted)).entries > 0


@pytest.mark.parametrize(
    ("sql", "values", "said"),
    [
        ("DELETE FROM blob WHERE digest = ?", (DIGEST,), "its contents are missing"),
        ("UPDATE blob SET content = ?", (zlib.compress(CONTENTS[1]),), "its contents have the dig"),
        ("UPDATE list_index SET data = ?", (Index.of(SECOND).to_bytes(),), "is not what its conte"),
        ("UPDATE list_index SET data = ?", (b"",), "is not what its contents give"),
    ],
)
def test_verification_finds_a_list_or_an_index_that_was_changed(
    sql: str, values: tuple[object, ...], said: str, adopted: Connection
) -> None:
    tamper(adopted, sql, values)
    with pytest.raises(LedgerDamaged, match=said) as caught:
        verify(Ledger(adopted))
    assert DIGEST in caught.value.where


@pytest.mark.parametrize("change", ["update", "delete"])
def test_verification_finds_that_contents_are_no_longer_kept_from_change(
    change: str, adopted: Connection
) -> None:
    adopted.execute(f"DROP TRIGGER blob_no_{change}")
    with pytest.raises(LedgerDamaged, match=f"blob: the trigger that refuses {change.upper()}"):
        verify(Ledger(adopted))
