"""The nursery of a test module's children, and the ledgers that they start from."""

import os
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.crash.trials import Nursery
from tests.store.fixtures import damaged_url, url
from tests.store.ledgers import fresh
from tests.store.servers import drop, fresh_on_server

__all__ = ["damaged_url", "url"]

Fresh = Callable[[], str]


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    made = Nursery()
    yield made
    made.close()


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory where the system has such: SIGKILL loses nothing that the system holds.

    What depends on a disk takes `tmp_path`.
    """
    memory = Path("/dev/shm")  # noqa: S108 -- a folder of its own is made in it
    if not os.access(memory, os.W_OK):
        yield tmp_path
        return
    with TemporaryDirectory(dir=memory, prefix="chipledger-") as made:
        yield Path(made)


@pytest.fixture
def in_files(folder: Path) -> Fresh:
    """Makes ledgers in folders of their own."""
    numbers = count()

    def made() -> str:
        inner = folder / str(next(numbers))
        inner.mkdir()
        return fresh(inner)

    return made


@pytest.fixture(params=["sqlite", "postgresql"])
def on_engine(request: pytest.FixtureRequest, in_files: Fresh) -> Iterator[Fresh]:
    """Makes ledgers on each engine."""
    if request.param == "sqlite":
        yield in_files
        return
    all_made: list[str] = []

    def made() -> str:
        all_made.append(fresh_on_server())
        return all_made[-1]

    yield made
    for one in all_made:
        drop(one)
