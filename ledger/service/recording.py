"""Recording: the checks every event passes on its way in, whoever brings it."""

from ledger.core.errors import InvalidEvent
from ledger.core.events import (
    AnyEvent,
    KeyAdopted,
    LedgerCreated,
    ListAdopted,
    LotReleased,
    PackAdopted,
)
from ledger.core.law.law import Law, check_fits
from ledger.core.law.pack import read
from ledger.core.references import check_references
from ledger.service.shell import countries, legal_today
from ledger.store import blobs
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
    if isinstance(event, KeyAdopted):
        raise InvalidEvent(
            "a key is adopted where it is made",
            where=event.id,
            cure="use 'chipledger keys rotate' or 'chipledger keys adopt'",
        )
    check_references(event, writer.bare_prefix, writer.law, countries())
    if isinstance(event, ListAdopted) and not blobs.known(writer.connection, event.digest):
        raise InvalidEvent(
            f"the contents of the list with the digest {event.digest} are not in this ledger",
            where=event.id,
            cure="adopt the file itself: chipledger lists adopt FILE",
        )
    if isinstance(event, PackAdopted):
        _check_pack(event, writer.law)
    return writer.append(event, signature)


def _check_pack(event: PackAdopted, law: Law) -> None:
    """Refuse a pack that could not be read back, before anything of it is written."""
    pack = read(event.text, where=event.id)
    if (pack.pack, pack.version) != (event.pack, event.version):
        raise InvalidEvent(
            f"its text is of {pack.pack} {pack.version}, the event says {event.pack} "
            f"{event.version}",
            where=event.id,
            cure="name the pack and version that the text names",
        )
    check_fits(pack, event.digest, law, where=event.id)


def expire_overdue(writer: Writer, signature: Signature, *, but: str | None = None) -> list[str]:
    """Release every reservation whose hold has passed, but for one that is being resolved.

    Returns their ids.
    """
    today = legal_today(writer.bare_prefix)
    overdue = [one for one in writer.overdue(today) if one != but]
    for reservation in overdue:
        event = LotReleased(
            id=f"expiry of {reservation} ({writer.prefix.head.size})",
            on=today,
            reservation=reservation,
            reason="expired",
        )
        writer.append(event, signature)
    return overdue
