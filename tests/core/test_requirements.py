from typing import Any

import pytest

from ledger.core.candidates import Candidate
from ledger.core.footing import Footing
from ledger.core.requirements import Found, RequirementFound, Requirements
from tests.core.asking import situation
from tests.core.builders import LPP, NVEU, adopted, granted, pack_text, party

GAP = (
    '[[gap]]\nid = "toy/gap"\ntitle = "a letter"\ncite = "toy 1"\n'
    'when = [{ fact = "destination", values = ["BR"] }]\n'
)


def test_what_an_authorization_requires_is_found_once() -> None:
    asked = Requirements(situation(granted("n", NVEU, destinations=["BR"])))
    (row,) = (row for row in asked.situation.rules.authorizations if row.id == NVEU)
    found = asked.own(row)
    assert found is asked.own(row)
    assert {one.row for one in found} == {NVEU}
    held = next(one for one in found if one.fact == "status")
    assert (held.holds, held.sources) == (True, ("grant-n",))


def test_a_requirement_that_applies_to_other_lots_is_left_out() -> None:
    """That LPP is open in D:1 and D:4 is asked of lots to there alone."""

    def facts(headquarters: str, destination: str) -> set[str]:
        asked = Requirements(situation(headquarters=headquarters, destination=destination))
        (row,) = (row for row in asked.situation.rules.authorizations if row.id == LPP)
        return {one.fact for one in asked.own(row)}

    assert facts("SA", "SA") - facts("BR", "BR") == {"switch"}


def test_a_rule_that_asks_for_a_licence_closes_the_way_without_one() -> None:
    asked = Requirements(situation())
    (row,) = (
        row
        for row in asked.situation.rules.licence_requirements
        if row.id == "us-ear/worldwide-a-class"
    )
    found = asked.no_licence(row)
    assert found is asked.no_licence(row)
    assert (asked.asks(row), found.holds, found.row) == (True, False, row.id)
    assert found.found.startswith("it applies: ")


def test_a_rule_about_other_lots_does_not_ask() -> None:
    asked = Requirements(situation(party("home", headquarters="US"), ultimate_consignee="home"))
    rows = asked.situation.rules.licence_requirements
    found = {row.id: asked.no_licence(row) for row in rows if asked.asks(row) is False}
    assert found
    assert all(one.holds is True for one in found.values())
    assert all(one.found.startswith("it does not apply") for one in found.values())


def test_what_is_not_modelled_leaves_the_lots_that_it_is_about_open() -> None:
    gap = adopted(pack_text(GAP))
    here, there = (Requirements(situation(gap, destination=iso)).gaps for iso in ("BR", "CL"))
    assert [(one.row, one.holds, one.found) for one in here] == [
        ("toy/gap", None, "not modelled: a letter")
    ]
    assert there == ()


# ---- what is found once


FIELDS: dict[str, Any] = {
    "fact": "item_class",
    "needs": "an a-class item",
    "found": "a-class",
    "holds": True,
    "cite": "a test",
    "row": "us-ear/lpp",
    "sources": ("device-h100",),
}


def test_an_equal_finding_is_made_once() -> None:
    found = Found()
    one = found.requirement(**FIELDS)
    assert one == RequirementFound(**FIELDS)
    assert found.requirement(**FIELDS) is one


@pytest.mark.parametrize(
    "changed",
    [{field: "other"} for field in ("fact", "needs", "found", "cite", "row")]
    + [{"holds": None}, {"holds": False}, {"sources": ()}],
)
def test_a_finding_that_differs_in_anything_is_another(changed: dict[str, Any]) -> None:
    found = Found()
    found.requirement(**FIELDS)
    assert found.requirement(**FIELDS | changed) == RequirementFound(**FIELDS | changed)


def test_more_findings_than_are_kept_begin_anew() -> None:
    found = Found(most=1)
    one = found.requirement(**FIELDS)
    assert found.requirement(**FIELDS | {"holds": None}).holds is None
    again = found.requirement(**FIELDS)
    assert (again == one, again is one) == (True, False)


def test_lots_that_meet_the_same_share_what_was_found() -> None:
    found = Found()
    lots = [situation(party(name, headquarters="BR"), ultimate_consignee=name) for name in "ab"]
    first, second = (
        {
            one.authorization: one
            for one in Footing(Requirements(lot, found), "enforced").candidates
            if isinstance(one, Candidate)
        }
        for lot in lots
    )
    alone = Footing(Requirements(lots[1]), "enforced").candidates
    assert [one for one in alone if isinstance(one, Candidate)] == list(second.values())
    assert any(second[name] is one for name, one in first.items() if name in second)
