"""Precedents: what was found of lots before, for lots that are alike but for their quantity.

Whoever asks often of one ledger owns one and tells it of every event; without one a decision finds
everything anew, with the same result.
"""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import date
from operator import attrgetter
from typing import Final

from ledger.core.footing import Footing
from ledger.core.law.law import Law
from ledger.core.law.row import POSTURES, Posture
from ledger.core.lots import Request
from ledger.core.plans import Known
from ledger.core.prefix import Prefix
from ledger.core.requirements import Found, Requirements
from ledger.core.situation import Situation
from ledger.core.usage import Tally

MOST_KEPT: Final = 500
"""How many cases are kept, some 70 kB each; those not asked for longest go first."""

MOST_ASKED: Final = 20_000
"""Of how many lots it is known that they were asked about once."""

MOST_PLANS: Final = 2_000
"""How many plans are kept with their books, 70 kB each where something is drawn for two years."""

_ALIKE: Final = attrgetter(*(name for name in Request.model_fields if name != "quantity"))
"""All that a request says but how many."""

_MOVING: Final = frozenset(
    {
        "lot.exported",
        "lot.reserved",
        "lot.extended",
        "lot.released",
        "lot.attrited",
        "lot.relocated",
        "stock.declared",
        "duty.done",
    }
)
"""Kinds of events that move units and change no fact that a case rests on; every other may."""


@dataclass(frozen=True, slots=True)
class Case:
    """A lot's facts, what the rules say of them under each posture, and how its draws are read."""

    situation: Situation
    footings: dict[Posture, Footing]
    tally: Tally

    @classmethod
    def of(
        cls,
        request: Request,
        law: Law,
        prefix: Prefix,
        line: str | None = None,
        *,
        found: Found | None = None,
        known: Known | None = None,
    ) -> "Case":
        """Find everything; raises `InvalidRequest` where the request names what is unknown.

        `found` is what was found of other lots under the same law, `known` what a tally of another
        lot of the same month knows while no fact has changed.
        """
        situation = Situation(request, prefix, law, line)
        asked = Requirements(situation, found)
        footings = {posture: Footing(asked, posture) for posture in POSTURES}
        return cls(situation, footings, Tally(prefix, law, request.on, known, asks="month"))

    def again(self, request: Request, prefix: Prefix) -> "Case":
        """The same case for another quantity, on a prefix that differs in movements alone."""
        situation, tally = self.situation, self.tally
        return Case(
            situation.again(request, prefix),
            self.footings,
            Tally(prefix, tally.law, tally.on, tally.known, asks="month"),
        )


class Precedents:
    """Cases of one ledger, kept from the second time that one is asked for, while no fact changes.

    The owner calls `hear` with the kind of every event that is appended, by whomever; and `forget`
    where it can't tell what was, where a transaction with facts in it was rolled back, or where it
    turns to another prefix whose facts may differ (as of an earlier head, or of a what-if).
    """

    def __init__(self, most: int = MOST_KEPT) -> None:
        """Keep at most so many cases."""
        self.most = most
        self._law: Law | None = None
        self._found = Found()
        self._cases: OrderedDict[tuple[object, ...], Case] = OrderedDict()
        self._asked: set[int] = set()
        self._known: dict[tuple[object, ...], Known] = {}

    def forget(self) -> None:
        """Find everything anew from now on."""
        self._cases.clear()
        self._known.clear()

    def hear(self, kind: str) -> None:
        """Forget what was found, unless events of a kind move units and change no fact."""
        if kind not in _MOVING:
            self.forget()

    def case(self, request: Request, law: Law, prefix: Prefix, line: str | None = None) -> Case:
        """The case of a request, from what is known of one that is alike."""
        if law is not self._law:
            self.forget()
            self._law, self._found = law, Found()
        alike = (*_ALIKE(request), line)
        known = self._cases.get(alike)
        if known is not None:
            self._cases.move_to_end(alike)
            return known.again(request, prefix)
        known_on = self._known_on(request.on, law)
        case = Case.of(request, law, prefix, line, found=self._found, known=known_on)
        # Which of several licence lines is meant depends on what was drawn on them.
        if len(case.situation.lines) <= 1 and self._asked_before(alike):
            self._cases[alike] = case
            if len(self._cases) > self.most:
                self._cases.popitem(last=False)
        return case

    def _asked_before(self, alike: object) -> bool:
        """Whether a lot like this was asked about: one that never comes again is not worth keeping.

        By a short number, which two lots may share; then a case is kept a little early.
        """
        number = hash(alike)
        if number in self._asked:
            return True
        if len(self._asked) >= MOST_ASKED:
            self._asked.clear()
        self._asked.add(number)
        return False

    def _known_on(self, on: date, law: Law) -> Known:
        """What the tallies of lots of a month know; all begin anew once they know much."""
        # The rows are those of the law, which outlives the question: their ids stay theirs.
        month = (on.year, on.month, *map(id, law.classes(on)))
        if sum(len(known.plans) for known in self._known.values()) >= MOST_PLANS:
            self._known.clear()
        return self._known.setdefault(month, Known())
