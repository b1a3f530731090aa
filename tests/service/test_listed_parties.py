"""What a listed party does to a lot: which lists stop what, and what a clearance lifts."""

from pathlib import Path

import pytest

from ledger.core.decision import Decision
from ledger.core.law.row import Posture
from ledger.service.checking import check
from ledger.service.lists import adopt, clear
from tests.core.builders import ON, licence, on, party, set_to
from tests.service.lots import answer_to, asked
from tests.service.published import (
    CRIMSON,
    GRANITE,
    INDIGO,
    LISTED,
    OCHRE,
    SABLE,
    TEAL,
    UMBER,
    VIOLET,
    Listed,
    adopted_list,
    bearer,
    csv_list,
    owned,
)
from tests.store.ledgers import head_of, put

POSTURES: tuple[Posture, ...] = ("on-the-books", "enforced")


@pytest.fixture
def listed(url: str, tmp_path: Path) -> str:
    """A ledger with a list of 2025-08-29; lots of the tests go on 2025-09-01."""
    adopted_list(url, tmp_path)
    return url


def decided(url: str, consignee: str = "buyer", day: str = ON, **lot: object) -> Decision:
    return check(url, asked(1, ultimate_consignee=consignee, on=day, **lot)).decision


def outcome(url: str, consignee: str = "buyer", day: str = ON, **lot: object) -> str:
    return decided(url, consignee, day, **lot).outcome


def screening_notes(decision: Decision) -> list[str]:
    return [note.text for note in decision.status if note.provision == "screening"]


def cleared(url: str, party_id: str, hit: Listed, day: str = ON) -> None:
    clear(url, party_id, [hit.entry], reason="another town", signed_by="A. Lima", on=on(day))


# ---- which list does what


@pytest.mark.parametrize("posture", POSTURES)
@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (OCHRE, "prohibited"),
        (VIOLET, "prohibited"),
        (CRIMSON, "license-required"),
        (GRANITE, "license-required"),
        (TEAL, "license-required"),
        (UMBER, "license-required"),
        (INDIGO, "unresolved"),
        (SABLE, "unresolved"),
    ],
    ids=lambda one: one.code if isinstance(one, Listed) else one,
)
def test_each_list_has_its_own_effect(
    row: Listed, expected: str, posture: Posture, listed: str
) -> None:
    consignee = bearer(row)
    put(listed, consignee)
    lot = asked(ultimate_consignee=consignee.party)
    decision = check(listed, lot, posture=posture).decision
    assert (decision.outcome, decision.authorization) == (expected, None)
    assert f"'{row.name}' ({row.entry}, score 100)" in decision.reasons[0]


@pytest.mark.parametrize(
    "role",
    ["exporter", "purchaser", "end_user", "ultimate_consignee", "intermediate_consignees"],
)
def test_a_listed_party_stops_the_lot_in_any_role(role: str, listed: str) -> None:
    put(listed, bearer(OCHRE))
    value: object = ["ochre"] if role == "intermediate_consignees" else "ochre"
    assert answer_to(listed).decision.outcome == "permitted"
    assert check(listed, asked(1, **{role: value})).decision.outcome == "prohibited"


def test_an_alias_stops_as_a_name_does(listed: str) -> None:
    put(listed, party("front", name="Sunny Trading", aliases=["Rotlicht Hafenoptik"]))
    decision = decided(listed, "front")
    assert decision.outcome == "license-required"
    assert "front matches 'Rotlicht Hafenoptik' (EL:101, score 100)" in decision.reasons[0]


def test_a_party_that_can_not_be_screened_leaves_the_lot_open(listed: str) -> None:
    put(listed, party("dashes", name="— —"))
    assert outcome(listed, "dashes") == "unresolved"


def test_a_domestic_lot_is_stopped_by_prohibitions_alone(listed: str) -> None:
    put(listed, bearer(CRIMSON, location="US"), bearer(OCHRE, location="US"))
    lot = {"destination": "US", "transaction": "domestic"}
    assert "Entity List" not in " ".join(decided(listed, "crimson", **lot).reasons)
    assert outcome(listed, "ochre", **lot) == "prohibited"


@pytest.mark.parametrize(("row", "expected"), [(CRIMSON, "permitted"), (OCHRE, "prohibited")])
def test_a_licence_line_carries_a_lot_to_the_entity_list_and_to_no_denied_person(
    row: Listed, expected: str, listed: str
) -> None:
    consignee = bearer(row)
    put(listed, consignee, licence("D1", quantity=5, party=consignee.party))
    decision = answer_to(listed, 5, ultimate_consignee=consignee.party).decision
    assert decision.outcome == expected
    more = answer_to(listed, 6, ultimate_consignee=consignee.party).decision
    assert more.outcome == ("license-required" if row is CRIMSON else "prohibited")


def test_no_lot_to_a_listed_party_is_proposed_under_an_exception(listed: str) -> None:
    put(listed, bearer(CRIMSON))
    answer = answer_to(listed, 5000, ultimate_consignee="crimson")
    assert answer.decision.outcome == "license-required"
    assert answer.alternatives == ()


# ---- which list, and how old


