"""How a licence application for a lot would be reviewed."""

from collections.abc import Iterable
from dataclasses import dataclass

from ledger.core.candidates import Weigh
from ledger.core.findings import Finding
from ledger.core.law.row import Posture, Review
from ledger.core.law.rows import ReviewPolicy, Stop
from ledger.core.requirements import Requirements
from ledger.core.stops import Stopped


@dataclass(frozen=True, slots=True)
class LicenceReview:
    """How an application would be reviewed, the cap that it meets, and the row that says so.

    `policy` is None where that is open; `why` then says what is not known.
    """

    policy: Review | None = None
    finding: Finding | None = None
    row: str | None = None
    cite: str | None = None
    why: str | None = None


def licence_review(
    asked: Requirements, posture: Posture, stops: Iterable[Stopped]
) -> LicenceReview | ReviewPolicy:
    """The review policy of the whole lot: that of what stops it, else the first row that fits.

    Where a cap decides it is the row that says which: see `reviewed`.
    """
    situation, stopped = asked.situation, list(stops)
    special = [one.row for one in stopped if one.surely and one.row.review != "ordinary"]
    if special:
        return _of_a_stop(special[0])
    if posture not in situation.rules.coverage:
        return LicenceReview()
    if not _licence_asked(asked, posture):
        why = "no rule asks for the licence, only what stops the lot does"
        return LicenceReview(why=why if stopped else None)
    for row in situation.rules.reviews:
        if situation.rules.decides(row.provision, posture):
            applies = situation.holds(row.when)
            if applies is not False:
                situation.rests_on(row.when)
            if applies is None:
                return LicenceReview(row=row.id, why=f"whether {row.id} applies ({row.cite})")
            if applies:
                return _fitting(row)
    return LicenceReview(why="no modelled policy fits the lot")


def _fitting(row: ReviewPolicy) -> LicenceReview | ReviewPolicy:
    if row.evidence == "UNCONFIRMED":
        return LicenceReview(row=row.id, why=f"{row.within} is UNCONFIRMED ({row.cite})")
    if row.cap is None:
        return LicenceReview(policy=row.within, row=row.id, cite=row.cite)
    return row


def reviewed(review: LicenceReview | ReviewPolicy, weigh: Weigh) -> LicenceReview:
    """The review of a lot once its cap, if there is one, is weighed."""
    if isinstance(review, LicenceReview):
        return review
    finding = weigh(review.cap or "")
    if finding is None:
        return LicenceReview(row=review.id, why=f"{review.cap} has no figure for the day")
    policy = review.within if finding.fits else review.beyond
    return LicenceReview(policy=policy, finding=finding, row=review.id, cite=review.cite)


def _of_a_stop(row: Stop) -> LicenceReview:
    if row.review is None or row.review == "ordinary":
        return LicenceReview(row=row.id, cite=row.cite, why=f"the policy is that of {row.title}")
    return LicenceReview(policy=row.review, row=row.id, cite=row.cite)


def _licence_asked(asked: Requirements, posture: Posture) -> bool:
    """Whether some rule asks, or may ask, for a licence."""
    rules = asked.situation.rules
    return any(
        rules.decides(row.provision, posture) and asked.asks(row) is not False
        for row in rules.licence_requirements
    )
