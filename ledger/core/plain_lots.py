"""Plain lots: exports from the United States that say nothing of another entry.

Most rows of a large ledger are such lots, and most differ from one before in their id, day and
quantity alone. What was found of that one holds for them too.
"""

import re
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from ledger.core.encoding import event_data
from ledger.core.events import AnyEvent, LotExported, LotReserved
from ledger.core.values import ID, LARGEST_QUANTITY, day

NEEDED: Final = frozenset(
    {
        "authorization",
        "destination",
        "device",
        "end_user",
        "exporter",
        "id",
        "kind",
        "on",
        "quantity",
        "transaction",
        "ultimate_consignee",
    }
)
PLAIN: Final = NEEDED | {"document", "decision_id", "purchaser"}
"""Fields of a plain lot as an entry holds them."""

OWN: Final = ("id", "on", "quantity")
"""What lots that are alike differ in."""

MOST_KEPT: Final = 20_000
"""How many lots are remembered, before that memory is begun anew."""

_ID: Final = re.compile(ID, re.ASCII)


def is_plain(lot: dict[str, Any]) -> bool:
    """Whether the canonical data of an event are those of a plain lot."""
    return (
        _has_form(tuple(lot), tuple(map(type, lot.values())))
        and lot["kind"] == "lot.exported"
        and 0 < lot["quantity"] <= LARGEST_QUANTITY
        and lot["transaction"] == ("domestic" if lot["destination"] == "US" else "export")
    )


@cache
def _has_form(names: tuple[str, ...], types: tuple[type, ...]) -> bool:
    """Whether fields are those of a plain lot: texts and a quantity. A ledger has few forms."""
    kinds = dict(zip(names, types, strict=True))
    return NEEDED <= set(names) <= PLAIN and all(
        kind is (int if name == "quantity" else str) for name, kind in kinds.items()
    )


def named(lot: LotExported | LotReserved) -> tuple[object, ...]:
    """Everything that a lot names, besides other entries."""
    return (
        lot.kind,
        lot.device,
        lot.exporter,
        lot.ultimate_consignee,
        lot.end_user,
        lot.purchaser,
        lot.intermediate_consignees,
        lot.origin,
        lot.destination,
        lot.authorization,
    )


@dataclass(frozen=True, slots=True)
class PlainLot:
    """A valid plain lot: the canonical data of its event, and what it names."""

    data: dict[str, Any]
    names: tuple[object, ...]


class LotsAlike:
    """Valid plain lots, by all that somebody wrote of them but id, day and quantity.

    One that differs in these alone need not be validated as a whole.
    """

    def __init__(self, most: int = MOST_KEPT) -> None:
        """Keep at most so many."""
        self.most = most
        self._known: dict[tuple[tuple[str, object], ...], PlainLot] = {}
        self._days: set[str] = set()

    def like(self, written: dict[str, Any]) -> PlainLot | None:
        """A lot that is like one before; None where that can't be told, whatever it is."""
        lot_id, on, quantity = written.get("id"), written.get("on"), written.get("quantity")
        if type(quantity) is not int or not 0 < quantity <= LARGEST_QUANTITY:
            return None
        if type(lot_id) is not str or not _ID.fullmatch(lot_id) or not lot_id.isascii():
            return None
        if type(on) is not str or (on not in self._days and not self._is_day(on)):
            return None
        try:
            known = self._known.get(_rest(written))
        except TypeError:  # a list or an object is among the values
            return None
        if known is None:
            return None
        return PlainLot({**known.data, "id": lot_id, "on": on, "quantity": quantity}, known.names)

    def _is_day(self, on: str) -> bool:
        try:
            day(on)
        except ValueError:
            return False
        self._days.add(on)
        return True

    def learn(self, written: dict[str, Any], event: AnyEvent) -> None:
        """Remember a valid event, if it is a plain lot, by what somebody wrote."""
        if not isinstance(event, LotExported):
            return
        data = event_data(event)
        rest = _rest(written)
        # Of texts alone: True would be found for 1.
        if is_plain(data) and all(type(value) is str for _, value in rest):
            if len(self._known) >= self.most:
                self._known.clear()
            self._known[rest] = PlainLot(data, named(event))


def _rest(written: dict[str, Any]) -> tuple[tuple[str, object], ...]:
    """What somebody wrote but for a lot's own fields, in the order in which it was written."""
    return tuple([field for field in written.items() if field[0] not in OWN])
