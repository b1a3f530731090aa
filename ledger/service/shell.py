"""What the shell knows and the core must not: the clock, the actor, the countries of the world."""

import getpass
import os
import tomllib
from datetime import UTC, date, datetime
from functools import cache
from secrets import randbits
from time import time_ns
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ledger.core.errors import InvalidInput
from ledger.core.events import LedgerCreated
from ledger.paths import RULES
from ledger.store.prefix import StorePrefix
from ledger.store.writer import Signature


def signature(via: str, *, actor: str | None = None) -> Signature:
    """Who records and when: the named actor, else CHIPLEDGER_ACTOR, else the system's user."""
    return Signature(
        actor=actor or os.environ.get("CHIPLEDGER_ACTOR") or _system_user(),
        via=via,
        recorded_at=datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z"),
    )


def _system_user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


def new_id(prefix: str) -> str:
    """A fresh id, for callers that bring none: the time, then chance (RFC 9562, UUID version 7).

    Those made one after the other stand beside each other in an index, which writes fewer pages.
    """
    milliseconds, chance = time_ns() // 1_000_000, randbits(74)
    above, below = divmod(chance, 1 << 62)
    return f"{prefix}-{UUID(int=milliseconds << 80 | 7 << 76 | above << 64 | 2 << 62 | below)}"


def checked_zone(name: str, where: str) -> ZoneInfo:
    """A time zone by its name; raises `InvalidInput` for one that nobody knows."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InvalidInput(
            f"unknown time zone '{name}'", where=where, cure="use one such as UTC"
        ) from error


def legal_today(prefix: StorePrefix) -> date:
    """Today in the ledger's own time zone."""
    created = prefix.find("ledger")
    zone = created.time_zone if isinstance(created, LedgerCreated) else "UTC"
    return datetime.now(ZoneInfo(zone)).date()


def utc_today() -> date:
    """Today in UTC."""
    return datetime.now(UTC).date()


@cache
def countries() -> dict[str, str]:
    """Destination codes with their names."""
    text = (RULES / "countries.toml").read_text(encoding="utf-8")
    named: dict[str, str] = tomllib.loads(text)["countries"]
    return named
