"""Positions: what a lot, a grant or a change of stock draws, as signed movements on legal days.

A position holds no class of law: device, units and TPP only, so a new rule rewrites nothing.
Every event adds movements and none changes one, so the state known at any earlier head is the
movements recorded up to it.
"""

from datetime import date
from enum import StrEnum
from typing import Final, Literal, NamedTuple


class Kind(StrEnum):
    """What a movement is, which decides under which basis of a cap it counts."""

    EXPORTED = "exported"
    DOMESTIC = "domestic"
    RESERVED = "reserved"
    RESERVED_DOMESTIC = "reserved-domestic"
    LICENSED = "licensed"
    DECLARED = "declared"
    ATTRITED = "attrited"
    RELOCATED_IN = "relocated-in"
    RELOCATED_OUT = "relocated-out"


FREEING: Final = frozenset({Kind.ATTRITED, Kind.RELOCATED_OUT})
"""Kinds that take units out of an installed base."""

INSTALLED: Final = FREEING | {Kind.EXPORTED, Kind.DOMESTIC, Kind.DECLARED, Kind.RELOCATED_IN}
"""Kinds that make up an installed base; open reservations stand beside them."""

RESERVATIONS: Final = frozenset({Kind.RESERVED, Kind.RESERVED_DOMESTIC})
"""Kinds of open reservations; a domestic one is no export to be."""

BASIS: Final = {
    "exported": frozenset({Kind.EXPORTED, Kind.RESERVED}),
    "installed": INSTALLED | RESERVATIONS,
    "licensed": frozenset({Kind.LICENSED}),
}
"""The kinds that each basis of a cap counts."""


class Movement(NamedTuple):
    """A signed change of units and TPP (in tenths) on a legal day.

    `lot` is the event that the units belong to (a reservation for reserved units), `line` the
    licence line, as `reference/line`.
    """

    on: date
    kind: Kind
    device: str
    party: str
    destination: str
    units: int
    tpp: int
    lot: str
    authorization: str = ""
    end_user: str = ""
    exporter: str = ""
    line: str = ""

    def taken_back(self) -> "Movement":
        """The movement that undoes this one."""
        return self.counted(-self.units, -self.tpp)

    def counted(self, units: int, tpp: int) -> "Movement":
        """The same movement with other amounts."""
        return self._replace(units=units, tpp=tpp)


class Recording(NamedTuple):
    """What an event adds: its movements, and what could not be done as the event says.

    `excess_units` could not be freed: they are not recorded where they are said to have left.
    `unreserved_units` went beyond what the reservation that an export names still held.
    """

    movements: tuple[Movement, ...] = ()
    excess_units: int = 0
    unreserved_units: int = 0


class Drawn(NamedTuple):
    """A sum of movements that are alike, on a day (or on the first day of their month)."""

    on: date
    kind: Kind
    authorization: str
    device: str
    party: str
    destination: str
    units: int
    tpp: int


Shape = tuple[str, ...]
"""Which fields of a movement a roll-up is kept for: the bases of holder keys."""

STANDARD_SHAPES: Final[tuple[Shape, ...]] = (("party", "destination"), ("destination",), ("line",))
"""The shapes that the standard packs need; house packs declare more."""

SHAPE_FIELDS: Final = {
    "device": "device",
    "ultimate_consignee": "party",
    "ultimate_parent": "party",
    "family": "party",
    "destination": "destination",
    "end_user": "end_user",
    "exporter": "exporter",
    "reference": "line",
    "line": "line",
}
"""From a holder key of a cap to the field of a movement that it is read from."""


def shape_of(per: tuple[str, ...]) -> Shape:
    """The roll-up that a cap's holder is read from: a standard one where one serves."""
    fields = tuple(dict.fromkeys(SHAPE_FIELDS[key] for key in per))
    if fields == ("device",):  # a ratio of what went to one place and to another
        return ("destination",)
    if fields in {("party",), ("party", "destination"), ("destination", "party")}:
        return ("party", "destination")
    return fields


def line_key(reference: str, line: int | str) -> str:
    """How a licence line is named in a position."""
    return f"{reference}/{line}"


Told = Literal["item", "class", "nothing"]


class Query(NamedTuple):
    """Which movements to read: those of a shape whose fields begin with `key`.

    Days from `exact_from` on, and whole months that hold a day of `cuts`, are read day by day;
    earlier months may come as one sum dated on their first day that is asked for. `until` is
    the first day out; it is after `exact_from`. With `apart` what was added and what was taken back
    are sums of their own. `told` says what else of an item is asked for: its own device and
    authorization, its class alone, or nothing; what differs in no more may come as one sum.
    """

    shape: Shape
    key: tuple[str, ...]
    kinds: frozenset[Kind]
    exact_from: date
    cuts: frozenset[date] = frozenset()
    authorizations: frozenset[str] = frozenset()
    first_on: date = date.min
    until: date = date.max
    apart: bool = False
    told: Told = "item"
