"""Three-valued logic: true, false, or None where a fact is not known."""

from collections.abc import Iterable


def some(verdicts: Iterable[bool | None]) -> bool | None:
    """Three-valued or: true if one is, else unknown if one is, else false.

    Nothing after the first true one is asked.
    """
    found: bool | None = False
    for verdict in verdicts:
        if verdict:
            return True
        if verdict is None:
            found = None
    return found


def every(verdicts: Iterable[bool | None]) -> bool | None:
    """Three-valued and: false if one is, else unknown if one is, else true.

    Nothing after the first false one is asked.
    """
    found: bool | None = True
    for verdict in verdicts:
        if verdict is False:
            return False
        if verdict is None:
            found = None
    return found


def both(left: bool | None, right: bool | None) -> bool | None:  # noqa: FBT001 -- logic values
    """Three-valued and of two."""
    return every((left, right))


def negated(verdict: bool | None) -> bool | None:  # noqa: FBT001 -- a logic value
    """Three-valued not."""
    return None if verdict is None else not verdict
