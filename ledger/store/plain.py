"""Plain lots: most entries of a large ledger are exports that name no other entry.

What such a lot draws follows from its own fields and the rating of its device, so that it is folded
without building the event first. A test holds this to `recording`; whatever is not as plain as can
be is left to it.
"""

from datetime import date
from typing import Any, Final

import orjson

from ledger.core.devices import unit_tpp
from ledger.core.errors import NotFound
from ledger.core.events import AnyEvent, DeviceClassified, PackAdopted, RecordReversed
from ledger.core.law.law import Law
from ledger.core.plain_lots import is_plain
from ledger.core.positions import Kind
from ledger.core.ratings import device_on
from ledger.store.prefix import StorePrefix

ENVELOPE: Final = ("actor", "event", "recorded_at", "seq", "v", "via")
ENVELOPES: Final = frozenset({ENVELOPE, tuple(sorted((*ENVELOPE, "batch")))})
"""The fields of an envelope in their canonical order, without and with a batch."""


class PlainLots:
    """Folds plain lots, and remembers what each device was rated on a day."""

    def __init__(self, prefix: StorePrefix) -> None:
        """Ask a prefix that moves along for the ratings."""
        self._prefix = prefix
        self._units = prefix.remembered.units

    def forget(self, event: AnyEvent) -> None:
        """Drop the ratings once an event may have changed one."""
        if isinstance(event, DeviceClassified | PackAdopted | RecordReversed):
            self._units.clear()

    def row_of(self, seq: int, lot: dict[str, Any], law: Law) -> tuple[object, ...] | None:
        """The one movement of a plain lot, from its canonical data, as a row of the table.

        None where its device has no rating.
        """
        on, device, quantity = lot["on"], lot["device"], lot["quantity"]
        unit = self._units.get((device, on)) or self._unit(device, on, law)
        if unit is None:
            return None
        domestic = lot["transaction"] == "domestic"
        return (
            seq,
            0,
            on,
            Kind.DOMESTIC.value if domestic else Kind.EXPORTED.value,
            device,
            lot["ultimate_consignee"],
            lot["destination"],
            quantity,
            quantity * unit,
            lot["id"],
            lot["authorization"],
            lot["end_user"],
            lot["exporter"],
            "",
        )

    def _unit(self, device: str, on: str, law: Law) -> int | None:
        """Tenths of TPP of one unit on a day; None where that can't be told."""
        try:
            facts = device_on(device, date.fromisoformat(on), self._prefix, law)
        except (NotFound, ValueError):
            return None
        self._units[device, on] = int(unit_tpp(facts))
        return self._units[device, on]


def plain_lot(body: bytes, seq: int) -> dict[str, Any] | None:
    """The fields of a plain lot, if the body is one in canonical form; None for all else."""
    if b'"kind":"lot.exported"' not in body:
        return None
    try:
        record = orjson.loads(body)
        canonical = orjson.dumps(record, option=orjson.OPT_SORT_KEYS) == body
    except (orjson.JSONDecodeError, TypeError):
        return None
    if not canonical or type(record) is not dict or tuple(record) not in ENVELOPES:
        return None
    lot = record["event"]
    if record["seq"] != seq or record["v"] != 1 or type(lot) is not dict:
        return None
    return lot if is_plain(lot) else None
