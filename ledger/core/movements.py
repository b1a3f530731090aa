"""From an event to the movements it adds: the one place where a fact becomes a draw."""

from datetime import date
from typing import assert_never

from ledger.core.devices import unit_tpp
from ledger.core.errors import InvalidEvent, NotFound
from ledger.core.events import (
    AnyEvent,
    AuthorizationAmended,
    AuthorizationEnded,
    AuthorizationGranted,
    AuthorizedLot,
    DeviceClassified,
    DutyDone,
    InterpretationAdopted,
    KeyAdopted,
    LedgerCreated,
    LicenceLine,
    ListAdopted,
    LotAttrited,
    LotExported,
    LotExtended,
    LotReleased,
    LotRelocated,
    LotReserved,
    PackAdopted,
    PartyCleared,
    PartyRegistered,
    RecordReversed,
    SettingChanged,
    StockDeclared,
    UsageReported,
)
from ledger.core.grants import grant_on, merged_lines
from ledger.core.law.law import Law
from ledger.core.law.pack import read
from ledger.core.positions import Kind, Movement, Recording, line_key
from ledger.core.prefix import Prefix
from ledger.core.ratings import device_on
from ledger.core.rerating import recatalogued, rerated, settled
from ledger.core.reservations import (
    carried_on,
    consumed,
    open_reservation,
    released,
    reserved_kind,
)
from ledger.core.reversals import reversed_movements
from ledger.core.stock import attrited, relocated


def recording(  # noqa: C901, PLR0911, PLR0912 -- one case per kind of event
    event: AnyEvent, prefix: Prefix, law: Law
) -> Recording:
    """The movements that an event adds after a prefix.

    Raises `InvalidEvent`, `NotFound` or `NotOpen` where the event names what does not exist or is
    closed; the prefix is never changed.
    """
    match event:
        case LotExported():
            return _exported(event, prefix, law)
        case LotReserved():
            return Recording(_reserved(event, prefix, law))
        case LotReleased():
            return Recording(released(open_reservation(event.reservation, prefix)))
        case LotExtended():
            return _extended(event, prefix)
        case AuthorizationGranted():
            return Recording(_granted(event, prefix, law))
        case AuthorizationAmended():
            return Recording(_amended(event, prefix, law))
        case AuthorizationEnded():
            _known_grant(event.reference, prefix)
            return Recording()
        case StockDeclared():
            return Recording((_declared(event, prefix, law),))
        case LotAttrited():
            return attrited(event, prefix)
        case LotRelocated():
            return relocated(event, prefix, law)
        case DeviceClassified():
            return Recording(rerated(event, event.device, prefix, law))
        case PackAdopted():
            return Recording(recatalogued(read(event.text), prefix, law))
        case RecordReversed():
            return Recording(_reversed(event, prefix, law))
        case (
            LedgerCreated()
            | PartyRegistered()
            | UsageReported()
            | InterpretationAdopted()
            | ListAdopted()
            | PartyCleared()
            | SettingChanged()
            | DutyDone()
            | KeyAdopted()
        ):
            return Recording()
        case _:
            assert_never(event)


def _reversed(event: RecordReversed, prefix: Prefix, law: Law) -> tuple[Movement, ...]:
    undone = reversed_movements(event, prefix)
    target = prefix.find(event.target)
    if isinstance(target, DeviceClassified):
        return rerated(event, target.device, prefix, law)
    return (*undone, *settled(event.id, undone, prefix, law))


def _lot(event: AuthorizedLot, kind: Kind, prefix: Prefix, law: Law) -> Movement:
    unit = event.unit_tpp or unit_tpp(device_on(event.device, event.on, prefix, law))
    return Movement(
        on=event.on,
        kind=kind,
        device=event.device,
        party=event.ultimate_consignee,
        destination=event.destination,
        units=event.quantity,
        tpp=event.quantity * unit,
        lot=event.id,
        authorization=event.authorization,
        end_user=event.end_user,
        exporter=event.exporter,
        line="" if event.line is None else line_key(event.reference or "", event.line),
    )


def _reserved(event: LotReserved, prefix: Prefix, law: Law) -> tuple[Movement, ...]:
    return (_lot(event, reserved_kind(event), prefix, law), *carried_on(event, prefix))


def _extended(event: LotExtended, prefix: Prefix) -> Recording:
    """A hold moves nothing, but only an open one can be held for longer."""
    open_reservation(event.reservation, prefix)
    return Recording()


def _exported(event: LotExported, prefix: Prefix, law: Law) -> Recording:
    kind = Kind.DOMESTIC if event.transaction == "domestic" else Kind.EXPORTED
    taken = consumed(event, prefix)
    return taken._replace(movements=(_lot(event, kind, prefix, law), *taken.movements))


def _granted(event: AuthorizationGranted, prefix: Prefix, law: Law) -> tuple[Movement, ...]:
    if prefix.grant(event.reference) is not None:
        raise InvalidEvent(
            f"the reference '{event.reference}' was granted before",
            cure="amend it with authorization.amended, or use another reference",
        )
    return tuple(
        _licensed(event, line, units=line.quantity, on=event.on, prefix=prefix, law=law)
        for line in event.lines
    )


def _licensed(
    grant: AuthorizationGranted,
    line: LicenceLine,
    *,
    units: int,
    on: date,
    prefix: Prefix,
    law: Law,
) -> Movement:
    return Movement(
        on=on,
        kind=Kind.LICENSED,
        device=line.device,
        party=grant.party,
        destination=grant.destinations[0],
        units=units,
        tpp=units * unit_tpp(device_on(line.device, on, prefix, law)),
        lot=grant.id,
        authorization=grant.authorization,
        exporter=grant.exporter or "",
        line=line_key(grant.reference, line.line),
    )


def _amended(event: AuthorizationAmended, prefix: Prefix, law: Law) -> tuple[Movement, ...]:
    """Units that an amendment adds draw on its day; fewer units give nothing back."""
    granted = _known_grant(event.reference, prefix)
    before = grant_on(granted, prefix.grant_changes(event.reference), event.on)
    licensed = {line.line: line for line in before.lines}
    added = []
    for line in merged_lines((), event.lines or ()):
        known = licensed.get(line.line)
        same_device = known is not None and known.device == line.device
        more = line.quantity - (known.quantity if known and same_device else 0)
        if more > 0:
            added.append(_licensed(granted, line, units=more, on=event.on, prefix=prefix, law=law))
    return tuple(added)


def _known_grant(reference: str, prefix: Prefix) -> AuthorizationGranted:
    granted = prefix.grant(reference)
    if granted is None:
        raise NotFound(
            f"no authorization has the reference '{reference}'",
            cure="record authorization.granted first",
        )
    return granted


def _declared(event: StockDeclared, prefix: Prefix, law: Law) -> Movement:
    facts = device_on(event.device, event.on, prefix, law)
    return Movement(
        on=event.on,
        kind=Kind.DECLARED,
        device=event.device,
        party=event.party,
        destination=event.destination,
        units=event.quantity,
        tpp=event.quantity * unit_tpp(facts),
        lot=event.id,
        end_user=event.party,
    )
