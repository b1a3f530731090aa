"""The rating of a device on a day: its classification in force, an event over the catalogue."""

from datetime import date

from ledger.core.errors import NotFound
from ledger.core.events import DeviceFacts
from ledger.core.law.law import Law
from ledger.core.parties import latest
from ledger.core.prefix import Prefix


def device_on(device: str, on: date, prefix: Prefix, law: Law) -> DeviceFacts:
    """The classification of a device in force on a day; an event overrides the catalogue.

    Raises `NotFound` for a device that is unknown, or not yet classified on that day.
    """
    versions = prefix.device(device)
    facts = latest(versions, on) or law.catalogue.get(device)
    if facts is None:
        late = f" on {on}; its first classification is of {versions[0].on}" if versions else ""
        raise NotFound(
            f"the device '{device}' is not classified{late}",
            cure="record device.classified for it, or use an id of the catalogue",
        )
    return facts


def facts_on(device: str, on: date, prefix: Prefix, law: Law) -> DeviceFacts | None:
    """A device's facts on a day; of a day before all of them, the earliest that are known."""
    versions = prefix.device(device)
    return latest(versions, on) or law.catalogue.get(device) or next(iter(versions), None)
