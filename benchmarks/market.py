"""A market for reports: few large buyers and many small ones, families, statuses, licences, holds.

Seeded: the same number of lots is the same file. Weights fall with rank as in Zipf's law, so that
of two thousand buyers the first ten take a third; most lots are small, a few are clusters.
"""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import accumulate
from pathlib import Path
from random import Random
from typing import Any

from rich.console import Console
from rich.progress import track

SEED = 20_261_123
BUYERS = 2_000
FAMILY_OF_EVERY = 5
"""One buyer in so many belongs to the family of a larger one."""

COUNTRIES = (
    *("BR", "IN", "MY", "SG", "TH", "AE", "SA", "DE", "JP", "GB", "FR", "KR", "TW", "NL", "CA"),
    *("CL", "MX", "PL", "ID", "VN", "TR", "IL", "QA", "ZA", "EG", "KE", "NG", "CO", "PE", "AR"),
)
DEVICES = (
    *("nvidia-h100-sxm", "nvidia-h200-sxm", "nvidia-b200-sxm", "nvidia-gb300-gpu"),
    *("nvidia-l40s", "nvidia-h20", "amd-mi300x", "nvidia-a100-80gb-sxm"),
)
PARTNERS = ("DE", "JP", "GB", "FR", "KR", "TW", "NL", "CA")
UNIVERSAL = 10
"""The first buyers are universal validated end users; those up to STATUSES are national ones."""

BASE = 3_000_000
"""Units that each universal one has in the United States: its shares are measured against them."""

FIRST_DAY = date(2024, 1, 1)
DAYS = 1_050
LATE_ONE_IN = 60
LATE_DAYS = 120
AT_ONCE = 50_000
STATUSES = 40
LICENCES = 60
SMALL_ONE_IN = 100
HOLDS = 800

HOUSE = """\
pack = "house/market"
version = "1"
title = "A house's own quarter of a country"
kind = "house"
source = "made up for measuring"

[[cap]]
id = "house/country-quarter"
title = "A calendar quarter of a country"
cite = "house rule 1"
per = ["destination"]
basis = "exported"
window = { kind = "calendar-quarter" }
allowance = [{ tpp = 90000000000000 }, { from = 2026-01-01, tpp = 120000000000000 }]
beside = true
"""


def write(file: Path, lots: int) -> Path:
    """The whole market as a JSON Lines file of events."""
    with file.open("w", encoding="utf-8") as out:
        out.writelines(json.dumps(row) + "\n" for row in facts())
        out.writelines(json.dumps(row) + "\n" for row in exports(lots))
        out.writelines(json.dumps(row) + "\n" for row in holds())
    return file


def facts() -> Iterator[dict[str, Any]]:
    """Parties, families, statuses and licences."""
    yield _party("maker", "US")
    for number in range(BUYERS):
        related = number > STATUSES and number % FAMILY_OF_EVERY == 1
        parent = number // FAMILY_OF_EVERY if related else None
        more = {} if parent is None else {"ultimate_parent": f"buyer-{parent}"}
        yield {**_party(f"buyer-{number}", home(number)), **more}
    for number in range(STATUSES):
        kind = "us-ear/uveu" if number < UNIVERSAL else "us-ear/nveu"
        yield {
            "kind": "authorization.granted",
            "id": f"status-{number}",
            "on": "2025-05-15",
            "authorization": kind,
            "reference": f"V-{number}",
            "party": f"buyer-{number}",
            "destinations": [home(number)] if kind == "us-ear/nveu" else [],
            "from": "2025-05-15",
        }
    for number in range(UNIVERSAL):
        yield {
            "kind": "stock.declared",
            "id": f"stock-{number}",
            "on": "2023-12-31",
            "party": f"buyer-{number}",
            "destination": "US",
            "device": DEVICES[0],
            "quantity": BASE,
        }
    for number in range(LICENCES):
        yield {
            "kind": "authorization.granted",
            "id": f"licence-{number}",
            "on": "2025-06-01",
            "authorization": "us-ear/license",
            "reference": f"L-{number}",
            "party": f"buyer-{number + STATUSES}",
            "exporter": "maker",
            "destinations": [home(number + STATUSES)],
            "from": "2025-06-01",
            "until": "2027-06-01",
            "lines": [{"line": 1, "device": DEVICES[number % 4], "quantity": 1_000 + 10 * number}],
        }


def home(number: int) -> str:
    """The country that a buyer buys for."""
    return COUNTRIES[number * 7 % len(COUNTRIES)]


def _party(name: str, country: str) -> dict[str, Any]:
    return {
        "kind": "party.registered",
        "id": f"p-{name}",
        "on": "2023-01-01",
        "party": name,
        "name": name.replace("-", " ").title(),
        "location": country,
        "headquarters": country,
    }


def exports(many: int) -> Iterator[dict[str, Any]]:
    """Lots in the order of their days, one in sixty told late."""
    random = Random(SEED)  # noqa: S311 -- a market, not a secret
    weights = list(accumulate(1 / (rank + 3) for rank in range(BUYERS)))
    steps = range(0, many, AT_ONCE)
    for first in track(steps, "writing lots", console=Console(stderr=True)):
        some = min(AT_ONCE, many - first)
        buyers = random.choices(range(BUYERS), cum_weights=weights, k=some)
        devices = random.choices(DEVICES, k=some)
        for place in range(some):
            number = first + place
            late = random.randrange(LATE_DAYS) if random.randrange(LATE_ONE_IN) == 0 else 0
            yield {
                "kind": "lot.exported",
                "id": f"lot-{number}",
                "on": str(FIRST_DAY + timedelta(days=max(number * DAYS // many - late, 0))),
                "device": devices[place],
                "exporter": "maker",
                "ultimate_consignee": f"buyer-{buyers[place]}",
                **_ground(buyers[place], random),
            }


def _ground(buyer: int, random: Random) -> dict[str, Any]:
    """Under what a buyer buys, where to and how much: most of it keeps to the rules."""
    much = 1 + int(random.paretovariate(1.3)) % 4_000
    if buyer < UNIVERSAL:
        abroad = COUNTRIES if random.randrange(10) == 0 else PARTNERS
        to = abroad[random.randrange(len(abroad))]
        return {"authorization": "us-ear/uveu", "destination": to, "quantity": much}
    if buyer < STATUSES:
        return {"authorization": "us-ear/nveu", "destination": home(buyer), "quantity": 1}
    if random.randrange(SMALL_ONE_IN) == 0:
        return {"authorization": "us-ear/lpp", "destination": home(buyer), "quantity": 1}
    return {"authorization": "us-ear/aia", "destination": home(buyer), "quantity": much}


def holds() -> Iterator[dict[str, Any]]:
    """Reservations of the next quarters."""
    for number in range(HOLDS):
        buyer = STATUSES + number % (BUYERS - STATUSES)
        yield {
            "kind": "lot.reserved",
            "id": f"hold-{number}",
            "on": str(date(2026, 12, 1) + timedelta(days=number % 200)),
            "device": DEVICES[number % len(DEVICES)],
            "quantity": 1 + number % 30,
            "destination": home(buyer),
            "exporter": "maker",
            "ultimate_consignee": f"buyer-{buyer}",
            "authorization": "us-ear/lpp",
            "hold_until": "2099-01-01",
        }
