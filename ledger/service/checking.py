"""The quota check: read, decide, say what would fit. Nothing is written."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from ledger.core.alternatives import Alternative, alternatives
from ledger.core.decision import Decision, decide
from ledger.core.law.row import Posture
from ledger.core.settings import posture as posture_of
from ledger.service.requests import parse_request
from ledger.service.shell import legal_today
from ledger.store.ledger import Ledger
from ledger.store.prefix import StorePrefix


@dataclass(frozen=True, slots=True)
class Answer:
    """A decision, what would make the lot fit, and the holds that are past their day."""

    decision: Decision
    alternatives: tuple[Alternative, ...]
    overdue: tuple[str, ...] = ()
    today: date | None = None

    def as_data(self) -> dict[str, Any]:
        """The answer for programs: the decision with its alternatives."""
        data = self.decision.model_dump(mode="json")
        data["alternatives"] = [one.model_dump(mode="json") for one in self.alternatives]
        return data


class CheckedDecision(Decision):
    """What `check --json` prints: a decision with what would make the lot fit."""

    alternatives: tuple[Alternative, ...]


def check(
    url: str,
    data: Mapping[str, Any],
    *,
    posture: Posture | None = None,
    as_of: int | None = None,
) -> Answer:
    """Decide on a request at the head, or as of an earlier one."""
    ledger = Ledger.open(url)
    try:
        with ledger.reading(as_of) as prefix:
            request = parse_request(data, prefix)
            law = ledger.law(prefix)
            decided_by = posture_of(posture, request.on, prefix)
            decision = decide(request, law, prefix, decided_by)
            return Answer(
                decision,
                alternatives(decision, law, prefix),
                tuple(overdue_holds(prefix, legal_today(prefix))),
                legal_today(prefix),
            )
    finally:
        ledger.close()


def overdue_holds(prefix: StorePrefix, today: date) -> list[str]:
    """Reservations that still hold headroom although their day has passed, the longest first."""
    return list(prefix.overdue(today))
