"""A decision from precedents is the fresh one, whatever was recorded in between."""

from collections.abc import Sequence
from typing import cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from ledger.core.decision import decide
from ledger.core.errors import InvalidRequest, LedgerError
from ledger.core.events import AnyEvent
from ledger.core.law.row import POSTURES
from ledger.core.lots import Request
from ledger.core.memory import MemoryPrefix
from ledger.core.overlay import asked_for
from ledger.core.overlay import drawn as one_drawn
from ledger.core.positions import Drawn, Query
from ledger.core.precedents import Case, Precedents
from ledger.core.running import Running
from ledger.core.usage import Tally
from tests.core.builders import (
    LPP_YEAR,
    amended,
    attrited,
    cleared,
    declared,
    device,
    ended,
    event,
    exported,
    granted,
    house,
    ledger_of,
    licence,
    list_adopted,
    on,
    party,
    people,
    released,
    relocated,
    request,
    reserved,
    reversed_,
    set_to,
    signed,
    used,
)
from tests.store.histories import History, Step, requests, steps, steps_of
from tests.store.lists import matched

MOVING = (
    "lot.exported",
    "lot.reserved",
    "export from a reservation",
    "lot.released",
    "stock.declared",
    "lot.relocated",
    "lot.attrited",
)
"""Kinds that move units and change no fact: what was found before is gone on with."""

OF_A_LOT = (
    'per = ["end_user"]\nbasis = "exported"\nwindow = { kind = "lot" }\nallowance = [{ tpp = 1 }]\n'
)


def case_of(precedents: Precedents, ledger: MemoryPrefix, asked: Request) -> Case:
    """The case of a request that was asked before: only such a one is kept."""
    precedents.case(asked, ledger.law, ledger)
    return precedents.case(asked, ledger.law, ledger)


def is_kept(precedents: Precedents, ledger: MemoryPrefix, asked: Request) -> bool:
    """Whether what is asked was found before: the footings are then the very same."""
    before = case_of(precedents, ledger, asked).footings
    return case_of(precedents, ledger, asked).footings is before


# ---- what is kept


def test_a_case_is_kept_from_the_second_time_that_it_is_asked_for() -> None:
    ledger, precedents = ledger_of(*people("buyer")), Precedents()
    first, second, third = (
        precedents.case(request(), ledger.law, ledger).footings for _ in range(3)
    )
    assert second is not first
    assert third is second


def test_more_lots_than_are_remembered_begin_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger.core.precedents.MOST_ASKED", 1)
    ledger, precedents = ledger_of(*people("buyer")), Precedents()
    for quantity, day in ((1, "2025-09-01"), (1, "2025-09-02"), (1, "2025-09-01")):
        precedents.case(request(quantity=quantity, on=day), ledger.law, ledger)
    assert not precedents._cases


def test_a_lot_that_differs_in_quantity_alone_stands_on_the_same_footing() -> None:
    ledger, precedents = ledger_of(*people("buyer")), Precedents()
    first = case_of(precedents, ledger, request(quantity=1))
    second = case_of(precedents, ledger, request(quantity=20))
    assert second.footings is first.footings
    assert [case.situation.request.quantity for case in (first, second)] == [1, 20]
    assert [str(case.situation.tpp) for case in (first, second)] == ["15832", "316640"]


@pytest.mark.parametrize(
    "changed",
    [
        {"on": "2025-09-02"},
        {"destination": "CL"},
        {"end_use": "storage"},
        {"authorization": "us-ear/lpp"},
        {"unit_tpp": "15832"},
        {"purchaser": "buyer"},
    ],
)
def test_a_lot_that_differs_in_anything_else_is_another_case(changed: dict[str, object]) -> None:
    ledger, precedents = ledger_of(*people("buyer")), Precedents()
    first = case_of(precedents, ledger, request())
    assert case_of(precedents, ledger, request(**changed)).footings is not first.footings
    assert case_of(precedents, ledger, request()).footings is first.footings


