"""What a plan rests on, as documents and programs are told: ledger, head, law, lists, posture."""

from typing import Any

from ledger.core.decision import ENGINE
from ledger.core.events import LedgerCreated
from ledger.core.law.law import Law
from ledger.core.law.row import OPEN_END, Posture
from ledger.core.prefix import Prefix


def sealed(prefix: Prefix, law: Law, posture: Posture) -> dict[str, Any]:
    """The same words that reports use; quarters are those of the calendar."""
    created = prefix.find("ledger")
    zone = created.time_zone if isinstance(created, LedgerCreated) else "UTC"
    known = [one.known_until for one in law.coverage if one.known_until != OPEN_END]
    return {
        "ledger": created.ledger if isinstance(created, LedgerCreated) else "",
        "as_of": {"size": prefix.head.size, "root": prefix.head.root},
        "law": [one.model_dump(mode="json") for one in law.digests],
        "lists": [
            {"name": one.name, "digest": one.digest, "source_on": str(one.source_on)}
            for one in prefix.lists()
        ],
        "time_zone": zone,
        "law_known_until": str(max(known)) if known else "",
        "posture": posture,
        "engine": ENGINE,
        "reporting_time_zone": zone,
        "quarters_begin_in": 1,
    }
