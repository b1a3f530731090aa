"""Filling: the entries that a snapshot does not have yet, copied in one transaction."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from time import sleep
from typing import Any, Final

from ledger.core.encoding import decode
from ledger.core.errors import Conflict
from ledger.core.events import LedgerCreated
from ledger.core.prefix import Head
from ledger.snapshot.engine import VERSION, Engine
from ledger.snapshot.rows import FACTS, rows_of
from ledger.store.connection import SQLITE, Connection, batches, is_file
from ledger.store.ledger import Ledger
from ledger.store.prefix import StorePrefix
from ledger.store.statements import COLUMNS

ROWS_AT_ONCE: Final = 50_000
"""Rows that are held at a time."""

TRIES, BETWEEN_TRIES = 40, 0.25
"""How often, and with how many seconds in between, a file that is in use is tried again."""

LAID_OUT: Final = Path(__file__).with_name("tables.sql")

LOT: Final = (
    '{"device":"VARCHAR","quantity":"BIGINT","unit_tpp":"VARCHAR","origin":"VARCHAR",'
    '"destination":"VARCHAR","transaction":"VARCHAR","exporter":"VARCHAR","purchaser":"VARCHAR",'
    '"intermediate_consignees":["VARCHAR"],"ultimate_consignee":"VARCHAR","end_user":"VARCHAR",'
    '"end_use":"VARCHAR","authorization":"VARCHAR","reference":"VARCHAR","line":"BIGINT",'
    '"document":"VARCHAR","decision_id":"VARCHAR","reservation":"VARCHAR","final":"BOOLEAN",'
    '"hold_until":"DATE","reinstates":"VARCHAR","bundle":"VARCHAR"}'
)
"""The fields of a lot's event as they stand in its body, where defaults are left out."""

ALIKE: Final = {
    "registry": "seq, kind, subject, detail, on_day",
    "kinship": "seq, parent, party",
}
"""Tables that the ledger and the snapshot have alike, with their columns."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Filled:
    """What was done: the file, the head that it now ends at, and how many entries are new in it."""

    file: Path
    head: Head
    entries: int


def default_file(url: str, ledger: str) -> Path:
    """Where a snapshot lies if nobody says: beside the ledger's file, or here by its id."""
    if is_file(url):
        place = Path(url.removeprefix(SQLITE))
        return place.with_name(f"{place.name}.snapshot.duckdb")
    return Path(f"chipledger-{ledger}.snapshot.duckdb")


def fill(url: str, file: Path | None, *, progress: Progress) -> Filled:
    """Bring a snapshot up to the ledger's head; a file that is not there is made.

    Raises `Conflict` where the file is another ledger's, or is in use.
    """
    ledger = Ledger.open(url)
    try:
        return fill_from(ledger, url, file, progress=progress)
    finally:
        ledger.close()


def fill_from(ledger: Ledger, url: str, file: Path | None, *, progress: Progress) -> Filled:
    """The same from an open ledger.

    A file that is up to date is only read, so that any number of reports run at once; where it must
    be written and is in use, it is tried again for a while.
    """
    with ledger.reading() as prefix:
        created = prefix.find("ledger")
        named = created.ledger if isinstance(created, LedgerCreated) else ""
        place = default_file(url, named) if file is None else file
        if _up_to_date(place, prefix.head):
            return Filled(place, prefix.head, 0)
        engine = _opened_to_write(place)
        try:
            return _Filling(engine, ledger, prefix, place).fill(progress)
        finally:
            engine.close()


def _up_to_date(place: Path, head: Head) -> bool:
    """Whether a file ends at a head already; nothing of it is locked."""
    if not place.is_file():
        return False
    try:
        engine = Engine.open(place, read_only=True)
    except Conflict:  # somebody writes it
        return False
    try:
        return _version(engine) == VERSION and _end(engine) == (head.size, head.root)
    finally:
        engine.close()


