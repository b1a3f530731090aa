"""Naming: how rows of reports write a holder, and whom it names."""

from collections.abc import Iterable

from ledger.core.law.caps import Cap

Row = tuple[object, ...]


def holder_text(holder: Iterable[str]) -> str:
    """A holder in one cell."""
    return " / ".join(holder)


def owner_of(cap: Cap, holder: tuple[str, ...]) -> tuple[str | None, str | None]:
    """The party and the destination that a holder names, where it names one."""
    named: dict[str, str] = dict(zip(cap.per, holder, strict=True))
    place = named.pop("destination", None)
    owner = next((value for key, value in named.items() if key not in ("line", "device")), None)
    return owner, place
