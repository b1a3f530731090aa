"""The law of a prefix: all adopted packs as one, asked for a day."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TypeVar

from ledger.core.errors import InvalidRulePack
from ledger.core.law.caps import Cap
from ledger.core.law.conditions import Test
from ledger.core.law.pack import ROWS, Pack, rows
from ledger.core.law.row import Row
from ledger.core.law.rows import (
    Authorization,
    Coverage,
    Device,
    Duty,
    Gap,
    Group,
    ItemClass,
    LicenceRequirement,
    Listing,
    Member,
    Provision,
    Remark,
    ReviewPolicy,
    Stop,
    Switch,
)

AnyRow = TypeVar("AnyRow", bound=Row)


@dataclass(frozen=True)
class AdoptedPack:
    """A pack with the digest of the text it was read from."""

    pack: Pack
    digest: str


class Law:
    """Every row of every adopted pack, with the lookups that a decision needs."""

    def __init__(self, adopted: Iterable[AdoptedPack]) -> None:
        """Put packs together; raises `InvalidRulePack` where a row names one that is missing."""
        self.adopted = tuple(adopted)
        self._membership: dict[tuple[str, str, date], bool | None] = {}
        for row, what, named in _named(self):
            if named not in self._ids(what):
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
    def switches(self) -> dict[str, Switch]:
        """Every switch by its id."""
        return {s.id: s for adopted in self.adopted for s in adopted.pack.switches}

    @cached_property
    def catalogue(self) -> dict[str, Device]:
        """Every catalogued device; a later pack overrides an earlier one."""
        return {d.device: d for adopted in self.adopted for d in adopted.pack.devices}

    def classes(self, on: date) -> list[ItemClass]:
        """Item classes in force on a day, in their order."""
        found = (c for adopted in self.adopted for c in adopted.pack.classes)
        return sorted(_in_force(found, on), key=lambda row: row.order)

    def authorizations(self, on: date) -> list[Authorization]:
        """Authorizations in force on a day, in the order in which they are preferred."""
        found = (a for adopted in self.adopted for a in adopted.pack.authorizations)
        return sorted(_in_force(found, on), key=lambda row: row.order)

    def candidates(self, on: date) -> list[Authorization]:
        """Every authorization that the packs know: its version of a day, or the nearest one."""
        versions: dict[str, Authorization] = {}
        for adopted in self.adopted:
            for row in adopted.pack.authorizations:
                known = versions.get(row.id)
                if (
                    known is None
                    or row.in_force(on)
                    or (row.until <= on and not known.in_force(on))
                ):
                    versions[row.id] = row
        return sorted(versions.values(), key=lambda row: row.order)

    def grounds(self) -> dict[str, Authorization]:
        """Every authorization that the packs know, on whatever day, by its id."""
        return {a.id: a for adopted in self.adopted for a in adopted.pack.authorizations}

    def authorization_ids(self) -> list[str]:
        """The ids of every authorization that the packs know, if only as not modelled."""
        gaps = (gap for adopted in self.adopted for gap in adopted.pack.gaps)
        return sorted({*self.grounds(), *(one for gap in gaps for one in gap.authorizations)})

    def licence_requirements(self, on: date) -> list[LicenceRequirement]:
        """Rows that ask for a licence, in force on a day."""
        found = (r for adopted in self.adopted for r in adopted.pack.licence_requirements)
        return list(_in_force(found, on))

    def stops(self, on: date) -> list[Stop]:
        """Rows that stop a lot, in force on a day."""
        found = (s for adopted in self.adopted for s in adopted.pack.stops)
        return list(_in_force(found, on))

    def listings(self, on: date) -> list[Listing]:
        """Parties that the law itself names, in force on a day."""
        found = (one for adopted in self.adopted for one in adopted.pack.listings)
        return list(_in_force(found, on))

    def remarks(self, on: date) -> list[Remark]:
        """What is to be remarked on a day."""
        found = (r for adopted in self.adopted for r in adopted.pack.remarks)
        return list(_in_force(found, on))

    def reviews(self, on: date) -> list[ReviewPolicy]:
        """Review policies in force on a day, in their order."""
        found = (r for adopted in self.adopted for r in adopted.pack.reviews)
        return sorted(_in_force(found, on), key=lambda row: row.order)

    def duties(self, on: date) -> list[Duty]:
        """Duties in force on a day."""
        found = (d for adopted in self.adopted for d in adopted.pack.duties)
        return list(_in_force(found, on))

    def gaps(self, on: date) -> list[Gap]:
        """What is not modelled, on a day."""
        found = (g for adopted in self.adopted for g in adopted.pack.gaps)
        return list(_in_force(found, on))

    def versions(self, cap_id: str) -> list[Cap]:
        """All versions of one cap, in the order of their days."""
        found = (cap for cap in self.caps if cap.id == cap_id)
        return sorted(found, key=lambda row: row.valid_from)

    def pack_of(self, row_id: str) -> Pack | None:
        """The pack that holds a row."""
        for adopted in self.adopted:
            if any(row.id == row_id for kind in ROWS for row in rows(adopted.pack, kind)):
                return adopted.pack
        return None

    def is_member(self, group_id: str, iso: str, on: date) -> bool | None:
        """Whether a destination belongs to a group on a day; None where that is UNCONFIRMED."""
        key = (group_id, iso, on)
        if key not in self._membership:
            group = next((g for g in self.groups if g.id == group_id and g.in_force(on)), None)
            self._membership[key] = False if group is None else self._belongs(group, iso, on)
        return self._membership[key]

    def _belongs(self, group: Group, iso: str, on: date) -> bool | None:
        inside = [_confirmed(member, group) for member in _members(group, iso, on)]
        inside += [self.is_member(part, iso, on) for part in group.union]
        outside = [self.is_member(part, iso, on) for part in group.minus]
        return both(some(inside), negated(some(outside)))

    def parts(self, row_id: str) -> set[str]:
        """An id and, of a group, the ids of the groups that it is made of."""
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

    def turning_days(self, group_id: str) -> set[date]:
        """Days on which a group, or one it is made of, gains or loses a member."""
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
    Law([*others, AdoptedPack(pack, digest)])


def _in_force(found: Iterable[AnyRow], on: date) -> Iterator[AnyRow]:
    return (row for row in found if row.in_force(on))


def _members(group: Group, iso: str, on: date) -> list[Member]:
    return [m for m in group.members if m.iso == iso and m.valid_from <= on < m.until]


def _confirmed(member: Member, group: Group) -> bool | None:
    return None if (member.evidence or group.evidence) == "UNCONFIRMED" else True


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


def some(verdicts: Iterable[bool | None]) -> bool | None:
    """Three-valued or: true if one is, else unknown if one is, else false."""
    found = list(verdicts)
    return True if True in found else None if None in found else False


def every(verdicts: Iterable[bool | None]) -> bool | None:
    """Three-valued and: false if one is, else unknown if one is, else true."""
    found = list(verdicts)
    return False if False in found else None if None in found else True


def both(left: bool | None, right: bool | None) -> bool | None:  # noqa: FBT001 -- logic values
    """Three-valued and of two."""
    return every((left, right))


def negated(verdict: bool | None) -> bool | None:  # noqa: FBT001 -- a logic value
    """Three-valued not."""
    return None if verdict is None else not verdict


def among(test: Test, value: str, law: Law, on: date) -> bool | None:
    """Whether a value is in the values or groups of a test, and in none of its `not_` ones."""
    inside: bool | None = True
    if test.values or test.groups:
        named = [law.is_member(group, value, on) for group in test.groups]
        inside = some([value in test.values, *named])
    named = [law.is_member(group, value, on) for group in test.not_groups]
    outside = some([value in test.not_values, *named])
    return both(inside, negated(outside))
