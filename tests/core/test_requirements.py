from ledger.core.requirements import Requirements
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
