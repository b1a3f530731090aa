"""Whether an event names only what is known: parties, devices, destinations, caps, switches."""

from collections.abc import Container, Iterator
from dataclasses import dataclass
from typing import Final

from ledger.core.errors import InvalidEvent, NotFound
from ledger.core.events import (
    AnyEvent,
    AuthorizationAmended,
    AuthorizationGranted,
    AuthorizedLot,
    InterpretationAdopted,
    LotAttrited,
    LotExported,
    LotRelocated,
    PackAdopted,
    PartyCleared,
    PartyRegistered,
    SettingChanged,
    StockDeclared,
    UsageReported,
)
from ledger.core.grants import grant_on
from ledger.core.law.law import Law
from ledger.core.law.pack import digest
from ledger.core.lots import Lot
from ledger.core.prefix import Prefix
from ledger.core.ratings import device_on
from ledger.core.settings import SETTINGS
from ledger.core.values import UNKNOWN

GRANTABLE: Final = ("status", "licence")


@dataclass(frozen=True, slots=True)
class Fault:
    """A field that names something unknown, the value, and what to do."""

    field: str
    value: str
    what: str
    cure: str


def check_references(event: AnyEvent, prefix: Prefix, law: Law, countries: Container[str]) -> None:
    """Raise `InvalidEvent` naming every unknown thing that an event names."""
    faults = list(reference_faults(event, prefix, law, countries))
    if faults:
        said = "; ".join(f"{fault.field}: {fault.what}" for fault in faults)
        cures = "; ".join(dict.fromkeys(fault.cure for fault in faults))
        raise InvalidEvent(said, where=event.id, cure=cures)


def reference_faults(
    event: AnyEvent, prefix: Prefix, law: Law, countries: Container[str]
) -> Iterator[Fault]:
    """Each field of an event that names something unknown."""
    yield from _unknown_countries(event, countries)
    yield from _unknown_parties(event, prefix)
    yield from _unknown_devices(event, prefix, law)
    match event:
        case AuthorizedLot():
            yield from _unknown_authorization(event, law)
            yield from _unknown_line(event, prefix)
        case AuthorizationGranted():
            yield from _grant_faults(event, law)
        case AuthorizationAmended():
            yield from _amendment_faults(event, prefix, law)
        case UsageReported():
            yield from _unknown_cap(event, law)
        case InterpretationAdopted():
            yield from _unknown_switch(event, law)
        case SettingChanged():
            yield from _unknown_setting(event)
        case PackAdopted() if digest(event.text) != event.digest:
            yield Fault("digest", event.digest, "is not the digest of the text", "recompute it")
        case _:
            return


def _grant_faults(event: AuthorizationGranted, law: Law) -> Iterator[Fault]:
    known = law.grounds()
    row = known.get(event.authorization)
    if row is None or row.kind not in GRANTABLE:
        granted = sorted(a.id for a in known.values() if a.kind in GRANTABLE)
        yield Fault(
            "authorization",
            event.authorization,
            f"'{event.authorization}' is not granted to anyone",
            f"use one of {', '.join(granted)}",
        )
    elif row.one_destination and len(event.destinations) != 1:
        yield _one_destination(row.id, event.destinations)


def _amendment_faults(event: AuthorizationAmended, prefix: Prefix, law: Law) -> Iterator[Fault]:
    granted = prefix.grant(event.reference)
    row = granted and law.grounds().get(granted.authorization)
    named = event.destinations
    if row and row.one_destination and named is not None and len(named) != 1:
        yield _one_destination(row.id, named)


def _one_destination(authorization: str, found: tuple[str, ...]) -> Fault:
    return Fault(
        "destinations",
        ", ".join(found),
        f"{authorization} is granted for exactly one destination",
        "record one grant for each destination",
    )


def unknown_countries(named: dict[str, str | None], countries: Container[str]) -> Iterator[Fault]:
    """Each field whose value is no destination code."""
    for field, value in named.items():
        if value is not None and value not in countries:
            yield Fault(
                field,
                value,
                f"unknown country '{value}'",
                "use an ISO 3166-1 alpha-2 code such as AE or BR",
            )


def _unknown_countries(event: AnyEvent, countries: Container[str]) -> Iterator[Fault]:
    named: dict[str, str | None] = {}
    match event:
        case PartyRegistered():
            named["location"] = event.location
            named["headquarters"] = None if event.headquarters == UNKNOWN else event.headquarters
        case Lot():
            named = {"origin": event.origin, "destination": event.destination}
        case StockDeclared() | LotAttrited():
            named["destination"] = event.destination
        case LotRelocated():
            named["destination_from"] = event.destination_from
            named["destination_to"] = event.destination_to
        case AuthorizationGranted() | AuthorizationAmended():
            named = {f"destinations[{n}]": iso for n, iso in enumerate(event.destinations or ())}
        case _:
            return
    yield from unknown_countries(named, countries)


