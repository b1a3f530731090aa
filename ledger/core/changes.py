"""What would have to change for an answer to change: what each authorization still lacks."""

from ledger.core.candidates import Candidate
from ledger.core.decision import Decision
from ledger.core.requirements import RequirementFound
from ledger.core.values import Value, shown


class Missing(Value):
    """One thing that an authorization lacks: what is needed, what was found, which row asks."""

    needs: str
    found: str
    row: str
    cite: str
    sources: tuple[str, ...] = ()


class Change(Value):
    """What would open an authorization to the lot; or, of the chosen one, what it rests on.

    `opens` is true for what is missing, and false for the facts that carry the present answer: it
    changes if one of them turns out otherwise.
    """

    authorization: str
    opens: bool
    missing: tuple[Missing, ...]


def changes(decision: Decision) -> tuple[Change, ...]:
    """The chosen authorization's grounds, then the others by how little each lacks.

    An authorization after the chosen one would change nothing and is left out.
    """
    chosen = [c for c in decision.candidates if c.authorization == decision.authorization]
    before = decision.candidates[: decision.candidates.index(chosen[0])] if chosen else None
    rest = decision.candidates if before is None else before
    lacking = [
        Change(authorization=c.authorization, opens=True, missing=tuple(_missing(c))) for c in rest
    ]
    grounds = [
        Change(
            authorization=c.authorization,
            opens=False,
            missing=tuple(_told(r) for r in c.requirements if r.sources),
        )
        for c in chosen
    ]
    return tuple(grounds + sorted(lacking, key=lambda change: len(change.missing)))


def _missing(candidate: Candidate) -> list[Missing]:
    wanting = [_told(r) for r in candidate.requirements if r.holds is not True]
    return wanting + [
        Missing(
            needs=f"at most {shown(f.headroom_tpp)} TPP for {', '.join(f.holder)}",
            found=f"{f.requested_tpp.grouped()} TPP; least room on {f.binding_on}",
            row=f.cap,
            cite=f.cite,
        )
        for f in candidate.findings
        if f.decides and not f.fits
    ]


def _told(requirement: RequirementFound) -> Missing:
    return Missing(
        needs=requirement.needs,
        found=requirement.found,
        row=requirement.row,
        cite=requirement.cite,
        sources=requirement.sources,
    )