def _version(engine: Engine) -> str | None:
    """The version of a file's layout; None where it has none."""
    if not engine.has("kept", "layout"):
        return None
    row = engine.execute("SELECT version FROM kept.layout").fetchone()
    return None if row is None else str(row[0])


def _end(engine: Engine) -> tuple[int, str] | None:
    """The size and root that a file was filled to last."""
    row = engine.execute(
        "SELECT size, root FROM kept.segment ORDER BY size DESC LIMIT 1"
    ).fetchone()
    return None if row is None else (int(row[0]), str(row[1]))


def _opened_to_write(place: Path) -> Engine:
    """The file ready to be filled; raises `Conflict` where it stays in use."""
    for _ in range(TRIES):
        try:
            return _opened(place)
        except Conflict:
            sleep(BETWEEN_TRIES)
    return _opened(place)


def _opened(place: Path) -> Engine:
    """The file ready to be filled: laid out if it is new, anew if it is of another version."""
    engine = Engine.open(place, read_only=False)
    try:
        if engine.has("kept", "segment") and _version(engine) != VERSION:
            engine.close()
            place.unlink()
            return _opened(place)
        if not engine.has("kept", "segment"):
            engine.whole(lambda: _lay_out(engine))
    except BaseException:
        engine.close()
        raise
    return engine


def _lay_out(engine: Engine) -> None:
    engine.execute(LAID_OUT.read_text(encoding="utf-8"))
    engine.execute("INSERT INTO kept.layout VALUES (?)", [VERSION])


class _Filling:
    """One filling of a file from an open ledger."""

    def __init__(self, engine: Engine, ledger: Ledger, prefix: StorePrefix, place: Path) -> None:
        self.engine, self.ledger, self.prefix, self.place = engine, ledger, prefix, place
        self.head = prefix.head
        self.since = self._known()

    def _known(self) -> int:
        """The size that the file ends at; raises `Conflict` where this ledger has no such head."""
        end = _end(self.engine)
        if end is None:
            return 0
        size, root = end
        if size > self.head.size or self.ledger.tiles_at(size).root().hex() != root:
            raise Conflict(
                f"the snapshot {self.place} is of another ledger, or of a later state of this one",
                where="--snapshot",
                cure="name another file, or remove this one: it is made anew",
            )
        return size

    def fill(self, progress: Progress) -> Filled:
        """Copy what is new."""
        new = self.head.size - self.since
        if new:
            self.engine.whole(lambda: self._copy(progress))
        return Filled(self.place, self.head, new)

    def _copy(self, progress: Progress) -> None:
        if not self.since:
            self._begin()
        self._positions()
        self._entries(progress)
        for table, columns in ALIKE.items():
            for some in _after(self.ledger.connection, columns, table, self.since):
                self.engine.add(f"kept.{table}", some)
        for sql in SUMS:
            self.engine.execute(sql, {"size": self.head.size, "since": self.since})
        self.engine.execute(
            "INSERT INTO kept.segment VALUES (?, ?, ?)",
            [self.head.size, self.head.root, self.head.size - self.since],
        )

    def _begin(self) -> None:
        created = self.prefix.find("ledger")
        named = (created.ledger, created.time_zone) if isinstance(created, LedgerCreated) else ()
        self.engine.execute("INSERT INTO kept.file VALUES (?, ?)", [*named])

    def _positions(self) -> None:
        for some in _after(self.ledger.connection, COLUMNS, "position", self.since):
            self.engine.add("kept.position", some)

    def _entries(self, progress: Progress) -> None:
        import polars as pl

        done = self.since
        columns = "seq, event_id, kind, on_day, body"
        for some in _after(self.ledger.connection, columns, "entry", self.since):
            schema = {
                "seq": pl.Int64,
                "event_id": pl.String,
                "kind": pl.String,
                "on_day": pl.String,
                "body": pl.Binary,
            }
            with self.engine.seen("fresh", pl.DataFrame(some, schema=schema, orient="row")):
                self.engine.execute(ENTRIES)
                self.engine.execute(LOTS)
            self._facts(some)
            done += len(some)
            progress(done, self.head.size)

    def _facts(self, entries: list[Any]) -> None:
        gathered: dict[str, list[tuple[Any, ...]]] = {}
        for seq, _, kind, _, body in entries:
            if kind in FACTS:
                for table, row in rows_of(seq, decode(bytes(body), seq=seq).event):
                    gathered.setdefault(table, []).append(row)
        for table, rows in gathered.items():
            self.engine.add(f"kept.{table}", rows)


