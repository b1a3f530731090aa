"""The rating of a device on a day: its classification in force, an event over the catalogue."""

from datetime import date
from difflib import get_close_matches

from ledger.core.errors import NotFound
from ledger.core.events import DeviceFacts
from ledger.core.law.law import Law
from ledger.core.parties import latest
from ledger.core.prefix import Prefix

MOST_PROPOSED = 3


def device_on(device: str, on: date, prefix: Prefix, law: Law) -> DeviceFacts:
    """The classification of a device in force on a day; an event overrides the catalogue.

    Raises `NotFound` for a device that is unknown, or not yet classified on that day.
    """
    facts = classified_on(device, on, prefix, law)
    if facts is None:
        versions = prefix.device(device)
        late = f" on {on}; its first classification is of {versions[0].on}" if versions else ""
        near = _near(device, sorted({*law.catalogue, *prefix.devices()}))
        meant = f" such as {', '.join(near)}" if near else ""
        raise NotFound(
            f"the device '{device}' is not classified{late}",
            cure=f"record device.classified for it, or use an id of the catalogue{meant}",
        )
    return facts


def classified_on(device: str, on: date, prefix: Prefix, law: Law) -> DeviceFacts | None:
    """The classification in force on a day; None where the device has none yet."""
    return latest(prefix.device(device), on) or law.catalogue.get(device)


def facts_on(device: str, on: date, prefix: Prefix, law: Law) -> DeviceFacts | None:
    """A device's facts on a day; of a day before all of them, the earliest that are known."""
    return classified_on(device, on, prefix, law) or next(iter(prefix.device(device)), None)


def _near(device: str, known: list[str]) -> list[str]:
    """Ids that somebody may have meant: those that hold the text, else those written alike."""
    bare = device.casefold().replace("-", "")
    inside = [one for one in known if bare in one.replace("-", "")]
    return inside[:MOST_PROPOSED] or get_close_matches(device, known, n=MOST_PROPOSED)
