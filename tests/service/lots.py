"""Requests of the service tests, and what a ledger says of one cap and holder."""

from collections.abc import Mapping
from typing import Any, Final

from ledger.core.decision import Decision
from ledger.core.findings import Finding
from ledger.service.checking import Answer, check
from ledger.service.explaining import Explanation, explain
from ledger.service.exporting import export_lot
from ledger.service.overview import Filters, headroom
from ledger.service.recorded import Recorded
from ledger.service.reserving import reserve
from tests.core.builders import LPP_YEAR, ON, lot, on
from tests.store.ledgers import H100_TPP

LONG = on("2099-01-01")
"""A hold that no test outlives."""


LINE: Final = "us-ear/license/line"
LINES: Final = [
    {"line": 1, "device": "h100", "quantity": 2000},
    {"line": 2, "device": "h100", "quantity": 3000},
    {"line": 3, "device": "h200", "quantity": 50},
]


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


def explained(url: str, event_id: str) -> Explanation:
    found = explain(url, event_id)
    assert isinstance(found, Explanation)
    return found


def tpp(units: int) -> str:
    return str(units * H100_TPP)


def export(url: str, event_id: str = "e1", **changes: Any) -> Recorded:  # noqa: ANN401 -- any field
    """Export from a reservation, or a lot of its own; `extra` fields are told apart."""
    names = ("reservation", "final", "reference", "line", "document")
    extra = {name: changes.pop(name, None) for name in names}
    more = changes.pop("more_than_reserved", False)
    return export_lot(url, changes, extra=extra, more_than_reserved=more, event_id=event_id)
