"""Connections: a ledger's URL says which engine holds it; above this file none is told apart.

SQL is written once, with `?` for values, in what SQLite and PostgreSQL have in common.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from typing import Any, Final, Protocol

from ledger.core.errors import Conflict, InvalidInput, LedgerError
from ledger.paths import data_folder

DEFAULT_URL: Final = "sqlite:///chipledger.db"
BUSY_SECONDS: Final = 10
"""How long a writer waits for its turn before it is told that another one holds the ledger."""

KEPT: Final = ("entry", "head", "blob")
"""Tables that are never changed, and whose triggers see to it."""

RESTORE: Final = "stop writing and restore the ledger from a backup"

SQLITE: Final = "sqlite:///"
POSTGRESQL: Final = ("postgresql+psycopg://", "postgresql://")

NEWEST: Final = "0004"
"""The newest migration: what a ledger must have to be used by this version."""


Names = Sequence[str]
"""Names of columns."""


class Rows(Protocol):
    """What a query found, all of it at hand."""

    def fetchone(self) -> Any:  # noqa: ANN401 -- a row of any cells, or None
        """The next row, None after the last."""

    def fetchall(self) -> list[Any]:
        """Every row that is left."""

    def __iter__(self) -> Iterator[Any]:
        """The rows that are left, one by one."""


class Connection(Protocol):
    """A connection to the engine that holds a ledger, in one transaction at a time.

    Whatever the engine raises is told as a `LedgerError`: `Conflict` where the ledger can't be
    written now, `LedgerDamaged` where it can't be read.
    """

    engine: str

    def execute(self, sql: str, values: Sequence[object] = ()) -> Rows:
        """Run one statement."""

    def executemany(self, sql: str, rows: Sequence[Sequence[object]]) -> None:
        """Run one statement for each row."""

    def insert(self, table: str, rows: Sequence[Sequence[object]]) -> None:
        """Add many whole rows to a table, the fastest way that the engine has."""

    def add_up(
        self, table: str, rows: Sequence[Sequence[object]], *, key: Names, sums: Names
    ) -> None:
        """Add whole rows to a table, of a key that is there already the sums alone, to what it has.

        Raises `InvalidInput` where a sum is beyond 64 bits.
        """

    def stream(self, sql: str, values: Sequence[object] = ()) -> Iterator[Any]:
        """Rows of a query too long to hold, one by one, inside a transaction."""

    def writes_much(self) -> None:
        """Make ready for writing very much in many transactions."""

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""

    @property
    def alive(self) -> bool:
        """Whether the engine can still be reached through it."""

    def begin_reading(self) -> None:
        """Open a transaction that sees one state of the ledger, whoever writes."""

    def begin_writing(self) -> None:
        """Open the one transaction that may write; raises `Conflict` after a bounded wait."""

    def commit(self) -> None:
        """Make everything durable that was written since the transaction began."""

    def roll_back(self) -> None:
        """Leave the open transaction, if there is one, as if it had never begun."""

    def sound(self) -> None:
        """Raise `LedgerDamaged` where the engine itself finds damage, or lost a trigger."""

    def close(self) -> None:
        """Leave; what was not committed is gone."""


def open_url(url: str) -> Connection:
    """Open an existing ledger; raises `NotFound` where there is none."""
    return _by_engine(url)[0](url)


def create_url(url: str) -> Connection:
    """Create or migrate a ledger and open it."""
    return _by_engine(url)[1](url)


def _by_engine(url: str) -> tuple[Callable[[str], Connection], Callable[[str], Connection]]:
    """How a URL's engine opens and creates; raises `InvalidInput` for a URL of no engine."""
    if is_file(url):
        from ledger.store import sqlite

        return sqlite.open_ledger, sqlite.create_ledger
    if url.startswith(POSTGRESQL):
        from ledger.store import postgresql

        return postgresql.open_ledger, postgresql.create_ledger
    raise InvalidInput(
        f"the ledger URL '{shown(url)}' is not one that this version opens",
        where="--ledger",
        cure="write sqlite:///FILE (relative), sqlite:////FOLDER/FILE (absolute) or "
        "postgresql+psycopg://USER@HOST/DATABASE",
    )


def is_file(url: str) -> bool:
    """Whether a URL names a ledger file."""
    return url.startswith(SQLITE) and len(url) > len(SQLITE)


def shown(url: str) -> str:
    """A ledger URL as it may be printed and kept: without a password."""
    if is_file(url):
        return url
    scheme, _, rest = url.partition("://")
    account, at, place = rest.rpartition("@")
    bare = url if not at else f"{scheme}://{account.partition(':')[0]}@{place}"
    return re.sub(r"(password=)[^&]*", r"\1...", bare)


def not_text(failed: BaseException) -> InvalidInput:
    """A text that no engine can hold, such as an argument of the command line that is not UTF-8."""
    said = str(failed).splitlines()[0]
    return InvalidInput(f"a text can't be kept or found ({said})", cure="write it in UTF-8")


def too_large() -> InvalidInput:
    """Amounts whose sum no engine holds exactly: trillions of accelerators."""
    return InvalidInput(
        "amounts are too large to be summed exactly: 64 bits of tenths of TPP",
        cure="look for a quantity or unit_tpp that was mistyped, and reverse the entry that has it",
    )


def check_version(found: str | None, where: str) -> None:
    """Raise `Conflict` where a ledger's tables are not those of this version."""
    if found is None or found < NEWEST:
        raise Conflict(
            f"{where} is of an older version", where="--ledger", cure="migrate it: chipledger init"
        )
    if found > NEWEST:
        raise Conflict(
            f"{where} is of a newer version ({found})",
            where="--ledger",
            cure="use the chipledger that made it, or a newer one",
        )


def migrate(made: Any, told: Callable[[BaseException], LedgerError]) -> None:  # noqa: ANN401 -- an SQLAlchemy engine, which the hot path never imports
    """Bring a database to the newest version, in one transaction: a crash leaves the old one."""
    from alembic import command
    from alembic.util import CommandError
    from sqlalchemy.exc import DBAPIError

    config = _config()
    try:
        with made.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except DBAPIError as failed:
        raise told(failed.orig or failed) from failed
    except CommandError as stranger:
        raise Conflict(
            f"its tables are those of another program or of a newer version ({stranger})",
            where="--ledger",
            cure="use the newest chipledger, or an empty file, database or schema",
        ) from stranger
    finally:
        made.dispose()


def _config() -> Any:  # noqa: ANN401 -- alembic's, which the hot path never imports
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(data_folder("migrations")).replace("%", "%%"))
    return config


def scripts() -> Any:  # noqa: ANN401 -- as above
    """The migrations, newest first."""
    from alembic.script import ScriptDirectory

    return ScriptDirectory.from_config(_config())


@cache
def added_up(table: str, key: tuple[str, ...], sums: tuple[str, ...]) -> str:
    """The end of an INSERT whose sums are added to those of a row that has the same key."""
    added = ", ".join(f"{one} = {table}.{one} + excluded.{one}" for one in sums)
    return f"ON CONFLICT ({', '.join(key)}) DO UPDATE SET {added}"


def batches(rows: Iterable[Any], size: int) -> Iterator[list[Any]]:
    """Rows in lists of a size, so that none is ever held whole."""
    from itertools import islice

    walk = iter(rows)
    while batch := list(islice(walk, size)):
        yield batch
