"""How long a decision takes in one process: with a cold law, a warm one, and one like it before.

`measures` yields rows for `make bench`. The baseline is `json.dumps` of the decision itself: the
least that anybody does with an answer, and plain Python like what is measured.
"""

import json
from collections.abc import Iterator
from itertools import count
from typing import Any, Final

from benchmarks.measuring import measure, times
from ledger.core.decision import Decision, decide
from ledger.core.law.law import Law
from ledger.core.lots import Request
from ledger.core.precedents import Precedents
from ledger.core.prefix import Prefix
from ledger.service.requests import parse_request
from ledger.store.ledger import Ledger

TIMES: Final = 300
LEAST: Final = 20
"""Of so many decisions each is timed; the slowest tell of the machine."""

ASKED: Final = {
    "device": "nvidia-h100-sxm",
    "quantity": 50,
    "destination": "BR",
    "ultimate_consignee": "party-0",
    "exporter": "exporter",
    "on": "2026-09-01",
}
"""A lot of the benchmark's ledger: LPP with its year, its notice and the country's allocation."""


def measures(url: str, lots: int) -> Iterator[dict[str, Any]]:
    """Rows of decisions on a filled ledger: seconds of one decision, and of its JSON."""
    ledger = Ledger.open(url)
    with ledger.reading() as prefix:
        law, asked = ledger.law(prefix), parse_request(ASKED, prefix)
        decision = decide(asked, law, prefix)
        raw = times(lambda: json.dumps(decision.model_dump(mode="json")), TIMES)
        for what, decided in ways(asked, law, prefix).items():
            yield measure(
                f"decide, {what}, {lots:,} lots", decided, "json.dumps of the decision", raw
            )
    ledger.close()


def ways(asked: Request, law: Law, prefix: Prefix) -> dict[str, list[float]]:
    """Seconds of decisions that know nothing, the law, or a lot that differs in quantity alone."""
    precedents, quantities = Precedents(), count(1)

    def repeated() -> Decision:
        lot = asked.model_copy(update={"quantity": next(quantities)})
        return decide(lot, law, prefix, precedents=precedents)

    return {
        "the law just read": times(lambda: decide(asked, Law(law.adopted), prefix), LEAST),
        "a lot of new facts": times(lambda: decide(asked, law, prefix), TIMES),
        "a lot like one before": times(repeated, TIMES),
    }
