"""Balances: opening, what moved and closing add up, for every kind of cap and movement."""

from collections.abc import Iterable
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.core.balances import Balance, balance, queries
from ledger.core.breaches import View
from ledger.core.events import AnyEvent
from ledger.core.memory import MemoryPrefix
from ledger.core.positions import Drawn, Query
from tests.core.builders import (
    LICENCE,
    LPP_YEAR,
    attrited,
    declared,
    device,
    ended,
    exported,
    granted,
    house,
    ledger_of,
    licence,
    on,
    people,
    relocated,
    reserved,
    reversed_,
    used,
)
from tests.core.passing import packs_are_read_once
from tests.core.test_breaches import grown
from tests.store.histories import Step, steps_of

__all__ = ["packs_are_read_once"]

FIRST, LAST = on("2025-07-01"), on("2025-09-30")
H100 = 158_320

ROLLING = (
    'per = ["end_user"]\nbasis = "exported"\nwindow = { kind = "rolling", days = 90 }\n'
    "allowance = [{ tpp = 100000000 }]\n"
)
STOCK = (
    'per = ["ultimate_consignee", "destination"]\nbasis = "installed"\n'
    'window = { kind = "stock" }\nallowance = [{ tpp = 100000000 }]\n'
)
YEAR = (LPP_YEAR, ("buyer",))


def told(key: tuple[str, tuple[str, ...]], *events: AnyEvent) -> Balance | None:
    ledger = ledger_of(*people("buyer"), house(ROLLING, STOCK), *events)
    return balance(key, FIRST, LAST, View(ledger, ledger.law))


