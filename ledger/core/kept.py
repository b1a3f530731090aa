"""A prefix that remembers what it was asked: for many questions about one that stays as it is."""

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Final

from ledger.core.prefix import Prefix

REMEMBERED: Final = frozenset(
    {
        "party",
        "below",
        "device",
        "device_days",
        "grant",
        "grants_to",
        "grant_changes",
        "granted",
        "holders",
        "readings",
        "reported_holders",
        "usage",
    }
)
"""What is asked again and again with the same words; movements are not kept."""


class _Kept:
    def __init__(self, below: Prefix) -> None:
        self._below = below

    def __getattr__(self, name: str) -> object:
        found: Callable[..., object] = getattr(self._below, name)
        if name not in REMEMBERED:
            return found
        asked = cache(found)
        setattr(self, name, asked)
        return asked


def kept(below: Prefix) -> Prefix:
    """A prefix that answers as the one below does, and asks it each question once."""
    remembering = _Kept(below)
    if TYPE_CHECKING:
        return below
    return remembering
