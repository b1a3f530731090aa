"""A naive pipeline check: every day and every quantity is decided, on a plain list of lots."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial

from ledger.core.deals import Deal
from ledger.core.decision import Decision, decide
from ledger.core.errors import InvalidRequest
from ledger.core.law.law import Law
from ledger.core.overlay import overlay
from ledger.core.positions import Kind, Movement
from ledger.core.prefix import Prefix
from ledger.core.situation import Situation


def window(deal: Deal) -> Iterator[date]:
    for days in range((deal.latest - deal.earliest).days + 1):
        yield deal.earliest + timedelta(days=days)


@dataclass
class Naive:
    """A ledger to which lots are added one by one, and asked by decisions alone."""

    below: Prefix
    law: Law
    gone: list[Movement] = field(default_factory=list)

    @property
    def prefix(self) -> Prefix:
        return overlay(self.below, self.gone)

    def decisions(
        self, deal: Deal, on: date, device: str, quantity: int
    ) -> list[tuple[str, Decision]]:
        """The decision on a lot; where licence lines cover it, one under each of them, too."""
        request = deal.request(on, device, quantity)
        ask = partial(decide, request, self.law, self.prefix)
        try:
            lines = [line.key for line in Situation(request, self.prefix, self.law).lines]
        except InvalidRequest:  # the device is classified only later
            return []
        named = [(line, ask(line=line)) for line in lines]
        return named or [("", ask())]

    def goes(
        self, deal: Deal, on: date, device: str, quantity: int, only: str | None = None
    ) -> Movement | None:
        """The lot as it would go on a day, under the authorization and line that are preferred."""
        for line, decision in self.decisions(deal, on, device, quantity):
            if only and line != only:
                continue
            if decision.outcome == "permitted":
                return Movement(
                    on=on,
                    kind=Kind.EXPORTED if deal.origin != deal.destination else Kind.DOMESTIC,
                    device=device,
                    party=deal.ultimate_consignee,
                    destination=deal.destination,
                    units=quantity,
                    tpp=int(decision.tpp),
                    lot=f"naive {len(self.gone)}",
                    authorization=decision.authorization or "",
                    end_user=deal.end_user,
                    exporter=deal.exporter,
                    line=line if decision.authorization == "us-ear/license" else "",
                )
        return None

    def first(self, deal: Deal, device: str, quantity: int) -> Movement | None:
        found = (self.goes(deal, on, device, quantity) for on in window(deal))
        return next((one for one in found if one is not None), None)

    def most(self, deal: Deal) -> Movement | None:
        tried = (self.first(deal, deal.device, units) for units in range(deal.quantity, 0, -1))
        return next((one for one in tried if one is not None), None)

    def split(self, deal: Deal) -> Iterator[Movement]:
        """As much as goes as early as it goes, under what is preferred for a single unit."""
        rest = deal.quantity
        while rest and (unit := self.first(deal, deal.device, 1)) is not None:
            forced = deal.model_copy(update={"authorization": unit.authorization})
            some = (
                self.goes(forced, unit.on, deal.device, units, unit.line)
                for units in range(rest, 0, -1)
            )
            part = next(one for one in some if one is not None)
            self.gone.append(part)
            rest -= part.units
            yield part


def told(parts: Sequence[Movement]) -> list[tuple[str, int, date, str, str]]:
    return [(one.device, one.units, one.on, one.authorization, one.line) for one in parts]
