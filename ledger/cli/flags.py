"""Flags that commands share: where the ledger is, who acts, and the fields of a lot."""

import os
import re
import sys
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import CycloptsError, Parameter, Token

from ledger.core.encoding import parse_json
from ledger.core.errors import InvalidInput, InvalidRequest, NotFound
from ledger.core.values import day, whole
from ledger.store.as_of import AsOf
from ledger.store.connection import DEFAULT_URL

PostureFlag = Literal["on-the-books", "enforced"]
PICTURES = frozenset({"svg", "png"})
"""Formats of which only what has a chart can be written."""

LIST_FLAGS = frozenset({"intermediate_consignees"})


def _whole(_: object, tokens: Sequence[Token]) -> int:
    """A whole number from a flag: the reader of flags would round 7.6."""
    return whole(tokens[0].value)


def formats_named(text: str, known: Collection[str]) -> list[str]:
    """The formats that a flag names, with commas between; wrong usage where one is not known."""
    named = [one.strip() for one in text.split(",")]
    for one in named:
        if one not in known:
            raise CycloptsError(msg=f"--format knows {', '.join(known)}; found '{one}'.")
    return named


WholeFlag = Annotated[int | None, Parameter(converter=_whole)]
_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)[T ]\d\d:\d\d(:\d\d([.]\d{1,6})?)?(Z|[+-]\d\d:\d\d)?")


def as_of(text: str, flag: str = "--as-of") -> AsOf:
    """What the ledger knew: at a size, at a time, or by the end of a day; raises `InvalidInput`."""
    try:
        if text.isascii() and text.isdecimal():
            return int(text)
        found = _MOMENT.fullmatch(text)
        if found is None:
            return day(text)
        if found[4] is None:
            raise InvalidInput(
                f"the time '{text}' says no offset from UTC",
                where=flag,
                cure=f"write {text}Z for UTC, or an offset such as {text}+09:00",
            )
        day(found[1])
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidInput(
            f"expected a size, a day or a time that is in the calendar, found '{text}'",
            where=flag,
            cure="write 120, 2026-11-26 (its end) or 2026-11-26T10:00:00Z",
        ) from error


def _as_of(_: object, tokens: Sequence[Token]) -> AsOf:
    return as_of(tokens[0].value, tokens[0].keyword or "--as-of")


AsOfFlag = Annotated[AsOf | None, Parameter(converter=_as_of, allow_leading_hyphen=True)]


def ledger_url() -> str:
    """The ledger that is meant where nobody names one."""
    return os.environ.get("CHIPLEDGER_URL") or DEFAULT_URL


@Parameter(name="*", group="Ledger")
@dataclass(frozen=True)
class Common:
    """Which ledger, and how to print."""

    ledger: Annotated[str | None, Parameter(show_default=False)] = None
    "Ledger URL, such as sqlite:///chipledger.db; else CHIPLEDGER_URL, else that file here."
    json: Annotated[bool, Parameter(negative="")] = False
    "Print one JSON document for programs."

    @property
    def url(self) -> str:
        """The ledger's URL."""
        return self.ledger or ledger_url()


@Parameter(name="*", group="Recording")
@dataclass(frozen=True)
class Acting:
    """Who records, and under which id."""

    id: str | None = None
    "Id of the event; the same id with the same content is recorded once."
    actor: str | None = None
    "Who records; else CHIPLEDGER_ACTOR, else the system's user."


