"""Openings: the authorizations that requirements leave open to a unit, and the caps that limit it.

What the law asks of a lot are tests, so two lots for which every test of the law turns out the same
are alike, whoever they are for: what is open to one is open to the other. Tests of the device are
asked once for each device and day, all others once for the parties of a deal and a day.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Final, NamedTuple

from ledger.core.candidates import Candidate, Ground, ground
from ledger.core.deals import Deal
from ledger.core.events import AuthorizationAmended
from ledger.core.findings import versions_for
from ledger.core.headroom import version_on
from ledger.core.holders import Holder
from ledger.core.law.conditions import Test
from ledger.core.law.law import Law
from ledger.core.law.logic import every
from ledger.core.law.row import Posture
from ledger.core.law.rows import Authorization
from ledger.core.prefix import Prefix
from ledger.core.requirements import Found, Requirements
from ledger.core.situation import Situation
from ledger.core.stops import stops_of

OF_DEVICE: Final = frozenset(
    {"item_class", "eccn", "vendor", "data_center", "ic_tpp", "dram_bandwidth"}
)
"""Facts of a device that the law tests."""

OF_LINE: Final = "licence_line"

Limits = Mapping[str, Holder]
"""The caps that limit a lot, each with the holder that it would count for."""

Alike = tuple[object, ...]
"""What tests say: lots with the same are alike."""


class Opening(NamedTuple):
    """An authorization that requirements leave open, its licence line, and the limiting caps."""

    authorization: str
    line: str
    limits: Limits


class OfDevice(NamedTuple):
    """A device on a day: TPP of a unit, item class, and what tests say of it."""

    unit_tpp: int
    item_class: str | None
    alike: Alike


class Openings:
    """Says what is open to deals, for one prefix, law and posture."""

    def __init__(self, prefix: Prefix, law: Law, posture: Posture) -> None:
        """Keep what is found: no fact of the prefix may change."""
        self.prefix, self.law, self.posture = prefix, law, posture
        self._found = Found()
        tests = {id(test): test for test in law.alike.values() if test.fact != OF_LINE}
        self._of_device = [test for test in tests.values() if test.fact in OF_DEVICE]
        self._of_others = [test for test in tests.values() if test.fact not in OF_DEVICE]
        self._devices: dict[tuple[str, date], OfDevice] = {}
        self._lined: dict[str, frozenset[str]] = {}
        self._open: dict[Alike, tuple[tuple[str, frozenset[str]], ...]] = {}
        self._who: Alike = ()
        self._situations: dict[date, tuple[Situation, Alike]] = {}

    def situation(self, deal: Deal, device: str, on: date) -> Situation:
        """The facts of a deal on a day; those of its device may be those of another one.

        Raises `InvalidRequest` where the deal names what is unknown.
        """
        return self._asked(deal, device, on)[0]

    def of_device(self, deal: Deal, device: str, on: date) -> OfDevice:
        """What is known of a device on a day, whoever it is for."""
        known = self._devices.get((device, on))
        if known is None:
            situation = Situation(deal.request(on, device, 1), self.prefix, self.law)
            unit, item_class = int(situation.unit_tpp), situation.classification.item_class
            known = OfDevice(unit, item_class, (item_class, *_said(self._of_device, situation)))
            self._devices[device, on] = known
        return known

    def of(self, deal: Deal, device: str, on: date) -> Iterator[Opening]:
        """The authorizations that are open to a unit on a day, a licence for each of its lines.

        A holder that is a device may be another one.
        """
        facts, others = self._asked(deal, device, on)
        alike = (on, deal.authorization, others, self.of_device(deal, device, on).alike)
        if alike not in self._open:
            situation = Situation(deal.request(on, device, 1), self.prefix, self.law)
            rows = [row for row in situation.rules.candidates if row.kind != "licence"]
            found = _open(rows, situation, self.posture, self._found)
            self._open[alike] = tuple((row, frozenset(limits)) for row, limits in found)
        for authorization, limits in self._open[alike]:
            held = {cap: _holder(cap, facts) for cap in limits}
            yield Opening(authorization, "", held)
        if self.lined(deal, device):
            yield from self._licences(deal, device, on)

    def lined(self, deal: Deal, device: str) -> bool:
        """Whether a device is on a licence line for the deal's consignee, whenever that stands."""
        return device in self._of_lines(deal.ultimate_consignee)

    def _asked(self, deal: Deal, device: str, on: date) -> tuple[Situation, Alike]:
        """The facts of a deal on a day, and what all tests say of them that ask of no device."""
        who = who_of(deal)
        if who != self._who:
            self._who, self._situations = who, {}
        if on not in self._situations:
            situation = Situation(deal.request(on, device, 1), self.prefix, self.law)
            parent = situation.parties["ultimate_consignee"].ultimate_parent
            transaction = situation.request.transaction
            alike = (transaction, parent is None, *_said(self._of_others, situation))
            self._situations[on] = situation, alike
        return self._situations[on]

    def _licences(self, deal: Deal, device: str, on: date) -> Iterator[Opening]:
        request = deal.request(on, device, 1)
        situation = Situation(request, self.prefix, self.law)
        rows = [row for row in situation.rules.candidates if row.kind == "licence"]
        for line in situation.lines:
            named = Situation(request, self.prefix, self.law, line.key)
            for authorization, limits in _open(rows, named, self.posture, self._found):
                yield Opening(authorization, line.key, limits)

    def _of_lines(self, party: str) -> frozenset[str]:
        """The devices of a consignee's licence lines, whenever they stand."""
        if party not in self._lined:
            grants = self.prefix.grants_to(party)
            lines = [line for granted in grants for line in granted.lines]
            for change in (one for g in grants for one in self.prefix.grant_changes(g.reference)):
                if isinstance(change, AuthorizationAmended):
                    lines += change.lines or ()
            self._lined[party] = frozenset(line.device for line in lines)
        return self._lined[party]


