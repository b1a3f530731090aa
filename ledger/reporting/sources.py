"""Sources: tables that the core fills for reports, so that no cap arithmetic is written in SQL.

Each is named by the reports that need it. Amounts are whole tenths of TPP, as in the snapshot.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from ledger.core.calendar import of_lots, told
from ledger.core.devices import classify, unit_tpp
from ledger.core.errors import InvalidInput
from ledger.core.grants import grant_on
from ledger.core.headroom import ONE_DAY, version_on
from ledger.core.law.caps import Cap
from ledger.core.law.row import OPEN_END
from ledger.core.ratings import classified_on
from ledger.garbage import uncollected
from ledger.reporting import lot_duties, over_time
from ledger.reporting.asking import Asked
from ledger.reporting.naming import Row, holder_text, owner_of
from ledger.reporting.parameters import Given, Quarter
from ledger.service.overview import Figure, Filters, surveys
from ledger.service.shell import countries
from ledger.store.connection import batches

FINDING: Final = (
    "on_day DATE, cap VARCHAR, title VARCHAR, holder VARCHAR, owner VARCHAR, destination VARCHAR, "
    "basis VARCHAR, effect VARCHAR, window_first DATE, window_last DATE, allowance HUGEINT, "
    "drawdown HUGEINT, reserved HUGEINT, left_over HUGEINT, headroom HUGEINT, binding_on DATE, "
    "house VARCHAR, "
    "cite VARCHAR, note VARCHAR, touched BOOLEAN"
)
LEVEL: Final = "allowance HUGEINT, drawdown HUGEINT, reserved HUGEINT, headroom HUGEINT"


ROWS_AT_ONCE: Final = 100_000
"""Rows that are handed over at a time."""


@dataclass(frozen=True, slots=True)
class Source:
    """A table that the core fills: its columns, and how from the arguments that a report names.

    `more` adds rows to it by SQL, from what the core says of them.
    """

    columns: str
    rows: Callable[..., Iterable[Row]]
    more: Callable[..., None] | None = None


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


# ---- registers


def _duties(asked: Asked, first: Quarter, last: Quarter, on: date) -> Iterator[Row]:
    """Every duty that is due in some quarters, as it stands on one day."""
    until = quarters(first, last)[-1].after.first
    prefix, law = asked.shot.prefix, asked.law
    for one in told(prefix, law, first=first.first, until=until, today=on, elsewhere=True):
        document, done_on = (None, None) if one.done is None else (one.done.document, one.done.on)
        yield (
            one.id,
            one.row.id,
            one.row.what,
            one.due_on,
            one.state,
            one.party,
            one.destination,
            one.authorization,
            document,
            done_on,
            one.row.cite,
        )


def _lots_duties(asked: Asked, first: Quarter, last: Quarter, on: date) -> None:
    """Those that lots bring by themselves: there may be millions, so SQL lists them."""
    until = quarters(first, last)[-1].after.first
    prefix, law = asked.shot.prefix, asked.law
    found = of_lots(prefix, law, first=first.first, until=until, today=on)
    lot_duties.add(asked.shot.engine, found, on)


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
        f"cap VARCHAR, holder VARCHAR, on_day DATE, status VARCHAR, {LEVEL}", over_time.changes
    ),
    "breach": Source(
        "cap VARCHAR, title VARCHAR, holder VARCHAR, first_on DATE, last_on DATE, worst_on DATE, "
        "passed_by HUGEINT, allowance HUGEINT, drawdown HUGEINT, reserved HUGEINT, "
        "postures VARCHAR, house VARCHAR, cite VARCHAR, seq BIGINT",
        over_time.breaches,
    ),
    "balance": Source(
        "cap VARCHAR, title VARCHAR, holder VARCHAR, owner VARCHAR, destination VARCHAR, "
        "cite VARCHAR, opening_allowance HUGEINT, opening HUGEINT, lapsed HUGEINT, drawn HUGEINT, "
        "returned HUGEINT, freed HUGEINT, reported HUGEINT, closing HUGEINT, reserved HUGEINT, "
        "closing_allowance HUGEINT, headroom HUGEINT",
        over_time.balances,
    ),
    "draw": Source(
        "cap VARCHAR, holder VARCHAR, number BIGINT, event_id VARCHAR, on_day DATE, "
        "reserved BOOLEAN, tpp HUGEINT",
        over_time.draws,
    ),
    "forecast": Source(
        "cap VARCHAR, holder VARCHAR, headroom HUGEINT, blocks BIGINT, slow HUGEINT, "
        "expected HUGEINT, fast HUGEINT, earliest_on DATE, expected_on DATE, latest_on DATE, "
        "window_over_on DATE",
        over_time.forecasts,
    ),
    "duty": Source(
        "id VARCHAR, duty VARCHAR, what VARCHAR, due_on DATE, state VARCHAR, party VARCHAR, "
        "destination VARCHAR, authorization_id VARCHAR, document VARCHAR, done_on DATE, "
        "cite VARCHAR",
        _duties,
        _lots_duties,
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
    with uncollected():
        for rows in batches(source.rows(asked, *arguments), ROWS_AT_ONCE):
            engine.add(name, rows)
        if source.more is not None:
            source.more(asked, *arguments)
