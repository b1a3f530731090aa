"""What arises: the duties of lots, grants and listings that are due on some days."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import pairwise
from typing import NamedTuple

from ledger.core.duties import GONE, Thresholds, days_between, due_on, lot_days
from ledger.core.events import AuthorizationGranted, DutyDone
from ledger.core.grants import Grant, grant_on
from ledger.core.headroom import ONE_DAY
from ledger.core.law.law import Law
from ledger.core.law.row import OPEN_END
from ledger.core.law.rows import Due, Listing, Named
from ledger.core.law.rows import Duty as DutyRow
from ledger.core.lot_days import held_lots, is_ordered, open_lots, together_asked
from ledger.core.ownership import chain
from ledger.core.parties import latest
from ledger.core.positions import RESERVATIONS, Movement
from ledger.core.prefix import Prefix
from ledger.core.standing import is_named

_Entry = tuple[Listing, Named]
"""A member of a listing, with its listing."""


@dataclass(slots=True)
class Arising:
    """A duty that arises, before anyone asks whether it was done."""

    row: DutyRow
    subject: str
    due_on: date
    party: str
    destination: str | None
    authorization: str | None
    events: list[str]

    @property
    def id(self) -> str:
        """What names the duty."""
        return f"{self.row.id}@{self.subject}"


class LotDay(NamedTuple):
    """A duty that every lot of a day brings under the row's authorizations, and when it is due."""

    row: DutyRow
    on: date
    due_on: date


class LotDuties(NamedTuple):
    """What lots that went bring by themselves: for whoever has them as a table.

    `done` are the events that say so by the duties' ids, `came_from` the reservations of exports.
    """

    days: Sequence[LotDay]
    done: Mapping[str, DutyDone]
    came_from: Mapping[str, str]


def duty_rows(law: Law) -> list[DutyRow]:
    """Every row of the law that brings a duty."""
    return [row for adopted in law.adopted for row in adopted.pack.duties]


class Asked:
    """One question: the facts, the law, and the days on which what is asked for is due."""

    def __init__(
        self,
        prefix: Prefix,
        law: Law,
        first: date,
        until: date,
        *,
        today: date,
        rows: Sequence[DutyRow] | None = None,
        elsewhere: bool = False,
    ) -> None:
        """With `elsewhere` somebody else tells what lots that went bring by themselves."""
        self.prefix, self.law, self.first, self.until = prefix, law, first, until
        self.rows = duty_rows(law) if rows is None else rows
        self._held = held_lots(prefix)
        self._came_from = {by: m.lot for by, m in self._held if by != m.lot}
        self._done = {one.duty: one for one in prefix.duties_done() if one.on <= today}
        self._granted = cache(prefix.granted)
        self._elsewhere = {id(row) for row in self.rows if elsewhere and self._is_simple(row)}

    def arising(self) -> Iterator[Arising]:
        """Every duty of the days that are asked for, in no order."""
        yield from self._of_lots()
        for row in self.rows:
            if row.arises == "grant":
                yield from self._of_grants(row)
            if row.arises == "listing":
                yield from self._of_listings(row)

    def left(self, today: date) -> Iterator[Arising]:
        """The same without those that lasted until a day that has passed: nothing is left to do."""
        for one in self.arising():
            lasted = one.row.lasts and one.due_on < today
            if not (lasted and self.done(one) is None):
                yield one

    def done(self, one: Arising) -> DutyDone | None:
        """What says that a duty was done; of an export, also what was done for its reservation."""
        found = self._done.get(one.id)
        held = self._came_from.get(one.subject)
        return self._done.get(f"{one.row.id}@{held}") if found is None and held else found

    # ---- lots

    def _of_lots(self) -> Iterator[Arising]:
        spans = {id(row): self._span(row) for row in self.rows if row.arises == "lot"}
        read = [row for row in self.rows if id(row) not in self._elsewhere]
        went = [
            lot
            for grounds, own in together_asked(read, spans)
            for span in own
            for lot in self.prefix.gone(*span, grounds)
        ]
        lots = [*went, *open_lots(self._held)]
        ordered = any(id(row) in spans and is_ordered(row) for row in self.rows)
        place = {lot.lot: number for number, lot in enumerate(lots)} if ordered else {}
        by_ground: defaultdict[str, list[Movement]] = defaultdict(list)
        for lot in lots:
            by_ground[lot.authorization].append(lot)
        thresholds = Thresholds(self.prefix, self.law)
        for row in self.rows:
            if id(row) not in spans:
                continue
            first, until = spans[id(row)]
            under = (lot for ground in row.authorizations for lot in by_ground[ground])
            own = [lot for lot in under if first <= lot.on < until and _brings(lot, row)]
            if id(row) in self._elsewhere:
                own = [lot for lot in own if lot.kind in RESERVATIONS]
            if is_ordered(row):
                own.sort(key=lambda lot: place[lot.lot])
            if row.cap is not None:
                own = thresholds.reaching(row, row.cap, own)
            yield from _together(row, own) if row.together else _one_by_one(row, own)

    def _is_simple(self, row: DutyRow) -> bool:
        """Whether each lot that went brings a row's duty whatever else went or is reserved."""
        if row.arises != "lot" or row.cap is not None:
            return False
        held = (lot for lot in open_lots(self._held) if lot.authorization in row.authorizations)
        return not row.together or not any(_brings(lot, row) for lot in held)

    def of_lots(self) -> LotDuties:
        """What the lots that went bring by themselves."""
        days = [
            LotDay(row, on, due_on(row.due, on))
            for row in self.rows
            if id(row) in self._elsewhere
            for on in _each_day(*self._span(row))
        ]
        return LotDuties(days, self._done, self._came_from)

    def _span(self, row: DutyRow) -> tuple[date, date]:
        """The days of the lots that a row is asked about, under the law of each lot's own day."""
        first, until = lot_days(row.due, self.first, self.until)
        return max(first, row.valid_from), min(until, row.until)

    # ---- grants

    def _of_grants(self, row: DutyRow) -> Iterator[Arising]:
        for authorization in row.authorizations:
            for granted in self._granted(authorization):
                one_place = len(granted.destinations) == 1
                for on in self._days_of_grant(row.due, granted):
                    if self.first <= on < self.until and row.in_force(on):
                        yield Arising(
                            row=row,
                            subject=f"{granted.reference}/{on}",
                            due_on=on,
                            party=granted.party,
                            destination=granted.destinations[0] if one_place else None,
                            authorization=authorization,
                            events=[granted.id],
                        )

    def _days_of_grant(self, due: Due, granted: AuthorizationGranted) -> Iterator[date]:
        """The last valid day, or the days of the year before which the grant was live."""
        reports = due.next_of or due.half_year_report
        if reports:
            start = max(self.first, granted.valid_from)
            before = date(start.year - 1, 1, 1)
            for previous, on in pairwise(days_between(reports, before, self.until)):
                if self._live(granted, previous, on):
                    yield on
            return
        until = self._on(granted, date.max).until
        if not due.at_end:
            yield due_on(due, granted.valid_from)
        elif until is not None and until > granted.valid_from:
            yield until - ONE_DAY

    def _on(self, granted: AuthorizationGranted, on: date) -> Grant:
        return grant_on(granted, self.prefix.grant_changes(granted.reference), on)

    def _live(self, granted: AuthorizationGranted, first: date, until: date) -> bool:
        """Whether a grant was valid on one of some days: only these can be the first of them."""
        changes = self.prefix.grant_changes(granted.reference)
        days = {first, granted.valid_from, *(change.on for change in changes)}
        return any(self._on(granted, on).live(on) for on in days if first <= on < until)

    # ---- listings

    def _of_listings(self, row: DutyRow) -> Iterator[Arising]:
        ends = listing_ends(row, self.law)
        if not any(self.first <= on < self.until for on in ends):
            return
        for party in self.prefix.parties():
            on = max((on for on in ends if self._ends_for(party, ends[on], on, row)), default=None)
            if on is not None and self.first <= on < self.until and row.in_force(on):
                registered = latest(self.prefix.party(party), on)
                yield Arising(
                    row=row,
                    subject=party,
                    due_on=on,
                    party=party,
                    destination=None,
                    authorization=None,
                    events=[] if registered is None else [registered.id],
                )

    def _ends_for(self, party: str, ending: Iterable[_Entry], on: date, row: DutyRow) -> bool:
        """Whether a party is named until a day, and no longer on the next one."""
        return self._is_named(party, ending, on) and not self._is_named(
            party, _entries(row, self.law, on + ONE_DAY), on + ONE_DAY
        )

    def _is_named(self, party: str, entries: Iterable[_Entry], on: date) -> bool:
        for listing, member in entries:
            above = chain(party, on, self.prefix.party) if member.subsidiaries else ()
            for one in (party, *above):
                registered = latest(self.prefix.party(one), on)
                if registered is not None and is_named(member, listing, registered):
                    return True
        return False


