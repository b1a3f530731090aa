"""How alike two names are, in whole points, and the sentence that says why."""

from collections.abc import Iterable
from typing import Final

from rapidfuzz.distance import Indel

from ledger.screening.names import Spelling, spellings, stem

WHOLE: Final = 100
CONTAINED: Final = 90
"""What a name scores at least of which all words stand in the other."""

LEAST_LETTERS: Final = 8
LEAST_LETTERS_ALONE: Final = 7
LEAST_LETTERS_OWN: Final = 5

# Words that half of all companies carry: a name of nothing else is contained in too many.
GENERIC: Final = frozenset(
    """
    academy advanced asset association bank bureau business capital center central centre
    commercial communication computer computing construction data design development digital
    electronic energy engineering enterprise equipment export factory first for foundation general
    global group holding import industrial industry information innovation institute institution
    intelligent international intl investment joint laboratory logistic management manufacturing
    material
    national network new office organization partner plant power precision product production
    research resource science scientific service shipping smart software solution state system
    tech technical technology trade trading united university world
    """.split()  # noqa: SIM905 -- as a list it would be eighty lines long
)

# Names of places that stand alone on the list as the name of a party.
PLACES: Final = frozenset({"alicante", "belarus", "beijing", "indonesia", "shanghai", "shenzhen"})


def ratio(party_key: str, listed_key: str) -> int:
    """The share of letters that stay when one is turned into the other, in points, rounded up.

    Rounded up and not off, so that rounding never lets a name pass; this is `fuzz.ratio`
    of rapidfuzz in whole numbers.
    """
    letters = len(party_key) + len(listed_key)
    if not letters:
        return 0
    same = letters - Indel.distance(party_key, listed_key)
    return -(-WHOLE * same // letters)


def stems(key: str) -> frozenset[str]:
    """The different words of a name without their plurals."""
    return frozenset(map(stem, key.split()))


def says_enough(words: frozenset[str]) -> bool:
    """Whether words inside another name point to this one: two or more, not all of them generic."""
    return len(words) > 1 and sum(map(len, words)) >= LEAST_LETTERS and not words <= GENERIC


def says_enough_alone(words: frozenset[str]) -> bool:
    """Whether a listed name is one word so long and so rare that it points to its bearer."""
    return (
        len(words) == 1
        and sum(map(len, words)) >= LEAST_LETTERS_ALONE
        and words.isdisjoint(GENERIC | PLACES)
    )


def own_word(words: frozenset[str]) -> str | None:
    """The one word of a name that is its own, where all others are what half of all carry."""
    own = words - GENERIC
    word = next(iter(own), "")
    long_enough = len(word) >= LEAST_LETTERS_OWN and word not in PLACES
    return word if len(own) == 1 and long_enough else None


def why(party: Spelling, listed_name: str, listed_key: str, score: int) -> str:
    """One sentence for the person who has to decide whether the two are the same."""
    listed = next(
        (read for read in spellings(listed_name) if read.key == listed_key),
        Spelling(tuple(listed_key.split())),
    )
    ours, theirs = stems(party.key), stems(listed_key)
    parts = [
        f"'{party.key}' and '{listed_key}' are {_degree(party, listed, score)}",
        f"in common: {_said(word for word in party.words if stem(word) in theirs)}",
        f"only in the party's name: {_said(w for w in party.words if stem(w) not in theirs)}",
        f"only in the listed name: {_said(w for w in listed.words if stem(w) not in ours)}",
        f"left out as legal forms: {_said((*party.dropped, *listed.dropped))}",
    ]
    return "; ".join(parts) + "."


def _degree(party: Spelling, listed: Spelling, score: int) -> str:
    alike = ratio(party.key, listed.key)
    if alike == score:
        return "the same" if alike == WHOLE else f"{alike} of {WHOLE} alike"
    if score == WHOLE:
        return "the same but for blanks"
    ours, theirs = stems(party.key), stems(listed.key)
    if ours <= theirs or theirs <= ours:
        return f"{alike} of {WHOLE} alike, and all words of one stand in the other ({score})"
    return f"{alike} of {WHOLE} alike, and both have one word of their own, the same ({score})"


def _said(words: Iterable[str]) -> str:
    return ", ".join(sorted(set(words))) or "none"
