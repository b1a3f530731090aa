"""The decision: may this lot go on its day, under which authorization, and why.

`decide` is one pure function of a request, a law and a prefix. A quota check, an audit as of an
earlier head and a what-if are the same call on another prefix (design, chapter 1).
"""

from collections.abc import Iterable
from hashlib import sha256
from typing import Any, Final, Literal

from ledger.core.candidates import Candidate, Weigh
from ledger.core.duties import Duty, arises
from ledger.core.encoding import canonical_plain
from ledger.core.errors import InvalidRequest
from ledger.core.findings import Finding, lot_finding
from ledger.core.footing import Footing
from ledger.core.law.law import Law, PackDigest
from ledger.core.law.row import POSTURES, Posture, Review
from ledger.core.lots import Request
from ledger.core.overlay import overlay
from ledger.core.positions import RESERVATIONS
from ledger.core.precedents import Case, Precedents
from ledger.core.prefix import Head, Prefix
from ledger.core.review import LicenceReview, reviewed
from ledger.core.situation import Situation
from ledger.core.status import StatusNote
from ledger.core.stops import Stopped
from ledger.core.values import Tpp, Value

ENGINE: Final = "chipledger/2"
"""Named in every decision id: raised when the same inputs may decide otherwise."""

Outcome = Literal["permitted", "license-required", "prohibited", "unresolved"]


class OtherPosture(Value):
    """What the other posture answers, where it differs."""

    posture: Posture
    outcome: Outcome
    authorization: str | None


class AsOf(Value):
    """The head of the ledger that the answer was made at."""

    size: int
    root: str


class Decision(Value):
    """The whole answer (design, chapter 5)."""

    request: Request
    posture: Posture
    outcome: Outcome
    authorization: str | None
    review: Review | None
    review_row: str | None
    review_cite: str | None
    tpp: Tpp
    item_class: str | None
    reasons: tuple[str, ...]
    candidates: tuple[Candidate, ...]
    findings: tuple[Finding, ...]
    duties: tuple[Duty, ...]
    status: tuple[StatusNote, ...]
    other_posture: OtherPosture | None
    law: tuple[PackDigest, ...]
    as_of: AsOf
    without: str | None
    line: str | None
    decision_id: str


class _Answer:
    """One posture's answer, before it is dressed as a decision."""

    def __init__(self, footing: Footing, situation: Situation, weigh: Weigh) -> None:
        self.footing, self.stops = footing, footing.stops
        self.candidates = [
            one if isinstance(one, Candidate) else one.candidate(weigh, situation)
            for one in footing.candidates
        ]
        self.chosen = next((c for c in self.candidates if c.status == "available"), None)
        self.reviewed = reviewed(footing.review, weigh)
        self.outcome: Outcome = self._outcome()
        asked = self.outcome == "license-required"
        self.review: Review | None = self.reviewed.policy if asked else None

    def _outcome(self) -> Outcome:
        prohibited = [one for one in self.stops if one.row.effect == "prohibited"]
        if any(one.surely for one in prohibited):
            return "prohibited"
        if self.chosen is not None:
            return "permitted"
        stopped = any(s.surely and s.row.effect == "license-required" for s in self.stops)
        gaps = () if stopped else self.footing.gaps
        by_law = {candidate.by_law for candidate in self.candidates}
        if "available" in by_law:
            return "prohibited"
        if not self.candidates or "unresolved" in by_law or gaps or prohibited:
            return "unresolved"
        return "license-required"

    @property
    def authorization(self) -> str | None:
        return None if self.chosen is None else self.chosen.authorization

    def shown(self) -> list[Candidate]:
        """Candidates, the licence with the finding that an application would meet."""
        return [
            c.with_finding(self.reviewed.finding) if c.kind == "licence" else c
            for c in self.candidates
        ]

    def findings(self) -> tuple[Finding, ...]:
        """Those of the chosen authorization, else that of the licence's review."""
        if self.chosen is not None:
            return self.chosen.findings
        return () if self.reviewed.finding is None else (self.reviewed.finding,)


def decide(
    request: Request,
    law: Law,
    prefix: Prefix,
    posture: Posture = "on-the-books",
    *,
    without: str | None = None,
    line: str | None = None,
    precedents: Precedents | None = None,
) -> Decision:
    """Decide on a lot; `without` names a reservation that the lot uses up and that is not counted.

    `line` (as `reference/line`) names the licence line that it goes under, else one is looked for.
    `precedents` are those of the ledger and its head; the answer is the same with or without.

    Raises `InvalidRequest` where the request names what is unknown.
    """
    _known_authorization(request, law)
    head, prefix = prefix.head, without_reservation(prefix, without)
    find = Case.of if precedents is None else precedents.case
    case = find(request, law, prefix, line)
    situation = case.situation
    weigh = _weighing(case)
    answers = {one: _Answer(case.footings[one], situation, weigh) for one in POSTURES}
    answer, shown = answers[posture], tuple(answers[posture].shown())
    review = answer.reviewed if answer.review else LicenceReview()
    return Decision(
        request=request,
        posture=posture,
        outcome=answer.outcome,
        authorization=answer.authorization,
        review=answer.review,
        review_row=review.row,
        review_cite=review.cite,
        tpp=situation.tpp,
        item_class=situation.classification.item_class,
        reasons=_reasons(answer, request),
        candidates=shown,
        findings=answer.findings(),
        duties=_duties(answer, situation),
        status=answer.footing.notes(_rested_on(shown), situation),
        other_posture=_differing(answer, answers[_other(posture)]),
        law=law.digests,
        as_of=AsOf(size=head.size, root=head.root),
        without=without,
        line=line,
        decision_id=decision_id(request, head, posture, without, line),
    )


