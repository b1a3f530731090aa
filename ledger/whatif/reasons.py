"""Reasons: which hypotheses of a scenario make its answer differ from that of the base."""

from collections.abc import Sequence
from typing import Final

from ledger.core.encoding import canonical
from ledger.core.errors import LedgerError
from ledger.core.scenario import Question, ReportAsked
from ledger.core.smallest import minimal
from ledger.whatif.answering import Reports, answer
from ledger.whatif.tables import Cell, Table
from ledger.whatif.telling import sentence
from ledger.whatif.worlds import World

MOST_TRIED: Final = 40
"""Of how many hypotheses it is looked for which of them make a difference."""

POSTURE: Final = -1
"""The place of a posture that is another one than the base's: it may make the difference, too."""


def essence(table: Table) -> tuple[tuple[Cell, ...], ...]:
    """What of an answer another one may differ in."""
    kept = [place for place, column in enumerate(table.columns) if column.compared]
    return tuple(tuple(row[place] for place in kept) for row in table.rows)


class Reasons:
    """Asks one question of a scenario with some of what makes it left out."""

    def __init__(self, question: Question, base: World, reports: Reports) -> None:
        """Ask one question; what the base supposes too is no reason for a difference from it."""
        self._question, self._base, self._reports = question, base, reports
        by = () if base.supposed is None else base.supposed.by
        self._shared = {canonical(one.plain()): sentence(one, events) for one, events in by}

    def because(self, world: World, table: Table | None, base: Table | None) -> tuple[str, ...]:
        """Sentences of what makes a world's answer by itself, none of which can be left out.

        Nothing where the answer is that of the base; all there is where it is too much to try,
        where a report is asked, and where leaving some out gives the answer only by chance. What
        the base supposes and the world does not is named as left out.
        """
        if table is None or (base is not None and essence(table) == essence(base)):
            return ()
        by = () if world.supposed is None else world.supposed.by
        said = [canonical(one.plain()) for one, _ in by]
        own = [place for place, one in enumerate(said) if one not in self._shared]
        if world.posture != self._base.posture:
            own.append(POSTURE)
        left_out = [told for one, told in self._shared.items() if one not in said]
        needed = self._needed(world, own, essence(table), alone=not left_out)
        reasons = [sentence(*by[place]) for place in needed if place != POSTURE]
        if POSTURE in needed:
            reasons.append(f"it is asked under the posture {world.posture or 'of the settings'}")
        return (*reasons, *(f"without: {told}" for told in left_out))

    def _needed(
        self,
        world: World,
        own: Sequence[int],
        wanted: tuple[tuple[Cell, ...], ...],
        *,
        alone: bool,
    ) -> Sequence[int]:
        """The places of hypotheses, and the posture, that give an answer without the others.

        Where nothing of the base is left out, at least one of them does.
        """
        least = 1 if alone else 0
        if isinstance(self._question, ReportAsked) or not least < len(own) <= MOST_TRIED:
            return own

        def gives(some: Sequence[int]) -> bool:
            left_out = frozenset(own) - frozenset(some)
            return self._essence_of(world, left_out) == wanted

        # One by itself is the best reason there is; which of several go together is searched for.
        alone_enough = next((place for place in own if gives((place,))), None)
        if alone_enough is not None and not gives(()):
            return (alone_enough,)
        found = minimal(own, gives)
        return found if found is not None and gives(found) else own

    def _essence_of(
        self, world: World, left_out: frozenset[int]
    ) -> tuple[tuple[Cell, ...], ...] | None:
        """What of the answer counts without some of it; None where the rest can't stand."""
        by = () if world.supposed is None else world.supposed.by
        kept = tuple(one for place, (one, _) in enumerate(by) if place not in left_out)
        posture = self._base.posture if POSTURE in left_out else world.posture
        try:
            other = world.ground.with_(kept, posture)
            return essence(answer(self._question, other, self._reports))
        except LedgerError:
            return None
