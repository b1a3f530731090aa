"""Sources: tables that the core fills for reports, so that no cap arithmetic is written in SQL.

Each is named by the reports that need it. Amounts are whole tenths of TPP, as in the snapshot.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain
from typing import Any, Final

from ledger.core.balances import balance
from ledger.core.calendar import calendar
from ledger.core.causes import Causes
from ledger.core.devices import classify, unit_tpp
from ledger.core.errors import InvalidInput
from ledger.core.forecast import forecast
from ledger.core.grants import grant_on
from ledger.core.headroom import ONE_DAY, Draw, counted_from, counts_until, version_on
from ledger.core.law.caps import Cap
from ledger.core.law.row import OPEN_END
from ledger.core.ratings import classified_on
from ledger.core.spans import breaches
from ledger.core.utilisation import changes
from ledger.reporting.asking import Asked
from ledger.reporting.parameters import Given, Quarter
from ledger.service.overview import Figure, Filters, surveys
from ledger.service.shell import countries

Row = tuple[object, ...]

FINDING: Final = (
    "on_day DATE, cap VARCHAR, title VARCHAR, holder VARCHAR, owner VARCHAR, destination VARCHAR, "
    "basis VARCHAR, effect VARCHAR, window_first DATE, window_last DATE, allowance HUGEINT, "
    "drawdown HUGEINT, reserved HUGEINT, left_over HUGEINT, headroom HUGEINT, binding_on DATE, "
    "house VARCHAR, "
    "cite VARCHAR, note VARCHAR, touched BOOLEAN"
)
LEVEL: Final = "allowance HUGEINT, drawdown HUGEINT, reserved HUGEINT, headroom HUGEINT"


@dataclass(frozen=True, slots=True)
class Source:
    """A table that the core fills: its columns, and how from the arguments that a report names."""

    columns: str
    rows: Callable[..., Iterable[Row]]


def holder_text(holder: Iterable[str]) -> str:
    """A holder in one cell."""
    return " / ".join(holder)


def owner_of(cap: Cap, holder: tuple[str, ...]) -> tuple[str | None, str | None]:
    """The party and the destination that a holder names, where it names one."""
    named: dict[str, str] = dict(zip(cap.per, holder, strict=True))
    place = named.pop("destination", None)
    owner = next((value for key, value in named.items() if key not in ("line", "device")), None)
    return owner, place


# ---- findings


def _finding(on: date, figure: Figure, cap: Cap | None, *, touched: bool) -> Row:
    """A row: how the cap stands on the day, and what a lot of the day may add."""
    finding, found = figure.finding, figure.level
    owner, place = (None, None) if cap is None else owner_of(cap, finding.holder)
    headroom = finding.headroom_tpp
    return (
        on,
        finding.cap,
        finding.title,
        holder_text(finding.holder),
        owner,
        place,
        finding.basis,
        finding.effect,
        *finding.window,
        found.allowance_tpp,
        found.drawdown_tpp,
        found.reserved_tpp,
        found.headroom_tpp,
        None if headroom is None else int(headroom),
        finding.binding_on,
        finding.house,
        finding.cite,
        finding.note,
        touched,
    )


def _findings(asked: Asked, on: date, cap: str | None = None) -> Iterator[Row]:
    """Headroom of every cap and holder on a day, destinations that nothing draws on among them.

    A cap that ends with `/` stands for all whose ids begin so.
    """
    return _of_days(asked, [on], cap)


def _of_days(asked: Asked, days: Sequence[date], cap: str | None) -> Iterator[Row]:
    wanted: list[str | None] = [cap]
    if cap is not None and cap.endswith("/"):
        wanted = [*dict.fromkeys(one.id for one in asked.law.caps if one.id.startswith(cap))]
    for one in wanted:
        for on, found, touched in surveys(Filters(cap=one), days, asked.shot.prefix, asked.law):
            version = version_on(asked.law.versions(found.finding.cap), on)
            yield _finding(on, found, version, touched=touched)


def _by_quarter(
    asked: Asked, first: Quarter, last: Quarter, cap: str | None = None
) -> Iterator[Row]:
    """The same on the last day of each quarter."""
    return _of_days(asked, [one.last for one in quarters(first, last)], cap)


def quarters(first: Quarter, last: Quarter) -> list[Quarter]:
    """Every quarter from one to another; raises `InvalidInput` where the last comes before."""
    if last.first < first.first:
        raise InvalidInput(f"{last} comes before {first}", where="--param", cure="swap them")
    found = [first]
    while found[-1].first < last.first:
        found.append(found[-1].after)
    return found


# ---- over time


def _changes(asked: Asked, cap: str | None) -> Iterator[Row]:
    """Every change of a cap's status for a holder."""
    if cap is not None:
        asked.versions(cap)
    for key in asked.keys:
        if cap in (None, key[0]):
            for one in changes(key, asked.view):
                found = one.level
                amounts: tuple[int | None, ...] = (None,) * 4
                if found is not None:
                    amounts = (
                        found.allowance_tpp,
                        found.drawdown_tpp,
                        found.reserved_tpp,
                        found.headroom_tpp,
                    )
                yield key[0], holder_text(key[1]), one.on, one.status, *amounts


