"""Which movements count against a cap for one holder: from positions to a book of draws."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from functools import cache

from ledger.core.devices import classify
from ledger.core.headroom import Book, Draw
from ledger.core.law.law import Law
from ledger.core.law.rows import Cap, Share
from ledger.core.overlay import drawn
from ledger.core.parties import named_parents, party_facts, ultimate_parent
from ledger.core.positions import (
    BASIS,
    FREEING,
    RESERVATIONS,
    SHAPE_FIELDS,
    Drawn,
    Movement,
    Query,
    line_key,
    shape_of,
)
from ledger.core.prefix import Prefix
from ledger.core.ratings import facts_on
from ledger.core.switches import reading

_BY_PARENT = frozenset({"ultimate_parent", "family"})


class Tally:
    """Reads the draws of caps from a prefix, under the law of one day."""

    def __init__(self, prefix: Prefix, law: Law, on: date) -> None:
        """Hold what every cap of one question shares."""
        self.prefix, self.law, self.on = prefix, law, on
        self._classes = law.classes(on)
        self._class_of = cache(self._uncached_class)
        self._books: dict[tuple[str, tuple[str, ...], int], Book] = {}

    def book(self, cap: Cap, holder: tuple[str, ...], unit: int = 0) -> Book:
        """Every draw that counts against a cap for a holder, others' reported draws included.

        A licence line is counted in units: each draws `unit` tenths of TPP, whatever the device was
        rated when it went.
        """
        key = (cap.id, holder, unit if cap.of_licence_line else 0)
        if key not in self._books:
            self._books[key] = self._read(cap, holder, unit)
        return self._books[key]

    def _read(self, cap: Cap, holder: tuple[str, ...], unit: int) -> Book:
        reported = (Draw(usage.on, int(usage.tpp)) for usage in self.prefix.usage(cap.id, holder))
        return Book([*reported, *self._draws(cap, holder, unit)])

    def drawn(self, cap: Cap, holder: tuple[str, ...]) -> Iterator[Drawn]:
        """The movements behind a book, others' reported draws left out."""
        keys = list(self._keys(cap, holder))
        cuts = self._cuts(cap, [party for party, _ in keys if party])
        for party, key in keys:
            for row in self.prefix.draws(self._query(cap, key, cuts)):
                if self._counts(cap, row) and self._same_parent(cap, holder, party, row):
                    yield row

    def listed(self, cap: Cap, holder: tuple[str, ...]) -> Iterator[tuple[str, Movement]]:
        """The counted movements one by one, each with the event that added it."""
        for party, key in self._keys(cap, holder):
            for event_id, one in self.prefix.listed(self._query(cap, key, frozenset())):
                if self._counts(cap, drawn(one)) and self._same_parent(
                    cap, holder, party, drawn(one)
                ):
                    yield event_id, one

    def _draws(self, cap: Cap, holder: tuple[str, ...], unit: int) -> Iterator[Draw]:
        destination = dict(zip(cap.per, holder, strict=True)).get("destination")
        for row in self.drawn(cap, holder):
            reserved = row.kind in RESERVATIONS
            if cap.of_licence_line:
                yield Draw(row.on, row.units * unit, reserved)
            elif cap.share is None:
                yield Draw(row.on, row.tpp, reserved)
            elif reserved:
                yield from self._outside(cap.share, destination, row)
            else:
                yield Draw(row.on, 0, whole=row.tpp)
                yield from self._outside(cap.share, destination, row)

    def _outside(self, share: Share, destination: str | None, row: Drawn) -> Iterator[Draw]:
        """The numerator's part: in while the destination is outside, out from when it is not."""
        if destination not in (None, row.destination) or row.destination in share.outside_values:
            return
        counted = 0
        for day in self._turns(share, row.on):
            inside = any(
                self.law.is_member(group, row.destination, day) is True
                for group in share.outside_groups
            )
            wanted = 0 if inside else row.tpp
            if wanted != counted:
                yield Draw(day, wanted - counted, row.kind in RESERVATIONS)
            counted = wanted

    def _turns(self, share: Share, on: date) -> list[date]:
        turning = {day for group in share.outside_groups for day in self.law.turning_days(group)}
        return [on, *sorted(day for day in turning if day > on)]

    def _keys(self, cap: Cap, holder: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
        """The keys to read for a holder: of a family, one per party that may belong to it."""
        named: dict[str, str] = dict(zip(cap.per, holder, strict=True))
        fields = {SHAPE_FIELDS[key]: value for key, value in named.items()}
        if cap.of_licence_line:
            fields["line"] = line_key(named["reference"], named["line"])
        top = next((named[key] for key in cap.per if key in _BY_PARENT), None)
        for party in [""] if top is None else family(top, self.prefix):
            own = fields if not party else {**fields, "party": party}
            # A share needs the family's whole, so its key ends before the destination.
            wanted = ("party",) if cap.share is not None else shape_of(cap.per)
            yield party, tuple(own[field] for field in wanted if field in own)

    def _cuts(self, cap: Cap, parties: Iterable[str]) -> frozenset[date]:
        """Days on which a fact changed that decides whether a draw counts: no sums across them."""
        chain = kin(parties, lambda party: above(party, self.prefix))
        cuts = {version.on for party in chain for version in self.prefix.party(party)}
        if cap.window.first_on is not None:
            cuts.add(cap.window.first_on)
        if cap.counts.classes:
            cuts |= self.prefix.device_days()
        return frozenset(cuts)

    def _query(self, cap: Cap, key: tuple[str, ...], cuts: frozenset[date]) -> Query:
        return Query(
            shape=shape_of(cap.per),
            key=key,
            kinds=BASIS[cap.basis],
            exact_from=self.on - timedelta(days=cap.window.days or 0),
            cuts=cuts,
            authorizations=frozenset(cap.counts.authorizations),
            first_on=cap.window.first_on or date.min,
        )

    def _counts(self, cap: Cap, row: Drawn) -> bool:
        """Whether a draw counts; one whose class is not known counts, as the stricter reading."""
        counts = cap.counts
        if counts.classes and not self._of_class(row, counts.classes):
            return False
        if counts.not_headquartered_in is None or not self._switched(counts.when_switch or {}):
            return True
        facts = party_facts(row.party, row.on, self.prefix.party)
        return not any(
            iso is not None and self.law.is_member(counts.not_headquartered_in, iso, row.on)
            for iso in (facts.headquarters, facts.ultimate_parent_headquarters)
        )

    def _of_class(self, row: Drawn, classes: tuple[str, ...]) -> bool:
        """Whether a draw is of a class; what is freed must have been so ever since it can be known.

        Units that leave are not traced to the day they came, so units of a device that was once of
        another class free nothing: the stricter reading.
        """
        if row.kind not in FREEING:
            return self._class_of(row.device, row.on) in (*classes, None)
        days = {v.on for v in self.prefix.device(row.device) if v.on <= row.on}
        return all(self._class_of(row.device, day) in classes for day in (*days, date.min, row.on))

    def _switched(self, wanted: dict[str, str]) -> bool:
        return all(
            reading(switch, self.on, self.prefix, self.law) == value
            for switch, value in wanted.items()
        )

    def _same_parent(self, cap: Cap, holder: tuple[str, ...], party: str, row: Drawn) -> bool:
        """Whether a draw belongs to the family on its day; what is freed, on every day before."""
        if not party:
            return True
        top = next(h for key, h in zip(cap.per, holder, strict=True) if key in _BY_PARENT)
        if row.kind not in FREEING:
            return ultimate_parent(party, row.on, self.prefix.party) in (top, None)
        chain = kin([party], lambda one: above(one, self.prefix))
        changes = {v.on for one in chain for v in self.prefix.party(one) if v.on <= row.on}
        first = min((v.on for v in self.prefix.party(party)), default=row.on)
        days = {day for day in changes if day >= first} | {row.on}
        return all(ultimate_parent(party, day, self.prefix.party) == top for day in days)

    def _uncached_class(self, device: str, on: date) -> str | None:
        facts = facts_on(device, on, self.prefix, self.law)
        return None if facts is None else classify(facts, self._classes).item_class


def family(top: str, prefix: Prefix) -> list[str]:
    """Every party that may belong under an ultimate parent: those that ever named one below it."""
    return kin([top], prefix.below)


def above(party: str, prefix: Prefix) -> set[str]:
    """The parties that a party ever named above itself."""
    return {parent for version in prefix.party(party) for parent in named_parents(version)}


def kin(parties: Iterable[str], related: Callable[[str], Iterable[str]]) -> list[str]:
    """The parties and everyone they are related to, directly or through others, each once."""
    found = dict.fromkeys(parties)
    waiting = list(found)
    while waiting:
        for party in related(waiting.pop()):
            if party not in found:
                found[party] = None
                waiting.append(party)
    return list(found)
