"""The affiliates rule: its days, its half, and what is not known of the owners."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from ledger.core.decision import Decision
from ledger.core.law.row import Posture
from ledger.service.checking import check
from ledger.service.lists import clear
from tests.core.builders import LICENCE, licence, on, party, signed
from tests.service.lots import asked
from tests.service.published import (
    CRIMSON,
    GRANITE,
    OCHRE,
    TEAL,
    VIOLET,
    adopted_list,
    bearer,
    owned,
)
from tests.store.ledgers import put

SWITCH = "us-ear/affiliates-after-stay"
AFFILIATES = "a party held to 50 percent or more"
STAYED = "us-ear/remark/affiliates-stayed"
RULED = "2025-10-15"
"""A day on which the rule decides."""

BEFORE, FIRST, LAST, STAY, STAY_ENDS, AFTER = (
    "2025-09-28",
    "2025-09-29",
    "2025-11-09",
    "2025-11-10",
    "2026-11-09",
    "2026-11-10",
)


@pytest.fixture(params=["on-the-books", "enforced"])
def posture(request: pytest.FixtureRequest) -> Posture:
    found: Posture = request.param
    return found


@pytest.fixture
def listed(url: str, tmp_path: Path) -> str:
    """A ledger with a list, and parties that bear names of it."""
    adopted_list(url, tmp_path)
    put(url, *(bearer(row) for row in (CRIMSON, GRANITE, OCHRE, TEAL, VIOLET)), party("clean"))
    return url


def decided(
    url: str, consignee: str, posture: Posture = "on-the-books", *, day: str = RULED
) -> Decision:
    return check(url, asked(1, ultimate_consignee=consignee, on=day), posture=posture).decision


def standing(decision: Decision) -> str:
    """Whether the rule stops a lot: stopped, in doubt, or no."""
    found = [reason for reason in decision.reasons if AFFILIATES in reason]
    if not found:
        return "no"
    return "stopped" if " is stopped: " in found[0] else "in doubt"


def rule(url: str, owners: Mapping[str, object], **more: str) -> str:
    """What the rule says of a party with these owners on a day on which it decides."""
    put(url, owned("held", owners, **more))
    return standing(decided(url, "held"))


# ---- the days


@pytest.mark.parametrize(
    ("day", "expected", "outcome"),
    [
        (BEFORE, "no", "unresolved"),
        (FIRST, "stopped", "license-required"),
        (LAST, "stopped", "license-required"),
        (STAY, "no", "unresolved"),
        (STAY_ENDS, "no", "unresolved"),
        (AFTER, "in doubt", "unresolved"),
    ],
)
def test_the_rule_decides_on_its_days(
    day: str, expected: str, outcome: str, posture: Posture, listed: str
) -> None:
    """On the other days the red flag of a listed owner still asks for a person."""
    put(listed, owned("held", {"crimson": 50}))
    decision = decided(listed, "held", posture, day=day)
    assert (standing(decision), decision.outcome) == (expected, outcome)
    assert any("red flag" in reason for reason in decision.reasons)


@pytest.mark.parametrize("day", [BEFORE, STAY, STAY_ENDS])
def test_off_its_days_a_cleared_red_flag_lets_the_lot_go(
    day: str, posture: Posture, listed: str
) -> None:
    put(listed, owned("held", {"crimson": 50}))
    clear(listed, "held", ["EL:101"], reason="no say", signed_by="A. Lima", on=on("2025-09-01"))
    assert decided(listed, "held", posture, day=day).outcome == "permitted"
    assert decided(listed, "held", posture, day=FIRST).outcome == "license-required"


def test_the_stay_is_told_while_it_lasts(posture: Posture, listed: str) -> None:
    put(listed, owned("held", {"crimson": 50}))

    def told(consignee: str, day: str) -> bool:
        notes = decided(listed, consignee, posture, day=day).status
        return STAYED in [note.provision for note in notes]

    days = (FIRST, LAST, STAY, STAY_ENDS, AFTER)
    assert [told("held", day) for day in days] == [False, False, True, True, False]
    assert not any(told("clean", day) for day in days)


@pytest.mark.parametrize(
    ("value", "expected"), [("active", "stopped"), ("stayed", "no"), (None, "in doubt")]
)
def test_after_the_stay_an_adopted_reading_decides(
    value: str | None, expected: str, posture: Posture, listed: str
) -> None:
    put(listed, owned("held", {"crimson": 50}))
    put(listed, *([] if value is None else [signed("reading", SWITCH, value)]))
    assert standing(decided(listed, "held", posture, day=AFTER)) == expected
    assert standing(decided(listed, "held", posture, day=STAY_ENDS)) == "no"


@pytest.mark.parametrize("value", ["active", "stayed"])
def test_an_adopted_reading_changes_nothing_of_the_first_weeks(value: str, listed: str) -> None:
    put(listed, owned("held", {"crimson": 50}), signed("reading", SWITCH, value))
    found = [standing(decided(listed, "held", day=day)) for day in (BEFORE, FIRST, LAST, STAY)]
    assert found == ["no", "stopped", "stopped", "no"]


def test_a_party_that_nobody_listed_owns_is_free_on_every_day(
    posture: Posture, listed: str
) -> None:
    days = (BEFORE, FIRST, LAST, STAY, STAY_ENDS, AFTER)
    put(listed, owned("held", {"clean": 100}))
    found = {decided(listed, "held", posture, day=day).outcome for day in days}
    assert found == {"permitted"}


# ---- the half


@pytest.mark.parametrize(
    ("owners", "expected"),
    [
        ({"crimson": "49.99"}, "no"),
        ({"crimson": "49.999999999"}, "no"),
        ({"crimson": "50"}, "stopped"),
        ({"crimson": "100"}, "stopped"),
        ({"crimson": "25", "granite": "25"}, "stopped"),
        ({"crimson": "25", "granite": "24.99"}, "no"),
        ({"crimson": "20", "granite": "20", "violet": "10"}, "stopped"),
        ({"crimson": "25", "clean": "75"}, "no"),
        ({"ochre": "100"}, "no"),
        ({"teal": "100"}, "no"),
        ({"ochre": "25", "crimson": "25"}, "no"),
        ({"violet": "50"}, "stopped"),
        ({"granite": "50"}, "stopped"),
    ],
    ids=str,
)
def test_owners_of_three_lists_count_together_from_half_on(
    owners: dict[str, str], expected: str, listed: str
) -> None:
    assert rule(listed, owners) == expected


def test_a_share_below_half_is_still_a_red_flag(listed: str) -> None:
    put(listed, owned("held", {"crimson": "49.99"}))
    decision = decided(listed, "held")
    assert decision.outcome == "unresolved"
    assert "crimson matches 'Crimson Harbor Photonics'" in decision.reasons[0]


def test_the_reason_shows_the_shares(listed: str) -> None:
    put(listed, owned("held", {"crimson": "25", "granite": "25.5"}))
    reasons = " ".join(decided(listed, "held").reasons)
    assert "25 % by crimson (listed); 25.5 % by granite (listed)" in reasons


# ---- chains


@pytest.mark.parametrize(
    ("upper", "lower", "expected"),
    [
        ("50", "50", "stopped"),
        ("49.99", "100", "no"),
        ("100", "49.99", "no"),
        ("60", "50", "stopped"),
    ],
)
def test_a_chain_of_halves_reaches_the_listed_party(
    upper: str, lower: str, expected: str, listed: str
) -> None:
    put(listed, owned("middle", {"crimson": upper}))
    assert rule(listed, {"middle": lower}) == expected


def test_two_branches_of_a_chain_add_up(listed: str) -> None:
    put(listed, owned("left", {"crimson": 50}), owned("right", {"granite": 80}))
    assert rule(listed, {"left": 25, "right": 25}) == "stopped"


def test_a_long_chain_is_followed_to_its_end(listed: str) -> None:
    put(listed, owned("link-0", {"crimson": 50}))
    put(listed, *(owned(f"link-{n}", {f"link-{n - 1}": 50}) for n in range(1, 200)))
    assert rule(listed, {"link-199": 50}) == "stopped"


def test_a_listed_ultimate_parent_without_a_stated_majority_owns_the_whole(listed: str) -> None:
    assert rule(listed, {}, ultimate_parent="crimson") == "stopped"


@pytest.mark.parametrize("day", [RULED, BEFORE])
def test_parties_that_own_one_another_do_not_stop_the_program(day: str, listed: str) -> None:
    put(listed, party("a"), party("b"))
    put(listed, owned("a", {"b": 60}, on="2025-01-01"), owned("b", {"a": 60}, on="2025-01-01"))
    assert decided(listed, "a", day=day).outcome in ("permitted", "unresolved")
    put(listed, owned("a", {"b": 50, "crimson": 50}, on="2025-02-01"))
    assert standing(decided(listed, "b", day=day)) == ("stopped" if day == RULED else "no")


def test_a_party_that_owns_itself_does_not_stop_the_program(listed: str) -> None:
    assert rule(listed, {"held": 100}) in ("no", "in doubt")


# ---- who is out of reach


def test_a_party_in_the_united_states_is_out_of_reach(posture: Posture, listed: str) -> None:
    put(listed, owned("held", {"crimson": 100}, location="US"))
    decision = decided(listed, "held", posture)
    assert standing(decision) == "no"
    assert decision.outcome == "unresolved", "the red flag stays"


def test_another_party_to_the_lot_is_reached_beside_one_in_the_united_states(listed: str) -> None:
    put(listed, owned("held", {"crimson": 100}, location="US"), owned("lab", {"crimson": 50}))
    lot = asked(1, ultimate_consignee="held", end_user="lab", on=RULED)
    decision = check(listed, lot).decision
    assert standing(decision) == "stopped"
    reasons = [one for one in decision.reasons if AFFILIATES in one]
    assert "lab (end_user): 50 % by crimson (listed)" in reasons[0]
    assert "held (" not in reasons[0]


def test_a_licence_line_carries_a_lot_to_an_affiliate(listed: str) -> None:
    put(listed, owned("held", {"crimson": 50}), licence("D1", quantity=5, party="held"))
    decision = decided(listed, "held")
    assert standing(decision) == "stopped"
    assert (decision.outcome, decision.authorization) == ("permitted", LICENCE)


# ---- what is not known


@pytest.mark.parametrize(
    ("owners", "expected"),
    [
        ({"unknown": "49.99"}, "no"),
        ({"unknown": "50"}, "in doubt"),
        ({"unknown": "25", "crimson": "25"}, "in doubt"),
        ({"unknown": "24.99", "crimson": "25"}, "no"),
        ({"unknown": "50", "crimson": "50"}, "stopped"),
    ],
    ids=str,
)
def test_an_unknown_owner_leaves_it_open(
    owners: dict[str, str], expected: str, posture: Posture, listed: str
) -> None:
    put(listed, owned("held", owners))
    assert standing(decided(listed, "held", posture)) == expected


@pytest.mark.parametrize(("day", "outcome"), [(BEFORE, "permitted"), (FIRST, "unresolved")])
def test_an_unknown_owner_is_never_permission_while_the_rule_decides(
    day: str, outcome: str, posture: Posture, listed: str
) -> None:
    put(listed, owned("held", {"unknown": 50}))
    decision = decided(listed, "held", posture, day=day)
    assert decision.outcome == outcome
    if day == FIRST:
        assert "an owner of held is stated as unknown" in decision.reasons[0]


def test_an_owner_known_from_a_later_day_is_open_before_it(listed: str) -> None:
    put(listed, party("late", on="2025-12-01"), owned("held", {"late": 60}))
    assert standing(decided(listed, "held")) == "in doubt"


def test_without_a_list_nobody_is_listed_and_the_answer_says_so(url: str) -> None:
    put(url, bearer(CRIMSON), owned("held", {"crimson": 100}))
    decision = decided(url, "held")
    assert decision.outcome == "permitted"
    assert "no party was screened against any" in " ".join(n.text for n in decision.status)
