"""The registers: which parties and devices the ledger knows, with their facts on a day."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from ledger.core.devices import classify, unit_tpp
from ledger.core.law.law import Law
from ledger.core.parties import latest, party_facts
from ledger.core.prefix import Head, Prefix
from ledger.service.shell import legal_today
from ledger.store.as_of import AsOf
from ledger.store.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Register:
    """What is registered, by id, with its facts on a day; `what` is `parties` or `devices`."""

    what: str
    rows: tuple[dict[str, Any], ...]
    on: date
    head: Head

    def as_data(self) -> dict[str, Any]:
        """The register for programs."""
        return {
            "on": str(self.on),
            self.what: list(self.rows),
            "as_of": {"size": self.head.size, "root": self.head.root},
        }


def parties(
    url: str, text: str = "", *, on: date | None = None, as_of: AsOf | None = None
) -> Register:
    """Parties whose id or name on the day holds a text; what is not known is None."""
    ledger = Ledger.open(url)
    try:
        with ledger.reading(as_of) as prefix:
            day = on or legal_today(prefix)
            rows = _holding(text, _parties(prefix, day), ("party", "name"))
            return Register("parties", tuple(rows), day, prefix.head)
    finally:
        ledger.close()


def devices(
    url: str, text: str = "", *, on: date | None = None, as_of: AsOf | None = None
) -> Register:
    """Devices whose id, vendor or model holds a text, the catalogue's and those of events."""
    ledger = Ledger.open(url)
    try:
        with ledger.reading(as_of) as prefix:
            day = on or legal_today(prefix)
            known = _devices(prefix, ledger.law(prefix), day)
            rows = _holding(text, known, ("device", "vendor", "model"))
            return Register("devices", tuple(rows), day, prefix.head)
    finally:
        ledger.close()


def _holding(
    text: str, rows: Iterator[dict[str, Any]], fields: tuple[str, ...]
) -> Iterator[dict[str, Any]]:
    wanted = text.casefold()
    return (row for row in rows if any(wanted in (row[one] or "").casefold() for one in fields))


def _parties(prefix: Prefix, on: date) -> Iterator[dict[str, Any]]:
    for party in prefix.parties():
        versions = prefix.party(party)
        own, facts = latest(versions, on), party_facts(party, on, prefix.party)
        yield {
            "party": party,
            "name": None if own is None else own.name,
            "party_kind": facts.kind,
            "location": facts.location,
            "headquarters": facts.headquarters,
            "ultimate_parent": facts.ultimate_parent,
            "ultimate_parent_headquarters": facts.ultimate_parent_headquarters,
            "registered_by": None if own is None else own.id,
            "first_on": str(versions[0].on),
        }


def _devices(prefix: Prefix, law: Law, on: date) -> Iterator[dict[str, Any]]:
    classes = law.classes(on)
    for device in sorted({*law.catalogue, *prefix.devices()}):
        classified = latest(prefix.device(device), on)
        facts = classified or law.catalogue.get(device)
        found = None if facts is None else classify(facts, classes)
        yield {
            "device": device,
            "vendor": None if facts is None else facts.vendor,
            "model": None if facts is None else facts.model,
            "unit_tpp": None if facts is None else str(unit_tpp(facts)),
            "ics": None if facts is None else facts.ics,
            "item_class": None if found is None else found.item_class,
            "why": None if found is None else found.why,
            "classified_by": None if classified is None else classified.id,
        }
