"""Switches: which reading of a conflicting text an operator has signed, on a day."""

from datetime import date

from ledger.core.events import InterpretationAdopted
from ledger.core.law.law import Law
from ledger.core.parties import latest
from ledger.core.prefix import Prefix


def adopted_reading(switch: str, on: date, prefix: Prefix) -> InterpretationAdopted | None:
    """The reading of a switch that was signed last, up to a day."""
    return latest(prefix.readings(switch), on)


def reading(switch: str, on: date, prefix: Prefix, law: Law) -> str | None:
    """The adopted value of a switch on a day, else what unset means; None is unresolved."""
    adopted = adopted_reading(switch, on, prefix)
    if adopted is not None:
        return adopted.value
    known = law.switches.get(switch)
    return None if known is None else known.unset
