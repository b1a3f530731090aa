"""The duties calendar of a ledger, and recording that a duty was done."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from ledger.core.calendar import DutyDue, State, calendar, find, looked_back
from ledger.core.errors import AlreadyRecorded, InvalidInput, NotFound
from ledger.core.events import DutyDone
from ledger.core.law.law import Law
from ledger.core.prefix import Prefix
from ledger.core.values import FIRST_YEAR, LAST_YEAR
from ledger.service.recording import expire_overdue, record
from ledger.service.requests import built
from ledger.service.shell import legal_today, new_id
from ledger.service.writing import writing
from ledger.store.as_of import AsOf
from ledger.store.ledger import Ledger

BACK: Final = timedelta(days=30)
AHEAD: Final = timedelta(days=90)
LOOKED_BACK: Final = timedelta(days=365)
"""How far before the days that are shown overdue duties are counted: all would be a long search."""

NEAREST: Final = 3
EARLIEST: Final = date(FIRST_YEAR, 1, 1)
LATEST: Final = date(LAST_YEAR, 12, 31)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to show: the days (`until` is the first day out), and of which state and party."""

    first: date | None = None
    until: date | None = None
    state: State | None = None
    party: str | None = None

    def days(self, on: date) -> tuple[date, date]:
        """The days to show: from 30 days before a day to 90 after it where they are not named.

        Raises `InvalidInput` where the last of them comes before the first.
        """
        first = self.first or max(min(on, self.until or on) - BACK, EARLIEST)
        until = self.until or min(max(on, first) + AHEAD, LATEST)
        if until <= first:
            raise InvalidInput(
                f"{until} is the first day out and must come after {first}",
                where="--until",
                cure="name a later day, or an earlier --from",
            )
        return first, until


@dataclass(frozen=True, slots=True)
class Calendar:
    """The duties of some days as they stand `on` one day.

    `older` is how many are overdue on it from the year before.
    """

    first: date
    until: date
    on: date
    duties: tuple[DutyDue, ...]
    older: int
    law: tuple[dict[str, Any], ...]
    as_of: dict[str, Any]

    def as_data(self) -> dict[str, Any]:
        """The calendar for programs."""
        return {
            "first": str(self.first),
            "until": str(self.until),
            "on": str(self.on),
            "duties": [one.model_dump(mode="json") for one in self.duties],
            "older_overdue": self.older,
            "as_of": self.as_of,
            "law": list(self.law),
        }


def duties(
    url: str, wanted: Wanted, *, on: date | None = None, as_of: AsOf | None = None
) -> Calendar:
    """Every duty of some days: what is due, done and overdue on one day, today if not named.

    Raises `NotFound` for a party that is not registered.
    """
    ledger = Ledger.open(url)
    try:
        with ledger.reading(as_of) as prefix:
            law = ledger.law(prefix)
            day = on or legal_today(prefix)
            first, until = wanted.days(day)
            if wanted.party is not None and not prefix.party(wanted.party):
                raise NotFound(
                    f"the party '{wanted.party}' is not registered",
                    where="--party",
                    cure="name the validated end user or the ultimate consignee of the lots",
                )
            found, older = looked_back(
                prefix, law, since=first - LOOKED_BACK, first=first, until=until, today=day
            )
            return Calendar(
                first=first,
                until=until,
                on=day,
                duties=tuple(one for one in found if _shown(one, wanted)),
                older=older.total() if wanted.party is None else older[wanted.party],
                law=tuple(one.model_dump() for one in law.digests),
                as_of={"size": prefix.head.size, "root": prefix.head.root},
            )
    finally:
        ledger.close()


def _shown(one: DutyDue, wanted: Wanted) -> bool:
    return wanted.state in (None, one.state) and wanted.party in (None, one.party)


@dataclass(frozen=True, slots=True)
class Done:
    """A duty that is done, and whether that was recorded just now."""

    duty: DutyDue
    new: bool


def done(
    url: str, duty_id: str, *, document: str, on: date | None = None, actor: str | None = None
) -> Done:
    """Record that a duty was done; the same again is recorded once.

    Raises `NotFound` where nothing brings the duty about, naming the nearest ones that there are,
    `InvalidInput` for a day that has not come, and `AlreadyRecorded` where another document or day
    stands for it.
    """
    with writing(url, actor=actor) as (writer, mark):
        expire_overdue(writer, mark)
        prefix, law = writer.prefix, writer.law
        today = legal_today(prefix)
        known = find(prefix, law, duty_id, today=today)
        if known is None:
            raise _unknown(duty_id, prefix, law, today)
        if on is not None and on > today:
            raise InvalidInput(
                f"{on} has not come yet: the duty can't have been done on it",
                where="--on",
                cure="name the day on which it was done",
            )
        if known.state == "done":
            return _the_same(known, document, on)
        event = built(
            DutyDone,
            "duties done",
            id=new_id("duty"),
            on=on or today,
            duty=duty_id,
            document=document,
        )
        record(writer, event, mark)
        return Done(known.done(event), new=True)


def _the_same(known: DutyDue, document: str, on: date | None) -> Done:
    """A duty that was done before; raises `AlreadyRecorded` where that was said otherwise."""
    if document == known.document and on in (None, known.done_on):
        return Done(known, new=False)
    raise AlreadyRecorded(
        f"the duty '{known.id}' was done on {known.done_on}: {known.document}",
        cure=f"to correct that, reverse it first: chipledger reverse '{known.recorded_as}'",
    )


def _unknown(duty_id: str, prefix: Prefix, law: Law, today: date) -> NotFound:
    from rapidfuzz import process

    around = calendar(prefix, law, first=today - BACK, until=today + AHEAD, today=today)
    near = process.extract(duty_id, [one.id for one in around], limit=NEAREST)
    named = ", ".join(f"'{one}'" for one, _, _ in near)
    listed = "list them: chipledger duties --json"
    return NotFound(
        f"nothing brings the duty '{duty_id}' about",
        where="DUTY_ID",
        cure=f"the nearest are {named}; {listed}" if near else listed,
    )
