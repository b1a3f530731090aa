"""The law of one day: the rows in force on it, looked up once for all who ask about that day."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import cached_property
from typing import TypeVar

from ledger.core.devices import Classification, classify
from ledger.core.events import DeviceFacts
from ledger.core.law.conditions import Test
from ledger.core.law.logic import both, negated, some
from ledger.core.law.pack import Pack
from ledger.core.law.row import Posture, Row
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
)

AnyRow = TypeVar("AnyRow", bound=Row)


class LawOfDay:
    """The rows of some packs that are in force on a day."""

    def __init__(self, packs: Sequence[Pack], on: date) -> None:
        """Keep packs and day; each kind of row is looked up when it is first asked for."""
        self.packs, self.on = packs, on
        self._classified: dict[str, tuple[Device, Classification]] = {}
        self._membership: dict[tuple[str, str], bool | None] = {}
        self._deciding: dict[tuple[str, Posture], bool] = {}

    def _in_force(self, found: Iterable[AnyRow]) -> Iterator[AnyRow]:
        return (row for row in found if row.in_force(self.on))

    @cached_property
    def classes(self) -> Sequence[ItemClass]:
        """Item classes, in their order."""
        found = self._in_force(c for pack in self.packs for c in pack.classes)
        return sorted(found, key=lambda row: row.order)

    def classified(self, facts: DeviceFacts) -> Classification:
        """The item class of a device; that of a row of the law is kept."""
        if not isinstance(facts, Device):
            return classify(facts, self.classes)
        known = self._classified.get(facts.device)
        if known is None or known[0] is not facts:
            known = self._classified[facts.device] = facts, classify(facts, self.classes)
        return known[1]

    @cached_property
    def authorizations(self) -> Sequence[Authorization]:
        """Authorizations, in the order in which they are preferred."""
        found = self._in_force(a for pack in self.packs for a in pack.authorizations)
        return sorted(found, key=lambda row: row.order)

    @cached_property
    def candidates(self) -> Sequence[Authorization]:
        """Every authorization that the packs know: its version of the day, or the nearest one."""
        on = self.on
        versions: dict[str, Authorization] = {}
        for pack in self.packs:
            for row in pack.authorizations:
                known = versions.get(row.id)
                if (
                    known is None
                    or row.in_force(on)
                    or (row.until <= on and not known.in_force(on))
                ):
                    versions[row.id] = row
        return sorted(versions.values(), key=lambda row: row.order)

    @cached_property
    def licence_requirements(self) -> Sequence[LicenceRequirement]:
        """Rows that ask for a licence."""
        return list(self._in_force(r for pack in self.packs for r in pack.licence_requirements))

    @cached_property
    def stops(self) -> Sequence[Stop]:
        """Rows that stop a lot."""
        return list(self._in_force(s for pack in self.packs for s in pack.stops))

    @cached_property
    def listings(self) -> Sequence[Listing]:
        """Parties that the law itself names."""
        return list(self._in_force(one for pack in self.packs for one in pack.listings))

    @cached_property
    def remarks(self) -> Sequence[Remark]:
        """What is to be remarked."""
        return list(self._in_force(r for pack in self.packs for r in pack.remarks))

    @cached_property
    def reviews(self) -> Sequence[ReviewPolicy]:
        """Review policies, in their order."""
        found = self._in_force(r for pack in self.packs for r in pack.reviews)
        return sorted(found, key=lambda row: row.order)

    @cached_property
    def duties(self) -> Sequence[Duty]:
        """Duties that an authorization, a grant or a listing brings."""
        return list(self._in_force(d for pack in self.packs for d in pack.duties))

    @cached_property
    def gaps(self) -> Sequence[Gap]:
        """What is not modelled."""
        return list(self._in_force(g for pack in self.packs for g in pack.gaps))

    @cached_property
    def coverage(self) -> dict[Posture, Coverage]:
        """For each posture the row that says that the law is known."""
        found = list(self._in_force(c for pack in self.packs for c in pack.coverage))
        return {row.posture: row for row in reversed(found)}

    def decides(self, provision_id: str, posture: Posture) -> bool:
        """Whether a provision decides under a posture: in effect, and not replaced."""
        key = (provision_id, posture)
        if key not in self._deciding:
            self._deciding[key] = self._decides(provision_id, posture)
        return self._deciding[key]

    def _decides(self, provision_id: str, posture: Posture) -> bool:
        provision = self._provisions.get(provision_id)
        if provision is None:
            return False
        in_effect = provision.enforced if posture == "enforced" else provision.on_the_books
        replaced = provision.replaced_by
        return in_effect(self.on) and not (replaced is not None and self.decides(replaced, posture))

    @cached_property
    def _provisions(self) -> dict[str, Provision]:
        found = list(self._in_force(p for pack in self.packs for p in pack.provisions))
        return {provision.id: provision for provision in reversed(found)}

    @cached_property
    def _groups(self) -> dict[str, Group]:
        found = list(self._in_force(g for pack in self.packs for g in pack.groups))
        return {group.id: group for group in reversed(found)}

    def is_member(self, group_id: str, iso: str) -> bool | None:
        """Whether a destination belongs to a group; None where that is UNCONFIRMED."""
        key = (group_id, iso)
        if key not in self._membership:
            group = self._groups.get(group_id)
            self._membership[key] = False if group is None else self._belongs(group, iso)
        return self._membership[key]

    def _belongs(self, group: Group, iso: str) -> bool | None:
        inside = [_confirmed(member, group) for member in self._members(group, iso)]
        inside += [self.is_member(part, iso) for part in group.union]
        outside = [self.is_member(part, iso) for part in group.minus]
        return both(some(inside), negated(some(outside)))

    def _members(self, group: Group, iso: str) -> list[Member]:
        on = self.on
        return [m for m in group.members if m.iso == iso and m.valid_from <= on < m.until]


def _confirmed(member: Member, group: Group) -> bool | None:
    return None if (member.evidence or group.evidence) == "UNCONFIRMED" else True


def among(test: Test, value: str, law: LawOfDay) -> bool | None:
    """Whether a value is in the values or groups of a test, and in none of its `not_` ones."""
    inside: bool | None = True
    if test.values or test.groups:
        inside = value in test.values or some(law.is_member(one, value) for one in test.groups)
    if inside is False or not (test.not_values or test.not_groups):
        return inside
    outside = value in test.not_values or some(law.is_member(one, value) for one in test.not_groups)
    return both(inside, negated(outside))
