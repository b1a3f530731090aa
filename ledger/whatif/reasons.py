"""Reasons: which hypotheses of a scenario make its answer differ from that of the base."""

from collections.abc import Sequence
from typing import Final

from ledger.core.errors import LedgerError
from ledger.core.scenario import Question, ReportAsked
from ledger.core.smallest import minimal
from ledger.whatif.answering import Cell, Reports, Table, answer
from ledger.whatif.supposing import Hypothesis
from ledger.whatif.telling import sentence
from ledger.whatif.worlds import World

MOST_TRIED: Final = 40
"""Of how many hypotheses it is looked for which of them make a difference."""


def essence(table: Table) -> tuple[tuple[Cell, ...], ...]:
    """What of an answer another one may differ in."""
    kept = [place for place, column in enumerate(table.columns) if column.compared]
    return tuple(tuple(row[place] for place in kept) for row in table.rows)


class Reasons:
    """Asks one question of a scenario with some of its hypotheses left out."""

    def __init__(self, question: Question, base: World, reports: Reports) -> None:
        """Ask one question; what the base supposes too is no reason for a difference from it."""
        self._question, self._reports = question, reports
        by = () if base.supposed is None else base.supposed.by
        self._shared = [one.plain() for one, _ in by]

    def because(self, world: World, table: Table | None, base: Table) -> tuple[str, ...]:
        """The sentences of hypotheses that together make a world's answer, none to be left out.

        Nothing where the answer is that of the base; all of them where there are too many to try,
        where a report is asked, and where leaving some out gives the answer only by chance.
        """
        by = () if world.supposed is None else world.supposed.by
        if table is None or not by or essence(table) == essence(base):
            return ()
        needed = {one.where for one in self._needed(world, [one for one, _ in by], essence(table))}
        return tuple(sentence(one, events) for one, events in by if one.where in needed)

    def _needed(
        self, world: World, hypotheses: Sequence[Hypothesis], wanted: tuple[tuple[Cell, ...], ...]
    ) -> Sequence[Hypothesis]:
        own = [one for one in hypotheses if one.plain() not in self._shared]
        if isinstance(self._question, ReportAsked) or not 1 < len(own) <= MOST_TRIED:
            return own or hypotheses

        def gives(some: Sequence[Hypothesis]) -> bool:
            kept = {one.where for one in some}
            tried = [one for one in hypotheses if one not in own or one.where in kept]
            return self._essence_of(tried, world) == wanted

        found = minimal(own, gives)
        return found if found is not None and gives(found) else own

    def _essence_of(
        self, some: Sequence[Hypothesis], world: World
    ) -> tuple[tuple[Cell, ...], ...] | None:
        """What of the answer counts with some hypotheses alone; None where they can't stand."""
        try:
            other = world.ground.with_(tuple(some), world.posture)
            return essence(answer(self._question, other, self._reports))
        except LedgerError:
            return None
