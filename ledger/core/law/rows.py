"""The rows a rule pack is made of; every row of law carries its citation and its days."""

import re
from datetime import date
from typing import Annotated, Final, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from ledger.core.events import DeviceFacts
from ledger.core.values import AmountTpp, Day, Exact, Id, Text, Value

Evidence = Literal[
    "text+independent", "text", "later-copy", "secondary", "inference", "UNCONFIRMED"
]
"""How well a row is attested; only UNCONFIRMED leaves a requirement open (design, chapter 6)."""

Posture = Literal["on-the-books", "enforced"]
Review = Literal[
    "presumption-of-approval", "case-by-case", "policy-of-denial", "presumption-of-denial"
]
Basis = Literal["licensed", "exported", "installed"]

OPEN_END: Final = date.max


def _day_of_year(text: object) -> str:
    """A day that every year has, as MM-DD."""
    if not isinstance(text, str) or not re.fullmatch(r"\d\d-\d\d", text):
        msg = f"expected a day of the year as MM-DD, found {text!r}"
        raise ValueError(msg)
    try:
        date.fromisoformat(f"{COMMON_YEAR}-{text}")
    except ValueError:
        msg = f"expected a day that every year has, as MM-DD, found {text!r}"
        raise ValueError(msg) from None
    return text


COMMON_YEAR: Final = 2001
"""Any year without a 29 February."""

DayOfYear = Annotated[str, BeforeValidator(_day_of_year)]


class Row(Value):
    """A dated, cited row: in force from `from` to the day before `until`."""

    id: Id
    cite: Text
    valid_from: Day = Field(default=date.min, alias="from")
    until: Day = OPEN_END
    evidence: Evidence = "text"
    note: Text | None = None

    def in_force(self, on: date) -> bool:
        """Whether the row is in force on a day."""
        return self.valid_from <= on < self.until


class Provision(Row):
    """A body of law with its status: on the books and enforced are two axes."""

    title: Text
    published_on: Day
    effective_on: Day
    compliance_on: Day
    suspended_on: Day | None = None
    suspended_by: Text | None = None
    rescinded_on: Day | None = None

    def on_the_books(self, on: date) -> bool:
        """Whether the text decides on a day: from its compliance day until it is rescinded."""
        return self.compliance_on <= on and (self.rescinded_on is None or on < self.rescinded_on)

    def enforced(self, on: date) -> bool:
        """Whether the text is on the books and not suspended on a day."""
        return self.on_the_books(on) and (self.suspended_on is None or on < self.suspended_on)


class Coverage(Row):
    """The days and the posture for which the adopted packs know the law.

    `known_until` is the first day for which nobody looked whether the law has changed.
    """

    posture: Posture
    known_until: Day = OPEN_END


class Member(Value):
    """One destination's membership of a group, for its days."""

    iso: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
    valid_from: Day = Field(default=date.min, alias="from")
    until: Day = OPEN_END
    evidence: Evidence | None = None
    cite: Text | None = None


def _listed(members: object) -> object:
    """Let a pack write `members = ["AU", "BE"]` where no membership has days of its own."""
    if isinstance(members, list):
        return tuple({"iso": member} if isinstance(member, str) else member for member in members)
    return members


class Group(Row):
    """A dated set of destinations: its own members, or a union of groups less others."""

    title: Text
    members: Annotated[tuple[Member, ...], BeforeValidator(_listed)] = ()
    union: tuple[Id, ...] = ()
    minus: tuple[Id, ...] = ()


class ClassTest(Value):
    """One paragraph of an item class: bounds on TPP and performance density of one IC."""

    paragraph: Text
    min_tpp: AmountTpp | None = None
    below_tpp: AmountTpp | None = None
    min_performance_density: Exact | None = None
    below_performance_density: Exact | None = None


class ItemClass(Row):
    """A class of items: its paragraphs, evaluated in the order in which the classes stand.

    An IC neither designed nor marketed for data centers is out below `data_center_only_below`.
    """

    title: Text
    order: int
    paragraphs: tuple[ClassTest, ...]
    data_center_only_below: AmountTpp | None = None


Fact = Literal[
    "item_class",
    "data_center",
    "transaction",
    "destination",
    "location",
    "headquarters",
    "status",
    "switch",
    "licence_line",
    "end_use",
    "dram_bandwidth",
]


