"""How a licence application for a lot would be reviewed."""

from ledger.core.findings import Finding, lot_finding
from ledger.core.law.rows import Posture, Review, ReviewPolicy
from ledger.core.situation import Situation
from ledger.core.status import covering_row, decides
from ledger.core.usage import Tally


def licence_review(
    situation: Situation, tally: Tally, posture: Posture
) -> tuple[Review | None, Finding | None]:
    """The review policy of the whole lot and the allocation it meets; None where that is open."""
    if covering_row(situation, posture) is None or not _licence_asked(situation, posture):
        return None, None
    for row in situation.law.reviews(situation.on):
        if decides(row.provision, situation, posture):
            applies = situation.holds(row.when)
            if applies is None:
                return None, None
            if applies:
                return _reviewed(row, situation, tally)
    return None, None


def _licence_asked(situation: Situation, posture: Posture) -> bool:
    """Whether some rule asks, or may ask, for a licence."""
    return any(
        decides(row.provision, situation, posture) and situation.holds(row.when) is not False
        for row in situation.law.licence_requirements(situation.on)
    )


def _reviewed(
    row: ReviewPolicy, situation: Situation, tally: Tally
) -> tuple[Review | None, Finding | None]:
    if row.cap is None:
        return row.within, None
    finding = lot_finding(row.cap, situation, tally)
    if finding is None:
        return None, None
    return (row.within if finding.fits else row.beyond), finding
