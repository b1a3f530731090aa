"""Sums that are kept up to date must be those that the totals give, whatever was added since."""

from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.core.errors import LedgerError
from ledger.core.positions import BASIS, INSTALLED, Drawn, Kind, Movement, Query
from ledger.core.running import Running
from ledger.service.recording import record
from ledger.store.known_draws import KnownDraws
from ledger.store.ledger import Ledger
from ledger.store.writer import Writer
from tests.core.builders import LPP, house, on
from tests.store.histories import History, Step, steps_of
from tests.store.ledgers import MARK, in_memory
from tests.store.lists import keep

PLACE = ("party", "destination")
KEPT = Query(PLACE, ("buyer", "BR"), BASIS["installed"], on("2025-09-15"))
LOT = Movement(
    on=on("2025-09-20"),
    kind=Kind.EXPORTED,
    device="nvidia-h100-sxm",
    party="buyer",
    destination="BR",
    units=2,
    tpp=40,
    lot="e1",
    authorization=LPP,
    end_user="buyer",
)
SUM = Drawn(LOT.on, LOT.kind, LPP, LOT.device, "buyer", "BR", 2, 40)


def added(query: Query, *movements: Movement) -> list[Drawn]:
    """What is put beside a query that was asked before."""
    known = KnownDraws()
    known.since(query)
    known.add(movements)
    return known.since(query)


def test_what_is_added_before_a_query_is_asked_is_not_put_beside_it() -> None:
    known = KnownDraws()
    known.add([LOT])
    assert known.since(KEPT) == []


def test_a_movement_is_put_beside_the_queries_that_ask_for_it() -> None:
    assert added(KEPT, LOT, LOT.taken_back()) == [SUM, SUM._replace(units=-2, tpp=-40)]


def test_whoever_asked_before_sees_what_is_added() -> None:
    known = KnownDraws()
    told = known.since(KEPT)
    known.add([LOT])
    assert told == [SUM]
    assert known.since(KEPT) is told


@pytest.mark.parametrize(
    "other",
    [
        LOT._replace(party="other"),
        LOT._replace(destination="CL"),
        LOT._replace(kind=Kind.LICENSED),
    ],
)
def test_a_movement_of_another_holder_or_kind_is_not_added(other: Movement) -> None:
    assert added(KEPT, other) == []


def test_a_movement_of_other_days_or_authorizations_is_not_added() -> None:
    assert added(KEPT._replace(until=LOT.on), LOT) == []
    assert added(KEPT._replace(first_on=LOT.on, until=on("2025-09-21")), LOT) == [SUM]
    assert added(KEPT._replace(authorizations=frozenset({"other"})), LOT) == []


def test_a_movement_that_lacks_a_field_of_the_shape_has_no_total() -> None:
    by_user = Query(("destination", "end_user"), ("BR",), BASIS["installed"], LOT.on)
    assert added(by_user, LOT._replace(end_user="")) == []
    assert added(by_user, LOT) == [SUM._replace(party="")]


def test_an_early_month_is_one_sum_unless_it_is_split() -> None:
    early = LOT._replace(on=on("2025-08-20"))
    assert added(KEPT, early) == [SUM._replace(on=on("2025-08-01"))]
    split = KEPT._replace(cuts=frozenset({on("2025-08-30")}))
    assert added(split, early) == [SUM._replace(on=on("2025-08-20"))]


def test_more_than_may_be_kept_begins_anew() -> None:
    known = KnownDraws(most=3)
    told = known.since(KEPT)
    known.add([LOT, LOT])
    assert (known.since(KEPT), told) == ([SUM, SUM], [SUM, SUM])
    known.add([LOT])
    assert known.since(KEPT) == []


def test_more_queries_than_may_be_kept_begin_anew() -> None:
    known = KnownDraws(most=1)
    told = known.since(KEPT)
    known.since(KEPT._replace(key=("other", "BR")))
    assert known.since(KEPT) is not told


