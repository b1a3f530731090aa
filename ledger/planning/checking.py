"""Checking a pipeline: which deals go, each by itself, and which go one after the other.

Read only: each deal is asked about on the ledger as it is; then all of them in their order, each on
what those before it leave. The first day on which a deal goes is found from the caps' books,
and holds what a decision on that day says; what stands in its way is told by a decision.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path

from ledger.core.deals import Deal
from ledger.core.decision import decide
from ledger.core.effects import Option
from ledger.core.errors import InvalidRequest
from ledger.core.law.law import Law
from ledger.core.law.row import Posture
from ledger.core.precedents import Precedents
from ledger.core.prefix import Prefix
from ledger.core.settings import posture as posture_of
from ledger.intake.deals import DealsFile, read_deals_file
from ledger.planning.answers import Answer, Checked, CheckedPipeline, Standing
from ledger.planning.rooms import Rooms
from ledger.planning.sealing import sealed
from ledger.planning.searching import Part, Search
from ledger.planning.unknown import unknown_in
from ledger.planning.ways import Span, Ways
from ledger.service.shell import countries
from ledger.store.as_of import AsOf
from ledger.store.ledger import Ledger

Options = Mapping[str, Sequence[Option]]
"""The options of a deal by its devices."""


class Check:
    """Asks about the deals of a file on one prefix."""

    def __init__(self, prefix: Prefix, law: Law, posture: Posture, deals: Sequence[Deal]) -> None:
        self.prefix, self.law, self.posture = prefix, law, posture
        self.ways = Ways(prefix, law, posture, deals)
        self.alone = Rooms(prefix, law, Span.of(deals).earliest)
        self.in_order = self.alone.empty()
        self.precedents = Precedents()

    def deal(self, row: int, deal: Deal, place: int) -> Checked:
        """Ask about a deal, and count what goes of it in for those that come after it."""
        unknown = tuple(unknown_in(deal, self.prefix, self.law, countries()))
        if unknown:
            invalid = Answer("invalid")
            return Checked(row, deal, place, None, invalid, invalid, unknown=unknown)
        options = {device: self.ways.of(deal, device) for device in deal.devices}
        alone = self._answer(deal, options, self.alone, scratch=True)
        in_order = self._answer(deal, options, self.in_order)
        outcome, reasons = ("permitted", ()) if alone.standing == "whole" else self._refused(deal)
        return Checked(row, deal, place, outcome, alone, in_order, reasons)

    def _answer(
        self, deal: Deal, options: Options, rooms: Rooms, *, scratch: bool = False
    ) -> Answer:
        """What goes of a deal; unless it is `scratch`, that is counted in."""
        search = Search(self.ways, rooms, deal)
        for device, quantity in deal.devices.items():
            whole = search.first(options[device], quantity)
            if whole is not None:
                if not scratch:
                    rooms.add(deal, whole.option, whole.on, quantity)
                if device != deal.device:
                    standing: Standing = "instead"
                else:
                    standing = "whole" if whole.on == deal.earliest else "later"
                held = search.binding(options[deal.device]) if standing != "whole" else None
                return Answer(standing, (whole.part(quantity),), held)
        own = options[deal.device]
        if deal.splittable:
            held = search.binding(own)
            parts = tuple(Search(self.ways, rooms.empty() if scratch else rooms, deal).split(own))
            whole_in_parts = sum(part.quantity for part in parts) == deal.quantity
            return Answer("parts" if whole_in_parts else _part_of(parts), parts, held)
        most = search.most(own)
        if most is None:
            return Answer("none", (), search.binding(own))
        return Answer("part", (most.part(most.units),), search.binding(own, most.on))

    def _refused(self, deal: Deal) -> tuple[str, tuple[str, ...]]:
        """The outcome of the whole deal on its earliest day, and why it is not permitted."""
        request = deal.request(deal.earliest)
        try:
            decision = decide(
                request, self.law, self.prefix, self.posture, precedents=self.precedents
            )
        except InvalidRequest as unknown:  # a device that is classified only later
            return "unresolved", (unknown.what,)
        return decision.outcome, decision.reasons


def _part_of(parts: Sequence[Part]) -> Standing:
    return "part" if parts else "none"


def check_pipeline(
    url: str,
    file: Path,
    *,
    posture: Posture | None = None,
    as_of: AsOf | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> CheckedPipeline:
    """Check the deals of a file at the head, or as of an earlier one; nothing is recorded.

    Without a posture the setting of the first day decides. Raises as `read_deals_file` does.
    """
    read = read_deals_file(file)
    ledger = Ledger.open(url)
    try:
        with ledger.reading(as_of) as prefix:
            law = ledger.law(prefix)
            decided_by = posture_of(posture, Span.of(read.deals).earliest, prefix)
            checked = check_deals(read, prefix, law, decided_by, progress=progress)
    finally:
        ledger.close()
    return checked


def check_deals(
    file: DealsFile,
    prefix: Prefix,
    law: Law,
    posture: Posture,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> CheckedPipeline:
    """The same of deals that were read, on a prefix."""
    check = Check(prefix, law, posture, file.deals)
    placed = sorted(range(len(file.deals)), key=lambda at: _order(file.deals[at]))
    found: dict[int, Checked] = {}
    for place, at in enumerate(placed, start=1):
        found[at] = check.deal(file.rows[at], file.deals[at], place)
        if progress is not None:
            progress(place, len(placed))
    deals = tuple(found[at] for at in range(len(placed)))
    overtaken = tuple(check.in_order.overtaken())
    return CheckedPipeline(file, deals, sealed(prefix, law, posture), overtaken)


def _order(deal: Deal) -> tuple[int, date, str]:
    """Deals go by priority, then by their earliest day, then by their ids."""
    return deal.priority, deal.earliest, deal.deal
