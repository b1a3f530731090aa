"""Amendments: what is said of a change of one row of law, and that changes keep apart."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Annotated, Any, Final, Self

from pydantic import Field, GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from ledger.core.errors import InvalidInput
from ledger.core.law.pack import KINDS
from ledger.core.law.row import OPEN_END
from ledger.core.values import AmountTpp, Country, Day, Exact, Id, Text, Value

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
        touched = list(self._touched())
        twice = sorted({field for field in touched if touched.count(field) > 1})
        for wrong, msg in (
            (not touched, "says of nothing how it changes"),
            (bool(twice), f"says twice how {', '.join(twice)} changes"),
            (bool(KEPT & set(touched)), f"{', '.join(sorted(KEPT))} of a row do not change"),
            (
                self.ends_on is not None
                and (len(touched) > 1 or self.until < OPEN_END or self.begins != self.ends_on),
                "ends_on stands alone, without from and until: what has ended does not change",
            ),
        ):
            if wrong:
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
        return frozenset(self._touched())

    def _touched(self) -> Iterator[str]:
        """The same, each as often as it is told to change."""
        for iso in (*self.add, *self.remove):
            yield f"member {iso}"
        for name, field in _SHORT.items():
            if getattr(self, name) is not None:
                yield field
        for name in (*self.set, *self.clear):
            # Members are told one by one elsewhere, and a share as its percentage.
            yield from _ALSO.get(name, (name,))
            if name == "members":
                yield from (f"member {iso}" for iso in (*self.add, *self.remove))


_SHORT: Final = {
    "allowance_tpp": "allowance",
    "allowance_percent": "allowance",
    "percent": "percent",
    "rescinded_on": "rescinded_on",
    "suspended_on": "suspended_on",
    "enforced": "suspended_on",
    "ends_on": "ends_on",
}
"""The short ways to say a change, and the field that each changes."""

_ALSO: Final = {"share": ("percent",), "ratio": ("percent",), "suspended_by": ()}
"""Fields that are named otherwise where they are told, or that go with another one."""

KEPT: Final = frozenset({"id", "from", "until", "valid_from"})
"""Fields of a row that its change does not reach: its name, and the days of its versions."""


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
