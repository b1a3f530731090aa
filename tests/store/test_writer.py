"""What the writer appends by a shorter way must be what it would have appended."""

from contextlib import closing

import pytest

from ledger.core.encoding import event_data
from ledger.core.errors import Conflict, InvalidInput
from ledger.core.events import AnyEvent
from ledger.core.plain_lots import is_plain
from ledger.core.positions import INSTALLED, Query
from ledger.service.recording import record
from ledger.store.ledger import Ledger
from ledger.store.writer import Signature
from tests.core.builders import device, exported, on, reversed_
from tests.store.ledgers import MARK, SIZE, dump, in_memory, opened, put, stored, verified

FILE = ("f" * 64, 7)
SIGNED = Signature(MARK.actor, MARK.via, MARK.recorded_at, FILE)
QUERY = Query(("party", "destination"), ("buyer", "BR"), INSTALLED, on("2025-01-01"))


def plainly(*events: AnyEvent, told: bool = True) -> tuple[list[bool], object]:
    """Append events as plain lots where they are some; which were, and every table afterwards."""
    with closing(in_memory()) as ledger:
        found = []
        with ledger.writing() as writer:
            list(writer.prefix.draws(QUERY))
            writer.expect([one.id for one in events] if told else [])
            for one in events:
                data = event_data(one)
                found.append(is_plain(data) and writer.append_plain(data, SIGNED, FILE))
                if not found[-1]:
                    record(writer, one, SIGNED)
            draws = sorted(writer.prefix.draws(QUERY))
        return found, (dump(ledger), draws)


def wholly(*events: AnyEvent) -> object:
    """The same by way of the event alone."""
    with closing(in_memory()) as ledger:
        with ledger.writing() as writer:
            for one in events:
                record(writer, one, SIGNED)
            draws = sorted(writer.prefix.draws(QUERY))
        return dump(ledger), draws


def test_a_plain_lot_leaves_every_table_as_its_event_does() -> None:
    lots = [
        exported("é-1", quantity=3),
        exported("e2", on="2025-09-30", document="Größe ü", purchaser="group"),
        exported("e3", destination="US"),
        exported("e4", destination="CL", end_user="branch"),
    ]
    found, left = plainly(*lots)
    assert found == [True] * 4
    assert left == wholly(*lots)


def test_a_rating_that_changes_in_between_is_seen() -> None:
    events: list[AnyEvent] = [
        exported("e1"),
        device("h100", "16000", on="2025-01-01"),
        exported("e2"),
        reversed_("x", "device-h100-2025-01-01"),
        exported("e3"),
    ]
    found, left = plainly(*events)
    assert [one.id for one, plain in zip(events, found, strict=True) if plain] == ["e1", "e2", "e3"]
    assert left == wholly(*events)


def test_an_id_that_stands_already_is_left_to_the_event() -> None:
    found, left = plainly(exported("e1"), exported("e1"))
    assert found == [True, False]
    assert left == wholly(exported("e1"))


def test_an_id_that_was_not_looked_up_is_left_to_the_event() -> None:
    assert plainly(exported("e1"), told=False)[0] == [False]


def test_a_device_without_a_rating_is_left_to_the_event_and_changes_nothing() -> None:
    with closing(in_memory()) as ledger:
        before = dump(ledger)
        with ledger.writing() as writer:
            writer.expect(["e1"])
            lot = event_data(exported("e1", device="unknown-chip"))
            assert not writer.append_plain(lot, SIGNED, FILE)
            assert writer.size == SIZE
        assert dump(ledger) == before


def test_an_id_that_was_made_up_and_stands_all_the_same_is_refused(any_url: str) -> None:
    put(any_url, exported("e"))
    before = stored(any_url)

    def append_again(ledger: Ledger) -> None:
        with ledger.writing() as writer:
            record(writer, exported(writer.made_up("e"), quantity=2), MARK)

    with opened(any_url) as ledger, pytest.raises(Conflict, match="the ledger refuses the change"):
        append_again(ledger)
    assert stored(any_url) == before


def test_what_could_not_be_written_once_ends_the_transaction(any_url: str) -> None:
    """Whoever takes the error for one of his own request can't commit the rest without it."""
    largest = {"quantity": 100_000_000, "unit_tpp": "10000000"}
    before = stored(any_url)

    def ask_too_much(ledger: Ledger) -> None:
        with ledger.writing() as writer:
            for number in range(930):
                record(writer, exported(f"e{number}", **largest), MARK)
            with pytest.raises(InvalidInput):
                list(writer.prefix.draws(QUERY))

    with opened(any_url) as ledger:
        with pytest.raises(InvalidInput, match="too large to be summed"):
            ask_too_much(ledger)
        assert stored(any_url) == before
        with ledger.writing() as writer:
            record(writer, exported("e0"), MARK)
    verified(any_url)
