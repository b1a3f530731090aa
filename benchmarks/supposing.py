"""What a hypothesis costs: the check with one of each kind, and a thousand scenarios in a row.

`measures` yields rows for `make bench`. The baseline is the same check of the same lot on the same
ledger without a hypothesis.
"""

import resource
from collections.abc import Iterator, Mapping
from functools import partial
from statistics import median
from typing import Any, Final

import ledger
from benchmarks.deciding import ASKED
from benchmarks.measuring import Asked, measure, paired, times
from ledger.core.decision import Decision, decide
from ledger.core.lots import Request
from ledger.service.requests import parse_request
from ledger.whatif.loading import Loaded, of_data
from ledger.whatif.worlds import Ground, ground

TIMES: Final = 200
SCENARIOS: Final = 1_000
MOST_TIMES: Final = 2
MOST_SECONDS: Final = 10

LPP: Final = {"cap": "us-ear/lpp/parent-year", "from": "2026-07-01"}
KINDS: Final[Mapping[str, dict[str, Any]]] = {
    "a lot": {
        "event": [
            {"kind": "lot.exported", **ASKED, "on": "2026-08-01", "authorization": "us-ear/lpp"}
        ]
    },
    "a switch": {
        "law": [{"switch": "us-ear/lpp-in-d1-d4", "value": "barred", "from": "2026-01-01"}]
    },
    "a number of law": {"law": [{**LPP, "allowance_percent": 150}]},
}


def measures(url: str, lots: int) -> Iterator[dict[str, Any]]:
    """Rows of single hypotheses, and of a thousand scenarios of one patch and one question."""
    with ground(url) as found:
        request = parse_request(ASKED, found.prefix)
        posture = found.bare(None).posture_on(request.on)

        def checked() -> object:
            return decide(request, found.law, found.prefix, posture)

        for kind, fields in KINDS.items():
            supposed = of_data({"title": kind, **fields})
            mine, bare = paired(partial(_supposed, found, supposed, request), checked, TIMES)
            ratio = median(mine) / median(bare)
            asked = [Asked("<= 2 x the same check", ratio, MOST_TIMES)]
            yield measure(
                f"what-if, {kind}, {lots:,} lots", mine, "the same check", bare, asked=asked
            )
    yield from _many(url, lots)


def _supposed(found: Ground, loaded: Loaded, request: Request) -> Decision:
    return found.world(loaded).decide(request)


def _many(url: str, lots: int) -> Iterator[dict[str, Any]]:
    opened = ledger.open(url)
    scenarios = opened.scenario(title="0", law=[{**LPP, "allowance_percent": 101}])
    for number in range(1, SCENARIOS):
        change = {**LPP, "allowance_percent": 101 + number}
        scenarios = scenarios.scenario(title=str(number), law=[change])
    question = {"ask": "decide", "lots": [ASKED]}
    before = _peak_mb()
    mine = times(lambda: scenarios.compare(question), runs=1)
    grown = _peak_mb() - before
    with ground(url) as found:
        request = parse_request(ASKED, found.prefix)
        raw = times(lambda: [decide(request, found.law, found.prefix) for _ in range(SCENARIOS)], 1)
    what = f"{SCENARIOS:,} scenarios of one patch, {lots:,} lots (grew by {grown:,.0f} MB)"
    asked = [Asked(f"<= {MOST_SECONDS} s", mine[0], MOST_SECONDS)]
    yield measure(what, mine, f"{SCENARIOS:,} checks", raw, asked=asked)


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
