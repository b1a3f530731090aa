"""Corrections: what came back, left, moved or was wrong. Nothing is edited; each is an entry."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from typing import Any, Final, TypeVar

from ledger.core.encoding import parse_event
from ledger.core.errors import InvalidEvent, NotFound
from ledger.core.events import (
    AnyEvent,
    DeviceClassified,
    DeviceFacts,
    Event,
    LotAttrited,
    LotExported,
    LotRelocated,
    LotReserved,
    PartyRegistered,
    RecordReversed,
    StockDeclared,
)
from ledger.core.parties import latest
from ledger.core.ratings import device_on
from ledger.service.recorded import Recorded, other_content
from ledger.service.recording import expire_overdue, record
from ledger.service.requests import built
from ledger.service.shell import legal_today, new_id
from ledger.service.writing import writing
from ledger.store.writer import Appended, Signature, Writer

AnEvent = TypeVar("AnEvent", bound=Event)

WORDS: Final[Mapping[type[Event], str]] = {
    LotAttrited: "attrition",
    LotRelocated: "relocation",
    DeviceClassified: "rating",
    PartyRegistered: "party",
}
"""How ids begin that nobody gave."""


@contextmanager
def _writing(url: str, actor: str | None) -> Iterator[tuple[Writer, Signature]]:
    with writing(url, actor=actor) as (writer, mark):
        expire_overdue(writer, mark)
        yield writer, mark


def returned(
    url: str,
    lot: str,
    quantity: int,
    *,
    on: date | None = None,
    event_id: str | None = None,
    actor: str | None = None,
) -> Recorded:
    """Units of a lot came back: they free what the lot drew; raises `NotFound`, `InvalidEvent`."""
    with _writing(url, actor) as (writer, mark):
        fields = {"quantity": quantity, "on": on, "reason": "returned", "lot": lot}
        return attrit_in(writer, mark, fields, event_id=event_id)


def attrit(
    url: str,
    fields: Mapping[str, Any],
    *,
    event_id: str | None = None,
    actor: str | None = None,
) -> Recorded:
    """Units left an installed base, of a lot or of none in particular.

    `fields` are those of `lot.attrited`; of a `lot` its party, destination and device may be left
    out. Raises `NotFound` or `InvalidEvent`.
    """
    with _writing(url, actor) as (writer, mark):
        return attrit_in(writer, mark, fields, event_id=event_id)


def attrit_in(
    writer: Writer, mark: Signature, fields: Mapping[str, Any], *, event_id: str | None = None
) -> Recorded:
    """The same inside a transaction."""
    place = {} if fields.get("lot") is None else _of_lot(str(fields["lot"]), writer)
    given = {name: value for name, value in fields.items() if value is not None}
    return _record(writer, mark, LotAttrited, {**place, **given}, event_id)


def relocate(
    url: str,
    fields: Mapping[str, Any],
    *,
    event_id: str | None = None,
    actor: str | None = None,
) -> Recorded:
    """Units of an installed base moved to another destination; raises `InvalidEvent`."""
    with _writing(url, actor) as (writer, mark):
        return relocate_in(writer, mark, fields, event_id=event_id)


def relocate_in(
    writer: Writer, mark: Signature, fields: Mapping[str, Any], *, event_id: str | None = None
) -> Recorded:
    """The same inside a transaction."""
    return _record(writer, mark, LotRelocated, fields, event_id)


def rerate(
    url: str,
    device: str,
    changes: Mapping[str, Any],
    *,
    on: date,
    event_id: str | None = None,
    actor: str | None = None,
) -> Recorded:
    """Classify a device anew from a day on; what `changes` leaves out stays as on that day.

    Raises `NotFound` where the device has no classification on that day.
    """
    with _writing(url, actor) as (writer, mark):
        return rerate_in(writer, mark, device, changes, on=on, event_id=event_id)


def rerate_in(
    writer: Writer,
    mark: Signature,
    device: str,
    changes: Mapping[str, Any],
    *,
    on: date,
    event_id: str | None = None,
) -> Recorded:
    """The same inside a transaction."""
    facts = device_on(device, on, writer.bare_prefix, writer.law)
    known = {name: getattr(facts, name) for name in DeviceFacts.model_fields}
    if changes.get("unit_tpp") is not None:
        known["rates"] = None
    fields = known | {name: value for name, value in changes.items() if value is not None}
    return _record(writer, mark, DeviceClassified, {**fields, "on": on}, event_id)


def correct_party(
    url: str,
    party: str,
    changes: Mapping[str, Any],
    *,
    on: date,
    event_id: str | None = None,
    actor: str | None = None,
) -> Recorded:
    """Register a party anew from a day on; what `changes` leaves out stays as on that day.

    A field of `changes` that is the empty text is taken away. Raises `NotFound` where the party is
    not registered on that day.
    """
    with _writing(url, actor) as (writer, mark):
        return correct_party_in(writer, mark, party, changes, on=on, event_id=event_id)


def correct_party_in(
    writer: Writer,
    mark: Signature,
    party: str,
    changes: Mapping[str, Any],
    *,
    on: date,
    event_id: str | None = None,
) -> Recorded:
    """The same inside a transaction."""
    versions = writer.bare_prefix.party(party)
    facts = latest(versions, on)
    if facts is None:
        since = f"; its first registration is of {versions[0].on}" if versions else ""
        raise NotFound(
            f"the party '{party}' is not registered on {on}{since}",
            cure="name a day on which it is, or record party.registered for it",
        )
    known = {name: getattr(facts, name) for name in PartyRegistered.model_fields if name != "kind"}
    given = {name: value for name, value in changes.items() if value is not None}
    fields = {**known, **given, "on": on}
    fields = {name: value for name, value in fields.items() if value != ""}
    return _record(writer, mark, PartyRegistered, fields, event_id)


def replace(
    url: str,
    target: str,
    content: Mapping[str, Any],
    *,
    whole: bool,
    reason: str,
    event_id: str | None = None,
    actor: str | None = None,
) -> Recorded:
    """Take an entry back and record what holds instead, both or nothing, linked both ways.

    `content` is the new event, if `whole`; else the fields of a lot that change. The reversal names
    the new event in `replaced_by`. Raises `NotFound`, `NotOpen`, `AlreadyRecorded`, `InvalidEvent`.
    """
    with _writing(url, actor) as (writer, mark):
        return replace_in(
            writer, mark, target, content, whole=whole, reason=reason, event_id=event_id
        )


def replace_in(
    writer: Writer,
    mark: Signature,
    target: str,
    content: Mapping[str, Any],
    *,
    whole: bool,
    reason: str,
    event_id: str | None = None,
) -> Recorded:
    """The same inside a transaction; the reversal's place comes before that of the new event."""
    old = writer.prefix.find(target)
    if old is None:
        raise NotFound(f"there is no event '{target}'", cure="look its id up with 'explain'")
    name = event_id or content.get("id") or new_id("replacement")
    day = legal_today(writer.prefix)
    reversal_id = f"reversal for {name}"
    before = writer.prefix.find(reversal_id)
    reversal = built(
        RecordReversed,
        "replace",
        id=reversal_id,
        on=day if before is None else before.on,
        target=target,
        reason=reason,
        replaced_by=name,
    )
    undone = record(writer, reversal, mark)
    known = writer.prefix.find(name)
    new = _new_content(old, {**content, "id": name}, whole=whole)
    if isinstance(new, LotExported) and _has_closed_hold(new, known, writer):
        new = new.model_copy(update={"reservation": None, "final": False})
    if before is None and known is not None:
        raise other_content(name, writer.prefix.places([name])[name])
    made = record(writer, new, mark)
    return Recorded(new.id, Appended(made.seq, new=undone.new, excess_units=made.excess_units))


