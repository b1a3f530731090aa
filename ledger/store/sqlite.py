"""SQLite: one file, write-ahead log, every commit on the disk before it is acknowledged."""

import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from time import sleep
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from ledger.core.errors import Conflict, InvalidInput, LedgerDamaged, LedgerError, NotFound
from ledger.store import connection as connections
from ledger.store.connection import KEPT, RESTORE, SQLITE, Names, added_up

if TYPE_CHECKING:
    from ledger.store.connection import Connection

CACHE_KIB: Final = 65_536
"""What a connection may keep of the file in memory; with SQLite's own 2 MiB an import of many
parties reads the same pages again and again."""

LOG_PAGES: Final = 8_000
"""Pages that the write-ahead log may hold where very much is written: 32 MiB instead of 4, so that
pages which many commits write are carried into the file once."""

CHANGES: Final = ("UPDATE", "DELETE")

WHOLE: Final = ("entry", "head")
"""Tables without which a file is no ledger, or has lost one."""

_BUSY: Final = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_BETWEEN_TRIES: Final = 0.01
"""Seconds between two tries to switch a file to the write-ahead log."""
_REFUSED: Final = frozenset(
    {sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN}
)

_TOO_LARGE: Final = ("integer overflow", "_is_whole", "too large to convert")
"""What is said of a sum beyond 64 bits that is read, of one to be kept, and of one handed over."""

_CLOSED: Final = frozenset({sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM})
"""Why a whole file can't even be read: it needs files beside it that can't be made."""


class _Rows(sqlite3.Cursor):
    """What a query found; a page may turn out to be damaged only when its rows are fetched."""

    def fetchone(self) -> Any:  # noqa: ANN401 -- a row of any cells, or None
        try:
            return super().fetchone()
        except sqlite3.DatabaseError as failed:
            raise told(failed) from failed

    def fetchall(self) -> list[Any]:
        try:
            return super().fetchall()
        except sqlite3.DatabaseError as failed:
            raise told(failed) from failed

    def __next__(self) -> Any:  # noqa: ANN401 -- a row of any cells
        try:
            return super().__next__()
        except sqlite3.DatabaseError as failed:
            raise told(failed) from failed


