"""What would make a lot fit: less of it, a later day, an authorization, parts, another device.

Each proposal is decided again before it is made, so none is ever a guess.
"""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from ledger.core.candidates import Candidate
from ledger.core.decision import Decision, decide
from ledger.core.devices import unit_tpp
from ledger.core.headroom import counts_until, version_on
from ledger.core.law.law import Law
from ledger.core.lots import Request
from ledger.core.overlay import overlay
from ledger.core.positions import BASIS, Kind, Movement, Query, shape_of
from ledger.core.prefix import Prefix
from ledger.core.ratings import facts_on
from ledger.core.situation import Situation
from ledger.core.values import Value

MOST_DAYS = 64
"""How many turning days are tried for the earliest one: caps turn a few times a year."""

MOST_DEVICES = 12
"""How many devices of the same vendor are tried."""


class SplitPart(Value):
    """One part of a split lot."""

    quantity: int
    on: date
    authorization: str


class OtherDevice(Value):
    """Another device, and how many of it."""

    device: str
    quantity: int


class Alternative(Value):
    """One change that lets the lot go, the value it takes, and the authorization it goes under."""

    change: str
    value: int | date | str | tuple[SplitPart, ...] | OtherDevice
    authorization: str


class _Trial:
    """Decides variants of one request."""

    def __init__(self, decision: Decision, law: Law, prefix: Prefix) -> None:
        self.decision = decision
        self.request, self.posture = decision.request, decision.posture
        self.law, self.prefix = law, prefix

    def after(self, quantity: int, one: Candidate) -> "_Trial":
        """The same trial once a part of the lot has gone on its day."""
        request = self.request.model_copy(update={"quantity": quantity})
        covering = Situation(request, self.prefix, self.law).covering_line
        line = "" if covering is None or one.kind != "licence" else covering.key
        unit = self.decision.tpp // self.request.quantity
        part = Movement(
            on=request.on,
            kind=Kind.EXPORTED,
            device=request.device,
            party=request.ultimate_consignee,
            destination=request.destination,
            units=quantity,
            tpp=quantity * unit,
            lot="the first part",
            authorization=one.authorization,
            end_user=request.end_user,
            exporter=request.exporter,
            line=line,
        )
        return _Trial(self.decision, self.law, overlay(self.prefix, [part]))

    def permits(self, authorization: str, **changes: object) -> bool:
        """Whether the changed request is permitted under an authorization."""
        data = self.request.model_dump(exclude_none=True) | changes
        changed = Request.model_validate({**data, "authorization": authorization})
        without = self.decision.without
        tried = decide(changed, self.law, self.prefix, self.posture, without=without)
        return tried.outcome == "permitted"


def alternatives(decision: Decision, law: Law, prefix: Prefix) -> tuple[Alternative, ...]:
    """Changes under which the lot may go; of a permitted lot, the other authorizations."""
    trial = _Trial(decision, law, prefix)
    if decision.outcome == "permitted":
        others = [c for c in decision.candidates if c.status == "available"]
        return tuple(
            Alternative(
                change="authorization", value=c.authorization, authorization=c.authorization
            )
            for c in others
            if c.authorization != decision.authorization
        )
    over = [c for c in decision.candidates if c.status == "exceeds-cap"]
    found: list[Alternative] = []
    for one in over:
        quantity = _quantity(one, trial)
        later = _on(one, trial)
        found += [a for a in (quantity, later) if a is not None]
        if quantity is not None:
            found += _split(quantity, one, trial)
        found += _device(one, trial)
    return tuple(found + list(_other_authorizations(decision, trial)))


def _quantity(one: Candidate, trial: _Trial) -> Alternative | None:
    """The largest quantity that fits on the day."""
    units = [f.headroom_units for f in one.findings if f.decides and f.headroom_units is not None]
    quantity = min([trial.request.quantity, *units])
    if quantity < 1 or not trial.permits(one.authorization, quantity=quantity):
        return None
    return Alternative(change="quantity", value=quantity, authorization=one.authorization)


def _on(one: Candidate, trial: _Trial) -> Alternative | None:
    """The earliest later day on which the whole lot fits."""
    day = _earliest(one, trial, trial.request.on, trial.request.quantity)
    if day is None:
        return None
    return Alternative(change="on", value=day, authorization=one.authorization)


