"""Amending: a pack as it would read if one of its rows changed from a day on.

A row is never overwritten: the version of the day ends, and another one begins. So what is changed
from a day on leaves every earlier day as it was, whatever the change is.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from fractions import Fraction
from math import floor
from typing import Annotated, Any, Final, Self, TypeVar

from pydantic import Field, GetJsonSchemaHandler, ValidationError, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from ledger.core.errors import InvalidInput
from ledger.core.law.caps import Cap, Step
from ledger.core.law.law import Law
from ledger.core.law.pack import KINDS, Pack, rows
from ledger.core.law.row import OPEN_END, Row
from ledger.core.law.rows import Group
from ledger.core.values import AmountTpp, Country, Day, Exact, Id, Text, Tpp, Value

HYPOTHESIS: Final = "as changed by a hypothesis"
"""What stands after the citation of a row that is changed."""

AnyRow = TypeVar("AnyRow", bound=Row)

ROW_KINDS: Final = {kind: name for name, kind in KINDS.items()}
"""From how a kind of row is written to the field of a pack that holds such rows."""

OF_ONE_KIND: Final = {
    "allowance_tpp": "cap",
    "allowance_percent": "cap",
    "percent": "cap",
    "add": "group",
    "remove": "group",
    "enforced": "provision",
    "rescinded_on": "provision",
    "suspended_on": "provision",
}
"""Short ways to say a change, and the kind of row that each is for."""


class Amendment(Value):
    """A change of one row of law from a day on, and to another day where it ends.

    `kind` and `row` name it. What changes is one of: `ends_on`, the first day out of the row; a
    cap's `allowance_tpp`, `allowance_percent` of each step, or `percent` of its share or ratio; the
    members that a group is to `add` or `remove`; whether a provision is `enforced`, when it is
    `suspended_on` or `rescinded_on`; or any fields, as a pack writes them, to `set` or to `clear`.
    Amounts are rounded down to 0.1 TPP. `cite` says where the change is proposed.
    """

    kind: Id
    row: Id
    valid_from: Day | None = Field(default=None, alias="from")
    until: Day = OPEN_END
    ends_on: Day | None = None
    allowance_tpp: AmountTpp | None = None
    allowance_percent: Annotated[Exact, Field(ge=0)] | None = None
    percent: Annotated[Exact, Field(gt=0, lt=100)] | None = None
    add: tuple[Country, ...] = ()
    remove: tuple[Country, ...] = ()
    enforced: bool | None = None
    rescinded_on: Day | None = None
    suspended_on: Day | None = None
    set: dict[str, Any] = Field(default_factory=dict)
    clear: tuple[Id, ...] = ()
    cite: Text | None = None

    @model_validator(mode="before")
    @classmethod
    def _by_its_kind(cls, fields: object) -> object:
        """Let a file write `cap = "ID"` for the kind and the row."""
        if not isinstance(fields, dict) or "kind" in fields:
            return fields
        named = [kind for kind in ROW_KINDS if kind in fields]
        if len(named) != 1:
            found = " and ".join(named) or "none of them"
            msg = f"names one row, as one of {', '.join(ROW_KINDS)}; found {found}"
            raise ValueError(msg)
        rest = {name: value for name, value in fields.items() if name != named[0]}
        return {"kind": named[0], "row": fields[named[0]], **rest}

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Publish it as files write it: one key that names the kind and the row."""
        found = handler.resolve_ref_schema(handler(schema))
        properties = found["properties"]
        row = properties.pop("row")
        del properties["kind"]
        kinds = {kind: {**row, "title": f"The {kind} that changes"} for kind in ROW_KINDS}
        found["properties"] = {**kinds, **properties}
        found["oneOf"] = [{"required": [kind]} for kind in ROW_KINDS]
        del found["required"]
        return found

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.kind not in ROW_KINDS:
            msg = f"'{self.kind}' is no kind of row: use one of {', '.join(ROW_KINDS)}"
            raise ValueError(msg)
        for name, kind in OF_ONE_KIND.items():
            if name in self.model_fields_set and kind != self.kind:
                msg = f"{name} changes a {kind}, not a {self.kind}"
                raise ValueError(msg)
        if not self.touches:
            msg = "says of nothing how it changes"
            raise ValueError(msg)
        if self.ends_on is not None and len(self.touches) > 1:
            msg = "ends_on stands alone: what has ended does not change"
            raise ValueError(msg)
        if self.begins is None:
            msg = "from is missing: the first day of the change"
            raise ValueError(msg)
        if self.until <= self.begins:
            msg = f"until {self.until} is the first day out and must come after {self.begins}"
            raise ValueError(msg)
        return self

    @property
    def begins(self) -> date | None:
        """The first day that differs; of a status or an end, its own day where none is said."""
        return self.valid_from or self.ends_on or self.rescinded_on or self.suspended_on

    @property
    def touches(self) -> frozenset[str]:
        """The fields of the row that change; of a group, its members one by one."""
        found = {*self.set, *self.clear, *(f"member {iso}" for iso in (*self.add, *self.remove))}
        if self.allowance_tpp is not None or self.allowance_percent is not None:
            found.add("allowance")
        for name in ("percent", "rescinded_on", "suspended_on", "ends_on"):
            if getattr(self, name) is not None:
                found.add(name)
        if self.enforced is not None:
            found |= {"suspended_on", "stayed_on"}
        return frozenset(found)


