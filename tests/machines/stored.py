"""What a ledger says of its caps, in the words of `tests.machines.counting`.

The one place that knows how the figures and breaches of a ledger are asked for.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Final

from ledger.core.facts import CoveringLine
from ledger.core.findings import Finding, holder_finding, line_cap
from ledger.core.grants import grant_on
from ledger.core.headroom import level, version_on
from ledger.core.holders import holders
from ledger.core.law.caps import Cap
from ledger.core.law.law import Law
from ledger.core.law.versions import Versions
from ledger.core.positions import BASIS, INSTALLED, RESERVATIONS, Drawn, Kind, Query
from ledger.core.prefix import Prefix
from ledger.core.usage import Tally
from ledger.core.values import Tpp
from tests.machines.book import Book, Row
from tests.machines.counting import TENTHS, Holder, Said, measured

Key = tuple[str, Holder]
Sums = dict[tuple[object, ...], tuple[int, int]]


def said(found: Finding | None) -> Said | None:
    if found is None:
        return None
    return Said(
        allowance=None if found.allowance_tpp is None else int(found.allowance_tpp),
        drawdown=int(found.drawdown_tpp),
        reserved=int(found.reserved_tpp),
        headroom=None if found.headroom_tpp is None else int(found.headroom_tpp),
        binding_on=found.binding_on,
    )


def figure(key: Key, tally: Tally) -> Said | None:
    """The headroom of a cap for a holder; that of a licence line in units, a TPP each."""
    cap_id, holder = key
    versions = tally.law.versions(cap_id)
    cap = version_on(versions, tally.on)
    if cap is None:
        return None
    if cap.of_licence_line:
        line = _line(holder, tally)
        if line is None:
            return None
        versions = Versions([line_cap(cap, line, Tpp(TENTHS), tally.prefix, tally.on)])
    book = tally.book(cap, holder, TENTHS)
    return said(holder_finding(versions, holder, book, on=tally.on, law=tally.law))


def _line(holder: Holder, tally: Tally) -> CoveringLine | None:
    granted = tally.prefix.grant(holder[0])
    if granted is None:
        return None
    grant = grant_on(granted, tally.prefix.grant_changes(holder[0]), tally.on)
    found = (CoveringLine(grant, line) for line in grant.lines if str(line.line) == holder[1])
    return next(found, None)


def kept_caps(law: Law, on: date) -> Iterator[Cap]:
    """The caps in force that count more than the lot itself."""
    for cap_id in dict.fromkeys(cap.id for cap in law.caps):
        cap = version_on(law.versions(cap_id), on)
        if cap is not None and cap.window.kind != "lot":
            yield cap


def known_holders(cap: Cap, tally: Tally, places: Iterable[str]) -> set[Holder]:
    """Whoever the ledger itself would show."""
    found = holders(
        cap, on=tally.on, prefix=tally.prefix, law=tally.law, destinations=sorted(places)
    )
    return set(found)


KIND: Final = {
    Kind.ATTRITED: "left",
    Kind.RELOCATED_OUT: "left",
    Kind.RELOCATED_IN: "arrived",
}
"""The book's names of kinds, where they are others."""


def drawn(prefix: Prefix) -> Sums:
    """All that is drawn and held of every party, by day, kind, authorization, device and place."""
    found = []
    for (party,) in {holder[:1] for holder in prefix.holders(("party", "destination"))}:
        for kinds in (INSTALLED | RESERVATIONS, BASIS["licensed"]):
            query = Query(("party", "destination"), (party,), kinds, exact_from=date.min)
            found += list(prefix.draws(query))
    return summed(
        ((d.on, KIND.get(d.kind, d.kind.value), *_about(d)), d.units, d.tpp) for d in found
    )


def drawn_by(book: Book) -> Sums:
    """The same of a book."""
    return summed(((row.on, row.kind, *_about(row)), row.units, row.tpp) for row in book.drawn())


def _about(one: Drawn | Row) -> tuple[str, str, str, str]:
    return one.authorization, one.device, one.party, one.destination


def summed(rows: Iterable[tuple[tuple[object, ...], int, int]]) -> Sums:
    """Units and TPP of what is alike; what comes to nothing is left out."""
    sums: defaultdict[tuple[object, ...], list[int]] = defaultdict(lambda: [0, 0])
    for key, units, tpp in rows:
        sums[key][0] += units
        sums[key][1] += tpp
    return {key: (units, tpp) for key, (units, tpp) in sums.items() if units or tpp}


def passed(prefix: Prefix, law: Law, on: date, keys: Iterable[Key]) -> set[Key]:
    """The limits that are passed on a day, as headroom sees that very day."""
    tally = Tally(prefix, law, on)
    found = set()
    for cap_id, holder in keys:
        versions = law.versions(cap_id)
        cap = version_on(versions, on)
        if cap is None or cap.effect != "limit" or cap.of_licence_line:
            continue
        if cap.measured_on and not measured(cap, on):
            continue
        now = level(versions, tally.book(cap, holder), on)
        if now is not None and now.headroom_tpp is not None and now.headroom_tpp < 0:
            found.add((cap_id, holder))
    return found
