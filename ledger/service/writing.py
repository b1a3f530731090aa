"""The writer transaction of one command: what had expired stays so, even if it is refused."""

from collections.abc import Iterator
from contextlib import contextmanager

from ledger.core.errors import Conflict, HeadMoved, InvalidInput, NotFound
from ledger.core.events import LotReleased
from ledger.service.shell import signature
from ledger.store.ledger import Ledger, Signature, Writer


@contextmanager
def writing(url: str, *, actor: str | None = None) -> Iterator[tuple[Writer, Signature]]:
    """A transaction of the ledger at a URL, and who records in it.

    Everything is committed together. A command that is refused with an error leaves the expiries
    that it recorded before it decided, since they hold whatever it asked for, and nothing else.
    """
    ledger = Ledger.open(url)
    refused: Exception | None = None
    try:
        with ledger.writing() as writer:
            began = writer.bare_prefix.head.size
            try:
                yield writer, signature("cli", actor=actor)
            except HeadMoved:
                raise
            except (InvalidInput, NotFound, Conflict) as error:
                if not _only_expiries(ledger, began):
                    raise
                refused = error
        if refused is not None:
            raise refused
    finally:
        ledger.close()


def _only_expiries(ledger: Ledger, began: int) -> bool:
    events = (entry.event for entry in ledger.entries(began + 1))
    return all(isinstance(e, LotReleased) and e.reason == "expired" for e in events)