def parts(found: Balance | None) -> tuple[int, ...]:
    """The parts in units of H100."""
    assert found is not None
    amounts = (
        found.opening_tpp,
        found.lapsed_tpp,
        found.drawn_tpp,
        found.returned_tpp,
        found.freed_tpp,
        found.reported_tpp,
        found.closing_tpp,
    )
    assert all(amount % H100 == 0 for amount in amounts)
    return tuple(amount // H100 for amount in amounts)


def test_a_year_carries_its_quarters_on_and_takes_reversals_back() -> None:
    found = told(
        YEAR,
        exported("L0", on="2025-05-20", quantity=3),
        exported("L1", on="2025-07-01", quantity=5),
        exported("L2", on="2025-09-30", quantity=7),
        exported("L3", on="2025-10-01", quantity=90),
        reserved("R1", on="2025-09-01", quantity=4),
        reversed_("X", "L1"),
        used("U", LPP_YEAR, ["buyer"], str(2 * 15832), on="2025-08-01"),
    )
    assert parts(found) == (3, 0, 12, 5, 0, 2, 12)
    assert found is not None
    assert found.closing is not None
    assert found.closing.reserved_tpp == 4 * H100


def test_what_the_cap_does_not_count_is_not_in_its_balance() -> None:
    found = told(
        YEAR,
        device("toaster", "100", data_center=False),
        exported("L1", on="2025-07-01", quantity=5),
        exported("L2", on="2025-07-02", quantity=900, device="toaster"),
    )
    assert parts(found) == (0, 0, 5, 0, 0, 0, 5)


def test_of_a_rolling_window_what_is_over_lapses() -> None:
    found = told(
        ("house/cap-1", ("buyer",)),
        exported("L0", on="2025-06-20", quantity=3),
        exported("L1", on="2025-07-01", quantity=5),
        exported("L2", on="2025-09-30", quantity=7),
    )
    # On September 30 the ninety days begin on July 3.
    assert parts(found) == (3, 8, 12, 0, 0, 0, 7)


def test_a_status_that_ends_in_the_quarter_keeps_its_draws_in_sight() -> None:
    found = told(
        ("us-ear/nveu/company-country", ("buyer", "AE")),
        granted("N1", "us-ear/nveu", party="buyer", destinations=["AE"], on="2025-07-01"),
        exported("L1", on="2025-07-20", quantity=6, authorization="us-ear/nveu", destination="AE"),
        ended("E1", "N1", "2025-09-10"),
    )
    assert parts(found) == (0, 6, 6, 0, 0, 0, 0)
    assert found is not None
    assert found.closing is None
    after = told(
        ("us-ear/nveu/company-country", ("buyer", "AE")),
        granted("N1", "us-ear/nveu", party="buyer", destinations=["AE"], on="2025-05-20"),
        exported("L1", on="2025-06-20", quantity=6, authorization="us-ear/nveu", destination="AE"),
        ended("E1", "N1", "2025-07-01"),
    )
    assert parts(after) == (6, 6, 0, 0, 0, 0, 0)


def test_a_stock_shows_what_was_lost_and_what_moved() -> None:
    found = told(
        ("house/cap-2", ("buyer", "BR")),
        declared("S", party="buyer", destination="BR", device="h100", quantity=10, on="2025-01-01"),
        exported("L1", on="2025-07-02", quantity=6),
        attrited("A", party="buyer", destination="BR", device="h100", quantity=2, on="2025-08-01"),
        relocated(
            "M",
            party="buyer",
            device="h100",
            quantity=3,
            destination_from="BR",
            destination_to="CL",
            on="2025-08-02",
        ),
    )
    assert parts(found) == (10, 0, 6, 0, 5, 0, 11)


def test_a_licence_line_counts_units_at_the_rating_of_the_line() -> None:
    key = ("us-ear/license/line", ("R1", "1"))
    found = told(
        key,
        licence("R1", party="buyer", quantity=50),
        exported(
            "L1",
            on="2025-07-10",
            quantity=4,
            unit_tpp="100",
            authorization=LICENCE,
            reference="R1",
            line=1,
        ),
    )
    assert parts(found) == (0, 0, 4, 0, 0, 0, 4)


def test_a_share_is_told_by_its_net_alone() -> None:
    uveu = granted("U1", "us-ear/uveu", party="buyer", destinations=[], on="2025-01-01")
    found = told(
        ("us-ear/uveu/country", ("buyer", "BR")),
        uveu,
        declared("S", party="buyer", destination="US", device="h100", quantity=90, on="2025-01-01"),
        exported("L1", on="2025-07-02", quantity=6, authorization="us-ear/uveu"),
    )
    assert parts(found) == (0, 0, 0, 0, 0, 6, 6)


def test_a_cap_without_a_figure_has_no_balance() -> None:
    assert told(("us-ear/license/line", ("nobody", "1"))) is None
    late = house(ROLLING + "from = 2025-12-01\n")
    ledger = ledger_of(*people("buyer"), late, exported("L1", on="2025-07-02"))
    key = ("house/cap-1", ("buyer",))
    assert balance(key, FIRST, LAST, View(ledger, ledger.law)) is None


KINDS = (
    "lot.exported",
    "lot.exported",
    "lot.reserved",
    "export from a reservation",
    "record.reversed",
    "stock.declared",
    "lot.attrited",
    "attrition of a lot",
    "lot.relocated",
    "usage.reported",
    "pack.adopted",
    "device.classified",
    "party.registered",
    "authorization.granted",
)


@given(
    st.lists(steps_of(*KINDS), min_size=4, max_size=24),
    st.dates(date(2025, 1, 1), date(2027, 6, 30)),
)
@settings(max_examples=40)
def test_the_parts_add_up_and_the_ends_are_the_levels_of_their_days(
    steps: list[Step], first: date
) -> None:
    ledger = grown(steps)
    view, last = View(ledger, ledger.law), first + timedelta(days=91)
    for key in view.keys(view.counted()):
        found = balance(key, first, last, view)
        closing, opening = view.level(key, last), view.level(key, first - timedelta(days=1))
        assert found is not None or (closing is None and opening is None)
        if found is None:
            continue
        assert (found.opening, found.closing) == (opening, closing)
        moved = found.drawn_tpp - found.returned_tpp - found.freed_tpp + found.reported_tpp
        assert found.opening_tpp - found.lapsed_tpp + moved == found.closing_tpp
        assert min(found.drawn_tpp, found.returned_tpp, found.freed_tpp) >= 0


class Listening(MemoryPrefix):
    """Remembers what it was asked."""

    heard: frozenset[Query] = frozenset()

    def draws(self, query: Query) -> Iterable[Drawn]:
        """The sums, and the question."""
        self.heard |= {query}
        return super().draws(query)


def test_what_is_asked_for_is_what_was_announced() -> None:
    """Of a plain cap, a share, a licence line, and of one whose status has ended."""
    made = ledger_of(
        *people("buyer", "op", "seller"),
        house(ROLLING, STOCK),
        licence("L"),
        granted("U", "us-ear/uveu", party="op", on="2025-06-01"),
        granted("N", "us-ear/nveu", party="buyer", on="2025-06-01", destinations=["BR"]),
        ended("end", "N", "2025-08-20"),
        declared("base", party="op", destination="US", quantity=100, on="2025-06-10"),
        exported("own", on="2025-08-01", ultimate_consignee="op", destination="MY"),
        exported("a", on="2025-05-20", quantity=3),
        exported("b", on="2025-08-10", quantity=3, authorization="us-ear/nveu"),
        exported("c", on="2025-07-05", authorization=LICENCE, reference="L", line=1),
    )
    prefix = Listening(made.events)
    view = View(prefix, prefix.law)
    keys = [key for key in view.keys(view.counted()) if key[0] != "us-ear/china/us-volume"]
    prefix.heard = frozenset()
    announced = list(queries(keys, FIRST, LAST, view))
    assert not prefix.heard
    found = [balance(key, FIRST, LAST, view) for key in keys]
    assert sum(one is not None for one in found) > 5
    assert prefix.heard == frozenset(announced)