def _earliest(one: Candidate, trial: _Trial, after: date, quantity: int) -> date | None:
    for day in _turning_days(one, trial, after):
        if trial.permits(one.authorization, on=day, quantity=quantity):
            return day
    return None


def _turning_days(one: Candidate, trial: _Trial, after: date) -> list[date]:
    """Days after a day on which a cap of the candidate may leave more room."""
    days: set[date] = set()
    for finding in one.findings:
        versions = trial.law.versions(finding.cap)
        cap = version_on(versions, after)
        if cap is None:
            continue
        for version in versions:
            days |= {version.valid_from, version.until}
            days |= {step.valid_from for step in version.allowance}
        drawn = _days_drawn(trial, finding.cap, after)
        days |= drawn
        days |= {counts_until(cap.window, day) for day in (after, *drawn)}
        if cap.window.kind in ("calendar-year", "calendar-quarter"):
            for _ in range(8):
                days.add(counts_until(cap.window, max(days - {date.max}, default=after)))
    later = sorted(day for day in days if after < day < date.max)
    return later[:MOST_DAYS]


def _days_drawn(trial: _Trial, cap_id: str, after: date) -> set[date]:
    """Days on which movements that a cap may count happen: what leaves a window frees room."""
    cap = version_on(trial.law.versions(cap_id), after)
    if cap is None or "line" in cap.per:
        return set()
    named = {
        "party": trial.request.ultimate_consignee,
        "destination": trial.request.destination,
        "end_user": trial.request.end_user,
        "exporter": trial.request.exporter,
    }
    shape = shape_of(cap.per)
    back = timedelta(days=cap.window.days or 0)
    query = Query(
        shape=shape,
        key=tuple(named[field] for field in shape),
        kinds=BASIS[cap.basis],
        exact_from=after - back,
    )
    return {drawn.on for drawn in trial.prefix.draws(query) if drawn.on > after - back}


def _split(first: Alternative, one: Candidate, trial: _Trial) -> list[Alternative]:
    """As much as fits today, the rest on the earliest day after it."""
    quantity = first.value
    if not isinstance(quantity, int):
        return []
    rest = trial.request.quantity - quantity
    today = trial.request.on
    then = trial.after(quantity, one)
    day = _earliest(one, then, today, rest) if rest > 0 else None
    if day is None:
        return []
    parts = (
        SplitPart(quantity=quantity, on=today, authorization=one.authorization),
        SplitPart(quantity=rest, on=day, authorization=one.authorization),
    )
    return [Alternative(change="split", value=parts, authorization=one.authorization)]


def _device(one: Candidate, trial: _Trial) -> list[Alternative]:
    """The strongest device of the same vendor of which the whole quantity fits."""
    request = trial.request
    asked = facts_on(request.device, request.on, trial.prefix, trial.law)
    if asked is None or request.unit_tpp is not None:
        return []
    known = {*trial.law.catalogue, *trial.prefix.devices()}
    facts = [facts_on(device, request.on, trial.prefix, trial.law) for device in sorted(known)]
    weaker = [
        f
        for f in facts
        if f is not None and f.vendor == asked.vendor and unit_tpp(f) < unit_tpp(asked)
    ]
    for other in sorted(weaker, key=unit_tpp, reverse=True)[:MOST_DEVICES]:
        if trial.permits(one.authorization, device=other.device):
            value = OtherDevice(device=other.device, quantity=request.quantity)
            return [Alternative(change="device", value=value, authorization=one.authorization)]
    return []


def _other_authorizations(decision: Decision, trial: _Trial) -> Iterator[Alternative]:
    """Of a request that forced an authorization: the ones that would carry it."""
    forced = decision.request.authorization
    if forced is None:
        return
    free = decision.request.model_copy(update={"authorization": None})
    open_ones: Iterable[Candidate] = decide(
        free, trial.law, trial.prefix, trial.posture, without=decision.without
    ).candidates
    for one in open_ones:
        if one.status == "available" and one.authorization != forced:
            yield Alternative(
                change="authorization", value=one.authorization, authorization=one.authorization
            )
