"""Ownership by listed parties on a day: direct, indirect and in aggregate (90 FR 47201).

Percentages are exact, from 0 to 100. What is not known is counted twice: as nothing in what is
surely held, and in full in what may be held.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import Final

from ledger.core.events import PartyRegistered
from ledger.core.parties import MAJORITY_PERCENT, Lookup, latest
from ledger.core.values import UNKNOWN, plain

Listed = Callable[[str], bool | None]
"""Whether a party is listed itself; `None` means that it is not known."""

NOTHING: Final = Fraction(0)
WHOLE: Final = Fraction(100)
SHOWN_DECIMALS: Final = 4


@dataclass(frozen=True, slots=True)
class Holding:
    """What listed owners hold of a party, in percent: surely, and at most."""

    at_least: Fraction
    at_most: Fraction
    paths: tuple[str, ...]
    findings: tuple[str, ...]

    def reaches(self, percent: Fraction | int) -> bool | None:
        """Whether listed owners hold that much or more; `None` if it can't be known."""
        if self.at_least >= percent:
            return True
        return False if self.at_most < percent else None


@dataclass(frozen=True, slots=True)
class _Stakes:
    """What a registration says of the owners; `parent` is one without a stated majority."""

    registered: bool
    stated: tuple[tuple[str, Decimal], ...] = ()
    parent: str | None = None

    def owners(self) -> tuple[str, ...]:
        named = [owner for owner, _ in self.stated]
        return tuple(dict.fromkeys([*named, self.parent] if self.parent else named))

    def total(self) -> Fraction:
        return sum((Fraction(percent) for _, percent in self.stated), NOTHING)

    def held(self, rate: Callable[[str], Fraction]) -> Fraction:
        """Percent held by listed owners, given how much of each owner counts.

        A parent without a stated majority holds what is stated for nobody, and may stand behind
        every stated owner: each part counts at the stricter of the two. Adding both would count
        one stake twice, since the parent mostly holds through the owners.
        """
        behind = rate(self.parent) if self.parent else NOTHING
        stated = (Fraction(percent) * max(rate(owner), behind) for owner, percent in self.stated)
        unstated = max(NOTHING, WHOLE - self.total()) * behind
        return min(WHOLE, (sum(stated, NOTHING) + unstated) / WHOLE)


@dataclass(frozen=True, slots=True)
class _Bounds:
    least: Fraction
    most: Fraction

    def times(self, percent: Fraction) -> "_Bounds":
        return _Bounds(self.least * percent / WHOLE, self.most * percent / WHOLE)

    def __str__(self) -> str:
        low, high = _text(self.least), _text(self.most)
        return f"{low} %" if self.least == self.most else f"{low} to {high} %"


_OPEN: Final = _Bounds(NOTHING, WHOLE)


def _text(percent: Fraction) -> str:
    """A percentage for people, cut and not rounded: 49.99999 must not read as 50."""
    cut = int(percent * 10**SHOWN_DECIMALS)
    about = "" if Fraction(cut, 10**SHOWN_DECIMALS) == percent else "about "
    return about + plain(Decimal(cut).scaleb(-SHOWN_DECIMALS))


def owners_of(party: str, on: date, lookup: Lookup) -> tuple[tuple[str, Decimal], ...]:
    """Direct owners on a day with their percentages, a parent without a majority as the whole."""
    stakes = _stakes(party, on, lookup)
    parent = None if stakes.parent == UNKNOWN else stakes.parent
    stated = tuple(stake for stake in stakes.stated if stake[0] != parent)
    return stated if parent is None else (*stated, (parent, Decimal(100)))


def _stakes(party: str, on: date, lookup: Lookup) -> _Stakes:
    facts = None if party == UNKNOWN else latest(lookup(party), on)
    if facts is None:
        return _Stakes(registered=False)
    stated = tuple((owner.party, owner.percent) for owner in facts.owners)
    return _Stakes(registered=True, stated=stated, parent=_parent_without_majority(facts))


