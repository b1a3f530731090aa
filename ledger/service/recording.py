"""Recording: the checks every event passes on its way in, whoever brings it."""

from hashlib import sha256
from typing import Final

from ledger.core.errors import InvalidEvent
from ledger.core.events import (
    AnyEvent,
    KeyAdopted,
    LedgerCreated,
    ListAdopted,
    LotExported,
    LotReleased,
    LotReserved,
    PackAdopted,
)
from ledger.core.law.law import Law, check_fits
from ledger.core.law.pack import read
from ledger.core.plain_lots import named
from ledger.core.references import check_references
from ledger.service.shell import countries, legal_today
from ledger.store import blobs
from ledger.store.remembered import MOST_KEPT
from ledger.store.writer import Appended, Signature, Writer

ROOM_FOR_ID: Final = 80
"""Characters of an id that an id made of two of them has room for."""


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
    check_names(event, writer)
    if isinstance(event, ListAdopted) and not blobs.known(writer.connection, event.digest):
        raise InvalidEvent(
            f"the contents of the list with the digest {event.digest} are not in this ledger",
            where=event.id,
            cure="adopt the file itself: chipledger lists adopt FILE",
        )
    if isinstance(event, PackAdopted):
        _check_pack(event, writer.law)
    return writer.append(event, signature)


def check_names(event: AnyEvent, writer: Writer) -> None:
    """Raise `InvalidEvent` naming every unknown thing that an event names."""
    names = _names(event, writer.law)
    if names is not None and names in writer.accepted:
        return
    check_references(event, writer.bare_prefix, writer.law, countries())
    if names is not None:
        if len(writer.accepted) > MOST_KEPT:
            writer.accepted.clear()
        writer.accepted.add(names)


def _names(event: AnyEvent, law: Law) -> tuple[object, ...] | None:
    """All that a lot names, where nothing of it depends on the day; None where something does.

    Another lot that names the very same needs no second look, while no fact has changed.
    """
    if not isinstance(event, LotExported | LotReserved) or event.reference is not None:
        return None
    if event.device not in law.catalogue or (
        isinstance(event, LotReserved) and event.reinstates is not None
    ):
        return None
    return named(event)


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
    return [event.reservation for event, _ in expiries(writer, signature, but=but)]


def expiries(
    writer: Writer, signature: Signature, *, but: str | None = None
) -> list[tuple[LotReleased, Appended]]:
    """The same, with the entries that say so."""
    today = legal_today(writer.bare_prefix)
    recorded = []
    for reservation in writer.overdue(today):
        if reservation != but:
            event = LotReleased(
                id=f"expiry of {short_id(reservation)} ({writer.prefix.head.size})",
                on=today,
                reservation=reservation,
                reason="expired",
            )
            recorded.append((event, writer.append(event, signature)))
    return recorded


def short_id(name: str) -> str:
    """An id that leaves room around it: an id made of it must not be too long to be one."""
    return name if len(name) <= ROOM_FOR_ID else sha256(name.encode()).hexdigest()
