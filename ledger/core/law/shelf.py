"""All rows of all adopted packs side by side, with the tests they ask and the rows they name."""

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Final, NamedTuple

from ledger.core.devices import NO_CLASS
from ledger.core.law.caps import Cap
from ledger.core.law.conditions import Test
from ledger.core.law.day import AnyRow
from ledger.core.law.law import Law
from ledger.core.law.pack import KINDS, Pack, row_name, rows, successions
from ledger.core.law.row import Row
from ledger.core.law.rows import (
    Authorization,
    Duty,
    Gap,
    Group,
    LicenceRequirement,
    Remark,
    ReviewPolicy,
    Stop,
)


class Place(NamedTuple):
    """A row with its pack, and how it is named there."""

    pack: Pack
    row: Row
    name: str


class Mention(NamedTuple):
    """A field of a row that names another row: an id of a kind."""

    place: Place
    field: str
    kind: str
    id: str


class Shelf:
    """Every row of every adopted pack, and what each of them names."""

    def __init__(self, law: Law) -> None:
        """Stand the rows side by side."""
        self.law = law

    @cached_property
    def places(self) -> dict[str, list[Place]]:
        """Every row with its place, by kind."""
        found: dict[str, list[Place]] = {kind: [] for kind in KINDS.values()}
        for adopted in self.law.adopted:
            for name, kind in KINDS.items():
                same = rows(adopted.pack, name)
                ids = [row.id for row in same]
                for at, row in enumerate(same):
                    found[kind].append(Place(adopted.pack, row, row_name(row.id, kind, at, ids)))
        return found

    def all(self) -> Iterator[Place]:
        """Every row of whatever kind."""
        return (place for places in self.places.values() for place in places)

    def of(self, kind: type[AnyRow]) -> Iterator[tuple[Place, AnyRow]]:
        """Every row of one kind."""
        return ((place, place.row) for place in self.all() if isinstance(place.row, kind))

    def tests(self) -> Iterator[tuple[Place, str, Test]]:
        """Every test of every row, with the field it stands in."""
        return ((place, field, test) for place in self.all() for field, test in _asked(place.row))

    @cached_property
    def mentions(self) -> list[Mention]:
        """Every id that a row names."""
        return [Mention(place, *named) for place in self.all() for named in _named(place.row)]

    def successions(self) -> Iterator[tuple[Place, Place]]:
        """Each version of a row with the next one, whichever packs they stand in."""
        for places in self.places.values():
            by_row = {id(place.row): place for place in places}
            for one, after in successions([place.row for place in places]):
                yield by_row[id(one)], by_row[id(after)]

    def named(self, kind: str) -> set[str]:
        """The ids of one kind that some row names."""
        return {mention.id for mention in self.mentions if mention.kind == kind}

    def ids(self, kind: str) -> set[str]:
        """The ids of one kind that some row has; authorizations may only be named by a gap."""
        if kind == "authorization":
            return set(self.law.authorization_ids())
        known = {place.row.id for place in self.places[kind]}
        return known | {NO_CLASS} if kind == "class" else known


Named = tuple[str, str, str]
"""A field, and the kind and id of the row that it names."""


def _each(field: str, kind: str, ids: Iterable[str]) -> Iterator[Named]:
    return ((f"{field}[{place}]", kind, one) for place, one in enumerate(ids))


def _numbered(field: str, tests: Iterable[Test]) -> Iterator[tuple[str, Test]]:
    return ((f"{field}[{place}]", test) for place, test in enumerate(tests))


def _asked(row: Row) -> Iterator[tuple[str, Test]]:
    """Every test that a row asks, with its field."""
    match row:
        case Authorization():
            for place, requirement in enumerate(row.requirements):
                yield f"requirements[{place}]", requirement
                yield from _numbered(f"requirements[{place}].when", requirement.when)
        case LicenceRequirement():
            yield from _numbered("when", row.when)
            for place, exemption in enumerate(row.unless):
                yield from _numbered(f"unless[{place}].when", exemption.when)
        case Gap():
            yield from _numbered("when", row.when)
            yield from _numbered("warn_when", row.warn_when)
        case Cap() | Stop() | Remark() | ReviewPolicy():
            yield from _numbered("when", row.when)


_VALUES_OF: Final = {"item_class": "class", "listing": "listing", "status": "authorization"}
"""Facts whose values are ids of rows."""


def _named(row: Row) -> Iterator[Named]:
    """Every id of another row that a row names."""
    for field, test in _asked(row):
        yield from _each(f"{field}.groups", "group", test.groups)
        yield from _each(f"{field}.not_groups", "group", test.not_groups)
        if test.switch is not None:
            yield f"{field}.switch", "switch", test.switch
        if kind := _VALUES_OF.get(test.fact):
            yield from _each(f"{field}.values", kind, test.values)
            yield from _each(f"{field}.not_values", kind, test.not_values)
    match row:
        case Group():
            yield from _each("union", "group", row.union)
            yield from _each("minus", "group", row.minus)
        case Cap():
            yield from _named_by_a_cap(row)
        case Authorization():
            yield from _each("caps", "cap", row.caps)
        case Duty():
            yield from _each("authorizations", "authorization", row.authorizations)
            yield from _each("listings", "listing", row.listings)
    for field, kind in (("provision", "provision"), ("replaced_by", "provision"), ("cap", "cap")):
        if one := getattr(row, field, None):
            yield field, kind, one


def _named_by_a_cap(cap: Cap) -> Iterator[Named]:
    yield from _each("counts.authorizations", "authorization", cap.counts.authorizations)
    yield from _each("counts.classes", "class", cap.counts.classes)
    yield from (("counts.when_switch", "switch", one) for one in cap.counts.when_switch or {})
    if cap.counts.not_headquartered_in is not None:
        yield "counts.not_headquartered_in", "group", cap.counts.not_headquartered_in
    if cap.share is not None:
        yield from _each("share.outside_groups", "group", cap.share.outside_groups)
    if cap.ratio is not None:
        yield from _each("ratio.of_groups", "group", cap.ratio.of_groups)
