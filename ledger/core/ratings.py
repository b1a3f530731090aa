"""The rating of a device on a day: its classification in force, an event over the catalogue."""

from datetime import date
from difflib import get_close_matches

from ledger.core.devices import classify
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


def classed_alike(prefix: Prefix, law: Law) -> dict[str, str]:
    """For each device the first that is of the same class on every day as it, the earliest known.

    A device that is not of the catalogue and was never classified has none: it is not among them.
    """
    rows = [row for one in law.adopted for row in one.pack.classes]
    turns = sorted({date.min, *(row.valid_from for row in rows), *(row.until for row in rows)})
    rules = [law.classes(day) for day in turns if day < date.max]
    firsts: dict[tuple[object, ...], str] = {}

    def always(facts: DeviceFacts) -> tuple[str | None, ...]:
        return tuple(classify(facts, classes).item_class for classes in rules)

    found: dict[str, str] = {}
    for device in sorted({*law.catalogue, *prefix.devices()}):
        listed = law.catalogue.get(device)
        dated = tuple((version.on, always(version)) for version in prefix.device(device))
        first = always(listed) if listed is not None else None
        found[device] = firsts.setdefault((first, dated), device)
    return found


def _near(device: str, known: list[str]) -> list[str]:
    """Ids that somebody may have meant: those that hold the text, else those written alike."""
    bare = device.casefold().replace("-", "")
    inside = [one for one in known if bare in one.replace("-", "")]
    return inside[:MOST_PROPOSED] or get_close_matches(device, known, n=MOST_PROPOSED)
