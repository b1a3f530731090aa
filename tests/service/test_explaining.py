"""What stands behind an entry, a decision or a figure; a decision is found again as it was made."""

from typing import Any

import pytest
from freezegun.api import FrozenDateTimeFactory

from ledger.core.derivation import Derivation
from ledger.core.errors import InvalidInput, NotFound
from ledger.service.checking import Answer
from ledger.service.explaining import Explanation, explain
from ledger.service.exporting import export_lot
from ledger.service.recorded import Recorded
from ledger.service.reserving import reserve, reverse
from tests.core.builders import (
    ALLOCATION,
    LPP,
    LPP_YEAR,
    ON,
    TABLE,
    attrited,
    exported,
    licence,
    on,
    party,
    relocated,
    reserved,
    reversed_,
    used,
)
from tests.service.lots import LONG, asked, decision_of, reserved_as
from tests.store.ledgers import H100_TPP, LPP_UNITS, SIZE, entries_of, head_of, put


def entry(url: str, subject: str, *, as_of: int | None = None) -> Explanation:
    found = explain(url, subject, as_of=as_of)
    assert isinstance(found, Explanation)
    return found


def figure(url: str, cap: str, *holder: str, day: str = ON) -> Derivation:
    found = explain(url, cap, holder, on=on(day))
    assert isinstance(found, Derivation)
    return found


def export(url: str, data: dict[str, Any], **extra: Any) -> Recorded:  # noqa: ANN401 -- any field
    return export_lot(url, data, extra=extra, event_id="e1")


def same_decision(url: str, made: Recorded) -> None:
    """The decision of an entry, by either id, is the one that was made, to the last field."""
    decision = decision_of(made)
    assert entry(url, made.event_id).decision == decision
    by_decision = entry(url, decision.decision_id)
    assert by_decision.entry.event.id == made.event_id
    assert by_decision.decision == decision


def test_an_entry_shows_what_it_moved_and_who_recorded_it(url: str) -> None:
    put(url, reserved("r1", quantity=10), exported("e1", quantity=4, reservation="r1"))
    found = entry(url, "e1")
    assert [(m.kind.value, m.units) for m in found.movements] == [("exported", 4), ("reserved", -4)]
    assert (found.entry.envelope.seq, found.entry.envelope.actor) == (SIZE + 2, "ana")
    assert (found.is_reversed, found.derived) == (False, True)
    data = found.as_data()
    assert data["event"]["id"] == "e1"
    assert data["movements"][0]["tpp"] == str(4 * H100_TPP)


def test_a_reversed_entry_says_so(url: str) -> None:
    put(url, exported("e1"), reversed_("x", "e1"))
    assert entry(url, "e1").is_reversed
    assert not entry(url, "e1", as_of=SIZE + 1).is_reversed
    assert [m.units for m in entry(url, "x").movements] == [-1]


# ---- decisions


def test_the_decision_of_a_reservation_is_found_again(url: str) -> None:
    same_decision(url, reserved_as("r1", url, 1000))


def test_the_decision_of_a_forced_reservation_is_found_again(url: str) -> None:
    same_decision(url, reserved_as("r1", url, 10, authorization=LPP))


def test_the_decision_is_found_again_after_much_has_changed(url: str) -> None:
    made = reserved_as("r1", url, 1000)
    put(url, exported("other", quantity=600), party("buyer", on="2025-01-15", headquarters="CN"))
    reverse(url, "r1", reason="an error")
    same_decision(url, made)


def test_the_decision_of_an_export_from_a_reservation_is_found_again(url: str) -> None:
    reserved_as("r1", url, LPP_UNITS)
    made = export(url, {"on": ON}, reservation="r1")
    assert decision_of(made).outcome == "permitted"
    same_decision(url, made)


def test_the_decision_of_an_export_past_the_caps_is_found_again(url: str) -> None:
    made = export(url, asked(LPP_UNITS + 1, authorization="unknown"))
    assert decision_of(made).outcome == "license-required"
    same_decision(url, made)


