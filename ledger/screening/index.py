"""All names of a list, ready to be compared: built once, stored, and loaded for every check."""

import json
import zlib
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Self

from rapidfuzz import fuzz, process

from ledger.core.errors import InvalidInput
from ledger.core.prefix import Match
from ledger.screening.building import sections
from ledger.screening.lists import ListedParty
from ledger.screening.names import Spelling, spellings
from ledger.screening.scoring import CONTAINED, WHOLE, own_word, ratio, says_enough, stems, why

FLOOR: Final = 70
"""The lowest score that may be asked for: below it names are chance."""

FORMAT: Final = "chipledger-index-2"
"""Changes with the layout and with how names are read; an index of another format is rebuilt."""

QUERIES: Final = 1000
"""Names compared at a time: one byte for each pair, some 50 MB with today's list."""

_SECTIONS: Final = ("keys", "joined", "joined_in", "words", "anchors", "holders", "owners", "names")


@dataclass(frozen=True, slots=True)
class _Best:
    """Of two the one with the lesser rank: higher score, then names in alphabetical order."""

    rank: tuple[int, str, str, str, int]
    source: str
    spelling: Spelling


class Index:
    """The names of a list: what they come down to, the words they share, whose they are.

    Held packed, each section a text of lines, and unpacked when it is first needed.
    """

    def __init__(self, packed: Mapping[str, bytes]) -> None:
        """Take the compressed sections."""
        self._packed = dict(packed)

    @classmethod
    def of(cls, parties: Iterable[ListedParty]) -> Self:
        """Read every name of every party."""
        texts = sections(parties)
        return cls({name: zlib.compress(texts[name].encode(), 9) for name in _SECTIONS})

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Read what `to_bytes` wrote; raises `InvalidInput` for anything else."""
        head, _, body = data.partition(b"\n")
        try:
            said = json.loads(head)
            sizes = [said["sizes"][name] for name in _SECTIONS]
            fits = said["format"] == FORMAT and sum(sizes) == len(body)
        except (ValueError, KeyError, TypeError):
            fits, sizes = False, []
        if not fits:
            raise InvalidInput("this is no index of screening names", cure="build it anew")
        packed, start = {}, 0
        for name, size in zip(_SECTIONS, sizes, strict=True):
            packed[name] = body[start : start + size]
            start += size
        return cls(packed)

    def to_bytes(self) -> bytes:
        """The index as one file: a line that says where each section ends, then the sections."""
        sizes = {name: len(self._packed[name]) for name in _SECTIONS}
        head = json.dumps({"format": FORMAT, "sizes": sizes}, separators=(",", ":"))
        return b"\n".join([head.encode(), b"".join(self._packed[name] for name in _SECTIONS)])

    def matches(self, names: Sequence[str], *, at_least: int) -> list[Match]:
        """Compare one party's name and other names; the best match of each entry, best first.

        Raises `InvalidInput` where no name has a letter or digit, or `at_least` is out of range.
        """
        _check(at_least)
        read = _read("the party", names)
        near = {key: self._near(key, at_least) for key in sorted({s.key for _, s in read})}
        return self._matches(read, near, at_least)

    def batch(
        self,
        names_by_party: Mapping[str, Sequence[str]],
        *,
        at_least: int,
    ) -> dict[str, list[Match]]:
        """Compare many parties: for each what `matches` gives, on all processors at once."""
        _check(at_least)
        read = {party: _read(f"party '{party}'", names) for party, names in names_by_party.items()}
        keys = sorted({spelling.key for names in read.values() for _, spelling in names})
        near = self._all_near(keys, at_least)
        return {party: self._matches(names, near, at_least) for party, names in read.items()}

    # ---- which names to look at

    def _near(self, key: str, at_least: int) -> list[int]:
        found = process.extract(
            key,
            self._keys,
            scorer=fuzz.ratio,
            score_cutoff=at_least - 1,
            limit=None,
        )
        return [number for _, _, number in found]

    def _all_near(self, keys: Sequence[str], at_least: int) -> dict[str, list[int]]:
        import numpy as np

        near: dict[str, list[int]] = {key: [] for key in keys}
        for start in range(0, len(keys), QUERIES):
            some = keys[start : start + QUERIES]
            points = process.cdist(
                some,
                self._keys,
                scorer=fuzz.ratio,
                score_cutoff=at_least - 1,
                dtype=np.uint8,
                workers=-1,
            )
            for row, number in zip(*(place.tolist() for place in points.nonzero()), strict=True):
                near[some[row]].append(number)
        return near

    def _containing(self, spelling: Spelling) -> Iterator[int]:
        """Names all of whose words stand in this one, or in which all of its words stand.

        And names with the same one word of their own, such as Huawei Group and Huawei Technologies.
        """
        words = stems(spelling.key)
        places = [place for word in words if (place := _place(self._words, word)) is not None]
        for place in places:
            for number in map(int, self._anchors[place].split()):
                if stems(self._keys[number]) <= words:
                    yield number
        own = own_word(words)
        place = None if own is None else _place(self._words, own)
        for number in map(int, self._holders[place].split()) if place is not None else ():
            if own_word(stems(self._keys[number])) == own:
                yield number
        if len(places) < len(words) or not says_enough(words):
            return
        rarest = min((self._holders[place] for place in places), key=len)
        for number in map(int, rarest.split()):
            if words <= stems(self._keys[number]):
                yield number

    # ---- what they score

    def _matches(
        self,
        read: Iterable[tuple[str, Spelling]],
        near: Mapping[str, Iterable[int]],
        at_least: int,
    ) -> list[Match]:
        best: dict[str, _Best] = {}
        for name, spelling in read:
            for number, score in self._scores(spelling, near[spelling.key]).items():
                if score < at_least:
                    continue
                for entry, source, listed_name in self._owned(number):
                    rank = (-score, listed_name, name, spelling.key, number)
                    if entry not in best or rank < best[entry].rank:
                        best[entry] = _Best(rank, source, spelling)
        found = [self._match(entry, one) for entry, one in best.items()]
        return sorted(found, key=lambda match: (-match.score, match.entry))

    def _scores(self, spelling: Spelling, near: Iterable[int]) -> dict[int, int]:
        scores = {number: ratio(spelling.key, self._keys[number]) for number in near}
        for number in self._containing(spelling):
            scores[number] = max(CONTAINED, ratio(spelling.key, self._keys[number]))
        place = _place(self._joined, spelling.joined)
        if place is not None:
            scores |= dict.fromkeys(map(int, self._joined_in[place].split()), WHOLE)
        return scores

    def _match(self, entry: str, best: _Best) -> Match:
        lost, listed_name, party_name, _, number = best.rank
        reason = why(best.spelling, listed_name, self._keys[number], -lost)
        return Match(entry, best.source, listed_name, party_name, -lost, reason)

    def _owned(self, number: int) -> Iterator[tuple[str, str, str]]:
        for owner in self._owners[number].split():
            entry, source, name = self._names[int(owner)].split("\t")
            yield entry, source, name

    # ---- the sections, each unpacked once

    def _lines(self, section: str) -> list[str]:
        return zlib.decompress(self._packed[section]).decode().split("\n")

    @cached_property
    def _keys(self) -> list[str]:
        return self._lines("keys")

    @cached_property
    def _joined(self) -> list[str]:
        return self._lines("joined")

    @cached_property
    def _joined_in(self) -> list[str]:
        return self._lines("joined_in")

    @cached_property
    def _words(self) -> list[str]:
        return self._lines("words")

    @cached_property
    def _anchors(self) -> list[str]:
        return self._lines("anchors")

    @cached_property
    def _holders(self) -> list[str]:
        return self._lines("holders")

    @cached_property
    def _owners(self) -> list[str]:
        return self._lines("owners")

    @cached_property
    def _names(self) -> list[str]:
        return self._lines("names")


def _place(lines: Sequence[str], line: str) -> int | None:
    """Where a line stands in sorted lines; a dictionary would cost more to build than it saves."""
    place = bisect_left(lines, line)
    return place if place < len(lines) and lines[place] == line else None


def _check(at_least: int) -> None:
    if not FLOOR <= at_least <= WHOLE:
        raise InvalidInput(
            f"expected a score from {FLOOR} to {WHOLE} to match at, found {at_least}",
            cure="name the lowest score that a person shall see; 88 is the default",
        )


def _read(whose: str, names: Sequence[str]) -> list[tuple[str, Spelling]]:
    read = [(name, spelling) for name in names for spelling in spellings(name)]
    if not read:
        raise InvalidInput(
            f"no name has a letter or a digit: {', '.join(map(repr, names)) or 'there is none'}",
            where=whose,
            cure="give the name as it stands in the order; nothing else can be screened",
        )
    return read
