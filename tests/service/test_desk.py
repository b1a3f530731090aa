"""A desk: requests of many threads share transactions, and each answer is its own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from threading import Barrier, Event

import pytest

from ledger.core.errors import AlreadyRecorded, Conflict, NotFound
from ledger.core.events import AnyEvent
from ledger.service.desk import Desk
from ledger.service.recording import record
from ledger.store.writer import Appended, Signature, Writer
from tests.core.builders import exported, party, released
from tests.store.ledgers import SIZE, entries_of, head_of, opened, stored
from tests.store.servers import admin

AT_ONCE = 24


def of(*events: AnyEvent) -> Callable[[Writer, Signature], list[Appended]]:
    """A request that records some events."""
    return lambda writer, mark: [record(writer, one, mark) for one in events]


def commits(url: str) -> int:
    with opened(url) as ledger:
        (count,) = ledger.connection.execute("SELECT count(*) FROM head").fetchone()
        return int(count)


def held_back(desk: Desk, *works: Callable[[Writer, Signature], object]) -> list[object]:
    """What requests give that wait together while another one holds the desk."""
    busy, go = Event(), Event()

    def holds(_: Writer, __: Signature) -> None:
        busy.set()
        go.wait()

    with ThreadPoolExecutor(len(works) + 1) as pool:
        first = pool.submit(desk.record, holds)
        busy.wait()
        futures = [pool.submit(desk.record, work) for work in works]
        while desk._asked.qsize() < len(works):
            pass
        go.set()
        first.result()
        return [future.exception() or future.result() for future in futures]


def test_a_request_is_answered_once_it_is_durable(url: str) -> None:
    with Desk(url, actor="ana") as desk:
        assert desk.record(of(exported("e1"))) == [Appended(SIZE + 1, new=True)]
        assert head_of(url).size == SIZE + 1
    envelope = entries_of(url)[-1].envelope
    assert (envelope.actor, envelope.via) == ("ana", "api")


def test_requests_that_wait_together_share_a_transaction(url: str) -> None:
    before = commits(url)
    with Desk(url) as desk:
        answers = held_back(desk, *(of(exported(f"e{n}")) for n in range(AT_ONCE)))
    assert commits(url) == before + 1
    places = {one.seq for answer in answers for one in answer}  # type: ignore[attr-defined]  # all were recorded
    assert places == set(range(SIZE + 1, SIZE + 1 + AT_ONCE))


def test_a_refused_request_leaves_nothing_and_stops_no_other(url: str) -> None:
    with Desk(url) as desk:
        answers = held_back(
            desk,
            of(exported("e1")),
            of(exported("half"), released("x", "nothing")),
            of(exported("e1", quantity=2)),
            of(exported("e2")),
        )
    refused = [type(one) for one in answers if isinstance(one, Exception)]
    assert sorted(one.__name__ for one in refused) == ["AlreadyRecorded", "NotFound"]
    assert sorted(one.event.id for one in entries_of(url)[SIZE:]) == ["e1", "e2"]


def test_a_refusal_alone_writes_nothing(url: str) -> None:
    before = stored(url)
    with Desk(url) as desk:
        with pytest.raises(NotFound):
            desk.record(of(released("x", "nothing")))
        with pytest.raises(NotFound):
            desk.record(of(exported("half"), released("x", "nothing")))
    assert stored(url) == before


def test_a_ledger_that_can_not_be_written_is_said_to_all_that_wait(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger.store.connection.BUSY_SECONDS", 0)
    with (
        Desk(url) as desk,
        opened(url) as other,
        other.writing(),
        pytest.raises(Conflict, match="can't be written now"),
    ):
        desk.record(of(exported("e1")))


def test_a_desk_goes_on_after_another_program_wrote(url: str) -> None:
    with Desk(url) as desk:
        desk.record(of(party("a")))
        with opened(url) as other, other.writing() as writer:
            writer.append(exported("e1"), Signature("ana", "cli", "2026-01-02T03:04:05.000000Z"))
        assert desk.record(of(exported("e2"))) == [Appended(SIZE + 3, new=True)]
        with pytest.raises(AlreadyRecorded):
            desk.record(of(exported("e1", quantity=2)))


def test_reads_see_what_was_acknowledged(url: str) -> None:
    with Desk(url) as desk:
        desk.record(of(exported("e1")))
        with desk.reading() as ledger, ledger.reading() as prefix:
            assert prefix.find("e1") is not None
        with desk.reading() as one, desk.reading() as other:
            assert one is not other


def test_threads_at_once_lose_nothing(url: str) -> None:
    start = Barrier(8)

    def ask(number: int) -> list[int]:
        start.wait()
        return [
            desk.record(of(exported(f"e{number}-{turn}")))[0].seq for turn in range(AT_ONCE // 4)
        ]

    with Desk(url) as desk, ThreadPoolExecutor(8) as pool:
        places = [place for own in pool.map(ask, range(8)) for place in own]
    assert sorted(places) == list(range(SIZE + 1, SIZE + 1 + 2 * AT_ONCE))
    assert head_of(url).size == SIZE + 2 * AT_ONCE


def test_a_closed_desk_says_so(url: str) -> None:
    desk = Desk(url)
    desk.record(of(exported("e1")))
    desk.close()
    desk.close()
    with pytest.raises(Conflict, match=r"the desk is closed\. Open another one"):
        desk.record(of(exported("e2")))


def test_a_desk_goes_on_when_its_server_has_come_back(server_url: str) -> None:
    with Desk(server_url) as desk:
        desk.record(of(exported("e1")))
        with closing(admin(server_url)) as other:
            other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        with pytest.raises(Conflict, match="can't be reached or written now"):
            desk.record(of(exported("e2")))
        assert desk.record(of(exported("e3"))) == [Appended(SIZE + 2, new=True)]
        with pytest.raises(Conflict), desk.reading() as ledger:
            ledger.head()
        with desk.reading() as ledger:
            assert ledger.head().size == SIZE + 2
