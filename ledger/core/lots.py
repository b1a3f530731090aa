"""A lot, the request that asks about one, and the parties that stand around it."""

from typing import Literal, Self

from pydantic import Field, model_validator

from ledger.core.values import Country, Day, Id, Quantity, Text, UnitTpp, Value

Transaction = Literal["export", "reexport", "transfer", "domestic"]


class Lot(Value):
    """A quantity of one device, to one destination, for one ultimate consignee.

    `origin` defaults to the United States and `transaction` to what origin and destination say;
    `end_user` defaults to the ultimate consignee. Source: design, chapter 5.
    """

    device: Id
    quantity: Quantity
    unit_tpp: UnitTpp | None = None
    origin: Country = "US"
    destination: Country
    transaction: Transaction
    exporter: Id
    purchaser: Id | None = None
    intermediate_consignees: tuple[Id, ...] = ()
    ultimate_consignee: Id
    end_user: Id
    end_use: Text = "unstated"

    @model_validator(mode="before")
    @classmethod
    def _fill_in(cls, fields: object) -> object:
        """Fill in what follows from the other fields."""
        if not isinstance(fields, dict):
            return fields
        filled = dict(fields)
        # What a missing field would have given is not missing besides it.
        filled.setdefault("end_user", filled.get("ultimate_consignee", "unstated"))
        if "transaction" not in filled:
            origin = filled.get("origin", "US")
            filled["transaction"] = _transaction(origin, filled.get("destination"))
        return filled

    @model_validator(mode="after")
    def _transaction_fits(self) -> Self:
        """Refuse a transaction that origin and destination contradict."""
        expected = _transaction(self.origin, self.destination)
        if self.transaction != expected:
            msg = (
                f"transaction '{self.transaction}' does not fit {self.origin} to "
                f"{self.destination}, which is '{expected}'"
            )
            raise ValueError(msg)
        return self

    def parties(self) -> dict[str, str]:
        """Every party to the lot but the exporter: role to party id."""
        named = {
            "purchaser": self.purchaser,
            "ultimate_consignee": self.ultimate_consignee,
            "end_user": self.end_user,
        }
        between = {
            f"intermediate_consignees[{place}]": party
            for place, party in enumerate(self.intermediate_consignees)
        }
        return {role: party for role, party in (named | between).items() if party is not None}


def _transaction(origin: object, destination: object) -> Transaction:
    if origin == destination:
        return "domestic" if origin == "US" else "transfer"
    return "export" if origin == "US" else "reexport"


class Request(Lot):
    """A lot that someone asks about: may it go on that day, and under which authorization?

    `authorization` forces one candidate; left out, the law's order decides.
    """

    on: Day
    authorization: Id | None = Field(default=None)