class SqliteConnection:
    """A connection to a ledger file."""

    engine = "sqlite"

    def __init__(self, raw: sqlite3.Connection) -> None:
        """Hold a driver connection that commits only when it is told to."""
        self.raw = raw

    def execute(self, sql: str, values: Sequence[object] = ()) -> sqlite3.Cursor:
        """Run one statement."""
        try:
            return self.raw.cursor(_Rows).execute(sql, values)
        except (sqlite3.DatabaseError, UnicodeError) as failed:
            raise told(failed) from failed

    def executemany(self, sql: str, rows: Sequence[Sequence[object]]) -> None:
        """Run one statement for each row."""
        try:
            self.raw.executemany(sql, rows)
        except (sqlite3.DatabaseError, OverflowError) as failed:
            raise told(failed) from failed

    def insert(self, table: str, rows: Sequence[Sequence[object]]) -> None:
        """Add many whole rows to a table."""
        if rows:
            marks = ", ".join("?" * len(rows[0]))
            self.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)  # noqa: S608 -- our own table names

    def add_up(
        self, table: str, rows: Sequence[Sequence[object]], *, key: Names, sums: Names
    ) -> None:
        """Add rows, or their sums to those of the rows that have their keys."""
        if rows:
            marks = ", ".join("?" * len(rows[0]))
            end = added_up(table, tuple(key), tuple(sums))
            self.executemany(f"INSERT INTO {table} VALUES ({marks}) {end}", rows)  # noqa: S608 -- our own names

    def stream(self, sql: str, values: Sequence[object] = ()) -> Iterator[Any]:
        """Rows of a query too long to hold, one by one."""
        try:
            for row in self.raw.execute(sql, values):  # noqa: UP028 -- `yield from` would close it
                yield row
        except sqlite3.DatabaseError as failed:
            raise told(failed) from failed

    def writes_much(self) -> None:
        """Let the log grow before it is carried into the file."""
        self.execute(f"PRAGMA wal_autocheckpoint = {LOG_PAGES}")

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""
        return self.raw.in_transaction

    @property
    def alive(self) -> bool:
        """A file stays where it is."""
        return True

    def begin_reading(self) -> None:
        """See one state from the first question on."""
        self.execute("BEGIN")

    def begin_writing(self) -> None:
        """Take the file's one write lock; waits at most `BUSY_SECONDS`."""
        self.execute("BEGIN IMMEDIATE")

    def commit(self) -> None:
        """Write the log to the disk."""
        self.execute("COMMIT")

    def roll_back(self) -> None:
        """Leave the open transaction, if there is one."""
        if self.raw.in_transaction:
            self.execute("ROLLBACK")

    def sound(self) -> None:
        """Ask SQLite to check its pages, and see that every trigger stands as it was made."""
        found = self.execute("PRAGMA integrity_check").fetchone()[0]
        if found != "ok":
            raise LedgerDamaged(f"the file is damaged ({found})", cure=RESTORE)
        rows = self.execute("SELECT sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        there = {row[0] for row in rows}
        for table in KEPT:
            for change in CHANGES:
                if keeper(table, change) not in there:
                    raise LedgerDamaged(
                        f"the trigger that refuses {change} is gone or changed",
                        where=table,
                        cure=RESTORE,
                    )

    def close(self) -> None:
        """Leave the file."""
        self.raw.close()


class FrozenConnection(SqliteConnection):
    """A connection to a ledger file in a folder that can't be written: for reading alone.

    SQLite then takes no locks. Whoever may write the file could do so in the middle of a question,
    so that an answer is given only if the file is still the one that was opened.
    """

    def __init__(self, path: Path) -> None:
        """Open a file that nobody writes meanwhile."""
        self._path, self._seen = path, _stamp(path)
        super().__init__(_connect(path, frozen=True))

    def roll_back(self) -> None:
        """Leave the transaction; raises `Conflict` where the file was written meanwhile."""
        super().roll_back()
        if _stamp(self._path) != self._seen:
            raise Conflict(
                f"{self._path} was written while it was read, in a folder that you can't write",
                cure="try again",
            )


def _stamp(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_mtime_ns, found.st_size


def keeper(table: str, change: str) -> str:
    """The trigger that keeps a table from a change, as the migration makes it."""
    return (
        f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    )


def told(failed: BaseException) -> LedgerError:  # noqa: PLR0911 -- one case per kind of failure
    """A driver's error as one of ours."""
    if isinstance(failed, UnicodeError):
        return connections.not_text(failed)
    if any(sign in str(failed) for sign in _TOO_LARGE):
        return connections.too_large()
    code = getattr(failed, "sqlite_errorcode", None)
    primary = None if code is None else code & 0xFF
    if primary in _BUSY:
        return Conflict(
            f"the ledger can't be written now ({failed}): another program is writing and did not "
            f"finish within {connections.BUSY_SECONDS} seconds",
            cure="try again",
        )
    if primary in _REFUSED:
        return Conflict(
            f"the ledger can't be written now ({failed})",
            cure="see whether its disk is full, or its file or folder read-only, then try again",
        )
    if primary == sqlite3.SQLITE_CONSTRAINT:
        return Conflict(
            f"the ledger refuses the change ({failed})",
            cure="record what corrects it instead: nothing is ever edited",
        )
    if primary == sqlite3.SQLITE_ERROR and "no such table" in str(failed):
        return LedgerDamaged(
            f"a table of the ledger is missing ({failed})", cure="run 'chipledger rebuild'"
        )
    return LedgerDamaged(
        f"the ledger file can't be read ({failed})", cure="run 'chipledger verify'"
    )


def path_of(url: str) -> Path:
    """The file of a SQLite ledger URL."""
    return Path(url.removeprefix(SQLITE))


def open_ledger(url: str) -> "Connection":
    """Open an existing ledger file; raises `NotFound` where there is none."""
    path = path_of(url)
    if not path.is_file():
        raise NotFound(
            f"there is no ledger at {path}", where="--ledger", cure="create one: chipledger init"
        )
    if _is_frozen(path):
        return _checked(path, FrozenConnection(path))
    return _checked(path, SqliteConnection(_connect(path)))


def _checked(path: Path, made: SqliteConnection) -> SqliteConnection:
    """A connection to what is a ledger of this version, ready for use; else it is closed."""
    try:
        _is_ledger(path, made.raw)
        _tune(made.raw)
    except BaseException:
        made.close()
        raise
    return made


def _is_frozen(path: Path) -> bool:
    """Whether a file lies where SQLite can't make the two files that it keeps beside a ledger.

    Where they are there already it needs to make none.
    """
    beside = (path.with_name(f"{path.name}-{ending}") for ending in ("wal", "shm"))
    return not any(one.exists() for one in beside) and not os.access(path.parent, os.W_OK)


def _is_ledger(path: Path, raw: sqlite3.Connection) -> None:
    """Raise what is wrong with a file that is no whole ledger of this version."""
    try:
        kept, derived, versioned = raw.execute(
            "SELECT sum(name IN ('entry', 'head')), sum(name IN ('position', 'tile', 'registry')), "
            "sum(name = 'alembic_version') FROM sqlite_master"
        ).fetchone()
        found = (
            raw.execute("SELECT version_num FROM alembic_version").fetchone() if versioned else None
        )
    except sqlite3.DatabaseError as damage:
        raise _unreadable(path, damage) from damage
    if kept != len(WHOLE):
        if derived:
            raise LedgerDamaged(
                f"{path} has lost its entries or heads", cure="restore it from a backup"
            )
        raise NotFound(
            f"{path} holds no ledger", where="--ledger", cure="create one: chipledger init"
        )
    connections.check_version(None if found is None else found[0], str(path))


def create_ledger(url: str) -> "Connection":
    """Create or migrate a ledger file and open it."""
    path = path_of(url)
    if not path.parent.is_dir():
        raise NotFound(
            f"there is no folder {path.parent}", where="--ledger", cure="create the folder first"
        )
    if path.is_dir():
        raise InvalidInput(f"{path} is a folder", where="--ledger", cure="name a file in it")
    if path.exists():
        _readable(path)
    connections.migrate(_alchemy(path), told)
    return open_ledger(url)


def _connect(path: Path, *, frozen: bool = False) -> sqlite3.Connection:
    place = f"file:{quote(str(path))}?immutable=1" if frozen else str(path)
    try:
        return sqlite3.connect(
            place, uri=frozen, timeout=connections.BUSY_SECONDS, isolation_level=None
        )
    except sqlite3.OperationalError as failed:
        raise _unreadable(path, failed) from failed


def _alchemy(path: Path) -> Any:  # noqa: ANN401 -- an SQLAlchemy engine, which the hot path never imports
    """An engine whose transactions hold changes of tables too, which the driver's own do not."""
    from sqlalchemy import URL, create_engine, event

    made = create_engine(URL.create("sqlite", database=str(path)), creator=lambda: _connect(path))
    begin: Callable[[Any], None] = lambda of: of.exec_driver_sql("BEGIN IMMEDIATE")  # noqa: E731
    event.listen(made, "begin", begin)
    return made


def _readable(path: Path) -> None:
    """Refuse a file that is no database before anything tries to migrate it."""
    raw = _connect(path)
    try:
        raw.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.DatabaseError as damage:
        raise _unreadable(path, damage) from damage
    finally:
        raw.close()


def _unreadable(path: Path, damage: sqlite3.DatabaseError) -> LedgerError:
    primary = getattr(damage, "sqlite_errorcode", 0) & 0xFF
    if primary in _BUSY:
        return told(damage)
    if primary in _CLOSED:
        return Conflict(
            f"{path} can't be opened ({damage})",
            where="--ledger",
            cure=f"see that you may read it and, if there is a file {path.name}-wal, write its "
            "folder: SQLite then needs a third file there. Or copy all of them to where you may",
        )
    return LedgerDamaged(
        f"{path} can't be read as a ledger ({damage})", cure="restore it from a backup"
    )


def _switch_to_log(raw: sqlite3.Connection) -> None:
    """Switch to the write-ahead log; waits at most `BUSY_SECONDS` where another holds the file."""
    # SQLite waits for some of the locks that this takes and not for others, so that we wait.
    raw.execute("PRAGMA busy_timeout = 0")
    for _ in range(round(connections.BUSY_SECONDS / _BETWEEN_TRIES)):
        try:
            raw.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as failed:
            if failed.sqlite_errorcode & 0xFF not in _BUSY:
                raise
        else:
            return
        sleep(_BETWEEN_TRIES)
    raw.execute("PRAGMA journal_mode = WAL")


def _tune(raw: sqlite3.Connection) -> None:
    """Write-ahead log, and every commit on the disk before it is acknowledged."""
    try:
        _switch_to_log(raw)
    except sqlite3.OperationalError as failed:
        if failed.sqlite_errorcode & 0xFF != sqlite3.SQLITE_READONLY:
            raise told(failed) from failed
        # It can be read all the same, and says so itself to whoever writes.
    raw.execute("PRAGMA synchronous = FULL")
    raw.execute(f"PRAGMA busy_timeout = {connections.BUSY_SECONDS * 1000}")
    raw.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
    # Some builds overwrite what is deleted; here that is derived tables alone, made of what stays.
    raw.execute("PRAGMA secure_delete = OFF")
