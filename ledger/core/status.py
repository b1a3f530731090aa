"""Status: on the books or enforced, covered or not, and what a reader must know besides."""

from collections.abc import Iterator
from datetime import date

from ledger.core.law.rows import Coverage, Posture, Provision
from ledger.core.situation import Situation
from ledger.core.values import Value


class StatusNote(Value):
    """The standing of a provision, or a warning about the law and lists that were used."""

    provision: str
    on_the_books: bool | None
    enforced: bool | None
    since: date | None
    text: str
    cite: str


def covering_row(situation: Situation, posture: Posture) -> Coverage | None:
    """The row that says the law is known for the day and posture."""
    rows = (row for row in situation.law.coverage if row.posture == posture)
    return next((row for row in rows if row.in_force(situation.on)), None)


def decides(provision_id: str, situation: Situation, posture: Posture) -> bool:
    """Whether a provision decides on the day under a posture."""
    on = situation.on
    for provision in situation.law.provisions:
        if provision.id == provision_id:
            if posture == "enforced":
                return provision.enforced(on)
            return provision.on_the_books(on)
    return False


def status_notes(situation: Situation, posture: Posture) -> Iterator[StatusNote]:
    """What a reader of the answer must know of the standing of the law and the lists."""
    for provision in situation.law.provisions:
        yield _standing(provision, situation.on)
    covered = covering_row(situation, posture)
    if covered is not None and covered.known_until <= situation.on:
        yield StatusNote(
            provision=covered.id,
            on_the_books=None,
            enforced=None,
            since=covered.known_until,
            text=f"the law is known up to {covered.known_until}; later changes were not looked for",
            cite=covered.cite,
        )
    yield StatusNote(
        provision="screening",
        on_the_books=None,
        enforced=None,
        since=None,
        text="no screening list is adopted: no party was screened against any list",
        cite="15 CFR parts 744 and 746",
    )


def _standing(provision: Provision, on: date) -> StatusNote:
    suspended = provision.suspended_on
    held_back = suspended is not None and suspended <= on
    return StatusNote(
        provision=provision.id,
        on_the_books=provision.on_the_books(on),
        enforced=provision.enforced(on),
        since=suspended if held_back else provision.compliance_on,
        text=provision.suspended_by or provision.title if held_back else provision.title,
        cite=provision.cite,
    )
