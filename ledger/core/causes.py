"""Causes: the entry by which a day of a cap last came to be passed.

Movements are only ever added, so as long as no entry changes which of them count, the state of a
day at an earlier size is the sum of those recorded up to it. Entries that may change that (parties,
ratings, grants, readings, packs, others' draws) are looked at one by one.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from functools import cache, cached_property
from itertools import groupby
from operator import itemgetter
from typing import cast

from ledger.core.asides import Aside
from ledger.core.breaches import Key, Reading, View, is_passed
from ledger.core.crossing import Days
from ledger.core.events import (
    AnyEvent,
    AuthorizationAmended,
    AuthorizationEnded,
    AuthorizationGranted,
    DeviceClassified,
    InterpretationAdopted,
    PartyRegistered,
    RecordReversed,
    UsageReported,
)
from ledger.core.headroom import Draw, Limit, counted_from, limit_on, state, version_on
from ledger.core.kinship import kin
from ledger.core.law.caps import Cap
from ledger.core.parties import named_parents
from ledger.core.prefix import Prefix

Placed = tuple[int, Draw]
"""A draw with the place of the entry that added it; 0 for what only stated facts say."""


class Causes:
    """Finds causes in a ledger that can be read at any size."""

    def __init__(self, at: Callable[[int], View], size: int) -> None:
        """`at` gives the ledger at a size, `size` is the last one that is asked about."""
        self._at, self._size = at, size
        self._draws: dict[tuple[Key, date, int], list[Placed]] = {}
        self._newest: dict[tuple[Key, date, int], list[Placed]] = {}
        self._sums: dict[tuple[Key, date, int, date], tuple[date, Days | None]] = {}
        self._related: dict[Key, set[str]] = {}
        self._facts = cache(self._facts_about)

    def cause(self, key: Key, on: date) -> int:
        """The place of the entry by which a passed day last came to be passed."""
        size, facts = self._size, self._facts(key)
        while True:
            fact = max((place for place in facts if place <= size), default=0)
            turned = self._turned(key, on, size, fact)
            if turned is not None:
                return turned
            if not self._at(fact - 1).passed(key, on):
                return fact
            size = fact - 1

    def _turned(self, key: Key, on: date, size: int, fact: int) -> int | None:
        """The last entry after a fact whose movements made a day pass, the facts being the same."""
        view = self._at(size)
        start = view.start(key, on)
        # What is passed at this size has a reading and a version there.
        reading = cast("Reading", view.reading(key, start))
        cap = cast("Cap", version_on(reading.versions, on))
        if (key, start, size) not in self._draws:
            self._draws[key, start, size] = _dated(key, cap, reading, view.prefix)
        first = counted_from(cap.window, on)
        found = self._summed(key, start, size, cap, on)
        if found is not None:
            place = found.last_within(first, on, cast("Limit", limit_on(cap, on)).most)
            return place if place is not None and place > fact else None
        if (key, start, size) not in self._newest:
            draws = self._draws[key, start, size]
            self._newest[key, start, size] = sorted(draws, key=itemgetter(0), reverse=True)
        newest = self._newest[key, start, size]
        counted = [one for one in newest if first <= one[1].on <= on]
        drawn = sum(draw.tpp for _, draw in counted if not draw.reserved)
        reserved = sum(draw.tpp for _, draw in counted if draw.reserved)
        whole = sum(draw.whole for _, draw in counted)
        for place, together in _by_entry(one for one in counted if one[0] > fact):
            for draw in together:
                drawn -= 0 if draw.reserved else draw.tpp
                reserved -= draw.tpp if draw.reserved else 0
                whole -= draw.whole
            if not is_passed(state(cap, on, drawn=drawn, reserved=reserved, whole=whole)):
                return place
        return None

    def _summed(self, key: Key, start: date, size: int, cap: Cap, on: date) -> Days | None:
        """The draws as sums that move on from day to day; None where one may be below nothing."""
        known = (key, start, size, cap.valid_from)
        if known not in self._sums or self._sums[known][0] > on:
            draws = self._draws[key, start, size]
            # What is passed has a limit.
            limit = cast("Limit", limit_on(cap, on))
            stock = cap.window.kind == "stock"
            below = any(draw.whole < 0 or (stock and draw.tpp < 0) for _, draw in draws)
            of, part, _ = limit
            amounts = [(draw.on, place, of * draw.tpp - part * draw.whole) for place, draw in draws]
            self._sums[known] = (on, None if below else Days(amounts))
        found = self._sums[known][1]
        self._sums[known] = (on, found)
        return found

    # ---- entries that may change what counts, or how much is allowed

    @cached_property
    def _stated(self) -> list[tuple[int, AnyEvent]]:
        """Every entry that states a fact or the law; of a reversal, what it takes back."""
        stated = self._at(self._size).prefix.stated()
        known = {event.id: event for _, event in stated}
        return [
            (place, known[event.target] if isinstance(event, RecordReversed) else event)
            for place, event in stated
        ]

    @cached_property
    def _kin(self) -> dict[str, set[str]]:
        """Parties that ever named one another as parent."""
        related: defaultdict[str, set[str]] = defaultdict(set)
        for _, event in self._stated:
            if isinstance(event, PartyRegistered):
                for parent in named_parents(event):
                    related[parent].add(event.party)
                    related[event.party].add(parent)
        return related

    def _facts_about(self, key: Key) -> list[int]:
        """The places of entries that may change what counts for a holder."""
        return [place for place, event in self._stated if self.matters(event, key)]

    def matters(self, event: AnyEvent, key: Key) -> bool:
        """Whether an entry may change what counts for a holder, its movements apart."""
        if key not in self._related:
            self._related[key] = set(kin(key[1], lambda party: self._kin.get(party, ())))
        versions = self._at(self._size).versions(key[0])
        return _matters(event, key, versions, self._related[key])


def _matters(event: AnyEvent, key: Key, versions: Sequence[Cap], related: set[str]) -> bool:
    """Whether an entry may change what counts for a holder, movements apart."""
    counts = [cap.counts for cap in versions]
    of_lines = any(cap.of_licence_line for cap in versions)
    ratio = any(cap.ratio for cap in versions)
    match event:
        case PartyRegistered():
            found = event.party in related or any(one.not_headquartered_in for one in counts)
        case DeviceClassified():
            found = ratio or of_lines or any(one.classes for one in counts)
        case AuthorizationGranted():
            found = ratio or event.party in related or event.reference in key[1]
        case AuthorizationAmended() | AuthorizationEnded():
            found = not of_lines or event.reference in key[1]
        case UsageReported():
            found = (event.cap, event.holder) == key
        case InterpretationAdopted():
            found = any(event.switch in (one.when_switch or {}) for one in counts)
        case _:
            found = True
    return found


def _dated(key: Key, cap: Cap, reading: Reading, prefix: Prefix) -> list[Placed]:
    """The draws of a book, each with the place of its entry."""
    cap_id, holder = key
    tally = reading.tally
    asides = list(tally.asides(cap, holder))
    listed = {aside.line: list(prefix.listed(aside.drawn)) for aside in asides}
    dated = list(tally.dated(cap, holder, reading.unit_tpp))
    events = {event for event, _ in dated} | {by for rows in listed.values() for by, _ in rows}
    places = prefix.places(events)
    found = [(places[event], draw) for event, draw in dated]
    found += [(0, Draw(usage.on, int(usage.tpp))) for usage in prefix.usage(cap_id, holder)]
    for aside in asides:
        taken = sorted((places[by], movement.units) for by, movement in listed[aside.line])
        found += _set_aside(aside, taken)
    return found


def _by_entry(counted: Iterable[Placed]) -> Iterator[tuple[int, list[Draw]]]:
    for place, together in groupby(counted, key=itemgetter(0)):
        yield int(place), [draw for _, draw in together]


def _set_aside(aside: Aside, taken: Sequence[tuple[int, int]]) -> Iterator[Placed]:
    """What a licence line sets aside, and what each draw on it takes from that."""
    left, units = aside.units, aside.units
    yield from ((0, draw) for draw in aside.draws(units))
    for place, together in groupby(taken, key=itemgetter(0)):
        units -= sum(one[1] for one in together)
        yield from ((place, draw) for draw in aside.draws(max(units, 0) - left))
        left = max(units, 0)
