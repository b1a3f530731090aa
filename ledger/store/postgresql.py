"""PostgreSQL: a team's ledger in one schema of a database, the same tables and the same SQL."""

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import count
from typing import TYPE_CHECKING, Any, Final

from ledger.core.errors import Conflict, InvalidInput, LedgerDamaged, LedgerError, NotFound
from ledger.store import connection as connections
from ledger.store.connection import KEPT, RESTORE, Names, added_up, shown

if TYPE_CHECKING:
    import psycopg

    from ledger.store.connection import Connection

FETCHED: Final = 5_000
"""Rows of a long query that are held at a time."""

IDLE_SECONDS: Final = 600
"""How long a writer may say nothing before the server ends its transaction: one that vanished with
its network must not hold the ledger for ever."""

_BEFORE_EACH_STATEMENT: Final = 2
CHANGES: Final = {"UPDATE": 16, "DELETE": 8, "TRUNCATE": 32}
"""Changes that are refused, with the bit that says so in the server's catalogue of triggers."""

GUARD: Final = "BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END"
"""What every trigger that keeps a table runs."""

_LOCK: Final = 0x636C
"""The class of our advisory locks; the table's own number makes them one a ledger."""

_WAITED_TOO_LONG: Final = frozenset({"55P03", "40001", "40P01"})
_REFUSED: Final = frozenset({"P0001", "23505", "23502"})
_NUL: Final = "NUL (0x00)"
_IN_THE_WAY: Final = "42P07"
_TOO_LARGE: Final = "22003"
_NO_TABLE: Final = "42P01"
_DAMAGE: Final = frozenset({"XX001", "XX002", "42703"})