def test_the_licence_line_that_is_named_belongs_to_the_case() -> None:
    ledger, precedents = ledger_of(*people("buyer"), licence()), Precedents()
    first = case_of(precedents, ledger, request())
    named = precedents.case(request(), ledger.law, ledger, "D100/2")
    assert named.footings is not first.footings


def test_draws_are_read_from_the_prefix_that_is_asked() -> None:
    ledger, precedents = ledger_of(*people("buyer")), Precedents()
    before = decide(request(), ledger.law, ledger, precedents=precedents)
    ledger.append(exported("gone", quantity=1000))
    after = decide(request(), ledger.law, ledger, precedents=precedents)
    assert [str(one.findings[0].drawdown_tpp) for one in (before, after)] == ["0", "15832000"]


class Watched:
    """A prefix that remembers what it was asked."""

    def __init__(self, below: MemoryPrefix) -> None:
        self.below = below
        self.asked: list[str] = []

    def __getattr__(self, name: str) -> object:
        self.asked.append(name)
        return getattr(self.below, name)


def test_of_a_kept_case_only_draws_are_read() -> None:
    """Of LPP two: what went in the year, and the licences of the country."""
    ledger, precedents = ledger_of(*people("buyer"), exported("gone")), Precedents()
    for _ in range(2):
        decide(request(), ledger.law, ledger, precedents=precedents)
    watched = Watched(ledger)
    prefix = cast("MemoryPrefix", watched)
    found = decide(request(quantity=5), ledger.law, prefix, precedents=precedents)
    assert found.outcome == "permitted"
    assert sorted(watched.asked) == ["draws", "draws", "head"]


def test_which_of_several_lines_is_meant_is_asked_anew() -> None:
    """Both cover the lot; the second has more left once the first is used up."""
    lines = [licence("D1", quantity=10), licence("D2", quantity=10)]
    ledger, precedents = ledger_of(*people("buyer"), *lines), Precedents()
    asked = request(quantity=8)
    first = case_of(precedents, ledger, asked).situation.covering_line
    drawn = {"authorization": "us-ear/license", "reference": "D1", "line": 1, "quantity": 5}
    ledger.append(exported("gone", **drawn))
    second = case_of(precedents, ledger, asked).situation.covering_line
    assert [one and one.grant.reference for one in (first, second)] == ["D1", "D2"]


def test_the_cases_that_were_asked_for_last_are_kept() -> None:
    ledger, precedents = ledger_of(*people("buyer")), Precedents(most=2)
    monday, tuesday, friday = (request(on=f"2025-09-{day}") for day in ("01", "02", "05"))
    kept = [case_of(precedents, ledger, one).footings for one in (monday, tuesday, monday)]
    assert kept[2] is kept[0]
    case_of(precedents, ledger, friday)
    assert case_of(precedents, ledger, monday).footings is kept[0]
    assert case_of(precedents, ledger, tuesday).footings is not kept[1]


def test_what_is_known_of_draws_serves_every_lot_of_a_month() -> None:
    ledger, precedents = ledger_of(*people("buyer", "other")), Precedents()
    one = case_of(precedents, ledger, request()).tally
    other = case_of(precedents, ledger, request(ultimate_consignee="other")).tally
    assert other.known is one.known
    assert case_of(precedents, ledger, request(on="2025-09-30")).tally.known is one.known
    assert case_of(precedents, ledger, request(on="2025-10-01")).tally.known is not one.known
    precedents.forget()
    assert case_of(precedents, ledger, request()).tally.known is not one.known


def test_much_that_is_known_begins_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger.core.precedents.MOST_PLANS", 1)
    ledger, precedents = ledger_of(*people("buyer", "other")), Precedents()
    tally = case_of(precedents, ledger, request()).tally
    other = request(ultimate_consignee="other")
    assert case_of(precedents, ledger, other).tally.known is tally.known
    tally.book(ledger.law.versions(LPP_YEAR)[0], ("buyer",))
    assert len(tally.known.plans) == 1
    third = request(ultimate_consignee="other", on="2025-09-30")
    assert case_of(precedents, ledger, third).tally.known is not tally.known


