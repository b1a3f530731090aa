"""Days of lots that duties ask for: no more of an authorization than some row of it needs."""

from datetime import date

from ledger.core.law.rows import Duty
from ledger.core.lot_days import held_lots, is_ordered, merged, open_lots, together_asked
from tests.core.builders import exported, ledger_of, on, people, released, reserved

Span = tuple[date, date]


def span(first: str, until: str) -> Span:
    return on(first), on(until)


def duty(*authorizations: str, cap: str | None = None, together: bool = False) -> Duty:
    fields = {"id": "toy/duty", "cite": "a test", "what": "tell", "authorizations": authorizations}
    return Duty.model_validate({**fields, "cap": cap, "together": together})


def asked(*rows: tuple[Duty, Span]) -> dict[str, list[Span]]:
    spans = {id(row): days for row, days in rows}
    found = together_asked([row for row, _ in rows], spans)
    return {"+".join(sorted(grounds)): merged(days) for grounds, days in found}


Q1, Q2, MAY = (
    span("2026-01-01", "2026-04-01"),
    span("2026-04-01", "2026-07-01"),
    span("2026-05-01", "2026-06-01"),
)


def test_spans_that_touch_are_one_and_empty_ones_are_none() -> None:
    assert merged([Q2, Q1, MAY]) == [span("2026-01-01", "2026-07-01")]
    assert merged([span("2026-05-01", "2026-05-01"), MAY, Q1]) == [Q1, MAY]
    assert merged([]) == []


def test_each_authorization_is_asked_for_its_own_days() -> None:
    assert asked((duty("a", "b"), MAY), (duty("b"), Q1), (duty("c"), Q2)) == {
        "a": [MAY],
        "b": [Q1, MAY],
        "c": [Q2],
    }


def test_where_the_order_of_lots_matters_authorizations_are_asked_for_together() -> None:
    ordered = duty("a", "b", cap="toy/cap")
    assert is_ordered(ordered)
    assert is_ordered(duty("a", "b", together=True))
    assert not is_ordered(duty("a", cap="toy/cap"))
    assert not is_ordered(duty("a", "b"))
    rows = ((duty("b"), Q1), (duty("c"), Q1), (ordered, MAY), (duty("b", "d", together=True), Q2))
    assert asked(*rows) == {"c": [Q1], "a+b+d": [span("2026-01-01", "2026-07-01")]}
    assert asked((ordered, MAY)) == {"a+b": [MAY]}


def test_a_row_whose_lots_nobody_asks_for_is_passed_over() -> None:
    assert together_asked([duty("a")], {}) == []


def test_what_is_still_held_is_what_no_event_took() -> None:
    ledger = ledger_of(
        *people("buyer"),
        reserved("r", quantity=5),
        reserved("gone", quantity=2),
        released("free", "gone"),
        exported("e", quantity=3, reservation="r"),
    )
    held = held_lots(ledger)
    assert {by for by, _ in held} == {"r", "gone", "free", "e"}
    assert [(lot.lot, lot.units) for lot in open_lots(held)] == [("r", 2)]
