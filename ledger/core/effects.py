"""Effects: when, and under which authorizations, a deal's devices may go, and what one unit draws.

Caps are not weighed here: an option says that no requirement stands in the way, whatever was drawn
by then. It names every cap whose book a lot would change, those of other authorizations included.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import pairwise
from typing import Final, NamedTuple

from ledger.core.asides import destinations
from ledger.core.deals import Deal
from ledger.core.events import AuthorizationAmended
from ledger.core.headroom import ONE_DAY
from ledger.core.holders import Holder, holders_of
from ledger.core.judging import BY_PARENT, Judge
from ledger.core.kept import kept
from ledger.core.law.caps import Cap
from ledger.core.law.law import Law
from ledger.core.law.row import Posture
from ledger.core.lots import Request
from ledger.core.openings import Limits, OfDevice, Opening, Openings, who_of
from ledger.core.overlay import drawn
from ledger.core.plans import Known, Plan
from ledger.core.positions import BASIS, Kind, Movement
from ledger.core.prefix import Prefix
from ledger.core.shares import Outside
from ledger.core.situation import Situation
from ledger.core.turning import turning_days

EVERYWHERE: Final = "*"
"""In the place of a holder's destination: the holder of every destination."""

NO_DAY: Final = date.min
"""Stands in an option whose days are not yet known."""


class Effect(NamedTuple):
    """What a unit does to one cap for one holder.

    `part`: its TPP are drawn (of a share or ratio: stand in the numerator); `whole`: they stand in
    the denominator. `limits`: the cap limits the lot, which a few do that do not count it. A later
    day of `turns` is one from which on they do, or no longer do, stand in the numerator, as a
    group's members change. The denominator of a share per destination is that of all destinations:
    what a unit adds to it is told once, for the destination `EVERYWHERE`.
    """

    cap: str
    holder: Holder
    part: bool
    whole: bool = False
    limits: bool = False
    turns: tuple[tuple[date, bool], ...] = ()


class Option(NamedTuple):
    """That a device may go under an authorization, as far as requirements go, and what it draws.

    It holds on every day from `first_on` to before `until`. `unit_tpp` is in tenths; `line` is the
    licence line (`reference/line`) that it goes under, if it is a licence.
    """

    deal: str
    device: str
    first_on: date
    until: date
    authorization: str
    line: str
    unit_tpp: int
    draws: tuple[Effect, ...]


Counted = tuple[Cap, Effect]
"""A cap, and what a unit does to it if the cap counts its authorization."""


Way = tuple[Opening, tuple[Effect, ...]]
"""An authorization that is open, and what a unit draws under it on caps that no device holds."""


class _Day(NamedTuple):
    """What is asked again and again of one day: how draws are judged, and which caps there are."""

    judge: Judge
    caps: tuple[Cap, ...]
    by_device: tuple[Cap, ...]


