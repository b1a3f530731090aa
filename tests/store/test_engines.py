"""Both engines hold the same bytes and give the same answers, whatever is recorded."""

from collections.abc import Iterator
from contextlib import closing, contextmanager, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import pytest
from freezegun import freeze_time
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from ledger.cli.app import build, run
from ledger.core.errors import InvalidInput, LedgerError
from ledger.core.events import AnyEvent
from ledger.core.positions import INSTALLED, Query
from ledger.service import creating
from ledger.service.creating import create
from ledger.service.recording import record
from ledger.store.ledger import Ledger
from tests.core.builders import exported, on, party
from tests.store.histories import History, Step, steps
from tests.store.ledgers import MARK, dump, fresh, in_memory, opened, put, rows, stored, verified
from tests.store.lists import keep
from tests.store.servers import drop, empty_database, fresh_on_server, on_a_server

Transactions = list[list[Step]]
histories = st.lists(st.lists(steps, min_size=1, max_size=10), min_size=1, max_size=4)


@contextmanager
def both() -> Iterator[tuple[str, str]]:
    """The same ledger in a file and on the server."""
    with TemporaryDirectory() as folder:
        on_server = fresh_on_server()
        yield fresh(Path(folder)), on_server
        drop(on_server)


def recorded(ledger: Ledger, transactions: Transactions) -> tuple[list[AnyEvent], list[str]]:
    """Record random steps: what was accepted, and the sentence of each refusal."""
    history, refused = History(), []
    keep(ledger.connection)
    for transaction in transactions:
        with ledger.writing() as writer:
            for step in transaction:
                event = history.event(step)
                try:
                    if record(writer, event, MARK).new:
                        history.events.append(event)
                except LedgerError as error:
                    refused.append(error.sentence)
    return history.events, refused


@given(histories)
@settings(max_examples=15)
def test_a_history_leaves_the_same_rows_on_both_engines(transactions: Transactions) -> None:
    with closing(in_memory()) as ledger:
        said = recorded(ledger, transactions)
        expected = dump(ledger)
    with on_a_server() as ledger:
        assert recorded(ledger, transactions) == said
        assert dump(ledger) == expected


LOT: Final = (
    *("--device", "h100", "--exporter", "seller", "--on", "2025-09-15", "--quantity", "40"),
    *("--ultimate-consignee", "buyer"),
)


build(listed=True)  # every command is imported before a clock is stopped


def questions(events: list[AnyEvent]) -> list[list[str]]:
    """Command lines of every kind of answer."""
    dates = ("2025-06-20", "2026-01-01")
    return [
        *(["check", *LOT, "--destination", place] for place in ("BR", "AE", "US", "CN")),
        *(["headroom", "--on", on] for on in dates),
        ["duties", "--from", "2025-01-01", "--until", "2026-12-31"],
        *(["explain", event.id] for event in events),
        ["explain", "us-ear/lpp/parent-year", "buyer", "--on", "2025-12-31"],
        *(["check", *LOT, "--destination", "BR", "--as-of", str(size)] for size in (15, 17)),
        ["rules"],
        ["lists"],
        ["settings"],
        ["verify"],
    ]


def answered(url: str, question: list[str]) -> tuple[int, str, str]:
    """The exit status and every byte that a command prints."""
    out, err = StringIO(), StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        status = run([*question, "--ledger", url, "--json"])
    return status, out.getvalue(), err.getvalue()


@given(histories)
@settings(max_examples=3, phases=[Phase.explicit, Phase.generate])
def test_every_answer_is_the_same_bytes_on_both_engines(transactions: Transactions) -> None:
    with both() as (file, server), freeze_time("2026-03-01 12:00:00"):
        events: list[AnyEvent] = []
        for url in (file, server):
            with opened(url) as ledger:
                events, _ = recorded(ledger, transactions)
        for question in questions(events):
            status, out, err = answered(file, question)
            assert status in {0, 1, 3}, (question, err)
            assert answered(server, question) == (status, out, err), question


def test_a_new_ledger_is_the_same_on_both_engines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(creating, "new_id", lambda prefix: f"{prefix}-1")
    found = []
    on_server = empty_database()
    for url in (f"sqlite:///{tmp_path}/new.db", on_server):
        with freeze_time("2026-03-01 12:00:00"):
            create(url, actor="ana", time_zone="Asia/Tokyo")
        with opened(url) as ledger:
            found.append(dump(ledger))
        verified(url)
    assert found[0] == found[1]
    drop(on_server)


ODD: Final = (
    "a",
    "B",
    "_",
    "é",
    "ß",
    "z",
    "Z",
    "-",
    "a b",
    "A",
    "%s",
    "?",
    "'; --",
    "\N{MATHEMATICAL FRAKTUR CAPITAL U}",
    "e\u0301",
)
"""Names that people and bytes sort differently, or that a careless statement would trip over."""


def test_odd_names_are_kept_found_and_sorted_alike() -> None:
    with both() as (file, server):
        found = []
        for url in (file, server):
            for name in ODD:
                put(url, party(name), exported(f"lot {name}", ultimate_consignee=name))
            with opened(url) as ledger, ledger.reading() as prefix:
                assert all(prefix.party(name) for name in ODD)
                assert all(prefix.find(f"lot {name}") for name in ODD)
            found.append(
                [
                    rows(
                        url,
                        "SELECT subject FROM registry WHERE kind = 'party.registered' ORDER BY 1",
                    ),
                    rows(url, "SELECT key FROM day_total WHERE key > 'A' AND key < 'e' ORDER BY 1"),
                    rows(url, "SELECT min(subject), max(subject) FROM registry"),
                ]
            )
            verified(url)
        assert found[0] == found[1]
        by_bytes = sorted(ODD, key=str.encode)
        assert [name for (name,) in found[1][0] if name in ODD] == by_bytes


def test_the_largest_amounts_are_kept_and_summed_exactly() -> None:
    """Sums beyond 32 bits and far beyond the 53 that a float holds."""
    with both() as (file, server):
        sums = []
        for url in (file, server):
            lots = [exported(f"e{n}", quantity=100_000_000, unit_tpp="9999999.9") for n in range(9)]
            put(url, *lots)
            sums.append(rows(url, "SELECT units, tpp FROM day_total ORDER BY shape"))
            verified(url)
        assert sums[0] == sums[1]
        assert sums[1][0] == (900_000_000, 9 * 100_000_000 * 99_999_999)


def test_a_sum_that_no_engine_holds_is_refused_and_changes_nothing(any_url: str) -> None:
    """Some nine hundred of the largest lots on one day pass 64 bits of tenths."""
    largest = {"quantity": 100_000_000, "unit_tpp": "10000000"}
    put(any_url, *(exported(f"e{n}", **largest) for n in range(900)))
    before = stored(any_url)
    with pytest.raises(InvalidInput, match="amounts are too large to be summed exactly"):
        put(any_url, *(exported(f"more{n}", **largest) for n in range(30)))
    assert stored(any_url) == before
    put(any_url, *(exported(f"more{n}", on="2025-08-02", **largest) for n in range(900)))
    with opened(any_url) as ledger, ledger.reading() as prefix:
        stock = Query(("destination",), ("BR",), INSTALLED, exact_from=on("2025-09-01"))
        with pytest.raises(InvalidInput, match="amounts are too large to be summed exactly"):
            list(prefix.draws(stock))
