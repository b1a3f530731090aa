"""The duties calendar: every notice, certification and report with its day, done or not.

Duties arise with lots that went (and with open reservations, where they are due by the shipment),
with grants while they are live, and with listings that name a party until a day. Of the lots only
the days are read whose duties fall into the days that are asked for.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Literal, NamedTuple, Self

from ledger.core.arising import Arising, Asked, LotDuties, duty_rows, listing_ends
from ledger.core.duties import due_on
from ledger.core.events import DutyDone
from ledger.core.headroom import ONE_DAY
from ledger.core.law.law import Law
from ledger.core.law.rows import Duty as DutyRow
from ledger.core.prefix import Prefix
from ledger.core.values import Value, day

State = Literal["due", "done", "overdue"]


class DutyDue(Value):
    """A duty with its day: `id` is what `duty.done` names, `arises_from` the events behind it.

    On the day that is asked about it is done if some event says that it was done by then, and
    overdue if its day has passed without one. `recorded_as` is the event that says so.
    """

    id: str
    duty: str
    what: str
    due_on: date
    state: State
    arises_from: tuple[str, ...]
    party: str
    destination: str | None
    authorization: str | None
    cite: str
    document: str | None = None
    done_on: date | None = None
    recorded_as: str | None = None

    def done(self, by: DutyDone) -> Self:
        """The same duty, done."""
        said = {"document": by.document, "done_on": by.on, "recorded_as": by.id}
        return self.model_copy(update={"state": "done", **said})


def calendar(
    prefix: Prefix, law: Law, *, first: date, until: date, today: date
) -> tuple[DutyDue, ...]:
    """Every duty that is due from `first` to the day before `until`, by day and id."""
    return looked_back(prefix, law, since=first, first=first, until=until, today=today)[0]


def looked_back(
    prefix: Prefix, law: Law, *, since: date, first: date, until: date, today: date
) -> tuple[tuple[DutyDue, ...], Counter[str]]:
    """The calendar, and how many duties of each party are overdue from `since` to before `first`.

    Only what is asked for is written out; the rest is counted on the way.
    """
    asked = Asked(prefix, law, since, until, today=today)
    found: list[DutyDue] = []
    older: Counter[str] = Counter()
    for one in asked.left(today):
        if first <= one.due_on:
            found.append(_dated(one, asked.done(one), today))
        elif one.due_on < today and asked.done(one) is None:
            older[one.party] += 1
    return tuple(sorted(found, key=lambda one: (one.due_on, one.id))), older


class Told(NamedTuple):
    """A duty as a report tells it: there may be millions. `done` is what says that it was done."""

    id: str
    row: DutyRow
    due_on: date
    state: State
    party: str
    destination: str | None
    authorization: str | None
    done: DutyDone | None


def of_lots(prefix: Prefix, law: Law, *, first: date, until: date, today: date) -> LotDuties:
    """What `told` leaves out with `elsewhere`, as rules for a table of lots."""
    return Asked(prefix, law, first, until, today=today, elsewhere=True).of_lots()


def told(
    prefix: Prefix, law: Law, *, first: date, until: date, today: date, elsewhere: bool = False
) -> Iterator[Told]:
    """The duties of `calendar` one by one, in no order; with `elsewhere` without `of_lots`."""
    asked = Asked(prefix, law, first, until, today=today, elsewhere=elsewhere)
    for one in asked.left(today):
        done = asked.done(one)
        state, where = _state(one, done, today), one.destination
        yield Told(one.id, one.row, one.due_on, state, one.party, where, one.authorization, done)


def _state(one: Arising, done: DutyDone | None, today: date) -> State:
    if done is not None:
        return "done"
    return "overdue" if one.due_on < today else "due"


def find(prefix: Prefix, law: Law, duty_id: str, *, today: date) -> DutyDue | None:
    """The duty of an id, whenever it is due; None where nothing brings it about."""
    for row in duty_rows(law):
        mark = f"{row.id}@"
        if duty_id.startswith(mark):
            for on in _days_of(row, duty_id.removeprefix(mark), prefix, law):
                asked = Asked(prefix, law, on, on + ONE_DAY, today=today, rows=[row])
                for one in asked.arising():
                    if one.id == duty_id:
                        return _dated(one, asked.done(one), today)
    return None


def _days_of(row: DutyRow, subject: str, prefix: Prefix, law: Law) -> set[date]:
    """The days on which a duty of a row and a subject could be due."""
    if row.arises == "listing":
        return set(listing_ends(row, law))
    if row.arises == "lot" and not row.together:
        return {due_on(row.due, one.on) for one in prefix.movements_of(subject)}
    try:
        return {day(subject.rpartition("/")[2])}
    except ValueError:
        return set()


def _dated(one: Arising, done: DutyDone | None, today: date) -> DutyDue:
    """A duty with its state."""
    found = DutyDue(
        id=one.id,
        duty=one.row.id,
        what=one.row.what,
        due_on=one.due_on,
        state=_state(one, None, today),
        arises_from=tuple(one.events),
        party=one.party,
        destination=one.destination,
        authorization=one.authorization,
        cite=one.row.cite,
    )
    return found if done is None else found.done(done)