def _breaches(asked: Asked) -> Iterator[Row]:
    """Every span of days on which a limit is passed, with the entry that did it."""
    causes = Causes(asked.at, asked.shot.prefix.head.size)
    keys = asked.view.keys(asked.view.limits())
    for one in breaches(asked.view, causes, keys):
        yield (
            one.cap,
            one.title,
            holder_text(one.holder),
            one.first_on,
            one.last_on,
            one.worst_on,
            int(one.over_tpp),
            int(one.allowance_tpp),
            int(one.drawdown_tpp),
            int(one.reserved_tpp),
            ", ".join(one.postures),
            one.house,
            one.cite,
            one.entry,
        )


def _balances(asked: Asked, quarter: Quarter) -> Iterator[Row]:
    """Opening, movements and closing of every cap and holder over a quarter."""
    for key in asked.keys:
        found = balance(key, quarter.first, quarter.last, asked.view)
        cap = asked.law.versions(key[0])[-1]
        if found is not None:
            owner, place = owner_of(cap, key[1])
            yield (
                key[0],
                cap.title,
                holder_text(key[1]),
                owner,
                place,
                cap.cite,
                None if found.opening is None else found.opening.allowance_tpp,
                found.opening_tpp,
                found.lapsed_tpp,
                found.drawn_tpp,
                found.returned_tpp,
                found.freed_tpp,
                found.reported_tpp,
                found.closing_tpp,
                0 if found.closing is None else found.closing.reserved_tpp,
                None if found.closing is None else found.closing.allowance_tpp,
                None if found.closing is None else found.closing.headroom_tpp,
            )


def _draws(asked: Asked, cap_id: str, on: date) -> Iterator[Row]:
    """Every draw that counts against a cap on a day, by holder, with the event that added it."""
    asked.versions(cap_id)
    prefix = asked.shot.prefix
    for key in asked.view.keys([cap_id]):
        reading = asked.view.reading(key, asked.view.start(key, on))
        cap = None if reading is None else version_on(reading.versions, on)
        if reading is None or cap is None or asked.view.level(key, on) is None:
            continue
        own = asked.law.versions(cap_id)[0] if cap.of_licence_line else cap
        reported = ((one.id, Draw(one.on, int(one.tpp))) for one in prefix.usage(cap_id, key[1]))
        found = chain(
            reading.tally.dated(own, key[1], reading.unit_tpp),
            reported,
            reading.tally.set_aside(own, key[1]) if cap.ratio is not None else (),
        )
        first = counted_from(cap.window, on)
        counted = [one for one in found if first <= one[1].on <= on and one[1].tpp]
        order = sorted(counted, key=lambda one: (one[1].on, one[0], one[1].reserved, one[1].tpp))
        for number, (event, draw) in enumerate(order, start=1):
            yield key[0], holder_text(key[1]), number, event, draw.on, draw.reserved, draw.tpp


