"""The decision table: every combination of item, destination, headquarters, status and day.

Three things hold of each row: it is decided, with a citation for each step; a headquarters or a
parent that is worse (in D:5, or unknown) is never permitted where a clean one is not; nor are more
units where fewer are not. Permitted is better than all else; license-required and unresolved are
not ranked. License Exception NAC is open only to lots that touch Macau or D:5 (740.8(a)(1)), and
yet needs no exemption here: what NAC opens to such a party, ACA opens to a clean one (740.8(a)(2)),
and NAC asks for no headquarters where the destination itself is Macau or D:5.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise, product
from typing import Final
from zlib import crc32

import pytest

from ledger.core.decision import Decision, decide
from ledger.core.events import AnyEvent
from ledger.core.law.row import Posture
from ledger.core.lots import Request
from ledger.core.memory import MemoryPrefix
from tests.core.builders import device, event, ledger_of, party

POSTURES: Final[tuple[Posture, Posture]] = ("on-the-books", "enforced")
WORSE: Final = frozenset({"D:5", "unknown"})
ONE_GROUP_IN: Final = int(os.environ.get("CHIPLEDGER_ONE_GROUP_IN", "8"))
"""Of the whole table (123,200 rows) the suite asks one group in eight; `make table` asks all."""

ITEMS: Final = {
    "a, data center": device("a-dc", "15832", interconnect_gbps=900, dram_bandwidth_gbps=4800),
    "a, consumer": device("a-pc", "5285", interconnect_gbps=600, data_center=False),
    "b": device("b", "2640", performance_density="3.19", interconnect_gbps=200),
    "none": device("none", "1599", interconnect_gbps=900, dram_bandwidth_gbps=900),
    "unknown": device("unknown", "4799", performance_density=None),
}
DESTINATIONS: Final = {
    "partner": "DE",
    "A:5, no partner": "PL",
    "neither": "BR",
    "D:1": "VN",
    "D:4": "SA",
    "D:4 and later A:5": "AE",
    "D:5": "CN",
    "Macau": "MO",
    "embargoed": "IR",
}
SEATS: Final = {"partner": "FR", "other": "BR", "D:5": "CN", "unknown": "unknown"}
PARENTS: Final = {"own": "", "partner": "up-fr", "D:5": "up-cn", "unknown": "unknown"}
TRANSACTIONS: Final = ("export", "reexport", "transfer", "domestic")
STATUSES: Final = ("none", "us-ear/uveu", "us-ear/nveu", "us-ear/dc-veu", "us-ear/license")
BANDS: Final = (1, 1_700, 90_000)
DAYS: Final = (
    "2022-12-01",
    "2023-12-01",
    "2024-06-03",
    "2024-11-01",
    "2025-02-03",
    "2025-06-02",
    "2025-12-01",
    "2026-02-16",
    "2026-08-03",
    "2027-03-01",
    "2028-02-01",
)


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    day: str
    item: str
    destination: str
    seat: str
    parent: str
    transaction: str
    status: str
    quantity: int = 1

    @property
    def place(self) -> str:
        return "US" if self.transaction == "domestic" else DESTINATIONS[self.destination]

    @property
    def buyer(self) -> str:
        return f"{self.seat}/{self.parent}/{self.place}/{self.status}"


def _ledger(rows: list[Row]) -> MemoryPrefix:
    """A ledger that holds no more than the buyers of some rows: one in memory reads all of it."""
    parties = [party("seller", headquarters="US")]
    parties += [party(f"up-{seat.lower()}", headquarters=seat) for seat in ("FR", "CN")]
    told = [one for row in rows for one in _buyer(row)]
    return ledger_of(*ITEMS.values(), *parties, *told)


def _buyer(row: Row) -> Iterator[AnyEvent]:
    above = {"ultimate_parent": PARENTS[row.parent]} if PARENTS[row.parent] else {}
    yield party(row.buyer, headquarters=SEATS[row.seat], location=row.place, **above)
    if row.status == "none":
        return
    is_licence = row.status == "us-ear/license"
    line = {"line": 1, "device": ITEMS[row.item].device, "quantity": 1_700}
    first = {"on": row.day, "from": row.day}
    yield event(
        kind="authorization.granted",
        id=f"grant-{row.buyer}",
        authorization=row.status,
        reference=f"status-{row.buyer}",
        party=row.buyer,
        destinations=[row.place],
        lines=[line] if is_licence else [],
        **first,
    )


def _groups(day: str, item: str, every: int) -> Iterator[list[Row]]:
    """Rows of a day and an item, in groups that differ in headquarters and parent only.

    One group in `every` is taken, by a digest of what it is: the same ones in each run.
    """
    for place, transaction, status in product(DESTINATIONS, TRANSACTIONS, STATUSES):
        if transaction == "domestic" and place != "partner":
            continue
        if crc32(f"{day}/{item}/{place}/{transaction}/{status}".encode()) % every == 0:
            yield [
                Row(day, item, place, seat, parent, transaction, status)
                for seat, parent in product(SEATS, PARENTS)
            ]


def _asked(row: Row) -> Request:
    origin = {"export": "US", "reexport": "KR", "domestic": "US"}.get(row.transaction, row.place)
    return Request.model_validate(
        {
            "on": row.day,
            "device": ITEMS[row.item].device,
            "quantity": row.quantity,
            "origin": origin,
            "destination": row.place,
            "exporter": "seller",
            "ultimate_consignee": row.buyer,
        }
    )


def _decided(row: Row, ledger: MemoryPrefix) -> Decision:
    """The answer under one of the two postures by turns; the other's stands in it."""
    posture = POSTURES[crc32(f"{row.item}/{row.destination}/{row.day}".encode()) % 2]
    return decide(_asked(row), ledger.law, ledger, posture)


