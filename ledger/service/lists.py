"""Screening lists: adopting one, clearing a party of a hit, which ones there are."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from ledger.core.errors import Conflict, InvalidInput, NotFound
from ledger.core.events import ListAdopted, PartyCleared
from ledger.core.ownership import chain
from ledger.core.prefix import Head
from ledger.core.screening import CSL, hits, list_on
from ledger.core.settings import setting
from ledger.screening.index import Index
from ledger.screening.lists import ListedParty, ScreeningList, read_content, read_list
from ledger.service.recording import expire_overdue, record
from ledger.service.requests import built
from ledger.service.shell import legal_today, new_id, utc_today
from ledger.service.writing import writing
from ledger.store import blobs
from ledger.store.as_of import AsOf
from ledger.store.ledger import Ledger
from ledger.store.prefix import StorePrefix
from ledger.store.writer import Signature, Writer


@dataclass(frozen=True, slots=True)
class Adoption:
    """What adopting a list did: the event, whether it is new, and how its lists grew or shrank."""

    event: ListAdopted
    new: bool
    by_source: Mapping[str, int]
    before: Mapping[str, int]
    file_digest: str
    head: Head

    def as_data(self) -> dict[str, Any]:
        """The adoption for programs."""
        return {
            "list": self.event.name,
            "digest": self.event.digest,
            "file_digest": self.file_digest,
            "source_on": str(self.event.source_on),
            "count": self.event.count,
            "new": self.new,
            "by_source": dict(self.by_source),
            "before": dict(self.before),
            "as_of": {"size": self.head.size, "root": self.head.root},
        }


def adopt(
    url: str,
    file: Path,
    *,
    published: date | None = None,
    force: str | None = None,
    actor: str | None = None,
) -> Adoption:
    """Adopt a list as published: its contents, and an event with its digest, day and count.

    Raises `InvalidInput` for a file that is no list or says no day, `Conflict` where the list is
    shorter than the one before by more than the setting allows and `force` gives no reason.
    """
    found = read_list(file)
    source_on = _source_day(found, published, str(file))
    with writing(url, actor=actor) as (writer, mark):
        expire_overdue(writer, mark)
        _has_come(source_on, writer, "--published" if published else str(file))
        before = _counts_before(writer, source_on)
        counts = _by_source(found.parties)
        _not_shrunk(counts, before, writer.prefix, legal_today(writer.prefix), force)
        event, new = _adopted(found, source_on, writer, mark, force)
        head = writer.prefix.head
    return Adoption(
        event,
        new=new,
        by_source=counts,
        before=before,
        file_digest=found.file_digest,
        head=head,
    )


def _adopted(
    found: ScreeningList, source_on: date, writer: Writer, mark: Signature, force: str | None
) -> tuple[ListAdopted, bool]:
    """The event of a list's adoption, and whether it is new: the same list is adopted once."""
    event = built(
        ListAdopted,
        "lists adopt",
        id=f"list {CSL} {source_on} {found.digest[:16]}",
        on=legal_today(writer.prefix),
        name=CSL,
        digest=found.digest,
        source_on=source_on,
        count=len(found.parties),
        reason=force,
    )
    known = writer.prefix.find(event.id)
    if isinstance(known, ListAdopted) and not writer.prefix.is_reversed(event.id):
        return known, False
    if known is not None:
        event = event.model_copy(update={"id": new_id(event.id)})
    blobs.put(writer.connection, found.digest, found.content)
    blobs.keep_index(writer.connection, found.digest, Index.of(found.parties))
    record(writer, event, mark)
    return event, True


def _source_day(found: ScreeningList, published: date | None, where: str) -> date:
    """The day of a list: what the file says, else what the adopter says."""
    if found.source_day is not None and published not in (None, found.source_day):
        raise InvalidInput(
            f"the file says that it is of {found.source_day}, not of {published}",
            where=where,
            cure="leave --published out",
        )
    day = found.source_day or published
    if day is None:
        raise InvalidInput(
            "the file does not say on which day it was published",
            where=where,
            cure="name the day: --published YYYY-MM-DD",
        )
    return day


def _has_come(source_on: date, writer: Writer, where: str) -> None:
    """Refuse a list of tomorrow; a publisher's day may have begun where the ledger's has not."""
    today = max(legal_today(writer.prefix), utc_today())
    if source_on > today:
        raise InvalidInput(f"the list is of {source_on}, which has not come", where=where)