class Test(Value):
    """A test of one fact: in the values or groups, and in none of the `not_` ones.

    Of party facts, `of` names the roles (all parties to the lot, if left out). `headquarters`
    means both facts of each party: its own and its ultimate parent's. `some` asks for one that
    holds instead of all of them.
    """

    fact: Fact
    of: tuple[
        Literal["purchaser", "intermediate_consignees", "ultimate_consignee", "end_user"], ...
    ] = ()
    values: tuple[Text, ...] = ()
    groups: tuple[Id, ...] = ()
    not_values: tuple[Text, ...] = ()
    not_groups: tuple[Id, ...] = ()
    some: bool = False
    switch: Id | None = None
    at_least: Exact | None = None

    @model_validator(mode="after")
    def _switch_named(self) -> Self:
        if (self.fact == "switch") != (self.switch is not None):
            msg = "a test of a switch, and no other, names the switch"
            raise ValueError(msg)
        if (self.fact == "dram_bandwidth") != (self.at_least is not None):
            msg = "a test of dram_bandwidth, and no other, says at_least (GB/s)"
            raise ValueError(msg)
        return self


class Requirement(Test):
    """One condition of an authorization, with its citation; `when` says where it applies."""

    needs: Text
    cite: Text
    evidence: Evidence = "text"
    when: tuple[Test, ...] = ()


class LicenceRequirement(Row):
    """Where a licence is asked for: NLR is closed to a lot that meets all of `when`."""

    provision: Id
    title: Text
    when: tuple[Test, ...]


class Authorization(Row):
    """A legal ground of a movement: its requirements, in conjunction, and the caps it draws on.

    `kind`: `none` needs no licence, `exception` and `status` are open to who meets them,
    `licence` is granted line by line. `one_destination`: each grant names exactly one; else a grant
    that names none is good anywhere.
    """

    title: Text
    provision: Id | None = None
    order: int
    kind: Literal["none", "exception", "status", "licence"]
    one_destination: bool = False
    requirements: tuple[Requirement, ...] = ()
    caps: tuple[Id, ...] = ()


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


class Counts(Value):
    """Which draws a cap counts: those of the named authorizations and item classes, or of all."""

    authorizations: tuple[Id, ...] = ()
    classes: tuple[Id, ...] = ()
    not_headquartered_in: Id | None = None
    when_switch: dict[Id, Text] | None = None


HolderKey = Literal[
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
    of_licence_line: bool = False
    effect: Literal["limit", "notice"] = "limit"
    measured_on: tuple[DayOfYear, ...] = ()
    when: tuple[Test, ...] = ()
    beside: bool = False

    @model_validator(mode="after")
    def _allowance_or_share(self) -> Self:
        if (self.share is not None) + bool(self.allowance) + self.of_licence_line != 1:
            msg = "a cap has an allowance, a share or the balance of a licence line: one of them"
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
        return self


class Due(Value):
    """When a duty is due, counted from the lot's day; nothing given means before shipment.

    `half_year_report`: the first of these days after the lot's half-year; `next_of`: the first of
    these days after the lot's own day.
    """

    days_after: int | None = None
    years_after: int | None = None
    half_year_report: tuple[DayOfYear, ...] = ()
    next_of: tuple[DayOfYear, ...] = ()


class Duty(Row):
    """A notice, certification, report or condition that an authorization brings.

    With a `cap`, only once that notice threshold is reached.
    """

    authorizations: tuple[Id, ...]
    what: Text
    cap: Id | None = None
    due: Due = Due()


class ReviewPolicy(Row):
    """How a licence application is reviewed; the first row that fits decides.

    With a `cap`, `within` holds while the lot fits it and `beyond` past it.
    """

    order: int
    provision: Id
    when: tuple[Test, ...]
    within: Review
    beyond: Review | None = None
    cap: Id | None = None

    @model_validator(mode="after")
    def _beyond_a_cap(self) -> Self:
        if (self.cap is None) != (self.beyond is None):
            msg = "cap and beyond go together"
            raise ValueError(msg)
        return self


class Switch(Row):
    """A point where the text conflicts: its readings, and what an unset switch means."""

    title: Text
    values: tuple[Id, ...]
    unset: Id | None = None


class Gap(Row):
    """What the packs do not model, said aloud.

    With `when`, a lot that meets it is unresolved (never NLR). With `warn_when`, the answer on a
    lot that meets it says so. Without either it is only listed. `authorizations` are those that it
    would bring: lots that went under them are recorded, requests for them are unresolved.
    """

    title: Text
    when: tuple[Test, ...] = ()
    warn_when: tuple[Test, ...] = ()
    authorizations: tuple[Id, ...] = ()


class Device(DeviceFacts):
    """A catalogue row: one device with one canonical TPP."""

    confidence: Literal["high", "medium"]
