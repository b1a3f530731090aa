"""Every read, as a program gets it: what must be the same bytes for ever."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from ledger.core.derivation import Derivation
from ledger.core.errors import LedgerError
from ledger.service.checking import check
from ledger.service.duties import Wanted, duties
from ledger.service.entries import Sought, entries
from ledger.service.explaining import explain
from ledger.service.lists import lists
from ledger.service.overview import Filters, headroom
from ledger.service.registers import devices, parties
from ledger.service.rules import rules
from ledger.service.screening import screen
from ledger.service.settings import settings
from ledger.store.as_of import AsOf
from tests.core.builders import LPP_YEAR, TABLE, on


@dataclass(frozen=True)
class Asked:
    """Questions that name their day: about a lot, about a day, about some events."""

    lots: tuple[Mapping[str, Any], ...]
    day: str
    events: tuple[str, ...] = ()


def reads(url: str, asked: Asked, as_of: AsOf | None = None) -> dict[str, str]:
    """The answers as they would be printed, or the sentence of the refusal."""
    return {name: _printed(read) for name, read in _reads(url, asked, as_of)}


def _printed(read: Callable[[], Any]) -> str:
    try:
        found = read()
    except LedgerError as refused:
        return f"{refused.code}: {refused.sentence}"
    if isinstance(found, Derivation):
        found = found.model_dump(mode="json")
    data = found if isinstance(found, dict) else found.as_data()
    return json.dumps(data, ensure_ascii=False, indent=2)


def _reads(
    url: str, asked: Asked, as_of: AsOf | None
) -> Iterator[tuple[str, Callable[[], object]]]:
    day = on(asked.day)
    for number, lot in enumerate(asked.lots):
        yield f"check {number}", partial(check, url, lot, as_of=as_of)
    for event in asked.events:
        yield f"explain {event}", partial(explain, url, event, as_of=as_of)
    at: dict[str, Any] = {"on": day, "as_of": as_of}
    for cap, holder in ((LPP_YEAR, ("buyer",)), (LPP_YEAR, ("group",)), (TABLE, ("op-ae", "AE"))):
        yield f"explain {cap} {holder}", partial(explain, url, cap, holder, **at)
    for every in (False, True):
        yield f"headroom {every}", partial(headroom, url, Filters(everything=every), **at)
    yield "duties", partial(duties, url, Wanted(), **at)
    yield "rules", partial(rules, url, as_of=as_of)
    yield "rules of a day", partial(rules, url, **at)
    yield "lists", partial(lists, url, **at)
    yield "screen", partial(screen, url, names=("branch",), **at)
    yield "screen all", partial(screen, url, **at)
    yield "settings", partial(settings, url, **at)
    yield "parties", partial(parties, url, **at)
    yield "devices", partial(devices, url, **at)
    yield "entries", partial(entries, url, Sought(party="buyer", limit=20), as_of=as_of)
