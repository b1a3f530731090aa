"""Optimising a pipeline: the best set of deals under all caps, or the smallest change to have all.

Read only. The solver proposes a plan, which is counted exactly and then decided lot by lot in the
order of its days; nothing is told that did not pass. Among equal plans lots go earlier: the same
lots are planned once more, each on the earliest day that it may have.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Final

from ledger.core.effects import Effects
from ledger.core.errors import InvalidInput
from ledger.core.kept import kept
from ledger.core.law.law import Law
from ledger.core.law.row import Posture
from ledger.core.prefix import Prefix
from ledger.core.settings import posture as posture_of
from ledger.garbage import uncollected
from ledger.intake.deals import DealsFile, read_deals_file
from ledger.planning.choices import Choice, Market, Taken, market
from ledger.planning.conflicts import Conflict, conflict
from ledger.planning.grid import Grid, grid, moving_grid, sooner
from ledger.planning.limits import Accounts
from ledger.planning.optimised import Aim, Change, OptimisedPipeline
from ledger.planning.planner import Found, Planner
from ledger.planning.program import Wish
from ledger.planning.rehearsal import Rehearsal
from ledger.planning.sealing import sealed
from ledger.planning.telling import Telling, proof
from ledger.planning.unknown import unknown_in
from ledger.service.shell import countries
from ledger.store.as_of import AsOf
from ledger.store.ledger import Ledger

SECONDS: Final = 20.0
"""How long the solver may take, if nothing else is said."""

HORIZON_DAYS: Final = 366
"""How many days after its window a deal may be moved to."""

TENTHS: Final = 10

RANKS: Final = 10_000
"""More than there are authorizations and licence lines: all of them weigh less than a day."""

Told = Callable[[int, int], None]
"""Is told how much is done, and of how much."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of a plan: its aim, or a smallest change, and the solver's time.

    A deal is moved to at most so many days after its window.
    """

    aim: Aim = "tpp"
    change: Change | None = None
    seconds: float = SECONDS
    horizon_days: int = HORIZON_DAYS


def optimise_pipeline(
    url: str,
    file: Path,
    asked: Asked,
    *,
    posture: Posture | None = None,
    as_of: AsOf | None = None,
    progress: Told | None = None,
) -> OptimisedPipeline:
    """Plan the deals of a file at the head, or as of an earlier one; nothing is recorded.

    Without a posture the setting of the first day decides. Raises as `read_deals_file` does.
    """
    read = read_deals_file(file)
    ledger = Ledger.open(url)
    try:
        with ledger.reading(as_of) as prefix:
            first = min(deal.earliest for deal in read.deals)
            decided_by = posture_of(posture, first, prefix)
            optimiser = Optimiser(read, prefix, ledger.law(prefix), decided_by, progress)
            with uncollected():
                return optimiser.answer(asked)
    finally:
        ledger.close()


class Optimiser:
    """Plans the deals of a file on one prefix."""

    def __init__(
        self,
        file: DealsFile,
        prefix: Prefix,
        law: Law,
        posture: Posture,
        progress: Told | None = None,
    ) -> None:
        """Tell apart the deals that name what the ledger does not know: they are left out."""
        self.file, self.law, self.posture = file, law, posture
        self.prefix, self.progress = kept(prefix), progress
        faults = [list(unknown_in(deal, prefix, law, countries())) for deal in file.deals]
        self.unknown = {
            at: "; ".join(f"{one.field}: {one.what}" for one in own)
            for at, own in enumerate(faults)
            if own
        }

    def answer(self, asked: Asked) -> OptimisedPipeline:
        """The plan, counted and decided.

        Raises `InvalidInput` where it is to be worth most and no deal is worth anything.
        """
        worthless = not any(deal.value for deal in self.file.deals)
        if asked.change is None and asked.aim == "value" and worthless:
            raise InvalidInput(
                "no deal of the file has a value, so no plan is worth more than another",
                where=self.file.name,
                cure="give the deals a value, or use --for tpp or --for number",
            )
        known = self._market(asked)
        tried = _grid(known, asked.change)
        planner = Planner(Rehearsal(self.prefix, self.law, self.posture), asked.seconds)
        found, why = self._solved(known, tried.choices, asked, planner)
        early = Planner(planner.rehearsal, asked.seconds / 4, self.progress)
        taken = _earlier(known, found.taken, early)
        whole = asked.change == "days" or (asked.change is None and asked.aim == "number")
        told = Telling(self.file, known, taken, tried.choices, self.unknown, whole=whole)
        return OptimisedPipeline(
            file=self.file,
            aim=asked.aim,
            change=asked.change,
            lots=told.lots,
            left_out=told.left_out(lambda deal: planner.rehearsal.why(deal, deal.earliest)),
            bounds=told.bounds(found.worth(asked.seconds)),
            changes=told.changes() if asked.change else (),
            conflict=why,
            proof=proof(found, tried, asked.change, self._cost_of_nothing(known, asked)),
            sealed=sealed(self.prefix, self.law, self.posture),
        )

    def _market(self, asked: Asked) -> Market:
        """The deals with all that is open to them, those left out that name what is unknown."""
        later = timedelta(days=asked.horizon_days if asked.change == "days" else 0)
        deals = [
            deal.model_copy(update={"latest": deal.latest + later}) for deal in self.file.deals
        ]
        effects, options = Effects(self.prefix, self.law, self.posture), []
        for at, deal in enumerate(deals):
            options.append([] if at in self.unknown else effects.options(deal))
            if self.progress is not None:
                self.progress(at + 1, len(deals))
        first, last = min(d.earliest for d in deals), max(d.latest for d in deals)
        return market(deals, options, Accounts(self.prefix, self.law, first, last), self.law)

    def _solved(
        self, known: Market, choices: Sequence[Choice], asked: Asked, planner: Planner
    ) -> tuple[Found, Conflict | None]:
        """The best plan; where not all go that must, why, and the best with as many as can."""
        open_to = {choice.deal for choice in choices}
        wanted = [
            at
            for at, deal in enumerate(self.file.deals)
            if deal.fixed or (asked.change == "days" and at in open_to)
        ]
        must = [at for at in wanted if at in open_to]
        wish = self._wish(known, choices, asked)
        found = planner.best(known, choices, replace(wish, must=frozenset(must)))
        if found.answered and len(must) == len(wanted):
            return found, None
        why = conflict(known, choices, wanted, seconds=asked.seconds)
        if not found.answered:
            # As many as can be of those that must be served, and then the best beside them.
            most = replace(wish, gains=[Fraction(0)] * len(choices))
            served = planner.best(
                known, choices, replace(most, served=dict.fromkeys(must, Fraction(1)))
            )
            whole = {at for at in must if served.share(at) == 1}
            found = planner.best(known, choices, replace(wish, must=frozenset(whole)))
        return found, why

    def _wish(self, known: Market, choices: Sequence[Choice], asked: Asked) -> Wish:
        """What a plan gains; a smallest change gains what it leaves as it was."""
        deals, parts = self.file.deals, _parts(known, choices)
        if asked.change == "quantity":
            asked_for = (deals[one.deal].quantity for one in choices)
            return Wish([p * n for p, n in zip(parts, asked_for, strict=True)], cut=True)
        if asked.change == "days":
            late = (max((one.on - deals[one.deal].latest).days, 0) for one in choices)
            return Wish([-p * days for p, days in zip(parts, late, strict=True)])
        match asked.aim:
            case "value":
                values = [Fraction(deal.value) for deal in deals]
                worth = (values[one.deal] for one in choices)
                return Wish([p * value for p, value in zip(parts, worth, strict=True)])
            case "tpp":
                tenths = cache(lambda unit: Fraction(unit, TENTHS))
                return Wish([tenths(one.option.unit_tpp) for one in choices])
            case "number":
                served = dict.fromkeys(range(len(deals)), Fraction(1))
                return Wish([Fraction(0)] * len(choices), served)

    def _cost_of_nothing(self, known: Market, asked: Asked) -> Fraction | None:
        """What it costs to leave every deal out that might go: units cut; none of other aims."""
        if asked.change != "quantity":
            return None
        return Fraction(sum(self.file.deals[at].quantity for at in {at for at, _ in known.options}))


def _parts(known: Market, choices: Iterable[Choice]) -> list[Fraction]:
    """The part of its deal that one unit of each choice is."""
    part = cache(lambda whole: Fraction(1, whole))
    return [part(known.whole(one.deal, one.option.device)) for one in choices]


def _grid(known: Market, change: Change | None) -> Grid:
    return moving_grid(known) if change == "days" else grid(known, cut=change == "quantity")


def _earlier(known: Market, taken: Sequence[Taken], planner: Planner) -> list[Taken]:
    """The same units of each deal as early as they may go all together, by the days of each deal.

    On equal days they go under the authorizations that the law prefers.
    """
    apart, choices, deals = sooner(known, taken)
    order = {row.id: row.order for row in known.law.grounds().values()}
    ways = sorted({_way(one, order) for one in choices})
    rank = {way: Fraction(at, RANKS) for at, way in enumerate(ways)}
    gains = [
        -((one.on - apart.deals[one.deal].earliest).days + rank[_way(one, order)]) * part
        for one, part in zip(choices, _parts(apart, choices), strict=True)
    ]
    placed = {(one.at, one.on): one for one in choices}
    as_planned = [Taken(placed[one.choice.at, one.choice.on], one.units) for one in taken]
    must = frozenset(range(len(deals)))
    found = planner.best(apart, choices, Wish(gains, must=must), as_planned)
    if not found.answered:
        return list(taken)
    return [
        Taken(one.choice._replace(deal=deals[one.choice.deal]), one.units) for one in found.taken
    ]


def _way(one: Choice, order: Mapping[str, int]) -> tuple[int, str, str]:
    """An authorization and licence line by the order in which the law prefers them."""
    return order[one.option.authorization], one.option.authorization, one.option.line
