"""Lots to China and Macau, and to the United States, that the half between them is made of."""

from typing import Any, Final

from ledger.core.events import AnyEvent, AuthorizationGranted
from ledger.core.memory import MemoryPrefix
from tests.core.builders import (
    LICENCE,
    device,
    exported,
    ledger_of,
    licence,
    on,
    party,
    people,
    reserved,
)

CAP: Final = "us-ear/china/us-volume"
START: Final = on("2026-01-15")
UNIT: Final = 158320
"""Tenths of TPP of one H100."""

H20: Final = device("h20", "2368", dram_bandwidth_gbps="4000")
WORLD: Final = (*people("buyer", "lab"), H20, party("cn", headquarters="CN", location="CN"))


def ledger(*events: AnyEvent) -> MemoryPrefix:
    return ledger_of(*WORLD, *events)


def gone(
    event_id: str, to: str, quantity: int, day: str = "2026-02-01", **more: object
) -> AnyEvent:
    """An export to China, Hong Kong or Macau under a licence nobody recorded, or to elsewhere."""
    fields: dict[str, object] = {"destination": to, "authorization": "unknown", "on": day}
    return exported(event_id, quantity=quantity, **fields | more)


def held(event_id: str, to: str, quantity: int, day: str = "2026-02-01") -> AnyEvent:
    fields: dict[str, object] = {"destination": to, "authorization": LICENCE, "on": day}
    return reserved(event_id, quantity=quantity, **fields, hold_until="2027-01-01")


def chinese(reference: str, quantity: int, to: str = "CN", **more: object) -> AuthorizationGranted:
    """A licence for H100 to China, from 2026-02-01."""
    fields: dict[str, object] = {"on": "2026-02-01", "from": "2026-02-01", "party": "cn"}
    return licence(reference, quantity=quantity, destinations=[to], **fields | more)


def under(reference: str) -> dict[str, Any]:
    """The fields of a lot that goes under the first line of a licence."""
    return {
        "ultimate_consignee": "cn",
        "authorization": LICENCE,
        "reference": reference,
        "line": 1,
    }