def _after(
    connection: Connection, columns: str, table: str, since: int
) -> Iterator[list[tuple[Any, ...]]]:
    """The rows of a table that came after a size, some at a time, in their order."""
    sql = f"SELECT {columns} FROM {table} WHERE seq > ? ORDER BY seq"  # noqa: S608 -- our own names
    return batches(connection.stream(sql, (since,)), ROWS_AT_ONCE)


ENTRIES: Final = """
INSERT INTO kept.entry
SELECT
  seq, event_id, kind, CAST(on_day AS DATE),
  CAST(rtrim(e.recorded_at, 'Z') AS TIMESTAMP), e.actor, e.via, e.batch.file, e.batch.row,
  CASE WHEN kind = 'lot.exported' THEN NULL ELSE body END
FROM (
  SELECT *, json_transform(decode(body), '{"recorded_at":"VARCHAR","actor":"VARCHAR",
    "via":"VARCHAR","batch":{"file":"VARCHAR","row":"BIGINT"}}') AS e
  FROM fresh
)
"""

LOTS: Final = f"""
INSERT INTO kept.lot
SELECT
  f.seq, f.event_id, f.kind, CAST(f.on_day AS DATE), e.device, e.quantity, e.unit_tpp, m.tpp,
  coalesce(e.origin, 'US'), e.destination, e.transaction, e.exporter, e.purchaser,
  e.intermediate_consignees, e.ultimate_consignee, e.end_user, coalesce(e.end_use, 'unstated'),
  e."authorization", e.reference, e.line, e.document, e.decision_id, e.reservation, e.final,
  e.hold_until, e.reinstates, e.bundle
FROM (
  SELECT *, json_transform(json_extract(decode(body), '$.event'), '{LOT}') AS e
  FROM fresh WHERE kind IN ('lot.exported', 'lot.reserved')
) AS f
JOIN (
  SELECT seq, lot, CAST(sum(tpp) AS BIGINT) AS tpp
  FROM kept.position
  WHERE seq BETWEEN (SELECT min(seq) FROM fresh) AND (SELECT max(seq) FROM fresh)
  GROUP BY seq, lot
) AS m ON m.seq = f.seq AND m.lot = f.event_id
"""  # noqa: S608 -- our own field names

SUMS: Final = (
    """
INSERT INTO kept.drawn
SELECT
  $size, on_day, kind, device, party, destination, "authorization", end_user, exporter, line,
  sum(units), sum(tpp)
FROM kept.position WHERE seq > $since
GROUP BY
  on_day, kind, device, party, destination, "authorization", end_user, exporter, line, tpp < 0
ORDER BY party, on_day
""",
    """
INSERT INTO kept.monthly
SELECT
  $size, CAST(date_trunc('month', on_day) AS DATE) AS on_month, kind, device, party, destination,
  "authorization", line, sum(units), sum(tpp)
FROM kept.position WHERE seq > $since
GROUP BY on_month, kind, device, party, destination, "authorization", line, tpp < 0
ORDER BY party, on_month
""",
    """
INSERT INTO kept.placed
SELECT
  $size, on_day, kind, device, destination, "authorization", sum(units), sum(tpp)
FROM kept.position WHERE seq > $since
GROUP BY on_day, kind, device, destination, "authorization", tpp < 0
ORDER BY on_day
""",
)
"""What is new summed up, ordered so that what is asked for together stands together."""
