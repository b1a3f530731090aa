"""A copy is the ledger, byte by byte, on whichever engine; or it is nothing."""

import os
from collections.abc import Iterator
from contextlib import closing
from multiprocessing import get_context
from pathlib import Path

import pytest

from ledger.core.errors import Conflict, InvalidInput, LedgerDamaged, NotFound
from ledger.core.prefix import Head
from ledger.store import blobs, copying
from ledger.store.connection import is_file
from ledger.store.copying import COPIED, PASSES, Copied, copy
from ledger.store.ledger import Ledger
from ledger.store.statements import DERIVED
from ledger.store.tables import METADATA
from ledger.store.tiles import peaks
from tests.core.builders import exported, list_adopted, party
from tests.store.ledgers import (
    SIZE,
    dump,
    head_of,
    opened,
    put,
    put_into,
    rows,
    stored,
    tamper,
    verified,
)
from tests.store.lists import DIGESTS, keep
from tests.store.servers import drop, empty_database
from tests.store.test_verification import EVENTS


def unwatched(done: int, size: int) -> None:
    """Nobody watches."""


@pytest.fixture
def filled(url: str) -> str:
    """A ledger with every derived table filled, several heads and two screening lists."""
    with opened(url) as ledger:
        keep(ledger.connection)
        put_into(ledger, [list_adopted(f"list-{digest[:4]}", digest) for digest in DIGESTS])
        blobs.keep_index(
            ledger.connection, DIGESTS[0], blobs.make_index(ledger.connection, DIGESTS[0])
        )
        for start in range(0, len(EVENTS), 5):
            put_into(ledger, EVENTS[start : start + 5])
    return url


