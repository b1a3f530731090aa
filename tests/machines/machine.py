"""A ledger that lives through random days, beside a book kept by definition."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any, Final

from freezegun.api import FrozenDateTimeFactory
from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from ledger.core.encoding import event_data, parse_event
from ledger.core.errors import LedgerError
from ledger.core.events import AnyEvent, LotExported, LotReserved, RecordReversed
from ledger.core.findings import Finding
from ledger.core.law.caps import Cap
from ledger.core.law.law import Law
from ledger.core.usage import Tally
from ledger.service.exporting import export_lot
from ledger.service.overview import Filters, headroom
from ledger.service.recording import expire_overdue, record
from ledger.service.releasing import release
from ledger.service.reserving import reserve, reverse
from ledger.store.ledger import Ledger
from ledger.store.prefix import StorePrefix
from ledger.store.rebuilding import rebuild
from ledger.store.verification import verify
from tests.core.builders import ALLOCATION, LPP, LPP_YEAR, TABLE, on
from tests.machines import stored
from tests.machines.book import Book
from tests.machines.counting import Counting, Holder
from tests.store.histories import BUSY_DAYS, DEVICES, KINDS, PARTIES, PLACES, History, Step
from tests.store.ledgers import MARK, fresh
from tests.store.lists import keep
from tests.store.servers import drop, fresh_on_server

NOON: Final = "2026-03-01 12:00:00"
QUICK: Final = (on("2025-06-15"), on("2026-03-01"))
"""Days on which the figures that change most are compared after every step."""

ASKED: Final = (*(on(day) for day in BUSY_DAYS[:7]), on("2026-02-01"), on("2027-06-30"))
"""Days on which every figure is compared when a run ends: one of them is a measuring day."""

DAYS_OF_BREACHES: Final = tuple(
    sorted({*ASKED, *(on(d) + timedelta(days=1) for d in BUSY_DAYS), on("2026-08-01")})
)
LIVES: Final = {
    "everything": KINDS,
    "ratings": (
        *("device.classified", "lot.exported", "stock.declared"),
        *("lot.reserved", "record.reversed"),
    ),
    "reservations": (
        *("lot.reserved", "lot.released", "export from a reservation", "record.reversed"),
        *("lot.extended", "lot.released", "export from a reservation", "record.reversed"),
    ),
    "stock": (
        *("lot.exported", "attrition of a lot", "lot.relocated", "record.reversed"),
        *("stock.declared", "lot.attrited", "lot.attrited", "record.reversed"),
    ),
    "licences": (
        *("authorization.granted", "authorization.amended", "record.reversed"),
        *("authorization.granted", "authorization.amended", "record.reversed"),
        "interpretation.adopted",
    ),
    "house": ("pack.adopted", "lot.exported", "lot.reserved", "party.registered"),
    "families": (
        *("party.registered", "lot.exported", "stock.declared"),
        *("lot.attrited", "record.reversed"),
    ),
    "china": (
        *("lot.exported", "lot.reserved", "authorization.granted", "authorization.amended"),
        *("export from a reservation", "device.classified"),
    ),
}
"""What lives are full of: kinds that meet each other more often than all of them would."""

ELSEWHERE: Final = {"BR": "US", "AE": "MO", "DE": "CN"}
"""Where the lots of a life of China go, from 2026 on: what a share of US volume is made of."""

chances = st.integers(0, 2**32 - 1)
"""What a rule draws: the beginning of the dice that it throws. Hypothesis would rather draw short
and simple lives, in which nothing meets; and a life is not shrunk anyhow."""


class Crash(BaseException):
    """A program that ends in the middle, whatever it was doing."""


class LedgerMachine(RuleBasedStateMachine):
    """One ledger on one engine, full of some kinds; `clock` stands still until a rule moves it."""

    engine: str
    focus: tuple[str, ...]
    clock: FrozenDateTimeFactory

    def __init__(self) -> None:
        super().__init__()
        self._folder = TemporaryDirectory()
        on_server = self.engine == "postgresql"
        self.url = fresh_on_server() if on_server else fresh(Path(self._folder.name))
        self.clock.move_to(NOON)
        self.ledger = Ledger.open(self.url)
        keep(self.ledger.connection)
        self.events: list[AnyEvent] = [entry.event for entry in self.ledger.entries()]
        self.history = History()
        self.sizes: list[int] = [len(self.events)]
        self.catalogue = self.law_of_the_head().catalogue

    @initialize(chance=chances)
    def it_begins(self, chance: int) -> None:
        """With enough in it for what follows to meet something."""
        for number in range(3):
            self.a_transaction(chance + number, crash=False)

    def dice(self, chance: int) -> Random:
        """Other throws at every size of the ledger."""
        return Random(f"{chance} {len(self.events)}")  # noqa: S311 -- to be had again

    def steps(self, chance: int) -> Iterator[Step]:
        dice = self.dice(chance)
        return (thrown(dice) for _ in range(dice.randrange(5, 40)))

    def event(self, step: Step) -> AnyEvent:
        """What a step means in a life like this one."""
        step = self.aimed(replace(step, kind=self.focus[KINDS.index(step.kind) % len(self.focus)]))
        event = self.history.event(step)
        event = _for_china(event) if self.focus is LIVES["china"] else event
        note(f"{event!r}")
        return event

    def aimed(self, step: Step) -> Step:
        """Mostly, the same step about something that happened lately.

        Else what is recorded of one reservation, lot or licence would hardly ever meet.
        """
        events = self.history.events
        undone = {e.target for e in events if isinstance(e, RecordReversed)}
        match step.kind:
            case "record.reversed":
                among = [
                    place
                    for place, event in enumerate(events)
                    if not isinstance(event, RecordReversed) and event.id not in undone
                ]
            case "export from a reservation" | "lot.released" | "lot.extended":
                among = list(range(sum(isinstance(e, LotReserved) for e in events)))
            case "attrition of a lot":
                among = list(range(sum(isinstance(e, LotExported) for e in events)))
            case "authorization.granted" | "authorization.amended":
                among = [2, 8]  # licences under R2 and R0
            case "lot.attrited" | "lot.relocated":
                return self._where_something_is(step)
            case _:
                among = []
        lately = among[-4:]
        if not lately or step.pick % 3 == 0:
            return step
        return replace(step, pick=lately[step.pick % len(lately)])

    def _where_something_is(self, step: Step) -> Step:
        """Mostly, at a place that some lot went to."""
        lots = [
            e for e in self.history.events if isinstance(e, LotExported) and e.device in DEVICES
        ]
        if not lots or step.pick % 3 == 0:
            return step
        lot = lots[-1 - step.pick % min(4, len(lots))]
        return replace(
            step,
            who=PARTIES.index(lot.ultimate_consignee),
            place=PLACES.index(lot.destination) if lot.destination in PLACES else 0,
            device=DEVICES.index(lot.device),
        )

    def teardown(self) -> None:
        try:
            self.agrees_in_everything()
            assert verify(self.ledger).entries == len(self.events)
        finally:
            self.ledger.close()
            if self.engine == "postgresql":
                drop(self.url)
            self._folder.cleanup()

    # ---- what happens to a ledger

    @rule(chance=chances, crash=st.booleans())
    def a_transaction(self, chance: int, crash: bool) -> None:  # noqa: FBT001 -- drawn
        """Some are refused, which changes nothing; a crash leaves nothing of all of them."""
        before = self.ledger.head()
        events, mine = len(self.events), len(self.history.events)
        steps = list(self.steps(chance))
        crashes_at = self.dice(chance + 1).randrange(len(steps)) if crash else None
        with suppress(Crash), self.ledger.writing() as writer:
            for place, step in enumerate(steps):
                event = self.event(step)
                with suppress(LedgerError):
                    appended = record(writer, event, MARK)
                    same = next((n for n, e in enumerate(self.events, 1) if e == event), None)
                    assert appended.new == (same is None)
                    assert appended.seq == (same or len(self.events) + 1)
                    if appended.new:
                        self._took(event)
                assert writer.prefix.head.size == len(self.events)
                if crashes_at == place:
                    del self.events[events:], self.history.events[mine:]
                    raise Crash
        if len(self.events) == events:
            assert self.ledger.head() == before
        self._committed()

    @rule(chance=chances)
    def one_that_is_committed(self, chance: int) -> None:
        self.a_transaction(chance, crash=False)

    @rule(passed=st.integers(0, 200))
    def days_pass(self, passed: int) -> None:
        """The next writer records the expiry of every hold whose first day out has come."""
        self.clock.tick(timedelta(days=passed))
        with self.ledger.writing() as writer:
            expired = expire_overdue(writer, MARK)
        assert sorted(expired) == self.book().overdue(self.today)
        self._read_on()
        assert self.book().overdue(self.today) == []

    @rule(chance=chances, name=st.integers(0, 3), again=st.booleans())
    def somebody_reserves(self, chance: int, name: int, again: bool) -> None:  # noqa: FBT001 -- drawn
        """By command: what is admitted passes no limit, and a retry is done once."""
        step = thrown(self.dice(chance))
        asked = {**_request(step), "on": str(self.today + timedelta(days=step.later % 40))}
        for _ in range(1 + again):
            before = len(self.events)
            with suppress(LedgerError):
                done = reserve(self.url, asked, event_id=f"reservation-{name}")
                self._read_on()
                if done.appended is not None and done.appended.new:
                    assert done.answer is not None
                    self._fits(done.answer.decision.findings, done.event_id)
            self._read_on()
            kinds = [event.kind for event in self.events[before:]]
            assert kinds.count("lot.reserved") <= 1
            assert set(kinds) <= {"lot.reserved", "lot.released"}

    def _fits(self, findings: Sequence[Finding], event_id: str) -> None:
        placed = self.events[-1]
        assert isinstance(placed, LotReserved)
        assert placed.id == event_id
        counting = self.counting(self.law_of_the_head())
        for found in findings:
            if found.decides and found.cap != "us-ear/license/line":
                now = counting.figure(found.cap, found.holder, placed.on)
                assert now is not None
                assert now.headroom is None or now.headroom >= 0
                if found.headroom_tpp is not None and now.headroom is not None:
                    assert now.headroom <= found.headroom_tpp

    @rule(chance=chances)
    def somebody_confirms(self, chance: int) -> None:
        """By command: an export from a reservation, in part, in whole, or for more than it held."""
        step = thrown(self.dice(chance))
        placed = [e for e in self.events if isinstance(e, LotReserved)]
        if placed:
            held = placed[step.pick % len(placed)]
            extra = {"reservation": held.id, "final": step.flag}
            new = f"command-{len(self.events)}"
            asked = {"quantity": step.quantity, "on": str(min(held.on, self.today))}
            self._by_command(lambda: export_lot(self.url, asked, extra=extra, event_id=new))

    @rule(chance=chances)
    def somebody_takes_back(self, chance: int) -> None:
        """By command: a reservation given up, or any entry reversed."""
        step = thrown(self.dice(chance))
        target = self.events[-1 - step.pick % len(self.events)].id
        new = f"command-{len(self.events)}"
        if step.flag:
            self._by_command(lambda: release(self.url, target, event_id=new))
        else:
            self._by_command(lambda: reverse(self.url, target, reason="a test", event_id=new))

    def _by_command(self, command: Callable[[], object]) -> None:
        with suppress(LedgerError):
            command()
        self._read_on()

    @rule(chance=chances)
    def another_program_writes(self, chance: int) -> None:
        """The open ledger must not go on with what it remembers of its end."""
        other = Ledger.open(self.url)
        try:
            with suppress(LedgerError), other.writing() as writer:
                record(writer, self.event(thrown(self.dice(chance))), MARK)
        finally:
            other.close()
        self._read_on()

    @rule()
    def it_is_opened_again(self) -> None:
        self.ledger.close()
        self.ledger = Ledger.open(self.url)

    @rule()
    def it_is_rebuilt(self) -> None:
        before = self.ledger.head()
        assert rebuild(self.ledger).head == before

    # ---- what must hold

    @rule(pick=st.integers(0, 1000), day=st.sampled_from(ASKED))
    def an_earlier_size_answers_as_it_did(self, pick: int, day: date) -> None:
        size = self.sizes[pick % len(self.sizes)]
        with self.ledger.reading(size) as prefix:
            self._same_quick(prefix, self.events[:size], [day])

    @invariant()
    def agrees_in_what_changes_most(self) -> None:
        with self.ledger.reading() as prefix:
            self._same_quick(prefix, self.events, QUICK)

    def _same_quick(
        self, prefix: StorePrefix, events: list[AnyEvent], days: Sequence[date]
    ) -> None:
        assert prefix.head.size == len(events)
        law = self.ledger.law(prefix)
        book = Book(events, law.catalogue)
        found = {one: prefix.reservation(one) for one in prefix.open_reservations()}
        assert {r: f and f.open_units for r, f in found.items()} == book.open_reservations()
        assert stored.drawn(prefix) == stored.drawn_by(book)
        counting = Counting(book, law)
        for day in days:
            tally = Tally(prefix, law, day)
            for key in quick_keys():
                same(key, tally, counting)

    def agrees_in_everything(self) -> None:
        """Every cap and holder on several days, every limit that is passed, and the overview."""
        with self.ledger.reading() as prefix:
            law = self.ledger.law(prefix)
            counting = self.counting(law)
            for day in ASKED:
                tally = Tally(prefix, law, day)
                for cap in stored.kept_caps(law, day):
                    shown = stored.known_holders(cap, tally, PLACES)
                    drawing = _drawing(cap, counting, day)
                    # A draw that in doubt counts for a parent, too, does not show that parent.
                    assert drawing <= shown or not cap.beside or "ultimate_parent" in cap.per
                    for holder in shown | drawing:
                        same((cap.id, holder), tally, counting)
            for day in DAYS_OF_BREACHES:
                self._same_breaches(prefix, counting, day)
        self._overview(counting)

    def _same_breaches(self, prefix: StorePrefix, counting: Counting, day: date) -> None:
        tally = Tally(prefix, counting.law, day)
        keys = {
            (cap.id, holder)
            for cap in stored.kept_caps(counting.law, day)
            for holder in stored.known_holders(cap, tally, PLACES)
            if not cap.of_licence_line
        }
        expected = {key for key in keys if counting.passed(*key, day)}
        assert stored.passed(prefix, counting.law, day, keys) == expected, f"passed on {day}"

    def _overview(self, counting: Counting) -> None:
        """What `chipledger headroom` shows: nothing that is drawn on is missing."""
        found = headroom(self.url, Filters(), on=QUICK[1])
        shown = {(one.cap, one.holder): stored.said(one) for one in found.findings}
        for key, figure in shown.items():
            if key[0] != "us-ear/license/line":
                assert figure == counting.figure(*key, QUICK[1]), key
        for holder in PARTIES:
            figure = counting.figure(LPP_YEAR, (holder,), QUICK[1])
            assert figure is not None
            assert not (figure.drawdown or figure.reserved) or (LPP_YEAR, (holder,)) in shown
        held = {one.event.id: one.open_units for one in found.reservations}
        assert held == counting.book.open_reservations()

    # ---- the book beside it

    @property
    def today(self) -> date:
        return self.clock().date()

    def book(self) -> Book:
        return Book(self.events, self.catalogue)

    def law_of_the_head(self) -> Law:
        with self.ledger.reading() as prefix:
            return self.ledger.law(prefix)

    def counting(self, law: Law) -> Counting:
        return Counting(Book(self.events, law.catalogue), law)

    def _took(self, event: AnyEvent) -> None:
        self.events.append(event)
        self.history.events.append(event)

    def _read_on(self) -> None:
        """Take over what others appended; nothing before it has changed."""
        for entry in self.ledger.entries(len(self.events) + 1):
            note(f"appended: {entry.event!r}")
            self._took(entry.event)
        self._committed()

    def _committed(self) -> None:
        if self.sizes[-1] != len(self.events):
            self.sizes.append(len(self.events))


def thrown(dice: Random) -> Step:
    """A step as `tests.store.histories` draws them, every number as likely as any other."""
    day = date(2024, 1, 1) + timedelta(days=dice.randrange(4 * 365))
    return Step(
        kind=dice.choice(KINDS),
        day=dice.choice([*BUSY_DAYS, str(day)]),
        later=dice.randrange(1, 401),
        who=dice.randrange(5),
        other=dice.randrange(6),
        place=dice.randrange(5),
        device=dice.randrange(4),
        quantity=dice.randrange(1, 41),
        pick=dice.randrange(1000),
        flag=dice.random() < 0.5,
    )


def _request(step: Step) -> dict[str, Any]:
    return {
        "device": "h100",
        "quantity": step.quantity * 45,
        "destination": PLACES[step.place],
        "exporter": "seller",
        "ultimate_consignee": PARTIES[step.who],
        **({"authorization": LPP} if step.flag else {}),
    }


def _for_china(event: AnyEvent) -> AnyEvent:
    fields = {k: v for k, v in event_data(event).items() if k != "transaction"}
    for name in fields.keys() & {"destination", "destination_to", "destination_from"}:
        fields[name] = ELSEWHERE.get(fields[name], fields[name])
    if "destinations" in fields:
        fields["destinations"] = [ELSEWHERE.get(iso, iso) for iso in fields["destinations"]]
    if event.on.year < 2026:
        fields["on"] = str(event.on + timedelta(days=731))
    return parse_event(fields)


def quick_keys() -> Iterator[stored.Key]:
    yield from ((LPP_YEAR, (party,)) for party in PARTIES)
    yield from ((TABLE, (party, place)) for party in PARTIES[:4] for place in PLACES[:2])
    yield from ((ALLOCATION, (place,)) for place in PLACES[:2])
    yield from (("us-ear/uveu/outside-partners", (party,)) for party in PARTIES[:2])


def _drawing(cap: Cap, counting: Counting, day: date) -> set[Holder]:
    """Holders for whom anything counts."""
    found = set()
    for holder in counting.holders(cap, ()):
        counted = counting.counted(cap, holder, day)
        if counted.amounts:
            found.add(holder)
    return found


def same(key: stored.Key, tally: Tally, counting: Counting) -> None:
    """The ledger's figure is the book's."""
    found, expected = stored.figure(key, tally), counting.figure(*key, tally.on)
    assert found == expected, f"{key} on {tally.on}: the ledger says {found}, the book {expected}"