def test_an_invalid_request_is_refused_each_time() -> None:
    ledger, precedents = ledger_of(*people("buyer")), Precedents()
    for _ in range(2):
        with pytest.raises(InvalidRequest, match="the device 'x' is not classified"):
            case_of(precedents, ledger, request(device="x"))


# ---- when it is forgotten

LOT = exported("lot")
HELD = reserved("held")
BEFORE = (licence(), LOT, HELD, declared("stock"))


@pytest.mark.parametrize(
    "moved",
    [
        exported("another"),
        reserved("another"),
        event(
            kind="lot.extended",
            id="x",
            on="2025-09-01",
            reservation="held",
            hold_until="2026-01-01",
        ),
        released("let-go", "held"),
        attrited("lost"),
        relocated("moved"),
        declared("more"),
        event(kind="duty.done", id="d", on="2025-09-01", duty="us-ear/lpp/report", document="mail"),
    ],
    ids=lambda one: one.kind,
)
def test_what_moves_units_leaves_the_cases_as_they_are(moved: AnyEvent) -> None:
    ledger, precedents = ledger_of(*people("buyer"), *BEFORE), Precedents()
    first = case_of(precedents, ledger, request())
    ledger.append(moved)
    precedents.hear(moved.kind)
    assert case_of(precedents, ledger, request()).footings is first.footings


@pytest.mark.parametrize(
    "changed",
    [
        party("buyer", headquarters="CN", on="2025-08-01"),
        device("h100", "4000", on="2025-08-01"),
        granted("status", "us-ear/nveu", destinations=["BR"]),
        amended("a", "D100", until="2025-08-01"),
        ended("e", "D100", "2025-08-01"),
        used("u", LPP_YEAR, ["buyer"], 26_000_000),
        signed("s", "us-ear/lpp-in-d1-d4", "barred"),
        house(OF_A_LOT),
        list_adopted(),
        cleared("buyer", "EL:1"),
        set_to("screening/threshold", "90"),
        reversed_("r", "lot"),
    ],
    ids=lambda one: one.kind,
)
def test_what_may_change_a_fact_forgets_the_cases(changed: AnyEvent) -> None:
    ledger, precedents = ledger_of(*people("buyer"), *BEFORE), Precedents()
    first = case_of(precedents, ledger, request())
    ledger.append(changed)
    precedents.hear(changed.kind)
    assert case_of(precedents, ledger, request()).footings is not first.footings
    assert is_kept(precedents, ledger, request())


def test_a_kind_that_nobody_knows_forgets_the_cases() -> None:
    ledger, precedents = ledger_of(*people("buyer")), Precedents()
    first = case_of(precedents, ledger, request())
    precedents.hear("lot.exported")
    assert case_of(precedents, ledger, request()).footings is first.footings
    precedents.hear("lot.restated")
    assert case_of(precedents, ledger, request()).footings is not first.footings


def test_another_law_forgets_the_cases() -> None:
    ledger, precedents = ledger_of(*people("buyer")), Precedents()
    first = case_of(precedents, ledger, request())
    law = ledger_of(house(OF_A_LOT)).law
    assert precedents.case(request(), law, ledger).footings is not first.footings
    assert case_of(precedents, ledger, request()).footings is not first.footings


def test_a_reservation_that_the_lot_uses_up_is_left_out_of_a_kept_case_too() -> None:
    ledger, precedents = ledger_of(*people("buyer"), reserved("held", quantity=1699)), Precedents()
    asked = request(quantity=1699)
    found = [
        decide(asked, ledger.law, ledger, without=without, precedents=precedents).outcome
        for without in (None, "held", None)
    ]
    assert found == ["license-required", "permitted", "license-required"]


# ---- it is never told from a fresh one