def _new_content(old: AnyEvent, content: Mapping[str, Any], *, whole: bool) -> AnyEvent:
    if whole:
        return parse_event({"kind": old.kind, "on": str(old.on), **content}, where="replace")
    if not isinstance(old, LotExported):
        raise InvalidEvent(
            f"'{old.id}' is a {old.kind}",
            where="replace",
            cure="release a reservation and place another; else give the whole new event: --event"
            if isinstance(old, LotReserved)
            else "give the whole new event: --event FILE",
        )
    fields = {name: getattr(old, name) for name in LotExported.model_fields}
    # What followed from other fields, or from the decision on the old lot, is not carried over.
    dropped = {"kind", "transaction", "decision_id"}
    if old.end_user == old.ultimate_consignee:
        dropped.add("end_user")
    if content.get("device") not in (None, old.device):
        dropped.add("unit_tpp")
    kept = {name: value for name, value in fields.items() if name not in dropped}
    return built(LotExported, "replace", **{**kept, **content})


def _has_closed_hold(new: LotExported, known: AnyEvent | None, writer: Writer) -> bool:
    """Whether the reservation of a lot is closed and has nothing to give; of a retry, if it was."""
    if isinstance(known, LotExported):
        return known.reservation is None
    hold = None if new.reservation is None else writer.prefix.reservation(new.reservation)
    return hold is not None and (hold.released or not hold.open_units)


def _of_lot(lot: str, writer: Writer) -> dict[str, Any]:
    """Where the units of a lot are: party, destination and device."""
    found = writer.prefix.find(lot)
    match found:
        case LotExported():
            owner = found.ultimate_consignee
        case StockDeclared():
            owner = found.party
        case _:
            raise NotFound(
                f"no export or stock has the id '{lot}'",
                where="--lot",
                cure="name the event that the units came with",
            )
    return {"party": owner, "destination": found.destination, "device": found.device}


def _record(
    writer: Writer,
    mark: Signature,
    kind: type[AnEvent],
    fields: Mapping[str, Any],
    event_id: str | None,
) -> Recorded:
    """Record an event of today, or of its own day; a retry is of the day of what it repeats."""
    known = None if event_id is None else writer.prefix.find(event_id)
    day = legal_today(writer.prefix) if known is None else known.on
    given = {name: value for name, value in fields.items() if value is not None}
    event = built(kind, WORDS[kind], **{"on": day, **given, "id": event_id or new_id(WORDS[kind])})
    return Recorded(event.id, record(writer, event, mark))  # type: ignore[arg-type]
