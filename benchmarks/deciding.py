"""How long a decision takes in one process: with a cold law, a warm one, and one like it before.

`measures` yields rows for `make bench`. The baseline is `json.dumps` of the decision itself: the
least that anybody does with an answer, and plain Python like what is measured.
"""

import json
from collections.abc import Callable, Iterator
from itertools import count
from statistics import median
from time import perf_counter
from typing import Any, Final

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
        raw = seconds(lambda: json.dumps(decision.model_dump(mode="json")))
        for what, decided in ways(asked, law, prefix).items():
            yield row(f"decide, {what}, {lots:,} lots", decided, raw)
    ledger.close()


def ways(asked: Request, law: Law, prefix: Prefix) -> dict[str, list[float]]:
    """Seconds of decisions that know nothing, the law, or a lot that differs in quantity alone."""
    precedents, quantities = Precedents(), count(1)

    def repeated() -> Decision:
        lot = asked.model_copy(update={"quantity": next(quantities)})
        return decide(lot, law, prefix, precedents=precedents)

    return {
        "the law just read": seconds(lambda: decide(asked, Law(law.adopted), prefix), LEAST),
        "a lot of new facts": seconds(lambda: decide(asked, law, prefix)),
        "a lot like one before": seconds(repeated),
    }


def seconds(what: Callable[[], object], times: int = TIMES) -> list[float]:
    """Seconds of each run, after one that is not counted."""
    what()
    taken = []
    for _ in range(times):
        began = perf_counter()
        what()
        taken.append(perf_counter() - began)
    return taken


def row(what: str, taken: list[float], raw: list[float]) -> dict[str, Any]:
    """A measure in the form of `make bench`, in seconds with microseconds shown."""
    return {
        "what": what,
        "seconds": spread(taken),
        "baseline": "json.dumps of the decision",
        "baseline_seconds": spread(raw),
        "times_baseline": round(median(taken) / median(raw), 2),
    }


def spread(taken: list[float]) -> dict[str, float]:
    """Minimum, median and the 99th of a hundred, since the maximum is the machine's."""
    ordered = sorted(taken)
    return {
        "min": round(ordered[0], 6),
        "median": round(median(ordered), 6),
        "p99": round(ordered[len(ordered) * 99 // 100], 6),
    }