def who_of(deal: Deal) -> Alike:
    """All of a deal that a requirement may ask about, but for the device and the day."""
    parties = (deal.exporter, deal.end_user, deal.ultimate_consignee)
    return (*parties, deal.origin, deal.destination, deal.end_use, deal.authorization)


def _said(tests: Iterable[Test], situation: Situation) -> Iterator[bool | None]:
    """What some tests say of a lot."""
    return (situation.verdict(test).holds for test in tests)


def _open(
    rows: Sequence[Authorization], situation: Situation, posture: Posture, found: Found
) -> Iterator[tuple[str, Limits]]:
    """Those of some authorizations whose requirements hold, with the caps that limit each."""
    forced = situation.request.authorization
    asked = Requirements(situation, found)
    stops = tuple(stops_of(situation, posture))
    for row in rows:
        if forced in (None, row.id):
            candidate = ground(row, asked, posture, stops)
            limits = _limits(candidate, situation)
            holds = every(one.holds for one in candidate.requirements)
            if limits is not None and holds is True:
                yield row.id, limits


def _limits(found: Ground | Candidate, situation: Situation) -> Limits | None:
    """What limits a lot under an authorization; None where a cap has no figure for the day.

    Caps that are measured on certain days are among them.
    """
    limits: dict[str, Holder] = {}
    for cap_id in found.caps if isinstance(found, Ground) else ():
        cap = version_on(versions_for(cap_id, situation), situation.on)
        holder = None if cap is None else situation.holder(cap)
        if cap is None or holder is None:
            return None
        if cap.effect == "limit":
            limits[cap_id] = holder
    return limits


def _holder(cap_id: str, facts: Situation) -> Holder:
    """The holder that a lot counts for, of a cap that has a figure for a lot that is alike."""
    cap = version_on(versions_for(cap_id, facts), facts.on)
    return () if cap is None else facts.holder(cap) or ()
