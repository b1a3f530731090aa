"""Fitting: the largest quantity of a device that may go to a holder by a day."""

from datetime import date
from typing import Final

from ledger.core.alternatives import days_to_try
from ledger.core.candidates import Candidate
from ledger.core.decision import Decision, decide
from ledger.core.findings import Finding
from ledger.core.law.law import Law
from ledger.core.law.row import Posture
from ledger.core.lots import Request
from ledger.core.precedents import Precedents
from ledger.core.prefix import Prefix
from ledger.core.values import LARGEST_QUANTITY, Value

MOST_DAYS: Final = 60
"""How many days are tried for the largest quantity: the first ones, and the last."""


class Fit(Value):
    """The largest quantity that may go, on which day, under which authorization, and what binds.

    `quantity` is null where nothing limits it. `binding` is the finding that leaves the least room
    for one more; null where nothing limits it, or where one unit is refused for another reason.
    """

    quantity: int | None
    on: date
    authorization: str | None
    binding: Finding | None
    decision: Decision


def largest(
    request: Request,
    law: Law,
    prefix: Prefix,
    posture: Posture,
    *,
    until: date | None = None,
    precedents: Precedents | None = None,
) -> Fit:
    """The largest quantity that may go on one day, from the request's own to another, that one in.

    Of several days the first is taken, of several authorizations the first in the law's order. What
    is found is decided again, so it is never a guess. Later days are tried where a rule, a fact or
    the room of a cap turns, at most `MOST_DAYS` of them.
    """
    known = Precedents() if precedents is None else precedents
    one = request.model_copy(update={"quantity": 1})
    first = decide(one, law, prefix, posture, precedents=known)
    days = [request.on]
    if until is not None and until > request.on:
        days = days_to_try(first, law, prefix, until, known)
    if len(days) > MOST_DAYS:
        days = [*days[: MOST_DAYS - 1], days[-1]]
    best = _on_a_day(first, law, prefix, known)
    for day in days[1:]:
        asked = one.model_copy(update={"on": day})
        decision = decide(asked, law, prefix, posture, precedents=known)
        found = _on_a_day(decision, law, prefix, known)
        if _more(found) > _more(best):
            best = found
    return best


def _more(fit: Fit) -> int:
    return LARGEST_QUANTITY + 1 if fit.quantity is None else fit.quantity


def _on_a_day(one: Decision, law: Law, prefix: Prefix, precedents: Precedents) -> Fit:
    """The largest quantity on the day of a decision on one unit."""
    best = Fit(
        quantity=0,
        on=one.request.on,
        authorization=None,
        binding=_in_the_way(one),
        decision=one,
    )
    for candidate in one.candidates:
        if candidate.status == "available":
            found = _under(candidate, one, law, prefix, precedents)
            if _more(found) > _more(best):
                best = found
    return best


def _in_the_way(one: Decision) -> Finding | None:
    """The finding that stops a unit, of the authorization that is least over its caps."""
    over = [_binding(c) for c in one.candidates if c.status == "exceeds-cap"]
    return max((f for f in over if f is not None), key=lambda f: f.headroom_tpp or 0, default=None)


def _under(
    candidate: Candidate, one: Decision, law: Law, prefix: Prefix, precedents: Precedents
) -> Fit:
    """The largest quantity under an authorization, decided again.

    What a licence sets aside of a ratio becomes less with the lot that it covers, so the room that
    one unit has is no bound there. Should the whole be refused, one unit is what is known to go.
    """
    limits = [f for f in candidate.findings if f.headroom_units is not None and f.decides]
    units = [f.headroom_units for f in limits if law.versions(f.cap)[0].ratio is None]
    most = min([LARGEST_QUANTITY, *(n for n in units if n is not None)])
    update = {"quantity": most, "authorization": candidate.authorization}
    asked = one.request.model_copy(update=update)
    tried = decide(asked, law, prefix, one.posture, precedents=precedents), one
    decision = max(tried, key=lambda d: d.authorization is not None)
    quantity = decision.request.quantity
    limited = quantity < LARGEST_QUANTITY
    chosen = next(c for c in decision.candidates if c.authorization == candidate.authorization)
    return Fit(
        quantity=quantity if limited else None,
        on=one.request.on,
        authorization=candidate.authorization,
        binding=_binding(chosen) if limited else None,
        decision=decision,
    )


def _binding(candidate: Candidate) -> Finding | None:
    """The deciding finding that leaves the least room."""
    limits = [f for f in candidate.findings if f.decides and f.headroom_units is not None]
    return min(limits, key=lambda f: f.headroom_units or 0, default=None)
