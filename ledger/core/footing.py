"""Footing: where a lot stands in law and facts under a posture, before anything is counted.

Nothing here depends on the quantity or on what was drawn, so one footing serves every lot that is
alike, as long as no fact changes.
"""

from collections.abc import Iterator, Sequence

from ledger.core.candidates import Candidate, Ground, ground
from ledger.core.duties import Duty, duties_of
from ledger.core.law.row import Posture
from ledger.core.law.rows import LicenceRequirement, ReviewPolicy, Stop
from ledger.core.requirements import Requirements
from ledger.core.review import LicenceReview, licence_review
from ledger.core.situation import Situation
from ledger.core.status import StatusNote, status_notes
from ledger.core.stops import stops_of


class Footing:
    """What stands before a lot, what each authorization requires, how a licence is reviewed.

    `candidates` that draw on no cap are complete; of the others it is the ground to weigh caps on.
    """

    def __init__(self, asked: Requirements, posture: Posture) -> None:
        """Ask every rule of the day that counts nothing."""
        situation, self.posture = asked.situation, posture
        self.stops = tuple(stops_of(situation, posture))
        self.candidates = tuple(self._candidates(asked))
        self.gaps = asked.gaps
        self.review = licence_review(asked, posture, self.stops)
        self._rows = tuple(self._looked_at(asked))
        self._duties: dict[str, Sequence[tuple[Duty, str | None]]] = {}
        self._notes: dict[frozenset[str], tuple[StatusNote, ...]] = {}

    def _candidates(self, asked: Requirements) -> Iterator[Candidate | Ground]:
        forced = asked.situation.request.authorization
        for row in asked.situation.rules.candidates:
            if forced in (None, row.id):
                yield ground(row, asked, self.posture, self.stops)

    def duties(self, authorization: str, situation: Situation) -> Sequence[tuple[Duty, str | None]]:
        """Duties of an authorization, each with the threshold (a cap's id) that it waits for."""
        if authorization not in self._duties:
            found = duties_of(authorization, situation.rules.duties, situation.on)
            self._duties[authorization] = found
        return self._duties[authorization]

    def notes(self, rested_on: frozenset[str], situation: Situation) -> tuple[StatusNote, ...]:
        """The status of an answer that rests on some authorizations and caps."""
        if rested_on not in self._notes:
            rules, posture = situation.rules, self.posture
            open_ones = (row for row in rules.authorizations if row.id in rested_on)
            rows = [*open_ones, *self._rows]
            named = {row.provision for row in rows if row.provision is not None}
            in_effect = {one for one in named if rules.decides(one, posture)}
            found = status_notes(situation, posture, in_effect | rested_on)
            self._notes[rested_on] = tuple(found)
        return self._notes[rested_on]

    def _looked_at(self, asked: Requirements) -> Iterator[LicenceRequirement | ReviewPolicy | Stop]:
        """The rows, besides authorizations, whose provisions the answer rests on."""
        rules, review = asked.situation.rules, self.review
        for row in rules.licence_requirements:
            if rules.decides(row.provision, self.posture) and asked.asks(row):
                yield row
        policy = review.row if isinstance(review, LicenceReview) else review.id
        yield from (row for row in rules.reviews if row.id == policy)
        yield from (one.row for one in self.stops)
