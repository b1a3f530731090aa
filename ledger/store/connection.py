"""Connections: from a ledger URL to a driver connection, and the migrations that prepare it."""

import sqlite3
from pathlib import Path
from typing import Final

from ledger.core.errors import Conflict, InvalidInput, LedgerDamaged, NotFound
from ledger.paths import data_folder

DEFAULT_URL: Final = "sqlite:///chipledger.db"
BUSY_SECONDS: Final = 10
KEPT: Final = ("entry", "head")
"""Tables that are never changed, and whose triggers see to it."""

_SCHEME: Final = "sqlite:///"


def sqlite_path(url: str) -> Path:
    """The file of a SQLite ledger URL; raises `InvalidInput` for any other URL."""
    if not url.startswith(_SCHEME) or len(url) == len(_SCHEME):
        raise InvalidInput(
            f"the ledger URL '{url}' is not one that this version opens",
            where="--ledger",
            cure="write sqlite:///FILE (relative) or sqlite:////DIRECTORY/FILE (absolute)",
        )
    return Path(url.removeprefix(_SCHEME))


def open_sqlite(url: str) -> sqlite3.Connection:
    """Open an existing ledger; raises `NotFound` where there is none."""
    path = sqlite_path(url)
    if not path.is_file():
        raise NotFound(
            f"there is no ledger at {path}", where="--ledger", cure="create one: chipledger init"
        )
    connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
    try:
        known = connection.execute(
            "SELECT sum(name IN ('entry', 'head')), sum(name IN ('position', 'tile', 'registry')), "
            "sum(name = 'blob') FROM sqlite_master"
        ).fetchone()
    except sqlite3.DatabaseError as damage:
        connection.close()
        raise _unreadable(path, damage) from damage
    if known[0] != len(KEPT) and known[1]:
        connection.close()
        raise LedgerDamaged(
            f"{path} has lost its entries or heads", cure="restore it from a backup"
        )
    if known[0] != len(KEPT):
        connection.close()
        raise NotFound(
            f"{path} holds no ledger", where="--ledger", cure="create one: chipledger init"
        )
    if not known[2]:
        connection.close()
        raise Conflict(
            f"{path} is of an older version", where="--ledger", cure="migrate it: chipledger init"
        )
    _tune(connection)
    return connection


def create_sqlite(url: str) -> sqlite3.Connection:
    """Create or migrate a ledger file and open it."""
    path = sqlite_path(url)
    if not path.parent.is_dir():
        raise NotFound(
            f"there is no folder {path.parent}", where="--ledger", cure="create the folder first"
        )
    if path.is_dir():
        raise InvalidInput(f"{path} is a folder", where="--ledger", cure="name a file in it")
    if path.exists():
        _readable(path)
    _migrate(path)
    return open_sqlite(url)


def _readable(path: Path) -> None:
    """Refuse a file that is no database before anything tries to migrate it."""
    connection = sqlite3.connect(path, timeout=BUSY_SECONDS)
    try:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.DatabaseError as damage:
        raise _unreadable(path, damage) from damage
    finally:
        connection.close()


def _unreadable(path: Path, damage: sqlite3.DatabaseError) -> LedgerDamaged:
    return LedgerDamaged(
        f"{path} can't be read as a ledger ({damage})", cure="restore it from a backup"
    )


def _tune(connection: sqlite3.Connection) -> None:
    """Write-ahead log, and every commit on the disk before it is acknowledged."""
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")


def _migrate(path: Path) -> None:
    from alembic import command
    from alembic.config import Config
    from sqlalchemy import URL, create_engine

    config = Config()
    config.set_main_option("script_location", str(data_folder("migrations")).replace("%", "%%"))
    engine = create_engine(URL.create("sqlite", database=str(path)))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    engine.dispose()
