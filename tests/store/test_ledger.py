import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from multiprocessing import get_context

import pytest
from freezegun import freeze_time

from ledger.core.encoding import decode, encode
from ledger.core.errors import (
    AlreadyRecorded,
    Conflict,
    HeadMoved,
    InvalidEvent,
    LedgerDamaged,
    NotFound,
)
from ledger.core.events import AnyEvent
from ledger.core.merkle import EMPTY_ROOT, leaf_hash, root
from ledger.core.prefix import Head
from ledger.service.recording import record
from ledger.service.shell import signature
from ledger.store import connection as connections
from ledger.store.connection import Rows
from ledger.store.writer import Appended
from tests.core.builders import (
    LPP,
    attrited,
    declared,
    exported,
    extended,
    on,
    party,
    released,
    relocated,
    reserved,
    reversed_,
)
from tests.store.ledgers import (
    CREATED,
    MARK,
    SIZE,
    entries_of,
    head_of,
    opened,
    put,
    put_into,
    rows,
    stored,
    verified,
)


def test_a_ledger_without_entries_has_the_root_of_nothing(url: str) -> None:
    with opened(url) as ledger:
        assert ledger.prefix_at(0).head == Head(0, EMPTY_ROOT.hex())


def test_each_commit_moves_the_head_once_whatever_it_holds(url: str) -> None:
    head = put(url, party("a"), party("b"), party("c"))
    assert head.size == SIZE + 3
    sizes = [row[0] for row in stored(url) if len(row) == 2]
    assert sizes == [CREATED, SIZE, SIZE + 3]


def test_the_root_is_that_of_the_stored_bodies(url: str) -> None:
    head = put(url, party("a"))
    bodies = [encode(one.event, one.envelope) for one in entries_of(url)]
    assert head.root == root([leaf_hash(body) for body in bodies]).hex()


def test_an_entry_keeps_who_recorded_it_when_and_by_which_way(url: str) -> None:
    put(url, party("a"))
    envelope = entries_of(url)[-1].envelope
    assert envelope.seq == SIZE + 1
    assert (envelope.actor, envelope.via, envelope.recorded_at) == ("ana", "api", MARK.recorded_at)


def test_a_body_is_the_bytes_that_were_hashed(url: str) -> None:
    with opened(url) as ledger:
        bodies = [ledger.body(seq) for seq in range(1, SIZE + 1)]
        assert root([leaf_hash(body) for body in bodies]).hex() == ledger.head().root
        assert ledger.subtrees()(range(SIZE)).hex() == ledger.head().root
        assert ledger.tile(0, 0) == b"".join(leaf_hash(body) for body in bodies)
        assert ledger.tile(0, 1) == ledger.tile(7, 0) == b""
        with pytest.raises(LedgerDamaged, match=f"entry {SIZE + 1}: its body is gone"):
            ledger.body(SIZE + 1)


def test_entries_can_be_read_from_a_place_on(url: str) -> None:
    with opened(url) as ledger:
        assert [one.envelope.seq for one in ledger.entries(SIZE - 1)] == [SIZE - 1, SIZE]


def test_the_same_event_is_appended_once(url: str) -> None:
    put(url, party("a"))
    before = stored(url)
    with opened(url) as ledger, ledger.writing() as writer:
        assert writer.append(party("a"), MARK) == Appended(SIZE + 1, new=False)
    assert stored(url) == before


def test_an_id_with_other_content_is_refused_and_nothing_is_written(url: str) -> None:
    put(url, party("a"))
    before = stored(url)
    with pytest.raises(
        AlreadyRecorded, match=f"'party-a-2020-01-01' .*entry {SIZE + 1}.*Use anoth"
    ):
        put(url, party("b"), party("a", headquarters="CL"))
    assert stored(url) == before


def test_a_failure_in_the_middle_leaves_nothing_behind(url: str) -> None:
    before = stored(url)
    with pytest.raises(NotFound, match="no reservation 'nothing'"):
        put(url, exported("e1"), exported("e2"), released("x", "nothing"))
    assert stored(url) == before
    with opened(url) as ledger, ledger.reading() as prefix:
        assert prefix.movements_of("e1") == []
    verified(url)


def test_a_crash_of_the_program_leaves_nothing_behind(url: str) -> None:
    before = stored(url)
    with pytest.raises(KeyboardInterrupt):
        interrupted(url)
    assert stored(url) == before


