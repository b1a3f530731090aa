"""The rehearsal of a plan: every lot is decided in the order of days, after those before it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Final, NamedTuple

from ledger.core.deals import Deal
from ledger.core.decision import Decision, decide
from ledger.core.errors import InvalidRequest
from ledger.core.events import LotExported
from ledger.core.law.law import Law
from ledger.core.law.row import Posture
from ledger.core.lots import Request
from ledger.core.movements import recording
from ledger.core.overlay import Added
from ledger.core.precedents import Precedents
from ledger.core.prefix import Prefix
from ledger.planning.choices import Taken

TIMES: Final = 3
"""How often the lots of one day are tried in another order: some make room for others."""


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """The lots that went, each with its decision, and those of a day that were not permitted."""

    went: tuple[tuple[Taken, Decision], ...]
    refused: tuple[Taken, ...] = ()


class _Lot(NamedTuple):
    """A lot that is to go, and what is asked for it."""

    taken: Taken
    request: Request


class Rehearsal:
    """Decides plans on one prefix, law and posture."""

    def __init__(self, prefix: Prefix, law: Law, posture: Posture) -> None:
        """Hold what all plans share."""
        self.prefix, self.law, self.posture = prefix, law, posture
        # Precedents serve prefixes that differ in movements alone, as those of all plans do.
        self._precedents = Precedents()

    def of(
        self,
        deals: Sequence[Deal],
        taken: Iterable[Taken],
        told: Callable[[int, int], None] | None = None,
    ) -> Rehearsed:
        """Let lots of some deals go day by day; stops at a day on which one is not permitted."""
        ordered = [_Lot(one, _request(deals, one)) for one in sorted(taken, key=_order)]
        after = Added(self.prefix)
        went: list[tuple[Taken, Decision]] = []
        for _, same in groupby(ordered, key=lambda lot: lot.request.on):
            waiting = list(same)
            for _ in range(TIMES):
                waiting = self._day(waiting, after, went)
            if waiting:
                return Rehearsed(tuple(went), tuple(lot.taken for lot in waiting))
            if told is not None:
                told(len(went), len(ordered))
        return Rehearsed(tuple(went))

    def _day(
        self, waiting: Sequence[_Lot], after: Added, went: list[tuple[Taken, Decision]]
    ) -> list[_Lot]:
        """Let lots of a day go; returns those that may not."""
        left: list[_Lot] = []
        for lot in waiting:
            decision = self._decided(lot, after.prefix)
            if decision.outcome != "permitted":
                left.append(lot)
                continue
            went.append((lot.taken, decision))
            event = _event(lot, len(went))
            for movement in recording(event, after.prefix, self.law).movements:
                after.add(movement)
        return left

    def _decided(self, lot: _Lot, prefix: Prefix) -> Decision:
        return decide(
            lot.request,
            self.law,
            prefix,
            self.posture,
            line=lot.taken.choice.option.line or None,
            precedents=self._precedents,
        )

    def why(self, deal: Deal, on: date) -> Sequence[str]:
        """Why a whole deal goes on a day or not, before anything is planned."""
        request, by = deal.request(on), self._precedents
        try:
            return decide(request, self.law, self.prefix, self.posture, precedents=by).reasons
        except InvalidRequest as unknown:  # a device that is classified only later
            return (unknown.what,)


def _request(deals: Sequence[Deal], one: Taken) -> Request:
    option = one.choice.option
    asked = deals[one.choice.deal].request(one.choice.on, option.device, one.units)
    return asked.model_copy(update={"authorization": option.authorization})


def _order(one: Taken) -> tuple[date, bool, int]:
    """By days; on a day first what no cap limits, since it may make room for the rest."""
    limited = any(effect.limits for effect in one.choice.option.draws)
    return one.choice.on, limited, one.choice.deal


def _event(lot: _Lot, number: int) -> LotExported:
    """The export that the ledger would record."""
    fields = lot.request.model_dump(exclude_none=True)
    reference, _, line = lot.taken.choice.option.line.rpartition("/")
    licensed = {"reference": reference, "line": int(line)} if line else {}
    return LotExported.model_validate({**fields, "id": f"planned-{number}", **licensed})
