"""Conditions: tests of the facts of a lot, and what they are put together to."""

from functools import cached_property
from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from ledger.core.law.row import Evidence
from ledger.core.values import Exact, Id, Text, Value

Fact = Literal[
    "item_class",
    "eccn",
    "device",
    "vendor",
    "data_center",
    "ic_tpp",
    "dram_bandwidth",
    "transaction",
    "origin",
    "destination",
    "end_use",
    "location",
    "headquarters",
    "party_kind",
    "listing",
    "screening",
    "owner_screening",
    "affiliate",
    "status",
    "switch",
    "licence_line",
]
"""What a test can ask about; the last blocks ask about the parties, and about what they hold."""

BOUNDED: Final = ("ic_tpp", "dram_bandwidth")
"""Facts that are amounts: a test of them has bounds instead of values."""

Role = Literal["exporter", "purchaser", "intermediate_consignees", "ultimate_consignee", "end_user"]


EVERYONE: Final[tuple[Role, ...]] = (
    "exporter",
    "purchaser",
    "intermediate_consignees",
    "ultimate_consignee",
    "end_user",
)
"""Every role that a party can have in a lot."""


class Test(Value):
    """A test of one fact: in the values or groups, and in none of the `not_` ones.

    Of party facts, `of` names the roles (all parties to the lot but the exporter, if left out).
    `headquarters` means both facts of each party: its own and its ultimate parent's. `some` asks
    for one that holds instead of all of them. `listing` names parties of a listing row; the
    `values` of `screening`, `owner_screening` and `affiliate` are codes of screening lists, and an
    affiliate is held by such parties to `percent` or more.
    """

    fact: Fact
    of: tuple[Role, ...] = ()
    values: tuple[Text, ...] = ()
    groups: tuple[Id, ...] = ()
    not_values: tuple[Text, ...] = ()
    not_groups: tuple[Id, ...] = ()
    some: bool = False
    switch: Id | None = None
    at_least: Exact | None = None
    below: Exact | None = None
    percent: Annotated[Exact, Field(gt=0, le=100)] | None = None

    @cached_property
    def question(self) -> tuple[object, ...]:
        """All that it asks, without what a requirement says besides."""
        return tuple(getattr(self, name) for name in Test.model_fields)

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if (self.fact == "switch") != (self.switch is not None):
            msg = "a test of a switch, and no other, names the switch"
            raise ValueError(msg)
        bounded = self.at_least is not None or self.below is not None
        if (self.fact in BOUNDED) != bounded:
            msg = f"a test of {' or '.join(BOUNDED)}, and no other, says at_least or below"
            raise ValueError(msg)
        if (self.fact == "affiliate") != (self.percent is not None):
            msg = "a test of affiliate, and no other, says percent"
            raise ValueError(msg)
        return self


class Exemption(Value):
    """A case that a rule leaves out: all of its tests hold."""

    cite: Text
    when: Annotated[tuple[Test, ...], Field(min_length=1)]


class Requirement(Test):
    """One condition of an authorization, with its citation; `when` says where it applies."""

    needs: Text
    cite: Text
    evidence: Evidence = "text"
    when: tuple[Test, ...] = ()
