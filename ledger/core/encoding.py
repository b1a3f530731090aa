"""Canonical bytes: how an event and its envelope become the body that is stored and hashed."""

import json
from collections.abc import Iterator
from typing import Any, Final, Literal, get_args

import orjson
from pydantic import TypeAdapter, ValidationError

from ledger.core.errors import InvalidEvent, LedgerDamaged
from ledger.core.events import AnyEvent, Event
from ledger.core.values import PATTERN_WORDS, Id, Text, Value, exact

_EVENT: Final[TypeAdapter[AnyEvent]] = TypeAdapter(AnyEvent, config={"defer_build": True})
_MODELS: Final[dict[str, type[AnyEvent]]] = {
    event.model_fields["kind"].default: event for event in get_args(get_args(AnyEvent)[0])
}
"""A command meets few kinds of events: what validates the others is never built."""

KINDS: Final = frozenset(_MODELS)


VERSION: Final = 1
"""Of the interchange format, which stands in every body."""


class Batch(Value):
    """Where an imported event came from: the file's digest and its row."""

    file: Id
    row: int


class Envelope(Value):
    """Who recorded an event, when (UTC), by which way; hashed together with it."""

    v: Literal[1] = 1
    seq: int
    recorded_at: Id
    actor: Text
    via: Literal["cli", "import", "api"]
    batch: Batch | None = None


class Entry(Value):
    """A stored event with its envelope."""

    envelope: Envelope
    event: AnyEvent


def _refuse(value: object) -> str:
    msg = f"canonical JSON holds no {type(value).__name__}"
    raise TypeError(msg)


_CANONICAL: Final = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"), default=_refuse
)


def canonical(record: object) -> bytes:
    """Write plain data as canonical JSON: UTF-8, sorted keys, no spaces."""
    return _CANONICAL.encode(record).encode()


def canonical_plain(record: dict[str, Any]) -> bytes:
    """The same of data that hold no number but integers, by a faster library.

    A test holds it to `canonical`, which is left what the library refuses: text that is no UTF-8,
    and integers beyond 64 bits.
    """
    try:
        return orjson.dumps(record, option=orjson.OPT_SORT_KEYS)
    except TypeError:
        return canonical(record)


def event_data(event: Event) -> dict[str, Any]:
    """An event as plain data: defaults and nulls left out, the kind always there."""
    data = event.model_dump(mode="json", by_alias=True, exclude_defaults=True, exclude_none=True)
    return {**data, "kind": event.kind}  # type: ignore[attr-defined]  # every concrete event has one


def encode(event: Event, envelope: Envelope) -> bytes:
    """Canonical body of an entry."""
    batch = None if envelope.batch is None else (envelope.batch.file, envelope.batch.row)
    return written(
        event_data(event),
        envelope.seq,
        recorded_at=envelope.recorded_at,
        actor=envelope.actor,
        via=envelope.via,
        batch=batch,
    )


def written(
    event: dict[str, Any],
    seq: int,
    *,
    recorded_at: str,
    actor: str,
    via: str,
    batch: tuple[str, int] | None = None,
) -> bytes:
    """The same from an event as plain data and the parts of an envelope.

    `batch` is the file's digest and the row.
    """
    record: dict[str, Any] = {
        "v": VERSION,
        "seq": seq,
        "recorded_at": recorded_at,
        "actor": actor,
        "via": via,
        "event": event,
    }
    if batch is not None:
        record["batch"] = {"file": batch[0], "row": batch[1]}
    return canonical_plain(record)


def decode(body: bytes, *, seq: int) -> Entry:
    """Read a stored body back.

    Raises `LedgerDamaged` where the body is not the canonical form of a valid entry `seq`.
    """
    try:
        record = parse_json(body.decode())
        event = record.pop("event")
        entry = Entry(envelope=Envelope.model_validate(record), event=_validated(event))
    except (UnicodeDecodeError, ValueError, KeyError, AttributeError, TypeError) as damage:
        raise _damaged(seq, f"its body can't be read ({str(damage).splitlines()[0]})") from damage
    if entry.envelope.seq != seq:
        raise _damaged(seq, f"its body says it is entry {entry.envelope.seq}")
    if encode(entry.event, entry.envelope) != body:
        raise _damaged(seq, "its body is not in canonical form")
    return entry


