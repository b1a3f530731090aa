"""Which movements count against a cap for one holder: from positions to a book of draws."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, timedelta
from operator import is_not
from typing import Literal

from ledger.core.asides import Aside, asides, destinations, set_aside
from ledger.core.headroom import Book, Draw
from ledger.core.judging import BY_PARENT, Judge
from ledger.core.kinship import above, family, kin
from ledger.core.law.caps import Cap, Ratio, Share
from ledger.core.law.law import Law
from ledger.core.overlay import drawn
from ledger.core.plans import (
    KeptBook,
    Known,
    Plan,
    days_read,
    draw_of,
    month_of,
    within,
)
from ledger.core.positions import (
    BASIS,
    RESERVATIONS,
    SHAPE_FIELDS,
    Drawn,
    Kind,
    Movement,
    Query,
    Told,
    line_key,
    shape_of,
)
from ledger.core.prefix import Prefix
from ledger.core.running import Running
from ledger.core.shares import Family, Outside

_GONE = frozenset({Kind.EXPORTED, Kind.DOMESTIC})

Holder = tuple[str, ...]
Own = tuple[str, int]
"""A licence line and units of it."""

Asks = Literal["days", "month", "lot", "day"]

Months = frozenset[date] | None
"""First days of months; None is every month."""

Read = Callable[[Query], Iterable[tuple[str, Drawn]]]
"""Reads the movements of a query: summed up, or one by one with the event that added each."""


class Tally:
    """Reads the draws of caps from a prefix, under the law of one day."""

    def __init__(
        self,
        prefix: Prefix,
        law: Law,
        on: date,
        known: Known | None = None,
        *,
        asks: Asks = "days",
        since: date = date.max,
    ) -> None:
        """Hold what every cap of one question shares; `known` is that of an earlier such question.

        It asks about the day and later `days`, about lots of the day's `month`, about a `lot` of
        the day, or about the `day` alone: what is of no use for that is left out, or summed up.
        From `since` on days are told apart, whatever it asks about.
        """
        self.prefix, self.law, self.on, self.asks, self.since = prefix, law, on, asks, since
        self.known = Known() if known is None else known
        self._judge = Judge(prefix, law, on, self.known)
        self._books: dict[tuple[str, tuple[str, ...], int, Own | None], Book] = {}
        self._families: dict[tuple[object, ...], Family] = {}
        self._outside: dict[tuple[str, date], Outside] = {}

    def book(self, cap: Cap, holder: Holder, unit: int = 0, own: Own | None = None) -> Book:
        """Every draw that counts against a cap for a holder, others' reported draws included.

        A licence line is counted in units: each draws `unit` tenths of TPP, whatever it was rated
        when it went. `own` is the line, and units of it, that the lot in question would use up.
        """
        own = own if cap.ratio is not None else None
        key = (cap.id, holder, unit if cap.of_licence_line else 0, own)
        if key not in self._books:
            self._books[key] = self._read(cap, holder, unit, own)
        return self._books[key]

    def _read(self, cap: Cap, holder: Holder, unit: int, own: Own | None) -> Book:
        if cap.share is None and cap.ratio is None:
            plan = self._plan(cap, holder)
            found = [self.prefix.draws(query) for _, query in plan.queries]
            running = [one for one in found if isinstance(one, Running)]
            if len(running) == len(found):
                return self._kept_book(plan, cap, holder, unit, running)
            return Book([*plan.reported, *self._of_rows(plan, cap, holder, unit, found)])
        if cap.share is not None:
            shared = self._shared(cap, cap.share, holder)
            return Book([*self._plan(cap, holder).reported, *shared])
        counted = (*self.set_aside(cap, holder, own), *self._draws(cap, holder, unit, self._summed))
        return Book([*self._plan(cap, holder).reported, *(one for _, one in counted)])

    def _kept_book(
        self, plan: Plan, cap: Cap, holder: Holder, unit: int, sums: Sequence[Running]
    ) -> Book:
        """The book of running sums: the one that was made of them before, and what came since."""
        counted_in = unit if cap.of_licence_line else 0
        added, kept = [one.added for one in sums], plan.books.get(counted_in)
        if kept is None or any(map(is_not, kept.added, added)):
            draws = self._of_rows(plan, cap, holder, unit, sums)
            kept = KeptBook(Book([*plan.reported, *draws]), added, [*map(len, added)])
            plan.books[counted_in] = kept
            return kept.book
        fresh = [one[at:] for one, at in zip(added, kept.seen, strict=True)]
        # All are judged before one is counted in: what fails leaves the book whole.
        for draw in list(self._of_rows(plan, cap, holder, unit, fresh)):
            kept.book.add(draw)
        kept.seen = [*map(len, added)]
        return kept.book

    def _of_rows(
        self,
        plan: Plan,
        cap: Cap,
        holder: Holder,
        unit: int,
        found: Iterable[Iterable[Drawn]],
    ) -> Iterator[Draw]:
        """The draws of a cap without a share among what the queries of a plan found."""
        for (party, _), rows in zip(plan.queries, found, strict=True):
            for row in rows:
                if self._judge.counts(plan, cap, holder, party, row):
                    yield draw_of(cap, unit, row)

    def dated(self, cap: Cap, holder: Holder, unit: int = 0) -> Iterator[tuple[str, Draw]]:
        """The draws of a book one by one, each with the event that added it.

        Others' reported draws and what is set aside for licences are left out.
        """
        return self._draws(cap, holder, unit, self._one_by_one)

    def _summed(self, query: Query) -> list[tuple[str, Drawn]]:
        return [("", row) for row in self.prefix.draws(query._replace(told="item"))]

    def queries(self, cap: Cap, holder: Holder, months: Months = None) -> Iterator[Query]:
        """What a book will ask the prefix for, so that it may read that of many books at once.

        With `months` these alone, and those in which a fact was changed, are told by day.
        """
        for _, query in self._plan(cap, holder).queries:
            if months is None:
                yield query
            else:
                yield query._replace(exact_from=query.until, cuts=query.cuts | months)

    def part_book(self, cap: Cap, holder: Holder, unit: int, months: frozenset[date]) -> Book:
        """A book of which only some months are told by day; of no share or ratio."""
        plan = self._plan(cap, holder)
        rows = [self.prefix.draws(query) for query in self.queries(cap, holder, months)]
        return Book([*plan.reported, *self._of_rows(plan, cap, holder, unit, rows)])

    def by_month(self, cap: Cap, holder: Holder, unit: int) -> list[Draw]:
        """The draws of such a book by month, what was added and what was taken back apart."""
        plan = self._plan(cap, holder)
        asked = self.queries(cap, holder, frozenset())
        rows = [self.prefix.draws(query._replace(apart=True)) for query in asked]
        return [*plan.reported, *self._of_rows(plan, cap, holder, unit, rows)]

    def _one_by_one(self, query: Query) -> Iterator[tuple[str, Drawn]]:
        return ((event_id, drawn(one)) for event_id, one in self.prefix.listed(query))

    def drawn(self, cap: Cap, holder: Holder) -> Iterator[Drawn]:
        """The movements behind a book, others' reported draws left out."""
        return (row for _, row in self._counted(cap, holder, self._summed))

    def _counted(self, cap: Cap, holder: Holder, read: Read) -> Iterator[tuple[str, Drawn]]:
        plan = self._plan(cap, holder)
        for party, query in plan.queries:
            for event_id, row in read(query):
                if self._judge.counts(plan, cap, holder, party, row):
                    yield event_id, row

    def _plan(self, cap: Cap, holder: Holder) -> Plan:
        # A switch, and who is a member of a group, may turn on any day.
        apart = self.on if cap.counts.not_headquartered_in is not None else None
        key = (cap.id, cap.valid_from, holder, apart)
        plan = self.known.plans.get(key)
        if plan is None:
            read = list(self._keys(cap, holder))
            cuts = self._cuts(cap, [party for party, _ in read if party])
            plan = Plan(
                tuple(Draw(one.on, int(one.tpp)) for one in self.prefix.usage(cap.id, holder)),
                tuple((party, self._query(cap, one, cuts, told=_told(cap))) for party, one in read),
                tuple(sorted(cuts)) if apart is None else None,
            )
            self.known.plans[key] = plan
        return plan

    def moved(self, cap: Cap, holder: Holder, first: date, last: date) -> Iterator[Drawn]:
        """The counted sums of some days, what was added and what was taken back apart."""
        plan = self._plan(cap, holder)
        asked = self.queries_moved(cap, holder, first, last)
        for (party, _), query in zip(plan.queries, asked, strict=True):
            for row in self.prefix.draws(query):
                if self._judge.counts(plan, cap, holder, party, row):
                    yield row

    def queries_moved(self, cap: Cap, holder: Holder, first: date, last: date) -> Iterator[Query]:
        """What `moved` will ask the prefix for."""
        for query in self.queries(cap, holder):
            whole = query._replace(first_on=cap.window.first_on or date.min, until=date.max)
            yield within(whole, first, last)._replace(apart=True)

    def listed(
        self, cap: Cap, holder: Holder, first: date = date.min, last: date = date.max
    ) -> Iterator[tuple[str, Movement]]:
        """The counted movements of some days one by one, each with the event that added it."""
        plan = self._plan(cap, holder)
        for party, key in self._keys(cap, holder):
            query = within(self._query(cap, key, frozenset()), first, last)
            for event_id, one in self.prefix.listed(query):
                if self._judge.counts(plan, cap, holder, party, drawn(one)):
                    yield event_id, one

    def _draws(self, cap: Cap, holder: Holder, unit: int, read: Read) -> Iterator[tuple[str, Draw]]:
        if cap.share is not None:
            yield from self._share_draws(cap, cap.share, holder, read)
            return
        if cap.ratio is not None:
            yield from self._against(cap, cap.ratio, holder, read)
        for event_id, row in self._counted(cap, holder, read):
            yield event_id, draw_of(cap, unit, row)

    def _share_draws(
        self, cap: Cap, share: Share, holder: Holder, read: Read
    ) -> Iterator[tuple[str, Draw]]:
        """The two sides of a share; open reservations enter the numerator only."""
        destination = dict(zip(cap.per, holder, strict=True)).get("destination")
        outside = self._outside_of(cap, share)
        plan = self._plan(cap, holder)
        for party, query in plan.queries:
            for event_id, row in read(query):
                reserved = row.kind in RESERVATIONS
                if not reserved and self._judge.counts(plan, cap, holder, party, row, whole=True):
                    yield event_id, Draw(row.on, 0, whole=row.tpp)
                if destination in (None, row.destination) and self._judge.counts(
                    plan, cap, holder, party, row
                ):
                    yield from ((event_id, one) for one in outside.draws(row))

    def _shared(self, cap: Cap, share: Share, holder: Holder) -> Iterable[Draw]:
        """The same of sums: the family is read once for all the destinations of its holders."""
        destination = dict(zip(cap.per, holder, strict=True)).get("destination")
        key = (cap.id, cap.valid_from, tuple(one for one in holder if one != destination))
        if key not in self._families:
            self._families[key] = self._family(cap, holder)
        return self._families[key].draws(self._outside_of(cap, share), destination)

    def _outside_of(self, cap: Cap, share: Share) -> Outside:
        known = (cap.id, cap.valid_from)
        if known not in self._outside:
            self._outside[known] = Outside(share, self.law)
        return self._outside[known]

    def _family(self, cap: Cap, holder: Holder) -> Family:
        """What counts in a share's denominator, by day, and what may in its numerator."""
        plan, found = self._plan(cap, holder), Family()
        for party, query in plan.queries:
            for row in self.prefix.draws(query):
                if row.kind not in RESERVATIONS and self._judge.counts(
                    plan, cap, holder, party, row, whole=True
                ):
                    found.whole[row.on] += row.tpp
                if self._judge.counts(plan, cap, holder, party, row):
                    found.parts[row.destination].append(row)
        return found

    def _against(
        self, cap: Cap, ratio: Ratio, holder: Holder, read: Read
    ) -> Iterator[tuple[str, Draw]]:
        """What a ratio is measured against: everything of the device that went there."""
        for iso in ratio.to_values:
            for event_id, row in read(self._gone_to(cap, iso)):
                if row.device == holder[0]:
                    yield event_id, Draw(row.on, 0, whole=row.tpp)

    def _gone_to(self, cap: Cap, iso: str) -> Query:
        return self._query(cap, (iso,), self._cuts(cap, ()))._replace(kinds=_GONE)

    def listed_against(self, cap: Cap, holder: Holder) -> Iterator[tuple[str, Movement]]:
        """The movements that a ratio is measured against, each with the event that added it."""
        for iso in () if cap.ratio is None else cap.ratio.to_values:
            for event_id, one in self.prefix.listed(self._gone_to(cap, iso)):
                if one.device == holder[0]:
                    yield event_id, one

    def set_aside(
        self, cap: Cap, holder: Holder, own: Own | None = None
    ) -> Iterator[tuple[str, Draw]]:
        """What licences for a ratio's destinations still cover while they are live, by grant."""
        return set_aside(self.asides(cap, holder), self.prefix, own)

    def asides(self, cap: Cap, holder: Holder) -> Iterator[Aside]:
        """Lines of licences for a ratio's destinations that are live on the day or later."""
        return asides(cap, holder[0], self.on, self.prefix, self.law)

    def _keys(self, cap: Cap, holder: Holder) -> Iterator[tuple[str, tuple[str, ...]]]:
        """The keys to read for a holder: of a family, one per party that may belong to it."""
        if cap.ratio is not None:
            yield from (("", (iso,)) for iso in destinations(cap.ratio, self.law))
            return
        named: dict[str, str] = dict(zip(cap.per, holder, strict=True))
        fields = {SHAPE_FIELDS[key]: value for key, value in named.items()}
        if cap.of_licence_line:
            fields["line"] = line_key(named["reference"], named["line"])
        top = next((named[key] for key in cap.per if key in BY_PARENT), None)
        for party in [""] if top is None else family(top, self.prefix):
            own = fields if not party else {**fields, "party": party}
            # A share needs the family's whole, so its key ends before the destination.
            wanted = ("party",) if cap.share is not None else shape_of(cap.per)
            yield party, tuple(own[field] for field in wanted if field in own)

    def _cuts(self, cap: Cap, parties: Iterable[str]) -> frozenset[date]:
        """Days on which a fact changed that decides whether a draw counts: no sums across them."""
        chain = kin(parties, lambda party: above(party, self.prefix))
        cuts = {version.on for party in chain for version in self.prefix.party(party)}
        if cap.counts.classes:
            cuts |= self._device_days()
        return frozenset(cuts)

    def _device_days(self) -> frozenset[date]:
        if self.known.device_days is None:
            self.known.device_days = self.prefix.device_days()
        return self.known.device_days

    def _query(
        self, cap: Cap, key: tuple[str, ...], cuts: frozenset[date], *, told: Told = "item"
    ) -> Query:
        versions: Sequence[Cap] = self.law.versions(cap.id)
        first, last = month_of(self.on) if self.asks == "month" else (self.on, self.on)
        # Another version may count from the middle of a month that this one counts as a whole.
        alike = all(version.window == cap.window for version in versions)
        # Where a party's headquarters decide, those of each draw's own day do.
        alike = alike and cap.counts.not_headquartered_in is None
        if self.asks == "days":
            versions = ()
        exact = first - timedelta(days=cap.window.days or 0)
        if (
            self.asks in ("lot", "day")
            and cap.window.days is None
            and self.on == month_of(self.on)[1]
        ):
            exact = self.on + timedelta(days=1)  # all of its month counts, or none of it
        first_on, until = days_read(cap, versions, first)[0], days_read(cap, versions, last)[1]
        if self.asks == "day":
            until = min(until, self.on + timedelta(days=1))
        return Query(
            shape=shape_of(cap.per),
            key=key,
            kinds=BASIS[cap.basis],
            exact_from=min(exact, self.since) if alike else date.min,
            cuts=cuts,
            authorizations=frozenset(cap.counts.authorizations),
            first_on=first_on,
            until=until,
            told=told,
        )


def _told(cap: Cap) -> Told:
    """What of an item decides whether its draws count against a cap."""
    if cap.ratio is not None or "device" in cap.per:
        return "item"
    return "class" if cap.counts.classes else "nothing"