def check_apart(changes: Iterable[Amendment]) -> None:
    """Raise `InvalidInput` where two changes say different things of the same days of a field."""
    seen: list[Amendment] = []
    for one in changes:
        for other in seen:
            same = (one.kind, one.row) == (other.kind, other.row)
            fields = sorted(_clashing(one, other)) if same and _together(one, other) else []
            if fields:
                raise InvalidInput(
                    f"two changes of {', '.join(fields)} overlap: from {other.begins} and from "
                    f"{one.begins}",
                    where=f"{one.kind} {one.row}",
                    cure="end the earlier one with until, or leave one of them out",
                )
        seen.append(one)


def _clashing(one: Amendment, other: Amendment) -> set[str]:
    """The fields that both change; what ends has no field that may change beside it."""
    if "ends_on" in one.touches | other.touches:
        return set(one.touches | other.touches)
    return set(one.touches & other.touches)


def _together(one: Amendment, other: Amendment) -> bool:
    first, second = one.begins or date.min, other.begins or date.min
    return first < other.until and second < one.until


def amended(law: Law, change: Amendment) -> Pack:
    """The pack of a law that holds a row, with the row changed.

    Raises `InvalidInput` for a row that no pack has, one that is not in force on the first day of
    the change, and a value that its field does not take.
    """
    name, begins = ROW_KINDS[change.kind], change.begins or date.min
    pack = _holder(law, change, name)
    versions = [row for row in rows(pack, name) if row.id == change.row]
    if change.ends_on is not None:
        changed = _ended(versions, change.ends_on, change)
    else:
        _in_force(versions, begins, change)
        changed = [
            piece
            for row in versions
            for piece in _pieces(row, begins, change)
            if _has_a_figure(piece, row)
        ]
    place = next(n for n, row in enumerate(rows(pack, name)) if row.id == change.row)
    others = [row for row in rows(pack, name) if row.id != change.row]
    return pack.model_copy(update={name: (*others[:place], *changed, *others[place:])})


def pack_ended(pack: Pack, ends_on: date) -> Pack:
    """A pack of which every row ends on a day, if it does not end before."""
    update = {
        name: tuple(
            _within(row, row.valid_from, min(row.until, ends_on))
            for row in rows(pack, name)
            if row.valid_from < ends_on
        )
        for name in ROW_KINDS.values()
    }
    return pack.model_copy(update=update)


def _holder(law: Law, change: Amendment, name: str) -> Pack:
    known: set[str] = set()
    for adopted in law.adopted:
        ids = {row.id for row in rows(adopted.pack, name)}
        if change.row in ids:
            return adopted.pack
        known |= ids
    near = get_close_matches(change.row, sorted(known), n=3)
    raise InvalidInput(
        f"no adopted pack has the {change.kind} '{change.row}'",
        where=change.kind,
        cure=f"did you mean {' or '.join(near)}" if near else "list the rows: chipledger rules",
    )


def _in_force(versions: Sequence[Row], on: date, change: Amendment) -> None:
    if not any(row.in_force(on) for row in versions):
        spans = " and ".join(_span(row) for row in versions)
        raise InvalidInput(
            f"it is not in force on {on}, from which it is to change: it is in force {spans}",
            where=f"{change.kind} {change.row}",
            cure="begin the change on a day on which the row is in force",
        )


def _span(row: Row) -> str:
    first = "" if row.valid_from == date.min else f"from {row.valid_from} "
    return f"{first}until {row.until}" if row.until < OPEN_END else f"{first}on".strip()


def _ended(versions: Sequence[Row], ends_on: date, change: Amendment) -> list[Row]:
    """The versions before a day, the last of them ending on it, earlier or later than it did."""
    before = sorted(
        (row for row in versions if row.valid_from < ends_on), key=lambda row: row.valid_from
    )
    if not before:
        first = min(row.valid_from for row in versions)
        raise InvalidInput(
            f"it can't end on {ends_on}: its first day is {first}",
            where=f"{change.kind} {change.row}",
            cure="let it end on a later day",
        )
    last = before[-1]
    return [*before[:-1], _within(last, last.valid_from, ends_on)]


