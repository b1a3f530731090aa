"""Kinship: the parties that may stand above or below a party, on whatever day."""

from collections.abc import Callable, Iterable

from ledger.core.parties import named_parents
from ledger.core.prefix import Prefix


def family(top: str, prefix: Prefix) -> list[str]:
    """Every party that may belong under an ultimate parent: those that ever named one below it."""
    return kin([top], prefix.below)


def above(party: str, prefix: Prefix) -> set[str]:
    """The parties that a party ever named above itself."""
    return {parent for version in prefix.party(party) for parent in named_parents(version)}


def kin(parties: Iterable[str], related: Callable[[str], Iterable[str]]) -> list[str]:
    """The parties and everyone they are related to, directly or through others, each once."""
    found = dict.fromkeys(parties)
    waiting = list(found)
    while waiting:
        for party in related(waiting.pop()):
            if party not in found:
                found[party] = None
                waiting.append(party)
    return list(found)
