"""Everything that a prefix can be asked, as plain data that two prefixes can be compared by."""

from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import Any, Final

from ledger.core.decision import decide
from ledger.core.errors import LedgerError
from ledger.core.law.law import Law
from ledger.core.lots import Request
from ledger.core.positions import BASIS, INSTALLED, Drawn, Query, Shape, Told
from ledger.core.prefix import Match, Prefix
from ledger.core.settings import SETTINGS
from tests.core.builders import LPP, LPP_YEAR, NVEU, TABLE, on
from tests.store.histories import AUTHORIZATIONS, BUNDLES, DEVICES, PARTIES

SWITCHES: Final = ("us-ear/lpp-in-d1-d4", "us-ear/partner-hq-licences-use-allocation")
TOLD: Final[tuple[Told, ...]] = ("item", "class", "nothing")
CUTS: Final = (
    (on("2024-01-01"), frozenset[date]()),
    (on("2025-09-15"), frozenset({on("2025-06-20")})),
    (on("2027-12-31"), frozenset({on("2025-12-31"), on("2026-01-01")})),
)
"""From when on a question is exact, and the days whose months are read day by day before."""

YEARS: Final = (
    (on("2025-01-01"), on("2026-01-01")),
    (on("2025-06-11"), on("2025-09-15")),
    (on("2025-09-15"), on("2025-09-15")),
)
"""First days and first days out of windows that are read alone."""

UNDER: Final = (None, (), (LPP,), (LPP, NVEU, "x"))
"""Authorizations that lots are asked for under; None is any."""

SPANS: Final = (
    (on("2024-01-01"), on("2028-01-01")),
    (on("2025-06-10"), on("2025-06-20")),
    (on("2025-06-20"), on("2025-06-20")),
)
"""First days and first days out of what has gone."""


def facts(prefix: Prefix, ids: Iterable[str], *, matched: bool = True) -> dict[str, Any]:
    """What a prefix says of packs, parties, lists, devices, grants, readings and single events.

    `matched` asks it to match names, too, which it may have no lists for.
    """
    return {
        "size": prefix.head.size,
        "packs": [(one.pack, one.digest) for one in prefix.packs()],
        "party": {one: list(prefix.party(one)) for one in (*PARTIES, "nobody")},
        "below": {one: sorted(prefix.below(one)) for one in PARTIES},
        "device": {one: list(prefix.device(one)) for one in DEVICES},
        "devices": sorted(prefix.devices()),
        "of device": {one: list(prefix.of_device(one)) for one in DEVICES},
        "device days": prefix.device_days(),
        "grants to": {one: list(prefix.grants_to(one)) for one in PARTIES},
        "granted": {one: list(prefix.granted(one)) for one in AUTHORIZATIONS},
        "grant": [prefix.grant(f"R{n}") for n in range(4)],
        "changes": [list(prefix.grant_changes(f"R{n}")) for n in range(4)],
        "readings": [list(prefix.readings(switch)) for switch in SWITCHES],
        "parties": sorted(prefix.parties()),
        "gone": [
            list(prefix.gone(first, until, under)) for first, until in SPANS for under in UNDER
        ],
        "lists": list(prefix.lists()),
        "matches": {one.digest: _matches(prefix, one.digest) for one in prefix.lists() if matched},
        "clearances": {one: list(prefix.clearances(one)) for one in (*PARTIES, "nobody")},
        "settings": {one: list(prefix.settings(one)) for one in SETTINGS},
        "duties done": list(prefix.duties_done()),
        "bundles": {one: list(prefix.bundle(one)) for one in (*BUNDLES, "none")},
        "usage": [list(prefix.usage(LPP_YEAR, (one,))) for one in PARTIES],
        "reported": [sorted(prefix.reported_holders(cap)) for cap in (LPP_YEAR, TABLE)],
        "events": {one: _event(prefix, one) for one in ids},
        "open": sorted(prefix.open_reservations()),
        "places": prefix.places(list(ids)),
        "stated": [(place, event.id) for place, event in prefix.stated()],
        "holders": [
            sorted(prefix.holders(shape))
            for shape in (("party", "destination"), ("destination",), ("end_user",), ("line",))
        ],
    }


def _event(prefix: Prefix, event_id: str) -> tuple[object, ...]:
    return (
        prefix.find(event_id),
        prefix.is_reversed(event_id),
        prefix.reservation(event_id),
        list(prefix.caused_by(event_id)),
        list(prefix.movements_of(event_id)),
        list(prefix.life_of(event_id)),
    )


def _matches(prefix: Prefix, digest: str) -> list[list[Match]]:
    return [
        list(prefix.matches(digest, (name,), at_least)) for name in PARTIES for at_least in (70, 95)
    ]