def _pieces(row: AnyRow, begins: date, change: Amendment) -> Iterator[AnyRow]:
    """A version as it was before a change, as changed, and as it is after it."""
    if row.until <= begins or change.until <= row.valid_from:
        yield row
        return
    if row.valid_from < begins:
        yield _within(row, row.valid_from, begins)
    first, end = max(row.valid_from, begins), min(row.until, change.until)
    yield _changed(_within(row, first, end), change)
    if change.until < row.until:
        yield _within(row, change.until, row.until)


def _has_a_figure(piece: Row, row: Row) -> bool:
    """Whether a part of a cap with steps has one of them: without it says nothing."""
    stepped = isinstance(row, Cap) and row.allowance
    return not stepped or (isinstance(piece, Cap) and bool(piece.allowance))


def _within(row: AnyRow, first: date, until: date) -> AnyRow:
    """A row for some days alone; of a cap with the steps of these days."""
    update: dict[str, Any] = {"valid_from": first, "until": until}
    if isinstance(row, Cap):
        update["allowance"] = _steps(row.allowance, first, until)
    return row.model_copy(update=update)


def _steps(steps: Sequence[Step], first: date, until: date) -> tuple[Step, ...]:
    """The steps of some days: the one in force on the first of them begins there."""
    before = [step for step in steps if step.valid_from <= first]
    after = [step for step in steps if first < step.valid_from < until]
    begun = [before[-1].model_copy(update={"valid_from": first})] if before else []
    return (*begun, *after)


def _changed(row: AnyRow, change: Amendment) -> AnyRow:
    """A version with its fields changed, checked as a pack's rows are."""
    data = row.model_dump(by_alias=True, exclude_defaults=True)
    data |= _short(row, change)
    data |= change.set
    for name in change.clear:
        data.pop(name, None)
    own = f" ({change.cite})" if change.cite else ""
    if "cite" not in change.set and not row.cite.endswith(own or HYPOTHESIS):
        data["cite"] = f"{row.cite}, {HYPOTHESIS}{own}"
    try:
        return type(row).model_validate(data)
    except ValidationError as error:
        raise _refused(error, change) from error


def _refused(error: ValidationError, change: Amendment) -> InvalidInput:
    told = []
    for one in error.errors(include_url=False):
        field = ".".join(map(str, one["loc"]))
        said = one["msg"].removeprefix("Value error, ")
        told.append(f"field {field}: {said}, found {one['input']!r}" if field else said)
    return InvalidInput(
        "; ".join(told),
        where=f"{change.kind} {change.row}",
        cure="docs/law.md says what a row holds",
    )


def _short(row: Row, change: Amendment) -> Mapping[str, Any]:
    """The fields that the short ways to say a change stand for."""
    fields: dict[str, Any] = {}
    if isinstance(row, Cap):
        fields |= _allowance(row, change)
    if isinstance(row, Group) and (change.add or change.remove):
        gone = {*change.remove, *change.add}
        kept = [member for member in row.members if member.iso not in gone]
        fields["members"] = (*kept, *({"iso": iso} for iso in change.add))
    if change.enforced is True:
        fields |= dict.fromkeys(("suspended_on", "suspended_by", "stayed_on", "stayed_by"))
    elif change.enforced is False:
        fields |= {"suspended_on": change.begins, "suspended_by": "a hypothesis"}
    fields |= {
        name: found
        for name in ("rescinded_on", "suspended_on")
        if (found := getattr(change, name)) is not None
    }
    return fields


def _allowance(cap: Cap, change: Amendment) -> Mapping[str, Any]:
    if change.percent is not None:
        proportion = "share" if cap.share is not None else "ratio"
        found = getattr(cap, proportion)
        own = {} if found is None else found.model_dump(exclude_defaults=True)
        return {proportion: {**own, "percent": change.percent}}
    if change.allowance_tpp is not None:
        return {"allowance": (_step(cap.valid_from, change.allowance_tpp),)}
    if change.allowance_percent is not None:
        factor = Fraction(Decimal(change.allowance_percent)) / 100
        return {"allowance": tuple(_scaled(step, factor) for step in cap.allowance)}
    return {}


def _scaled(step: Step, factor: Fraction) -> Mapping[str, Any]:
    scaled = None if step.tpp is None else Tpp(floor(int(step.tpp) * factor))
    return _step(step.valid_from, scaled)


def _step(first: date, tpp: Tpp | None) -> Mapping[str, Any]:
    own = {} if first == date.min else {"from": first}
    return {**own, "tpp": "unlimited" if tpp is None else tpp}