def _weighing(case: Case) -> Weigh:
    """What each cap says of the lot, found once for all candidates and postures."""
    found: dict[str, Finding | None] = {}

    def weigh(cap_id: str) -> Finding | None:
        if cap_id not in found:
            found[cap_id] = lot_finding(cap_id, case.situation, case.tally)
        return found[cap_id]

    return weigh


def without_reservation(prefix: Prefix, reservation: str | None) -> Prefix:
    """The prefix without what a reservation still holds."""
    if reservation is None:
        return prefix
    held = [m for m in prefix.movements_of(reservation) if m.kind in RESERVATIONS]
    return overlay(prefix, [m.taken_back() for m in held])


def decision_id(
    request: Request,
    head: Head,
    posture: Posture,
    without: str | None = None,
    line: str | None = None,
) -> str:
    """Digest of all that a decision depends on: request, head, posture, engine."""
    about: dict[str, Any] = {
        "as_of": {"root": head.root, "size": head.size},
        "engine": ENGINE,
        "posture": posture,
        "request": request.model_dump(mode="json", exclude_none=True),
    }
    named = {"without": without, "line": line}
    about |= {name: value for name, value in named.items() if value is not None}
    return sha256(canonical_plain(about)).hexdigest()


def _known_authorization(request: Request, law: Law) -> None:
    if request.authorization is not None and request.authorization not in law.authorization_ids():
        raise InvalidRequest(
            f"no adopted pack knows the authorization '{request.authorization}'",
            where="authorization",
            cure=f"use one of {', '.join(law.authorization_ids())}, or leave it out",
        )


def _other(posture: Posture) -> Posture:
    return POSTURES[1 - POSTURES.index(posture)]


def _differing(answer: _Answer, other: _Answer) -> OtherPosture | None:
    if (answer.outcome, answer.authorization) == (other.outcome, other.authorization):
        return None
    return OtherPosture(
        posture=other.footing.posture, outcome=other.outcome, authorization=other.authorization
    )


def _rested_on(shown: Iterable[Candidate]) -> frozenset[str]:
    """Authorizations that were open to the lot, and every cap that was looked at."""
    looked_at = [c for c in shown if c.status != "ineligible" or c.findings]
    caps = {finding.cap for c in looked_at for finding in c.findings}
    return frozenset(caps.union(c.authorization for c in looked_at))


def _duties(answer: _Answer, situation: Situation) -> tuple[Duty, ...]:
    if answer.chosen is None:
        return ()
    brought = answer.footing.duties(answer.chosen.authorization, situation)
    return tuple(duty for duty, cap in brought if arises(cap, answer.chosen.findings))


def _of_the_house(answer: _Answer) -> list[str]:
    """That the law would let the lot go, where only a house's own cap stands in the way."""
    open_by_law = [c.authorization for c in answer.candidates if c.by_law == "available"]
    if answer.outcome != "prohibited" or answer.stops or not open_by_law:
        return []
    return [f"only a cap of your own stands in the way: the law permits it under {open_by_law[0]}"]


def _stopped(one: Stopped) -> str:
    held = "stopped" if one.surely else "in doubt"
    but = " but a licence" if one.row.lifted_by_licence else ""
    return f"every authorization{but} is {held}: {one.row.title}; {one.found} ({one.row.cite})"


def _reasons(answer: _Answer, request: Request) -> tuple[str, ...]:
    """Why, in sentences: for each candidate before the chosen one, what stands in its way."""
    reasons = [_stopped(one) for one in answer.stops]
    reasons += _of_the_house(answer)
    aside = []
    for one in answer.candidates:
        if one is answer.chosen:
            reasons.append(one.told)
            break
        if one.out_of_sight:
            aside.append(one.authorization)
        elif not one.stopped:
            reasons.append(one.told)
    if aside and answer.chosen is None:
        reasons.append(f"not in the law of the day, or no status held: {', '.join(aside)}")
    if answer.outcome == "license-required" and answer.review is None:
        why = answer.reviewed.why or "a fact or figure is not known"
        reasons.append(f"how an application would be reviewed is open: {why}")
    if not answer.candidates:
        reasons.append(f"{request.authorization or 'the law'} is not modelled")
    if answer.outcome == "unresolved":
        reasons += [f"{gap.found} ({gap.cite})" for gap in answer.footing.gaps]
    return tuple(reasons)