class PostgresConnection:
    """A connection to a ledger on a PostgreSQL server."""

    engine = "postgresql"

    def __init__(self, raw: "psycopg.Connection[tuple[Any, ...]]") -> None:
        """Hold a driver connection that commits only when it is told to."""
        self.raw = raw
        self._streams = count()
        self._reads = False

    def execute(self, sql: str, values: Sequence[object] = ()) -> Any:  # noqa: ANN401 -- a driver's cursor
        """Run one statement."""
        from psycopg import Error

        try:
            return self.raw.execute(_marked(sql), values or None)
        except (Error, UnicodeError) as failed:
            raise told(failed) from failed

    def executemany(self, sql: str, rows: Sequence[Sequence[object]]) -> None:
        """Run one statement for each row, without waiting for the answer to each."""
        from psycopg import Error

        try:
            with self.raw.cursor() as cursor:
                cursor.executemany(_marked(sql), rows)
        except Error as failed:
            raise told(failed) from failed

    def insert(self, table: str, rows: Sequence[Sequence[object]]) -> None:
        """Add many whole rows to a table: copied in, where there are enough of them."""
        if len(rows) < 8:  # noqa: PLR2004 -- below it the two further round trips of COPY cost more
            if rows:
                marks = ", ".join("?" * len(rows[0]))
                self.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)  # noqa: S608 -- our own table names
            return
        from psycopg import Error

        try:
            with (
                self.raw.cursor() as cursor,
                cursor.copy(f"COPY {table} FROM STDIN") as copy,
            ):
                for row in rows:
                    copy.write_row(row)
        except Error as failed:
            raise told(failed) from failed

    def add_up(
        self, table: str, rows: Sequence[Sequence[object]], *, key: Names, sums: Names
    ) -> None:
        """Add rows, or their sums to those of the rows that have their keys, in one statement."""
        if rows:
            kinds = ["text" if isinstance(cell, str) else "bigint" for cell in rows[0]]
            columns = ", ".join(f"?::{kind}[]" for kind in kinds)
            end = added_up(table, tuple(key), tuple(sums))
            cells = [list(column) for column in zip(*rows, strict=True)]
            self.execute(f"INSERT INTO {table} SELECT * FROM unnest({columns}) {end}", cells)  # noqa: S608 -- our own names

    def stream(self, sql: str, values: Sequence[object] = ()) -> Iterator[Any]:
        """Rows of a query too long to hold, some thousands at a time."""
        from psycopg import Error

        alone = not self.in_transaction
        if alone:
            self.begin_reading()
        try:
            with self.raw.cursor(name=f"stream_{next(self._streams)}") as cursor:
                cursor.itersize = FETCHED
                cursor.execute(_marked(sql), values or None)
                yield from cursor
        except Error as failed:
            raise told(failed) from failed
        finally:
            if alone:
                self.roll_back()

    def writes_much(self) -> None:
        """Nothing: the server sees to its log by itself."""

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open, or waits to be rolled back."""
        return self.raw.info.transaction_status.name in {"INTRANS", "INERROR", "ACTIVE"}

    @property
    def alive(self) -> bool:
        """Whether the server has not ended the connection."""
        return not self.raw.closed

    def begin_reading(self) -> None:
        """See one state from the first question on."""
        self.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        self._reads = True

    def begin_writing(self) -> None:
        """Wait for the ledger's one writer lock, at most `BUSY_SECONDS`; it ends with the commit.

        Each later question sees what was committed before the lock was given.
        """
        self._reads = False
        try:
            self.execute(
                f"BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL lock_timeout = {_patience()}; "
                f"SET LOCAL idle_in_transaction_session_timeout = {IDLE_SECONDS * 1000}; "
                "SET LOCAL synchronous_commit = on; "
                f"SELECT pg_advisory_xact_lock({_LOCK}, 'entry'::regclass::oid::integer)"
            )
        except LedgerError:
            self.roll_back()
            raise

    def commit(self) -> None:
        """Wait until the server has the transaction on its disk."""
        self.execute("COMMIT")

    def roll_back(self) -> None:
        """Leave the open transaction, if there is one; a server that is gone has left it."""
        if self.raw.closed or not self.in_transaction:
            return
        # After ROLLBACK the driver forgets which statements it has prepared.
        whole = self._reads and self.raw.info.transaction_status.name == "INTRANS"
        try:
            self.execute("COMMIT" if whole else "ROLLBACK")
        except LedgerError:
            self.raw.close()

    def sound(self) -> None:
        """See that every trigger stands as it was made and is switched on, for every row."""
        rows = self.execute(
            "SELECT c.relname, t.tgname, t.tgtype, t.tgenabled, p.prosrc FROM pg_trigger t "
            "JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid "
            "WHERE NOT t.tgisinternal AND t.tgqual IS NULL AND t.tgattr = '' "
            "AND c.oid IN ('entry'::regclass, 'head'::regclass, 'blob'::regclass)"
        ).fetchall()
        for table in KEPT:
            for change, bit in CHANGES.items():
                name, kind = f"{table}_no_{change.lower()}", _BEFORE_EACH_STATEMENT + bit
                if (table, name, kind, "O", GUARD) not in rows:
                    raise LedgerDamaged(
                        f"the trigger that refuses {change} is gone or changed",
                        where=table,
                        cure=RESTORE,
                    )

    def close(self) -> None:
        """Leave the server."""
        self.raw.close()


def _patience() -> int:
    """Milliseconds of waiting for a lock; 0 would be for ever."""
    return connections.BUSY_SECONDS * 1000 or 1


@cache
def _marked(sql: str) -> str:
    """The driver's own marks for values; no statement of ours holds a question mark as text."""
    return sql.replace("%", "%%").replace("?", "%s") if "?" in sql else sql


def told(failed: BaseException) -> LedgerError:
    """A driver's error as one of ours."""
    if isinstance(failed, UnicodeError) or _NUL in str(failed):
        return connections.not_text(failed)
    said = str(failed).splitlines()[0] if str(failed) else type(failed).__name__
    return _by_state(getattr(failed, "sqlstate", None), said)


def _by_state(state: str | None, said: str) -> LedgerError:  # noqa: PLR0911 -- as its cases
    if state in _WAITED_TOO_LONG:
        return Conflict(
            f"the ledger can't be written now ({said}): another program is writing and did not "
            f"finish within {connections.BUSY_SECONDS} seconds",
            cure="try again",
        )
    if state == _NO_TABLE:
        return LedgerDamaged(
            f"a table of the ledger is missing ({said})", cure="run 'chipledger rebuild'"
        )
    if state == _IN_THE_WAY:
        return Conflict(
            f"something that is not the ledger's stands in the way ({said})",
            cure="use an empty database, or an empty schema with ?options=-csearch_path%3DSCHEMA",
        )
    if state == _TOO_LARGE:
        return connections.too_large()
    if state in _REFUSED:
        return Conflict(
            f"the ledger refuses the change ({said})",
            cure="record what corrects it instead: nothing is ever edited",
        )
    if state in _DAMAGE:
        return LedgerDamaged(f"the ledger can't be read ({said})", cure="run 'chipledger verify'")
    return Conflict(
        f"the ledger can't be reached or written now ({said})",
        cure="see whether the server runs, its disk has room and the user may write; try again",
    )