def _validated(data: object) -> AnyEvent:
    """An event from plain data; raises pydantic's own error, of one whose kind is known or not."""
    kind = data.get("kind") if isinstance(data, dict) else None
    model = _MODELS.get(kind) if isinstance(kind, str) else None
    return _EVENT.validate_python(data) if model is None else model.model_validate(data)


def _damaged(seq: int, what: str) -> LedgerDamaged:
    return LedgerDamaged(
        what, where=f"entry {seq}", cure="stop writing and restore the ledger from a backup"
    )


def parse_event(data: object, *, where: str = "") -> AnyEvent:
    """Read an event from plain data (JSON or TOML).

    Raises `InvalidEvent`, which names every wrong field, the value found and what is expected.
    """
    if isinstance(data, dict) and "kind" not in data:
        raise InvalidEvent("the field 'kind' is missing", where=where, cure=_known_kinds())
    try:
        return _validated(data)
    except ValidationError as error:
        if error.errors()[0]["type"] == "union_tag_invalid":
            found = data["kind"] if isinstance(data, dict) else data
            raise InvalidEvent(
                f"unknown kind '{found}'", where=where, cure=_known_kinds()
            ) from error
        raise InvalidEvent(faults(error), where=where) from error


def _known_kinds() -> str:
    return f"known kinds are {', '.join(sorted(KINDS))}"


def faults(error: ValidationError) -> str:
    """Say in one line which fields of an input are wrong, and how."""
    return "; ".join(said for _, _, said in each_fault(error))


def each_fault(error: ValidationError) -> Iterator[tuple[str, object, str]]:
    """Every wrong field of an input: its path, the value found (None if missing), what is wrong."""
    for detail in error.errors(include_url=False):
        path = [str(step) for step in detail["loc"] if str(step) not in KINDS]
        field, found = ".".join(path), detail["input"]
        match detail["type"]:
            case "extra_forbidden":
                yield field, found, f"unknown field '{field}'"
            case "missing":
                yield field, None, f"the field '{field}' is missing"
            case "string_pattern_mismatch" if detail["ctx"]["pattern"] in PATTERN_WORDS:
                words = PATTERN_WORDS[detail["ctx"]["pattern"]]
                yield field, found, f"{field}: expected {words}, found {found!r}"
            case _:
                message = detail["msg"].removeprefix("Value error, ")
                said = "found" in message or isinstance(found, dict)
                shown = message if said else f"{message}, found {found!r}"
                yield field, found, f"{field}: {shown}" if field else shown


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    data = dict(pairs)
    if len(data) != len(pairs):
        twice = next(key for place, (key, _) in enumerate(pairs) if key in dict(pairs[:place]))
        msg = f"the field '{twice}' stands twice"
        raise ValueError(msg)
    return data


def _no_number(name: str) -> Any:  # noqa: ANN401 -- never returns
    msg = f"{name} is no number"
    raise ValueError(msg)


_EXACT: Final = json.JSONDecoder(
    parse_float=exact, object_pairs_hook=_once, parse_constant=_no_number
)


_SIMPLE: Final = frozenset({str, int, bool, type(None)})


def _flat(text: str) -> dict[str, Any] | None:
    """A flat object without fractions, by a faster library; None for all else.

    It has as many quotation marks as its keys and texts need; a key that stands twice has more.
    """
    try:
        data = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    if type(data) is not dict:
        return None
    kinds = list(map(type, data.values()))
    simple = _SIMPLE.issuperset(kinds)
    return data if simple and text.count('"') == 2 * (len(data) + kinds.count(str)) else None


def parse_json(text: str) -> Any:  # noqa: ANN401 -- any JSON value
    """Read JSON with exact numbers; a key that stands twice is refused."""
    data = _flat(text)
    if data is not None:
        return data
    try:
        return _EXACT.decode(text)
    except RecursionError:
        msg = "it is nested too deeply"
        raise ValueError(msg) from None
