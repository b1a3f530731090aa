"""What is set aside for licences that are live: a ratio's destinations may still draw on it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from ledger.core.devices import unit_tpp
from ledger.core.grants import Grant, grant_on, line_units
from ledger.core.headroom import Draw
from ledger.core.law.caps import Cap, Ratio
from ledger.core.law.law import Law
from ledger.core.positions import BASIS, Query, line_key
from ledger.core.prefix import Prefix
from ledger.core.ratings import facts_on


@dataclass(frozen=True, slots=True)
class Aside:
    """A licence line of which a ratio sets aside what is not yet drawn, while it is live."""

    event: str
    line: str
    units: int
    unit_tpp: int
    first: date
    until: date | None

    @property
    def drawn(self) -> Query:
        """What was drawn on the line, on whatever day."""
        kinds = BASIS["exported"]
        return Query(shape=("line",), key=(self.line,), kinds=kinds, exact_from=self.first)

    def draws(self, units: int) -> Iterator[Draw]:
        """Units set aside from the first day on, and given back when the licence ends."""
        yield Draw(self.first, units * self.unit_tpp, reserved=True)
        if self.until is not None and self.until > self.first:
            yield Draw(self.until, -units * self.unit_tpp, reserved=True)


def asides(cap: Cap, device: str, on: date, prefix: Prefix, law: Law) -> Iterator[Aside]:
    """Lines of licences for a ratio's destinations that are live on a day or later."""
    if cap.ratio is None:
        return
    facts = facts_on(device, on, prefix, law)
    places, unit = set(destinations(cap.ratio, law)), 0 if facts is None else unit_tpp(facts)
    for grant in _licences(on, prefix, law):
        for line in grant.lines if places & set(grant.destinations) else ():
            if line.device == device:
                yield Aside(
                    event=grant.event,
                    line=line_key(grant.reference, line.line),
                    units=line_units(line),
                    unit_tpp=unit,
                    first=max(grant.valid_from, cap.window.first_on or date.min),
                    until=grant.until,
                )


def _licences(on: date, prefix: Prefix, law: Law) -> Iterator[Grant]:
    for row in law.grounds().values():
        for granted in prefix.granted(row.id) if row.kind == "licence" else ():
            grant = grant_on(granted, prefix.grant_changes(granted.reference), on)
            # One that ends before it begins is live on no day.
            if grant.until is None or grant.until > max(on, grant.valid_from):
                yield grant


def destinations(ratio: Ratio, law: Law) -> list[str]:
    """The destinations whose exports a ratio caps, any that may belong to it included."""
    return sorted({one for group in ratio.of_groups for one in law.ever_members(group)})


def set_aside(
    found: Iterable[Aside], prefix: Prefix, own: tuple[str, int] | None
) -> Iterator[tuple[str, Draw]]:
    """What lines still cover while they are live, by grant; `own` (line, units) is used up."""
    for aside in found:
        left = max(aside.units - sum(one.units for one in prefix.draws(aside.drawn)), 0)
        if own is not None and own[0] == aside.line:
            left = max(left - own[1], 0)
        yield from ((aside.event, draw) for draw in aside.draws(left))
