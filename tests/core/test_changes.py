from itertools import pairwise

from ledger.core.changes import Change, changes
from ledger.core.decision import Decision
from tests.core.asking import near
from tests.core.builders import (
    AIA,
    LICENCE,
    LPP,
    LPP_YEAR,
    NVEU,
    TABLE,
    UVEU,
    candidate_of,
    decided,
    granted,
    house,
    ledger_of,
    licence,
    list_adopted,
    party,
    people,
    used,
)

FULL = used("u", LPP_YEAR, ["buyer"], 26900000 - 3 * 15832)


def change_of(decision: Decision, authorization: str) -> Change:
    (found,) = [one for one in changes(decision) if one.authorization == authorization]
    return found


def named(decision: Decision) -> list[tuple[str, bool]]:
    return [(one.authorization, one.opens) for one in changes(decision)]


# ---- of a lot that may go


def test_the_chosen_authorization_comes_first_with_the_facts_it_rests_on() -> None:
    decision = decided(ledger_of(*people("buyer")))
    assert decision.authorization == LPP
    grounds, *others = changes(decision)
    assert (grounds.authorization, grounds.opens) == (LPP, False)
    assert all(one.sources for one in grounds.missing)
    sources = {source for one in grounds.missing for source in one.sources}
    assert {"party-buyer-2020-01-01", "device-h100-2020-01-01"} <= sources
    assert all(one.opens for one in others)


def test_grounds_without_a_source_are_left_out() -> None:
    decision = decided(ledger_of(*people("buyer")))
    requirements = candidate_of(decision, LPP).requirements
    told = [one.needs for one in change_of(decision, LPP).missing]
    assert told == [one.needs for one in requirements if one.sources]


def test_what_comes_after_the_chosen_one_would_change_nothing() -> None:
    decision = decided(ledger_of(*people("buyer")))
    order = [one.authorization for one in decision.candidates]
    left_out = set(order[order.index(LPP) + 1 :])
    assert LICENCE in left_out
    assert {name for name, _ in named(decision)} == set(order) - left_out


def test_the_first_authorization_of_all_rests_on_its_own_grounds_alone() -> None:
    decision = decided(ledger_of(*people("buyer")), authorization=LPP)
    assert named(decision) == [(LPP, False)]


# ---- of a lot that may not


def test_of_a_lot_that_may_not_go_every_authorization_says_what_it_lacks() -> None:
    decision = decided(ledger_of(*people("buyer"), FULL), quantity=5)
    assert decision.outcome == "license-required"
    found = changes(decision)
    assert {one.authorization for one in found} == {c.authorization for c in decision.candidates}
    assert all(one.opens for one in found)
    assert all(one.missing for one in found)


def test_what_lacks_least_comes_first_and_a_tie_keeps_the_order_of_the_law() -> None:
    decision = decided(ledger_of(*people("buyer"), FULL), quantity=5)
    found = changes(decision)
    lacking = [len(one.missing) for one in found]
    assert lacking == sorted(lacking)
    order = [one.authorization for one in decision.candidates]
    for one, after in pairwise(found):
        tie = len(one.missing) == len(after.missing)
        assert not tie or order.index(one.authorization) < order.index(after.authorization)


def test_a_cap_that_the_lot_passes_is_missing_room() -> None:
    decision = decided(ledger_of(*people("buyer"), FULL), quantity=5)
    (missing,) = change_of(decision, LPP).missing
    assert missing.needs == "at most 47,496 TPP for buyer"
    assert missing.found == "79,160 TPP; least room on 2025-09-01"
    assert (missing.row, missing.cite) == (LPP_YEAR, "15 CFR 740.29(a),(d)")
    assert missing.sources == ()


