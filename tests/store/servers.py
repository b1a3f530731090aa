"""Databases on the session's PostgreSQL server: empty ones, and copies of a ledger made once."""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import psycopg

from ledger.store.copying import copy
from ledger.store.ledger import Ledger
from tests.store import serving
from tests.store.ledgers import fresh, opened

PLAIN: Final = "TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'"
FOR_PEOPLE: Final = "TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER icu ICU_LOCALE 'en-US'"
"""A team's database sorts as people do: what needs the order of bytes has to say so itself."""

SPEED: Final = ("fsync = off", "full_page_writes = off")

_numbers: Iterator[int] = count()


@cache
def server() -> str:
    """The address of the session's server, without a database; started by whoever asks first."""
    address = serving.address()
    with psycopg.connect(address, autocommit=True) as connection:
        # A test's server may lose what a power cut would take: it is thrown away anyhow.
        connection.execute("SELECT pg_advisory_lock(1)")
        for setting in SPEED:
            connection.execute(f"ALTER SYSTEM SET {setting}")
        connection.execute("SELECT pg_reload_conf()")
    return address


def programs() -> str:
    """The folder of the running server's own programs, such as pg_dump."""
    with closing(admin()) as connection:
        found = connection.execute("SELECT setting FROM pg_config WHERE name = 'BINDIR'").fetchone()
    return str((found or ("",))[0])


def url_of(database: str, *, user: str = "postgres", options: str = "") -> str:
    """The ledger URL of a database on the session's server."""
    query = server().partition("?")[2] + (f"&options={options}" if options else "")
    return f"postgresql+psycopg://{user}@/{database}?{query}"


def database_of(url: str) -> str:
    """The database that a ledger URL names."""
    return url.partition("?")[0].rpartition("/")[2]


def admin(url: str | None = None) -> "psycopg.Connection[tuple[Any, ...]]":
    """A superuser's connection to the server, or to the database of a ledger."""
    where = server() if url is None else url.replace("+psycopg", "", 1)
    return psycopg.connect(where, autocommit=True)


def empty_database(how: str | None = None) -> str:
    """The URL of a database that holds nothing."""
    name = f"t{os.getpid()}_{next(_numbers)}"
    _make(name, how or FOR_PEOPLE)
    return url_of(name)


def _make(name: str, how: str) -> None:
    with closing(admin()) as connection:
        try:
            connection.execute(f"CREATE DATABASE {name} {how}")
        except psycopg.errors.FeatureNotSupported:  # not every server is built to sort for people
            connection.execute(f"CREATE DATABASE {name} {PLAIN}")


def copied(template: str) -> str:
    """The URL of a fresh copy of a database."""
    return empty_database(f"TEMPLATE {template} STRATEGY FILE_COPY")


@cache
def _template() -> str:
    """A database with the very ledger that this process copies for its tests of files."""
    template = empty_database()
    with TemporaryDirectory() as folder:
        copy(fresh(Path(folder)), template, progress=lambda *_: None)
    return database_of(template)


def fresh_on_server() -> str:
    """The URL of a fresh copy of the template ledger on the server."""
    return copied(_template())


def drop(url: str) -> None:
    """Throw a database away, whoever is still connected to it."""
    with closing(admin()) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {database_of(url)} WITH (FORCE)")


@contextmanager
def on_a_server() -> Iterator[Ledger]:
    """A ledger on the server for one example of many."""
    url = fresh_on_server()
    try:
        with opened(url) as ledger:
            yield ledger
    finally:
        drop(url)
