"""Caps: what each limit or notice threshold counts, per whom, over which days, up to what."""

from datetime import date
from typing import Annotated, Final, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from ledger.core.law.conditions import Test
from ledger.core.law.row import DayOfYear, Row
from ledger.core.values import AmountTpp, Day, Exact, Id, Text, Value

Basis = Literal["licensed", "exported", "installed"]


class Step(Value):
    """An allowance from a day on: an amount of TPP, or `unlimited`, which is always written."""

    valid_from: Day = Field(default=date.min, alias="from")
    tpp: Annotated[AmountTpp | None, BeforeValidator(lambda v: None if v == "unlimited" else v)]


class Share(Value):
    """A cap that is a percentage of the holder's whole installed base.

    The numerator counts destinations outside `outside_groups` and `outside_values`; with a
    destination in `per`, that destination only.
    """

    percent: Annotated[Exact, Field(gt=0, lt=100)]
    outside_groups: tuple[Id, ...] = ()
    outside_values: tuple[Text, ...] = ()


class Ratio(Value):
    """A cap that is a percentage of what went elsewhere: of one device, exports against others.

    A lot adds to the destinations of `of_groups` only; `to_values` are those that it is measured
    against, domestic lots included.
    """

    percent: Annotated[Exact, Field(gt=0, le=100)]
    of_groups: Annotated[tuple[Id, ...], Field(min_length=1)]
    to_values: Annotated[tuple[Text, ...], Field(min_length=1)]


class Counts(Value):
    """Which draws a cap counts: those of the named authorizations and item classes, or of all."""

    authorizations: tuple[Id, ...] = ()
    classes: tuple[Id, ...] = ()
    not_headquartered_in: Id | None = None
    when_switch: dict[Id, Text] | None = None


HolderKey = Literal[
    "device",
    "destination",
    "ultimate_consignee",
    "end_user",
    "exporter",
    "ultimate_parent",
    "family",
    "reference",
    "line",
]

_OWNERS: Final = frozenset({"ultimate_consignee", "ultimate_parent", "family"})
"""Holder keys that are read from the same party of a lot."""


class Window(Value):
    """Over which days draws count together.

    `lot`: the lot alone; `stock`: what is installed on the day; `period`: all draws from
    `first_on`; `calendar-quarter`, `calendar-year`; `rolling` over `days`.
    """

    kind: Literal["lot", "stock", "period", "calendar-quarter", "calendar-year", "rolling"]
    days: Annotated[int, Field(ge=1, le=36600)] | None = None
    first_on: Day | None = None

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if (self.kind == "rolling") != (self.days is not None):
            msg = "a rolling window, and no other, has days"
            raise ValueError(msg)
        if (self.kind == "period") != (self.first_on is not None):
            msg = "a period, and no other window, has first_on"
            raise ValueError(msg)
        return self


class Cap(Row):
    """One limit or notice threshold: what it counts, per whom, over which window, up to what.

    `measured_on` (MM-DD) says that the text measures only on these days of a year.
    `beside` makes it a cap beside every authorization (house packs). `of_licence_line` takes the
    allowance from the line of the licence that covers the lot.
    """

    title: Text
    per: Annotated[tuple[HolderKey, ...], Field(min_length=1)]
    basis: Basis
    counts: Counts = Counts()
    window: Window
    allowance: tuple[Step, ...] = ()
    share: Share | None = None
    ratio: Ratio | None = None
    of_licence_line: bool = False
    effect: Literal["limit", "notice"] = "limit"
    measured_on: tuple[DayOfYear, ...] = ()
    when: tuple[Test, ...] = ()
    beside: bool = False

    def has_figure(self, on: date) -> bool:
        """Whether it is in force on a day and says how much."""
        return self.in_force(on) and (not self.allowance or self.allowance[0].valid_from <= on)

    def allowed(self, on: date) -> int | None:
        """The allowance of a day in tenths of TPP; None where it is unlimited.

        Raises `ValueError` where there is none: before the first step, and of a share, a ratio or a
        licence's line.
        """
        for step in reversed(self.allowance):
            if step.valid_from <= on:
                return None if step.tpp is None else int(step.tpp)
        msg = f"{self.id} has no allowance on {on}"
        raise ValueError(msg)

    @model_validator(mode="after")
    def _allowance_or_share(self) -> Self:
        parts = (self.share is not None, self.ratio is not None, bool(self.allowance))
        if sum(parts) + self.of_licence_line != 1:
            msg = (
                "a cap has an allowance, a share, a ratio or a licence line's balance: one of them"
            )
            raise ValueError(msg)
        days = [step.valid_from for step in self.allowance]
        if days != sorted(set(days)):
            msg = "the steps of an allowance stand in the order of their days, each day once"
            raise ValueError(msg)
        if len(set(self.per)) != len(self.per) or len(_OWNERS & set(self.per)) > 1:
            msg = "per names each key once, and the ultimate consignee or its parent, not both"
            raise ValueError(msg)
        if self.of_licence_line != (self.per == ("reference", "line")):
            msg = "the balance of a licence line, and no other cap, is held per reference and line"
            raise ValueError(msg)
        if self.share is not None and (self.basis, self.window.kind) != ("installed", "stock"):
            msg = "a share is one of the installed stock"
            raise ValueError(msg)
        if (self.ratio is not None) != (self.per == ("device",)):
            msg = "a ratio, and no other cap, is held per device"
            raise ValueError(msg)
        if self.ratio is not None and (self.basis, self.window.kind) != ("exported", "period"):
            msg = "a ratio is one of what was exported in a period"
            raise ValueError(msg)
        return self
