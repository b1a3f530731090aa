"""Sources of time: changes, breaches, balances, draws and forecasts of caps and their holders."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from itertools import chain

from ledger.core import balances as balancing
from ledger.core import spans, utilisation
from ledger.core.breaches import Key, Reading
from ledger.core.causes import Causes
from ledger.core.forecast import first_read, forecast
from ledger.core.headroom import Draw, counted_from, counts_until, level, version_on
from ledger.core.law.caps import Cap
from ledger.core.positions import Query
from ledger.core.scan import Scan
from ledger.reporting.asking import Asked
from ledger.reporting.naming import Row, holder_text, owner_of
from ledger.reporting.parameters import Quarter
from ledger.store.connection import batches

AT_ONCE, SCANNED_AT_ONCE = 1_000, 10_000
"""Caps with holders that are read at once; more where few of their days are."""


def changes(asked: Asked, cap: str | None) -> Iterator[Row]:
    """Every change of a cap's status for a holder."""
    if cap is not None:
        asked.versions(cap)
    caps = [one for one in asked.scan.counted() if cap in (None, one)]
    for key in chain.from_iterable(_scanned(asked.scan, caps)):
        for one in utilisation.changes(key, asked.scan):
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


def breaches(asked: Asked) -> Iterator[Row]:
    """Every span of days on which a limit is passed, with the entry that did it."""
    causes = Causes(asked.at, asked.shot.prefix.head.size)
    scan = asked.passing
    for one in chain.from_iterable(
        spans.breaches(scan, causes, some) for some in _scanned(scan, scan.limits())
    ):
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


def _scanned(scan: Scan, cap_ids: Iterable[str]) -> Iterator[Sequence[Key]]:
    """Every holder of some caps, many at a time, their days read."""
    for some in batches(scan.keys(cap_ids), SCANNED_AT_ONCE):
        scan.ahead(some)
        yield some


def balances(asked: Asked, quarter: Quarter) -> Iterator[Row]:
    """Opening, movements and closing of every cap and holder over a quarter."""
    for key in _read_ahead(
        asked, lambda keys: balancing.queries(keys, quarter.first, quarter.last, asked.view)
    ):
        found = balancing.balance(key, quarter.first, quarter.last, asked.view)
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


def _read_ahead(asked: Asked, queries: Callable[[Sequence[Key]], Iterable[Query]]) -> Iterator[Key]:
    """Every cap and holder, many at a time: what will be asked of these is read in one go."""
    for some in batches(asked.keys, AT_ONCE):
        asked.shot.prefix.expect(queries(some))
        yield from some
    asked.shot.prefix.expect(())


def draws(asked: Asked, cap_id: str, on: date) -> Iterator[Row]:
    """Every draw that counts against a cap on a day, by holder, with the event that added it."""
    asked.versions(cap_id)
    prefix = asked.shot.prefix
    for some in batches(asked.view.keys([cap_id]), AT_ONCE):
        read = [(key, found) for key in some if (found := asked.view.reading_on(key, on))]
        owned = [(key, found, balancing.counted_by(found, on, asked.view)) for key, found in read]
        prefix.expect(
            (query for key, found, own in owned for query in found.tally.queries(own, key[1])),
            listed=True,
        )
        for key, found, own in owned:
            drawn = _drawn(asked, key, found, own, on)
            order = sorted(drawn, key=lambda one: (one[1].on, one[0], one[1].reserved, one[1].tpp))
            for number, (event, draw) in enumerate(order, start=1):
                yield key[0], holder_text(key[1]), number, event, draw.on, draw.reserved, draw.tpp
    prefix.expect((), listed=True)


def _drawn(
    asked: Asked, key: Key, reading: Reading, own: Cap, on: date
) -> Iterator[tuple[str, Draw]]:
    """The draws of a holder that count on a day, each with the event that added it."""
    found = chain(
        reading.tally.dated(own, key[1], reading.unit_tpp),
        ((one.id, Draw(one.on, int(one.tpp))) for one in asked.shot.prefix.usage(*key)),
        reading.tally.set_aside(own, key[1]) if own.ratio is not None else (),
    )
    first = counted_from(own.window, on)
    return (one for one in found if first <= one[1].on <= on and one[1].tpp)


def forecasts(asked: Asked, on: date) -> Iterator[Row]:
    """When each limited cap is exhausted at the rate of the last months."""

    def reading(key: Key) -> Reading | None:
        return asked.view.reading_since(key, on, first_read(on))

    def queries(keys: Sequence[Key]) -> Iterator[Query]:
        for key in keys:
            found = reading(key)
            if found is not None:
                yield from found.queries()

    for key in _read_ahead(asked, queries):
        read = reading(key)
        found = None if read is None else level(read.versions, read.book, on)
        if read is None or found is None or found.headroom_tpp is None:
            continue
        cap = version_on(read.versions, on)
        until = date.max if cap is None else min(counts_until(cap.window, on), cap.until)
        told = forecast(read.book, on, found.headroom_tpp, until=until)
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
