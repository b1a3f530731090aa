"""Asking a snapshot: what every source of a report shares, worked out once."""

from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from ledger.core.breaches import Key, View
from ledger.core.errors import NotFound
from ledger.core.law.caps import Cap
from ledger.core.law.law import AdoptedPack, Law
from ledger.core.law.pack import read
from ledger.core.prefix import Head
from ledger.core.scan import Scan
from ledger.snapshot.opening import Snapshot
from ledger.snapshot.prefix import SizedPrefix


@dataclass
class Asked:
    """A snapshot that is asked, the parameters of the report, and what was worked out before."""

    shot: Snapshot
    today: date
    _views: dict[int, View] = field(default_factory=dict)

    @property
    def law(self) -> Law:
        """The law of the snapshot's head."""
        return self.shot.law

    @cached_property
    def view(self) -> View:
        """Caps on any day, at the head."""
        return View(self.shot.prefix, self.law)

    @cached_property
    def scan(self) -> Scan:
        """Breaches and changes of status, at the head."""
        return Scan(self.shot.prefix, self.law)

    @cached_property
    def passing(self) -> Scan:
        """Breaches alone, at the head."""
        return Scan(self.shot.prefix, self.law, statuses=False)

    def at(self, size: int) -> View:
        """The same at an earlier size."""
        if size == self.shot.prefix.head.size:
            return self.view
        if size not in self._views:
            prefix = SizedPrefix(self.shot.engine, Head(size, ""))
            packs = [AdoptedPack(read(p.text, where=p.pack), p.digest) for p in prefix.packs()]
            self._views[size] = View(prefix, Law(packs))
        return self._views[size]

    @cached_property
    def keys(self) -> list[Key]:
        """Every cap with every holder that anything was ever drawn for."""
        return list(self.view.keys(self.view.counted()))

    def versions(self, cap_id: str) -> list[Cap]:
        """The versions of a cap; raises `NotFound` where no pack has it."""
        found = list(self.law.versions(cap_id))
        if not found:
            raise NotFound(
                f"no adopted pack has the cap '{cap_id}'",
                where="--param cap",
                cure="list the caps: chipledger rules",
            )
        return found