def _unknown_parties(event: AnyEvent, prefix: Prefix) -> Iterator[Fault]:
    named: dict[str, str] = {}
    match event:
        case Lot():
            named = {"exporter": event.exporter, **event.parties()}
        case (
            StockDeclared()
            | LotAttrited()
            | LotRelocated()
            | AuthorizationGranted()
            | PartyCleared()
        ):
            named["party"] = event.party
            exporter = event.exporter if isinstance(event, AuthorizationGranted) else None
            if exporter is not None:
                named["exporter"] = exporter
        case _:
            return
    for field, party in named.items():
        if not prefix.party(party):
            yield unregistered(field, party)


def unregistered(field: str, party: str) -> Fault:
    """A field that names a party which is not registered."""
    return Fault(
        field,
        party,
        f"the party '{party}' is not registered",
        "record party.registered for it first",
    )


def _unknown_setting(event: SettingChanged) -> Iterator[Fault]:
    known = SETTINGS.get(event.setting)
    if known is None:
        names = ", ".join(SETTINGS)
        said = f"unknown setting '{event.setting}'"
        yield Fault("setting", event.setting, said, f"use one of {names}")
    elif not known.accepts(event.value):
        said = f"'{event.value}' is no value of {event.setting}"
        yield Fault("value", event.value, said, f"use {known.takes}")


def _unknown_devices(event: AnyEvent, prefix: Prefix, law: Law) -> Iterator[Fault]:
    match event:
        case Lot() | StockDeclared() | LotAttrited() | LotRelocated():
            named = {"device": event.device}
        case AuthorizationGranted() | AuthorizationAmended():
            named = {f"lines[{n}].device": line.device for n, line in enumerate(event.lines or ())}
        case _:
            return
    for field, device in named.items():
        try:
            device_on(device, event.on, prefix, law)
        except NotFound as unknown:
            yield Fault(field, device, unknown.what, unknown.cure)


def _unknown_authorization(event: AuthorizedLot, law: Law) -> Iterator[Fault]:
    known = law.authorization_ids()
    if event.authorization in known:
        return
    if isinstance(event, LotExported) and event.authorization == UNKNOWN:
        return
    yield Fault(
        "authorization",
        event.authorization,
        f"no adopted pack knows the authorization '{event.authorization}'",
        f"use one of {', '.join(known)}, or 'unknown' for an export that has gone",
    )


def _unknown_line(event: AuthorizedLot, prefix: Prefix) -> Iterator[Fault]:
    if event.reference is None:
        return
    granted = prefix.grant(event.reference)
    if granted is None:
        yield Fault(
            "reference",
            event.reference,
            f"no authorization has the reference '{event.reference}'",
            "record authorization.granted first",
        )
        return
    if granted.authorization != event.authorization:
        yield Fault(
            "authorization",
            event.authorization,
            f"'{event.reference}' is a grant of {granted.authorization}, not of "
            f"{event.authorization}",
            "name the authorization that the reference is of, or leave the reference out",
        )
    grant = grant_on(granted, prefix.grant_changes(event.reference), event.on)
    lines = sorted(line.line for line in grant.lines)
    named = next((line for line in grant.lines if line.line == event.line), None)
    if named is not None and named.device != event.device:
        yield Fault(
            "line",
            str(event.line),
            f"line {event.line} of '{event.reference}' is for {named.device}, not {event.device}",
            "name the line of this device",
        )
    if event.line is not None and event.line not in lines:
        yield Fault(
            "line",
            str(event.line),
            f"'{event.reference}' has no line {event.line}",
            f"use one of {', '.join(map(str, lines)) or 'none'}",
        )


def _unknown_cap(event: UsageReported, law: Law) -> Iterator[Fault]:
    versions = law.versions(event.cap)
    if not versions:
        yield Fault(
            "cap", event.cap, f"unknown cap '{event.cap}'", "list the caps: chipledger rules"
        )
    elif len(versions[0].per) != len(event.holder):
        per = ", ".join(versions[0].per)
        yield Fault(
            "holder", ", ".join(event.holder), f"a holder of {event.cap} is [{per}]", "name each"
        )


def _unknown_switch(event: InterpretationAdopted, law: Law) -> Iterator[Fault]:
    switch = law.switches.get(event.switch)
    if switch is None:
        yield Fault(
            "switch",
            event.switch,
            f"unknown switch '{event.switch}'",
            f"use one of {', '.join(sorted(law.switches))}",
        )
    elif event.value not in switch.values:
        yield Fault(
            "value",
            event.value,
            f"'{event.value}' is no reading of {event.switch}",
            f"use one of {', '.join(switch.values)}",
        )
