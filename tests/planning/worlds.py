"""The world to sell in as a stored ledger, whose sums of earlier months come as one."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ledger.core.law.law import Law
from ledger.service.creating import create
from ledger.store.ledger import Ledger
from ledger.store.prefix import StorePrefix
from tests.core.builders import ledger_of
from tests.core.selling import world
from tests.store.ledgers import put


def stored_world(folder: Path) -> str:
    """The URL of a ledger that holds what the world does."""
    url = f"sqlite:///{folder / 'world.db'}"
    create(url, actor="ana")
    standard = {one.id for one in ledger_of().events}
    put(url, *(one for one in world().events if one.id not in standard))
    return url


@contextmanager
def reading(url: str) -> Iterator[tuple[StorePrefix, Law]]:
    ledger = Ledger.open(url)
    try:
        with ledger.reading() as prefix:
            yield prefix, ledger.law(prefix)
    finally:
        ledger.close()
