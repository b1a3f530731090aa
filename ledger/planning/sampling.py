"""Sampling: in which runs a deal closes, and on which day it goes; whole numbers alone.

Every deal draws from a generator of its own, seeded by the seed and the deal's id: another deal in
the file, or another order of them, changes nothing of it, and a larger number of runs begins with
those of a smaller one. Only the generator's raw numbers are used, which are the same for ever.
"""

from dataclasses import dataclass
from fractions import Fraction
from hashlib import sha256
from typing import TYPE_CHECKING, Final

import numpy as np

from ledger.core.deals import Deal

if TYPE_CHECKING:
    from numpy.typing import NDArray

GENERATOR: Final = "PCG64DXSM of numpy, seeded by the seed and the SHA-256 of each deal's id"

_WORD_BYTES: Final = 4
_CLOSING_BITS: Final = 53
_SPARE_BITS: Final = 64 - _CLOSING_BITS
_DAY_BITS: Final = 32
_NUMBERS_A_RUN: Final = 2


@dataclass(frozen=True, slots=True)
class Sample:
    """What a deal does in some runs: the places of those in which it closes, and its day in each.

    Days are counted as by `date.toordinal`.
    """

    runs: "NDArray[np.int64]"
    days: "NDArray[np.int64]"


def sample(deal: Deal, seed: int, first: int, until: int) -> Sample:
    """The runs from one to another, that one out; places are counted from the first of them.

    It closes with its probability, to 2^-53, rounded up, and goes on each day of its window alike,
    to a part in 2^32.
    """
    bits = np.random.PCG64DXSM(np.random.SeedSequence([seed, *_words(deal.deal)]))
    bits.advance(first * _NUMBERS_A_RUN)
    raw = bits.random_raw((until - first) * _NUMBERS_A_RUN).reshape(-1, _NUMBERS_A_RUN)
    below = -(-Fraction(deal.probability) * 2**_CLOSING_BITS // 1)
    closes = (raw[:, 0] >> np.uint64(_SPARE_BITS)) < np.uint64(below)
    runs = np.flatnonzero(closes).astype(np.int64)
    width = (deal.latest - deal.earliest).days + 1
    # A day's number and a window's width have less than 32 bits each: their product fits in 64.
    part = raw[runs, 1] >> np.uint64(_DAY_BITS)
    later = (part * np.uint64(width)) >> np.uint64(_DAY_BITS)
    return Sample(runs, later.astype(np.int64) + deal.earliest.toordinal())


def _words(text: str) -> list[int]:
    """The digest of a text as numbers of 32 bits."""
    digest = sha256(text.encode()).digest()
    parts = (digest[at : at + _WORD_BYTES] for at in range(0, len(digest), _WORD_BYTES))
    return [int.from_bytes(part, "big") for part in parts]
