"""The quota check: read, decide, say what would fit. Nothing is written."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from ledger.core.alternatives import Alternative, alternatives
from ledger.core.decision import Decision, decide
from ledger.core.law.row import Posture
from ledger.core.precedents import Precedents
from ledger.core.settings import posture as posture_of
from ledger.service.requests import parse_request
from ledger.service.shell import legal_today
from ledger.store.as_of import AsOf
from ledger.store.ledger import Ledger
from ledger.store.prefix import StorePrefix


@dataclass(frozen=True, slots=True)
class Answer:
    """A decision, what would make the lot fit, and what a person should know of today.

    `overdue` names the holds that are over `today`, which is the clock's day: neither is part of
    the answer for programs, which is the same for ever.
    """

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
    as_of: AsOf | None = None,
) -> Answer:
    """Decide on a request at the head, or as of an earlier one."""
    ledger = Ledger.open(url)
    try:
        with ledger.reading(as_of) as prefix:
            request = parse_request(data, prefix)
            law = ledger.law(prefix)
            decided_by = posture_of(posture, request.on, prefix)
            precedents = Precedents()
            decision = decide(request, law, prefix, decided_by, precedents=precedents)
            today = legal_today(prefix)
            return Answer(
                decision,
                alternatives(decision, law, prefix, precedents),
                tuple(overdue_holds(prefix, today)),
                today,
            )
    finally:
        ledger.close()


def overdue_holds(prefix: StorePrefix, on: date) -> list[str]:
    """Reservations that still hold headroom on a day although their hold is over by then."""
    return list(prefix.overdue(on))
