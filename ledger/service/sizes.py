"""A ledger at any of its sizes, each read once: what breaches and restatements are asked of."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ledger.core.breaches import View
from ledger.core.causes import Causes
from ledger.core.encoding import Entry, decode
from ledger.core.law.law import Law
from ledger.core.prefix import Head
from ledger.core.spans import Breach
from ledger.store.ledger import Ledger
from ledger.store.prefix import StorePrefix

UNROOTED = ""
"""The root of a size that no answer names."""


class Sizes:
    """Views of a ledger up to the size of a prefix; its law is read once for the same packs."""

    def __init__(self, ledger: Ledger, prefix: StorePrefix) -> None:
        """Hold what is the same at every size."""
        self._ledger, self._prefix = ledger, prefix
        self._views: dict[int, View] = {}
        self._laws: dict[int, Law] = {}
        self._packs = [place for place, event in prefix.stated() if event.kind == "pack.adopted"]

    def at(self, size: int) -> View:
        """The view of a size."""
        if size not in self._views:
            prefix = self._prefix
            if size != prefix.head.size:
                prefix = StorePrefix(prefix.connection, Head(size, UNROOTED), totals=False)
            packs = bisect_right(self._packs, size)
            if packs not in self._laws:
                self._laws[packs] = self._ledger.law(prefix)
            self._views[size] = View(prefix, self._laws[packs])
        return self._views[size]

    def causes(self, size: int) -> Causes:
        """Who made what pass, as known at a size."""
        return Causes(self.at, size)

    def entry(self, place: int) -> Entry:
        """An entry by its place."""
        row = self._prefix.connection.execute(
            "SELECT body FROM entry WHERE seq = ?", (place,)
        ).fetchone()
        return decode(row[0], seq=place)

    def told(self, breaches: Iterable[Breach]) -> tuple["Told", ...]:
        """Breaches with the entries that did them."""
        return tuple(Told(breach, self.entry(breach.entry)) for breach in breaches)


@dataclass(frozen=True, slots=True)
class Told:
    """A breach, and the entry that did it."""

    breach: Breach
    entry: Entry

    def as_data(self) -> dict[str, Any]:
        """The breach for programs, with the event, its kind, and when and by whom it came."""
        envelope = self.entry.envelope
        return {
            **self.breach.model_dump(mode="json"),
            "event": self.entry.event.id,
            "kind": self.entry.event.kind,
            "recorded_at": envelope.recorded_at,
            "actor": envelope.actor,
        }
