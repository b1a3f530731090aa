"""A rule pack: its text, its rows, and the checks a text must pass to be adopted."""

import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from functools import lru_cache
from hashlib import sha256
from itertools import pairwise
from typing import Any, Final, Literal, get_args

from pydantic import BaseModel, Field, ValidationError
from pydantic_core import ErrorDetails

from ledger.core.errors import InvalidRulePack
from ledger.core.law.caps import Cap
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
    Provision,
    Remark,
    ReviewPolicy,
    Stop,
    Switch,
)
from ledger.core.values import PATTERN_WORDS, Id, Text, Value


class Pack(Value):
    """One adopted text: law, a house's own stricter rules, or a device catalogue."""

    pack: Id
    version: Id
    title: Text
    kind: Literal["law", "house", "catalogue"]
    source: Text
    provisions: tuple[Provision, ...] = Field(default=(), alias="provision")
    coverage: tuple[Coverage, ...] = ()
    groups: tuple[Group, ...] = Field(default=(), alias="group")
    classes: tuple[ItemClass, ...] = Field(default=(), alias="class")
    licence_requirements: tuple[LicenceRequirement, ...] = Field(
        default=(), alias="licence_requirement"
    )
    stops: tuple[Stop, ...] = Field(default=(), alias="stop")
    listings: tuple[Listing, ...] = Field(default=(), alias="listing")
    authorizations: tuple[Authorization, ...] = Field(default=(), alias="authorization")
    caps: tuple[Cap, ...] = Field(default=(), alias="cap")
    duties: tuple[Duty, ...] = Field(default=(), alias="duty")
    reviews: tuple[ReviewPolicy, ...] = Field(default=(), alias="review")
    switches: tuple[Switch, ...] = Field(default=(), alias="switch")
    remarks: tuple[Remark, ...] = Field(default=(), alias="remark")
    gaps: tuple[Gap, ...] = Field(default=(), alias="gap")
    devices: tuple[Device, ...] = Field(default=(), alias="device")


ROWS: Final = (
    "provisions",
    "coverage",
    "groups",
    "classes",
    "licence_requirements",
    "stops",
    "listings",
    "authorizations",
    "caps",
    "duties",
    "reviews",
    "switches",
    "remarks",
    "gaps",
)
"""The kinds of law rows, in the order in which people read them."""

KINDS: Final = {name: str(Pack.model_fields[name].alias or name) for name in ROWS}
"""How each kind of row is written in a file: `[[cap]]` for caps."""

READING: Final = {
    "P001": "a file that is not TOML",
    "P002": "a key that no such row has",
    "P003": "a kind of row that there is not",
    "P004": "a field that is missing",
    "P005": "a value of another type, form or range than its field has",
    "P006": "parts of a row that do not fit each other",
    "P007": "a house pack that holds more than caps",
    "P008": "a cap that stands beside the authorizations outside a house pack, or not so in one",
    "P009": "a device that stands twice",
    "P010": "versions of one id that overlap",
}
"""The mistakes for which a file can't be read as a pack."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong at one place of a rule file: what was found there and what is expected.

    `rule` is one of `READING` or of the lint rules; `row` is the row's id, else its kind and place;
    `field` is the path inside the row, empty where the row as a whole is meant.
    """

    rule: str
    file: str
    row: str
    field: str
    found: str
    expected: str
    severity: Literal["error", "warning"] = "error"

    @property
    def sentence(self) -> str:
        """The mistake in one clause, without its file."""
        field = f", field {self.field}" if self.field else ""
        return f"row {self.row}{field}: found {self.found}, expected {self.expected}"


def row_name(row_id: str, kind: str, place: int, known: Sequence[str]) -> str:
    """How a row is named: by its id, with its place where another of its kind has the same id."""
    return row_id if known.count(row_id) == 1 else f"{row_id} ({kind}[{place}])"


def rows(pack: Pack, kind: str) -> tuple[Row, ...]:
    """The rows of one kind."""
    found: tuple[Row, ...] = getattr(pack, kind)
    return found


def digest(text: str) -> str:
    """SHA-256 of a pack's text, in hex."""
    return sha256(text.encode()).hexdigest()


@lru_cache(maxsize=64)
def read(text: str, *, where: str = "pack") -> Pack:
    """Read a pack from its TOML text; a pack never changes, so that the same text is read once.

    Raises `InvalidRulePack` with every mistake (`READING` lists the kinds): the file (`where`), the
    row and field, what was found there and what is expected.
    """
    data = _toml(text, where)
    try:
        pack = Pack.model_validate(data)
    except ValidationError as error:
        found = [*_misread(error, data, where), *_clashes_of_the_rest(error, data, where)]
        raise _refused(found) from error
    return checked(pack, where=where)