def test_the_decision_under_a_licence_is_found_again(url: str) -> None:
    put(url, licence("D1", quantity=3000))
    same_decision(url, reserved_as("r1", url, 2500))


def test_the_decision_made_as_enforced_is_found_again(url: str) -> None:
    made = export_lot(
        url, asked(authorization="unknown"), extra={}, event_id="e1", posture="enforced"
    )
    assert decision_of(made).posture == "enforced"
    same_decision(url, made)


def test_the_decision_after_expiries_of_the_same_commit_is_found_again(
    url: str, clock: FrozenDateTimeFactory
) -> None:
    for number in range(3):
        reserve(url, asked(500), event_id=f"r{number}", hold_until=on("2026-03-10"))
    clock.move_to("2026-03-11")
    made = reserve(url, asked(LPP_UNITS), event_id="r9", hold_until=LONG)
    assert decision_of(made).as_of.size == SIZE + 6
    kinds = [one.event.kind for one in entries_of(url)[SIZE + 3 :]]
    assert kinds == ["lot.released"] * 3 + ["lot.reserved"]
    same_decision(url, made)


def test_a_decision_of_another_ledger_is_derived_anew(url: str) -> None:
    put(url, exported("e1", decision_id="f" * 64))
    found = entry(url, "e1")
    assert found.derived
    assert found.decision is not None
    assert found.decision.decision_id != "f" * 64
    assert entry(url, "f" * 64).entry.event.id == "e1"


def test_a_decision_that_recorded_nothing_can_not_be_looked_up(url: str) -> None:
    made = reserved_as("r1", url, LPP_UNITS + 1)
    with pytest.raises(
        NotFound, match=r"no event, decision or cap has the id .* once a reservation"
    ):
        explain(url, decision_of(made).decision_id)


@pytest.mark.parametrize("subject", ["nothing", "", '"', "%", "' OR 1=1 --"])
def test_an_unknown_id_is_not_found(subject: str, url: str) -> None:
    reserved_as("r1", url)
    with pytest.raises(NotFound, match="no event, decision or cap has the id '"):
        explain(url, subject)


def test_an_entry_is_not_known_before_it_was_recorded(url: str) -> None:
    made = reserved_as("r1", url)
    for subject in ("r1", decision_of(made).decision_id):
        with pytest.raises(NotFound) as refused:
            entry(url, subject, as_of=SIZE)
        assert refused.value.sentence == (
            f"--as-of: '{subject}' came later: it is entry {SIZE + 1}, and {SIZE} were known then. "
            f"Leave it out, or name a size from {SIZE + 1} on."
        )
    assert entry(url, "r1", as_of=SIZE + 1).decision == decision_of(made)


def test_an_explained_decision_is_shown_as_an_answer(url: str) -> None:
    made = reserved_as("r1", url)
    decision = entry(url, "r1").decision
    assert decision is not None
    assert Answer(decision, ()).as_data()["decision_id"] == decision_of(made).decision_id


# ---- figures


def test_a_figure_is_the_sum_of_its_events(url: str) -> None:
    put(url, exported("e2", quantity=4, on="2025-08-20"), exported("e1", quantity=10))
    put(url, reserved("r1", quantity=5, on="2025-08-25"), exported("later", on="2025-11-01"))
    put(url, used("u1", LPP_YEAR, ["buyer"], 1000))
    found = figure(url, LPP_YEAR, "buyer")
    # The day that binds is the last one that something draws on.
    assert found.finding.binding_on == on("2025-11-01")
    assert [(p.event, p.units, str(p.sum_tpp)) for p in found.counted] == [
        ("u1", 0, "1000"),
        ("e1", 10, f"{1000 + 10 * H100_TPP}"),
        ("e2", 4, f"{1000 + 14 * H100_TPP}"),
        ("r1", 5, f"{1000 + 19 * H100_TPP}"),
        ("later", 1, f"{1000 + 20 * H100_TPP}"),
    ]
    drawn = found.finding.drawdown_tpp + found.finding.reserved_tpp
    assert found.counted[-1].sum_tpp == drawn
    assert found.later == ()


