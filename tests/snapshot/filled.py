"""Snapshots for tests, filled from a ledger in a folder of their own."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ledger.snapshot.filling import Filled, fill
from ledger.snapshot.opening import Snapshot, opened


def unseen(_: int, __: int) -> None:
    """Nobody watches the progress."""


def filled(url: str, file: Path | None = None) -> Filled:
    return fill(url, file, progress=unseen)


@contextmanager
def shot(url: str, file: Path | None = None) -> Iterator[Snapshot]:
    """A snapshot that is up to date, open."""
    made = filled(url, file)
    with opened(made.file, made.head) as found:
        yield found
