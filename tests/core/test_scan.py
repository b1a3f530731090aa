"""Scanning: what is read by months says the same of every day as what is read by days."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.core.breaches import Key, View
from ledger.core.events import AnyEvent
from ledger.core.memory import MemoryPrefix
from ledger.core.scan import Scan
from ledger.core.usage import Asks, Tally
from ledger.core.utilisation import changes
from tests.core.builders import (
    ALLOCATION,
    LICENCE,
    LPP_YEAR,
    amended,
    exported,
    granted,
    house,
    ledger_of,
    licence,
    on,
    party,
    people,
    reserved,
    reversed_,
    signed,
    used,
)
from tests.core.by_month import ByMonth
from tests.core.test_breaches import KINDS, grown
from tests.store.histories import Step, steps_of

ROOM = "allowance = [{ tpp = 1583200 }]\n"
"""A hundred H100."""

WINDOWS = {
    "stock": 'basis = "installed"\nwindow = { kind = "stock" }\n',
    "period": 'basis = "exported"\nwindow = { kind = "period", first_on = 2025-02-10 }\n',
    "year": 'basis = "exported"\nwindow = { kind = "calendar-year" }\n',
    "quarter": 'basis = "exported"\nwindow = { kind = "calendar-quarter" }\n',
    "rolling": 'basis = "exported"\nwindow = { kind = "rolling", days = 40 }\n',
}
ASKS: tuple[Asks, ...] = ("days", "month", "lot", "day")
KEY: Key = ("house/cap-1", ("buyer",))


def of_day(day: str) -> dict[str, Any]:
    """A licence of a hundred H100 for Brazil that is granted on a day and holds from it on."""
    line = {"line": 1, "device": "h100", "quantity": 100}
    return {"on": day, "from": day, "destinations": ["BR"], "lines": [line]}


def scanned(*events: AnyEvent, window: str = "year") -> tuple[ByMonth, Scan]:
    rows = 'per = ["end_user"]\n' + WINDOWS[window] + ROOM
    made = ledger_of(*people("buyer", "other"), house(rows), *events)
    prefix = ByMonth(made.events)
    prefix.given = 0
    return prefix, Scan(prefix, prefix.law)


def same(prefix: MemoryPrefix, keys: Iterable[Key] | None = None) -> None:
    """Hold a scan of coarse answers to a view of exact ones."""
    coarse = ByMonth(prefix.events)
    scan, view = Scan(coarse, coarse.law), View(prefix, prefix.law)
    passing = Scan(coarse, coarse.law, statuses=False)
    every = list(view.keys(view.counted())) if keys is None else list(keys)
    scan.ahead(every)
    passing.ahead(every)
    for key in every:
        assert list(changes(key, scan)) == list(changes(key, view)), key
        if key[0] in view.limits():
            assert scan.days(key) == view.days(key), key
            assert passing.days(key) == view.days(key), key


LOTS = (
    exported("a", on="2025-01-05", quantity=3),
    exported("b", on="2025-02-20", quantity=30),
    exported("c", on="2025-02-21", quantity=3),
    exported("d", on="2025-05-12", quantity=10),
    exported("e", on="2025-05-13", quantity=40),
    reserved("r", on="2025-06-15", quantity=5),
    exported("f", on="2025-11-30", quantity=40),
    exported("g", on="2026-02-03", quantity=1),
    exported("h", on="2026-07-07", quantity=2),
)


def test_every_window_tells_the_same() -> None:
    for window in WINDOWS:
        prefix, _ = scanned(*LOTS, window=window)
        same(prefix)
        prefix, _ = scanned(*LOTS, reversed_("x", "e"), window=window)
        same(prefix)


def test_months_in_which_nothing_changes_are_one_sum() -> None:
    days = [f"2025-{month:02}-{day:02}" for month in range(1, 13) for day in range(1, 29)]
    lots = [exported(day, on=day, quantity=1, end_user="other") for day in days]
    prefix, scan = scanned(*lots, exported("own", on="2025-03-03"))
    key = ("house/cap-1", ("other",))
    scan.ahead([key])
    (reading,) = [scan.reading(key, start) for start in scan.starts(key)]
    assert reading is not None
    assert {str(month) for month in reading.months or ()} == {
        "2025-01-01",  # the first draws
        *("2025-03-01", "2025-04-01"),  # 80, 90, 95 and a hundred H100 are drawn
        *(f"2025-{month:02}-01" for month in range(5, 13)),  # it is passed
    }
    same(prefix)
    seldom = [exported(day, on=day, quantity=1, end_user="other") for day in days[::7]]
    _, scan = scanned(*seldom)
    scan.ahead([key])
    (reading,) = [scan.reading(key, start) for start in scan.starts(key)]
    assert reading is not None
    assert reading.months == frozenset({on("2025-01-01")})
    assert len(reading.book.days) == 11 + len([day for day in days[::7] if day < "2025-02"])


def test_for_breaches_alone_only_months_that_are_passed_are_read_by_day() -> None:
    prefix, _ = scanned(*LOTS, exported("much", on="2026-08-08", quantity=200))
    scan = Scan(prefix, prefix.law, statuses=False)
    scan.ahead([KEY])
    (reading,) = [scan.reading(KEY, start) for start in scan.starts(KEY)]
    assert reading is not None
    assert {str(month) for month in reading.months or ()} == {"2025-11-01", "2026-08-01"}
    _, scan = scanned(LOTS[0])
    scan = Scan(scan.prefix, scan.law, statuses=False)
    scan.ahead([KEY])
    (reading,) = [scan.reading(KEY, start) for start in scan.starts(KEY)]
    assert reading is not None
    assert reading.summed is reading.book


def test_what_falls_is_read_by_day() -> None:
    _, scan = scanned(*LOTS, reversed_("x", "e"))
    scan.ahead([KEY])
    for start in scan.starts(KEY):
        reading = scan.reading(KEY, start)
        assert reading is not None
        assert reading.months is None


def test_a_licence_line_and_what_others_report_tell_the_same() -> None:
    same(
        ledger_of(
            *people("buyer", "seller"),
            licence("L", quantity=100),
            exported("a", on="2025-06-02", quantity=79, authorization="us-ear/license",
                     reference="L", line=1),
            exported("b", on="2025-07-12", quantity=2, authorization="us-ear/license",
                     reference="L", line=1),
            used("u", LPP_YEAR, ["buyer"], "20000000"),
        )
    )  # fmt: skip


def test_a_first_draw_is_not_dated_on_its_month_where_the_law_turns_before_it() -> None:
    """The days of a licence line and of a step of the law lie between the month's first and it."""
    same(
        ledger_of(
            *people("buyer"),
            granted("L", LICENCE, **of_day("2025-06-02")),
            exported(
                "e", on="2025-06-20", quantity=2, authorization=LICENCE, reference="L", line=1
            ),
            amended("m", "L", on="2025-09-01", until="2027-01-01"),
        )
    )
    rows = 'per = ["end_user"]\ncounts = { classes = ["a-class"] }\n' + WINDOWS["year"]
    steps = "allowance = [{ tpp = 1583200 }, { from = 2025-08-09, tpp = 2000000 }]\n"
    same(ledger_of(*people("buyer"), house(rows + steps), exported("e", on="2025-08-29")))


