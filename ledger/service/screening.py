"""Screening registered parties with their owners, or bare names, against the list of a day."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from ledger.core.errors import NotFound
from ledger.core.events import ListAdopted
from ledger.core.ownership import chain
from ledger.core.prefix import Head, Match
from ledger.core.screening import Hit, clearance, list_on, names_of
from ledger.core.settings import setting
from ledger.service.shell import legal_today
from ledger.store import blobs
from ledger.store.as_of import AsOf
from ledger.store.ledger import Ledger
from ledger.store.prefix import StorePrefix


@dataclass(frozen=True, slots=True)
class Screened:
    """Every hit of the parties that were screened, and against what."""

    hits: tuple[Hit, ...]
    owner_of: Mapping[str, list[str]]
    parties: int
    nameless: tuple[str, ...]
    adopted: ListAdopted
    threshold: int
    on: date
    head: Head

    def as_data(self) -> dict[str, Any]:
        """The hits for programs."""
        return {
            "list": self.adopted.name,
            "digest": self.adopted.digest,
            "source_on": str(self.adopted.source_on),
            "count": self.adopted.count,
            "threshold": self.threshold,
            "on": str(self.on),
            "parties": self.parties,
            "not_screened": list(self.nameless),
            "hits": [
                {
                    "party": hit.party,
                    "hit": hit.match.entry,
                    "list": hit.match.source,
                    "listed_name": hit.match.listed_name,
                    "party_name": hit.match.party_name,
                    "score": hit.match.score,
                    "why": hit.match.why,
                    "owner_of": self.owner_of.get(hit.party, []),
                    "cleared_by": hit.clearance.signed_by if hit.clearance else None,
                    "cleared_because": hit.clearance.reason if hit.clearance else None,
                }
                for hit in self.hits
            ],
            "as_of": {"size": self.head.size, "root": self.head.root},
        }


def screen(
    url: str,
    parties: Sequence[str] = (),
    *,
    names: Sequence[str] = (),
    on: date | None = None,
    as_of: AsOf | None = None,
) -> Screened:
    """Screen registered parties (all of them, if none is named) with their owners, or bare names.

    Raises `NotFound` where no list is adopted or a party is not registered.
    """
    ledger = Ledger.open(url)
    try:
        with ledger.reading(as_of) as prefix:
            day = on or legal_today(prefix)
            adopted = list_on(prefix, day)
            if adopted is None:
                raise NotFound(
                    "no screening list is adopted", cure="adopt one: chipledger lists adopt FILE"
                )
            everyone = parties or (() if names else prefix.parties())
            above = {party: chain(party, day, prefix.party) for party in everyone}
            owners = [one for own in above.values() for one in own if prefix.party(one)]
            registered = _names(dict.fromkeys([*everyone, *owners]), prefix, day)
            threshold = int(setting("screening/threshold", day, prefix))
            index = blobs.index(prefix.connection, adopted.digest)
            asked = {party: own for party, own in registered.items() if own}
            found = index.batch(asked, at_least=threshold) if asked else {}
            bare = index.batch({name: (name,) for name in names}, at_least=threshold)
            return Screened(
                hits=tuple(sorted([*_hits(found, prefix, day), *_bare(bare)], key=_order)),
                owner_of=_owned(above),
                parties=len(registered) + len(bare),
                nameless=tuple(party for party in registered if party not in asked),
                adopted=adopted,
                threshold=threshold,
                on=day,
                head=prefix.head,
            )
    finally:
        ledger.close()


def _names(parties: Iterable[str], prefix: StorePrefix, on: date) -> dict[str, tuple[str, ...]]:
    unknown = [party for party in parties if not prefix.party(party)]
    if unknown:
        raise NotFound(
            f"the party '{unknown[0]}' is not registered",
            cure="name registered parties, or a bare name with --name",
        )
    return {party: names_of(party, on, prefix) for party in parties}


def _hits(found: Mapping[str, Sequence[Match]], prefix: StorePrefix, on: date) -> Iterator[Hit]:
    for party, matches in found.items():
        for match in matches:
            yield Hit(party, match, clearance(party, match, on, prefix))


def _owned(above: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Which of the screened parties each owner stands above."""
    found: dict[str, list[str]] = {}
    for party, owners in above.items():
        for owner in owners:
            found.setdefault(owner, []).append(party)
    return found


def _bare(found: Mapping[str, Sequence[Match]]) -> Iterator[Hit]:
    """Hits of bare names: nobody is cleared by a name alone."""
    return (Hit(name, match, None) for name, matches in found.items() for match in matches)


def _order(hit: Hit) -> tuple[int, str, str]:
    return -hit.match.score, hit.party, hit.match.entry
