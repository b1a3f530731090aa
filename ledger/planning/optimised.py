"""What a plan comes to: its lots by day, what the solver says of it, what is left out and why."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final, Literal

from ledger.core.deals import Deal
from ledger.core.values import Tpp
from ledger.intake.deals import DealsFile
from ledger.planning.conflicts import Conflict
from ledger.planning.tables import ran, report
from ledger.planning.waiting import Bound
from ledger.reporting.report import Column
from ledger.reporting.running import Ran

Aim = Literal["value", "tpp", "number"]
Change = Literal["quantity", "days"]

AIMS: Final[dict[Aim, str]] = {
    "value": "the most value; a part of a deal is worth its part",
    "tpp": "the most TPP",
    "number": "the most deals that are served whole",
}
"""What a plan is best at, in words."""

CHANGES: Final[dict[Change, str]] = {
    "quantity": "the fewest units cut so that all deals go",
    "days": "the fewest days moved beyond windows so that all deals go whole",
}
"""Which smallest change is looked for, in words."""

HUNDREDTHS: Final = 100


def amount(number: Fraction, *, up: bool = False) -> str:
    """A number as a decimal of at most two places, rounded down, or `up`."""
    hundredths = number * HUNDREDTHS
    found = -(-hundredths // 1) if up else hundredths // 1
    whole, rest = divmod(abs(int(found)), HUNDREDTHS)
    text = f"{'-' if found < 0 else ''}{whole}"
    return f"{text}.{rest:02}".rstrip("0") if rest else text


@dataclass(frozen=True, slots=True)
class PlannedLot:
    """A lot of the plan; `value` is its part of what the deal is worth, in the deal's currency."""

    row: int
    deal: Deal
    on: date
    device: str
    quantity: int
    authorization: str
    line: str
    tpp: Tpp
    value: Fraction

    @property
    def share(self) -> Fraction:
        """The part of the deal that it serves."""
        return Fraction(self.quantity, self.deal.devices[self.device])

    def as_data(self) -> dict[str, Any]:
        """The lot for programs."""
        return {
            "on": str(self.on),
            "row": self.row,
            "deal": self.deal.deal,
            "device": self.device,
            "quantity": self.quantity,
            "authorization": self.authorization,
            "line": self.line or None,
            "tpp": str(self.tpp),
            "value": amount(self.value),
        }


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A deal that the plan does not serve whole: what it lacks, as a percentage, and why."""

    row: int
    deal: Deal
    share: Fraction
    why: str

    def as_data(self) -> dict[str, Any]:
        """The deal for programs."""
        return {
            "row": self.row,
            "deal": self.deal.deal,
            "fixed": self.deal.fixed,
            "left_percent": amount(self.share * 100, up=True),
            "why": self.why,
        }


@dataclass(frozen=True, slots=True)
class Changed:
    """By how much a deal was changed: units of its own device cut, and days after its window."""

    row: int
    deal: Deal
    units: Fraction
    days: int

    def as_data(self) -> dict[str, Any]:
        """The change for programs."""
        return {
            "row": self.row,
            "deal": self.deal.deal,
            "units_cut": amount(self.units, up=True),
            "days_moved": self.days,
        }


@dataclass(frozen=True, slots=True)
class Proof:
    """What is known of how good a plan is.

    `status` is best (none is better on the days that were tried), within-gap (none is better by
    more than the gap), time-limit (the solver was stopped), or none (there is no plan). `achieved`
    is what the plan gains, or what a smallest change costs; `bound` is what no plan on these days
    gets past. With `coarse` days these are only some of those that matter.
    """

    status: Literal["best", "within-gap", "time-limit", "none"]
    achieved: Fraction
    bound: Fraction | None
    coarse: bool
    choices: int
    rounds: int

    @property
    def gap(self) -> Fraction | None:
        """How much better another plan might be, as a part of the larger of both."""
        if self.bound is None:
            return None
        larger = max(abs(self.bound), abs(self.achieved)) or Fraction(1)
        return abs(self.bound - self.achieved) / larger

    def as_data(self) -> dict[str, Any]:
        """The proof for programs."""
        gap = self.gap
        return {
            "status": self.status,
            "achieved": amount(self.achieved),
            "bound": None if self.bound is None else amount(self.bound, up=True),
            "gap_percent": None if gap is None else amount(gap * 100, up=True),
            "days": "coarse" if self.coarse else "all that matter",
            "choices": self.choices,
            "rounds": self.rounds,
        }


@dataclass(frozen=True, slots=True)
class OptimisedPipeline:
    """The plan for a file of deals, and all that is said of it."""

    file: DealsFile
    aim: Aim
    change: Change | None
    lots: tuple[PlannedLot, ...]
    left_out: tuple[LeftOut, ...]
    bounds: tuple[Bound, ...]
    changes: tuple[Changed, ...]
    conflict: Conflict | None
    proof: Proof
    sealed: dict[str, Any]

    @property
    def fixed_served(self) -> bool:
        """Whether every fixed deal is served whole."""
        return not any(one.deal.fixed for one in self.left_out)

    @property
    def met(self) -> bool:
        """Whether all goes that must: the fixed deals; where deals are to be moved, every deal."""
        return self.fixed_served and not (self.change == "days" and self.left_out)

    @property
    def served(self) -> int:
        """How many deals are served whole."""
        return len(self.file.deals) - len(self.left_out)

    @property
    def tpp(self) -> Tpp:
        """The TPP of all lots."""
        return Tpp(sum(lot.tpp for lot in self.lots))

    @property
    def value(self) -> Fraction:
        """What all lots are worth."""
        return sum((lot.value for lot in self.lots), Fraction())

    @property
    def asked_value(self) -> Fraction:
        """What all deals are worth."""
        return sum((Fraction(deal.value) for deal in self.file.deals), Fraction())

    def as_data(self) -> dict[str, Any]:
        """The plan for programs."""
        return {
            "file": self.file.name,
            "digest": self.file.digest,
            "for": None if self.change else self.aim,
            "change": self.change,
            "deals": len(self.file.deals),
            "served_whole": self.served,
            "fixed_served": self.fixed_served,
            "tpp": str(self.tpp),
            "value": amount(self.value),
            "value_of_all_deals": amount(self.asked_value),
            "proof": self.proof.as_data(),
            "lots": [one.as_data() for one in self.lots],
            "left_out": [one.as_data() for one in self.left_out],
            "binding": [one.as_data() for one in self.bounds],
            "changes": [one.as_data() for one in self.changes],
            "conflict": None if self.conflict is None else self.conflict.as_data(),
            **self.sealed,
        }

    def table(self) -> Ran:
        """The lots as a table that can be written like a report."""
        asked = {"for": self.aim} if self.change is None else {"change": self.change}
        values = {"file": self.file.name, "digest": self.file.digest, **asked}
        return ran(PLAN, _rows(self.lots), values, self.sealed)


PLAN: Final = report(
    "pipeline-plan",
    "Plan of a pipeline",
    "Which deals go, when, of which device and under which authorization?",
    (
        Column("on", "day", "the day on which it goes"),
        Column("row", "row", "row of the file"),
        Column("deal", None, "id of the deal"),
        Column("end_user", None, "who uses it"),
        Column("destination", None, "where it goes"),
        Column("device", None, "what is sold"),
        Column("quantity", "units", "how many"),
        Column("authorization", None, "under which it goes"),
        Column("line", None, "the licence line, as reference/line"),
        Column("lot_tpp", "TPP", "what all its units weigh"),
        Column("value", None, "its part of what the deal is worth, rounded down"),
    ),
    ("on", "deal", "device", "authorization", "line"),
)


def _rows(lots: Iterable[PlannedLot]) -> Iterator[tuple[object, ...]]:
    for one in lots:
        deal = one.deal
        where = (deal.deal, deal.end_user, deal.destination)
        under = (one.device, one.quantity, one.authorization, one.line)
        # A decimal from tenths, without passing through a binary fraction.
        weight = Decimal(one.tpp).scaleb(-1)
        yield one.on, one.row, *where, *under, weight, amount(one.value)
