"""The second clock: which entries the ledger held, at a size or at a recorded time.

Recorded times never go back from one entry to the next (`Writer.append` sees to it), so the entries
known at a time are always the first ones, and bisection finds how many.
"""

from bisect import bisect_right
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from ledger.core.encoding import Entry, decode
from ledger.core.errors import NotFound
from ledger.core.events import LedgerCreated
from ledger.store.connection import Connection

AsOf = int | date | datetime
"""A size; a time with its offset from UTC: all that was recorded by then; or a day: all that was
recorded by its end in the ledger's own zone."""

_TICK: Final = timedelta(microseconds=1)
_ONE_DAY: Final = timedelta(days=1)


def size_as_of(connection: Connection, as_of: AsOf, reached: int) -> int:
    """How many of the `reached` entries were known then; a size is taken as it is.

    Raises `NotFound` for a time before the first entry.
    """
    size = known_by(connection, as_of, reached)
    if not size and not isinstance(as_of, int):
        first = _entry(connection, 1).envelope.recorded_at
        raise NotFound(
            f"nothing was recorded by {as_of.isoformat()}: the ledger begins at {first}",
            where="--as-of",
            cure="name a later time, or the size that stands in an answer's as_of",
        )
    return size


def known_by(connection: Connection, as_of: AsOf, reached: int) -> int:
    """The same, and 0 for a time before the first entry."""
    if isinstance(as_of, int):
        return as_of
    moment = as_of if isinstance(as_of, datetime) else _end_of(as_of, connection)

    def recorded(seq: int) -> datetime:
        return datetime.fromisoformat(_entry(connection, seq).envelope.recorded_at)

    return bisect_right(range(1, reached + 1), moment, key=recorded)


def last_recorded_at(connection: Connection, size: int) -> str | None:
    """When the last of some entries was recorded; None where there is none."""
    return _entry(connection, size).envelope.recorded_at if size else None


def _entry(connection: Connection, seq: int) -> Entry:
    row = connection.execute("SELECT body FROM entry WHERE seq = ?", (seq,)).fetchone()
    return decode(row[0], seq=seq)


def _end_of(day: date, connection: Connection) -> datetime:
    """The last moment of a day in the ledger's zone, which its first entry names."""
    created = _entry(connection, 1).event
    zone = ZoneInfo(created.time_zone if isinstance(created, LedgerCreated) else "UTC")
    return datetime.combine(day + _ONE_DAY, time.min, zone) - _TICK
