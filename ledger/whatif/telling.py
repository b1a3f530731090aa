"""Telling: what a scenario supposes, a plain sentence for each hypothesis."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import date
from typing import Any, Final

from ledger.core.encoding import event_data
from ledger.core.events import (
    AnyEvent,
    AuthorizationEnded,
    AuthorizationGranted,
    DeviceClassified,
    LotAttrited,
    LotExported,
    LotRelocated,
    LotReserved,
    PackAdopted,
    RecordReversed,
    StockDeclared,
    UsageReported,
)
from ledger.core.law.amendment import ROW_KINDS, Amendment
from ledger.core.law.law import Law
from ledger.core.law.pack import rows
from ledger.core.law.row import OPEN_END
from ledger.core.scenario import Adoption, PackEnd, Reading, Swap
from ledger.core.values import UNKNOWN, day, plain
from ledger.whatif.supposing import Hypothesis

ENVELOPE = frozenset({"id", "kind", "on"})


def sentence(one: Hypothesis, events: Sequence[AnyEvent]) -> str:
    """What a hypothesis says, in one sentence without its full stop."""
    match one.source:
        case Amendment() as change:
            return _cited("; ".join(_changes(change)), change.cite)
        case Reading() as found:
            said = f"from {found.valid_from} the switch {found.switch} is read as {found.value}"
            return _cited(said, found.cite)
        case Adoption():
            packs = [f"{e.pack} {e.version}" for e in events if isinstance(e, PackAdopted)]
            return f"the pack {', '.join(packs) or one.source.adopt} is adopted"
        case PackEnd() as end:
            return _cited(f"every row of {end.pack} ends on {end.ends_on}", end.cite)
        case Swap() as swap:
            placed = sum(isinstance(event, LotReserved) for event in events)
            kept = "as many units" if swap.keep == "quantity" else "no more TPP than before"
            whose = f" of {swap.ultimate_consignee}" if swap.ultimate_consignee else ""
            said = f"{swap.by} instead of {swap.device} in every open reservation{whose}"
            return f"{said}: {placed}, each with {kept}" if placed else f"{said}: there is none"
        case _:
            return "; ".join(_event(event) for event in events) or "it is recorded already"


def _cited(said: str, cite: str | None) -> str:
    return f"{said} ({cite})" if cite else said


def _changes(change: Amendment) -> Iterator[str]:
    row, span = f"{change.kind} {change.row}", _span(change)
    if change.ends_on is not None:
        yield f"the {row} ends on {change.ends_on}"
    if change.allowance_tpp is not None:
        yield f"{span} the allowance of {change.row} is {change.allowance_tpp.grouped()} TPP"
    if change.allowance_percent is not None:
        percent = plain(change.allowance_percent)
        yield f"{span} the allowance of {change.row} is {percent} % of what it would be"
    if change.percent is not None:
        yield f"{span} the percentage of {change.row} is {plain(change.percent)} %"
    if change.add:
        yield f"{span} {_each(change.add, 'join')} {change.row}"
    if change.remove:
        yield f"{span} {_each(change.remove, 'leave')} {change.row}"
    if change.enforced is not None:
        yield f"{span} {change.row} is {'enforced' if change.enforced else 'not enforced'}{ASKED}"
    if change.suspended_on is not None:
        yield f"{change.row} is suspended on {change.suspended_on}{_told(change)}{ASKED}"
    if change.rescinded_on is not None:
        yield f"{change.row} is rescinded on {change.rescinded_on}{_told(change)}"
    yield from (f"{span} {name} of the {row} is {_shown(to)}" for name, to in change.set.items())
    yield from (f"{span} the {row} has no {name}" for name in change.clear)


def _each(countries: Sequence[str], does: str) -> str:
    return f"{' and '.join(countries)} {does if len(countries) > 1 else f'{does}s'}"


ASKED: Final = ", which the posture 'enforced' alone asks for"
"""What suspending a provision, or lifting that, does not change: what is on the books."""


def _told(change: Amendment) -> str:
    """The days of a change of status, where they are not those of the status itself."""
    own = change.rescinded_on or change.suspended_on
    return f", told {_span(change)}" if change.begins != own or change.until < OPEN_END else ""


def _span(change: Amendment) -> str:
    end = "" if change.until == OPEN_END else f" until {change.until}"
    return f"from {change.begins}{end}"


def _shown(value: Any) -> str:  # noqa: ANN401 -- any TOML value
    if isinstance(value, dict):
        return ", ".join(f"{key} {_shown(one)}" for key, one in value.items())
    if isinstance(value, list | tuple):
        return " and ".join(map(_shown, value))
    return str(value)


def _event(event: AnyEvent) -> str:  # noqa: C901, PLR0911 -- one case per kind of event
    """An event in a few words; of a kind that has no words of its own, its fields."""
    match event:
        case LotExported():
            but = "; no authorization carries it" if event.authorization == UNKNOWN else ""
            return f"{_lot(event)} on {event.on} under {event.authorization}{but}"
        case LotReserved():
            return f"reserved: {_lot(event)} on {event.on} under {event.authorization}"
        case AuthorizationGranted():
            places = ", ".join(event.destinations) or "any destination"
            return (
                f"{event.authorization} ({event.reference}) is granted to {event.party} for "
                f"{places} from {event.valid_from}"
            )
        case AuthorizationEnded():
            return f"{event.reference} ends on {event.on}: {event.reason}"
        case StockDeclared():
            return f"{_units(event.quantity, event.device)} of {event.party} in {event.destination}"
        case LotAttrited():
            units = _units(event.quantity, event.device)
            return f"{units} of {event.party} {event.reason} in {event.destination} on {event.on}"
        case LotRelocated():
            units = _units(event.quantity, event.device)
            return (
                f"{units} of {event.party} move from {event.destination_from} to "
                f"{event.destination_to} on {event.on}"
            )
        case DeviceClassified() if event.unit_tpp is not None:
            return f"{event.device} is rated {event.unit_tpp.grouped()} TPP a unit from {event.on}"
        case UsageReported():
            holder = ", ".join(event.holder)
            return f"others drew {event.tpp.grouped()} TPP of {event.cap} for {holder}"
        case RecordReversed():
            return f"{event.target} is taken back: {event.reason}"
        case _:
            fields = {k: v for k, v in event_data(event).items() if k not in ENVELOPE}
            return f"{event.kind} on {event.on}: {_shown(fields)}"


def _lot(event: LotExported | LotReserved) -> str:
    units = _units(event.quantity, event.device)
    return f"{units} to {event.ultimate_consignee} in {event.destination}"


def _units(quantity: int, device: str) -> str:
    return f"{quantity:,} {device}"


def days(hypotheses: Iterable[Hypothesis], law: Law) -> list[date]:
    """The days from which something differs, in order; what can't be read is refused elsewhere."""
    found: set[date] = set()
    for one in hypotheses:
        match one.source:
            case Amendment() as change:
                found |= set() if change.begins is None else {change.begins}
                if change.ends_on is not None:
                    found |= _ends(change, law)
            case Reading() as reading:
                found.add(reading.valid_from)
            case PackEnd() as end:
                found.add(end.ends_on)
            case {"on": on}:
                with suppress(ValueError):
                    found.add(day(on))
    return sorted(found)


def _ends(change: Amendment, law: Law) -> set[date]:
    """The days on which the versions of a row end as it is."""
    kind = ROW_KINDS[change.kind]
    every = [row for one in law.adopted for row in rows(one.pack, kind) if row.id == change.row]
    return {row.until for row in every} - {OPEN_END}
