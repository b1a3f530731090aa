"""Settings: what an operator may choose that changes answers; each change is an event."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Final

from ledger.core.law.row import Posture
from ledger.core.parties import latest
from ledger.core.prefix import Prefix


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting: what it means, its default, the values it takes, in words and as a test."""

    what: str
    default: str
    takes: str
    accepts: Callable[[str], bool]


ZONE, QUARTERS = "reporting/time-zone", "reporting/quarters-begin-in"
OF_THE_LEDGER: Final = "ledger"
_ZONE: Final = re.compile(r"[A-Za-z]+([/_+-][A-Za-z0-9]+)*")

LEAST_THRESHOLD: Final = 70
"""Below it a screening match says nothing: unrelated names of a few letters reach it."""


def _whole_between(least: int, most: int) -> Callable[[str], bool]:
    return lambda text: text in {str(number) for number in range(least, most + 1)}


SETTINGS: Final = {
    "screening/threshold": Setting(
        what="score from which a name is a hit, of 100",
        default="88",
        takes=f"a whole number from {LEAST_THRESHOLD} to 100",
        accepts=_whole_between(LEAST_THRESHOLD, 100),
    ),
    "screening/max-age-days": Setting(
        what="age of a screening list from which answers say that it is old, in days",
        default="30",
        takes="a whole number from 1 to 3650",
        accepts=_whole_between(1, 3650),
    ),
    "screening/max-shrink-percent": Setting(
        what="by how much a new list may be shorter than the last one, in percent",
        default="5",
        takes="a whole number from 0 to 100",
        accepts=_whole_between(0, 100),
    ),
    ZONE: Setting(
        what="zone in which reports say on which day something was recorded, and what today is",
        default=OF_THE_LEDGER,
        takes=f"{OF_THE_LEDGER}, for the zone of its legal days, or one such as Europe/Berlin",
        accepts=lambda text: _ZONE.fullmatch(text) is not None,
    ),
    QUARTERS: Setting(
        what="month in which the first quarter of a year begins, in reports; the law's are its own",
        default="1",
        takes="a month from 1 to 3",
        accepts=_whole_between(1, 3),
    ),
    "posture/default": Setting(
        what="posture of a check that names none",
        default="on-the-books",
        takes="on-the-books or enforced",
        accepts=lambda text: text in ("on-the-books", "enforced"),
    ),
}
"""Every setting by its id."""


def posture(named: Posture | None, on: date, prefix: Prefix) -> Posture:
    """The posture that decides: the named one, else the default of the day."""
    if named is not None:
        return named
    return "enforced" if setting("posture/default", on, prefix) == "enforced" else "on-the-books"


def setting(name: str, on: date, prefix: Prefix) -> str:
    """The value of a setting on a day: the last change up to it, else the default."""
    changed = latest(prefix.settings(name), on)
    return SETTINGS[name].default if changed is None else changed.value
