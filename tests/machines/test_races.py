"""Many writers at once: what fits is admitted, what does not is refused, and nothing is lost."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import count, islice
from pathlib import Path
from random import Random
from threading import Barrier
from time import monotonic
from typing import Any, Final

import pytest

from ledger.core.errors import Conflict
from ledger.core.events import AnyEvent, LotReserved
from ledger.core.merkle import leaf_hash, root
from ledger.service.reserving import reserve
from ledger.store import connection as connections
from tests.core.builders import LICENCE, LPP_YEAR, house, licence, party, reserved
from tests.machines.book import Book
from tests.machines.counting import Counting
from tests.machines.workers import AT_ONCE, Command, Outcome, Workers, done, workers
from tests.soaking import seeds, soaking
from tests.store.fixtures import any_url
from tests.store.ledgers import (
    CREATED,
    H100_TPP,
    LPP_UNITS,
    MARK,
    entries_of,
    fresh,
    opened,
    put,
    verified,
)
from tests.store.servers import drop, empty_database, fresh_on_server

__all__ = ["any_url"]

ROUNDS: Final = 10
LEDGERS_OF_A_SEED, ROUNDS_OF_A_LEDGER = 10, 20
DAY: Final = date(2025, 6, 2)
LATER: Final = datetime.now(UTC).date() + timedelta(days=30)
IN_CHILE: Final = 60
IN_A_QUARTER: Final = 900
LINE: Final = "us-ear/license/line"
COUNTRY: Final = "house/cap-1"
QUARTER: Final = "house/cap-2"
"""Caps of the house pack below."""

Together = Callable[[Sequence[Sequence[Command]]], list[Outcome]]


@pytest.fixture(scope="module")
def processes() -> Iterator[Workers]:
    with workers() as started:
        yield started


def threads(work: Sequence[Sequence[Command]]) -> list[Outcome]:
    """The same in one process."""
    start = Barrier(len(work))

    def all_of(commands: Sequence[Command]) -> list[Outcome]:
        start.wait()
        return [done(command) for command in commands]

    with ThreadPoolExecutor(len(work)) as pool:
        return [outcome for found in pool.map(all_of, work) for outcome in found]


HOUSE: Final = house(
    # what all who ship to Chile may get on one day, whoever they are
    'per = ["destination"]\nbasis = "exported"\nwindow = { kind = "rolling", days = 1 }\n'
    f"allowance = [{{ tpp = {H100_TPP * IN_CHILE} }}]\n"
    'when = [{ fact = "destination", values = ["CL"] }]\n',
    # what one end user may get in a quarter
    'per = ["end_user"]\nbasis = "exported"\nwindow = { kind = "calendar-quarter" }\n'
    f"allowance = [{{ tpp = {H100_TPP * IN_A_QUARTER} }}]\n",
)


@dataclass(frozen=True)
class Round:
    """One race: who is there, what each worker asks for, how many get it, and which cap binds."""

    facts: list[AnyEvent]
    lots: list[dict[str, Any]]
    fits: int
    cap: str
    holder: tuple[str, ...]


def rounds(chance: Random) -> Iterator[Round]:
    """Rounds without end: each has room of its own, for exactly some of those that ask."""
    kinds = (one_party, one_family, one_country, one_line, one_end_user)
    first = chance.randrange(len(kinds))
    for number in count():
        kind = kinds[(first + number) % len(kinds)]
        yield kind(f"p{number}", str(DAY + timedelta(days=number)), chance.randrange(2, AT_ONCE))


def lot(consignee: str, quantity: int, **more: object) -> dict[str, Any]:
    fields: dict[str, Any] = {"device": "h100", "quantity": quantity, "destination": "BR"}
    fields |= {"exporter": "seller", "ultimate_consignee": consignee, "on": str(DAY)}
    return fields | more


def several(name: str) -> list[str]:
    return [f"{name}-{one}" for one in range(AT_ONCE)]


def one_party(name: str, _: str, fits: int) -> Round:
    """One consignee with six end users: the year of its parent binds, and nothing else."""
    per, users = LPP_UNITS // fits, several(name)
    facts: list[AnyEvent] = [party(name), *(party(user) for user in users)]
    return Round(facts, [lot(name, per, end_user=u) for u in users], fits, LPP_YEAR, (name,))


def one_family(name: str, _: str, fits: int) -> Round:
    """Six companies below one parent share its year."""
    per, below = LPP_UNITS // fits, several(name)
    facts: list[AnyEvent] = [party(name), *(party(b, ultimate_parent=name) for b in below)]
    return Round(facts, [lot(one, per) for one in below], fits, LPP_YEAR, (name,))


def one_country(name: str, day: str, fits: int) -> Round:
    """Six strangers who ship to one country on one day."""
    per, strangers = IN_CHILE // fits, several(name)
    facts: list[AnyEvent] = [party(one, headquarters="CL") for one in strangers]
    asked = [lot(one, per, destination="CL", on=day) for one in strangers]
    return Round(facts, asked, IN_CHILE // per, COUNTRY, ("CL",))


def one_line(name: str, _: str, fits: int) -> Round:
    """One line of one licence, with a rest that is too small for one more."""
    granted = licence(name, id=f"grant-{name}", party=name, quantity=fits * 7 + 6)
    asked = [lot(name, 7, authorization=LICENCE) for _ in range(AT_ONCE)]
    return Round([party(name), granted], asked, fits, LINE, (name, "1"))


def one_end_user(name: str, _: str, fits: int) -> Round:
    """A house cap that binds before the year of the law does; both are drawn on."""
    per = IN_A_QUARTER // fits
    return Round([party(name)], [lot(name, per)] * AT_ONCE, fits, QUARTER, (name,))


# ---- what must hold after each round


class Referee:
    """Reads what was appended since and holds it to what the workers were told."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.events: list[AnyEvent] = []
        self.leaves: list[bytes] = []
        self.sizes: list[int] = []
        self.read_on()

    def read_on(self) -> list[AnyEvent]:
        """What is new; the heads since go up, and each has the root of all bodies before it."""
        with opened(self.url) as ledger, ledger.reading() as prefix:
            known = len(self.events)
            rows = prefix.ask("SELECT body FROM entry WHERE seq > ? ORDER BY seq", known)
            bodies = [row[0] for row in rows.fetchall()]
            heads = prefix.ask(
                "SELECT size, root FROM head WHERE size > ? ORDER BY size", known
            ).fetchall()
            new = [entry.event for entry in ledger.entries(known + 1)]
        self.leaves += [leaf_hash(body) for body in bodies]
        self.events += new
        for size, stored in heads:
            assert size > (self.sizes or [0])[-1]
            assert root(self.leaves[:size]) == stored
            self.sizes.append(size)
        assert self.sizes[-1] == len(self.events) == len(self.leaves)
        return new

    def agrees(self, outcomes: Sequence[Outcome]) -> list[AnyEvent]:
        """Everything acknowledged is there, at its place and once; everything there was asked."""
        new = self.read_on()
        told = {o.event_id: o.seq for o in outcomes if o.new and o.event_id}
        places = {event.id: place for place, event in enumerate(self.events, start=1)}
        assert {event_id: places.get(event_id) for event_id in told} == told
        assert {event.id for event in new} == set(told)
        assert len(places) == len(self.events)
        return new

    def counting(self) -> Counting:
        with opened(self.url) as ledger, ledger.reading() as prefix:
            law = ledger.law(prefix)
        return Counting(Book(self.events, law.catalogue), law)

    def room(self, cap: str, holder: tuple[str, ...], on: str) -> int:
        found = self.counting().figure(cap, holder, date.fromisoformat(on))
        assert found is not None
        assert found.headroom is not None
        return found.headroom