def test_a_figure_is_that_of_its_size(url: str) -> None:
    put(url, exported("e1", quantity=10))
    put(url, exported("e2", quantity=5), reversed_("x", "e1"))
    then = explain(url, LPP_YEAR, ("buyer",), on=on(ON), as_of=SIZE + 1)
    assert isinstance(then, Derivation)
    assert [part.event for part in then.counted] == ["e1"]
    assert str(figure(url, LPP_YEAR, "buyer").finding.drawdown_tpp) == str(5 * H100_TPP)


def test_an_installed_base_shows_what_left_it(url: str) -> None:
    fields: dict[str, Any] = {"ultimate_consignee": "op-ae", "destination": "AE"}
    put(url, exported("e1", quantity=10, **fields))
    put(url, attrited("a1", party="op-ae", destination="AE", quantity=2))
    put(url, relocated("m1", party="op-ae", destination_from="AE", destination_to="CL"))
    found = figure(url, TABLE, "op-ae", "AE", day="2026-01-01")
    assert [(p.event, p.units) for p in found.counted] == [("e1", 10), ("a1", -2), ("m1", -1)]
    assert str(found.finding.drawdown_tpp) == str(7 * H100_TPP)


def test_licensed_quantities_make_up_the_allocation(url: str) -> None:
    put(url, licence("D1", quantity=100), licence("D2", quantity=5, on="2025-03-01"))
    found = figure(url, ALLOCATION, "BR")
    assert [(p.event, p.units) for p in found.counted] == [("grant-D1", 100), ("grant-D2", 5)]


@pytest.mark.parametrize(
    ("cap", "holder", "said"),
    [
        (LPP_YEAR, (), r"a holder of us-ear/lpp/parent-year is \[ultimate_parent\], found \[\]"),
        (TABLE, ("op-ae",), r"is \[ultimate_consignee, destination\], found \[op-ae\]"),
        (TABLE, ("op-ae", "QQ"), "destination: unknown country 'QQ'"),
        (TABLE, ("AE", "op-ae"), "ultimate_consignee: unknown party 'AE'"),
        (LPP_YEAR, ("who",), "ultimate_parent: unknown party 'who'"),
    ],
)
def test_a_holder_that_does_not_fit_is_bad_input(
    cap: str, holder: tuple[str, ...], said: str, url: str
) -> None:
    with pytest.raises(InvalidInput, match=said):
        explain(url, cap, holder, on=on(ON))


def test_a_cap_that_is_not_in_force_has_no_figure(url: str) -> None:
    with pytest.raises(NotFound, match=r"has no figure of its own on 2024-12-31. Name a day"):
        figure(url, LPP_YEAR, "buyer", day="2024-12-31")
    with pytest.raises(NotFound, match="has no figure of its own"):
        figure(url, "us-ear/license/line", "D1", "1")


def test_without_a_day_a_figure_is_that_of_today(url: str, clock: FrozenDateTimeFactory) -> None:
    found = explain(url, LPP_YEAR, ("buyer",))
    assert isinstance(found, Derivation)
    assert found.finding.binding_on == on("2026-03-01")
    assert head_of(url).size == SIZE
    clock.tick(1)


@pytest.mark.parametrize("more", [{"holder": ("buyer",)}, {"on": on("2025-09-01")}])
def test_an_entry_has_no_holder_and_no_day(more: dict[str, Any], url: str) -> None:
    put(url, exported("e1"))
    with pytest.raises(InvalidInput, match="'e1' is an entry: only a cap's figure has a holder"):
        explain(url, "e1", **more)
    with pytest.raises(NotFound, match="nothing"):
        explain(url, "nothing", **more)