def test_every_cap_that_the_lot_passes_is_named_with_its_holder() -> None:
    small = house(
        'per = ["end_user", "destination"]\nbasis = "exported"\n'
        'window = { kind = "calendar-year" }\nallowance = [{ tpp = 15832 }]'
    )
    status = granted("n", NVEU, destinations=["BR"])
    decision = decided(ledger_of(*people("buyer"), FULL, small, status), quantity=5)
    lpp = {one.row: one.needs for one in change_of(decision, LPP).missing}
    assert lpp == {
        LPP_YEAR: "at most 47,496 TPP for buyer",
        "house/cap-1": "at most 15,832 TPP for buyer, BR",
    }
    assert [one.row for one in change_of(decision, NVEU).missing] == ["house/cap-1"]
    assert TABLE in [finding.cap for finding in candidate_of(decision, NVEU).findings]


def test_a_threshold_that_is_only_told_is_nothing_that_is_missing() -> None:
    notice = house(
        'per = ["end_user"]\nbasis = "exported"\nwindow = { kind = "calendar-year" }\n'
        'effect = "notice"\nallowance = [{ tpp = 1 }]'
    )
    decision = decided(ledger_of(*people("buyer"), FULL, notice), quantity=5)
    finding = candidate_of(decision, LPP).findings[-1]
    assert (finding.cap, finding.fits) == ("house/cap-1", False)
    assert [one.row for one in change_of(decision, LPP).missing] == [LPP_YEAR]


def test_what_is_not_met_and_what_is_not_known_are_both_missing() -> None:
    ledger = ledger_of(*people("buyer", headquarters="unknown"))
    decision = decided(ledger, quantity=5)
    assert decision.outcome == "unresolved"
    open_ones = [r.needs for r in candidate_of(decision, LPP).requirements if r.holds is None]
    assert open_ones
    assert [one.needs for one in change_of(decision, LPP).missing] == open_ones
    uveu = candidate_of(decision, UVEU).requirements
    wanting = [r.needs for r in uveu if r.holds is not True]
    assert [one.needs for one in change_of(decision, UVEU).missing] == wanting
    assert {r.holds for r in uveu} >= {False, None}


def test_a_missing_licence_line_is_named_with_the_row_that_asks_for_it() -> None:
    decision = decided(ledger_of(*people("buyer"), FULL), quantity=5)
    (missing,) = change_of(decision, LICENCE).missing
    assert missing.needs.startswith("a live licence line for this device")
    assert missing.found == "no live licence line covers the lot"
    assert (missing.row, missing.sources) == (LICENCE, ())


def test_a_requirement_that_is_not_met_says_where_the_fact_stands() -> None:
    decision = decided(ledger_of(*people("buyer"), FULL), quantity=5)
    needs = change_of(decision, AIA).missing
    assert any("party-buyer-2020-01-01" in one.sources for one in needs)
    assert all(one.row and one.cite for one in needs)


def test_a_stop_is_missing_from_every_authorization_that_it_closes() -> None:
    people_ = [*people(), party("buyer", name="Bad Bank")]
    decision = decided(ledger_of(*people_, list_adopted(), matcher=near))
    assert decision.outcome == "prohibited"
    stop = "us-ear/stop/designated-nationals"
    for one in changes(decision):
        (missing,) = [m for m in one.missing if m.row == stop]
        assert missing.sources == ("list",)
        assert "Bad Bank" in missing.found


# ---- of one authorization


def test_of_a_forced_authorization_only_that_one_is_told() -> None:
    ledger = ledger_of(*people("buyer"))
    assert named(decided(ledger, authorization=AIA)) == [(AIA, True)]
    carried = ledger_of(*people("buyer"), licence())
    grounds = changes(decided(carried, authorization=LICENCE))
    assert [(one.authorization, one.opens) for one in grounds] == [(LICENCE, False)]
    assert "grant-D100" in {source for m in grounds[0].missing for source in m.sources}


def test_a_decision_without_a_candidate_has_nothing_to_change() -> None:
    decision = decided(ledger_of(*people("buyer")))
    assert changes(decision.model_copy(update={"candidates": (), "authorization": None})) == ()
