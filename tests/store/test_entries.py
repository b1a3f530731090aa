from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from ledger.store import entries
from ledger.store.entries import newest
from ledger.store.ledger import Ledger
from tests.core.builders import exported, party
from tests.store.ledgers import SIZE, in_memory, put_into


@contextmanager
def holding(count: int) -> Iterator[Ledger]:
    with closing(in_memory().connection) as connection:
        ledger = Ledger(connection)
        put_into(ledger, (party(f"p{number}") for number in range(count)))
        yield ledger


def places(ledger: Ledger, after: int, size: int, kind: str | None = None) -> list[int]:
    found = newest(ledger.connection, after=after, size=size, kind=kind)
    return [one.envelope.seq for one in found]


@pytest.mark.parametrize("page", [1, 2, 3, 500])
def test_entries_come_backwards_whatever_the_page(
    page: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entries, "PAGE", page)
    with holding(6) as ledger:
        assert places(ledger, 0, SIZE + 6) == list(range(SIZE + 6, 0, -1))
        assert places(ledger, SIZE + 1, SIZE + 5) == [SIZE + 5, SIZE + 4, SIZE + 3, SIZE + 2]
        assert places(ledger, SIZE + 5, SIZE + 5) == []


def test_a_kind_can_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entries, "PAGE", 2)
    with holding(3) as ledger:
        put_into(ledger, [exported("e1"), party("last"), exported("e2")])
        size = SIZE + 6
        assert places(ledger, 0, size, "lot.exported") == [size, size - 2]
        assert places(ledger, 0, size - 1, "lot.exported") == [size - 2]
        assert places(ledger, 0, size, "lot.reserved") == []