def checked(pack: Pack, *, where: str) -> Pack:
    """A pack made of rows that are right by themselves; raises `InvalidRulePack` as `read` does."""
    if found := list(_clashes(pack, where)):
        raise _refused(found)
    return pack


def _refused(found: Sequence[Mistake]) -> InvalidRulePack:
    return InvalidRulePack(
        "; ".join(mistake.sentence for mistake in found),
        where=found[0].file,
        cure="correct the file: docs/law.md says what a row holds",
        mistakes=found,
    )


def _toml(text: str, where: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text, parse_float=Decimal)
    except RecursionError:
        why, place = "it is nested too deeply", "a list in a list in a list"
    except tomllib.TOMLDecodeError as error:
        why, _, place = str(error).removesuffix(")").partition(" (at ")
    number = re.match(r"line (\d+)", place)
    found = _written(text.split("\n")[int(number[1]) - 1].strip()) if number else place
    raise InvalidRulePack(
        f"is not TOML: {why} ({place})",
        where=where,
        cure="write text in quotes, a list in [ ], and each row under its kind, such as [[cap]]",
        mistakes=(Mistake("P001", where, place, "", found, f"TOML: {why}"),),
    )


# ---- fields that are not what their row asks for

_Path = tuple[int | str, ...]

_TYPES: Final = {
    "string_type": "text, in quotes",
    "string_too_short": "text that is not empty",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "tuple_type": "a list, in [ ]",
    "dict_type": "a table, in { }",
    "model_type": "a table, in { }",
}
"""What a type asks for, in words for people."""

_MESSAGES: Final = {"TPP has one decimal place": "an amount of TPP with at most one decimal place"}
"""Messages of the value types that do not name a thing, as one."""

_ABOUT_INPUT: Final = re.compile("^Input should be |^[A-Z][a-z]+ should have | after validation.*$")
_LONGEST_SHOWN: Final = 80


def _misread(error: ValidationError, data: dict[str, Any], where: str) -> Iterator[Mistake]:
    """Every field that is wrong; where it may be one of several things, all of them together."""
    places: dict[_Path, list[ErrorDetails]] = {}
    for detail in error.errors(include_url=False):
        path = tuple(s for s in detail["loc"] if not str(s).startswith(("literal[", "[key]")))
        places.setdefault(path, []).append(detail)
    for path, details in places.items():
        row, field = _row_and_field(path, data)
        value = details[0]["input"]
        match details[0]["type"]:
            case "extra_forbidden" if len(path) == 1 and isinstance(value, dict | list):
                found = f"rows of the unknown kind '{path[0]}'"
                expected = _nearest(path, (*KINDS.values(), "device"))
                yield Mistake("P003", where, str(path[0]), "", found, expected)
            case "extra_forbidden":
                found = f"the unknown key '{path[-1]}'"
                yield Mistake("P002", where, row, field, found, _nearest(path, _keys(path)))
            case "missing":
                yield Mistake("P004", where, row, field, "nothing", f"the key '{path[-1]}'")
            case "value_error" if isinstance(value, dict):
                found = _written(value) if field else f"a row with {', '.join(value)}"
                yield Mistake("P006", where, row, field, found, _expected(path, details[0]))
            case _:
                expected = " or ".join(_expected(path, detail) for detail in details)
                yield Mistake("P005", where, row, field, _written(value), expected)


def _row_and_field(path: _Path, data: dict[str, Any]) -> tuple[str, str]:
    """The row that a path leads into, and the rest of the path; `pack` is the file's own head."""
    kind, place, *rest = (*path, "", "")[: max(len(path), 2)]
    if not isinstance(place, int):
        return "pack", _dotted(path)
    rows_of = data.get(str(kind), ())
    ids = [_id_of(row) for row in rows_of]
    row_id = ids[place] if ids else ""
    if not row_id:
        return f"{kind}[{place}]", _dotted(rest)
    return row_name(row_id, str(kind), place, ids), _dotted(rest)


def _id_of(row: object) -> str:
    found = row.get("id", row.get("device")) if isinstance(row, dict) else None
    return found if isinstance(found, str) else ""


def _dotted(path: Sequence[int | str]) -> str:
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return "".join(steps).removeprefix(".")


def _expected(path: _Path, detail: ErrorDetails) -> str:
    context: dict[str, Any] = detail.get("ctx", {})
    match detail["type"]:
        case "literal_error":
            return str(context["expected"])
        case "string_pattern_mismatch":
            pattern = str(context["pattern"])
            return PATTERN_WORDS.get(pattern, f"text of the form {pattern}")
        case "tuple_type" if len(path) == 1:
            return f"rows, each under [[{path[0]}]]"
        case "value_error":
            return _said(detail["msg"].removeprefix("Value error, "), path)
        case kind:
            return _TYPES.get(kind, _ABOUT_INPUT.sub("", detail["msg"]))


