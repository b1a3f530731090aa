"""Rooms: what the caps leave for lots of any day, on a ledger to which lots are added one by one.

What decides here is what a decision says of the same lot on the same facts: the books are read as
it reads them, and a lot that is added is counted in by what a unit of its option draws.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Final, NamedTuple

from ledger.core.deals import Deal
from ledger.core.effects import EVERYWHERE, Effect, Option
from ledger.core.findings import versions_for
from ledger.core.headroom import (
    ONE_DAY,
    Book,
    Draw,
    Level,
    counts_until,
    least,
    level,
    levels,
    version_on,
    whole_units,
)
from ledger.core.kept import kept
from ledger.core.law.caps import Cap
from ledger.core.law.law import Law
from ledger.core.law.versions import Versions
from ledger.core.overlay import Added
from ledger.core.plans import Known
from ledger.core.positions import Kind, Movement
from ledger.core.prefix import Prefix
from ledger.core.situation import Situation
from ledger.core.usage import Own, Tally

Holder = tuple[str, ...]

PLANNED: Final = "planned/"
"""Begins the name of a lot that is added for a deal."""


class Bound(NamedTuple):
    """What a cap that limits a lot leaves for it: the least room on a day that counts for it.

    `units` is None where there is no limit.
    """

    cap: str
    holder: Holder
    level: Level
    units: int | None


class _Key(NamedTuple):
    """What a book depends on: the cap's version, its holder, and how its draws are judged.

    `apart` is the day itself where draws are judged by it alone; `own` the licence line, and units
    of it, that the lot in question uses up.
    """

    cap: str
    valid_from: date
    holder: Holder
    unit_tpp: int
    classes: tuple[int, ...]
    apart: date | None
    own: Own | None


class _Asked(NamedTuple):
    """A cap that is asked about a lot: its versions as they are for the lot, and its draws."""

    versions: Sequence[Cap]
    holder: Holder
    book: Book


class Rooms:
    """Weighs lots on a prefix, and on the lots that were added to it."""

    def __init__(
        self,
        prefix: Prefix,
        law: Law,
        since: date,
        known: dict[tuple[int, ...], Known] | None = None,
    ) -> None:
        """Weigh lots of a day and later ones; the prefix itself stays as it is.

        `known` is what others found of the same prefix, by the classes that it was asked under.
        """
        self.law, self._since = law, since
        self._below = kept(prefix) if known is None else prefix
        self._added = Added(self._below)
        self.prefix = self._added.prefix
        rolling = max((cap.window.days or 0 for cap in law.caps), default=0)
        self._read_from = since - timedelta(days=rolling)
        self._known = defaultdict(Known) if known is None else known
        self._books: dict[_Key, Book] = {}
        self._keys: dict[str, dict[Holder, dict[_Key, None]]] = defaultdict(dict)
        self._versions: dict[str, Versions] = {}
        self._lines: dict[tuple[object, ...], Situation] = {}
        self._lots: list[tuple[Deal, Option, date, int]] = []

    def empty(self) -> "Rooms":
        """The same without any lot that was added."""
        return Rooms(self._below, self.law, self._since, self._known)

    def bounds(self, deal: Deal, option: Option, on: date, quantity: int) -> list[Bound]:
        """What each cap that decides about a lot of a day leaves for it."""
        found = []
        for effect in option.draws:
            if effect.limits:
                asked = self._asked(effect, deal, option, on, quantity)
                tightest = _tightest(asked, on)
                if tightest is not None:
                    units = whole_units(tightest.headroom_tpp, option.unit_tpp)
                    found.append(Bound(effect.cap, effect.holder, tightest, units))
        return found

    def units(self, deal: Deal, option: Option, on: date, quantity: int) -> int:
        """How many units of a quantity may go on a day."""
        bounds = self.bounds(deal, option, on, quantity)
        return min([quantity, *(one.units for one in bounds if one.units is not None)])

    def overtaken(self) -> list[str]:
        """Deals of which a lot that was added fits no longer, beside those added after it.

        A lot may draw on a cap that does not limit it, on an earlier day than one that it limits.
        """
        return list(
            dict.fromkeys(
                deal.deal
                for deal, option, on, quantity in self._lots
                for bound in self.bounds(deal, option, on, quantity)
                if (bound.level.headroom_tpp or 0) < 0
            )
        )

    def next_day(self, deal: Deal, option: Option, on: date, quantity: int) -> date:
        """The first later day on which no cap surely refuses a quantity that does not go on a day.

        Every day in between counts together with one on which a cap leaves too little.
        """
        asked_tpp, found = quantity * option.unit_tpp, on + ONE_DAY
        for effect in option.draws:
            if effect.limits:
                asked = self._asked(effect, deal, option, on, quantity)
                found = max(found, _refused_until(asked, on, asked_tpp))
        return found

    def add(self, deal: Deal, option: Option, on: date, quantity: int) -> None:
        """Count a lot in as exported on a day."""
        self._lots.append((deal, option, on, quantity))
        movement = _movement(deal, option, on, quantity)
        self._added.add(movement)
        for effect in option.draws:
            for key in self._touched(effect):
                self._count(key, effect, movement)

    def _touched(self, effect: Effect) -> list[_Key]:
        """The books that hold the draws of a cap for a holder."""
        of_cap = self._keys[effect.cap]
        if EVERYWHERE not in effect.holder:
            return list(of_cap.get(effect.holder, ()))
        holders = [holder for holder in of_cap if is_part(holder, effect.holder)]
        return [key for holder in holders for key in of_cap[holder]]

    def _count(self, key: _Key, effect: Effect, movement: Movement) -> None:
        """Count a lot in a book; one that judges it in its own way is read anew, when asked."""
        book = self._books.get(key)
        if book is None:
            return
        if key.apart is not None or key.classes != self._classes(movement.on):
            del self._books[key]
            return
        tpp = movement.units * key.unit_tpp if key.unit_tpp else movement.tpp
        for draw in draws_of(effect, movement.on, tpp):
            book.add(draw)

    def _asked(self, effect: Effect, deal: Deal, option: Option, on: date, quantity: int) -> _Asked:
        if not option.line:
            versions = self._plain(effect.cap)
            cap = version_on(versions, on)
            return _Asked(versions, effect.holder, self._book(cap, effect.holder, on))
        situation = self._situation(deal, option, on, quantity)
        versions = versions_for(effect.cap, situation)
        of_day = version_on(versions, on)
        # The version of the law, not the one made for the line, says whether it is a line's.
        begins = None if of_day is None else of_day.valid_from
        every = self.law.versions(effect.cap)
        cap = next((one for one in every if one.valid_from == begins), None)
        book = self._book(cap, effect.holder, on, option.unit_tpp, situation.own_line)
        return _Asked(versions, effect.holder, book)

    def _plain(self, cap_id: str) -> Sequence[Cap]:
        """The versions of a cap for lots that no licence line covers."""
        if cap_id not in self._versions:
            versions = self.law.versions(cap_id)
            self._versions[cap_id] = Versions(v for v in versions if not v.of_licence_line)
        return self._versions[cap_id]

    def _situation(self, deal: Deal, option: Option, on: date, quantity: int) -> Situation:
        request = deal.request(on, option.device, quantity)
        key = (request.model_copy(update={"quantity": 1}), option.line)
        if key not in self._lines:
            self._lines[key] = Situation(request, self.prefix, self.law, option.line)
        return self._lines[key].again(request, self.prefix)

    def _book(
        self,
        cap: Cap | None,
        holder: Holder,
        on: date,
        unit_tpp: int = 0,
        own: Own | None = None,
    ) -> Book:
        if cap is None or cap.window.kind == "lot":
            return Book([])
        apart = cap.ratio is not None or cap.counts.not_headquartered_in is not None
        key = _Key(
            cap.id,
            cap.valid_from,
            holder,
            unit_tpp if cap.of_licence_line else 0,
            self._classes(on),
            on if apart else None,
            own if cap.ratio is not None else None,
        )
        book = self._books.get(key)
        if book is None:
            known = self._known[key.classes]
            tally = Tally(self.prefix, self.law, on, known, since=self._read_from)
            book = self._books[key] = tally.book(cap, holder, key.unit_tpp, key.own)
            self._keys[cap.id].setdefault(holder, {})[key] = None
        return book

    def _classes(self, on: date) -> tuple[int, ...]:
        """The item classes of a day: draws are judged alike while they are the same."""
        return tuple(map(id, self.law.classes(on)))  # the law outlives the question


def draws_of(effect: Effect, on: date, tpp: int) -> Iterator[Draw]:
    """What a lot draws on a cap for a holder, on its day and where a group's members change."""
    if effect.part or effect.whole:
        yield Draw(on, tpp if effect.part else 0, whole=tpp if effect.whole else 0)
    yield from (Draw(day, tpp if begins else -tpp) for day, begins in effect.turns if day > on)