def test_what_was_forgotten_is_told_no_more() -> None:
    known = KnownDraws()
    assert not known
    told = known.since(KEPT)
    assert known
    known.forget()
    known.add([LOT])
    assert (told, known.since(KEPT)) == ([], [])


# ---- beside what the totals themselves give


QUERIES = [
    Query(shape, key, kinds, exact_from, cuts, first_on=first_on, until=until)
    for shape, key in (
        (PLACE, ("buyer",)),
        (PLACE, ("buyer", "BR")),
        (PLACE, ("op-ae", "AE")),
        (("destination",), ("BR",)),
        (("line",), ("R0/1",)),
        (("exporter", "end_user"), ("seller",)),
    )
    for kinds in (BASIS["exported"], INSTALLED)
    for exact_from, cuts, first_on, until in (
        (on("2025-09-15"), frozenset[date](), date.min, date.max),
        (on("2027-12-31"), frozenset({on("2025-06-20")}), date.min, date.max),
        (on("2025-06-11"), frozenset[date](), on("2025-06-11"), on("2025-09-15")),
    )
]

SHAPE = house(
    'per = ["exporter", "end_user"]\nbasis = "exported"\nwindow = { kind = "stock" }\n'
    "allowance = [{ tpp = 1 }]\n"
)

moving = steps_of(
    "lot.exported",
    "lot.reserved",
    "export from a reservation",
    "lot.released",
    "reinstatement",
    "stock.declared",
    "lot.relocated",
    "lot.attrited",
    "attrition of a lot",
    "authorization.granted",
    "device.classified",
    "pack.adopted",
    "record.reversed",
)


Sums = dict[tuple[object, ...], tuple[int, int]]


def summed(rows: Iterable[Drawn]) -> Sums:
    units: Counter[tuple[object, ...]] = Counter()
    tpp: Counter[tuple[object, ...]] = Counter()
    for row in rows:
        units[row[:6]] += row.units
        tpp[row[:6]] += row.tpp
    return {alike: (units[alike], tpp[alike]) for alike in units if units[alike] or tpp[alike]}


class Reader:
    """Reads every query once, and goes on with what is added while it can."""

    def __init__(self) -> None:
        self.known: dict[Query, tuple[list[Drawn], list[Drawn]]] = {}
        self.read = 0

    def check(self, writer: Writer) -> None:
        """What was read and what was added since is what the totals give now."""
        kept = {row[0] for row in writer.connection.execute("SELECT shape FROM rollup_shape")}
        for query in QUERIES:
            running = writer.prefix.draws(query)
            # Sums by a shape that no pack declared are not kept, and are read anew each time.
            assert isinstance(running, Running) == (",".join(query.shape) in kept)
            if not isinstance(running, Running):
                continue
            if query not in self.known or self.known[query][1] is not running.added:
                so_far = [row._replace(units=-row.units, tpp=-row.tpp) for row in running.added]
                self.known[query] = [*running, *so_far], running.added
                self.read += 1
            rows, added = self.known[query]
            assert summed([*rows, *added]) == summed(running)


def grown(ledger: Ledger, transactions: list[list[Step]]) -> None:
    """Record random steps, and a holder of totals that no pack had before."""
    history, reader = History(), Reader()
    keep(ledger.connection)
    for number, transaction in enumerate(transactions):
        with ledger.writing() as writer:
            # Nothing is asked at first: what is there already must be read.
            for event in [SHAPE] * (number == 2) + [history.event(step) for step in transaction]:
                if number:
                    reader.check(writer)
                try:
                    record(writer, event, MARK)
                except LedgerError:
                    continue
                history.events.append(event)
            reader.check(writer)


@given(st.lists(st.lists(moving, min_size=1, max_size=6), min_size=3, max_size=4))
@settings(max_examples=60)
def test_kept_sums_are_those_of_the_totals_whatever_is_added(
    transactions: list[list[Step]],
) -> None:
    with closing(in_memory()) as ledger:
        grown(ledger, transactions)
