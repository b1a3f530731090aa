"""Explaining: an entry with what it did and the decision behind it, or a figure event by event."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from ledger.core.changes import changes
from ledger.core.decision import Decision, decide, decision_id
from ledger.core.derivation import Derivation, derive
from ledger.core.encoding import Entry, decode, event_data
from ledger.core.errors import InvalidInput, LedgerError, NotFound
from ledger.core.events import AuthorizedLot, LotExported, LotReserved
from ledger.core.headroom import version_on
from ledger.core.law.caps import Cap
from ledger.core.law.law import Law
from ledger.core.law.row import Posture
from ledger.core.lots import Lot, Request
from ledger.core.positions import Movement, line_key
from ledger.core.prefix import Head
from ledger.core.settings import posture as posture_of
from ledger.core.values import Tpp
from ledger.service.reservations import Held, held
from ledger.service.shell import countries, legal_today
from ledger.store.as_of import AsOf
from ledger.store.ledger import Ledger
from ledger.store.prefix import StorePrefix

POSTURES: Final[tuple[Posture, ...]] = ("on-the-books", "enforced")


@dataclass(frozen=True, slots=True)
class Explanation:
    """An entry, the movements it added, whether it was reversed, and the decision before it.

    A decision that nobody made at the time (of an imported lot) is `derived`: made now, at the head
    that the entry was appended to. `other` is the same decision under the other posture. `held` is
    what became of a reservation.
    """

    entry: Entry
    movements: tuple[Movement, ...]
    is_reversed: bool
    head: Head
    decision: Decision | None
    derived: bool = False
    other: Decision | None = None
    held: Held | None = None

    def as_data(self) -> dict[str, Any]:
        """The explanation for programs."""
        return {
            "event": event_data(self.entry.event),
            "envelope": self.entry.envelope.model_dump(mode="json", exclude_none=True),
            "reversed": self.is_reversed,
            "movements": [
                {
                    "on": str(m.on),
                    "kind": m.kind.value,
                    "device": m.device,
                    "party": m.party,
                    "destination": m.destination,
                    "units": m.units,
                    "tpp": str(Tpp(m.tpp)),
                    "lot": m.lot,
                }
                for m in self.movements
            ],
            "decision": _data(self.decision),
            "derived": self.derived,
            "other_posture": _data(self.other),
            "changes": [] if self.decision is None else _changes(self.decision),
            "reservation": None if self.held is None else self.held.as_data(),
            "as_of": {"size": self.head.size, "root": self.head.root},
        }


def _data(decision: Decision | None) -> dict[str, Any] | None:
    return None if decision is None else decision.model_dump(mode="json")


def _changes(decision: Decision) -> list[dict[str, Any]]:
    return [change.model_dump(mode="json") for change in changes(decision)]


def explain(
    url: str,
    subject: str,
    holder: tuple[str, ...] = (),
    *,
    on: date | None = None,
    as_of: AsOf | None = None,
) -> Explanation | Derivation:
    """Explain an event (or decision) id, or a cap's figure for a holder.

    Raises `NotFound` where neither exists or it came later than `as_of`, `InvalidInput` where the
    holder does not fit the cap.
    """
    ledger = Ledger.open(url)
    try:
        with ledger.reading(as_of) as prefix:
            law = ledger.law(prefix)
            if law.versions(subject):
                return _figure(subject, holder, on or legal_today(prefix), prefix, law)
            if on is not None or holder:
                raise _of_a_figure_only(subject, prefix, ledger)
            return _entry(subject, prefix, ledger)
    finally:
        ledger.close()


def _of_a_figure_only(subject: str, prefix: StorePrefix, ledger: Ledger) -> LedgerError:
    """That an entry has neither holder nor day to be asked about; raises where there is none."""
    _entry(subject, prefix, ledger)
    return InvalidInput(
        f"'{subject}' is an entry: only a cap's figure has a holder and a day",
        where="explain",
        cure=f"leave both out: chipledger explain {subject}; to see it as it was known before, "
        "use --as-of",
    )


def _figure(
    cap_id: str, holder: tuple[str, ...], on: date, prefix: StorePrefix, law: Law
) -> Derivation:
    cap = version_on(law.versions(cap_id), on)
    if cap is None or cap.of_licence_line or cap.window.kind == "lot":
        raise NotFound(
            f"{cap_id} has no figure of its own on {on}",
            cure="name a day on which the cap is in force: --on",
        )
    if len(holder) != len(cap.per):
        raise InvalidInput(
            f"a holder of {cap_id} is [{', '.join(cap.per)}], found [{', '.join(holder)}]",
            where="explain",
            cure=f"write: chipledger explain {cap_id} {' '.join(key.upper() for key in cap.per)}",
        )
    _known_holder(cap, holder, prefix, law)
    found = derive(cap, holder, on=on, prefix=prefix, law=law)
    if found is None:
        raise NotFound(f"{cap_id} has no figure on {on}", cure="name another day: --on")
    return found


def _known_holder(cap: Cap, holder: tuple[str, ...], prefix: StorePrefix, law: Law) -> None:
    for key, value in zip(cap.per, holder, strict=True):
        match key:
            case "destination":
                what, known = "country", value in countries()
            case "device":
                what, known = "device", _is_device(value, prefix, law)
            case _:
                what, known = "party", bool(prefix.party(value))
        if not known:
            raise InvalidInput(
                f"unknown {what} '{value}'", where=key, cure="write the keys of the holder in order"
            )


def _is_device(device: str, prefix: StorePrefix, law: Law) -> bool:
    return device in law.catalogue or bool(prefix.device(device))


def _entry(subject: str, prefix: StorePrefix, ledger: Ledger) -> Explanation:
    seq = _place(subject, prefix)
    if seq is None:
        raise _unknown(subject, prefix, ledger)
    row = prefix.ask("SELECT body FROM entry WHERE seq = ?", seq).fetchone()
    entry = decode(row[0], seq=seq)
    event = entry.event
    found = Explanation(
        entry=entry,
        movements=tuple(prefix.caused_by(event.id)),
        is_reversed=prefix.is_reversed(event.id),
        head=prefix.head,
        decision=None,
        held=held(event.id, prefix) if isinstance(event, LotReserved) else None,
    )
    return _with_decisions(found, event, seq, ledger) if isinstance(event, AuthorizedLot) else found


def _unknown(subject: str, prefix: StorePrefix, ledger: Ledger) -> NotFound:
    """What is wrong with an id that the prefix does not know: it may have come later."""
    later = _place(subject, ledger.prefix_at(ledger.head().size))
    if later is None:
        return NotFound(
            f"no event, decision or cap has the id '{subject}'",
            cure="a decision can be looked up once a reservation or export was made on it",
        )
    return NotFound(
        f"'{subject}' came later: it is entry {later}, and {prefix.head.size} were known then",
        where="--as-of",
        cure=f"leave it out, or name a size from {later} on",
    )


def _with_decisions(
    found: Explanation, event: AuthorizedLot, seq: int, ledger: Ledger
) -> Explanation:
    """The decision that the lot was recorded on, else one made now for that head; both postures."""
    made = None if event.decision_id is None else _decision_before(event, seq, ledger)
    before = ledger.prefix_at(seq - 1)
    law = ledger.law(before)
    decision = made or decide(
        _request(event),
        law,
        before,
        posture_of(None, event.on, before),
        without=_used_up(event),
        line=_named_line(event),
    )
    other = decide(
        decision.request,
        law,
        before,
        "enforced" if decision.posture == "on-the-books" else "on-the-books",
        without=decision.without,
        line=decision.line,
    )
    return replace(found, decision=decision, derived=made is None, other=other)


def _request(event: AuthorizedLot, **forced: str) -> Request:
    lot = {name: getattr(event, name) for name in Lot.model_fields}
    fields = {k: v for k, v in {**lot, "on": event.on}.items() if v is not None}
    return Request.model_validate({**fields, **forced})


def _named_line(event: AuthorizedLot) -> str | None:
    return None if event.line is None else line_key(event.reference or "", event.line)


def _used_up(event: AuthorizedLot) -> str | None:
    return event.reservation if isinstance(event, LotExported) else None


def _place(subject: str, prefix: StorePrefix) -> int | None:
    found = prefix.locate(subject)
    if found is not None:
        return found[0]
    mark = f'"decision_id":"{subject}"'.encode()
    lots = prefix.connection.stream(
        "SELECT seq, body FROM entry WHERE kind IN ('lot.reserved', 'lot.exported') AND seq <= ? "
        "ORDER BY seq",
        (prefix.head.size,),
    )
    return next((seq for seq, body in lots if mark in body), None)


def _decision_before(event: AuthorizedLot, seq: int, ledger: Ledger) -> Decision | None:
    """The decision on the lot, made again at the head that its entry was appended to.

    None where the event came with a decision id of another ledger or engine.
    """
    before = ledger.prefix_at(seq - 1)
    law = ledger.law(before)
    without = _used_up(event)
    named_line = _named_line(event)
    for posture in POSTURES:
        for forced in ({}, {"authorization": event.authorization}):
            request = _request(event, **forced)
            for line in dict.fromkeys((None, named_line)):
                made = decision_id(request, before.head, posture, without, line)
                if made == event.decision_id:
                    return decide(request, law, before, posture, without=without, line=line)
    return None
