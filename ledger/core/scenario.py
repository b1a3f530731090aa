"""Scenarios: a prefix of the ledger plus hypotheses on facts and law, and the questions of it."""

from typing import Annotated, Any, Literal, Self

from pydantic import Discriminator, Field, Tag, model_validator

from ledger.core.law.amendment import Amendment
from ledger.core.law.row import Posture
from ledger.core.values import Country, Day, Id, Text, Value

Title = Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f]{1,120}$")]
"""A line that heads something: 1 to 120 characters."""


class Base(Value):
    """What a scenario stands on: the ledger's latest head, or an earlier size; and the posture."""

    head: Literal["latest"] | Annotated[int, Field(ge=1)] = "latest"
    posture: Posture | None = None


class Reading(Value):
    """A switch that is read in one way from a day on."""

    switch: Id
    value: Id
    valid_from: Day = Field(alias="from")
    cite: Text | None = None


class Adoption(Value):
    """A pack that is adopted: its file, beside the scenario's own."""

    adopt: Text


class PackEnd(Value):
    """A pack of which every row ends on a day."""

    pack: Id
    ends_on: Day
    cite: Text | None = None


def _kind_of_change(found: object) -> str:
    """Which change of the law is meant, by the keys that only one of them has."""
    for kind, key in (("reading", "value"), ("adoption", "adopt"), ("end", "pack")):
        named = key in found if isinstance(found, dict) else hasattr(found, key)
        if named:
            return kind
    return "row"


LawChange = Annotated[
    Annotated[Amendment, Tag("row")]
    | Annotated[Reading, Tag("reading")]
    | Annotated[Adoption, Tag("adoption")]
    | Annotated[PackEnd, Tag("end")],
    Discriminator(_kind_of_change),
]


class Swap(Value):
    """Another device in every open reservation of one: as many units, or no more TPP than before.

    The reservations are released and placed anew on their days, under the same authorization; with
    `ultimate_consignee` those of one party alone.
    """

    device: Id
    by: Id
    keep: Literal["quantity", "tpp"] = "quantity"
    ultimate_consignee: Id | None = None


Fields = dict[str, Any]
"""An event or a lot as a file holds it: read where it is used, with what it names."""


class _Question(Value):
    """A question; `name` is what its answer is headed with."""

    name: Title | None = None


class Decide(_Question):
    """May these lots go, under which authorization, and what binds?

    Each by itself, or `together`: each after those before it that may go have gone.
    """

    ask: Literal["decide"] = "decide"
    together: bool = False
    lots: Annotated[tuple[Fields, ...], Field(min_length=1)]


class Headroom(_Question):
    """Headroom on some days: of one cap or all, for one holder or all, in one destination."""

    ask: Literal["headroom"] = "headroom"
    days: Annotated[tuple[Day, ...], Field(min_length=1)]
    cap: Id | None = None
    holder: Id | None = None
    destination: Country | None = None


class Breaches(_Question):
    """Which limits are passed, on which days, by which event."""

    ask: Literal["breaches"] = "breaches"
    cap: Id | None = None
    holder: Id | None = None
    destination: Country | None = None
    since: Day | None = None


class Largest(_Question):
    """The largest quantity of each lot's device that may go on a day from its own to `by`."""

    ask: Literal["largest"] = "largest"
    lots: Annotated[tuple[Fields, ...], Field(min_length=1)]
    by: Day | None = None


class Earliest(_Question):
    """The earliest day, from its own on, on which each lot may go whole."""

    ask: Literal["earliest"] = "earliest"
    lots: Annotated[tuple[Fields, ...], Field(min_length=1)]


class Carrying(_Question):
    """What each authorization says of each lot."""

    ask: Literal["authorizations"] = "authorizations"
    lots: Annotated[tuple[Fields, ...], Field(min_length=1)]


class ReportAsked(_Question):
    """A report of `reports/`, run on the scenario."""

    ask: Literal["report"] = "report"
    report: Id
    parameters: dict[str, str | int | Day] = Field(default_factory=dict)


Question = Annotated[
    Decide | Headroom | Breaches | Largest | Earliest | Carrying | ReportAsked,
    Field(discriminator="ask"),
]


class Scenario(Value):
    """Hypotheses on a base, supposed in this order: changes of the law, events, swaps.

    `extends` names another scenario's file, whose hypotheses come first and whose base and
    questions hold where this one says none. `source` says where the change is proposed.
    """

    title: Title
    about: Text | None = None
    source: Text | None = None
    extends: Text | None = None
    base: Base = Base()
    law: tuple[LawChange, ...] = ()
    events: tuple[Fields, ...] = Field(default=(), alias="event")
    swaps: tuple[Swap, ...] = Field(default=(), alias="swap")
    questions: tuple[Question, ...] = Field(default=(), alias="question")

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        names = [one.name for one in self.questions if one.name is not None]
        if len(set(names)) != len(names):
            msg = "two questions have the same name"
            raise ValueError(msg)
        return self

    def on(self, earlier: "Scenario") -> "Scenario":
        """This scenario on top of the one that it extends."""
        said = self.model_fields_set
        return self.model_copy(
            update={
                "base": self.base if "base" in said else earlier.base,
                "law": (*earlier.law, *self.law),
                "swaps": (*earlier.swaps, *self.swaps),
                "events": (*earlier.events, *self.events),
                "questions": self.questions or earlier.questions,
                "extends": None,
            }
        )