def _parent_without_majority(facts: PartyRegistered) -> str | None:
    """The ultimate parent if no majority is stated for it: it then owns the party wholly.

    Control without figures may rest on any holding; the whole is the stricter reading.
    """
    parent = facts.ultimate_parent
    if parent is None or parent == facts.party:
        return None
    stakes = (Fraction(owner.percent) for owner in facts.owners if owner.party == parent)
    has_majority = sum(stakes, NOTHING) > Fraction(MAJORITY_PERCENT)
    return None if has_majority and parent != UNKNOWN else parent


def chain(party: str, on: date, lookup: Lookup) -> tuple[str, ...]:
    """Every party above one on a day, each once, nearest first; itself left out."""
    found = _reached(party, lambda one: (owner for owner, _ in owners_of(one, on, lookup)))
    return tuple(one for one in found if one not in (party, UNKNOWN))


def held_by(
    party: str, on: date, lookup: Lookup, listed: Listed, *, whole_from: Fraction
) -> Holding:
    """What listed owners hold of a party on a day.

    An owner counts wholly if it is listed or is itself held to `whole_from` percent; else in
    proportion to what is held of it. A party that is listed itself is held wholly.
    """
    if party != UNKNOWN and listed(party) is True:
        return Holding(WHOLE, WHOLE, ("listed itself",), ())
    chart = _Chart(party, on, lookup, listed, whole_from)
    held = chart.bounds[party]
    return Holding(held.least, held.most, tuple(chart.paths()), tuple(chart.findings()))


class _Chart:
    """The parties above one, with what listed owners hold of each."""

    def __init__(
        self, party: str, on: date, lookup: Lookup, listed: Listed, whole_from: Fraction
    ) -> None:
        self.party, self.on, self.whole_from = party, on, whole_from
        self.stakes = cache(lambda one: _stakes(one, on, lookup))
        above = {one: self.stakes(one).owners() for one in _reached(party, self._owners)}
        self.listed = {one: None if one == UNKNOWN else listed(one) for one in above}
        self.bounds = dict.fromkeys(above, _OPEN)
        self.circle_of: dict[str, frozenset[str]] = {}
        below = _turned(above)
        for circle in _circles(party, above, below):
            self.circle_of |= dict.fromkeys(circle, circle)
            self._settle(circle, below)

    def _owners(self, party: str) -> tuple[str, ...]:
        return self.stakes(party).owners()

    def _settle(self, circle: frozenset[str], below: Mapping[str, Collection[str]]) -> None:
        """Find the bounds of parties that own one another, mostly of a single one.

        Ends because a party becomes whole once; the result is the same in whatever order.
        """
        waiting = deque(sorted(circle))
        while waiting:
            party = waiting.popleft()
            before, self.bounds[party] = self.bounds[party], self._bounds_of(party)
            if self._counted(before.least) < WHOLE == self._counted(self.bounds[party].least):
                waiting.extend(circle.intersection(below[party]))

    def _bounds_of(self, party: str) -> _Bounds:
        stakes = self.stakes(party)
        if self.listed[party] is True:
            return _Bounds(WHOLE, WHOLE)
        if not stakes.registered:
            return _OPEN
        least = stakes.held(lambda owner: self._rate(party, owner).least)
        most = stakes.held(lambda owner: self._rate(party, owner).most)
        return _Bounds(least, WHOLE if self.listed[party] is None else most)

    def _rate(self, party: str, owner: str) -> _Bounds:
        """How much of an owner counts: in a circle the whole if that is sure, else all is open."""
        held = self.bounds[owner]
        rate = _Bounds(self._counted(held.least), self._counted(held.most))
        if owner not in self.circle_of[party]:
            return rate
        return _Bounds(WHOLE, WHOLE) if rate.least == WHOLE else _OPEN

    def _counted(self, held: Fraction) -> Fraction:
        return WHOLE if held >= self.whole_from else held

    def _concerned(self) -> Iterator[str]:
        """The parties that decide the answer: nothing above a listed one does."""
        above = _reached(
            self.party, lambda one: () if self.listed[one] is True else self._owners(one)
        )
        return (one for one in above if self.listed[one] is not True)

    def paths(self) -> Iterator[str]:
        """How the percentages come about: the party's own owners, then those of each above."""
        for party in self._concerned():
            lead = "" if party == self.party else f"{party}: "
            stakes = self.stakes(party)
            for owner, percent in stakes.stated:
                label = f"{lead}{_text(Fraction(percent))} % by {owner}"
                yield from self._path(party, owner, Fraction(percent), label)
            if stakes.parent:
                label = f"{lead}100 % by {stakes.parent}, the ultimate parent (no majority stated)"
                yield from self._path(party, stakes.parent, WHOLE, label)

    def _path(self, party: str, owner: str, percent: Fraction, label: str) -> Iterator[str]:
        rate = self._rate(party, owner)
        if self.listed[owner] is True:
            yield f"{label} (listed)"
        elif rate.most > 0:
            whole = rate.least == WHOLE
            counted = "counted whole" if whole else f"counted as {rate.times(percent)}"
            yield f"{label}, itself {self.bounds[owner]} held by listed owners, so {counted}"

    def findings(self) -> Iterator[str]:
        """What is doubtful in the registrations, each once."""
        found = (text for one in self._concerned() for text in self._findings_of(one))
        yield from dict.fromkeys(found)

    def _findings_of(self, party: str) -> Iterator[str]:
        if party == UNKNOWN:
            return
        stakes, circle = self.stakes(party), self.circle_of[party]
        if not stakes.registered:
            yield f"{party} is not registered on {self.on}, so its owners are not known"
        if self.listed[party] is None:
            yield f"whether {party} is listed is not known"
        if stakes.parent == UNKNOWN:
            yield f"the ultimate parent of {party} is stated as unknown"
        if UNKNOWN in (owner for owner, _ in stakes.stated):
            yield f"an owner of {party} is stated as unknown"
        if stakes.total() > WHOLE:
            yield f"the owners of {party} add up to {_text(stakes.total())} %, more than 100"
        if len(circle) > 1:
            yield f"{', '.join(sorted(circle))} own one another in a circle"
        elif party in stakes.owners():
            yield f"{party} owns a part of itself"


