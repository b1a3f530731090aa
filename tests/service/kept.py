"""A ledger with a key and some shipments, and the checkpoints that an auditor kept of it."""

from dataclasses import dataclass, field
from typing import Final

from ledger.checkpoint.evidence import Evidence
from ledger.checkpoint.heads import Checkpoint
from ledger.service.agreeing import signed_before
from ledger.service.keys import ensure
from ledger.service.proving import signed_head
from tests.core.builders import exported
from tests.store.ledgers import SIZE, opened, put

FIRST: Final = SIZE + 2
"""The first shipment: the template, the adoption of the key, then this."""

SHIPMENTS: Final = 12
LAST: Final = FIRST + SHIPMENTS - 1


@dataclass
class Kept:
    """The ledger's URL and its checkpoint at every size from the first shipment on."""

    url: str
    checkpoints: dict[int, Checkpoint] = field(default_factory=dict)

    def at(self, *sizes: int) -> list[Evidence]:
        """The checkpoints of some sizes."""
        return [self.checkpoints[size] for size in sizes]


def signed(url: str, *, as_of: int | None = None) -> Checkpoint:
    """The head, which must be signed."""
    found = signed_head(url, as_of=as_of).checkpoint
    assert found is not None
    return found


def shipped(url: str) -> Kept:
    """Make the key, ship one lot a commit, keep each head."""
    ensure(url)
    kept = Kept(url)
    for number in range(SHIPMENTS):
        head = put(url, exported(f"e{number}", document=f"order {number}"))
        kept.checkpoints[head.size] = signed(url)
    assert max(kept.checkpoints) == LAST
    return kept


def forget(url: str) -> None:
    """Remove the memory of what was signed here, as a dishonest owner does."""
    with opened(url) as ledger, ledger.reading() as prefix:
        for file in signed_before(prefix):
            file.unlink()