def _permits(decision: Decision) -> tuple[bool, bool]:
    """Whether the posture that was asked about permits the lot, and whether the other one does."""
    other = decision.other_posture
    here = decision.outcome == "permitted"
    return here, here if other is None else other.outcome == "permitted"


def _uncited(decision: Decision) -> list[str]:
    """Steps of an answer that say nothing of where they stand, or an answer without its why."""
    cites = [(one.authorization, one.cite) for one in decision.candidates]
    cites += [(one.needs, one.cite) for each in decision.candidates for one in each.requirements]
    cites += [(one.cap, one.cite) for one in decision.findings]
    cites += [(one.what, one.cite) for one in decision.duties]
    wrong = [f"no citation: {step}" for step, cite in cites if not cite.strip()]
    if (decision.outcome == "permitted") != (decision.authorization is not None):
        wrong.append(f"{decision.outcome} under {decision.authorization}")
    if decision.outcome != "license-required" and decision.review is not None:
        wrong.append(f"{decision.outcome} with a review: {decision.review}")
    said = " ".join(decision.reasons)
    if not said:
        wrong.append(f"{decision.outcome} without a reason")
    if decision.outcome == "license-required" and decision.review is None:
        wrong += [] if "how an application would be reviewed is open" in said else [said]
    return wrong


def _better(worse: Row, by_place: dict[tuple[str, str], Decision]) -> list[str]:
    """Clean facts of headquarters or parent that get less than the worse ones of a row."""
    wrong = []
    clean = [(seat, worse.parent) for seat in ("partner", "other") if worse.seat in WORSE]
    clean += [(worse.seat, parent) for parent in ("own", "partner") if worse.parent in WORSE]
    permits = _permits(by_place[worse.seat, worse.parent])
    for facts in clean:
        cleaner = _permits(by_place[facts])
        if any(bad and not good for bad, good in zip(permits, cleaner, strict=True)):
            wrong.append(f"{worse} is permitted, and not with {facts}")
    return wrong


@pytest.mark.parametrize("item", ITEMS)
@pytest.mark.parametrize("day", DAYS)
def test_each_row_is_decided_with_citations_and_worse_facts_never_help(day: str, item: str) -> None:
    wrong: list[str] = []
    for rows in _groups(day, item, ONE_GROUP_IN):
        ledger = _ledger(rows)
        decisions = {(row.seat, row.parent): _decided(row, ledger) for row in rows}
        for row in rows:
            wrong += [f"{row}: {one}" for one in _uncited(decisions[row.seat, row.parent])]
            wrong += _better(row, decisions)
    assert not wrong, "\n".join(wrong[:10])


@pytest.mark.parametrize("item", ITEMS)
@pytest.mark.parametrize("day", DAYS)
def test_more_units_are_never_permitted_where_fewer_are_not(day: str, item: str) -> None:
    wrong: list[str] = []
    for rows in _groups(day, item, ONE_GROUP_IN * 2):
        row = rows[crc32(f"{rows[0]}".encode()) % len(rows)]
        ledger = _ledger([row])
        bands = [_permits(_decided(replace(row, quantity=units), ledger)) for units in BANDS]
        for fewer, more in pairwise(bands):
            if any(a < b for a, b in zip(fewer, more, strict=True)):
                wrong.append(f"{row}: permitted by quantity {BANDS} as {bands}")
    assert not wrong, "\n".join(wrong[:10])
