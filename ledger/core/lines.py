"""Licence lines as holders of a cap: the line on a day, and the rating of its units."""

from datetime import date

from ledger.core.devices import unit_tpp
from ledger.core.facts import CoveringLine
from ledger.core.grants import grant_on
from ledger.core.law.law import Law
from ledger.core.positions import Movement, line_key
from ledger.core.prefix import Prefix
from ledger.core.ratings import device_on
from ledger.core.values import Tpp


def licence_line(
    holder: tuple[str, ...], on: date, prefix: Prefix, law: Law
) -> tuple[CoveringLine, Tpp] | None:
    """The line of a holder (reference, line), and the TPP of one of its units as last licensed.

    None where no such line stands on the day.
    """
    reference, number = holder
    granted = prefix.grant(reference)
    if granted is None:
        return None
    grant = grant_on(granted, prefix.grant_changes(reference), on)
    for line in grant.lines:
        if str(line.line) == number:
            key = (line_key(reference, number), line.device)
            licensed = [m for m in prefix.movements_of(granted.id) if (m.line, m.device) == key]
            unit = _unit(licensed)
            if unit is None:
                # An amendment of an earlier grant of this reference, taken back since, drew for it.
                unit = unit_tpp(device_on(line.device, on, prefix, law))
            return CoveringLine(grant, line), Tpp(unit)
    return None


def _unit(licensed: list[Movement]) -> int | None:
    """The rating of the units licensed last, None where none were; re-ratings add no units."""
    by_day: dict[date, tuple[int, int]] = {}
    for one in licensed:
        units, tpp = by_day.get(one.on, (0, 0))
        by_day[one.on] = (units + one.units, tpp + one.tpp)
    standing = [sums for _, sums in sorted(by_day.items()) if sums[0]]
    # Where the units were taken back and the line stands by a later amendment alone: as they were.
    last = (standing or [(one.units, one.tpp) for one in licensed if one.units])[-1:]
    return next((tpp // units for units, tpp in last), None)