@pytest.fixture(params=["to a file", "to a server"])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Where no ledger is yet."""
    if request.param == "to a file":
        yield f"sqlite:///{tmp_path}/copy.db"
        return
    made = empty_database()
    yield made
    drop(made)


def whole(url: str) -> dict[str, list[tuple[object, ...]]]:
    with opened(url) as ledger:
        return dump(ledger)


def holds_nothing(url: str) -> bool:
    """Whether there is no ledger, or one without an entry or a derived row."""
    try:
        return not any(whole(url).values())
    except NotFound:
        return True


def test_a_copy_holds_every_row_of_every_table(filled: str, target: str) -> None:
    before = whole(filled)
    assert all(before.values()), "each table has rows to copy"
    head = head_of(filled)
    assert copy(filled, target, progress=unwatched) == Copied(head=head, entries=head.size)
    assert whole(target) == before == whole(filled)
    assert verified(target) == verified(filled)


def test_a_copy_goes_on_as_its_source_does(filled: str, target: str) -> None:
    copy(filled, target, progress=unwatched)
    for url in (filled, target):
        put(url, exported("later", quantity=2))
    assert whole(target) == whole(filled)
    assert verified(target).head == head_of(filled)


def test_rows_are_held_some_at_a_time(
    filled: str, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copying, "ROWS_AT_ONCE", dict.fromkeys(COPIED, 2))
    monkeypatch.setattr("ledger.store.rebuilding.ROWS_AT_ONCE", 3)
    copy(filled, target, progress=unwatched)
    assert whole(target) == whole(filled)


def test_every_table_is_copied_or_follows_from_the_entries() -> None:
    assert {*COPIED, *DERIVED} == set(METADATA.tables)
    assert set(COPIED).isdisjoint(DERIVED)


def test_a_copy_is_of_one_moment(url: str, target: str) -> None:
    head = head_of(url)
    written: list[Head] = []

    def meanwhile(*_: int) -> None:
        if not written:
            written.append(put(url, exported("meanwhile")))

    assert copy(url, target, progress=meanwhile).head == head
    assert head_of(target) == head
    assert written == [head_of(url)]


def test_progress_is_told_up_to_the_end(
    url: str, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger.store.verification.A_STEP", 1)
    monkeypatch.setattr(copying, "ROWS_AT_ONCE", {**copying.ROWS_AT_ONCE, "entry": 1})
    told: list[tuple[int, int]] = []
    copy(url, target, progress=lambda *done: told.append(done))
    assert told == [(done, PASSES * SIZE) for done in range(1, PASSES * SIZE + 1)]


# ---- where a copy may go


def test_a_target_that_holds_a_ledger_is_left_as_it_is(
    url: str, file_url: str, server_url: str, tmp_path: Path
) -> None:
    source = f"sqlite:///{tmp_path}/source.db"
    copy(url, source, progress=unwatched)
    for target in (file_url, server_url, source):
        before = stored(target)
        with pytest.raises(Conflict, match=r"TO: .* holds a ledger already. Name a file, database"):
            copy(source, target, progress=unwatched)
        assert stored(target) == before


def test_another_writer_that_fills_the_target_first_wins(
    url: str, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copying, "_refuse_filled", lambda _: copy_first(url, target))
    with pytest.raises(Conflict, match="holds a ledger already"):
        copy(url, target, progress=unwatched)
    assert whole(target) == whole(url)


def copy_first(url: str, target: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(copying, "_refuse_filled", lambda _: None)
        copy(url, target, progress=unwatched)


def test_a_source_that_is_not_there_makes_no_target(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"there is no ledger at .*none.db"):
        copy(f"sqlite:///{tmp_path}/none.db", f"sqlite:///{tmp_path}/copy.db", progress=unwatched)
    assert list(tmp_path.iterdir()) == []


def test_a_target_of_no_engine_is_bad_input(url: str) -> None:
    with pytest.raises(InvalidInput, match="the ledger URL 'mysql://x/y' is not one"):
        copy(url, "mysql://x/y", progress=unwatched)


# ---- copies that end early


@pytest.mark.parametrize("which", range(PASSES))
def test_an_interrupted_copy_leaves_nothing_and_can_be_made_again(
    which: int, filled: str, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger.store.verification.A_STEP", 1)
    monkeypatch.setattr(copying, "ROWS_AT_ONCE", {**copying.ROWS_AT_ONCE, "entry": 1})

    def interrupted(done: int, size: int) -> None:
        if done * PASSES >= size * which + size // 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        copy(filled, target, progress=interrupted)
    assert holds_nothing(target)
    copy(filled, target, progress=unwatched)
    assert whole(target) == whole(filled)


def killed_at(source: str, target: str, share: int) -> None:
    copying.ROWS_AT_ONCE["entry"] = 1

    def kill(done: int, size: int) -> None:
        if done * 100 > share * size:
            os._exit(9)

    copy(source, target, progress=kill)


@pytest.mark.parametrize("share", [30, 49])
def test_a_copy_that_is_killed_leaves_nothing_and_can_be_made_again(
    share: int, filled: str, target: str
) -> None:
    process = get_context("spawn").Process(target=killed_at, args=(filled, target, share))
    process.start()
    process.join()
    assert process.exitcode == 9
    assert holds_nothing(target)
    copy(filled, target, progress=unwatched)
    assert whole(target) == whole(filled)


@pytest.mark.parametrize(
    ("attack", "said"),
    [
        ("UPDATE entry SET body = body || x'20' WHERE seq = 12", "entry 12: its body"),
        ("UPDATE entry SET body = CAST(body AS TEXT) WHERE seq = 12", "entry 12: its body is sto"),
        ("UPDATE entry SET kind = 'x' WHERE seq = 12", "entry 12: its columns say"),
        ("DELETE FROM entry WHERE seq = 12", "entry 12: the next entry is 13"),
        ("DELETE FROM tile", "tiles: "),
        ("UPDATE blob SET content = x'00'", "blob .*: can't be read"),
        ("DELETE FROM head WHERE size > 9", "the last head has 9"),
    ],
)
def test_damage_is_not_copied(attack: str, said: str, damaged_url: str, target: str) -> None:
    with opened(damaged_url) as ledger:
        keep(ledger.connection)
        tamper(ledger.connection, attack)
    with pytest.raises(LedgerDamaged, match=said):
        copy(damaged_url, target, progress=unwatched)
    assert holds_nothing(target)


def test_a_copy_that_is_not_its_source_is_never_committed(
    url: str, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What arrives is held to what was sent: here the last commit gets lost on the way."""
    with opened(url) as ledger:
        first = ledger.connection.execute(
            "SELECT leaf_hash FROM entry WHERE seq < 10 ORDER BY seq"
        ).fetchall()
    tile = peaks([bytes(row[0]) for row in first]).hex()
    as_bytes = f"x'{tile}'" if is_file(url) else rf"'\x{tile}'::bytea"
    lost = {
        "entry": COPIED["entry"].replace("ORDER", "WHERE seq < 10 ORDER"),
        "head": COPIED["head"].replace("ORDER", "WHERE size < 10 ORDER"),
        "tile": f"SELECT level, place, {as_bytes} FROM tile",  # noqa: S608 -- hex digits
    }
    monkeypatch.setattr(copying, "COPIED", {**COPIED, **lost})
    with pytest.raises(LedgerDamaged, match=f"TO: the copy ends at 9 .* its source at {SIZE} with"):
        copy(url, target, progress=unwatched)
    assert holds_nothing(target)


def test_the_derived_tables_are_those_of_the_entries_and_not_of_the_source(
    damaged_url: str, target: str
) -> None:
    """A source whose derived tables are wrong is cured by a copy."""
    put(damaged_url, exported("e1"), party("a"))
    with closing(Ledger.open(damaged_url)) as ledger:
        right = dump(ledger)
        tamper(ledger.connection, "UPDATE position SET units = units + 1")
    copy(damaged_url, target, progress=unwatched)
    assert whole(target) == right
    assert rows(target, "SELECT units FROM position") == [(1,)]