def test_the_answer_says_which_list_and_how_old(listed: str) -> None:
    assert screening_notes(decided(listed)) == ["screened against us-csl of 2025-08-29 (8 parties)"]
    assert screening_notes(decided(listed, day="2025-09-28"))[0].endswith("(8 parties)")
    (old,) = screening_notes(decided(listed, day="2025-09-29"))
    assert old.endswith(
        ": it is 31 days old, more than 30; adopt a new one: chipledger lists adopt"
    )
    (newer,) = screening_notes(decided(listed, day="2025-08-28"))
    assert newer.endswith(": the oldest list there is, and newer than the lot's day")


def test_how_old_a_list_may_be_is_a_setting_of_the_lots_day(listed: str) -> None:
    put(listed, set_to("screening/max-age-days", "2", day="2025-09-01"))
    assert "old" not in screening_notes(decided(listed, day="2025-08-31"))[0]
    assert "it is 3 days old, more than 2" in screening_notes(decided(listed))[0]


def test_a_lot_is_screened_against_the_list_of_its_day(listed: str, tmp_path: Path) -> None:
    put(listed, bearer(CRIMSON))
    rest = [row for row in LISTED if row != CRIMSON]
    adopt(listed, csv_list(tmp_path, rest), published=on("2025-09-01"), force="delisted")
    days = ["2025-08-31", "2025-09-01"]
    found = [outcome(listed, "crimson", day) for day in days]
    assert found == ["license-required", "permitted"]


def test_an_earlier_head_answers_without_the_list(url: str, tmp_path: Path) -> None:
    put(url, bearer(OCHRE))
    head = head_of(url).size
    lot = asked(ultimate_consignee="ochre")
    before = check(url, lot)
    adopted_list(url, tmp_path)
    assert check(url, lot).decision.outcome == "prohibited"
    again = check(url, lot, as_of=head)
    assert again.as_data() == before.as_data()
    assert again.decision.outcome == "permitted"
    assert screening_notes(again.decision) == [
        "no screening list is adopted: no party was screened against any"
    ]


# ---- clearances


def test_a_cleared_hit_stops_nothing_from_its_day_on(listed: str) -> None:
    put(listed, bearer(CRIMSON))
    cleared(listed, "crimson", CRIMSON)
    days = ["2025-08-31", "2025-09-01", "2025-12-31"]
    found = [outcome(listed, "crimson", day) for day in days]
    assert found == ["license-required", "permitted", "permitted"]


def test_a_clearance_is_told_with_its_reason(listed: str) -> None:
    put(listed, bearer(CRIMSON))
    cleared(listed, "crimson", CRIMSON)
    assert screening_notes(decided(listed, "crimson"))[1] == (
        "crimson matches 'Crimson Harbor Photonics' (EL:101, score 100, cleared by A. Lima): "
        "another town"
    )


def test_a_clearance_of_one_hit_leaves_the_others(listed: str) -> None:
    put(listed, party("twin", name=CRIMSON.name, aliases=[OCHRE.name]))
    cleared(listed, "twin", CRIMSON)
    assert outcome(listed, "twin") == "prohibited"
    cleared(listed, "twin", OCHRE)
    assert outcome(listed, "twin") == "permitted"


def test_a_clearance_of_one_party_clears_no_other(listed: str) -> None:
    put(listed, bearer(OCHRE), party("namesake", name=OCHRE.name))
    cleared(listed, "namesake", OCHRE)
    assert outcome(listed, "namesake") == "permitted"
    assert outcome(listed, "ochre") == "prohibited"


# ---- owners


def test_a_listed_owner_is_a_red_flag_that_a_person_resolves(listed: str) -> None:
    put(listed, bearer(OCHRE), owned("child", {"ochre": 10}), owned("grandchild", {"child": 5}))
    for name in ("child", "grandchild"):
        decision = decided(listed, name)
        assert decision.outcome == "unresolved"
        said = f"ochre matches '{OCHRE.name}' (DPL:301, score 100), an owner of {name}"
        assert said in decision.reasons[0]


def test_clearing_an_owners_hit_lifts_the_red_flag_of_that_party_alone(listed: str) -> None:
    put(listed, bearer(OCHRE), owned("child", {"ochre": 10}), owned("sister", {"ochre": 10}))
    cleared(listed, "child", OCHRE)
    assert outcome(listed, "child", "2025-08-31") == "unresolved"
    assert outcome(listed, "child") == "permitted"
    assert outcome(listed, "sister") == "unresolved"
    assert outcome(listed, "ochre") == "prohibited"


def test_clearing_the_owner_itself_lifts_the_red_flag_of_all(listed: str) -> None:
    put(listed, bearer(OCHRE), owned("child", {"ochre": 10}), owned("sister", {"ochre": 10}))
    cleared(listed, "ochre", OCHRE)
    assert [outcome(listed, name) for name in ("child", "sister", "ochre")] == ["permitted"] * 3


def test_clearing_an_owners_hit_leaves_the_affiliates_rule(listed: str) -> None:
    put(listed, bearer(CRIMSON), owned("child", {"crimson": 50}))
    day = "2025-10-15"
    assert outcome(listed, "child", day) == "license-required"
    cleared(listed, "child", CRIMSON, day)
    decision = decided(listed, "child", day)
    assert decision.outcome == "license-required"
    assert "a red flag" not in " ".join(decision.reasons)
    assert "50 % by crimson (listed)" in decision.reasons[0]
    cleared(listed, "crimson", CRIMSON, day)
    assert outcome(listed, "child", day) == "permitted"