def test_licences_count_by_the_headquarters_of_their_own_day() -> None:
    """In a month in which they changed no draw is judged by the month's first day."""
    made = ledger_of(
        *people("other"),
        party("buyer", on="2024-01-01", headquarters="DE", location="BR"),
        party("buyer", on="2026-03-15", headquarters="BR", location="BR", id="moved"),
        signed("reading", "us-ear/partner-hq-licences-use-allocation", "no"),
        granted("L", LICENCE, **of_day("2026-03-20")),
    )
    (cap,) = made.law.versions(ALLOCATION)
    coarse = ByMonth(made.events)
    for day in ("2026-03-31", "2026-04-10"):
        for asks in ASKS:
            found = []
            for prefix in (made, coarse):
                tally = Tally(prefix, made.law, on(day), asks=asks)
                found.append(tally.book(cap, ("BR",)).drawn(date.min, on(day)))
            assert found == [15_832_000] * 2, (day, asks)


def test_nothing_is_read_for_whom_nothing_counts() -> None:
    prefix, scan = scanned(exported("a", on="2025-06-02"))
    scan.ahead([("us-ear/uveu/country", ("buyer", "BR"))])
    assert prefix.given == 0


@given(st.lists(steps_of(*KINDS), min_size=4, max_size=22))
@settings(max_examples=200)
def test_random_histories_tell_the_same(steps: list[Step]) -> None:
    same(grown(steps))
