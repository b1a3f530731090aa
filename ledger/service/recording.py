"""Recording: the checks every event passes on its way in, whoever brings it."""

from ledger.core.errors import InvalidEvent
from ledger.core.events import AnyEvent, LedgerCreated, LotReleased
from ledger.core.references import check_references
from ledger.service.shell import countries, legal_today
from ledger.store.ledger import Appended, Signature, Writer


def record(writer: Writer, event: AnyEvent, signature: Signature) -> Appended:
    """Append an event after checking what it names; the very same event is appended once.

    Raises `InvalidEvent`, `NotFound`, `NotOpen` or `AlreadyRecorded`; nothing is then appended.
    """
    known = writer.recorded(event)
    if known is not None:
        return Appended(known, new=False)
    if isinstance(event, LedgerCreated):
        raise InvalidEvent(
            "a ledger is created once, by 'chipledger init'", where=event.id, cure="leave it out"
        )
    check_references(event, writer.bare_prefix, writer.law, countries())
    return writer.append(event, signature)


def expire_overdue(writer: Writer, signature: Signature) -> list[str]:
    """Release every reservation whose hold has passed; returns their ids."""
    today = legal_today(writer.bare_prefix)
    overdue = writer.overdue(today)
    for reservation in overdue:
        event = LotReleased(
            id=f"expiry of {reservation} ({writer.prefix.head.size})",
            on=today,
            reservation=reservation,
            reason="expired",
        )
        writer.append(event, signature)
    return overdue