def interrupted(url: str) -> None:
    with opened(url) as ledger, ledger.writing() as writer:
        writer.append(exported("e1"), MARK)
        raise KeyboardInterrupt


def killed_before_the_commit(url: str) -> None:
    with opened(url) as ledger, ledger.writing() as writer:
        writer.append(exported("e1"), MARK)
        writer.finish()
        os._exit(9)


def test_a_process_that_is_killed_before_its_commit_leaves_nothing_behind(url: str) -> None:
    before = stored(url)
    process = get_context("spawn").Process(target=killed_before_the_commit, args=(url,))
    process.start()
    process.join()
    assert process.exitcode == 9
    assert stored(url) == before
    assert verified(url).entries == SIZE


def test_a_refused_event_changes_nothing_of_what_the_same_transaction_appends(url: str) -> None:
    with opened(url) as ledger, ledger.writing() as writer:
        writer.append(exported("e1"), MARK)
        at = writer.prefix.head
        with pytest.raises(InvalidEvent, match="the lot 'e1' is h100 of buyer in BR"):
            writer.append(attrited("a", lot="e1", destination="CL"), MARK)
        with pytest.raises(AlreadyRecorded):
            writer.append(exported("e1", quantity=2), MARK)
        assert writer.prefix.head == at
        writer.append(exported("e2"), MARK)
    assert [one.event.id for one in entries_of(url)][-2:] == ["e1", "e2"]


def test_an_append_says_what_could_not_be_freed(url: str) -> None:
    put(url, declared("d", quantity=10))
    with opened(url) as ledger, ledger.writing() as writer:
        assert writer.append(attrited("a", quantity=4), MARK).excess_units == 0
        assert writer.append(attrited("b", quantity=9), MARK).excess_units == 3
        assert writer.append(relocated("r", quantity=2), MARK).excess_units == 2


def test_the_prefix_inside_a_transaction_holds_what_was_appended_in_it(url: str) -> None:
    with opened(url) as ledger, ledger.writing() as writer:
        writer.append(reserved("r1", quantity=3), MARK)
        inside = writer.prefix
        found = inside.reservation("r1")
        assert found is not None
        assert found.open_units == 3
        head = inside.head
    assert head_of(url) == head


def test_overdue_reservations_are_those_whose_first_day_out_has_come(url: str) -> None:
    put(url, reserved("a", hold_until="2026-03-02"), reserved("b", hold_until="2026-03-01"))
    put(url, reserved("gone", hold_until="2026-01-01"), released("x", "gone"))
    with opened(url) as ledger, ledger.writing() as writer:
        assert writer.overdue(on("2026-02-28")) == []
        assert writer.overdue(on("2026-03-01")) == ["b"]
        assert writer.overdue(on("2026-03-02")) == ["b", "a"]


def test_a_ledger_that_stays_open_sees_every_hold_that_is_over(url: str) -> None:
    with opened(url) as ledger:

        def overdue(day: str) -> list[str]:
            with ledger.writing() as writer:
                return writer.overdue(on(day))

        put_into(ledger, [reserved("late", hold_until="2026-03-02")])
        assert overdue("2026-02-01") == []
        put_into(ledger, [reserved("early", hold_until="2026-02-15")])
        assert [overdue(day) for day in ("2026-02-14", "2026-02-15")] == [[], ["early"]]
        put_into(ledger, [extended("x", "2026-04-01", "early")])
        assert [overdue(day) for day in ("2026-03-01", "2026-03-02")] == [[], ["late"]]
        put(url, reserved("of another", hold_until="2026-01-15"))
        assert [overdue(day) for day in ("2026-01-14", "2026-01-15")] == [[], ["of another"]]
        put_into(ledger, [released("y", "of another")])
        assert [overdue(day) for day in ("2026-03-01", "2026-04-01")] == [[], ["late", "early"]]


