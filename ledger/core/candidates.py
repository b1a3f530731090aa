"""Candidates: each authorization's requirements and findings for a lot, and its status."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal

from ledger.core.findings import Finding
from ledger.core.law.caps import Cap
from ledger.core.law.logic import every
from ledger.core.law.row import OPEN_END, Posture
from ledger.core.law.rows import Authorization
from ledger.core.requirements import Found, RequirementFound, Requirements
from ledger.core.situation import Situation
from ledger.core.stops import Stopped
from ledger.core.values import Value, shown

STOP: Final = "stop"
"""The fact of a requirement that a stop puts before an authorization."""

Weigh = Callable[[str], Finding | None]
"""What a cap says of the lot in question, by the cap's id."""

CandidateStatus = Literal["available", "unresolved", "exceeds-cap", "ineligible"]


STATUS_WORDS: Final = {
    "available": "available",
    "ineligible": "not open",
    "exceeds-cap": "over a cap",
    "unresolved": "unresolved",
}
"""A candidate's status in a sentence."""

_OUT_OF_SIGHT: Final = frozenset({"in_force", "provision", "status"})


class Candidate(Value):
    """One authorization: ineligible, else exceeds-cap, else unresolved, else available.

    What follows from it is worked out once: most candidates serve many decisions.
    """

    authorization: str
    title: str
    kind: str
    status: CandidateStatus
    requirements: tuple[RequirementFound, ...]
    findings: tuple[Finding, ...]
    cite: str

    @cached_property
    def because(self) -> str:
        """What stands in the way, as a clause: the first that decides its status."""
        for requirement in self.requirements:
            if requirement.holds is False and self.status == "ineligible":
                return f"needs {requirement.needs}; found {requirement.found} ({requirement.cite})"
        for finding in self.findings:
            if finding.decides and not finding.fits and self.status == "exceeds-cap":
                return _exceeded(finding)
        for requirement in self.requirements:
            if requirement.holds is None and self.status == "unresolved":
                return f"{requirement.found}: needs {requirement.needs} ({requirement.cite})"
        return self.cite

    @cached_property
    def told(self) -> str:
        """Its status and what decides it, as a sentence."""
        return f"{self.authorization} is {STATUS_WORDS[self.status]}: {self.because}"

    @cached_property
    def stopped(self) -> bool:
        """Whether what stands before every authorization decides its status."""
        decisive = {"ineligible": False, "unresolved": None}
        if self.status not in decisive:
            return False
        first = (r for r in self.requirements if r.holds is decisive[self.status])
        return next(first).fact == STOP

    @cached_property
    def out_of_sight(self) -> bool:
        """Whether it is not in effect on the day, or needs a status that nobody holds."""
        first = next((r for r in self.requirements if r.holds is False), None)
        return self.status == "ineligible" and first is not None and first.fact in _OUT_OF_SIGHT

    @cached_property
    def by_law(self) -> CandidateStatus:
        """The status that the law alone would give: a house's own caps left out."""
        return status_of(self.requirements, [f for f in self.findings if f.house is None])

    def with_finding(self, finding: Finding | None) -> "Candidate":
        """The same candidate with one more finding shown."""
        if finding is None:
            return self
        shown_only = finding.model_copy(update={"decides": False})
        return Candidate(
            authorization=self.authorization,
            title=self.title,
            kind=self.kind,
            status=self.status,
            requirements=self.requirements,
            findings=(*self.findings, shown_only),
            cite=self.cite,
        )


def _exceeded(finding: Finding) -> str:
    house = f" of {finding.house}" if finding.house else ""
    holder = ", ".join(finding.holder)
    return (
        f"{finding.cap}{house} leaves {shown(finding.headroom_tpp)} TPP for {holder} on "
        f"{finding.binding_on}, the lot has {finding.requested_tpp.grouped()} ({finding.cite})"
    )


@dataclass(frozen=True, slots=True)
class Ground:
    """An authorization whose requirements may hold, and the caps that a lot counts against then."""

    row: Authorization
    requirements: tuple[RequirementFound, ...]
    caps: tuple[str, ...]

    def candidate(self, weigh: Weigh, situation: Situation) -> Candidate:
        """The candidate once its caps are weighed; one without a figure leaves it open."""
        requirements, findings = list(self.requirements), []
        for cap_id in self.caps:
            finding = weigh(cap_id)
            if finding is None:
                requirements.append(_without_figure(cap_id, situation))
            else:
                findings.append(finding)
        return _candidate(self.row, requirements, findings)


def _candidate(
    row: Authorization, requirements: Sequence[RequirementFound], findings: Sequence[Finding]
) -> Candidate:
    return Candidate(
        authorization=row.id,
        title=row.title,
        kind=row.kind,
        status=status_of(requirements, findings),
        requirements=tuple(requirements),
        findings=tuple(findings),
        cite=row.cite,
    )