def _forecasts(asked: Asked, on: date) -> Iterator[Row]:
    """When each limited cap is exhausted at the rate of the last months."""
    for key in asked.keys:
        found = asked.view.level(key, on)
        reading = asked.view.reading(key, asked.view.start(key, on))
        if found is None or reading is None or found.headroom_tpp is None:
            continue
        cap = version_on(reading.versions, on)
        until = date.max if cap is None else min(counts_until(cap.window, on), cap.until)
        told = forecast(reading.book, on, found.headroom_tpp, until=until)
        if told is not None:
            rates = (told.slow, told.expected, told.fast)
            yield (
                key[0],
                holder_text(key[1]),
                found.headroom_tpp,
                told.blocks,
                *(int(rate // 1) for rate in rates),
                told.earliest_on,
                told.expected_on,
                told.latest_on,
                None if until == date.max else until,
            )


# ---- registers


def _duties(asked: Asked, first: Quarter, last: Quarter, on: date) -> Iterator[Row]:
    """Every duty that is due in some quarters, as it stands on one day."""
    until = quarters(first, last)[-1].after.first
    prefix, law = asked.shot.prefix, asked.law
    for one in calendar(prefix, law, first=first.first, until=until, today=on):
        yield (
            one.id,
            one.duty,
            one.what,
            one.due_on,
            one.state,
            one.party,
            one.destination,
            one.authorization,
            one.document,
            one.done_on,
            one.cite,
        )


def _devices(asked: Asked) -> Iterator[Row]:
    """The classification of every device, by stretches of days that are alike."""
    prefix, law = asked.shot.prefix, asked.law
    turns = {
        day
        for one in law.adopted
        for row in one.pack.classes
        for day in (row.valid_from, row.until)
    }
    for device in sorted({*law.catalogue, *prefix.devices()}):
        days = sorted({date.min, *turns, *(one.on for one in prefix.device(device))} - {OPEN_END})
        for first, after in zip(days, [*days[1:], None], strict=True):
            facts = classified_on(device, first, prefix, law)
            if facts is None:
                continue
            found = classify(facts, law.classes(first))
            yield (
                device,
                None if first == date.min else first,
                None if after is None else after - ONE_DAY,
                facts.vendor,
                facts.model,
                int(unit_tpp(facts)),
                facts.ics,
                facts.data_center,
                found.item_class,
                found.entry,
                found.why,
                found.cite,
                facts.source,
            )


def _lines(asked: Asked, on: date) -> Iterator[Row]:
    """Every licence line and status as granted and amended up to a day."""
    prefix = asked.shot.prefix
    for row in asked.law.grounds().values():
        for granted in prefix.granted(row.id):
            grant = grant_on(granted, prefix.grant_changes(granted.reference), on)
            shared = (
                grant.authorization,
                grant.reference,
                grant.party,
                grant.exporter,
                ", ".join(grant.destinations) or None,
                grant.valid_from,
                None if grant.until is None else grant.until - ONE_DAY,
                grant.live(on),
            )
            for line in grant.lines:
                tolerance = line.tolerance_percent
                more = None if tolerance is None else str(tolerance)
                yield (*shared, str(line.line), line.device, line.quantity, more)
            if not grant.lines:
                yield (*shared, None, None, None, None)


def _places(_: Asked) -> Iterator[Row]:
    """The names of destinations."""
    yield from countries().items()


SOURCES: Final[Mapping[str, Source]] = {
    "finding": Source(FINDING, _findings),
    "finding_by_quarter": Source(FINDING, _by_quarter),
    "change": Source(
        f"cap VARCHAR, holder VARCHAR, on_day DATE, status VARCHAR, {LEVEL}", _changes
    ),
    "breach": Source(
        "cap VARCHAR, title VARCHAR, holder VARCHAR, first_on DATE, last_on DATE, worst_on DATE, "
        "passed_by HUGEINT, allowance HUGEINT, drawdown HUGEINT, reserved HUGEINT, "
        "postures VARCHAR, house VARCHAR, cite VARCHAR, seq BIGINT",
        _breaches,
    ),
    "balance": Source(
        "cap VARCHAR, title VARCHAR, holder VARCHAR, owner VARCHAR, destination VARCHAR, "
        "cite VARCHAR, opening_allowance HUGEINT, opening HUGEINT, lapsed HUGEINT, drawn HUGEINT, "
        "returned HUGEINT, freed HUGEINT, reported HUGEINT, closing HUGEINT, reserved HUGEINT, "
        "closing_allowance HUGEINT, headroom HUGEINT",
        _balances,
    ),
    "draw": Source(
        "cap VARCHAR, holder VARCHAR, number BIGINT, event_id VARCHAR, on_day DATE, "
        "reserved BOOLEAN, tpp HUGEINT",
        _draws,
    ),
    "forecast": Source(
        "cap VARCHAR, holder VARCHAR, headroom HUGEINT, blocks BIGINT, slow HUGEINT, "
        "expected HUGEINT, fast HUGEINT, earliest_on DATE, expected_on DATE, latest_on DATE, "
        "window_over_on DATE",
        _forecasts,
    ),
    "duty": Source(
        "id VARCHAR, duty VARCHAR, what VARCHAR, due_on DATE, state VARCHAR, party VARCHAR, "
        "destination VARCHAR, authorization_id VARCHAR, document VARCHAR, done_on DATE, "
        "cite VARCHAR",
        _duties,
    ),
    "device_class": Source(
        "device VARCHAR, first_on DATE, last_on DATE, vendor VARCHAR, model VARCHAR, "
        "unit_tpp BIGINT, ics BIGINT, data_center BOOLEAN, item_class VARCHAR, entry VARCHAR, "
        "why VARCHAR, cite VARCHAR, source VARCHAR",
        _devices,
    ),
    "licence_line": Source(
        "authorization_id VARCHAR, reference VARCHAR, party VARCHAR, exporter VARCHAR, "
        "destinations VARCHAR, first_on DATE, last_on DATE, live BOOLEAN, line VARCHAR, "
        "device VARCHAR, quantity BIGINT, tolerance_percent VARCHAR",
        _lines,
    ),
    "place": Source("destination VARCHAR, name VARCHAR", _places),
}
"""Every source by the name that reports know it by."""


def filled(source: Source, name: str, asked: Asked, arguments: Iterable[Given]) -> None:
    """Fill a source's table in the snapshot's own memory."""
    engine = asked.shot.engine
    engine.execute(f"CREATE OR REPLACE TEMP TABLE {name} ({source.columns})")
    rows: list[Any] = list(source.rows(asked, *arguments))
    if rows:
        engine.add(name, rows)
