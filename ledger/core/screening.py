"""Screening: which parties of a lot, and which of their owners, match a listed party."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from ledger.core.events import ListAdopted, PartyCleared
from ledger.core.parties import latest
from ledger.core.prefix import Match, Prefix
from ledger.core.settings import setting


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
    lists = prefix.lists()
    published = [one for one in lists if one.source_on <= on]
    return published[-1] if published else lists[0] if lists else None


def hits(party: str, on: date, prefix: Prefix) -> tuple[Hit, ...]:
    """Listed parties that a party's name or aliases match, from the threshold of the day on."""
    adopted = list_on(prefix, on)
    facts = latest(prefix.party(party), on) or next(iter(prefix.party(party)), None)
    if adopted is None or facts is None:
        return ()
    threshold = int(setting("screening/threshold", on, prefix))
    found = prefix.matches(adopted.digest, (facts.name, *facts.aliases), threshold)
    return tuple(Hit(party, match, clearance(party, match.entry, on, prefix)) for match in found)


def clearance(party: str, entry: str, on: date, prefix: Prefix) -> PartyCleared | None:
    """The clearance of a party from a listed one that stands on a day."""
    return latest([one for one in prefix.clearances(party) if one.hit == entry], on)


def uncleared(found: Iterable[Hit], lists: Iterable[str]) -> list[Hit]:
    """Hits on some lists that no clearance took away."""
    wanted = set(lists)
    return [hit for hit in found if hit.match.source in wanted and hit.clearance is None]
