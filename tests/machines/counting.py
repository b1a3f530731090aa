"""What caps say of a book, day by day as the design defines it (chapter 7): no turning days."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from itertools import accumulate, product
from typing import Final, Generic, TypeVar

from ledger.core.devices import classify, unit_tpp
from ledger.core.events import (
    AuthorizationGranted,
    DeviceClassified,
    DeviceFacts,
    InterpretationAdopted,
    PartyRegistered,
    UsageReported,
)
from ledger.core.grants import Grant, grant_on, line_units
from ledger.core.law.caps import Cap
from ledger.core.law.law import Law
from ledger.core.parties import named_parents, party_facts, ultimate_parent
from tests.machines.book import Book, Row

FIRST_DAY: Final = date(2023, 1, 1)
END: Final = date(2029, 6, 1)
"""Every day of a history lies between these, and so does every day on which anything changes."""

ONE_DAY: Final = timedelta(days=1)
TENTHS: Final = 10
BASES: Final = {
    "exported": {"exported", "reserved"},
    "licensed": {"licensed"},
    "installed": {
        *("exported", "domestic", "declared", "left", "arrived"),
        *("reserved", "reserved-domestic"),
    },
}
RESERVED: Final = {"reserved", "reserved-domestic"}
Holder = tuple[str, ...]
Figures = tuple[int | None, int, int, int | None]
"""Allowance, drawdown, reserved, room."""


@dataclass(frozen=True)
class Said:
    """What a cap says of a holder: amounts in tenths of TPP, those of the binding day."""

    allowance: int | None
    drawdown: int
    reserved: int
    headroom: int | None
    binding_on: date


@dataclass(frozen=True)
class Amount:
    """What counts from a day on."""

    on: date
    tpp: int
    reserved: bool = False
    destination: str = ""


@dataclass
class Counted:
    """What counts for one holder: the amounts, and those they are measured against."""

    amounts: list[Amount] = field(default_factory=list)
    whole: list[Amount] = field(default_factory=list)


def days(first: date, until: date) -> Iterator[date]:
    return (first + place * ONE_DAY for place in range((until - first).days))


class Running:
    """Sums up to each day."""

    def __init__(self, amounts: Iterable[Amount]) -> None:
        moved = [0] * (END - FIRST_DAY).days
        for one in amounts:
            moved[max(number(one.on), 0)] += one.tpp
        self.sums = list(accumulate(moved))

    def counted(self, cap: Cap, first: date, until: date) -> list[int]:
        """What counts together on each day from a day on: the days share a calendar window."""
        begin, end = number(first), number(until)
        if cap.window.days is not None:
            gone = [0] * cap.window.days + self.sums
            return [now - before for now, before in zip(self.sums, gone, strict=False)][begin:end]
        before = number(counted_since(cap, first)) - 1
        base = self.sums[before] if before >= 0 else 0
        return [now - base for now in self.sums[begin:end]]


def number(day: date) -> int:
    return (day - FIRST_DAY).days


class Counting:
    """Answers for a book under a law."""

    def __init__(self, book: Book, law: Law) -> None:
        self.book, self.law = book, law
        self.rows = list(book.drawn())
        self.parties: dict[str, list[PartyRegistered]] = {}
        for version in book.by_day(PartyRegistered):
            self.parties.setdefault(version.party, []).append(version)
        self.rated: dict[str, list[DeviceClassified]] = {}
        for rating in book.by_day(DeviceClassified):
            self.rated.setdefault(rating.device, []).append(rating)
        self._parent = cache(lambda party, on: ultimate_parent(party, on, self.versions))
        self._class = cache(self._class_of)
        self._ever_above = cache(self._named_above)

    def versions(self, party: str) -> Sequence[PartyRegistered]:
        return self.parties.get(party, [])

    # ---- the figure of a cap

    def figure(self, cap_id: str, holder: Holder, on: date) -> Said | None:
        """The least room on any day on which a lot of a day would count."""
        versions = self.law.versions(cap_id)
        cap = in_force(versions, on)
        if cap is None:
            return None
        last = on + ONE_DAY if measured(cap, on) else min(until(cap, on), END)
        return Levels(versions, holder, self, on).least(on, last)

    def passed(self, cap_id: str, holder: Holder, on: date) -> bool:
        """Whether more counts on a day than a limit allows on that very day."""
        versions = self.law.versions(cap_id)
        cap = in_force(versions, on)
        if cap is None or cap.effect != "limit" or (cap.measured_on and not measured(cap, on)):
            return False
        said = Levels(versions, holder, self, on).least(on, on + ONE_DAY)
        return said is not None and said.headroom is not None and said.headroom < 0

    def holders(self, cap: Cap, places: Sequence[str]) -> set[Holder]:
        """Every holder that a row could count for, and whoever never drew anything."""
        values: dict[str, set[str]] = {
            "device": {r.device for r in self.rows},
            "destination": {*places, *(r.destination for r in self.rows)},
            "ultimate_consignee": set(self.parties),
            "end_user": {r.end_user for r in self.rows},
            "exporter": {r.exporter for r in self.rows},
            "ultimate_parent": set(self.parties),
            "family": set(self.parties),
        }
        if "line" in cap.per:
            return {(grant.reference, str(line)) for grant, line in self._lines()}
        return set(product(*(values[key] - {""} for key in cap.per)))

    def _lines(self) -> set[tuple[AuthorizationGranted, int]]:
        grants = self.book.standing(AuthorizationGranted)
        return {(grant, line.line) for grant in grants for line in grant.lines}

    # ---- what counts

    def counted(self, cap: Cap, holder: Holder, asked_on: date) -> Counted:
        """What counts against a cap for a holder, as the law of a day has it."""
        key = (cap.id, holder)
        reported = [u for u in self.book.standing(UsageReported) if (u.cap, u.holder) == key]
        found = Counted([Amount(u.on, int(u.tpp)) for u in reported])
        for row in self.rows:
            if row.kind not in BASES[cap.basis] or not self._may_count(cap, row, asked_on):
                continue
            tpp = row.units * TENTHS if cap.of_licence_line else row.tpp
            amount = Amount(row.on, tpp, row.kind in RESERVED, row.destination)
            if self._held_by(cap, holder, row, asked_on):
                found.amounts.append(amount)
            if cap.share is not None and row.kind not in RESERVED:  # noqa: SIM102 -- two questions
                if self._held_by(cap, holder, row, asked_on, whole=True):
                    found.whole.append(amount)
        if cap.ratio is not None:
            found.whole += self._gone_to(cap, holder[0])
            found.amounts += self._set_aside(cap, holder[0], asked_on)
        return found

    def _may_count(self, cap: Cap, row: Row, asked_on: date) -> bool:
        counts = cap.counts
        if counts.authorizations and row.authorization not in counts.authorizations:
            return False
        if cap.window.first_on is not None and row.on < cap.window.first_on:
            return False
        if counts.not_headquartered_in is None or not self._reads(counts.when_switch, asked_on):
            return True
        facts = party_facts(row.party, row.on, self.versions)
        seats = (facts.headquarters, facts.ultimate_parent_headquarters)
        group = counts.not_headquartered_in
        return not any(s and self.law.is_member(group, s, row.on) for s in seats)

    def _reads(self, wanted: dict[str, str] | None, on: date) -> bool:
        for switch, value in (wanted or {}).items():
            signed = [
                e
                for e in self.book.by_day(InterpretationAdopted)
                if e.switch == switch and e.on <= on
            ]
            found = signed[-1].value if signed else self.law.switches[switch].unset
            if found != value:
                return False
        return True

    def _held_by(
        self, cap: Cap, holder: Holder, row: Row, asked_on: date, *, whole: bool = False
    ) -> bool:
        """Whether a row is the holder's: in doubt, as is stricter.

        What adds to a drawdown counts if it may; what frees counts if it surely did before. Of
        what a share is measured against it is the other way round.
        """
        keys = named(cap, holder)
        if cap.ratio is not None:
            return row.device == holder[0] and row.destination in self._capped(cap)
        plain = {
            "destination": row.destination,
            "ultimate_consignee": row.party,
            "end_user": row.end_user,
            "exporter": row.exporter,
        }
        if any(keys[key] != value for key, value in plain.items() if key in keys) and not whole:
            return False
        if "line" in keys and row.line != "/".join(holder):
            return False
        verdicts = [self._of_class(cap, row, asked_on), self._of_family(keys, row)]
        lenient = (row.kind == "left") == whole
        return all(
            any(v is not False for v in found) if lenient else all(v is True for v in found)
            for found in verdicts
            if found
        )

    def _of_class(self, cap: Cap, row: Row, asked_on: date) -> list[bool | None]:
        """Whether its device was of a counted class: of what left, on every day before too."""
        if not cap.counts.classes:
            return []
        asked = {row.on}
        if row.kind == "left":
            ratings = self.rated.get(row.device, [])
            asked |= {date.min, *(r.on for r in ratings if r.on <= row.on)}
        found = [self._class(row.device, day, asked_on) for day in asked]
        return [None if one is None else one in cap.counts.classes for one in found]

    def _class_of(self, device: str, on: date, asked_on: date) -> str | None:
        facts = self.facts_of(device, on)
        return None if facts is None else classify(facts, self.law.classes(asked_on)).item_class

    def facts_of(self, device: str, on: date) -> DeviceFacts | None:
        rated = self.rated.get(device, [])
        of_the_day: list[DeviceFacts] = [r for r in rated if r.on <= on]
        known = of_the_day[-1] if of_the_day else self.law.catalogue.get(device)
        return known or next(iter(rated), None)

    def _of_family(self, keys: dict[str, str], row: Row) -> list[bool | None]:
        """Whether its party was of the family: of what left, on every day before too."""
        top = keys.get("ultimate_parent") or keys.get("family")
        if top is None:
            return []
        if top not in self._ever_above(row.party):
            return [False]
        asked = {row.on}
        if row.kind == "left" and self.versions(row.party):
            first = self.versions(row.party)[0].on
            changes = {v.on for party in self._ever_above(row.party) for v in self.versions(party)}
            asked |= {day for day in changes if first <= day <= row.on}
        found = [self._parent(row.party, day) for day in asked]
        return [None if one is None else one == top for one in found]

    def _named_above(self, party: str) -> set[str]:
        """A party and all that it, or one of these, ever named above itself."""
        found = {party}
        while True:
            named = {p for one in found for v in self.versions(one) for p in named_parents(v)}
            if named <= found:
                return found
            found |= named

    # ---- a ratio

    def _capped(self, cap: Cap) -> set[str]:
        assert cap.ratio is not None
        return {iso for group in cap.ratio.of_groups for iso in self.law.ever_members(group)}

    def _gone_to(self, cap: Cap, device: str) -> list[Amount]:
        assert cap.ratio is not None
        first = cap.window.first_on or date.min
        return [
            Amount(row.on, row.tpp)
            for row in self.rows
            if row.kind in {"exported", "domestic"}
            and (row.device, row.destination in cap.ratio.to_values) == (device, True)
            and row.on >= first
        ]

    def _set_aside(self, cap: Cap, device: str, asked_on: date) -> list[Amount]:
        """What live licences still cover, on the days on which they are live."""
        found: list[Amount] = []
        facts = self.facts_of(device, asked_on)
        unit = 0 if facts is None else int(unit_tpp(facts))
        for grant in self._licences(asked_on):
            if not self._capped(cap) & set(grant.destinations):
                continue
            first = max(grant.valid_from, cap.window.first_on or date.min)
            for line in (line for line in grant.lines if line.device == device):
                named = f"{grant.reference}/{line.line}"
                used = [r for r in self.rows if r.line == named and r.kind in BASES["exported"]]
                left = max(line_units(line) - sum(r.units for r in used), 0) * unit
                if grant.until is None or first < grant.until:
                    found.append(Amount(first, left, reserved=True))
                    if grant.until is not None:
                        found.append(Amount(grant.until, -left, reserved=True))
        return found

    def _licences(self, on: date) -> list[Grant]:
        licences = {row.id for row in self.law.grounds().values() if row.kind == "licence"}
        grants = [
            grant_on(g, self.book.changes(g.reference), on)
            for g in self.book.standing(AuthorizationGranted)
            if g.authorization in licences
        ]
        return [g for g in grants if g.until is None or g.until > on]


class Levels:
    """A cap for a holder on any day, under the law and with the facts of one."""

    def __init__(
        self, versions: Sequence[Cap], holder: Holder, counting: Counting, asked_on: date
    ) -> None:
        cap = in_force(versions, asked_on)
        assert cap is not None
        assert {one.window for one in versions} == {cap.window}
        self.versions, self.cap, self.holder, self.counting = versions, cap, holder, counting
        self.counted = counting.counted(cap, holder, asked_on)

    def least(self, first: date, until: date) -> Said | None:
        """The first day of the least room; no limit leaves more than any."""
        found = self._share(first, until) if self.cap.share else self._plain(first, until)
        known = figured(self.versions, first, until)
        least: Said | None = None
        for place, (allowance, drawdown, reserved, room) in enumerate(found):
            if not known[place] or (least is not None and not tighter(room, least.headroom)):
                continue
            day = first + place * ONE_DAY
            if not self.cap.measured_on or measured(self.cap, day):
                least = Said(allowance, drawdown, reserved, room, day)
        return least

    def _plain(self, first: date, until: date) -> list[Figures]:
        drawn, held = self._sums(self.counted.amounts, first, until)
        if self.cap.window.kind == "stock":
            drawn = [max(one, 0) for one in drawn]
        allowed = self._allowances(first, until)
        return [
            (allowance, one, aside, None if allowance is None else allowance - one - aside)
            for allowance, one, aside in zip(allowed, drawn, held, strict=True)
        ]

    def _sums(
        self, amounts: Sequence[Amount], first: date, until: date
    ) -> tuple[list[int], list[int]]:
        drawn = Running(a for a in amounts if not a.reserved).counted(self.cap, first, until)
        held = Running(a for a in amounts if a.reserved).counted(self.cap, first, until)
        return drawn, held

    def _allowances(self, first: date, until: date) -> list[int | None]:
        if self.cap.of_licence_line:
            return self._of_line(first, until)
        if self.cap.ratio is None:
            return stepped(self.versions, first, until)
        percent = self.cap.ratio.percent
        whole = Running(self.counted.whole).counted(self.cap, first, until)
        return [int(percent * max(one, 0)) // 100 for one in whole]

    def _of_line(self, first: date, until: date) -> list[int | None]:
        """What a line covers as amended by a day, as long as it is one of the same device."""
        reference, number_of_line = self.holder
        book = self.counting.book
        grant = next(g for g in book.standing(AuthorizationGranted) if g.reference == reference)
        changes = book.changes(reference)
        turns = {change.on for change in changes}
        asked, units = None, 0
        found: list[int | None] = []
        for day in days(first, until):
            if asked is None or day in turns:
                lines = grant_on(grant, changes, day).lines
                (then,) = [one for one in lines if str(one.line) == number_of_line]
                asked = asked or then.device
                units = line_units(then) * TENTHS if then.device == asked else 0
            found.append(units)
        return found

    def _share(self, first: date, until: date) -> list[Figures]:
        """The most that fits beside what is outside: 100 (N + x) <= percent (T + x)."""
        share = self.cap.share
        assert share is not None
        percent, place = int(share.percent), named(self.cap, self.holder).get("destination")
        outside_of, inside_of = share.outside_values, share.outside_groups
        drawn, held = ([0] * (until - first).days for _ in range(2))
        for iso in {a.destination for a in self.counted.amounts} - set(outside_of):
            if place in (None, iso):
                there = [a for a in self.counted.amounts if a.destination == iso]
                mask = outside(self.counting.law, inside_of, iso, first, until)
                for sums, own in zip((drawn, held), self._sums(there, first, until), strict=True):
                    sums[:] = [a + b * c for a, b, c in zip(sums, own, mask, strict=True)]
        whole = Running(self.counted.whole).counted(self.cap, first, until)
        return [_of_share(percent, *amounts) for amounts in zip(drawn, held, whole, strict=True)]


def _of_share(percent: int, drawn: int, held: int, whole: int) -> Figures:
    used, base = max(drawn, 0), percent * max(whole, 0)
    return base // 100, used, held, (base - 100 * (used + held)) // (100 - percent)


def named(cap: Cap, holder: Holder) -> dict[str, str]:
    return dict(zip(cap.per, holder, strict=True))


def tighter(room: int | None, other: int | None) -> bool:
    return room is not None and (other is None or room < other)


# ---- what every holder shares on each day, written out once


Of = TypeVar("Of")


class Once(Generic[Of]):
    """Lists by what they were made of; what is known by its identity is kept for that."""

    def __init__(self) -> None:
        self._lists: dict[tuple[object, ...], list[Of]] = {}
        self._kept: list[object] = []

    def of(self, key: tuple[object, ...], made: Callable[[], list[Of]], about: object) -> list[Of]:
        if key not in self._lists:
            self._lists[key] = made()
            self._kept.append(about)
        return self._lists[key]


_figured: Final[Once[bool]] = Once()
_stepped: Final[Once[int | None]] = Once()
_outside: Final[Once[bool]] = Once()


def figured(versions: Sequence[Cap], first: date, until: date) -> list[bool]:
    """Whether some version of a cap has a figure, day by day."""
    return _figured.of(
        (*map(id, versions), first, until),
        lambda: [in_force(versions, day) is not None for day in days(first, until)],
        versions,
    )


def stepped(versions: Sequence[Cap], first: date, until: date) -> list[int | None]:
    """The allowance of a cap, day by day; nothing of a day without one is ever looked at."""
    return _stepped.of(
        (*map(id, versions), first, until),
        lambda: [_step(versions, day) for day in days(first, until)],
        versions,
    )


def _step(versions: Sequence[Cap], day: date) -> int | None:
    cap = in_force(versions, day)
    reached = [step.tpp for step in cap.allowance if step.valid_from <= day] if cap else [None]
    return None if reached[-1] is None else int(reached[-1])


def outside(law: Law, groups: tuple[str, ...], iso: str, first: date, until: date) -> list[bool]:
    """Whether a country is outside of all groups, day by day."""
    packs = tuple(adopted.digest for adopted in law.adopted)
    return _outside.of(
        (packs, groups, iso, first, until),
        lambda: [
            not any(law.is_member(group, iso, day) for group in groups)
            for day in days(first, until)
        ],
        None,
    )


def in_force(versions: Sequence[Cap], on: date) -> Cap | None:
    """The version with a figure for a day."""
    for cap in versions:
        begun = not cap.allowance or any(step.valid_from <= on for step in cap.allowance)
        if cap.valid_from <= on < cap.until and begun:
            return cap
    return None


def measured(cap: Cap, day: date) -> bool:
    return f"{day:%m-%d}" in cap.measured_on


def counted_since(cap: Cap, day: date) -> date:
    """The first day that counts together with a day."""
    match cap.window.kind:
        case "calendar-year":
            return day.replace(month=1, day=1)
        case "calendar-quarter":
            return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)
        case "rolling":
            assert cap.window.days is not None
            return day - timedelta(days=cap.window.days) + timedelta(days=1)
        case "lot":
            return day
        case _:
            return FIRST_DAY


def until(cap: Cap, on: date) -> date:
    """The first day that does not count together with a day any more."""
    if cap.window.kind in {"stock", "period"}:
        return END
    after = on
    while counted_since(cap, after) <= on and after < END:
        after += timedelta(days=1)
    return after
