"""Random commands on reservations while days pass, against a clerk who keeps his own book.

Errors are caught inside the transaction, as a service does that commits many requests at once:
what is refused may have appended expiries and nothing else.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final

from freezegun import freeze_time
from freezegun.api import FrozenDateTimeFactory
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.core.errors import LedgerError
from ledger.core.events import LotReleased
from ledger.core.positions import BASIS, RESERVATIONS, Query
from ledger.service.bundles import reserve_bundle_in
from ledger.service.exporting import export_lot_in
from ledger.service.extending import extend_in
from ledger.service.reinstating import reinstate_in
from ledger.service.releasing import release_in, release_overdue_in
from ledger.service.replacing import replace_in
from ledger.service.reserving import reserve_in
from ledger.store.ledger import Ledger
from ledger.store.verification import verify
from ledger.store.writer import Writer
from tests.core.builders import ON, on
from tests.service.lots import asked
from tests.store.ledgers import LPP_UNITS, MARK, in_memory

FIRST_DAY: Final = date(2026, 3, 1)
COMMANDS: Final = (
    "reserve",
    "reserve",
    "bundle",
    "extend",
    "release",
    "export",
    "reinstate",
    "replace",
    "overdue",
)
moves = st.lists(
    st.tuples(
        st.sampled_from(COMMANDS),
        st.integers(0, 9),  # which reservation
        st.integers(1, 900),  # units
        st.integers(-2, 20),  # days of hold from today
        st.integers(0, 6),  # days that pass before
        st.booleans(),  # final, or more than reserved
    ),
    min_size=2,
    max_size=14,
)
Move = tuple[str, int, int, int, int, bool]


@dataclass
class Page:
    """A reservation in the book; `freed` is what it gave back when it was released or expired."""

    open: int
    hold_until: date
    freed: int = 0
    carried_on: bool = False


@dataclass
class Book:
    """What the clerk writes: reservations, units that went, and whether a command is accepted."""

    today: date = FIRST_DAY
    gone: int = 0
    pages: dict[str, Page] = field(default_factory=dict)
    expired: int = 0

    @property
    def used(self) -> int:
        return self.gone + sum(page.open for page in self.pages.values())

    def expire(self, but: str = "") -> bool:
        self.expired = 0
        for name, page in self.pages.items():
            if page.open and page.hold_until <= self.today and name != but:
                page.freed, page.open = page.open, 0
                self.expired += 1
        return True

    def place(self, name: str, units: int, until: date) -> bool:
        if until <= self.today or self.used + units > LPP_UNITS:
            return False
        self.pages[name] = Page(units, until)
        return True

    def reserve(self, name: str, units: int, until: date) -> bool:
        self.expire()
        return self.place(name, units, until)

    def bundle(self, name: str, lots: list[int], until: date) -> bool:
        self.expire()
        if until <= self.today or self.used + sum(lots) > LPP_UNITS:
            return False
        return all(self.place(f"{name}/{n}", units, until) for n, units in enumerate(lots, start=1))

    def extend(self, about: str, until: date) -> bool:
        self.expire()
        page = self.pages[about]
        if not page.open or until <= self.today or until < page.hold_until:
            return False
        page.hold_until = until
        return True

    def release(self, about: str) -> bool:
        self.expire(but=about)
        page = self.pages[about]
        if not page.open:
            return False
        page.freed, page.open = page.open, 0
        return True

    def export(self, about: str, units: int, *, flag: bool) -> bool:
        """With the flag it is final, and may be more than is reserved."""
        self.expire(but=about)
        page = self.pages[about]
        if not page.open or (units > page.open and not flag):
            return False
        self.gone += units
        page.open = 0 if flag else page.open - units
        return True

    def reinstate(self, name: str, about: str, until: date) -> bool:
        self.expire()
        page = self.pages[about]
        if page.open or not page.freed or page.carried_on:
            return False
        page.carried_on = self.place(name, page.freed, until)
        return page.carried_on

    def replace(self, name: str, about: str, units: int, until: date) -> bool:
        self.expire()
        page = self.pages[about]
        if not page.open:
            return False
        held, page.open = page.open, 0
        if not self.place(name, units, until):
            page.open = held
            return False
        page.freed = held
        return True


Command = Callable[[Writer], object]


def _meant(move: Move, name: str, book: Book) -> tuple[Command, Callable[[], bool]]:
    """What a move asks of the ledger, and of the clerk."""
    kind, pick, units, days, *_ = move
    until = book.today + timedelta(days=days)
    if kind == "overdue":
        return lambda w: release_overdue_in(w, MARK), book.expire
    if kind == "bundle":
        quantities = [units, 1 + units // 2]
        lots = [asked(quantity) for quantity in quantities]
        return (
            lambda w: reserve_bundle_in(w, MARK, lots, bundle=name, hold_until=until).reserved,
            lambda: book.bundle(name, quantities, until),
        )
    if kind == "reserve" or not book.pages:
        return (
            lambda w: reserve_in(w, MARK, asked(units), event_id=name, hold_until=until).appended,
            lambda: book.reserve(name, units, until),
        )
    return _about(list(book.pages)[pick % len(book.pages)], move, name, book)


def _about(about: str, move: Move, name: str, book: Book) -> tuple[Command, Callable[[], bool]]:
    kind, _, units, days, _, flag = move
    until = book.today + timedelta(days=days)
    terms: dict[str, Any] = {"event_id": name, "hold_until": until}
    match kind:
        case "extend":
            return lambda w: extend_in(w, MARK, about, until), lambda: book.extend(about, until)
        case "release":
            return lambda w: release_in(w, MARK, about), lambda: book.release(about)
        case "export":
            extra = {"reservation": about, "final": flag or None}
            gone = {"quantity": units, "on": ON}
            return (
                lambda w: export_lot_in(w, MARK, gone, extra=extra, more_than_reserved=flag),
                lambda: book.export(about, units, flag=flag),
            )
        case "reinstate":
            return (
                lambda w: reinstate_in(w, MARK, about, **terms).appended,
                lambda: book.reinstate(name, about, until),
            )
        case _:
            lot = {"quantity": units}
            return (
                lambda w: replace_in(w, MARK, lot, replaces=about, **terms).appended,
                lambda: book.replace(name, about, units, until),
            )


def _same(ledger: Ledger, book: Book) -> None:
    """The ledger says what the clerk has in his book."""
    with ledger.reading() as prefix:
        query = Query(("party", "destination"), ("buyer",), BASIS["exported"], on("2025-01-01"))
        rows = list(prefix.draws(query))
        aside = sum(row.units for row in rows if row.kind in RESERVATIONS)
        assert sum(row.units for row in rows) - aside == book.gone
        assert aside == sum(page.open for page in book.pages.values())
        for name, page in book.pages.items():
            found = prefix.reservation(name)
            assert found is not None
            assert found.open_units == page.open
            assert not page.open or found.hold_until == page.hold_until
        held = {name for name, page in book.pages.items() if page.open}
        assert set(prefix.open_reservations()) == held


def _lived(ledger: Ledger, moves: list[Move], clock: FrozenDateTimeFactory) -> None:
    book = Book()
    for number, move in enumerate(moves):
        book.today += timedelta(days=move[4])
        clock.move_to(f"{book.today} 12:00:00")
        ask, write = _meant(move, f"r{number}", book)
        size = ledger.head().size
        with ledger.writing() as writer:
            try:
                answered = ask(writer)
            except LedgerError:
                answered = False
        accepted = write()
        assert bool(answered) == accepted, (move, answered)
        if not accepted:
            added = [entry.event for entry in ledger.entries(size + 1)]
            assert all(isinstance(e, LotReleased) and e.reason == "expired" for e in added)
            assert len(added) == book.expired
        _same(ledger, book)


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(moves)
def test_random_commands_leave_what_the_clerk_has_in_his_book(moves: list[Move]) -> None:
    with freeze_time("2026-03-01 12:00:00", ignore=["_pytest", "xdist", "execnet"]) as clock:
        assert isinstance(clock, FrozenDateTimeFactory)
        ledger = in_memory()
        try:
            _lived(ledger, moves, clock)
            verify(ledger)
        finally:
            ledger.close()
