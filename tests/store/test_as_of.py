from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Final

import pytest
from freezegun import freeze_time
from hypothesis import given
from hypothesis import strategies as st

from ledger.core.errors import NotFound
from ledger.service.creating import create
from ledger.store.as_of import AsOf, last_recorded_at, size_as_of
from ledger.store.ledger import Ledger
from tests.core.builders import party
from tests.store.ledgers import MARK, SIZE, in_memory, opened, raw_of

START: Final = datetime(2026, 3, 1, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def stamp(ledger: Ledger, *times: datetime) -> None:
    """Record a party at each of some times."""
    with ledger.writing() as writer:
        for number, time in enumerate(times):
            writer.append(party(f"p{number}"), replace(MARK, recorded_at=time.isoformat()))


@contextmanager
def stamped(*times: datetime) -> Iterator[Ledger]:
    with closing(in_memory().connection) as connection:
        ledger = Ledger(connection)
        stamp(ledger, *times)
        yield ledger


def size(ledger: Ledger, as_of: AsOf) -> int:
    with ledger.reading(as_of) as prefix:
        return prefix.head.size


def test_a_time_means_all_that_was_recorded_by_then() -> None:
    with stamped(at(0), at(0), at(5), at(7)) as ledger:
        assert size(ledger, at(0) - timedelta(microseconds=1)) == SIZE
        assert size(ledger, at(0)) == SIZE + 2
        assert size(ledger, at(4.999)) == SIZE + 2
        assert size(ledger, at(5)) == SIZE + 3
        assert size(ledger, at(7)) == SIZE + 4


def test_a_time_after_the_head_is_the_head() -> None:
    with stamped(at(0)) as ledger:
        assert size(ledger, at(10_000)) == SIZE + 1
        with ledger.reading(at(10_000)) as prefix:
            assert prefix.totals


def test_a_time_before_the_first_entry_is_not_found() -> None:
    with (
        stamped() as ledger,
        pytest.raises(NotFound, match="--as-of: nothing was recorded by 2020-01-01T00:00:00") as no,
        ledger.reading(datetime(2020, 1, 1, tzinfo=UTC)),
    ):
        pass
    assert "the ledger begins at 2026-01-02T03:04:05" in no.value.sentence


def test_the_offset_of_a_time_counts() -> None:
    tokyo = timezone(timedelta(hours=9))
    with stamped(at(0), at(60)) as ledger:
        assert size(ledger, datetime(2026, 3, 1, 9, 30, tzinfo=tokyo)) == SIZE + 1
        assert size(ledger, datetime(2026, 3, 1, 10, 0, tzinfo=tokyo)) == SIZE + 2


def test_a_size_is_taken_as_it_is() -> None:
    with stamped() as ledger:
        assert size(ledger, 3) == 3
        with pytest.raises(NotFound, match=f"has {SIZE} entries, not {SIZE + 1}"):
            size(ledger, SIZE + 1)


@pytest.mark.parametrize(
    ("zone", "last_in"),
    [
        ("UTC", datetime(2026, 3, 1, 23, 59, 59, 999999, tzinfo=UTC)),
        ("Asia/Tokyo", datetime(2026, 3, 1, 14, 59, 59, 999999, tzinfo=UTC)),
        ("America/New_York", datetime(2026, 3, 2, 4, 59, 59, 999999, tzinfo=UTC)),
    ],
)
def test_a_day_means_its_end_in_the_zone_of_the_ledger(
    zone: str, last_in: datetime, tmp_path: object
) -> None:
    url = f"sqlite:///{tmp_path}/zoned.db"
    with freeze_time("2026-01-02"):
        head, _ = create(url, time_zone=zone, actor="ana")
    with opened(url) as ledger:
        stamp(ledger, last_in, last_in + timedelta(microseconds=1))
        assert size(ledger, date(2026, 3, 1)) == head.size + 1
        assert size(ledger, date(2026, 3, 2)) == head.size + 2


def test_the_day_on_which_clocks_change_ends_at_its_midnight(tmp_path: object) -> None:
    url = f"sqlite:///{tmp_path}/zoned.db"
    with freeze_time("2026-01-02"):
        head, _ = create(url, time_zone="America/New_York", actor="ana")
    midnight = datetime(2026, 3, 9, 4, 0, tzinfo=UTC)  # 8 March has 23 hours there
    with opened(url) as ledger:
        stamp(ledger, midnight - timedelta(microseconds=1), midnight)
        assert size(ledger, date(2026, 3, 8)) == head.size + 1


def test_a_look_up_reads_few_entries_of_many() -> None:
    with stamped(*(at(minute) for minute in range(500))) as ledger:
        asked: list[str] = []
        raw_of(ledger).set_trace_callback(asked.append)
        assert size_as_of(ledger.connection, at(321), SIZE + 500) == SIZE + 322
        assert len(asked) <= 10


def test_the_last_recorded_time_is_that_of_the_last_entry() -> None:
    with stamped(at(0), at(5)) as ledger:
        assert last_recorded_at(ledger.connection, SIZE + 2) == at(5).isoformat()
        assert last_recorded_at(ledger.connection, SIZE + 1) == at(0).isoformat()
        assert last_recorded_at(ledger.connection, 0) is None


@given(
    st.lists(st.integers(0, 20), max_size=30),
    st.lists(st.integers(-1, 21), min_size=1, max_size=5),
)
def test_bisection_finds_what_counting_finds(clock: list[int], asked: list[int]) -> None:
    """Clocks that jump about: an entry is known from the latest time that was read by then."""
    with stamped(*map(at, clock)) as ledger:
        kept = [max(clock[: place + 1]) for place in range(len(clock))]
        for minute in asked:
            known = sum(time <= minute for time in kept)
            assert size(ledger, at(minute)) == SIZE + known