@pytest.mark.parametrize(
    ("before", "event", "over"),
    [
        ([], extended("x", "2026-01-20"), "2026-01-20"),
        ([extended("x", "2026-06-01")], reversed_("back", "x"), "2026-03-01"),
        ([released("x", "r1")], reversed_("back", "x"), "2026-03-01"),
    ],
    ids=["an extension to an earlier day", "an extension taken back", "a release taken back"],
)
def test_a_hold_that_ends_sooner_than_any_before_is_seen(
    before: list[AnyEvent], event: AnyEvent, over: str, url: str
) -> None:
    held = [reserved("r1", hold_until="2026-03-01"), reserved("r2", hold_until="2026-09-01")]
    with opened(url) as ledger:
        put_into(ledger, [*held, *before])
        with ledger.writing() as writer:
            assert writer.overdue(on("2026-01-01")) == []
        put_into(ledger, [event])
        with ledger.writing() as writer:
            assert writer.overdue(on(over) - timedelta(days=1)) == []
            assert writer.overdue(on(over)) == ["r1"]


def test_a_tile_and_its_leaves_are_read_of_one_state(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody commits between the two questions: whoever reads is told of the state before."""
    asked: list[str] = []
    with opened(url) as ledger:
        size, root = ledger.head()
        execute = ledger.connection.execute

        def interrupted(sql: str, values: Sequence[object] = ()) -> Rows:
            if "leaf_hash FROM entry" in sql and not asked:
                asked.append(sql)
                put(url, exported("of another"))
            return execute(sql, values)

        monkeypatch.setattr(ledger.connection, "execute", interrupted)
        assert ledger.tiles_at(size).root().hex() == root
        assert not ledger.connection.in_transaction
    assert asked
    assert head_of(url).size == size + 1


@pytest.mark.parametrize("size", [-1, SIZE + 1])
def test_a_size_that_was_never_reached_is_not_found(size: int, url: str) -> None:
    with (
        opened(url) as ledger,
        pytest.raises(NotFound, match=f"--as-of: the ledger has {SIZE} entries, not {size}"),
        ledger.reading(size),
    ):
        pytest.fail("read a prefix that does not exist")


def test_reading_sees_one_state_while_another_writes(url: str) -> None:
    with opened(url) as ledger, ledger.reading() as prefix:
        head = prefix.head
        put(url, exported("e1"))
        assert ledger.head() == head
        assert prefix.find("e1") is None
    assert head_of(url).size == head.size + 1


def test_the_law_is_read_once_for_the_same_texts(url: str) -> None:
    with opened(url) as ledger:
        with ledger.reading() as prefix:
            law = ledger.law(prefix)
        put(url, party("a"))
        with ledger.reading() as prefix:
            assert ledger.law(prefix) is law
        with ledger.reading(0) as prefix:
            assert ledger.law(prefix).adopted == ()


# ---- two writers


def test_a_second_writer_waits_its_turn_and_is_told_when_it_takes_too_long(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "BUSY_SECONDS", 0)
    with opened(url) as first, opened(url) as second:
        with first.writing() as writer:
            writer.append(party("a"), MARK)
            with (
                pytest.raises(
                    Conflict, match=r"can't be written now .*another program.* Try again"
                ),
                second.writing(),
            ):
                pytest.fail("two writers at once")
        with second.writing() as writer:
            assert writer.prefix.head.size == SIZE + 1


def test_a_head_that_moved_in_between_is_never_overwritten(url: str) -> None:
    with pytest.raises(HeadMoved, match=f"moved from {SIZE} to {SIZE + 1}"):
        outrun(url)
    assert head_of(url).size == SIZE


def outrun(url: str) -> None:
    """Append while the head moves, as if no lock had held the other writer back."""
    with opened(url) as ledger, ledger.writing() as writer:
        writer.append(party("a"), MARK)
        ledger.connection.execute("INSERT INTO head VALUES (?, ?)", (SIZE + 1, b"\0"))


def test_a_file_that_refuses_to_be_written_is_a_conflict(file_url: str) -> None:
    with opened(file_url) as ledger:
        ledger.connection.execute("PRAGMA query_only = 1")
        with (
            pytest.raises(Conflict, match=r"can't be written now \(.*readonly"),
            ledger.writing() as writer,
        ):
            writer.append(party("a"), MARK)


def append_many(url: str, name: str, count: int) -> list[int]:
    """Append one event a commit; the places they got."""
    places = []
    for number in range(count):
        with opened(url) as ledger, ledger.writing() as writer:
            places.append(writer.append(party(f"{name}-{number}"), MARK).seq)
    return places


def in_threads(url: str) -> list[list[int]]:
    with ThreadPoolExecutor(4) as pool:
        futures = [pool.submit(append_many, url, f"t{n}", 8) for n in range(4)]
        return [future.result() for future in futures]


def in_processes(url: str) -> list[list[int]]:
    with get_context("spawn").Pool(2) as pool:
        return pool.starmap(append_many, [(url, f"p{n}", 12) for n in range(2)])


@pytest.mark.parametrize("together", [in_threads, in_processes])
def test_writers_at_once_never_fork_the_head(
    together: Callable[[str], list[list[int]]], url: str
) -> None:
    places = sorted(place for found in together(url) for place in found)
    last = SIZE + len(places)
    assert places == list(range(SIZE + 1, last + 1))
    assert head_of(url).size == last
    heads = [row[0] for row in rows(url, "SELECT size FROM head ORDER BY size")]
    assert heads == [CREATED, SIZE, *places]
    assert [one.envelope.seq for one in entries_of(url)] == list(range(1, last + 1))


def test_a_stored_body_reads_back_as_the_event(url: str) -> None:
    event = exported("e1", authorization=LPP, quantity=7)
    put(url, event)
    seq, event_id, kind, day, body, leaf = next(row for row in stored(url) if row[1:2] == ("e1",))
    assert isinstance(body, bytes)
    assert isinstance(seq, int)
    assert decode(body, seq=seq).event == event
    assert (event_id, kind, day, leaf) == ("e1", "lot.exported", "2025-08-01", leaf_hash(body))


# ---- recorded times


def recorded(url: str) -> list[str]:
    return [entry.envelope.recorded_at for entry in entries_of(url)]


def put_at(url: str, *times: str) -> None:
    """Record a party at each of some times, in one transaction."""
    with opened(url) as ledger, ledger.writing() as writer:
        for time in times:
            size = writer.prefix.head.size
            writer.append(party(f"p{size}"), replace(MARK, recorded_at=time))


def test_recorded_times_never_go_back_whatever_the_clock_does(url: str) -> None:
    put_at(url, "2026-03-01T12:00:00.000000Z", "2026-03-01T11:00:00.000000Z")
    put_at(url, "2026-02-01T00:00:00.000000Z", "2026-03-01T12:00:00.000001Z")
    noon = "2026-03-01T12:00:00.000000Z"
    assert recorded(url)[-4:] == [noon, noon, noon, "2026-03-01T12:00:00.000001Z"]


def test_times_are_compared_as_times_and_not_as_text(url: str) -> None:
    put_at(url, "2026-03-01T12:00:00Z", "2026-03-01T12:00:00.5Z", "2026-03-01T13:30:00+01:00")
    assert recorded(url)[-3:] == [
        "2026-03-01T12:00:00Z",
        "2026-03-01T12:00:00.5Z",
        "2026-03-01T13:30:00+01:00",
    ]


def test_the_time_of_a_transaction_that_came_to_nothing_is_forgotten(url: str) -> None:
    with pytest.raises(AlreadyRecorded):
        put_then_fail(url)
    put_at(url, "2026-03-01T12:00:00.000000Z")
    assert recorded(url)[-1] == "2026-03-01T12:00:00.000000Z"


def put_then_fail(url: str) -> None:
    with opened(url) as ledger, ledger.writing() as writer:
        writer.append(party("z"), replace(MARK, recorded_at="2099-01-01T00:00:00.000000Z"))
        writer.append(party("buyer", headquarters="CL"), MARK)


def recorded_by_another(url: str, name: str, now: str) -> None:
    with freeze_time(now):
        mark = signature("cli", actor="ben")
        with opened(url) as ledger, ledger.writing() as writer:
            record(writer, party(name), mark)


def test_processes_whose_clocks_differ_record_times_that_never_go_back(url: str) -> None:
    spawn = get_context("spawn")
    for number, now in enumerate(("2026-05-01", "2026-03-01", "2026-06-01", "2026-04-01")):
        process = spawn.Process(target=recorded_by_another, args=(url, f"p{number}", now))
        process.start()
        process.join(60)
        assert process.exitcode == 0
    assert [time[:10] for time in recorded(url)[-4:]] == [
        "2026-05-01",
        "2026-05-01",
        "2026-06-01",
        "2026-06-01",
    ]
    assert recorded(url) == sorted(recorded(url))
