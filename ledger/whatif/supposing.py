"""Supposing: hypotheses on a prefix, each turned into the events that it would be recorded as.

A change of the law is the adoption of a pack that reads as changed, so what is supposed is events
and nothing else: folded in as a ledger folds them, checked as an import and an adoption check them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import tomli_w
from pydantic import ValidationError

from ledger.core.decision import decide
from ledger.core.devices import unit_tpp
from ledger.core.encoding import event_data, faults, parse_event
from ledger.core.errors import AlreadyRecorded, Conflict, InvalidEvent, InvalidInput, NotFound
from ledger.core.events import (
    AnyEvent,
    InterpretationAdopted,
    KeyAdopted,
    LedgerCreated,
    ListAdopted,
    LotReleased,
    LotReserved,
    PackAdopted,
)
from ledger.core.law.amending import amended, pack_ended
from ledger.core.law.amendment import Amendment
from ledger.core.law.law import check_counted_alike, check_fits
from ledger.core.law.pack import KINDS, Pack, checked, digest, read, rows
from ledger.core.law.row import Posture
from ledger.core.layered import Layered
from ledger.core.lots import Request
from ledger.core.prefix import Prefix, Reservation
from ledger.core.ratings import device_on
from ledger.core.references import check_references
from ledger.core.scenario import Adoption, Fields, PackEnd, Reading, Swap
from ledger.core.settings import posture as posture_of
from ledger.core.values import UNKNOWN, Value
from ledger.service.recording import short_id
from ledger.service.reserving import lot_fields
from ledger.service.shell import countries

SUPPOSED: Final = "what-if"
"""How the version of an amended pack ends, and how events without an id are named."""

LOTS: Final = frozenset({"lot.exported", "lot.reserved"})
REFUSALS: Final = (InvalidInput, NotFound, Conflict)

Source = Amendment | Reading | Adoption | PackEnd | Swap | Fields


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """One thing that is supposed: as a scenario says it, where, and what it is called.

    `where` is its place in a file, `name` the id of its first event; `text` is that of a pack that
    is to be adopted.
    """

    where: str
    name: str
    source: Source
    text: str = ""

    def plain(self) -> dict[str, Any]:
        """All that it says, as plain data: a scenario is addressed by it."""
        if isinstance(self.source, dict):
            said = _plain(self.source)
        else:
            said = self.source.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        return {**said, "text": digest(self.text)} if self.text else said


def _plain(value: Any) -> Any:  # noqa: ANN401 -- any TOML value
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value if value is None or isinstance(value, int | bool) else str(value)


@dataclass(frozen=True, slots=True)
class Supposed:
    """A prefix with hypotheses on top, and the events that each of them became."""

    prefix: Layered
    by: tuple[tuple[Hypothesis, tuple[AnyEvent, ...]], ...]


def suppose(base: Layered, hypotheses: Sequence[Hypothesis], posture: Posture | None) -> Supposed:
    """Suppose hypotheses one after the other, on a prefix on which nothing is supposed yet.

    Raises `InvalidInput` (or what a ledger raises for such an event) with the hypothesis's place.
    """
    made = []
    for one in hypotheses:
        try:
            events = tuple(_supposed(one, base, posture))
        except REFUSALS as refused:
            where = f"{one.where}, {refused.where}" if refused.where else one.where
            raise type(refused)(refused.what, where=where, cure=refused.cure) from refused
        made.append((one, events))
    return Supposed(base, tuple(made))


def _supposed(one: Hypothesis, prefix: Layered, posture: Posture | None) -> Iterator[AnyEvent]:
    for event, pack in _events(one, prefix, posture):
        if not _is_new(event, prefix):
            continue
        if isinstance(event, PackAdopted) and pack is not None:
            prefix.adopt(event, pack)
        else:
            check_references(event, prefix, prefix.law, countries())
            prefix.append(event)
        yield event


def _is_new(event: AnyEvent, prefix: Prefix) -> bool:
    """Whether an event is not recorded yet; raises `AlreadyRecorded` for other content."""
    known = prefix.find(event.id)
    if known is None:
        return True
    if event_data(known) != event_data(event):
        raise AlreadyRecorded(
            f"the id '{event.id}' stands in the ledger with other content",
            cure="use another id, or leave it out; to correct an entry, suppose record.reversed",
        )
    return False


def _events(
    one: Hypothesis, prefix: Layered, posture: Posture | None
) -> Iterator[tuple[AnyEvent, Pack | None]]:
    """The events that a hypothesis would be recorded as, after what is supposed by now.

    Of a pack that is amended, with the pack as it would be read.
    """
    match one.source:
        case Amendment() as change:
            begins = change.begins or date.min
            _known_countries(change)
            yield adoption(amended(prefix.law, change), begins, one.name)
        case PackEnd() as end:
            _unchanged(end.pack, prefix)
            yield adoption(_ended(end, prefix), end.ends_on, one.name)
        case _:
            yield from ((event, None) for event in _facts(one, prefix, posture))


def _facts(one: Hypothesis, prefix: Layered, posture: Posture | None) -> Iterator[AnyEvent]:
    match one.source:
        case Adoption():
            yield _adopted(one, prefix)
        case Reading() as reading:
            _read_once(reading, prefix)
            yield InterpretationAdopted(
                id=one.name,
                on=reading.valid_from,
                switch=reading.switch,
                value=reading.value,
                cite=reading.cite or "a hypothesis",
                signed_by="a hypothesis",
            )
        case Swap() as swap:
            yield from _swapped(swap, one.name, prefix)
        case dict() as fields:
            yield _event(fields, one, prefix, posture)


# ---- changes of the law


def adoption(pack: Pack, on: date, name: str) -> tuple[PackAdopted, Pack]:
    """The adoption of a pack as it would read, with the pack; raises `InvalidRulePack`."""
    version = pack.version if pack.version.endswith(SUPPOSED) else f"{pack.version} {SUPPOSED}"
    found = checked(pack.model_copy(update={"version": version}), where=pack.pack)
    check_counted_alike(found, where=pack.pack)
    text = written(found)
    event = PackAdopted(
        id=name, on=on, pack=pack.pack, version=version, text=text, digest=digest(text)
    )
    return event, found


def written(pack: Pack) -> str:
    """A pack as a file writes it; reading it gives the same pack."""
    head = pack.model_dump(mode="json", include=set(HEAD))
    parts = [tomli_w.dumps({name: head[name] for name in HEAD})]
    for name, kind in KINDS.items():
        parts += [_row(row, kind) for row in rows(pack, name)]
    parts += [_row(device, "device") for device in pack.devices]
    return "\n".join(parts)


HEAD: Final = ("pack", "version", "title", "kind", "source")
_ROWS: Final[dict[int, tuple[Value, str]]] = {}
"""Rows as they are written: those that a change leaves alone are written once for all scenarios."""

MOST_ROWS: Final = 5_000


def _row(row: Value, kind: str) -> str:
    known = _ROWS.get(id(row))
    if known is None:
        data = row.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        for step in data.get("allowance", ()):
            step["tpp"] = "unlimited" if step["tpp"] is None else step["tpp"]
        if len(_ROWS) >= MOST_ROWS:
            _ROWS.clear()
        # Keeping the row keeps its id.
        known = _ROWS[id(row)] = row, tomli_w.dumps({kind: [data]})
    return known[1]


def _known_countries(change: Amendment) -> None:
    unknown = sorted({*change.add, *change.remove} - countries().keys())
    if unknown:
        raise InvalidInput(
            f"unknown country {', '.join(unknown)}",
            where=f"{change.kind} {change.row}",
            cure="use ISO 3166-1 alpha-2 codes such as AE or BR",
        )


def _unchanged(name: str, prefix: Layered) -> None:
    """Refuse to replace a pack of which the scenario changed a row before: that would be lost."""
    for one in prefix.law.adopted:
        if one.pack.pack == name and one.pack.version.endswith(SUPPOSED):
            raise InvalidInput(
                f"it would undo what is supposed of rows of {name} before it",
                where="pack",
                cure="put it first, or leave the changes of its rows out",
            )


def _ended(end: PackEnd, prefix: Layered) -> Pack:
    known = {one.pack.pack: one.pack for one in prefix.law.adopted}
    if end.pack not in known:
        raise InvalidInput(
            f"no adopted pack is called '{end.pack}'",
            where="pack",
            cure=f"use one of {', '.join(sorted(known))}",
        )
    return pack_ended(known[end.pack], end.ends_on)


def _adopted(one: Hypothesis, prefix: Layered) -> PackAdopted:
    pack, name = read(one.text, where=one.where), digest(one.text)
    _unchanged(pack.pack, prefix)
    check_fits(pack, name, prefix.law, where=one.where)
    # The day on which a pack is adopted gates nothing: its own days do.
    return PackAdopted(
        id=one.name,
        on=date(2000, 1, 1),
        pack=pack.pack,
        version=pack.version,
        text=one.text,
        digest=name,
    )


def _read_once(reading: Reading, prefix: Layered) -> None:
    """Refuse to read a switch in two ways from the same day on."""
    for event in prefix.events:
        if isinstance(event, InterpretationAdopted) and (event.switch, event.on) == (
            reading.switch,
            reading.valid_from,
        ):
            raise InvalidInput(
                f"it is supposed to be read as {event.value} from {event.on}, too",
                where=f"switch {reading.switch}",
                cure="leave one of them out, or give it another day",
            )


# ---- facts


def _event(fields: Fields, one: Hypothesis, prefix: Layered, posture: Posture | None) -> AnyEvent:
    data = {"id": one.name, **fields}
    kind = data.get("kind")
    if isinstance(kind, str) and kind in LOTS and "authorization" not in data:
        data |= _grounds(data, prefix, posture)
    event = parse_event(data)
    if isinstance(event, LedgerCreated | KeyAdopted):
        raise InvalidEvent(f"a {event.kind} can't be supposed", cure="leave it out")
    if isinstance(event, PackAdopted):
        pack = read(event.text, where=event.id)
        _unchanged(pack.pack, prefix)
        check_fits(pack, event.digest, prefix.law, where=event.id)
    if isinstance(event, ListAdopted) and event.digest not in {e.digest for e in prefix.lists()}:
        raise InvalidEvent(
            f"the contents of the list with the digest {event.digest} are not in this ledger",
            cure="adopt the file itself: chipledger lists adopt FILE",
        )
    return event


def _grounds(data: Mapping[str, Any], prefix: Layered, posture: Posture | None) -> dict[str, Any]:
    """The authorization that the law chooses for a lot which names none.

    A lot that has gone and may not go is a fact all the same, under an unknown authorization; what
    may not go can't be reserved.
    """
    known = {name: data[name] for name in Request.model_fields if name in data}
    try:
        request = Request.model_validate(known)
    except ValidationError as error:
        raise InvalidEvent(faults(error)) from error
    decided_by = posture_of(posture, request.on, prefix)
    decision = decide(request, prefix.law, prefix, decided_by)
    if decision.authorization is not None:
        found = lot_fields(request, decision, prefix, prefix.law)
        return {
            name: found[name] for name in ("authorization", "reference", "line") if name in found
        }
    if data["kind"] == "lot.exported":
        return {"authorization": UNKNOWN}
    raise InvalidEvent(
        f"the lot can't be reserved: {decision.outcome} ({decision.reasons[-1]})",
        cure="name an authorization to suppose it all the same, or make it smaller",
    )


def _swapped(swap: Swap, name: str, prefix: Layered) -> Iterator[AnyEvent]:
    """Open reservations of a device given up, and placed anew with another device."""
    for device in (swap.device, swap.by):  # known, though nothing may be reserved of it
        device_on(device, date.max, prefix, prefix.law)
    held = [prefix.reservation(one) for one in prefix.open_reservations()]
    for one in held:
        if one is None or one.event.device != swap.device:
            continue
        if swap.ultimate_consignee not in (None, one.event.ultimate_consignee):
            continue
        quantity, own = _units(one, swap, prefix), short_id(one.event.id)
        yield LotReleased(
            id=f"{name}: release of {own}",
            on=one.event.on,
            reservation=one.event.id,
            reason="released",
        )
        if quantity:
            update: dict[str, Any] = {
                "id": f"{name}: {own}",
                "device": swap.by,
                "quantity": quantity,
                "unit_tpp": None,
                "hold_until": one.hold_until,
                "reference": None,
                "line": None,
                "reinstates": None,
                "bundle": None,
            }
            yield LotReserved.model_validate({**one.event.model_dump(), **update})


def _units(one: Reservation, swap: Swap, prefix: Layered) -> int:
    if swap.keep == "quantity":
        return one.open_units
    return one.open_tpp // unit_tpp(device_on(swap.by, one.event.on, prefix, prefix.law))