def _entries(row: DutyRow, law: Law, on: date) -> list[_Entry]:
    """Who the listings of a duty name on a day; where that is UNCONFIRMED nothing rests on it."""
    return [
        (listing, member)
        for listing in law.listings(on)
        for member in listing.members
        if listing.id in row.listings
        and member.valid_from <= on < member.until
        and (member.evidence or listing.evidence) != "UNCONFIRMED"
    ]


def listing_ends(row: DutyRow, law: Law) -> dict[date, list[_Entry]]:
    """The last days of what the listings of a duty say, with what they say until then."""
    rows = [one for adopted in law.adopted for one in adopted.pack.listings]
    days = {
        min(listing.until, member.until) - ONE_DAY
        for listing in rows
        for member in listing.members
        if listing.id in row.listings and min(listing.until, member.until) != OPEN_END
    }
    return {
        on: [
            (listing, member)
            for listing, member in _entries(row, law, on)
            if min(listing.until, member.until) - ONE_DAY == on
        ]
        for on in days
    }


def _each_day(first: date, until: date) -> Iterator[date]:
    return map(date.fromordinal, range(first.toordinal(), until.toordinal()))


def _brings(lot: Movement, row: DutyRow) -> bool:
    """Whether a duty arises already: of a reservation, if it is due before the lot goes."""
    return lot.kind in GONE or due_on(row.due, lot.on) <= lot.on


def _one_by_one(row: DutyRow, lots: Iterable[Movement]) -> Iterator[Arising]:
    """The duty once for each lot."""
    due = cache(lambda on: due_on(row.due, on))
    for lot in lots:
        yield Arising(
            row=row,
            subject=lot.lot,
            due_on=due(lot.on),
            party=lot.party,
            destination=lot.destination,
            authorization=lot.authorization,
            events=[lot.lot],
        )


def _together(row: DutyRow, lots: Iterable[Movement]) -> Iterable[Arising]:
    """The duty once for all lots of a party that it is due for on the same day."""
    found: dict[str, Arising] = {}
    for one in _one_by_one(row, lots):
        one.subject = f"{one.party}/{one.due_on}"
        known = found.setdefault(one.subject, one)
        if known is not one:
            known.events += one.events
            known.destination = one.destination if known.destination == one.destination else None
            same = known.authorization == one.authorization
            known.authorization = one.authorization if same else None
    return found.values()