def is_part(holder: Holder, of: Holder) -> bool:
    """Whether a holder is one of those that are meant by one of everywhere."""
    return all(there in (here, EVERYWHERE) for here, there in zip(holder, of, strict=True))


def _measured(cap: Cap, on: date) -> bool:
    return f"{on:%m-%d}" in cap.measured_on


def _tightest(asked: _Asked, on: date) -> Level | None:
    """The least room of a lot of a day; None where the cap decides nothing on it."""
    cap = version_on(asked.versions, on)
    if cap is None or not cap.measured_on:
        return least(asked.versions, asked.book, on)
    return level(asked.versions, asked.book, on) if _measured(cap, on) else None


def _refused_until(asked: _Asked, on: date, asked_tpp: int) -> date:
    """The first day that does not count together with one on which there is too little room."""
    cap = version_on(asked.versions, on)
    if cap is None or cap.measured_on:
        return on
    found = list(levels(asked.versions, asked.book, on))
    refused = [place for place, one in enumerate(found) if not leaves(one, asked_tpp)]
    if not refused:
        return on
    after = found[refused[-1] + 1 :]
    end = after[0].on if after else counts_until(cap.window, on)
    # Another version may have another window, of which those days are no part.
    return min([end, *(v.valid_from for v in asked.versions if v.valid_from > on)])


def leaves(found: Level, asked_tpp: int) -> bool:
    """Whether a cap leaves room for an amount."""
    return found.headroom_tpp is None or asked_tpp <= found.headroom_tpp


def _movement(deal: Deal, option: Option, on: date, quantity: int) -> Movement:
    """A lot as it would be recorded if it went."""
    request = deal.request(on, option.device, quantity)
    return Movement(
        on=on,
        kind=Kind.DOMESTIC if request.transaction == "domestic" else Kind.EXPORTED,
        device=request.device,
        party=request.ultimate_consignee,
        destination=request.destination,
        units=quantity,
        tpp=quantity * option.unit_tpp,
        lot=f"{PLANNED}{deal.deal}",
        authorization=option.authorization,
        end_user=request.end_user,
        exporter=request.exporter,
        line=option.line,
    )