def ground(
    row: Authorization, asked: Requirements, posture: Posture, stops: Iterable[Stopped]
) -> Ground | Candidate:
    """What one authorization requires of a lot; the whole candidate where nothing is counted.

    `stops` are what stands before every authorization.
    """
    situation, found = asked.situation, asked.found
    if not row.in_force(situation.on):
        return _complete(row, (_of_another_day(row, asked, posture),), found)
    requirements = (
        *_coverage(row, asked, posture),
        *(required(one, row.kind, found) for one in stops if one.closes(row.kind)),
        *(_no_licence_asked(asked, posture) if row.kind == "none" else ()),
        *asked.own(row),
    )
    if any(requirement.holds is False for requirement in requirements):
        return _complete(row, requirements, found)
    drawn_on = (cap for cap in _caps(row, situation) if _counts_lot(cap, row, situation))
    caps = tuple(dict.fromkeys(cap.id for cap in drawn_on))
    return Ground(row, requirements, caps) if caps else _complete(row, requirements, found)


def _complete(
    row: Authorization, requirements: tuple[RequirementFound, ...], found: Found
) -> Candidate:
    """The candidate of an authorization that draws on no cap, the same one for lots that are alike.

    The requirements are those that `found` has made, so that their ids tell them apart.
    """
    return found.once((id(row), *map(id, requirements)), lambda: _candidate(row, requirements, ()))


def status_of(
    requirements: Iterable[RequirementFound], findings: Iterable[Finding]
) -> CandidateStatus:
    """A candidate's status: ineligible, else exceeds-cap, else unresolved, else available."""
    holds = every(requirement.holds for requirement in requirements)
    if holds is False:
        return "ineligible"
    if any(finding.decides and not finding.fits for finding in findings):
        return "exceeds-cap"
    return "unresolved" if holds is None else "available"


def _of_another_day(row: Authorization, asked: Requirements, posture: Posture) -> RequirementFound:
    """That an authorization is not in the law of the day, or no longer."""
    days = f"from {row.valid_from} on" if row.until == OPEN_END else f"before {row.until}"
    return asked.found.requirement(
        fact="in_force",
        needs=f"{row.id} in the law of the day",
        found=f"it is there {days}",
        holds=False if posture in asked.situation.rules.coverage else None,
        cite=row.cite,
        row=row.id,
    )


def required(stopped: Stopped, kind: str, found: Found) -> RequirementFound:
    """What stops a lot, as a requirement that is not met or is in doubt."""
    return found.requirement(
        fact=STOP,
        needs=f"nothing that stops the lot: {stopped.row.title}",
        found=stopped.found,
        holds=False if stopped.surely_closes(kind) else None,
        cite=stopped.row.cite,
        row=stopped.row.id,
        sources=stopped.sources,
    )


def _coverage(
    row: Authorization, asked: Requirements, posture: Posture
) -> Iterator[RequirementFound]:
    """The law must be known for the day and posture, and decide on that axis."""
    situation, found = asked.situation, asked.found
    rules = situation.rules
    if posture not in rules.coverage:
        yield found.requirement(
            fact="coverage",
            needs=f"law that is modelled for {situation.on} as {posture}",
            found="no adopted pack covers that day and posture",
            holds=None,
            cite=row.cite,
            row=row.id,
        )
    elif row.provision is not None and not rules.decides(row.provision, posture):
        yield found.requirement(
            fact="provision",
            needs=f"{row.provision} in effect",
            found=f"it does not decide on {situation.on} as {posture}",
            holds=False,
            cite=row.cite,
            row=row.provision,
        )


def _no_licence_asked(asked: Requirements, posture: Posture) -> Iterator[RequirementFound]:
    """NLR holds while no modelled rule asks for a licence and no gap leaves that open."""
    rules = asked.situation.rules
    deciding = (r for r in rules.licence_requirements if rules.decides(r.provision, posture))
    yield from (asked.no_licence(row) for row in deciding)
    yield from asked.gaps


def _caps(row: Authorization, situation: Situation) -> list[Cap]:
    """The caps that an authorization draws on, and those that a house set beside all of them."""
    on = situation.on
    own = [cap for cap_id in row.caps for cap in _versions(cap_id, situation)]
    beside = [cap for cap in situation.law.caps if cap.beside and cap.in_force(on)]
    return own + beside


def _versions(cap_id: str, situation: Situation) -> Sequence[Cap]:
    """The version of a cap that is in force, else all there are: then it has no figure."""
    versions = situation.law.versions(cap_id)
    return [cap for cap in versions if cap.in_force(situation.on)] or versions


def _counts_lot(cap: Cap, row: Authorization, situation: Situation) -> bool:
    """Whether the lot would count against a cap if it went under an authorization."""
    domestic = situation.request.transaction == "domestic"
    if cap.basis == "licensed" or (cap.basis == "exported" and domestic):
        return False
    first_on = cap.window.first_on
    if first_on is not None and situation.on < first_on:
        return False
    counts, item_class = cap.counts, situation.classification.item_class
    if counts.authorizations and row.id not in counts.authorizations:
        return False
    if counts.classes and item_class not in (*counts.classes, None):
        return False
    return situation.holds(cap.when) is not False


def _without_figure(cap_id: str, situation: Situation) -> RequirementFound:
    return RequirementFound(
        fact="cap",
        needs=f"a figure of {cap_id} for the holder on {situation.on}",
        found="none: the holder is not known, or the text gives no figure for the day",
        holds=None,
        cite=situation.law.versions(cap_id)[0].cite,
        row=cap_id,
    )
