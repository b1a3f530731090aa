"""What would make a lot fit: less of it, a later day, an authorization, parts, another device.

Each proposal is decided again before it is made, so none is ever a guess.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from itertools import islice

from ledger.core.candidates import Candidate
from ledger.core.decision import Decision, decide, without_reservation
from ledger.core.devices import unit_tpp
from ledger.core.findings import versions_for
from ledger.core.headroom import ONE_DAY, Book, Level, counts_until, least
from ledger.core.law.caps import Cap, Window
from ledger.core.law.law import Law
from ledger.core.lots import Request
from ledger.core.overlay import overlay
from ledger.core.positions import Kind, Movement
from ledger.core.precedents import Precedents
from ledger.core.prefix import Prefix
from ledger.core.ratings import classified_on
from ledger.core.situation import Situation
from ledger.core.turning import turning_days
from ledger.core.usage import Tally
from ledger.core.values import Value

MOST_DAYS = 16
"""How many days that the caps leave room for are decided in full for the earliest one."""

MOST_TURNS = 24
"""How many days on which a rule or a fact turns are decided for the earliest one that permits."""

MOST_WINDOWS = 12
"""How many calendar windows are looked ahead."""

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

    def __init__(
        self, decision: Decision, law: Law, prefix: Prefix, precedents: Precedents | None = None
    ) -> None:
        self.decision = decision
        self.request, self.posture = decision.request, decision.posture
        self.law, self.prefix = law, prefix
        counted = without_reservation(prefix, decision.without)
        self.situation = Situation(decision.request, counted, law, decision.line)
        self.tally = Tally(counted, law, decision.request.on)
        # The variants are decided on one head: what is found of one serves the others.
        self.precedents = Precedents() if precedents is None else precedents

    def after(self, quantity: int, one: Candidate) -> "_Trial":
        """The same trial once a part of the lot has gone on its day."""
        request = self.request.model_copy(update={"quantity": quantity})
        covering = Situation(request, self.prefix, self.law, self.decision.line).covering_line
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
        after = overlay(self.prefix, [part])
        return _Trial(self.decision, self.law, after, self.precedents)

    def books(self, one: Candidate) -> Iterator[tuple[Sequence[Cap], Book]]:
        """The deciding caps of a candidate, each with the draws of the holder it was found for."""
        for finding in one.findings:
            cap = self.law.versions(finding.cap)[0]
            if finding.decides or cap.measured_on:
                book = self.tally.book(cap, finding.holder, self.situation.unit_tpp)
                yield versions_for(finding.cap, self.situation), book

    def has_room(self, one: Candidate, day: date, quantity: int) -> bool:
        """Whether the caps leave room for a quantity on a day, by their arithmetic alone."""
        asked = quantity * (self.decision.tpp // self.request.quantity)
        for versions, book in self.books(one):
            if not versions[0].measured_on:
                tightest = least(versions, book, day)
                if tightest is not None and not _leaves(tightest, asked):
                    return False
        return True

    def permits(self, authorization: str, **changes: object) -> bool:
        """Whether the changed request is permitted under an authorization."""
        return self.permitted_under(**changes, authorization=authorization) is not None

    def permitted_under(self, **changes: object) -> str | None:
        """The authorization under which the changed request is permitted, if it is."""
        data = self.request.model_dump(exclude_none=True) | changes
        decided = self.decision
        tried = decide(
            Request.model_validate(data),
            self.law,
            self.prefix,
            self.posture,
            without=decided.without,
            line=decided.line,
            precedents=self.precedents,
        )
        return tried.authorization


def _leaves(level: Level, asked: int) -> bool:
    return level.headroom_tpp is None or asked <= level.headroom_tpp


def alternatives(
    decision: Decision, law: Law, prefix: Prefix, precedents: Precedents | None = None
) -> tuple[Alternative, ...]:
    """Changes under which the lot may go; of a permitted lot, the other authorizations.

    `precedents` are those that the decision was made with, of the same prefix.
    """
    if decision.outcome == "permitted":
        others = [c for c in decision.candidates if c.status == "available"]
        return tuple(
            Alternative(
                change="authorization", value=c.authorization, authorization=c.authorization
            )
            for c in others
            if c.authorization != decision.authorization
        )
    trial = _Trial(decision, law, prefix, precedents)
    over = [c for c in decision.candidates if c.status == "exceeds-cap"]
    found: list[Alternative] = []
    for one in over:
        quantity = _quantity(one, trial)
        later = _on(one, trial)
        found += [a for a in (quantity, later) if a is not None]
        if quantity is not None:
            found += _split(quantity, one, trial)
        found += _device(trial, one.authorization)
    if not over and decision.outcome == "license-required":
        found += _device(trial, decision.request.authorization)
    found = _with_another_day(found, trial)
    return tuple(found + list(_other_authorizations(decision, trial)))


def earliest(
    decision: Decision, law: Law, prefix: Prefix, precedents: Precedents | None = None
) -> Alternative | None:
    """The earliest day, from the lot's own on, on which the whole of it may go; None: none found.

    Looked for on the days that `alternatives` looks at: as many as `MOST_DAYS` and `MOST_TURNS`.
    """
    if decision.authorization is not None:
        day, under = decision.request.on, decision.authorization
        return Alternative(change="on", value=day, authorization=under)
    trial = _Trial(decision, law, prefix, precedents)
    over = [c for c in decision.candidates if c.status == "exceeds-cap"]
    found = _with_another_day([a for a in (_on(one, trial) for one in over) if a], trial)
    return min(found, key=lambda one: str(one.value), default=None)


def days_to_try(
    decision: Decision, law: Law, prefix: Prefix, until: date, precedents: Precedents | None = None
) -> list[date]:
    """The lot's day, and later ones up to a day on which a rule, a fact or a cap's room turns."""
    trial = _Trial(decision, law, prefix, precedents)
    first = decision.request.on
    days = {first, until, *turning_days(trial.situation)}
    for one in decision.candidates:
        days |= set(_turning_days(one, trial, first))
    return sorted(day for day in days if first <= day <= until)


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


def _with_another_day(found: Iterable[Alternative], trial: _Trial) -> list[Alternative]:
    """With the earliest day on which a rule or a fact has turned so that the whole lot may go."""
    found = list(found)
    turned = ((day, trial.permitted_under(on=day)) for day in turning_days(trial.situation))
    for day, under in islice(turned, MOST_TURNS):
        if under is not None:
            later = [a for a in found if (a.change, a.authorization) == ("on", under)]
            if any(isinstance(a.value, date) and a.value <= day for a in later):
                return found
            kept = [a for a in found if a not in later]
            return [*kept, Alternative(change="on", value=day, authorization=under)]
    return found


def _earliest(one: Candidate, trial: _Trial, after: date, quantity: int) -> date | None:
    """The first later day that the caps leave room for and that the decision then permits."""
    roomy = (day for day in _turning_days(one, trial, after) if trial.has_room(one, day, quantity))
    for day in islice(roomy, MOST_DAYS):
        if trial.permits(one.authorization, on=day, quantity=quantity):
            return day
    return None


def _turning_days(one: Candidate, trial: _Trial, after: date) -> list[date]:
    """Days after a day on which a cap of the candidate may leave more room than the day before."""
    days: set[date] = set()
    for versions, book in trial.books(one):
        for version in versions:
            days |= {version.valid_from, version.until}
            days |= {step.valid_from for step in version.allowance}
            drawn = {day for day in book.days if day > after - timedelta(version.window.days or 0)}
            days |= {counts_until(version.window, day) for day in (after, *drawn)} | drawn
            days |= set(_window_starts(version.window, after))
            measured = {day for day in (after, *days) if f"{day:%m-%d}" in version.measured_on}
            days |= {day + ONE_DAY for day in measured}
    return sorted(day for day in days if after < day < date.max)


def _window_starts(window: Window, after: date) -> Iterator[date]:
    """The first days of the calendar windows that follow a day."""
    if window.kind in ("calendar-year", "calendar-quarter"):
        day = after
        for _ in range(MOST_WINDOWS):
            day = counts_until(window, day)
            yield day


def _split(first: Alternative, one: Candidate, trial: _Trial) -> list[Alternative]:
    """As much as fits, the rest under another authorization, else on the earliest day after."""
    quantity = first.value
    rest = trial.request.quantity - quantity if isinstance(quantity, int) else 0
    if not isinstance(quantity, int) or rest < 1:
        return []
    today = trial.request.on
    then = trial.after(quantity, one)
    other = None if trial.request.authorization else then.permitted_under(quantity=rest)
    day = today if other is not None else _earliest(one, then, today, rest)
    if day is None:
        return []
    parts = (
        SplitPart(quantity=quantity, on=today, authorization=one.authorization),
        SplitPart(quantity=rest, on=day, authorization=other or one.authorization),
    )
    return [Alternative(change="split", value=parts, authorization=one.authorization)]


def _device(trial: _Trial, authorization: str | None) -> list[Alternative]:
    """The strongest weaker device of the same vendor and kind of which the whole quantity fits.

    Under the authorization that the lot exceeds, or under any if none is named.
    """
    request = trial.request
    asked = classified_on(request.device, request.on, trial.prefix, trial.law)
    if asked is None or request.unit_tpp is not None:
        return []
    known = {*trial.law.catalogue, *trial.prefix.devices()}
    facts = [classified_on(device, request.on, trial.prefix, trial.law) for device in sorted(known)]
    weaker = [
        f
        for f in facts
        if f is not None  # not one that is classified only later
        and (f.vendor, f.data_center) == (asked.vendor, asked.data_center)
        and unit_tpp(f) < unit_tpp(asked)
    ]
    for other in sorted(weaker, key=unit_tpp, reverse=True)[:MOST_DEVICES]:
        under = trial.permitted_under(device=other.device, authorization=authorization)
        if under is not None:
            value = OtherDevice(device=other.device, quantity=request.quantity)
            return [Alternative(change="device", value=value, authorization=under)]
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