def reserving(url: str, asked: Sequence[dict[str, Any]], name: str) -> list[list[Command]]:
    """One command for each worker."""
    return [
        [Command("reserve", url, {**one, "id": f"{name}-r{place}", "hold_until": LATER})]
        for place, one in enumerate(asked)
    ]


def race(url: str, referee: Referee, together: Together, one: Round, name: str) -> None:
    """All reserve at once: those that fit are in, the others are charged nothing."""
    put(url, *one.facts)
    referee.read_on()
    outcomes = together(reserving(url, one.lots, name))
    assert [o.refused for o in outcomes if o.refused] == ["not permitted"] * (AT_ONCE - one.fits)
    new = referee.agrees(outcomes)
    assert [event.kind for event in new] == ["lot.reserved"] * one.fits
    asked = one.lots[0]
    unit = 10 if one.cap == LINE else H100_TPP * 10
    room = referee.room(one.cap, one.holder, asked["on"])
    assert 0 <= room < asked["quantity"] * unit
    shuffle(url, referee, together, one, name)


def shuffle(url: str, referee: Referee, together: Together, one: Round, name: str) -> None:
    """Some give theirs up or ship it while the others try again: what fits never changes."""
    held = [event for event in referee.events if isinstance(event, LotReserved)][-one.fits :]
    work: list[list[Command]] = [[] for _ in range(AT_ONCE)]
    for place, (reservation, commands) in enumerate(zip(held, work, strict=False)):
        fields = {"id": f"{name}-x{place}", "reservation": reservation.id}
        gone = {**fields, "on": str(reservation.on)}
        commands.append(
            Command("release", url, fields) if place % 2 else Command("export", url, gone)
        )
    for commands, again in zip(work, reserving(url, one.lots, f"{name}-again"), strict=True):
        commands.extend(again)
    outcomes = together(work)
    new = referee.agrees(outcomes)
    released = sum(event.kind == "lot.released" for event in new)
    admitted = sum(event.kind == "lot.reserved" for event in new)
    assert released == one.fits // 2
    assert admitted <= released
    # Of a year, the end user who tries again may have shipped what its own quarter allows.
    assert admitted == released or one.cap == LPP_YEAR
    assert referee.room(one.cap, one.holder, one.lots[0]["on"]) >= 0


