"""Placing a row: its event and the parties it names go in together, or not at all."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ledger.core.encoding import parse_event
from ledger.core.errors import (
    AlreadyRecorded,
    Conflict,
    HeadMoved,
    InvalidInput,
    LedgerError,
    NotFound,
)
from ledger.core.events import AnyEvent, PartyRegistered
from ledger.core.movements import recording
from ledger.core.parties import latest
from ledger.core.plain_lots import PlainLot
from ledger.core.prefix import Prefix
from ledger.core.references import check_references, reference_faults
from ledger.core.values import UNKNOWN
from ledger.intake.rows import Facts, Fault, Rejected, error_faults, shown
from ledger.service.recording import record
from ledger.service.shell import countries
from ledger.store.writer import Signature, Writer


@dataclass(frozen=True, slots=True)
class Placed:
    """A row that stands in the ledger: how many of its events are new, and what it can't do.

    `excess_units` were not freed, `unreserved_units` not held by the reservation that is named.
    """

    events: int
    excess_units: int = 0
    unreserved_units: int = 0


PLACED: Final = Placed(1)


def place(
    writer: Writer, facts: Facts, mark: Signature, batch: tuple[str, int]
) -> Placed | Rejected:
    """Record what a row brings; on a fault of the row nothing of it is recorded.

    `batch` is the digest of the file and the row.
    Raises `LedgerDamaged` and `HeadMoved`, which are no fault of a row.
    """
    known = {party.party: _known(party, writer) for party in facts.parties}
    contradicted = tuple(_contradictions(facts, known))
    if contradicted:
        return Rejected(contradicted)
    parties = [party for party in facts.parties if known[party.party] is None]
    try:
        if parties:
            _check_together(writer, parties, facts.event)
        signed = Signature(mark.actor, mark.via, mark.recorded_at, batch)
        added = [record(writer, event, signed) for event in (*parties, facts.event)]
    except HeadMoved:
        raise
    except (InvalidInput, NotFound, Conflict) as error:
        return Rejected(faults_of(error, facts, writer))
    new = [appended for appended in added if appended.new]
    return Placed(
        len(new),
        sum(appended.excess_units for appended in new),
        sum(appended.unreserved_units for appended in new),
    )


def place_plain(
    writer: Writer, lot: PlainLot, mark: Signature, batch: tuple[str, int]
) -> Placed | Rejected:
    """The same of a valid plain lot, at once where one that names the very same was accepted."""
    if lot.names in writer.accepted and writer.append_plain(lot.data, mark, batch):
        return PLACED
    return place(writer, Facts(parse_event(lot.data)), mark, batch)


def _known(party: PartyRegistered, writer: Writer) -> PartyRegistered | None:
    """The registration of a party that stands in the ledger, None if there is none."""
    versions = writer.bare_prefix.party(party.party)
    return latest(versions, party.on) or (versions[0] if versions else None)


def _contradictions(facts: Facts, known: Mapping[str, PartyRegistered | None]) -> Iterator[Fault]:
    """Parties whose headquarters the ledger knows otherwise.

    What stands in the ledger wins, but never in silence. A row that says none agrees with any.
    """
    for party in facts.parties:
        before = known[party.party]
        if before is not None and party.headquarters not in (UNKNOWN, before.headquarters):
            yield Fault(
                facts.column(party, "headquarters"),
                party.headquarters,
                f"the party '{party.party}' is registered with headquarters "
                f"{before.headquarters}, this row says {party.headquarters}; correct the row, or "
                "record party.registered with the day of the change",
                "headquarters differ from those registered",
            )


def _check_together(writer: Writer, parties: Sequence[PartyRegistered], event: AnyEvent) -> None:
    """Raise what recording the event after its parties would raise, before any is recorded."""
    for party in parties:
        if writer.recorded(party) is not None:
            raise Conflict(
                f"the registration '{party.id}' was reversed",
                cure=f"record party.registered for '{party.party}' under another id first",
            )
        check_references(party, writer.bare_prefix, writer.law, countries())
    if writer.recorded(event) is None:
        with_them = _with_parties(writer.prefix, parties)
        check_references(event, with_them, writer.law, countries())
        recording(event, with_them, writer.law)


class _WithParties:
    """Answers as the prefix below does, and knows a few more parties."""

    def __init__(self, below: Prefix, parties: Sequence[PartyRegistered]) -> None:
        self._below = below
        self._parties = {party.party: party for party in parties}

    def __getattr__(self, name: str) -> object:
        return getattr(self._below, name)

    def party(self, party: str) -> Sequence[PartyRegistered]:
        """Registrations of a party, those of the row included."""
        own = self._parties.get(party)
        return self._below.party(party) if own is None else (own,)


def _with_parties(below: Prefix, parties: Sequence[PartyRegistered]) -> Prefix:
    added = _WithParties(below, parties)
    if TYPE_CHECKING:
        return below
    return added


def faults_of(error: LedgerError, facts: Facts, writer: Writer) -> tuple[Fault, ...]:
    """An error as faults of a row: one for every unknown thing, else one for the whole row."""
    if isinstance(error, AlreadyRecorded):
        return (_changed(error, facts),)
    known = _with_parties(writer.bare_prefix, facts.parties)
    unknown = [
        Fault(
            column=facts.column(event, fault.field),
            value=shown(fault.value),
            reason=f"{fault.what}; {fault.cure}",
            label=f"unknown: {facts.column(event, fault.field)}",
        )
        for event in (*facts.parties, facts.event)
        for fault in reference_faults(event, known, writer.law, countries())
    ]
    own = facts.columns.get(facts.event.id, {})
    return tuple(dict.fromkeys(unknown)) or error_faults(error, own)


def _changed(error: AlreadyRecorded, facts: Facts) -> Fault:
    """A row whose id stands in the ledger with other content."""
    reason = error.sentence
    if facts.by_key:
        reason = (
            f"a row with this natural key was imported before with other content: {error.what}. "
            "To correct it, reverse that entry and record the new content under another id"
        )
    column, found = facts.column(facts.event, "id"), shown(facts.event.id)
    return Fault(column, found, reason, "already recorded with other content")