def open_ledger(url: str) -> "Connection":
    """Open an existing ledger on a server; raises `NotFound` where there is none."""
    made = PostgresConnection(_connect(url))
    try:
        _is_ledger(url, made)
    except BaseException:
        made.close()
        raise
    return made


def _is_ledger(url: str, made: PostgresConnection) -> None:
    """Raise what is wrong with a database or schema that is no whole ledger of this version."""
    entry, head, position, versioned = made.execute(
        "SELECT to_regclass('entry') IS NOT NULL, to_regclass('head') IS NOT NULL, "
        "to_regclass('position') IS NOT NULL, to_regclass('alembic_version') IS NOT NULL"
    ).fetchone()
    if not (entry and head):
        if entry or head or position:
            raise LedgerDamaged(
                f"{shown(url)} has lost its entries or heads", cure="restore it from a backup"
            )
        raise NotFound(
            f"{shown(url)} holds no ledger", where="--ledger", cure="create one: chipledger init"
        )
    found = (
        made.execute("SELECT version_num FROM alembic_version").fetchone() if versioned else None
    )
    connections.check_version(None if found is None else str(found[0]), shown(url))


def create_ledger(url: str) -> "Connection":
    """Create or migrate a ledger on a server and open it; two at a time wait for each other."""
    made = PostgresConnection(_connect(url))
    try:
        if made.execute("SELECT current_schema()").fetchone() == (None,):
            raise NotFound(
                f"{shown(url)} has no schema to create a ledger in",
                where="--ledger",
                cure="create the schema that search_path names, or be allowed to use it",
            )
    finally:
        made.close()
    connections.migrate(_alchemy(url), told)
    return open_ledger(url)


def _connect(url: str) -> "psycopg.Connection[tuple[Any, ...]]":
    """A connection that commits only when it is told to."""
    try:
        import psycopg
    except ImportError as missing:
        raise InvalidInput(
            "this installation has no driver for PostgreSQL",
            where="--ledger",
            cure="install it: pip install 'chipledger[postgres]'",
        ) from missing
    rest = url.partition("://")[2]
    # A driver that reads such a URL takes part of a password for a host, and would print it.
    if set(rest.rpartition("@")[0]) & set("/?#@"):
        raise _unreadable("it has / ? # or @ before its host")
    try:
        raw = psycopg.connect(
            f"postgresql://{rest}",
            autocommit=True,
            application_name="chipledger",
            client_encoding="utf8",
        )
    except psycopg.ProgrammingError as wrong:
        raise _unreadable(str(wrong).strip() if shown(url) == url else "see its parts") from wrong
    except psycopg.OperationalError as failed:
        raise NotFound(
            f"can't connect to {shown(url)} ({str(failed).splitlines()[0]})",
            where="--ledger",
            cure="see that the server runs, that the database exists and that you may connect",
        ) from failed
    encoding = raw.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        raw.close()
        raise InvalidInput(
            f"the database of {shown(url)} is encoded as {encoding}",
            where="--ledger",
            cure="create it with ENCODING 'UTF8' TEMPLATE template0",
        )
    return raw


def _unreadable(why: str) -> InvalidInput:
    return InvalidInput(
        f"the ledger URL can't be read ({why})",
        where="--ledger",
        cure="write postgresql+psycopg://USER@HOST/DATABASE; in a name or password write / ? # @ : "
        "and % as %2F %3F %23 %40 %3A %25",
    )


def _alchemy(url: str) -> Any:  # noqa: ANN401 -- an SQLAlchemy engine, which the hot path never imports
    from sqlalchemy import create_engine, event

    def connected() -> Any:  # noqa: ANN401 -- a driver's connection
        raw = _connect(url)
        raw.autocommit = False
        return raw

    def wait(connection: Any) -> None:  # noqa: ANN401 -- an SQLAlchemy connection
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = {_patience()}")
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK}, 0)")

    made = create_engine(
        "postgresql+psycopg://", creator=connected, isolation_level="READ COMMITTED"
    )
    event.listen(made, "begin", wait)
    return made
