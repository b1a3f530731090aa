"""Events of every kind, with every field: what tests/golden/events.jsonl is written from."""

from ledger.core.encoding import Batch, Envelope, encode, parse_event
from ledger.core.law.pack import digest
from tests.core.builders import VERIFIER_KEY, Fields, pack_text

PACK = pack_text("# no rows")
LOT: Fields = {
    "device": "h100",
    "quantity": 8,
    "unit_tpp": "15831.2",
    "origin": "TW",
    "destination": "BR",
    "exporter": "seller",
    "purchaser": "trader",
    "intermediate_consignees": ["port", "hub"],
    "ultimate_consignee": "university",
    "end_user": "laboratory",
    "end_use": "weather research",
}
EXAMPLES: tuple[Fields, ...] = (
    {"kind": "ledger.created", "ledger": "5f0c", "time_zone": "America/New_York"},
    {
        "kind": "device.classified",
        "device": "h100",
        "vendor": "NVIDIA",
        "model": "H100 SXM",
        "rates": {"8": "1978.9", "16": "989.4"},
        "die_area_mm2": "814",
        "performance_density": "19.4",
        "data_center": True,
        "dram_bandwidth_gbps": "3350",
        "ics": 8,
        "source": "data sheet",
        "note": "dense rates",
    },
    {
        "kind": "party.registered",
        "party": "laboratory",
        "name": "Laboratório Nacional",
        "aliases": ["LNCC", "国家实验室"],
        "location": "BR",
        "headquarters": "unknown",
        "ultimate_parent": "university",
        "owners": [{"party": "university", "percent": "50.1"}],
        "party_kind": "university",
    },
    {
        "kind": "authorization.granted",
        "authorization": "us-ear/license",
        "reference": "D100",
        "party": "university",
        "destinations": ["BR"],
        "from": "2025-06-01",
        "until": "2026-06-01",
        "exporter": "seller",
        "lines": [{"line": 1, "device": "h100", "quantity": 100, "tolerance_percent": "10"}],
    },
    {
        "kind": "authorization.amended",
        "reference": "D100",
        "until": "2027-06-01",
        "destinations": ["BR"],
        "lines": [{"line": 2, "device": "b200", "quantity": 5}],
        "reason": "a second device",
    },
    {"kind": "authorization.ended", "reference": "D100", "reason": "returned"},
    {
        "kind": "stock.declared",
        "party": "university",
        "destination": "BR",
        "device": "h100",
        "quantity": 12,
    },
    {
        "kind": "lot.reserved",
        **LOT,
        "authorization": "us-ear/license",
        "reference": "D100",
        "line": 1,
        "decision_id": "d1",
        "hold_until": "2025-10-01",
    },
    {"kind": "lot.extended", "reservation": "e-8", "hold_until": "2025-11-01"},
    {"kind": "lot.released", "reservation": "e-8", "reason": "expired"},
    {
        "kind": "lot.exported",
        **LOT,
        "authorization": "us-ear/license",
        "reference": "D100",
        "line": 1,
        "decision_id": "d1",
        "reservation": "e-8",
        "final": True,
        "document": "X20250901123456",
    },
    {
        "kind": "lot.attrited",
        "party": "university",
        "destination": "BR",
        "device": "h100",
        "quantity": 1,
        "reason": "failed",
        "lot": "e-11",
    },
    {
        "kind": "lot.relocated",
        "party": "university",
        "device": "h100",
        "quantity": 2,
        "destination_from": "BR",
        "destination_to": "CL",
    },
    {
        "kind": "usage.reported",
        "cap": "us-ear/lpp/parent-year",
        "holder": ["university"],
        "tpp": "900000.5",
        "source": "the consignee's certification",
    },
    {
        "kind": "interpretation.adopted",
        "switch": "us-ear/lpp-in-d1-d4",
        "value": "available",
        "cite": "memo 7",
        "signed_by": "general counsel",
    },
    {
        "kind": "pack.adopted",
        "pack": "toy",
        "version": "1",
        "text": PACK,
        "digest": digest(PACK),
    },
    {"kind": "record.reversed", "target": "e-12", "reason": "recorded in error"},
    # What came later stands below: a line of the golden file never changes.
    {
        "kind": "list.adopted",
        "name": "consolidated-screening-list",
        "digest": "c5" * 32,
        "source_on": "2025-08-29",
        "count": 25123,
        "reason": "the publisher took a list out",
    },
    {
        "kind": "party.cleared",
        "party": "laboratory",
        "hit": "EL:4711",
        "reason": "another address and another country",
        "signed_by": "Ana Souza",
    },
    {
        "kind": "setting.changed",
        "setting": "screening/threshold",
        "value": "92",
        "reason": "too many hits of two words",
    },
    {
        "kind": "duty.done",
        "duty": "us-ear/lpp/report e-11",
        "document": "mail of 2025-09-20",
    },
    {
        "kind": "device.classified",
        "device": "hgx-h100",
        "unit_tpp": "126656",
        "ics": 8,
        "data_center": True,
        "interconnect_gbps": "900",
        "eccn": "4A090.a",
        "source": "data sheet",
    },
    {
        "kind": "lot.reserved",
        **LOT,
        "authorization": "us-ear/license",
        "hold_until": "2025-12-01",
        "reinstates": "e-8",
        "bundle": "b-7",
    },
    {
        "kind": "record.reversed",
        "target": "e-12",
        "reason": "another quantity",
        "replaced_by": "e-11",
    },
    {
        "kind": "key.adopted",
        "key": VERIFIER_KEY,
        "endorsement": f"adopted\n{VERIFIER_KEY}\n\n— chipledger/5f0d c2lnbmF0dXJl\n",
        "reason": "once a year",
    },
)


def bodies() -> list[bytes]:
    """The canonical body of each example, with envelopes of every form."""
    found = []
    for seq, fields in enumerate(EXAMPLES, start=1):
        envelope = Envelope(
            seq=seq,
            recorded_at="2026-01-02T03:04:05.678901Z",
            actor="ana",
            via=("cli", "import", "api")[seq % 3],
            batch=Batch(file="5f" * 32, row=seq) if seq % 3 == 1 else None,
        )
        event = parse_event({"id": f"e-{seq}", "on": "2025-09-01", **fields})
        found.append(encode(event, envelope))
    return found
