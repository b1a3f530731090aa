"""The ledger that is measured: parties, lots, and three house caps beside the law's own."""

import json
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import track

PARTIES = 400
COUNTRIES = ("BR", "IN", "MY", "CL", "MX", "PL", "SG", "TH", "AE", "SA", "DE", "JP")
DEVICES = ("nvidia-h100-sxm", "nvidia-h200-sxm", "nvidia-b200-sxm", "amd-mi300x", "nvidia-l40s")
LPP_COUNTRIES = 8
"""The first of the countries: those for which LPP is open without a question."""

FIRST_DAY = date(2025, 5, 15)
DAYS = 900

HOUSE = """\
pack = "house/bench"
version = "1"
title = "Three caps of a house"
kind = "house"
source = "made up for measuring"

[[cap]]
id = "house/year"
title = "A rolling year of an end user"
cite = "house rule 1"
per = ["end_user"]
basis = "exported"
window = { kind = "rolling", days = 365 }
allowance = [{ tpp = 900000000000 }]
beside = true

[[cap]]
id = "house/quarter"
title = "A calendar quarter of a country"
cite = "house rule 2"
per = ["destination"]
basis = "exported"
window = { kind = "calendar-quarter" }
allowance = [{ tpp = 90000000000000 }]
beside = true

[[cap]]
id = "house/stock"
title = "What a consignee has in a country"
cite = "house rule 3"
per = ["ultimate_consignee", "destination"]
basis = "installed"
window = { kind = "stock" }
allowance = [{ tpp = 90000000000000 }]
beside = true
"""
"""With LPP's own year they make the four caps that a reservation under LPP is tested against."""


def parties() -> Iterable[dict[str, Any]]:
    """An exporter and the parties that it ships to."""
    yield party("exporter", "US")
    for number in range(PARTIES):
        yield party(f"party-{number}", COUNTRIES[number % len(COUNTRIES)])


def party(name: str, country: str) -> dict[str, Any]:
    """One registration."""
    return {
        "kind": "party.registered",
        "id": f"p-{name}",
        "on": "2024-01-01",
        "party": name,
        "name": name,
        "location": country,
        "headquarters": country,
    }


LOTS_A_DAY = 1_111
LATE_ONE_IN = 50
LATE_DAYS = 90
"""Lots are recorded in the order of their days, but for those that are told later."""

PRIMES = (2_654_435_761, 2_246_822_519, 3_266_489_917, 668_265_263)
"""Steps of a fraction each, of 2^32: no two of them fall into step."""


def drawn(number: int, which: int, many: int) -> int:
    """A number below another, as if by chance, and the same whenever it is asked."""
    return (number * PRIMES[which] & 0xFFFF_FFFF) * many >> 32


def lot(number: int) -> dict[str, Any]:
    """One export under LPP, near the day that it is told; few parties buy much, many little."""
    share = drawn(number, 0, 1 << 16)
    owner = share * share * PARTIES >> 32
    late = drawn(number, 1, LATE_DAYS) if drawn(number, 3, LATE_ONE_IN) == 0 else 0
    day = max(number // LOTS_A_DAY - late, 0) % DAYS
    return {
        "kind": "lot.exported",
        "id": f"lot-{number}",
        "on": str(FIRST_DAY + timedelta(days=day)),
        "device": DEVICES[drawn(number, 2, len(DEVICES))],
        "quantity": 1 + drawn(number, 1, 8),
        "destination": COUNTRIES[owner % len(COUNTRIES)],
        "exporter": "exporter",
        "ultimate_consignee": f"party-{owner}",
        "authorization": "us-ear/lpp",
    }


def request(number: int) -> dict[str, Any]:
    """A lot of one H100 in a year in which its party has taken little: it fits every cap."""
    owner = number % (PARTIES // len(COUNTRIES)) * len(COUNTRIES) + number % LPP_COUNTRIES
    return {
        "device": DEVICES[0],
        "quantity": 1,
        "destination": COUNTRIES[owner % len(COUNTRIES)],
        "ultimate_consignee": f"party-{owner}",
        "exporter": "exporter",
        "on": str(date(2028, 1, 1) + timedelta(days=number % 28)),
    }


def write_lines(file: Path, rows: Iterable[dict[str, Any]]) -> Path:
    """A JSON Lines file of events."""
    with file.open("w", encoding="utf-8") as out:
        out.writelines(json.dumps(row) + "\n" for row in rows)
    return file


def lots(first: int, until: int) -> Iterator[dict[str, Any]]:
    """Lots of a range of numbers, with a bar for whoever waits."""
    for number in track(range(first, until), "writing lots", console=Console(stderr=True)):
        yield lot(number)