def _said(message: str, path: _Path) -> str:
    """What a value type asks for, taken from its message."""
    asked, _, after = message.partition(", found ")
    asked = _MESSAGES.get(asked, asked)
    thing = asked.removeprefix("expected ")
    if asked == message and asked == thing:
        return f"that {message}"
    calendar = " that is in the calendar" if after.endswith("not in the calendar") else ""
    # Only the amount of a step may be unlimited, and it is the only field of this name.
    unlimited = " or 'unlimited'" if path[-1] == "tpp" else ""
    return f"{thing}{calendar}{unlimited}"


def _nearest(path: _Path, known: Sequence[str]) -> str:
    """The word that was probably meant, else all that there are."""
    near = get_close_matches(str(path[-1]), known, 1)
    return f"'{near[0]}'" if near else f"one of {', '.join(known)}"


def _keys(path: _Path) -> list[str]:
    """The keys that stand where a path leads."""
    model: type[BaseModel] = Pack
    for step in path[:-1]:
        if isinstance(step, str):
            fields = model.model_fields.items()
            model = next(_model(f.annotation) for name, f in fields if step in (name, f.alias))
    return [field.alias or name for name, field in model.model_fields.items()]


def _model(annotation: object) -> type[BaseModel]:
    """The model that a field holds, alone or several."""
    while not isinstance(annotation, type):
        annotation = get_args(annotation)[0]
    return annotation


def _written(value: object) -> str:
    """A value as a pack writes it, cut where it is long."""
    match value:
        case bool():
            text = str(value).lower()
        case str():
            text = f"'{value}'"
        case date():
            text = value.isoformat()
        case list():
            text = f"[{', '.join(map(_written, value))}]"
        case dict():
            text = f"{{ {', '.join(f'{key} = {_written(one)}' for key, one in value.items())} }}"
        case _:
            text = str(value)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."


# ---- rows that do not fit each other, or their pack


def _clashes_of_the_rest(
    error: ValidationError, data: dict[str, Any], where: str
) -> Iterator[Mistake]:
    """The clashes of the rows that are right by themselves, so that they are told at once too."""
    wrong = {detail["loc"][:2] for detail in error.errors(include_url=False)}
    kept: dict[str, Any] = {
        key: [row for place, row in enumerate(value) if (key, place) not in wrong]
        if isinstance(value, list)
        else value
        for key, value in data.items()
        if (key,) not in wrong
    }
    unread = dict.fromkeys(("pack", "version", "title", "source"), "unread") | {"kind": "law"}
    for mistake in _clashes(Pack.model_validate({**unread, **kept}), where):
        if "kind" in kept or mistake.rule in {"P009", "P010"}:
            yield mistake


def _clashes(pack: Pack, where: str) -> Iterator[Mistake]:
    """What is wrong between the rows of a pack, each of which is right by itself."""
    for name, kind in KINDS.items():
        yield from _overlaps(rows(pack, name), kind, where)
        if pack.kind == "house" and name != "caps":
            yield from _more_than_caps(rows(pack, name), kind, where)
    for cap in pack.caps:
        if (pack.kind == "house") != cap.beside:
            found = f"beside = {_written(cap.beside)} in a {pack.kind} pack"
            yield Mistake("P008", where, cap.id, "beside", found, _BESIDE)
    for device, times in Counter(device.device for device in pack.devices).items():
        if times > 1:
            yield Mistake("P009", where, device, "device", f"{times} rows", "one for each device")


_BESIDE: Final = "true for every cap of a house pack, and for no other"
_CAPS_ONLY: Final = "caps only: a house pack can only be stricter than the law"


def _more_than_caps(found: Sequence[Row], kind: str, where: str) -> Iterator[Mistake]:
    for row in found:
        yield Mistake("P007", where, row.id, "", f"a row of the kind '{kind}'", _CAPS_ONLY)


def _overlaps(found: Sequence[Row], kind: str, where: str) -> Iterator[Mistake]:
    for earlier, later in successions(found):
        if later.valid_from < earlier.until:
            name = row_name(later.id, kind, found.index(later), [row.id for row in found])
            on = "the first day" if later.valid_from == date.min else later.valid_from
            text = f"two versions that overlap on {on}"
            yield Mistake("P010", where, name, "from", text, "the earlier row to end with until")


def successions(found: Sequence[Row]) -> Iterator[tuple[Row, Row]]:
    """Each version of an id with the next one of the same id, by their first days."""
    ordered = sorted(found, key=lambda row: (row.id, row.valid_from))
    return ((one, after) for one, after in pairwise(ordered) if one.id == after.id)


def as_data(row: Row) -> dict[str, Any]:
    """A row as plain data for programs: defaults left out."""
    data: dict[str, Any] = row.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return data
