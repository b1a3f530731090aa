"""The column map: a TOML file that says how the rows of a table become events (docs/import.md)."""

import tomllib
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self, get_args

from pydantic import (
    BeforeValidator,
    Discriminator,
    Field,
    Tag,
    ValidationError,
    WithJsonSchema,
    model_validator,
)

from ledger.core.encoding import faults
from ledger.core.errors import InvalidInput, NotFound
from ledger.core.events import AnyEvent, Event, KeyAdopted, LedgerCreated
from ledger.core.values import Day, Id, Text, Value

EVENTS: Final[dict[str, type[Event]]] = {
    event.model_fields["kind"].default: event
    for event in get_args(get_args(AnyEvent)[0])
    if event not in (LedgerCreated, KeyAdopted)
}
"""The kinds of event that a row may become."""

FILLED_IN: Final = frozenset({"transaction", "end_user"})
"""Fields of a lot that follow from its other fields."""

OF_THE_ROW: Final = frozenset({"id", "kind"})
"""Fields that the key and the route of a row give."""


SOURCE_KEYS: Final = ("column", "value", "party", "quarter", "row", "fields", "list")


def _constant(value: object) -> object:
    plain = isinstance(value, bool | int | str | Decimal)
    if not plain and type(value) is not date:
        msg = f"expected text, a whole number, a decimal, a day, true or false, found {value!r}"
        raise ValueError(msg)
    return value


class OfColumn(Value):
    """The cell of a column; an empty one gives `empty`, or leaves the field out.

    `values` translates cells; what it does not list is refused, or kept with others = "keep".
    `split` makes a list of a cell.
    """

    column: Text
    values: dict[str, str] | None = None
    others: Literal["refuse", "keep"] = "refuse"
    empty: Text | None = None
    split: Text | None = None


class Constant(Value):
    """The same value in every row."""

    value: Annotated[
        Any,
        BeforeValidator(_constant),
        WithJsonSchema({"type": ["string", "integer", "number", "boolean"]}),
    ]


class OfParty(Value):
    """The id of a party that the map registers, by the name after `as`."""

    party: Text


class OfQuarter(Value):
    """The first or the last day of a quarter, from a column of years and one of quarters."""

    year: Text
    quarter: Text
    day: Literal["first", "last"]
    plus_years: Annotated[int, Field(ge=0, le=99, strict=True)] = 0


class OfRow(Value):
    """The id of the row itself, such as for the reference of a licence."""

    row: Literal["id"]


class Nested(Value):
    """An object with fields of its own, such as a licence line."""

    fields: dict[str, "Source"]


class Listed(Value):
    """A list, such as the destinations of a licence; values that a row lacks are left out."""

    members: tuple["Source", ...] = Field(alias="list")


def _source_kind(source: object) -> str | None:
    """The key that tells the sources apart."""
    keys = source if isinstance(source, dict) else {}
    return next((key for key in SOURCE_KEYS if key in keys), None)


Source = Annotated[
    Annotated[OfColumn, Tag("column")]
    | Annotated[Constant, Tag("value")]
    | Annotated[OfParty, Tag("party")]
    | Annotated[OfQuarter, Tag("quarter")]
    | Annotated[OfRow, Tag("row")]
    | Annotated[Nested, Tag("fields")]
    | Annotated[Listed, Tag("list")],
    Discriminator(
        _source_kind,
        custom_error_type="source",
        custom_error_message=(
            "expected where the value comes from: { column = ... }, { value = ... }, "
            '{ party = ... }, { year = ..., quarter = ..., day = ... }, { row = "id" }, '
            "{ fields = ... } or { list = [...] }"
        ),
    ),
]
"""Where the value of a field comes from."""


class CellTest(Value):
    """A condition on a cell: a pattern with * and ?, a list it must not be in, or emptiness."""

    matches: Text | None = None
    none_of: tuple[str, ...] | None = None
    empty: bool | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(part is not None for part in (self.matches, self.none_of, self.empty)) != 1:
            msg = "give exactly one of matches, none_of and empty"
            raise ValueError(msg)
        return self


Condition = str | tuple[str, ...] | CellTest
"""A cell equals a text, is one of several, or passes a test."""


class Party(Value):
    """A party that rows name, registered once; the id follows from the name unless it is given."""

    role: Text = Field(alias="as")
    id: Source | None = None
    name: Source
    aliases: Source | None = None
    location: Source
    headquarters: Source
    ultimate_parent: Source | None = None
    party_kind: Source | None = None
    on: Day = Field(alias="from")

    def sources(self) -> dict[str, Source]:
        """The fields of its registration, without those that the map leaves out."""
        named = {
            "name": self.name,
            "aliases": self.aliases,
            "location": self.location,
            "headquarters": self.headquarters,
            "ultimate_parent": self.ultimate_parent,
            "party_kind": self.party_kind,
        }
        return {field: source for field, source in named.items() if source is not None}


