"""Cases of the shared law vectors, and of the project, as naive worlds and requests."""

from fractions import Fraction
from typing import Any

from tests.reference.world import (
    Ask,
    Device,
    Export,
    Licence,
    Party,
    Reading,
    Status,
    Stock,
    Usage,
    World,
)

Event = dict[str, Any]
UNDERSTOOD = frozenset(
    {
        "party.registered",
        "device.classified",
        "authorization.granted",
        "stock.declared",
        "usage.reported",
        "interpretation.adopted",
        "lot.exported",
        "lot.reserved",
    }
)
"""Kinds that a naive world can hold; a reservation is taken as a lot that has gone."""


def told_naively(case: Event) -> bool:
    """Whether a naive world can hold a case: one version of each party, one line a licence."""
    given: list[Event] = case["given"]
    kinds = {event["kind"] for event in given}
    lines = [len(event.get("lines", [1])) for event in given]
    parties = [event["party"] for event in given if event["kind"] == "party.registered"]
    shares = any(event.get("authorization") == "us-ear/uveu" for event in given)
    partly = any("reservation" in event for event in given)
    held = partly or (shares and "lot.reserved" in kinds)
    caps = {event.get("cap", "") for event in given}
    reported = any(cap.startswith("us-ear/uveu") for cap in caps)
    classified = {event["device"] for event in given if event["kind"] == "device.classified"}
    reported |= case["check"]["device"] not in classified
    simple = max(lines) == 1 and len({*parties}) == len(parties) and not held and not reported
    return kinds <= UNDERSTOOD and simple and "authorization" not in case["check"]


def world_from(given: list[Event]) -> World:
    def of(*kinds: str) -> list[Event]:
        return [one for one in given if one["kind"] in kinds]

    granted = of("authorization.granted")
    return World(
        parties={one["party"]: _party(one) for one in of("party.registered")},
        devices={one["device"]: _device(one) for one in of("device.classified")},
        exports=tuple(_export(one) for one in of("lot.exported", "lot.reserved")),
        licences=tuple(_licence(one) for one in granted if one.get("lines")),
        statuses=tuple(_status(one) for one in granted if not one.get("lines")),
        stock=tuple(
            Stock(one["on"], one["party"], one["destination"], one["device"], one["quantity"])
            for one in of("stock.declared")
        ),
        usage=tuple(
            Usage(one["on"], one["cap"], tuple(one["holder"]), one["tpp"])
            for one in of("usage.reported")
        ),
        readings=tuple(
            Reading(one["on"], one["switch"], one["value"]) for one in of("interpretation.adopted")
        ),
    )


def ask_from(check: Event) -> Ask:
    return Ask(
        on=check["on"],
        device=check["device"],
        quantity=check["quantity"],
        destination=check["destination"],
        consignee=check["ultimate_consignee"],
        end_user=str(check.get("end_user", check["ultimate_consignee"])),
        origin=check.get("origin", "US"),
        exporter=check["exporter"],
        purchaser=check.get("purchaser", ""),
        between=tuple(check.get("intermediate_consignees", ())),
        end_use=check.get("end_use", "unstated"),
    )


def _party(one: Event) -> Party:
    return Party(
        str(one.get("name", one["party"])),
        one["location"],
        one["headquarters"],
        one.get("ultimate_parent", ""),
        one.get("party_kind", "company"),
    )


def _device(one: Event) -> Device:
    density = one.get("performance_density")
    return Device(
        Fraction(one["unit_tpp"]),
        one.get("ics", 1),
        None if density is None else Fraction(density),
        one["data_center"],
        _rate(one.get("dram_bandwidth_gbps")),
        _rate(one.get("interconnect_gbps")),
        str(one.get("vendor", "unstated")),
    )


def _rate(gbps: int | str | None) -> Fraction | None:
    return None if gbps is None else Fraction(gbps)


def _export(one: Event) -> Export:
    return Export(
        one["on"],
        one["device"],
        one["quantity"],
        one.get("origin", "US"),
        one["destination"],
        one["ultimate_consignee"],
        one["authorization"],
        one.get("reference", ""),
    )


def _licence(one: Event) -> Licence:
    (line,) = one["lines"]
    (place,) = one["destinations"]
    return Licence(
        one["reference"],
        one["party"],
        place,
        line["device"],
        line["quantity"],
        one["from"],
        one.get("until", "9999-12-31"),
        one.get("exporter", ""),
        line.get("tolerance_percent", 0),
    )


def _status(one: Event) -> Status:
    return Status(
        one["authorization"],
        one["reference"],
        one["party"],
        tuple(one.get("destinations", ())),
        one["from"],
        one.get("until", "9999-12-31"),
    )
