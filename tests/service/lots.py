"""Requests of the service tests, and what a ledger says of one cap and holder."""

from collections.abc import Mapping
from typing import Any

from ledger.core.decision import Decision
from ledger.core.findings import Finding
from ledger.service.checking import Answer, check
from ledger.service.overview import Filters, headroom
from ledger.service.reserving import Recorded, reserve
from tests.core.builders import LPP_YEAR, ON, lot, on

LONG = on("2099-01-01")
"""A hold that no test outlives."""


def asked(quantity: int = 1, **changes: object) -> dict[str, Any]:
    """A request for H100 of the buyer in Brazil on 2025-09-01."""
    return {**lot(on=ON), "quantity": quantity, **changes}


def reserved_as(event_id: str | None, url: str, quantity: int = 1, **changes: object) -> Recorded:
    """Reserve for longer than any test lasts."""
    return reserve(url, asked(quantity, **changes), event_id=event_id, hold_until=LONG)


def answer_to(url: str, quantity: int = 1, **changes: object) -> Answer:
    return check(url, asked(quantity, **changes))


def drawn_and_reserved(url: str, cap: str = LPP_YEAR, holder: str = "buyer") -> tuple[str, str]:
    """Drawn and reserved TPP of a cap and holder on the day of the tests."""
    found = headroom(url, Filters(cap=cap, holder=holder), on=on(ON)).findings
    assert len(found) == 1
    return str(found[0].drawdown_tpp), str(found[0].reserved_tpp)


def held_units(url: str) -> Mapping[str, int]:
    """Open reservations with their units."""
    found = headroom(url, Filters(), on=on(ON)).reservations
    return {one.event.id: one.open_units for one in found}


def decision_of(made: Recorded) -> Decision:
    assert made.answer is not None
    return made.answer.decision


def finding_of(decision: Decision, cap: str) -> Finding:
    found = [f for c in decision.candidates for f in c.findings if f.cap == cap]
    assert found, f"no candidate has a finding of {cap}"
    return found[0]
