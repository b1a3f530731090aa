"""A naive world told to the ledger: its events, and the request."""

from ledger.core.events import AnyEvent
from ledger.core.lots import Request
from tests.core.builders import event
from tests.reference.world import Ask, Device, Licence, Party, World

FIRST = "2019-01-01"
NEVER = "9999-12-31"


def events_of(world: World) -> list[AnyEvent]:
    told = [_party(party, facts) for party, facts in world.parties.items()]
    told += [_device(device, facts) for device, facts in world.devices.items()]
    told += [_licence(licence) for licence in world.licences]
    told += [
        event(
            kind="authorization.granted", id=f"status-{one.reference}", on=one.first,
            authorization=one.authorization, reference=one.reference, party=one.party,
            destinations=one.destinations, **_life(one.first, one.until),
        )
        for one in world.statuses
    ]  # fmt: skip
    told += [
        event(
            kind="stock.declared", id=f"stock-{n}", on=one.on, party=one.party,
            destination=one.destination, device=one.device, quantity=one.quantity,
        )
        for n, one in enumerate(world.stock)
    ]  # fmt: skip
    return [*told, *_lots(world), *_others(world)]


def _life(first: str, until: str) -> dict[str, object]:
    life: dict[str, object] = {"from": first}
    return life if until == NEVER else life | {"until": until}


def _party(party: str, facts: Party) -> AnyEvent:
    more: dict[str, object] = {"ultimate_parent": facts.parent} if facts.parent else {}
    if facts.owner:
        more["owners"] = [{"party": facts.owner, "percent": facts.owner_percent}]
    return event(
        kind="party.registered", id=f"party-{party}", on=FIRST, party=party, name=facts.name,
        location=facts.location, headquarters=facts.headquarters, party_kind=facts.kind, **more,
    )  # fmt: skip


def _device(device: str, facts: Device) -> AnyEvent:
    tenths = facts.unit_tpp * 10
    known = {
        "performance_density": None if facts.density is None else str(float(facts.density)),
        "dram_bandwidth_gbps": facts.dram_gbps,
        "interconnect_gbps": facts.interconnect_gbps,
    }
    return event(
        kind="device.classified", id=f"device-{device}", on=FIRST, device=device,
        unit_tpp=f"{tenths.numerator // 10}.{tenths.numerator % 10}", ics=facts.ics,
        data_center=facts.data_center, vendor=facts.vendor, source="a naive world",
        **{name: value for name, value in known.items() if value is not None},
    )  # fmt: skip


def _licence(one: Licence) -> AnyEvent:
    line: dict[str, object] = {"line": 1, "device": one.device, "quantity": one.quantity}
    if one.tolerance_percent:
        line["tolerance_percent"] = one.tolerance_percent
    more = {"exporter": one.exporter} if one.exporter else {}
    return event(
        kind="authorization.granted", id=f"licence-{one.reference}", on=one.first,
        authorization="us-ear/license", reference=one.reference, party=one.party,
        destinations=[one.destination], lines=[line], **_life(one.first, one.until), **more,
    )  # fmt: skip


def _lots(world: World) -> list[AnyEvent]:
    lots: list[AnyEvent] = []
    for n, one in enumerate(world.exports):
        more = {"reference": one.reference, "line": 1} if one.reference else {}
        lots.append(
            event(
                kind="lot.exported",
                id=f"lot-{n}",
                on=one.on,
                device=one.device,
                quantity=one.quantity,
                origin=one.origin,
                destination=one.destination,
                exporter="seller",
                ultimate_consignee=one.consignee,
                authorization=one.authorization,
                **more,
            )
        )
    return lots


def _others(world: World) -> list[AnyEvent]:
    told: list[AnyEvent] = [
        event(
            kind="usage.reported", id=f"usage-{n}", on=one.on, cap=one.cap, holder=one.holder,
            tpp=one.tpp, source="a naive world",
        )
        for n, one in enumerate(world.usage)
    ]  # fmt: skip
    for n, reading in enumerate(world.readings):
        told.append(
            event(
                kind="interpretation.adopted",
                id=f"reading-{n}",
                on=reading.on,
                switch=reading.switch,
                value=reading.value,
                cite="memo",
                signed_by="counsel",
            )
        )
    return told


def request_of(ask: Ask) -> Request:
    fields: dict[str, object] = {
        "on": ask.on, "device": ask.device, "quantity": ask.quantity, "origin": ask.origin,
        "destination": ask.destination, "exporter": ask.exporter,
        "ultimate_consignee": ask.consignee, "end_user": ask.end_user, "end_use": ask.end_use,
        "intermediate_consignees": ask.between, "transaction": ask.transaction,
    }  # fmt: skip
    if ask.purchaser:
        fields["purchaser"] = ask.purchaser
    return Request.model_validate(fields)
