"""Creating a ledger: its first entry, every standard pack, the device catalogue."""

from datetime import UTC, datetime
from typing import Final

from ledger.core.errors import Conflict
from ledger.core.events import LedgerCreated
from ledger.core.prefix import Head
from ledger.service.packs import adopt_standard
from ledger.service.shell import checked_zone, new_id, signature
from ledger.store.ledger import Ledger
from ledger.store.writer import Writer

UTC_NAME: Final = "UTC"


def create(
    url: str, *, time_zone: str | None = None, actor: str | None = None
) -> tuple[Head, bool]:
    """Create or migrate a ledger; returns its head and whether it is new.

    On an existing ledger it migrates and adopts the standard packs that changed.
    """
    zone = checked_zone(UTC_NAME if time_zone is None else time_zone, "--time-zone")
    ledger = Ledger.create(url)
    try:
        mark = signature("cli", actor=actor)
        with ledger.writing() as writer:
            new = ledger.head().size == 0
            if new:
                first = LedgerCreated(
                    id="ledger",
                    on=datetime.now(UTC).astimezone(zone).date(),
                    ledger=new_id("ledger"),
                    time_zone=time_zone or UTC_NAME,
                )
                writer.append(first, mark)
            else:
                _same_zone(writer, time_zone)
            adopt_standard(writer, mark)
        return ledger.head(), new
    finally:
        ledger.close()


def _same_zone(writer: Writer, time_zone: str | None) -> None:
    """A ledger keeps the zone of its legal days: another one would move recorded days."""
    first = writer.prefix.find("ledger")
    known = first.time_zone if isinstance(first, LedgerCreated) else UTC_NAME
    if time_zone not in (None, known):
        raise Conflict(
            f"the ledger's legal days are those of {known}, not of {time_zone}",
            where="--time-zone",
            cure="leave it out, or create another ledger",
        )