class Effects:
    """Finds the options of deals, asking each question once for all deals and devices alike.

    Requirements hold from one turning day to the next, so they are asked on the first day of each
    stretch.
    """

    def __init__(self, prefix: Prefix, law: Law, posture: Posture) -> None:
        """Ask about one prefix and law, as one posture decides."""
        self.prefix, self.law = kept(prefix), law
        self._openings = Openings(self.prefix, law, posture)
        self._days: dict[date, _Day] = {}
        self._known: dict[tuple[int, ...], Known] = {}
        self._plans: dict[tuple[str, date, Holder, date], Plan] = {}
        self._who: tuple[object, ...] = ()
        self._ways: dict[tuple[object, ...], Sequence[Way]] = {}
        self._counts: dict[Movement, Sequence[Counted]] = {}
        self._drawn: dict[tuple[object, ...], tuple[Effect, ...]] = {}
        self._holders: dict[tuple[object, ...], Sequence[Holder]] = {}
        self._ratios: dict[tuple[str, date], frozenset[str]] = {}
        self._turning: dict[tuple[object, ...], list[date]] = {}
        self._law_days = frozenset(_law_days(law))

    def options(self, deal: Deal) -> list[Option]:
        """Every option of a deal on the days of its window, by device and day.

        Raises `InvalidRequest` where the deal names what is unknown.
        """
        return [one for device in deal.devices for one in self._of_device(deal, device)]

    def _of_device(self, deal: Deal, device: str) -> list[Option]:
        found: list[Option] = []
        before: dict[Option, int] = {}
        for first, until in pairwise((*self._starts(deal, device), deal.latest + ONE_DAY)):
            now: dict[Option, int] = {}
            for one in self._on(deal, device, first):
                # What was open in the stretch before goes on, if it draws the same.
                place = before.get(one, len(found))
                begun = first if place == len(found) else found[place].first_on
                found[place : place + 1] = [one._replace(first_on=begun, until=until)]
                now[one] = place
            before = now
        return found

    def _on(self, deal: Deal, device: str, on: date) -> Iterator[Option]:
        """What is open on a day, as options without days."""
        found = self._openings.of_device(deal, device, on)
        for one, shared in self._ways_on(deal, device, on, found):
            own = self._held_by_device(deal, device, on, one)
            named = (one.authorization, one.line, found.unit_tpp, (*shared, *own))
            yield Option(deal.deal, device, NO_DAY, NO_DAY, *named)

    def _held_by_device(
        self, deal: Deal, device: str, on: date, opening: Opening
    ) -> tuple[Effect, ...]:
        """What a unit does to the caps that its device holds."""
        day, limits = self._day(on), opening.limits
        caps = [
            cap
            for cap in day.by_device
            if cap.id in limits or self._on_a_side(cap, deal.destination)
        ]
        if not caps:
            return ()
        request = self._openings.situation(deal, device, on).request
        unit = self._openings.of_device(deal, device, on).unit_tpp
        counted = self._effects_on(_movement(request, device, unit, opening.line), caps, day.judge)
        held = _held_by(device, caps, limits)
        return tuple(_drawn_on(counted, opening.authorization, held))

    def _ways_on(self, deal: Deal, device: str, on: date, found: OfDevice) -> Sequence[Way]:
        """What is open on a day with what a unit draws, found once for devices that are alike."""
        who = who_of(deal)
        if who != self._who:
            self._who, self._ways = who, {}
        key = (on, found.alike, device if self._openings.lined(deal, device) else "")
        if key not in self._ways:
            request = self._openings.situation(deal, device, on).request
            self._ways[key] = [
                (one, self._shared(_movement(request, device, 0, one.line), found, on, one))
                for one in self._openings.of(deal, device, on)
            ]
        return self._ways[key]

    def _starts(self, deal: Deal, device: str) -> list[date]:
        """The first day on which a deal may go, and each later one on which an answer may turn."""
        versions = self.prefix.device(device)
        begin = deal.earliest
        if versions and device not in self.law.catalogue:
            begin = min(max(begin, versions[0].on), deal.latest)
        days = {version.on for version in versions} | self._law_days
        days.update(self._party_days(deal, device, begin))
        return [begin, *sorted(day for day in days if begin < day <= deal.latest)]

    def _party_days(self, deal: Deal, device: str, begin: date) -> list[date]:
        key = (*who_of(deal), begin)
        if key not in self._turning:
            situation = self._openings.situation(deal, device, begin)
            self._turning[key] = [*turning_days(situation), *_amended_ends(situation)]
        return self._turning[key]

    def _day(self, on: date) -> _Day:
        if on not in self._days:
            classes = tuple(map(id, self.law.classes(on)))  # the law outlives the question
            known = self._known.setdefault(classes, Known())
            caps = list(_counting(self.law, on))
            self._days[on] = _Day(
                Judge(self.prefix, self.law, on, known),
                tuple(cap for cap in caps if "device" not in cap.per),
                tuple(cap for cap in caps if "device" in cap.per),
            )
        return self._days[on]

    def _shared(
        self, movement: Movement, found: OfDevice, on: date, opening: Opening
    ) -> tuple[Effect, ...]:
        """What a unit does to the caps that no device holds: the same for all of one class."""
        same, day = movement._replace(device=found.item_class or ""), self._day(on)
        if same not in self._counts:
            # Tenths of nothing would be counted as nothing.
            one = movement._replace(tpp=found.unit_tpp)
            self._counts[same] = tuple(self._effects_on(one, day.caps, day.judge))
        key = (same, opening.authorization, *sorted(opening.limits.items()))
        if key not in self._drawn:
            counted = self._counts[same]
            drawn_on = _drawn_on(counted, opening.authorization, opening.limits)
            self._drawn[key] = tuple(drawn_on)
        return self._drawn[key]

    def _effects_on(
        self, movement: Movement, caps: Iterable[Cap], judge: Judge
    ) -> Iterator[Counted]:
        for cap in caps:
            for holder in self._holders_of(cap, movement):
                for effect in self._effects(cap, holder, movement, judge):
                    yield cap, effect

    def _holders_of(self, cap: Cap, movement: Movement) -> Sequence[Holder]:
        """The holders that a movement may count for: the same ones on whatever day."""
        key = (cap.per, *movement._replace(on=NO_DAY, units=0, tpp=0))
        if key not in self._holders:
            self._holders[key] = holders_of(cap, movement, self.prefix)
        return self._holders[key]

    def _on_a_side(self, cap: Cap, destination: str) -> bool:
        """Whether a destination is on one of the sides of a cap, if that is a ratio."""
        ratio, key = cap.ratio, (cap.id, cap.valid_from)
        if ratio is not None and key not in self._ratios:
            self._ratios[key] = frozenset((*destinations(ratio, self.law), *ratio.to_values))
        return ratio is None or destination in self._ratios[key]

    def _effects(
        self, cap: Cap, holder: Holder, movement: Movement, judge: Judge
    ) -> Iterator[Effect]:
        """What a lot of one movement does to a cap for a holder, as `Tally.book` counts it."""
        row, party = drawn(movement), movement.party if BY_PARENT & set(cap.per) else ""
        plan = self._plans.setdefault((cap.id, cap.valid_from, holder, judge.on), _plan())
        counts = row.kind in BASIS[cap.basis] and judge.counts(plan, cap, holder, party, row)
        if cap.ratio is not None:
            part = counts and row.destination in destinations(cap.ratio, self.law)
            yield Effect(cap.id, holder, part, whole=row.destination in cap.ratio.to_values)
        elif cap.share is None:
            yield Effect(cap.id, holder, counts)
        else:
            whole = judge.counts(plan, cap, holder, party, row, whole=True)
            inside = list(Outside(cap.share, self.law).draws(row)) if counts else []
            part = any(one.on == row.on for one in inside)
            turns = tuple((one.on, one.tpp > 0) for one in inside if one.on > row.on)
            # The whole is that of the family, wherever its units are.
            place = zip(cap.per, holder, strict=True)
            family = tuple(EVERYWHERE if key == "destination" else name for key, name in place)
            yield Effect(cap.id, holder, part, whole and family == holder, turns=turns)
            if family != holder:
                yield Effect(cap.id, family, part=False, whole=whole)


