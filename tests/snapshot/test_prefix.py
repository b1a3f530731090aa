"""A snapshot answers as plain lists do, at its head and at every earlier size, however it grew."""

from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import Phase, given, settings

from ledger.core.memory import MemoryPrefix
from ledger.core.prefix import Head, Prefix
from ledger.core.ratings import classed_alike
from ledger.snapshot.filling import fill_from
from ledger.snapshot.opening import opened
from ledger.snapshot.prefix import SizedPrefix
from ledger.store.ledger import Ledger
from tests.snapshot.filled import unseen
from tests.store.answers import (
    HOUSE_SHAPES,
    SHAPES,
    draws,
    expected,
    expected_listed,
    facts,
    told_less,
)
from tests.store.histories import History
from tests.store.ledgers import in_memory
from tests.store.lists import keep
from tests.store.test_prefix import Transactions, grown, held, histories, recorded, remembered

URL = "sqlite:///unused.db"
"""Names the file of a snapshot where nobody else does."""

ALL_SHAPES = (*SHAPES, *HOUSE_SHAPES)


def answers(prefix: Prefix, lists: MemoryPrefix) -> dict[str, Any]:
    """What a prefix says; names of listed parties stay in the ledger."""
    ids = [event.id for event in lists.events]
    return {**facts(prefix, ids, matched=False), **draws(prefix, ALL_SHAPES)}


def first_events(lists: MemoryPrefix, size: int) -> MemoryPrefix:
    shorter = remembered()
    for event in lists.events[shorter.head.size : size]:
        shorter.append(event)
    return shorter


def compare(ledger: Ledger, lists: MemoryPrefix, file: Path) -> None:
    """Fill the snapshot and hold it to the plain lists, now and as of a third of them less."""
    filled = fill_from(ledger, URL, file, progress=unseen)
    assert filled.head == ledger.head()
    with opened(file, filled.head) as found:
        assert answers(found.prefix, lists) == answers(lists, lists)
        alike = classed_alike(lists, lists.law)
        assert told_less(expected(lists, ALL_SHAPES), alike) == told_less(
            expected(found.prefix, ALL_SHAPES), alike
        )
        assert expected_listed(found.prefix, ALL_SHAPES) == expected_listed(lists, ALL_SHAPES)
        ids = [event.id for event in lists.events]
        assert sorted(found.prefix.open_reservations()) == held(lists, ids)
        size = max(remembered().head.size, lists.head.size * 2 // 3)
        sized = SizedPrefix(found.engine, Head(size, ""))
        shorter = first_events(lists, size)
        assert answers(sized, shorter) == answers(shorter, shorter)
    with opened(file, Head(size, "")) as found:
        assert answers(found.prefix, shorter) == answers(shorter, shorter)


@given(histories)
@settings(max_examples=12, phases=[Phase.generate])  # each fills a file: nothing is shrunk
def test_a_snapshot_answers_as_the_plain_lists_do(transactions: Transactions) -> None:
    with closing(in_memory()) as ledger, TemporaryDirectory() as folder:
        file = Path(folder) / "s.duckdb"
        *_, lists = [remembered(), *grown(ledger, transactions)]
        compare(ledger, lists, file)


@given(histories)
@settings(max_examples=8, phases=[Phase.generate])
def test_a_snapshot_that_is_filled_on_and_on_is_one_that_was_filled_at_once(
    transactions: Transactions,
) -> None:
    with closing(in_memory()) as ledger, TemporaryDirectory() as folder:
        file, once = Path(folder) / "s.duckdb", Path(folder) / "once.duckdb"
        history = History()
        keep(ledger.connection)
        filled = fill_from(ledger, URL, file, progress=unseen)
        for transaction in transactions:
            with ledger.writing() as writer:
                events = (history.event(step) for step in transaction)
                history.events += [event for event in events if recorded(writer, event)]
            filled = fill_from(ledger, URL, file, progress=unseen)
        fill_from(ledger, URL, once, progress=unseen)
        lists = MemoryPrefix(ledger.entries())
        with opened(file, filled.head) as grew, opened(once, filled.head) as whole:
            assert answers(grew.prefix, lists) == answers(whole.prefix, lists)
            for table in ("entry", "lot", "position", "reservation", "party", "granted", "device"):
                rows = f"SELECT * FROM {table} ORDER BY ALL"  # noqa: S608 -- our own tables
                assert grew.engine.execute(rows).fetchall() == whole.engine.execute(rows).fetchall()
