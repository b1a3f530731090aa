"""Creating a ledger: its first entry, every standard pack, the device catalogue."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ledger.core.errors import InvalidInput
from ledger.core.events import LedgerCreated
from ledger.core.prefix import Head
from ledger.service.packs import adopt_standard
from ledger.service.shell import new_id, signature
from ledger.store.ledger import Ledger


def create(url: str, *, time_zone: str = "UTC", actor: str | None = None) -> tuple[Head, bool]:
    """Create or migrate a ledger; returns its head and whether it is new.

    On an existing ledger it migrates and adopts the standard packs that changed.
    """
    try:
        zone = ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InvalidInput(
            f"unknown time zone '{time_zone}'", where="--time-zone", cure="use one such as UTC"
        ) from error
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
                    time_zone=time_zone,
                )
                writer.append(first, mark)
            adopt_standard(writer, mark)
        return ledger.head(), new
    finally:
        ledger.close()
