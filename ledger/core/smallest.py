"""The smallest set of things that still fail together: why something is not possible.

It is smallest in that without any one of its things the rest fail no longer; there may be others.
Source: U. Junker, QuickXplain (AAAI 2004), which asks few questions where the set is small.
"""

from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")

Fails = Callable[[Sequence[T]], bool]
"""Whether some things fail together; what fails must still fail with more things added to it."""


def minimal(items: Sequence[T], fails: Fails[T]) -> tuple[T, ...] | None:
    """Things that fail together, none of which can be left out; None where all together do not.

    They keep their order. Where there is a choice, earlier things are left out before later ones.
    """
    if not fails(items):
        return None
    if fails(()):
        return ()
    places = _needed([], range(len(items)), lambda some: fails([items[at] for at in some]))
    return tuple(items[at] for at in sorted(places))


def _needed(given: list[int], places: Sequence[int], fails: Fails[int]) -> list[int]:
    """The places that are needed beside some that are given, all of which together fail."""
    if len(places) == 1:
        return list(places)
    half = len(places) // 2
    earlier, later = places[:half], places[half:]
    if fails(sorted([*given, *later])):
        return _needed(given, later, fails)
    kept = _needed([*given, *later], earlier, fails)
    if fails(sorted([*given, *kept])):
        return kept
    return [*kept, *_needed([*given, *kept], later, fails)]
