"""Screening: which parties of a lot, and which of their owners, match a listed party."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from ledger.core.events import ListAdopted, PartyCleared
from ledger.core.parties import latest
from ledger.core.prefix import Match, Prefix
from ledger.core.settings import setting

CSL: Final = "us-csl"
"""The Consolidated Screening List: the one that lots are screened against."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A party that matches a listed one, and the clearance that takes the hit away, if any."""

    party: str
    match: Match
    clearance: PartyCleared | None

    @property
    def label(self) -> str:
        """The hit in words."""
        match = self.match
        cleared = "" if self.clearance is None else f", cleared by {self.clearance.signed_by}"
        return (
            f"{self.party} matches '{match.listed_name}' ({match.entry}, score {match.score}"
            f"{cleared})"
        )


def list_on(prefix: Prefix, on: date) -> ListAdopted | None:
    """The screening list of a day: the last one published up to it, else the first one there is."""
    lists = [one for one in prefix.lists() if one.name == CSL]
    published = [one for one in lists if one.source_on <= on]
    return published[-1] if published else lists[0] if lists else None


def names_of(party: str, on: date, prefix: Prefix) -> tuple[str, ...]:
    """The names that a party is screened by; of a day before its first registration, that one's.

    A name without a letter or digit says nothing and is left out.
    """
    facts = latest(prefix.party(party), on) or next(iter(prefix.party(party)), None)
    names = () if facts is None else (facts.name, *facts.aliases)
    return tuple(name for name in names if any(sign.isalnum() for sign in name))


def hits(party: str, adopted: ListAdopted | None, on: date, prefix: Prefix) -> tuple[Hit, ...]:
    """Parties of a list that a party's name or aliases match, from the threshold of the day on."""
    names = names_of(party, on, prefix)
    if adopted is None or not names:
        return ()
    threshold = int(setting("screening/threshold", on, prefix))
    found = prefix.matches(adopted.digest, names, threshold)
    return tuple(Hit(party, match, clearance(party, match, on, prefix)) for match in found)


def clearance(party: str, match: Match, on: date, prefix: Prefix) -> PartyCleared | None:
    """The clearance of a party from a match that stands on a day.

    It was given to the names that the party had then: a name taken later is not cleared by it.
    """
    given = latest([one for one in prefix.clearances(party) if one.hit == match.entry], on)
    if given is None or match.party_name not in names_of(party, given.on, prefix):
        return None
    return given


def labels(found: Sequence[Hit]) -> str:
    """Hits in words: the best of each party, and how many more it has."""
    best: dict[str, list[Hit]] = {}
    for hit in found:
        best.setdefault(hit.party, []).append(hit)
    return "; ".join(
        own[0].label + (f" and {len(own) - 1} more" if len(own) > 1 else "")
        for own in best.values()
    )


def uncleared(found: Iterable[Hit], lists: Iterable[str]) -> list[Hit]:
    """Hits on some lists that no clearance took away."""
    wanted = set(lists)
    return [hit for hit in found if hit.match.source in wanted and hit.clearance is None]