@Parameter(name="*", group="Lot")
@dataclass(frozen=True)
class LotFlags:
    """The fields of a lot, as flags or as a file with --request."""

    device: str | None = None
    "Device id, of the catalogue or of device.classified."
    quantity: str | None = None
    "Whole units."
    destination: str | None = None
    "ISO 3166-1 alpha-2 code of the country of ultimate destination."
    ultimate_consignee: str | None = None
    "Party id of the owner of the items."
    end_user: str | None = None
    "Party id of the operator; the ultimate consignee if left out."
    exporter: str | None = None
    "Party id of the exporter."
    on: str | None = None
    "Legal day of the shipment, YYYY-MM-DD; today if left out."
    origin: str | None = None
    "Country the lot leaves; US if left out."
    transaction: Literal["export", "reexport", "transfer", "domestic"] | None = None
    "What origin and destination say, if left out."
    purchaser: str | None = None
    "Party id of the purchaser."
    intermediate_consignees: tuple[str, ...] | None = None
    "Party ids of intermediate consignees."
    end_use: str | None = None
    "What the items are for."
    unit_tpp: str | None = None
    "TPP of one unit, where it differs from the classification."
    authorization: str | None = None
    "Ask about this authorization only."
    request: Annotated[str | None, Parameter(allow_leading_hyphen=True)] = None
    "Read the request from a JSON or TOML file, or from standard input with '-'."

    def data(self) -> dict[str, Any]:
        """The request as plain data: the file's fields, then the flags over them."""
        named = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "request"}
        given = {name: value for name, value in named.items() if value is not None}
        for name in LIST_FLAGS & given.keys():
            given[name] = list(given[name])
        return {**_from_file(self.request), **given}


def _from_file(name: str | None) -> dict[str, Any]:
    if name is None:
        return {}
    data = _parsed(name, "write one object with the fields of the lot")
    if not isinstance(data, dict):
        raise InvalidRequest("holds no object", where=name, cure="write one object with the fields")
    return data


def requests_of(name: str) -> list[dict[str, Any]]:
    """The requests of a file: a JSON list, JSON Lines (.jsonl), or TOML with [[lot]] (.toml).

    Raises `NotFound` or `InvalidRequest`; what each request holds is read where it is used.
    """
    shape = "write a JSON list of objects, one object a line (.jsonl), or [[lot]] tables (.toml)"
    data = _parsed(name, shape)
    if name.endswith(".toml") and isinstance(data, dict):
        if set(data) - {"lot"}:
            raise InvalidRequest(
                f"unknown {', '.join(sorted(set(data) - {'lot'}))}", where=name, cure=shape
            )
        data = data.get("lot", [])
    if not isinstance(data, list) or not all(isinstance(one, dict) for one in data):
        raise InvalidRequest("holds no list of requests", where=name, cure=shape)
    return data


def _parsed(name: str, shape: str) -> Any:  # noqa: ANN401 -- any JSON or TOML value
    text = sys.stdin.read() if name == "-" else _read(Path(name))
    try:
        if name.endswith(".toml"):
            return _toml(text)
        if name.endswith(".jsonl"):
            return [parse_json(line) for line in text.splitlines() if line.strip()]
        return parse_json(text)
    except ValueError as error:
        raise InvalidRequest(
            f"is neither JSON nor TOML as its name says ({error})", where=name, cure=shape
        ) from error


def only_one(given: Mapping[str, object], *, needed: bool = False) -> None:
    """Wrong usage where several of these are given, or none that is needed."""
    named = [name for name, value in given.items() if value]
    if len(named) > 1 or (needed and not named):
        found = " and ".join(named) or "none of them"
        raise CycloptsError(msg=f"Give one of {', '.join(given)}; found {found}.")


def _toml(text: str) -> Any:  # noqa: ANN401 -- any TOML value
    import tomllib
    from decimal import Decimal

    return tomllib.loads(text, parse_float=Decimal)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise NotFound(f"can't read {path}: {error.strerror}", cure="check the path") from error
    except UnicodeDecodeError as error:
        raise InvalidRequest("is not UTF-8 text", where=str(path)) from error


def as_day(text: str | None, flag: str) -> Any:  # noqa: ANN401 -- a date or None
    """A day from a flag; raises `InvalidInput`."""
    if text is None:
        return None
    try:
        return day(text)
    except ValueError as error:
        raise InvalidInput(str(error), where=flag, cure="write YYYY-MM-DD") from error
