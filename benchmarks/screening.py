"""Screening measures, on an invented list as long as the one of July 2026."""

from collections.abc import Iterator
from itertools import count, product

from rapidfuzz import fuzz, process

from ledger.screening.index import Index
from ledger.screening.lists import ListedParty

LISTED = 25_921
BATCH = 10_000
AT_LEAST = 88
SYLLABLES = ("ba", "cho", "den", "fu", "gar", "hin", "jo", "kla", "lem", "mor", "nu", "pra", "sto")
TRADES = ("trading", "electronics", "marine", "aviation", "systems", "petroleum", "logistics")


def invented() -> Iterator[str]:
    """Names of two invented words and a trade, without end and without chance."""
    words = ["".join(parts) for parts in product(SYLLABLES, repeat=3)]
    for number in count():
        first, second = words[number % len(words)], words[number * 7 // 3 % len(words)]
        yield f"{first} {second} {TRADES[number % len(TRADES)]} Co. {number // len(words) or ''}"


def listed() -> list[ListedParty]:
    """The list: each party with an alias."""
    names = invented()
    return [
        ListedParty(entry=f"EL:{n}", source="EL", name=next(names), aliases=(next(names),))
        for n in range(LISTED)
    ]


def asked(parties: int) -> dict[str, tuple[str, ...]]:
    """Parties to screen: other invented names."""
    names = invented()
    for _ in range(LISTED * 2 + 11):
        next(names)
    return {f"party-{n}": (next(names),) for n in range(parties)}


def loaded(data: bytes, names: tuple[str, ...]) -> None:
    """Load the index and screen one party."""
    Index.from_bytes(data).matches(names, at_least=AT_LEAST)


def raw_single(keys: list[str], name: str) -> None:
    """The least that screening one party can do: one ratio for each name."""
    process.extract(name, keys, scorer=fuzz.ratio, score_cutoff=AT_LEAST, limit=None)


def raw_batch(keys: list[str], names: list[str]) -> None:
    """The least that screening many can do: one matrix of ratios."""
    for first in range(0, len(names), 1000):
        process.cdist(
            names[first : first + 1000], keys, scorer=fuzz.ratio, score_cutoff=AT_LEAST, workers=-1
        )
