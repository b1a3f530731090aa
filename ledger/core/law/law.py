"""The law of a prefix: all adopted packs as one, asked for a day."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Final

from ledger.core.errors import InvalidRulePack
from ledger.core.law.caps import Cap
from ledger.core.law.conditions import Test
from ledger.core.law.day import LawOfDay
from ledger.core.law.pack import ROWS, Pack, rows, successions
from ledger.core.law.row import Row
from ledger.core.law.rows import (
    Authorization,
    Coverage,
    Device,
    Duty,
    Group,
    ItemClass,
    Listing,
    Provision,
    Switch,
)
from ledger.core.law.versions import Versions
from ledger.core.values import Value

NO_VERSION: Final = Versions()

MOST_DAYS: Final = 4000
"""How many days are kept looked up, some eleven years; then it begins anew."""


@dataclass(frozen=True)
class AdoptedPack:
    """A pack with the digest of the text it was read from."""

    pack: Pack
    digest: str


class PackDigest(Value):
    """An adopted pack, by which the answer can be reproduced."""

    pack: str
    version: str
    digest: str


class Law:
    """Every row of every adopted pack, with the lookups that a decision needs."""

    def __init__(self, adopted: Iterable[AdoptedPack]) -> None:
        """Put packs together; raises `InvalidRulePack` where a row names one that is missing."""
        self.adopted = tuple(adopted)
        self._days: dict[date, LawOfDay] = {}
        self._parts: dict[str, frozenset[str]] = {}
        self._turning: dict[str, frozenset[date]] = {}
        ids = {what: self._ids(what) for what in ("group", "cap", "provision", "switch", "listing")}
        for row, what, named in _named(self):
            if named not in ids[what]:
                raise InvalidRulePack(
                    f"{row} names the {what} '{named}', which no adopted pack has",
                    where="law",
                    cure="correct the id, or adopt the pack that holds it first",
                )

    def _ids(self, what: str) -> set[str]:
        """The ids that a row may name."""
        rows_of: dict[str, Iterable[Row]] = {
            "group": self.groups,
            "cap": self.caps,
            "provision": self.provisions,
            "switch": self.switches.values(),
            "listing": (one for a in self.adopted for one in a.pack.listings),
        }
        return {row.id for row in rows_of[what]}

    @cached_property
    def digests(self) -> tuple[PackDigest, ...]:
        """The adopted packs with their digests."""
        return tuple(
            PackDigest(pack=one.pack.pack, version=one.pack.version, digest=one.digest)
            for one in self.adopted
        )

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """All versions of all groups."""
        return tuple(g for adopted in self.adopted for g in adopted.pack.groups)

    @cached_property
    def provisions(self) -> tuple[Provision, ...]:
        """Every provision with its status."""
        return tuple(p for adopted in self.adopted for p in adopted.pack.provisions)

    @cached_property
    def coverage(self) -> tuple[Coverage, ...]:
        """The days and postures that the packs know."""
        return tuple(c for adopted in self.adopted for c in adopted.pack.coverage)

    @cached_property
    def caps(self) -> tuple[Cap, ...]:
        """All versions of all caps."""
        return tuple(c for adopted in self.adopted for c in adopted.pack.caps)

    @cached_property
    def _drawn_on(self) -> frozenset[str]:
        rows = (row for adopted in self.adopted for row in adopted.pack.authorizations)
        return frozenset(cap for row in rows for cap in row.caps)

    @cached_property
    def switches(self) -> dict[str, Switch]:
        """Every switch by its id."""
        return {s.id: s for adopted in self.adopted for s in adopted.pack.switches}

    @cached_property
    def catalogue(self) -> dict[str, Device]:
        """Every catalogued device; a later pack overrides an earlier one."""
        return {d.device: d for adopted in self.adopted for d in adopted.pack.devices}

    def of_day(self, on: date) -> LawOfDay:
        """The law of a day; what was looked up for it is kept for whoever asks next."""
        known = self._days.get(on)
        if known is None:
            if len(self._days) >= MOST_DAYS:
                self._days.clear()
            known = self._days[on] = LawOfDay([adopted.pack for adopted in self.adopted], on)
        return known

    def classes(self, on: date) -> Sequence[ItemClass]:
        """Item classes in force on a day, in their order."""
        return self.of_day(on).classes

    def authorizations(self, on: date) -> Sequence[Authorization]:
        """Authorizations in force on a day, in the order in which they are preferred."""
        return self.of_day(on).authorizations

    def draws_on(self, cap_id: str) -> bool:
        """Whether an authorization of any day draws on a cap."""
        return cap_id in self._drawn_on

    def grounds(self) -> dict[str, Authorization]:
        """Every authorization that the packs know, on whatever day, by its id."""
        return self._grounds

    @cached_property
    def _grounds(self) -> dict[str, Authorization]:
        return {a.id: a for adopted in self.adopted for a in adopted.pack.authorizations}

    def authorization_ids(self) -> list[str]:
        """The ids of every authorization that the packs know, if only as not modelled."""
        gaps = (gap for adopted in self.adopted for gap in adopted.pack.gaps)
        return sorted({*self.grounds(), *(one for gap in gaps for one in gap.authorizations)})

    def listings(self, on: date) -> Sequence[Listing]:
        """Parties that the law itself names, in force on a day."""
        return self.of_day(on).listings

    def duties(self, on: date) -> Sequence[Duty]:
        """Duties in force on a day."""
        return self.of_day(on).duties

    def versions(self, cap_id: str) -> Versions:
        """All versions of one cap, in the order of their days."""
        return self._versions.get(cap_id, NO_VERSION)

    @cached_property
    def _versions(self) -> dict[str, Versions]:
        found: dict[str, list[Cap]] = {}
        for cap in sorted(self.caps, key=lambda row: row.valid_from):
            found.setdefault(cap.id, []).append(cap)
        return {cap_id: Versions(caps) for cap_id, caps in found.items()}

    def pack_of(self, row_id: str) -> Pack | None:
        """The pack that holds a row."""
        return self._packs.get(row_id)

    @cached_property
    def _packs(self) -> dict[str, Pack]:
        packs = [adopted.pack for adopted in reversed(self.adopted)]
        return {row.id: pack for pack in packs for kind in ROWS for row in rows(pack, kind)}

    @cached_property
    def alike(self) -> dict[int, Test]:
        """For the id of each test the first one that asks the very same, so that it is asked once.

        The law holds its tests, so that their ids stay theirs as long as it lives.
        """
        first: dict[tuple[object, ...], Test] = {}
        tests = [test for adopted in self.adopted for _, test in _tests(adopted.pack)]
        return {id(test): first.setdefault(test.question, test) for test in tests}

    def is_member(self, group_id: str, iso: str, on: date) -> bool | None:
        """Whether a destination belongs to a group on a day; None where that is UNCONFIRMED."""
        return self.of_day(on).is_member(group_id, iso)

    def parts(self, row_id: str) -> frozenset[str]:
        """An id and, of a group, the ids of the groups that it is made of."""
        parts = self._parts.get(row_id)
        if parts is None:
            parts = self._parts[row_id] = frozenset(self._parts_of(row_id))
        return parts

    def _parts_of(self, row_id: str) -> set[str]:
        parts = {row_id}
        for group in self.groups:
            if group.id == row_id:
                for part in (*group.union, *group.minus):
                    parts |= self.parts(part)
        return parts

    def ever_members(self, group_id: str) -> set[str]:
        """Destinations that a group, or one it is made of, ever names."""
        return {
            member.iso
            for group in self.groups
            if group.id in self.parts(group_id)
            for member in group.members
        }

    def turning_days(self, group_id: str) -> frozenset[date]:
        """Days on which a group, or one it is made of, gains or loses a member."""
        if group_id not in self._turning:
            self._turning[group_id] = frozenset(self._turning_days(group_id))
        return self._turning[group_id]

    def _turning_days(self, group_id: str) -> set[date]:
        days: set[date] = set()
        for group in self.groups:
            if group.id == group_id:
                days |= {group.valid_from, group.until}
                days |= {day for m in group.members for day in (m.valid_from, m.until)}
                for part in (*group.union, *group.minus):
                    days |= self.turning_days(part)
        return days - {date.min, date.max}


def check_fits(pack: Pack, digest: str, law: Law, *, where: str) -> None:
    """Refuse a pack whose rows clash with those of other packs, or name what none has.

    Raises `InvalidRulePack`.
    """
    others = [adopted for adopted in law.adopted if adopted.pack.pack != pack.pack]
    taken = {(kind, row.id) for other in others for kind in ROWS for row in rows(other.pack, kind)}
    for kind in ROWS:
        for row in rows(pack, kind):
            if (kind, row.id) in taken:
                raise InvalidRulePack(
                    f"the id '{row.id}' belongs to another adopted pack",
                    where=where,
                    cure="use an id of your own, such as house/NAME",
                )
    check_counted_alike(pack, where=where)
    Law([*others, AdoptedPack(pack, digest)])


def check_counted_alike(pack: Pack, *, where: str) -> None:
    """Refuse a pack with versions of one cap that count draws in different ways.

    Raises `InvalidRulePack`.
    """
    for one, after in successions(pack.caps):
        differing = [name for name in COUNTED_BY if getattr(one, name) != getattr(after, name)]
        if differing:
            raise InvalidRulePack(
                f"two versions of the cap '{one.id}' differ in {', '.join(differing)}: draws would "
                "be counted in two ways at once",
                where=where,
                cure="let the earlier one end, and give the later one an id of its own",
            )


COUNTED_BY: Final = ("per", "basis", "counts", "measured_on", "of_licence_line")
"""Fields of a cap by which draws are counted: one book serves all versions of a cap."""


def _named(law: Law) -> Iterator[tuple[str, str, str]]:
    """Every id that a row names, with the row: a misspelt cap would be no cap at all."""
    for adopted in law.adopted:
        pack = adopted.pack
        yield from _named_by_groups_and_caps(pack)
        yield from _named_by_authorizations(pack)
        for row_id, test in _tests(pack):
            yield from ((row_id, "group", part) for part in (*test.groups, *test.not_groups))
            if test.switch is not None:
                yield row_id, "switch", test.switch
            if test.fact == "listing":
                yield from ((row_id, "listing", one) for one in (*test.values, *test.not_values))


def _named_by_groups_and_caps(pack: Pack) -> Iterator[tuple[str, str, str]]:
    for group in pack.groups:
        yield from ((group.id, "group", part) for part in (*group.union, *group.minus))
    for cap in pack.caps:
        outside = () if cap.share is None else cap.share.outside_groups
        capped = () if cap.ratio is None else cap.ratio.of_groups
        yield from ((cap.id, "group", part) for part in (*outside, *capped))
        yield from ((cap.id, "switch", name) for name in cap.counts.when_switch or {})
        if cap.counts.not_headquartered_in is not None:
            yield cap.id, "group", cap.counts.not_headquartered_in


def _named_by_authorizations(pack: Pack) -> Iterator[tuple[str, str, str]]:
    for row in pack.authorizations:
        yield from ((row.id, "cap", cap_id) for cap_id in row.caps)
        if row.provision is not None:
            yield row.id, "provision", row.provision
    capped = [(row.id, row.cap) for row in pack.duties]
    capped += [(row.id, row.cap) for row in pack.reviews]
    yield from ((row_id, "cap", cap_id) for row_id, cap_id in capped if cap_id is not None)
    yield from ((row.id, "listing", one) for row in pack.duties for one in row.listings)
    asking: list[tuple[str, str | None]] = [
        *((row.id, row.provision) for row in pack.licence_requirements),
        *((row.id, row.provision) for row in pack.reviews),
        *((row.id, row.provision) for row in pack.stops),
        *((row.id, row.replaced_by) for row in pack.provisions),
    ]
    yield from ((row_id, "provision", named) for row_id, named in asking if named is not None)


def _tests(pack: Pack) -> Iterator[tuple[str, Test]]:
    for authorization in pack.authorizations:
        for requirement in authorization.requirements:
            yield authorization.id, requirement
            yield from ((authorization.id, test) for test in requirement.when)
    guarded = [(row.id, row.when) for row in pack.licence_requirements]
    guarded += [(row.id, one.when) for row in pack.licence_requirements for one in row.unless]
    guarded += [(row.id, row.when) for row in pack.reviews]
    guarded += [(row.id, row.when) for row in pack.stops]
    guarded += [(row.id, row.when) for row in pack.remarks]
    guarded += [(row.id, (*row.when, *row.warn_when)) for row in pack.gaps]
    guarded += [(row.id, row.when) for row in pack.caps]
    for row_id, tests in guarded:
        yield from ((row_id, test) for test in tests)
