"""Headroom of every cap and holder on a day."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, NamedTuple

from ledger.core.errors import InvalidInput, NotFound
from ledger.core.findings import Finding, holder_finding, line_cap
from ledger.core.headroom import Level, level, version_on
from ledger.core.holders import Holder, holders
from ledger.core.law.caps import Cap
from ledger.core.law.law import Law
from ledger.core.law.versions import Versions
from ledger.core.lines import licence_line
from ledger.core.prefix import Prefix, Reservation
from ledger.core.usage import Tally
from ledger.core.values import Tpp
from ledger.service.checking import overdue_holds
from ledger.service.shell import countries, legal_today
from ledger.store.as_of import AsOf
from ledger.store.connection import batches
from ledger.store.ledger import Ledger

AT_ONCE: Final = 4_000
"""Books that are read at once."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What to show: of which cap, holder and destination; untouched holders too or not.

    Untouched destinations are always named, since each has an allowance of its own.
    """

    cap: str | None = None
    holder: str | None = None
    destination: str | None = None
    everything: bool = False


@dataclass(frozen=True, slots=True)
class Overview:
    """Findings of a day, the holders that nothing draws on, and the open reservations.

    `overdue` names those whose hold is over on that day, though they still count.
    """

    on: date
    findings: tuple[Finding, ...]
    untouched: dict[str, list[Finding]]
    reservations: tuple[Reservation, ...]
    overdue: tuple[str, ...]
    law: tuple[dict[str, Any], ...]
    as_of: dict[str, Any]

    def as_data(self) -> dict[str, Any]:
        """The overview for programs: untouched holders stand among the findings."""
        rows = [*self.findings, *(f for found in self.untouched.values() for f in found)]
        return {
            "on": str(self.on),
            "findings": [row.model_dump(mode="json") for row in rows],
            "reservations": [
                {
                    "reservation": r.event.id,
                    "lot": r.event.model_dump(mode="json", exclude_none=True),
                    "hold_until": str(r.hold_until),
                    "open_units": r.open_units,
                    "open_tpp": str(Tpp(r.open_tpp)),
                }
                for r in self.reservations
            ],
            "overdue": list(self.overdue),
            "law": list(self.law),
            "as_of": self.as_of,
        }


def headroom(
    url: str, filters: Filters, *, on: date | None = None, as_of: AsOf | None = None
) -> Overview:
    """Headroom of every cap and holder; raises `NotFound` for a cap that no pack has."""
    ledger = Ledger.open(url)
    try:
        with ledger.reading(as_of) as prefix:
            law = ledger.law(prefix)
            day = on or legal_today(prefix)
            figures, rest = survey(filters, day, prefix, law)
            touched = [one.finding for one in figures]
            untouched = {cap: [one.finding for one in found] for cap, found in rest.items()}
            held = (prefix.reservation(one) for one in prefix.open_reservations())
            open_ones = [
                one for one in held if one is not None and one.open_units and _wanted(one, filters)
            ]
            if filters.holder is not None and not touched and not open_ones:
                raise _holds_nothing(filters.holder, day)
            return Overview(
                on=day,
                findings=tuple(touched),
                untouched=untouched,
                reservations=tuple(
                    sorted(open_ones, key=lambda one: (one.hold_until, one.event.id))
                ),
                overdue=tuple(overdue_holds(prefix, day)),
                law=tuple(one.model_dump() for one in law.digests),
                as_of={"size": prefix.head.size, "root": prefix.head.root},
            )
    finally:
        ledger.close()


def _holds_nothing(holder: str, on: date) -> NotFound:
    return NotFound(
        f"nothing is held by '{holder}' on {on}",
        where="--holder",
        cure="name a party, a family's ultimate parent, a destination or a licence",
    )


def _wanted(reservation: Reservation, filters: Filters) -> bool:
    lot = reservation.event
    named = {lot.ultimate_consignee, lot.end_user, lot.destination, lot.reference}
    return filters.destination in (None, lot.destination) and (
        filters.holder is None or filters.holder in named
    )


def check_filters(filters: Filters, law: Law) -> None:
    """Raise `InvalidInput` for a country, `NotFound` for a cap that nobody knows."""
    if filters.destination is not None and filters.destination not in countries():
        raise InvalidInput(
            f"unknown country '{filters.destination}'",
            where="--destination",
            cure="use an ISO 3166-1 alpha-2 code such as AE or BR",
        )
    if filters.cap is not None and not law.versions(filters.cap):
        raise NotFound(
            f"no adopted pack has the cap '{filters.cap}'",
            where="--cap",
            cure="list the caps: chipledger rules",
        )


@dataclass(frozen=True, slots=True)
class Figure:
    """A cap for a holder: what a lot of a day meets, and how the cap stands on that very day."""

    finding: Finding
    level: Level


def survey(
    filters: Filters, on: date, prefix: Prefix, law: Law
) -> tuple[list[Figure], dict[str, list[Figure]]]:
    """Figures of a day, and by cap those of the destinations that nothing draws on."""
    touched: list[Figure] = []
    untouched: dict[str, list[Figure]] = {}
    for _, figure, is_touched in surveys(filters, [on], prefix, law):
        if is_touched:
            touched.append(figure)
        else:
            untouched.setdefault(figure.finding.cap, []).append(figure)
    return touched, untouched


def surveys(
    filters: Filters, days: Sequence[date], prefix: Prefix, law: Law
) -> Iterator[tuple[date, Figure, bool]]:
    """Figures of some days, cap by cap, each with its day and whether anything draws on it."""
    check_filters(filters, law)
    tallies = [Tally(prefix, law, on, asks="lot") for on in days]
    for cap_id in dict.fromkeys(cap.id for cap in law.caps):
        if filters.cap in (None, cap_id):
            wanted = _wanted_of(cap_id, filters, tallies)
            for some in batches(wanted, AT_ONCE):
                prefix.expect(
                    query for one in some for query in one.tally.queries(one.cap, one.holder)
                )
                yield from _figures(some, filters)
    prefix.expect(())


class _Wanted(NamedTuple):
    """A cap and a holder on the day of a tally."""

    tally: Tally
    cap: Cap
    holder: Holder


def _wanted_of(cap_id: str, filters: Filters, tallies: Sequence[Tally]) -> Iterator[_Wanted]:
    for tally in tallies:
        cap = version_on(tally.law.versions(cap_id), tally.on)
        if cap is not None and cap.window.kind != "lot":
            for holder in _holders(cap, filters, tally.on, tally.prefix, tally.law):
                yield _Wanted(tally, cap, holder)


def _figures(some: Iterable[_Wanted], filters: Filters) -> Iterator[tuple[date, Figure, bool]]:
    for one in some:
        figure = _figure(one.cap, one.holder, one.tally)
        if figure is None:
            continue
        asked = filters.everything or filters.holder is not None
        if _is_touched(figure.finding, one.cap) or asked:
            yield one.tally.on, figure, True
        elif one.cap.per == ("destination",):
            yield one.tally.on, figure, False


def _holders(cap: Cap, filters: Filters, on: date, prefix: Prefix, law: Law) -> list[Holder]:
    found = holders(cap, on=on, prefix=prefix, law=law, destinations=sorted(countries()))
    wanted = filters.destination
    place = cap.per.index("destination") if "destination" in cap.per else None
    if wanted is not None:
        found = [h for h in found if place is not None and h[place] == wanted]
    if filters.holder is not None:
        found = [h for h in found if filters.holder in h]
    return found


def _is_touched(finding: Finding, cap: Cap) -> bool:
    """Whether there is anything to say: a draw, a reservation, or a status or line of its own."""
    own = "line" in cap.per or (cap.basis == "installed" and not cap.beside)
    return own or bool(finding.drawdown_tpp or finding.reserved_tpp)


def _figure(cap: Cap, holder: Holder, tally: Tally) -> Figure | None:
    law, on = tally.law, tally.on
    versions, unit = law.versions(cap.id), 0
    if cap.of_licence_line:
        covering = licence_line(holder, on, tally.prefix, law)
        if covering is None:
            return None
        line, unit = covering
        versions = Versions([line_cap(cap, line, Tpp(unit), tally.prefix, on)])
    book = tally.book(cap, holder, unit)
    finding = holder_finding(versions, holder, book, on=on, law=law)
    found = level(versions, book, on)
    return None if finding is None or found is None else Figure(finding, found)
