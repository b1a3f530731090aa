"""The writer transaction of one command: what had expired stays so, even if it is refused."""

from collections.abc import Iterator
from contextlib import contextmanager

from ledger.core.errors import Conflict, HeadMoved, InvalidInput, NotFound
from ledger.core.events import LotReleased
from ledger.service.shell import signature
from ledger.store.ledger import Ledger
from ledger.store.writer import Signature, Writer


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
            began = writer.size
            try:
                yield writer, signature("cli", actor=actor)
            except HeadMoved:
                raise
            except (InvalidInput, NotFound, Conflict) as error:
                if not only_expiries(writer, began):
                    raise
                refused = error
        if refused is not None:
            raise refused
    finally:
        ledger.close()


def only_expiries(writer: Writer, size: int) -> bool:
    """Whether all that was appended after a size are reservations that had expired."""
    events = writer.appended_after(size)
    return all(isinstance(e, LotReleased) and e.reason == "expired" for e in events)
