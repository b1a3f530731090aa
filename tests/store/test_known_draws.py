"""Sums that are kept up to date must be those that the totals give, whatever was added since."""

from collections.abc import Iterable
from contextlib import closing
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.core.errors import LedgerError
from ledger.core.positions import BASIS, INSTALLED, Drawn, Kind, Movement, Query
from ledger.service.recording import record
from ledger.store import draws
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


def after(query: Query, *movements: Movement, kept: Iterable[Drawn] = ()) -> list[Drawn]:
    known = KnownDraws()
    known.keep(query, kept)
    known.add(movements)
    return list(known.of(query) or ())


def test_what_was_never_asked_is_not_known() -> None:
    known = KnownDraws()
    known.add([LOT])
    assert known.of(KEPT) is None


def test_a_movement_is_added_to_the_sum_of_its_day() -> None:
    assert after(KEPT, LOT, LOT) == [SUM._replace(units=4, tpp=80)]
    assert after(KEPT, LOT.taken_back(), kept=[SUM]) == [SUM._replace(units=0, tpp=0)]


@pytest.mark.parametrize(
    "other",
    [
        LOT._replace(party="other"),
        LOT._replace(destination="CL"),
        LOT._replace(kind=Kind.LICENSED),
    ],
)
def test_a_movement_of_another_holder_or_kind_is_not_added(other: Movement) -> None:
    assert after(KEPT, other) == []


def test_a_movement_of_other_days_or_authorizations_is_not_added() -> None:
    assert after(KEPT._replace(until=LOT.on), LOT) == []
    assert after(KEPT._replace(first_on=LOT.on, until=on("2025-09-21")), LOT) == [SUM]
    assert after(KEPT._replace(authorizations=frozenset({"other"})), LOT) == []


def test_a_movement_that_lacks_a_field_of_the_shape_has_no_total() -> None:
    by_user = Query(("destination", "end_user"), ("BR",), BASIS["installed"], LOT.on)
    assert after(by_user, LOT._replace(end_user="")) == []
    assert after(by_user, LOT) == [SUM._replace(party="")]


def test_an_early_month_is_one_sum_unless_it_is_split() -> None:
    early = LOT._replace(on=on("2025-08-20"))
    assert after(KEPT, early) == [SUM._replace(on=on("2025-08-01"))]
    split = KEPT._replace(cuts=frozenset({on("2025-08-30")}))
    assert after(split, early) == [SUM._replace(on=on("2025-08-20"))]


def test_more_rows_than_may_be_kept_begin_anew() -> None:
    known = KnownDraws(most=4)
    days = [SUM._replace(on=date(2025, 9, day)) for day in (16, 17)]
    known.keep(KEPT, days)
    assert list(known.of(KEPT) or ()) == days
    other = KEPT._replace(key=("other", "BR"))
    known.keep(other, days)
    assert known.of(KEPT) is None
    assert list(known.of(other) or ()) == days


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


def the_same(writer: Writer) -> None:
    kept = {row[0] for row in writer.connection.execute("SELECT shape FROM rollup_shape")}
    for query in QUERIES:
        told = list(writer.prefix.draws(query))
        read = list(draws.from_totals(writer.prefix.ask, query))
        # No cap counts by a shape that no pack declared, so nobody asks for it.
        assert sorted(told) == sorted(read) or ",".join(query.shape) not in kept


def grown(ledger: Ledger, transactions: list[list[Step]]) -> None:
    """Record random steps, and a holder of totals that no pack had before."""
    history = History()
    keep(ledger.connection)
    for number, transaction in enumerate(transactions):
        with ledger.writing() as writer:
            # Nothing is asked at first: what is there already must be read.
            for event in [SHAPE] * (number == 2) + [history.event(step) for step in transaction]:
                if number:
                    the_same(writer)
                try:
                    record(writer, event, MARK)
                except LedgerError:
                    continue
                history.events.append(event)
            the_same(writer)


@given(st.lists(st.lists(moving, min_size=1, max_size=6), min_size=3, max_size=4))
@settings(max_examples=60)
def test_kept_sums_are_those_of_the_totals_whatever_is_added(
    transactions: list[list[Step]],
) -> None:
    with closing(in_memory()) as ledger:
        grown(ledger, transactions)
