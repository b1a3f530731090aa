"""Opening: a snapshot brought up to date, then read as of one size of its ledger."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ledger.core.decision import ENGINE
from ledger.core.law.law import AdoptedPack, Law
from ledger.core.law.pack import read
from ledger.core.law.row import OPEN_END
from ledger.core.prefix import Head
from ledger.core.ratings import classed_alike
from ledger.snapshot.engine import Engine
from ledger.snapshot.filling import Filled, fill
from ledger.snapshot.prefix import SnapshotPrefix
from ledger.store.as_of import AsOf, size_as_of
from ledger.store.ledger import Ledger

POSTURE: Final = "caps as on the books; breaches name the postures under which they decide"

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """An open snapshot: SQL sees the views of its head, the core asks its prefix."""

    engine: Engine
    prefix: SnapshotPrefix
    law: Law
    ledger: str

    @property
    def law_known_until(self) -> str:
        """The first day for which nobody looked whether the law has changed; "" without law."""
        days = [one.known_until for one in self.law.coverage if one.known_until != OPEN_END]
        return str(max(days)) if days else ""

    def sealed(self) -> dict[str, Any]:
        """What every report names: the ledger, its head, the law and the lists that it knew."""
        return {
            "ledger": self.ledger,
            "as_of": {"size": self.prefix.head.size, "root": self.prefix.head.root},
            "law": [one.model_dump() for one in self.law.digests],
            "lists": [
                {"name": one.name, "digest": one.digest, "source_on": str(one.source_on)}
                for one in self.prefix.lists()
            ],
            "time_zone": self.prefix.time_zone,
            "law_known_until": self.law_known_until,
            "posture": POSTURE,
            "engine": ENGINE,
        }


@contextmanager
def snapshot(
    url: str, file: Path | None = None, *, as_of: AsOf | None = None, progress: Progress
) -> Iterator[Snapshot]:
    """Bring a ledger's snapshot up to its head and open it there, or as of an earlier size.

    Raises what `fill` raises, and `NotFound` for a size that the ledger has not reached.
    """
    filled = fill(url, file, progress=progress)
    head = filled.head if as_of is None else _head_as_of(url, as_of, filled)
    with opened(filled.file, head) as found:
        yield found


@contextmanager
def opened(file: Path, head: Head) -> Iterator[Snapshot]:
    """Open a snapshot file as of a head that it has reached."""
    engine = Engine.open(file, read_only=True)
    try:
        prefix = SnapshotPrefix(engine, head)
        packs = [AdoptedPack(read(p.text, where=p.pack), p.digest) for p in prefix.packs()]
        (ledger,) = engine.execute("SELECT ledger FROM kept.file").fetchone()
        law = Law(packs)
        prefix.sums.classed(classed_alike(prefix, law))
        yield Snapshot(engine, prefix, law, ledger)
    finally:
        engine.close()


def _head_as_of(url: str, as_of: AsOf, filled: Filled) -> Head:
    """The head that a ledger had at an earlier size or time."""
    ledger = Ledger.open(url)
    try:
        return ledger.prefix_at(size_as_of(ledger.connection, as_of, filled.head.size)).head
    finally:
        ledger.close()


def root_at(url: str, size: int) -> str | None:
    """A ledger's root at a size; None where it has not reached it."""
    ledger = Ledger.open(url)
    try:
        return ledger.prefix_at(size).head.root if size <= ledger.head().size else None
    finally:
        ledger.close()
