"""The sections of an index, each a text of lines."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from ledger.screening.lists import ListedParty
from ledger.screening.names import spellings
from ledger.screening.scoring import says_enough, says_enough_alone, stems

CRAFT: Final = frozenset({"Vessel", "Aircraft"})
PERSON: Final = "Individual"


@dataclass
class _Key:
    """What stands behind a key: listed names, ways to write it, kinds of its bearers."""

    owners: list[int] = field(default_factory=list)
    joined: set[str] = field(default_factory=set)
    kinds: set[str | None] = field(default_factory=set)


def sections(parties: Iterable[ListedParty]) -> dict[str, str]:
    """Every name of every party under its key, and the keys under their words.

    `keys`, `owners` (numbers of lines in `names`) and `names` (entry, source, name) say whose a
    key is; `joined` with `joined_in` finds a key without blanks; `words` with `anchors` finds the
    keys whose rarest word it is, with `holders` those that have it at all.
    """
    names: list[str] = []
    by_key: defaultdict[str, _Key] = defaultdict(_Key)
    for party in parties:
        for name in dict.fromkeys((party.name, *party.aliases)):
            for spelling in spellings(name):
                key = by_key[spelling.key]
                key.owners.append(len(names))
                key.joined.add(spelling.joined)
                key.kinds.add(party.kind)
            names.append(f"{party.entry}\t{party.source}\t{' '.join(name.split())}")
    keys = sorted(by_key)
    return {
        "keys": "\n".join(keys),
        "owners": "\n".join(_numbers(dict.fromkeys(by_key[key].owners)) for key in keys),
        "names": "\n".join(names),
        **_joined_sections(keys, by_key),
        **_word_sections(keys, by_key),
    }


def _joined_sections(keys: list[str], by_key: dict[str, _Key]) -> dict[str, str]:
    found: defaultdict[str, list[int]] = defaultdict(list)
    for number, key in enumerate(keys):
        for joined in by_key[key].joined:
            found[joined].append(number)
    order = sorted(found)
    return {
        "joined": "\n".join(order),
        "joined_in": "\n".join(_numbers(found[joined]) for joined in order),
    }


def _word_sections(keys: list[str], by_key: dict[str, _Key]) -> dict[str, str]:
    words_of = [stems(key) for key in keys]
    frequency = Counter(word for words in words_of for word in words)
    anchors: defaultdict[str, list[int]] = defaultdict(list)
    holders: defaultdict[str, list[int]] = defaultdict(list)
    for number, (key, words) in enumerate(zip(keys, words_of, strict=True)):
        if _points_to_one(words, by_key[key].kinds):
            anchors[min(words, key=lambda word: (frequency[word], word))].append(number)
        if len(words) > 1 and not by_key[key].kinds <= CRAFT:
            for word in words:
                holders[word].append(number)
    order = sorted({*anchors, *holders})
    return {
        "words": "\n".join(order),
        "anchors": "\n".join(_numbers(anchors[word]) for word in order),
        "holders": "\n".join(_numbers(holders[word]) for word in order),
    }


def _points_to_one(words: frozenset[str], kinds: set[str | None]) -> bool:
    """Whether a longer name with these words may be meant: ships' names are anybody's words."""
    if kinds <= CRAFT:
        return False
    return says_enough(words) or (says_enough_alone(words) and not kinds <= {*CRAFT, PERSON})


def _numbers(numbers: Iterable[int]) -> str:
    return " ".join(map(str, numbers))