def answer(asked: Request, ledger: MemoryPrefix, precedents: Precedents | None) -> list[str]:
    """A decision under each posture as JSON, or the sentence of the error."""
    found = []
    for posture in POSTURES:
        try:
            decision = decide(asked, ledger.law, ledger, posture, precedents=precedents)
        except LedgerError as error:
            found.append(error.sentence)
        else:
            found.append(decision.model_dump_json())
    return found


def record(step: Step, history: History, ledger: MemoryPrefix) -> AnyEvent | None:
    """Record what a step means, unless it is refused or stands there already."""
    try:
        new = history.event(step)
        if ledger.find(new.id) is None:
            ledger.append(new)
            history.events.append(new)
            return new
    except (LedgerError, ValidationError):
        pass
    return None


class Growing:
    """A prefix whose sums are running ones, as those of a stored ledger are."""

    def __init__(self, below: MemoryPrefix) -> None:
        self._under = below
        self.added: dict[Query, list[Drawn]] = {}

    def __getattr__(self, name: str) -> object:
        return getattr(self._under, name)

    def draws(self, query: Query) -> Running:
        return Running(self.added.setdefault(query, []), lambda: self._under.draws(query))

    def append(self, event: AnyEvent) -> None:
        for movement in self._under.append(event).movements:
            for query, added in self.added.items():
                if asked_for(movement, query):
                    added.append(one_drawn(movement))


def growing(*events: AnyEvent) -> tuple[MemoryPrefix, MemoryPrefix]:
    """A ledger as plain lists, and the same with running sums."""
    ledger = ledger_of(*events, matcher=matched)
    return ledger, cast("MemoryPrefix", Growing(ledger))


def test_a_book_goes_on_with_what_was_added_since() -> None:
    ledger, grown = growing(*people("buyer"), used("u", LPP_YEAR, ["buyer"], 1000))
    yearly, year = ledger.law.versions(LPP_YEAR)[0], (on("2025-01-01"), on("2025-12-31"))
    tally = Tally(grown, ledger.law, on("2025-09-01"), asks="month")
    book = tally.book(yearly, ("buyer",))
    grown.append(exported("e"))
    later = Tally(grown, ledger.law, on("2025-09-30"), tally.known, asks="month")
    assert later.book(yearly, ("buyer",)) is book
    assert book.drawn(*year) == 10000 + 158320
    grown.append(reversed_("x", "e"))
    grown.append(exported("f", authorization="us-ear/nveu"))
    again = Tally(grown, ledger.law, on("2025-09-01"), tally.known, asks="month")
    assert again.book(yearly, ("buyer",)).drawn(*year) == 10000


def test_a_book_is_made_anew_where_the_changes_are_no_longer_known() -> None:
    ledger, grown = growing(*people("buyer"))
    yearly = ledger.law.versions(LPP_YEAR)[0]
    tally = Tally(grown, ledger.law, on("2025-09-01"), asks="month")
    book = tally.book(yearly, ("buyer",))
    cast("Growing", grown).added.clear()
    grown.append(exported("e"))
    later = Tally(grown, ledger.law, on("2025-09-01"), tally.known, asks="month")
    assert later.book(yearly, ("buyer",)) is not book
    assert later.book(yearly, ("buyer",)).drawn(on("2025-01-01"), on("2025-12-31")) == 158320


@pytest.mark.parametrize("kinds", [(), MOVING])
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data(), asked=st.lists(requests, min_size=2, max_size=3))
def test_a_decision_from_precedents_is_the_fresh_one(
    kinds: tuple[str, ...], data: st.DataObject, asked: Sequence[Request]
) -> None:
    some = steps_of(*kinds) if kinds else steps
    ledger, grown = growing(*people("buyer", "group", "branch", "op-ae"))
    history, precedents = History(), Precedents(most=4)
    for step in data.draw(st.lists(some, min_size=5, max_size=25)):
        new = record(step, history, grown)
        if new is not None:
            precedents.hear(new.kind)
        for one in asked:
            assert answer(one, grown, precedents) == answer(one, ledger, None)
