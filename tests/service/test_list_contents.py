"""The contents of adopted lists: they go in with their event, and a change of them is found."""

import sqlite3
from contextlib import closing, suppress
from pathlib import Path

import pytest

from ledger.core.encoding import event_data
from ledger.core.errors import InvalidEvent, LedgerDamaged
from ledger.core.events import ListAdopted
from ledger.screening.lists import read_list
from ledger.service.lists import lists
from ledger.service.screening import screen
from ledger.store import blobs
from tests.core.builders import list_adopted, on, party
from tests.service import files
from tests.service.published import CRIMSON, LISTED, adopted_list, bearer, csv_list, fillers
from tests.store.ledgers import SIZE, head_of, opened, path_of, put, tamper, verified

# ---- an event without its contents


def line_of(event: ListAdopted) -> dict[str, object]:
    data: dict[str, object] = event_data(event)
    return data


def test_an_event_whose_contents_are_missing_is_refused(url: str, tmp_path: Path) -> None:
    file = files.lines(tmp_path / "events.jsonl", [line_of(list_adopted())])
    done = files.run(url, file)
    assert (done.appended, done.rejected.total()) == (0, 1)
    (fault,) = files.faults(done)
    assert "the contents of the list with the digest abab" in fault["reason"]
    assert "Adopt the file itself: chipledger lists adopt FILE" in fault["reason"]
    with pytest.raises(InvalidEvent, match="are not in this ledger"):
        put(url, list_adopted())
    assert head_of(url).size == SIZE


def test_an_event_whose_contents_are_there_goes_in(url: str, tmp_path: Path) -> None:
    event = adopted_list(url, tmp_path).event
    other = event.model_copy(update={"id": "again", "source_on": on("2025-09-30")})
    done = files.run(url, files.lines(tmp_path / "events.jsonl", [line_of(other)]))
    assert done.appended == 1
    assert [one.id for one in lists(url).adopted] == [event.id, "again"]


# ---- verification


def attacked(url: str, sql: str, *values: object) -> None:
    with closing(sqlite3.connect(path_of(url))) as connection:
        tamper(connection, sql, values)
        connection.commit()


@pytest.mark.parametrize(
    ("attack", "said"),
    [
        ("DELETE FROM blob", "blob {digest}: its contents are missing."),
        ("UPDATE blob SET content = x'00'", "blob {digest}: can't be read ("),
        ("UPDATE blob SET content = 'text'", "blob {digest}: "),
        ("UPDATE blob SET content = 7", "blob {digest}: "),
        ("UPDATE list_index SET data = x'00'", "list_index {digest}: the index of a screening"),
        (
            "UPDATE list_index SET data = CAST(data || x'00' AS BLOB)",
            "list_index {digest}: the index of a screening",
        ),
        ("UPDATE list_index SET data = 'text'", "list_index {digest}: the index of a screening"),
    ],
)
def test_a_changed_list_is_found(attack: str, said: str, damaged_url: str, tmp_path: Path) -> None:
    event = adopted_list(damaged_url, tmp_path).event
    assert verified(damaged_url).entries == SIZE + 1
    attacked(damaged_url, attack)
    with pytest.raises(LedgerDamaged) as caught:
        verified(damaged_url)
    assert caught.value.sentence.startswith(said.format(digest=event.digest))
    assert caught.value.cure == "stop writing and restore the ledger from a backup"


def test_contents_of_another_list_under_the_digest_are_found(
    damaged_url: str, tmp_path: Path
) -> None:
    """Someone takes a party off the list and packs the rest again."""
    event = adopted_list(damaged_url, tmp_path).event
    other = read_list(csv_list(tmp_path, [row for row in LISTED if row != CRIMSON]))
    with opened(damaged_url) as ledger:
        blobs.put(ledger.connection, other.digest, other.content)
    attacked(
        damaged_url,
        "UPDATE blob SET content = (SELECT content FROM blob WHERE digest = ?) WHERE digest = ?",
        other.digest,
        event.digest,
    )
    with pytest.raises(LedgerDamaged, match=f"its contents have the digest {other.digest}"):
        verified(damaged_url)


def test_the_index_of_another_list_is_found(damaged_url: str, tmp_path: Path) -> None:
    first = adopted_list(damaged_url, tmp_path).event.digest
    second = adopted_list(damaged_url, tmp_path, [*LISTED, *fillers(3)], day="2025-08-30").event
    attacked(
        damaged_url,
        "UPDATE list_index SET data = (SELECT data FROM list_index WHERE digest = ?)",
        second.digest,
    )
    with pytest.raises(LedgerDamaged, match=f"list_index {first}"):
        verified(damaged_url)


@pytest.mark.parametrize("name", ["blob_no_update", "blob_no_delete"])
def test_contents_whose_trigger_was_dropped_are_found(name: str, damaged_url: str) -> None:
    with closing(sqlite3.connect(path_of(damaged_url))) as connection:
        connection.execute(f"DROP TRIGGER {name}")
    with pytest.raises(LedgerDamaged, match=r"blob: the trigger that refuses .* is gone"):
        verified(damaged_url)


@pytest.mark.parametrize(
    "loss",
    [
        "DELETE FROM list_index",
        "UPDATE list_index SET version = 'of another engine'",
    ],
)
def test_an_index_that_is_lost_is_made_again(
    loss: str, damaged_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(damaged_url, bearer(CRIMSON), party("harmless"))
    adopted_list(damaged_url, tmp_path)
    attacked(damaged_url, loss)
    monkeypatch.setattr(blobs, "_INDEXES", {})
    assert [hit.party for hit in screen(damaged_url).hits] == ["crimson"]


def test_an_index_that_can_not_be_read_is_no_bad_input(
    damaged_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is made again, or it is damage: whoever asks did nothing wrong."""
    put(damaged_url, bearer(CRIMSON))
    adopted_list(damaged_url, tmp_path)
    attacked(damaged_url, "UPDATE list_index SET data = x'00'")
    monkeypatch.setattr(blobs, "_INDEXES", {})
    with suppress(LedgerDamaged):
        assert [hit.party for hit in screen(damaged_url).hits] == ["crimson"]