def _by_source(parties: Iterable[ListedParty]) -> dict[str, int]:
    return dict(sorted(Counter(party.source for party in parties).items()))


def _counts_before(writer: Writer, source_on: date) -> dict[str, int]:
    """How many parties each list had in the version before; of the oldest list, in the next."""
    lists = writer.prefix.lists()
    before = [one for one in lists if one.source_on <= source_on]
    nearest = before[-1:] or lists[:1]
    if not nearest:
        return {}
    return _by_source(read_content(blobs.get(writer.connection, nearest[0].digest)))


def _not_shrunk(
    counts: Mapping[str, int],
    before: Mapping[str, int],
    prefix: StorePrefix,
    today: date,
    force: str | None,
) -> None:
    """Refuse a list, or one of those within it, that lost more than the setting allows."""
    most = int(setting("screening/max-shrink-percent", today, prefix))
    pairs = {"all": (sum(before.values()), sum(counts.values()))}
    pairs |= {source: (had, counts.get(source, 0)) for source, had in before.items()}
    shrunk = [
        f"{source} from {had:,} to {has:,}"
        for source, (had, has) in pairs.items()
        if (had - has) * 100 > most * had
    ]
    if shrunk and force is None:
        raise Conflict(
            f"the list shrank by more than {most} %: {', '.join(shrunk)}",
            where="lists adopt",
            cure="get the list again; if it is right, say why: --force REASON",
        )


def clear(
    url: str,
    party: str,
    hits: Sequence[str],
    *,
    reason: str,
    signed_by: str,
    on: date | None = None,
    actor: str | None = None,
) -> list[PartyCleared]:
    """Record that hits do not stop a party, from a day on, and why: an event for each.

    Raises `NotFound` where the party is not registered or neither it nor an owner of it matches.
    """
    with writing(url, actor=actor) as (writer, mark):
        expire_overdue(writer, mark)
        day = on or legal_today(writer.prefix)
        _known_hits(party, hits, writer.prefix, day)
        cleared = [
            built(
                PartyCleared,
                "lists clear",
                id=new_id("clearance"),
                on=day,
                party=party,
                hit=hit,
                reason=reason,
                signed_by=signed_by,
            )
            for hit in dict.fromkeys(hits)
        ]
        for event in cleared:
            record(writer, event, mark)
    return cleared


def _known_hits(party: str, named: Iterable[str], prefix: StorePrefix, on: date) -> None:
    if not prefix.party(party):
        raise NotFound(
            f"the party '{party}' is not registered", cure="list them: chipledger lists screen"
        )
    everyone = (party, *chain(party, on, prefix.party))
    adopted = list_on(prefix, on)
    found = {hit.match.entry for one in everyone for hit in hits(one, adopted, on, prefix)}
    for hit in named:
        if hit not in found:
            has = ", ".join(sorted(found)) or "none"
            raise NotFound(
                f"'{party}' and its owners have no hit '{hit}'; they have {has}",
                cure=f"see its hits: chipledger lists screen {party}",
            )


@dataclass(frozen=True, slots=True)
class Lists:
    """Every adopted list, oldest first, as they stand on a day; `decides` is the list of that day.

    A list has no age on a day before its own.
    """

    adopted: tuple[ListAdopted, ...]
    decides: ListAdopted | None
    on: date
    max_age_days: int
    head: Head

    def age_days(self, one: ListAdopted) -> int | None:
        """How old a list is on the day."""
        return (self.on - one.source_on).days if one.source_on <= self.on else None

    def as_data(self) -> dict[str, Any]:
        """The lists for programs."""
        return {
            "on": str(self.on),
            "lists": [
                {
                    "list": one.name,
                    "source_on": str(one.source_on),
                    "adopted_on": str(one.on),
                    "count": one.count,
                    "digest": one.digest,
                    "reason": one.reason,
                    "age_days": self.age_days(one),
                    "decides": one == self.decides,
                }
                for one in self.adopted
            ],
            "max_age_days": self.max_age_days,
            "as_of": {"size": self.head.size, "root": self.head.root},
        }


def lists(url: str, *, on: date | None = None, as_of: AsOf | None = None) -> Lists:
    """The adopted lists, and which of them parties are screened against on a day."""
    ledger = Ledger.open(url)
    try:
        with ledger.reading(as_of) as prefix:
            day = on or legal_today(prefix)
            most = int(setting("screening/max-age-days", day, prefix))
            return Lists(tuple(prefix.lists()), list_on(prefix, day), day, most, prefix.head)
    finally:
        ledger.close()
