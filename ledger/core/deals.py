"""Deals: lots that somebody would like to sell, with the days, the odds and the worth of each."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, PlainSerializer, model_validator

from ledger.core.lots import Request
from ledger.core.values import Country, Day, Exact, Id, Quantity, Text, Value, exact, plain, whole


def _probability(number: object) -> Decimal:
    """A probability from 0 to 1, or a percentage with its sign."""
    text = str(number).strip()
    share = exact(text.removesuffix("%").strip()) / 100 if text.endswith("%") else exact(number)
    if not 0 <= share <= 1:
        msg = f"expected a probability from 0 to 1, or a percentage such as 60%, found {number}"
        raise ValueError(msg)
    return share


def _priority(number: object) -> int:
    rank = whole(number)
    if rank < 1:
        msg = f"expected a priority of 1 or more (1 goes first), found {number}"
        raise ValueError(msg)
    return rank


Probability = Annotated[
    Decimal, BeforeValidator(_probability), PlainSerializer(plain, return_type=str)
]
Priority = Annotated[int, BeforeValidator(_priority), Field(ge=1)]


class Instead(Value):
    """A device that a deal would take instead of its own, and how many of it."""

    device: Id
    quantity: Quantity


class Deal(Value):
    """A lot that may be sold: to whom, where, what, from which day to which, and what it is worth.

    `latest` is the last day on which it may go. `probability` is that of closing at all, `value`
    the worth of the whole deal in any one currency, `priority` its rank: 1 goes first. A `fixed`
    deal has to be served, a `splittable` one may go in parts, on several days.
    """

    deal: Id
    exporter: Id
    end_user: Id
    ultimate_consignee: Id
    destination: Country
    origin: Country = "US"
    end_use: Text = "unstated"
    device: Id
    quantity: Quantity
    instead: tuple[Instead, ...] = ()
    earliest: Day
    latest: Day
    probability: Probability = Decimal(1)
    value: Annotated[Exact, Field(ge=0)] = Decimal(0)
    priority: Priority = 1
    fixed: bool = False
    splittable: bool = False
    authorization: Id | None = None

    @model_validator(mode="before")
    @classmethod
    def _owner(cls, fields: object) -> object:
        """The end user owns what it uses, where no ultimate consignee is named."""
        if isinstance(fields, dict) and "end_user" in fields:
            return {"ultimate_consignee": fields["end_user"], **fields}
        return fields

    @model_validator(mode="after")
    def _days_in_order(self) -> Self:
        if self.latest < self.earliest:
            msg = f"latest {self.latest} comes before earliest {self.earliest}"
            raise ValueError(msg)
        devices = [self.device, *(one.device for one in self.instead)]
        if len(set(devices)) != len(devices):
            msg = "a device stands twice among the device and those instead of it"
            raise ValueError(msg)
        return self

    @property
    def devices(self) -> dict[str, int]:
        """Every device that the deal takes, its own first, with the quantity of each."""
        return {self.device: self.quantity, **{one.device: one.quantity for one in self.instead}}

    def request(self, on: date, device: str | None = None, quantity: int | None = None) -> Request:
        """What is asked of a day: the whole deal, or some units of one of its devices."""
        device = device or self.device
        fields = {
            "device": device,
            "quantity": quantity or self.devices[device],
            "origin": self.origin,
            "destination": self.destination,
            "exporter": self.exporter,
            "ultimate_consignee": self.ultimate_consignee,
            "end_user": self.end_user,
            "end_use": self.end_use,
            "on": on,
            "authorization": self.authorization,
        }
        return Request.model_validate(fields)