class Route(Value):
    """Which rows become which event, are skipped, or are rejected, and why."""

    when: dict[str, Condition] = Field(default_factory=dict)
    kind: Text | None = None
    fields: dict[str, Source] = Field(default_factory=dict)
    skip: Text | None = None
    reject: Text | None = None

    @model_validator(mode="after")
    def _one_end(self) -> Self:
        if sum(end is not None for end in (self.kind, self.skip, self.reject)) != 1:
            msg = "a route gives exactly one of kind, skip and reject"
            raise ValueError(msg)
        if self.kind is None and self.fields:
            msg = "only a route to a kind of event has fields"
            raise ValueError(msg)
        if self.kind is not None and self.kind not in EVENTS:
            msg = f"unknown kind '{self.kind}'; known kinds are {', '.join(sorted(EVENTS))}"
            raise ValueError(msg)
        return self


class ColumnMap(Value):
    """How the rows of a table become events: their ids, their fields, the parties, the routes."""

    source: Id
    key: Annotated[tuple[Text, ...], Field(min_length=1)]
    delimiter: Literal[",", ";", "\t", "|"] = ","
    sheet: Text | None = None
    fields: dict[str, Source] = Field(default_factory=dict)
    party: tuple[Party, ...] = ()
    route: Annotated[tuple[Route, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _parties_are_described(self) -> Self:
        roles = [party.role for party in self.party]
        if len(set(roles)) != len(roles):
            msg = "two parties stand under the same 'as'"
            raise ValueError(msg)
        for source in self._sources():
            if isinstance(source, OfParty) and source.party not in roles:
                msg = f"no [[party]] stands under as = '{source.party}'"
                raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _fields_fit_their_events(self) -> Self:
        for place, route in enumerate(self.route, start=1):
            if route.kind is None:
                continue
            known, needed = _fields_of(EVENTS[route.kind])
            given = {**self.fields, **route.fields}.keys()
            for field in sorted(given - known | given & OF_THE_ROW):
                msg = f"route {place}: {route.kind} takes no field '{field}' from a map"
                raise ValueError(msg)
            for field in sorted(needed - given):
                msg = f"route {place}: {route.kind} needs the field '{field}'"
                raise ValueError(msg)
        return self

    def columns(self) -> dict[str, None]:
        """Every column that the map reads, in the order in which it names them."""
        named = dict.fromkeys(self.key)
        for route in self.route:
            named |= dict.fromkeys(route.when)
        for source in self._sources():
            match source:
                case OfColumn():
                    named[source.column] = None
                case OfQuarter():
                    named |= dict.fromkeys((source.year, source.quarter))
        return named

    def _sources(self) -> Iterator[Source]:
        for fields in (self.fields, *(route.fields for route in self.route)):
            yield from _flat(fields.values())
        for party in self.party:
            own = () if party.id is None else (party.id,)
            yield from _flat((*party.sources().values(), *own))


def _flat(sources: Iterable[Source]) -> Iterator[Source]:
    """Sources with those inside of lists and objects."""
    for source in sources:
        yield source
        match source:
            case Nested():
                yield from _flat(source.fields.values())
            case Listed():
                yield from _flat(source.members)


def _fields_of(event: type[Event]) -> tuple[set[str], set[str]]:
    """The fields of an event as a map names them, and those that it must give."""
    named = {info.alias or name: info for name, info in event.model_fields.items()}
    needed = {name for name, info in named.items() if info.is_required()}
    return set(named), needed - FILLED_IN - OF_THE_ROW


def read_map(path: Path) -> ColumnMap:
    """Read a column map; raises `NotFound`, or `InvalidInput` that names field and fault."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        return ColumnMap.model_validate(tomllib.loads(text, parse_float=Decimal))
    except OSError as error:
        raise NotFound(
            f"can't read {path}: {error.strerror}", where="--map", cure="check the path"
        ) from error
    except ValidationError as error:
        raise InvalidInput(
            f"is no column map: {faults(error)}",
            where=str(path),
            cure="docs/import.md describes every field",
        ) from error
    except ValueError as error:
        raise InvalidInput(
            f"is not TOML text ({error})", where=str(path), cure="correct the file"
        ) from error
