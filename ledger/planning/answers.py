"""Answers about a pipeline: how each deal stands by itself and in its order, and why."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

from ledger.core.deals import Deal
from ledger.core.references import Fault
from ledger.intake.deals import DealsFile
from ledger.planning.searching import Binding, Part
from ledger.planning.tables import ran, report
from ledger.reporting.report import Column
from ledger.reporting.running import Ran

Standing = Literal["whole", "later", "instead", "parts", "part", "none", "invalid"]

STANDINGS: Final[dict[Standing, str]] = {
    "whole": "goes whole on its earliest day",
    "later": "goes whole on a later day of its window",
    "instead": "another of its devices goes whole",
    "parts": "goes whole in parts",
    "part": "only a part of it goes",
    "none": "nothing of it goes",
    "invalid": "names what the ledger does not know",
}
"""How a deal stands, in words; the first four go whole in their window."""

GO: Final = frozenset({"whole", "later", "instead", "parts"})

ORDER: Final = "priority, then earliest day, then id"


@dataclass(frozen=True, slots=True)
class Answer:
    """What becomes of a deal: the parts that go, or would at most, and what binds if not all do.

    Of a deal that does not go whole and can't go in parts the one part is the largest quantity that
    fits, on the first day on which so much does; it is not counted for the deals after it.
    """

    standing: Standing
    parts: tuple[Part, ...] = ()
    binding: Binding | None = None

    @property
    def goes(self) -> bool:
        """Whether the deal goes whole in its window."""
        return self.standing in GO

    @property
    def units(self) -> int:
        """How many units go, or would at most."""
        return sum(part.quantity for part in self.parts)

    def as_data(self) -> dict[str, Any]:
        """The answer for programs."""
        held = self.binding
        return {
            "standing": self.standing,
            "units": self.units,
            "parts": [{**asdict(part), "on": str(part.on)} for part in self.parts],
            "binding": None if held is None else held.as_data(),
        }


@dataclass(frozen=True, slots=True)
class Checked:
    """A deal with its row and its place in the order: by itself, and after those before it.

    `outcome` is that of the whole deal on its earliest day, by itself; `reasons` say why it is not
    permitted. `unknown` is what the ledger does not know; then there is no outcome.
    """

    row: int
    deal: Deal
    place: int
    outcome: str | None
    alone: Answer
    in_order: Answer
    reasons: tuple[str, ...] = ()
    unknown: tuple[Fault, ...] = ()

    @property
    def why(self) -> str:
        """What stands in the way first, as a sentence; empty where the caps alone do."""
        if self.unknown:
            return "; ".join(f"{one.field}: {one.what}" for one in self.unknown)
        for word in ("every authorization", " is unresolved: ", "a cap of your own"):
            for reason in self.reasons:
                if word in reason:
                    return reason
        if self.alone.binding is not None or not self.reasons:
            return ""
        # The last one tells how a licence would be looked at, or what nobody holds.
        return next((one for one in self.reasons if "license is not open" in one), self.reasons[-1])

    def as_data(self) -> dict[str, Any]:
        """The deal for programs."""
        return {
            "row": self.row,
            "deal": self.deal.deal,
            "place": self.place,
            "outcome": self.outcome,
            "alone": self.alone.as_data(),
            "in_order": self.in_order.as_data(),
            "reasons": list(self.reasons),
            "unknown": [asdict(one) for one in self.unknown],
        }


@dataclass(frozen=True, slots=True)
class CheckedPipeline:
    """Every deal of a file in the file's order, and what the answers rest on.

    `overtaken` are deals that went in order and would not any more once those after them have gone
    on earlier days: under another authorization a lot may draw on a cap that does not limit it.
    """

    file: DealsFile
    deals: tuple[Checked, ...]
    sealed: dict[str, Any]
    overtaken: tuple[str, ...] = ()

    @property
    def all_go(self) -> bool:
        """Whether every deal goes whole in its window, one after the other, and still does then."""
        return not self.overtaken and all(one.in_order.goes for one in self.deals)

    def counts(self, of: Callable[[Checked], Answer]) -> dict[str, int]:
        """How many deals stand how."""
        found = Counter(of(one).standing for one in self.deals)
        return {standing: found[standing] for standing in STANDINGS}

    def as_data(self) -> dict[str, Any]:
        """The answer for programs."""
        return {
            "file": self.file.name,
            "digest": self.file.digest,
            "order": ORDER,
            "alone": self.counts(lambda one: one.alone),
            "in_order": self.counts(lambda one: one.in_order),
            "overtaken": list(self.overtaken),
            "deals": [one.as_data() for one in self.deals],
            **self.sealed,
        }

    def table(self) -> Ran:
        """The deals as a table that is written as reports are."""
        values = {"file": self.file.name, "digest": self.file.digest, "order": ORDER}
        return ran(REPORT, _rows(self.deals), values, self.sealed)


def _rows(deals: tuple[Checked, ...]) -> Iterator[tuple[object, ...]]:
    for one in deals:
        deal = one.deal
        yield (
            *(one.row, deal.deal, one.place, deal.end_user, deal.destination),
            *(deal.device, deal.quantity, deal.earliest, deal.latest, one.outcome),
            *_told(one.alone),
            *_told(one.in_order),
            *_bound(one.in_order.binding),
            one.why,
        )


def _told(answer: Answer) -> tuple[object, ...]:
    first = next(iter(answer.parts), None)
    of_part = (None, None) if first is None else (first.on, first.authorization)
    return (answer.standing, answer.units, *of_part)


def _bound(held: Binding | None) -> tuple[object, ...]:
    if held is None:
        return (None, None, None, None)
    # A decimal from tenths, without passing through a binary fraction.
    return (held.cap, ", ".join(held.holder), held.binding_on, held.headroom)


REPORT: Final = report(
    "pipeline-check",
    "Pipeline, checked",
    "Which deals go in their windows, each by itself and one after the other?",
    [
        Column("row", "row", "row of the file"),
        Column("deal", None, "id of the deal"),
        Column("place", "place", "place in the order of priority, earliest day and id"),
        Column("end_user", None, "who uses it"),
        Column("destination", None, "where it goes"),
        Column("device", None, "what is sold"),
        Column("quantity", "units", "how many"),
        Column("earliest", "day", "first day of its window"),
        Column("latest", "day", "last day of its window"),
        Column("outcome", None, "of the whole deal on its earliest day, by itself"),
        Column("alone", None, "how it stands by itself"),
        Column("alone_units", "units", "how many units go, or would at most"),
        Column("alone_on", "day", "the day of the first of them"),
        Column("alone_under", None, "their authorization"),
        Column("in_order", None, "how it stands after those before it"),
        Column("order_units", "units", "how many units go, or would at most"),
        Column("order_on", "day", "the day of the first of them"),
        Column("order_under", None, "their authorization"),
        Column("cap", None, "the cap that leaves the least, in order"),
        Column("holder", None, "whose share of it"),
        Column("binding_on", "day", "the day on which it leaves the least"),
        Column("headroom_tpp", "TPP", "what it leaves then"),
        Column("why", None, "what else stands in the way first"),
    ],
    ("row",),
)
