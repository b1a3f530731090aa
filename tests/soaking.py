"""Soaking: the same tests with other seeds, for as long as they are told (docs/testing.md)."""

import os
from collections.abc import Iterator
from secrets import randbits
from time import monotonic
from typing import Final

SECONDS: Final = "CHIPLEDGER_SOAK_SECONDS"
"""Names for how long each soaking test runs; without it a test runs once and always alike."""

SEED: Final = "CHIPLEDGER_SEED"
"""Names the one seed that a soaking test runs with: that of a failure, to have it again."""


def soaking() -> bool:
    return SECONDS in os.environ or SEED in os.environ


def seeds() -> Iterator[int]:
    """Seeds until the time is over, each printed before it is used."""
    if SEED in os.environ:
        yield int(os.environ[SEED])
        return
    end = monotonic() + float(os.environ[SECONDS])
    while monotonic() < end:
        seed = randbits(32)
        print(f"{SEED}={seed}", flush=True)  # noqa: T201 -- pytest shows it with a failure
        yield seed