def _reached(start: str, above: Callable[[str], Iterable[str]]) -> tuple[str, ...]:
    """A party and every one above it, each once, breadth first."""
    found = {start: None}
    waiting = deque([start])
    while waiting:
        for owner in above(waiting.popleft()):
            if owner not in found:
                found[owner] = None
                waiting.append(owner)
    return tuple(found)


def _turned(above: Mapping[str, Iterable[str]]) -> Mapping[str, list[str]]:
    """The parties that each one owns, from the owners of each."""
    below: defaultdict[str, list[str]] = defaultdict(list)
    for party, owners in above.items():
        for owner in owners:
            below[owner].append(party)
    return below


def _circles(
    start: str, above: Mapping[str, Iterable[str]], below: Mapping[str, Iterable[str]]
) -> list[frozenset[str]]:
    """The parties in groups that own one another, owners before what they own.

    Kosaraju's two walks; without recursion, since a chain of holdings may be of any length. The
    groups follow from the graph alone, so no answer depends on where one starts.
    """
    found: list[frozenset[str]] = []
    done: set[str] = set()
    for party in reversed(_owners_first(start, above)):
        if party not in done:
            circle = _reached(party, lambda one: (b for b in below[one] if b not in done))
            done.update(circle)
            found.append(frozenset(circle))
    return found[::-1]


def _owners_first(start: str, above: Mapping[str, Iterable[str]]) -> list[str]:
    """The parties in the order in which a walk upwards leaves them."""
    left: list[str] = []
    seen: set[str] = set()
    stack = [(start, False)]
    while stack:
        party, leaving = stack.pop()
        if leaving:
            left.append(party)
        elif party not in seen:
            seen.add(party)
            stack.append((party, True))
            stack.extend((owner, False) for owner in above[party])
    return left
