"""The entries themselves: what was recorded, when and by whom, the newest of those asked for."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from ledger.core.encoding import KINDS, Entry
from ledger.core.errors import InvalidInput, NotFound
from ledger.core.events import AnyEvent
from ledger.core.prefix import Head
from ledger.store.as_of import AsOf, known_by
from ledger.store.entries import newest
from ledger.store.ledger import Ledger
from ledger.store.prefix import StorePrefix

_PARTY_FIELDS: Final = (
    "party",
    "ultimate_consignee",
    "end_user",
    "exporter",
    "purchaser",
    "ultimate_parent",
)


@dataclass(frozen=True, slots=True)
class Sought:
    """Which entries to list: of a kind, that name a party or a device, recorded after a point.

    `limit` keeps the newest ones; None lists all.
    """

    kind: str | None = None
    party: str | None = None
    device: str | None = None
    since: AsOf | None = None
    limit: int | None = None

    def takes(self, event: AnyEvent) -> bool:
        """Whether an event names what is sought."""
        return (self.party is None or self.party in parties_of(event)) and (
            self.device is None or self.device in devices_of(event)
        )


@dataclass(frozen=True, slots=True)
class Entries:
    """Entries in the order in which they were recorded; `more` older ones were left out."""

    entries: tuple[Entry, ...]
    reversed: frozenset[str]
    more: bool
    head: Head

    def as_data(self) -> dict[str, Any]:
        """The entries for programs; `explain` has the whole of one."""
        return {
            "entries": [
                {
                    "seq": one.envelope.seq,
                    "recorded_at": one.envelope.recorded_at,
                    "actor": one.envelope.actor,
                    "via": one.envelope.via,
                    "kind": one.event.kind,
                    "id": one.event.id,
                    "on": str(one.event.on),
                    "reversed": one.event.id in self.reversed,
                }
                for one in self.entries
            ],
            "more": self.more,
            "as_of": {"size": self.head.size, "root": self.head.root},
        }


def entries(url: str, sought: Sought, *, as_of: AsOf | None = None) -> Entries:
    """The entries that a head holds, or the newest of them.

    Raises `InvalidInput` for a kind that there is not, `NotFound` for an unknown party or device
    and for a size that was not reached.
    """
    _check_kind(sought.kind)
    ledger = Ledger.open(url)
    try:
        with ledger.reading(as_of) as prefix:
            _check_known(sought, prefix, ledger)
            after = _after(sought.since, prefix)
            recorded = newest(
                prefix.connection, after=after, size=prefix.head.size, kind=sought.kind
            )
            found = _limited((one for one in recorded if sought.takes(one.event)), sought.limit)
            shown = found[: sought.limit]
            return Entries(
                entries=tuple(reversed(shown)),
                reversed=frozenset(
                    one.event.id for one in shown if prefix.is_reversed(one.event.id)
                ),
                more=len(found) > len(shown),
                head=prefix.head,
            )
    finally:
        ledger.close()


def _limited(found: Iterator[Entry], limit: int | None) -> list[Entry]:
    """As many as are shown, and one more that says whether there are others."""
    return list(found if limit is None else islice(found, limit + 1))


def _check_kind(kind: str | None) -> None:
    if kind is not None and kind not in KINDS:
        raise InvalidInput(
            f"unknown kind '{kind}'", where="--kind", cure=f"use one of {', '.join(sorted(KINDS))}"
        )


def _check_known(sought: Sought, prefix: StorePrefix, ledger: Ledger) -> None:
    party, device = sought.party, sought.device
    if party is not None and not prefix.party(party):
        raise NotFound(
            f"the party '{party}' is not registered",
            where="--party",
            cure="list the registrations: chipledger entries --kind party.registered",
        )
    if device is None or prefix.device(device) or device in ledger.law(prefix).catalogue:
        return
    raise NotFound(
        f"the device '{device}' is not known",
        where="--device",
        cure="use an id of the catalogue, or classify it by an event",
    )


def _after(since: AsOf | None, prefix: StorePrefix) -> int:
    if since is None:
        return 0
    after = known_by(prefix.connection, since, prefix.head.size)
    if after > prefix.head.size:
        raise NotFound(
            f"{prefix.head.size} entries were known, not {after}",
            where="--since",
            cure="take the size that stands in an answer's as_of",
        )
    return after


def parties_of(event: AnyEvent) -> set[str]:
    """The parties that an event names."""
    named = {getattr(event, field, None) for field in _PARTY_FIELDS}
    named.update(getattr(event, "intermediate_consignees", ()))
    named.update(getattr(event, "holder", ()))
    named.update(owner.party for owner in getattr(event, "owners", ()))
    return {one for one in named if one is not None}


def devices_of(event: AnyEvent) -> set[str]:
    """The devices that an event names, those of licence lines among them."""
    lines = getattr(event, "lines", None) or ()
    named = {getattr(event, "device", None), *(line.device for line in lines)}
    return {one for one in named if one is not None}