def _drawn_on(counted: Iterable[Counted], authorization: str, limits: Limits) -> Iterator[Effect]:
    """What a unit does to caps under an authorization, with whether each limits it."""
    for cap, effect in counted:
        if not cap.counts.authorizations or authorization in cap.counts.authorizations:
            limiting = limits.get(cap.id) == effect.holder
            if effect.part or effect.whole or effect.turns or limiting:
                yield effect._replace(limits=limiting)


def _plan() -> Plan:
    """A plan to keep verdicts in: nothing is read by it."""
    return Plan((), (), None)


def _law_days(law: Law) -> Iterator[date]:
    """Days on which a rule turns that `turning_days` is not asked for: it is about a lot's own."""
    for adopted in law.adopted:
        pack = adopted.pack
        for rows in (pack.caps, pack.gaps, pack.coverage, pack.groups, pack.switches):
            yield from (day for row in rows for day in (row.valid_from, row.until))
        for cap in pack.caps:
            yield from (step.valid_from for step in cap.allowance[:1])
            if cap.window.first_on is not None:
                yield cap.window.first_on


def _amended_ends(situation: Situation) -> Iterator[date]:
    """The ends that amendments set to what was granted to a party to the lot."""
    for party in dict.fromkeys(situation.parties.values()):
        for granted in situation.prefix.grants_to(party.party):
            for change in situation.prefix.grant_changes(granted.reference):
                if isinstance(change, AuthorizationAmended) and change.until is not None:
                    yield change.until


def _counting(law: Law, on: date) -> Iterator[Cap]:
    """Of each cap that a lot of a day may count against, its version of that day or the next one.

    What only grants draw on is left out, and what no version counts that is in force from then on.
    """
    for cap_id in dict.fromkeys(cap.id for cap in law.caps):
        later = [cap for cap in law.versions(cap_id) if cap.until > on]
        begun = any((cap.window.first_on or date.min) <= on for cap in later)
        if begun and later[0].basis != "licensed":
            yield later[0]


def _held_by(device: str, caps: Iterable[Cap], limits: Limits) -> Limits:
    """The holders of limiting caps that are held by the device, as they are for this one."""
    return {
        cap.id: tuple(
            device if key == "device" else name
            for key, name in zip(cap.per, limits[cap.id], strict=True)
        )
        for cap in caps
        if cap.id in limits
    }


def _movement(request: Request, device: str, unit_tpp: int, line: str) -> Movement:
    """One unit as it would be recorded if it went."""
    return Movement(
        on=request.on,
        kind=Kind.DOMESTIC if request.transaction == "domestic" else Kind.EXPORTED,
        device=device,
        party=request.ultimate_consignee,
        destination=request.destination,
        units=1,
        tpp=unit_tpp,
        lot="a unit of the deal",
        end_user=request.end_user,
        exporter=request.exporter,
        line=line,
    )