# ---- the races


def raced(url: str, together: Together, *, number: int, chance: Random) -> None:
    put(url, HOUSE)
    referee = Referee(url)
    for place, one in enumerate(islice(rounds(chance), number)):
        race(url, referee, together, one, f"round-{place}")


def test_exactly_those_that_fit_get_in(any_url: str, processes: Workers) -> None:
    raced(any_url, processes, number=ROUNDS, chance=Random(1))  # noqa: S311 -- always alike


def test_exactly_those_that_fit_get_in_from_threads(any_url: str) -> None:
    raced(any_url, threads, number=5, chance=Random(2))  # noqa: S311 -- always alike


@pytest.mark.skipif(not soaking(), reason="make soak runs it, for as long as it is told")
@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_two_hundred_rounds(engine: str, tmp_path: Path, processes: Workers) -> None:
    chances = (
        Random(f"{number} {part}")  # noqa: S311 -- to be had again
        for number in seeds()
        for part in range(LEDGERS_OF_A_SEED)
    )
    for place, chance in enumerate(chances):
        folder = tmp_path / str(place)
        folder.mkdir()
        url = fresh_on_server() if engine == "postgresql" else fresh(folder)
        raced(url, processes, number=ROUNDS_OF_A_LEDGER, chance=chance)
        verified(url)
        if engine == "postgresql":
            drop(url)


def test_one_id_from_everywhere_is_recorded_once(any_url: str, processes: Workers) -> None:
    referee = Referee(any_url)
    command = reserving(any_url, [lot("buyer", 7)], "same")
    outcomes = processes(command * AT_ONCE)
    assert sorted(o.new for o in outcomes) == [False] * (AT_ONCE - 1) + [True]
    assert {(o.event_id, o.seq) for o in outcomes} == {("same-r0", len(referee.events) + 1)}
    referee.agrees(outcomes)


def test_one_id_for_different_lots_is_a_conflict_for_all_but_one(
    any_url: str, processes: Workers
) -> None:
    referee = Referee(any_url)
    commands = [reserving(any_url, [lot("buyer", 1 + n)], "same")[0] for n in range(AT_ONCE)]
    outcomes = processes(commands)
    assert sorted(o.refused for o in outcomes) == ["", *["already-recorded"] * (AT_ONCE - 1)]
    assert len(referee.agrees(outcomes)) == 1


def test_a_reservation_resolves_once_whoever_comes_first(any_url: str, processes: Workers) -> None:
    """Expiry by two clerks, release, confirmation and reversal of one overdue reservation."""
    for number in range(3):
        held = f"r{number}"
        put(any_url, reserved(held, quantity=50, hold_until="2026-01-01"))
        referee = Referee(any_url)
        fields = {"reservation": held, "id": f"x{number}"}
        outcomes = processes(
            [
                [Command("expire", any_url)],
                [Command("export", any_url, {**fields, "id": f"e{number}", "quantity": 20})],
                [Command("expire", any_url)],
                [Command("release", any_url, fields)],
                [Command("reverse", any_url, {"target": held, "id": f"v{number}"})],
            ]
        )
        new = referee.read_on()
        assert {o.event_id for o in outcomes if o.new and o.event_id} <= {e.id for e in new}
        assert sum(event.kind == "lot.released" for event in new) <= 1
        book = referee.counting().book
        assert held not in book.open_reservations()
        with opened(any_url) as ledger, ledger.reading() as prefix:
            assert list(prefix.open_reservations()) == []


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_a_ledger_that_many_create_is_created_once(
    engine: str, tmp_path: Path, processes: Workers
) -> None:
    on_server = engine == "postgresql"
    url = empty_database() if on_server else f"sqlite:///{tmp_path / 'new.db'}"
    outcomes = processes([[Command("create", url)]] * AT_ONCE)
    assert [o.refused for o in outcomes] == [""] * AT_ONCE
    assert sorted(o.new for o in outcomes) == [False] * (AT_ONCE - 1) + [True]
    assert {o.seq for o in outcomes} == {CREATED}
    assert verified(url).entries == CREATED
    if on_server:
        drop(url)


def test_a_writer_that_takes_too_long_is_named_to_those_who_wait(
    any_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "BUSY_SECONDS", 1)
    before = len(entries_of(any_url))
    with opened(any_url) as slow, slow.writing() as writer:
        writer.append(party("late"), MARK)
        began = monotonic()
        for _ in range(2):
            with pytest.raises(Conflict, match=r"another program is writing .* within 1 seconds"):
                reserve(any_url, lot("buyer", 1), event_id="r", hold_until=LATER)
        assert monotonic() - began < 60
    assert len(entries_of(any_url)) == before + 1
    assert reserve(any_url, lot("buyer", 1), event_id="r", hold_until=LATER).appended is not None
