"""The facts of a ledger as rows of a snapshot: parties, devices, grants and the law's rows."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any, Final

from ledger.core.devices import unit_tpp
from ledger.core.events import (
    AnyEvent,
    AuthorizationGranted,
    DeviceClassified,
    DeviceFacts,
    PackAdopted,
    PartyRegistered,
)
from ledger.core.law.pack import KINDS, ROWS, Pack, read, rows
from ledger.core.law.row import OPEN_END, Row

Added = tuple[str, tuple[Any, ...]]
"""A table with a row for it."""

FACTS: Final = ("party.registered", "device.classified", "authorization.granted", "pack.adopted")
"""Kinds of events that have tables of their own."""


def rows_of(seq: int, event: AnyEvent) -> Iterator[Added]:
    """The rows that an event adds to the tables of facts."""
    match event:
        case PartyRegistered():
            yield "party", _party(seq, event)
        case DeviceClassified():
            yield "device", (seq, event.id, event.on, *_device(event))
        case AuthorizationGranted():
            yield from _granted(seq, event)
        case PackAdopted():
            yield from _pack(seq, event, read(event.text, where=event.pack))


def _party(seq: int, event: PartyRegistered) -> tuple[Any, ...]:
    return (
        seq,
        event.id,
        event.on,
        event.party,
        event.name,
        event.location,
        event.headquarters,
        event.ultimate_parent,
        event.party_kind,
    )


def _device(facts: DeviceFacts) -> tuple[Any, ...]:
    return (
        facts.device,
        facts.vendor,
        facts.model,
        int(unit_tpp(facts)),
        facts.ics,
        facts.data_center,
        facts.eccn,
        facts.source,
    )


def _granted(seq: int, event: AuthorizationGranted) -> Iterator[Added]:
    yield (
        "granted",
        (
            seq,
            event.id,
            event.on,
            event.authorization,
            event.reference,
            event.party,
            list(event.destinations),
            event.valid_from,
            event.until,
            event.exporter,
        ),
    )
    for line in event.lines:
        tolerance = line.tolerance_percent
        yield (
            "granted_line",
            (
                seq,
                event.reference,
                line.line,
                line.device,
                line.quantity,
                None if tolerance is None else str(tolerance),
            ),
        )


def _pack(seq: int, event: PackAdopted, pack: Pack) -> Iterator[Added]:
    yield (
        "law_pack",
        (seq, pack.pack, pack.version, event.digest, pack.title, pack.kind, pack.source),
    )
    for kind in ROWS:
        for row in rows(pack, kind):
            yield "law_row", (seq, pack.pack, KINDS[kind], *_dated(row))
    yield from _steps(seq, pack)
    for device in pack.devices:
        yield "device", (seq, event.id, None, *_device(device))


def _dated(row: Row) -> tuple[Any, ...]:
    return (
        row.id,
        getattr(row, "title", None),
        row.cite,
        first_day(row.valid_from),
        last_day(row.until),
        row.evidence,
        row.note,
    )


def _steps(seq: int, pack: Pack) -> Iterable[Added]:
    for cap in pack.caps:
        for step in cap.allowance:
            tpp = None if step.tpp is None else int(step.tpp)
            row = (seq, pack.pack, cap.id, first_day(cap.valid_from), first_day(step.valid_from))
            yield "law_step", (*row, tpp)


def first_day(on: date) -> date | None:
    """The first day of a span; None where it has no beginning."""
    return None if on == date.min else on


def last_day(until: date) -> date | None:
    """The first day out of a span; None where it has no end."""
    return None if until == OPEN_END else until