def draws(prefix: Prefix, shapes: Iterable[Shape]) -> dict[str, Any]:
    """The sums of draws, as coarse as a prefix may answer: whole months before the exact days."""
    found: dict[str, Any] = {}
    for query in queries(shapes):
        found[f"draws {query}"] = _summed(prefix.draws(query), query)
        found[f"listed {query}"] = Counter(prefix.listed(query))
    return found


def expected(prefix: Prefix, shapes: Iterable[Shape]) -> dict[Query, Any]:
    """The same sums, asked for all at once, and once more with less told of each item."""
    every = [query._replace(told=told) for query in queries(shapes) for told in TOLD]
    prefix.expect(every)
    found: dict[Query, Any] = {query: _summed(prefix.draws(query), query) for query in every}
    prefix.expect(())
    return found


def expected_listed(prefix: Prefix, shapes: Iterable[Shape]) -> dict[Query, Any]:
    """The movements behind them, asked for all at once."""
    every = list(queries(shapes))
    prefix.expect(every, listed=True)
    found: dict[Query, Any] = {query: Counter(prefix.listed(query)) for query in every}
    prefix.expect((), listed=True)
    return found


def queries(shapes: Iterable[Shape]) -> Iterable[Query]:
    for shape in shapes:
        for key in _keys(shape):
            for kinds in (*BASIS.values(), INSTALLED):
                for exact_from, cuts in CUTS:
                    yield Query(shape, key, kinds, exact_from, cuts)
        yield Query(shape, key, BASIS["exported"], CUTS[1][0], authorizations=frozenset({"x"}))
        yield Query(shape, key, INSTALLED, CUTS[1][0], CUTS[1][1], apart=True)
        for first_on, until in YEARS:
            for exact_from in (first_on, until):
                days = Query(shape, key[:1], BASIS["exported"], exact_from)
                yield days._replace(first_on=first_on, until=until)


def _keys(shape: Shape) -> list[tuple[str, ...]]:
    match shape:
        case ("party", "destination"):
            return [("buyer",), ("buyer", "BR"), ("op-ae", "AE"), ("branch",)]
        case ("destination",):
            return [("BR",), ("US",)]
        case ("line",):
            return [("R0/1",), ("R2/1",)]
        case ("exporter", "end_user"):
            return [("seller", "buyer"), ("seller",)]
        case _:
            return [("buyer",)]


def told_less(
    found: dict[Query, Any], stands_for: dict[str, str]
) -> dict[Query, dict[tuple[object, ...], tuple[int, int]]]:
    """Sums as a question may have them that does not ask for all of an item."""
    less: dict[Query, dict[tuple[object, ...], tuple[int, int]]] = {}
    for query, rows in found.items():
        merged = less.setdefault(query, {})
        for (day, kind, authorization, device, *rest), (units, tpp) in rows.items():
            if query.told == "item":
                item = (authorization, device)
            else:
                item = ("", stands_for.get(device, device) if query.told == "class" else "")
            key = (day, kind, *item, *rest)
            before = merged.get(key, (0, 0))
            merged[key] = (before[0] + units, before[1] + tpp)
        less[query] = {key: sums for key, sums in merged.items() if any(sums)}
    return less


def _summed(rows: Iterable[Drawn], query: Query) -> dict[tuple[object, ...], tuple[int, int]]:
    exact = query.exact_from.replace(day=1)
    split = {cut.replace(day=1) for cut in query.cuts}
    units: Counter[tuple[object, ...]] = Counter()
    tpp: Counter[tuple[object, ...]] = Counter()
    for row in rows:
        assert query.first_on <= row.on < query.until
        month = row.on.replace(day=1)
        day = row.on if month >= exact or month in split else month
        place = row.destination if "destination" in query.shape else ""
        key = (day, row.kind, row.authorization, row.device, place, query.apart and row.tpp < 0)
        units[key] += row.units
        tpp[key] += row.tpp
    return {key: (units[key], tpp[key]) for key in units if units[key] or tpp[key]}


def decision(prefix: Prefix, law: Law, request: Request) -> dict[str, Any] | str:
    """A decision without the head that it was made at, or the sentence of the error."""
    try:
        found = decide(request, law, prefix)
    except LedgerError as error:
        return error.sentence
    return found.model_dump(mode="json", exclude={"as_of", "decision_id"})


SHAPES: Final[tuple[Shape, ...]] = (("party", "destination"), ("destination",), ("line",))
HOUSE_SHAPES: Final[tuple[Shape, ...]] = (("end_user",), ("exporter", "end_user"))
