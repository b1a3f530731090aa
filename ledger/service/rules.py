"""The adopted rules as people and programs read them: every row, or those in force on a day."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from ledger.core.law import pack as packs
from ledger.core.law.law import AdoptedPack
from ledger.core.law.pack import Pack
from ledger.core.law.rows import Gap
from ledger.core.prefix import Head
from ledger.store.as_of import AsOf
from ledger.store.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Rules:
    """The packs as adopted by a head; of a day, with the rows that are in force on it."""

    adopted: tuple[AdoptedPack, ...]
    on: date | None
    head: Head

    @property
    def gaps(self) -> list[Gap]:
        """What the packs say that they don't model."""
        return [gap for adopted in self.adopted for gap in adopted.pack.gaps]

    def as_data(self) -> dict[str, Any]:
        """Every row of every pack, and the gaps once more by themselves."""
        return {
            "packs": [_data(one) for one in self.adopted],
            "not_modelled": [packs.as_data(gap) for gap in self.gaps],
            "on": None if self.on is None else str(self.on),
            "as_of": {"size": self.head.size, "root": self.head.root},
        }


def _data(adopted: AdoptedPack) -> dict[str, Any]:
    pack = adopted.pack
    return {
        "pack": pack.pack,
        "version": pack.version,
        "kind": pack.kind,
        "title": pack.title,
        "source": pack.source,
        "digest": adopted.digest,
        **{
            kind: [packs.as_data(row) for row in packs.rows(pack, kind)]
            for kind in packs.ROWS
            if packs.rows(pack, kind)
        },
        "devices": [one.model_dump(mode="json", exclude_defaults=True) for one in pack.devices],
    }


def rules(url: str, *, on: date | None = None, as_of: AsOf | None = None) -> Rules:
    """The adopted rules; without a day every row, whenever it is in force."""
    ledger = Ledger.open(url)
    try:
        with ledger.reading(as_of) as prefix:
            adopted = ledger.law(prefix).adopted
            if on is not None:
                adopted = tuple(AdoptedPack(_in_force(a.pack, on), a.digest) for a in adopted)
            return Rules(adopted, on, prefix.head)
    finally:
        ledger.close()


def _in_force(pack: Pack, on: date) -> Pack:
    return pack.model_copy(
        update={
            kind: tuple(row for row in packs.rows(pack, kind) if row.in_force(on))
            for kind in packs.ROWS
        }
    )
