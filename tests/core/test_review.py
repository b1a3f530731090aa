import pytest

from ledger.core.events import AnyEvent
from ledger.core.law.row import Posture, Review
from ledger.core.review import licence_review
from ledger.core.situation import Situation
from ledger.core.usage import Tally
from tests.core.builders import (
    ALLOCATION,
    adopted,
    device,
    ledger_of,
    licence,
    pack_text,
    party,
    people,
    request,
)


def reviewed(
    *events: AnyEvent, headquarters: str = "BR", posture: Posture = "on-the-books", **lot: object
) -> tuple[Review | None, str | None]:
    ledger = ledger_of(*people("buyer", headquarters=headquarters), *events)
    situation = Situation(request(**lot), ledger, ledger.law)
    review, finding = licence_review(situation, Tally(ledger, ledger.law, situation.on), posture)
    return review, None if finding is None else finding.cap


@pytest.mark.parametrize(
    ("headquarters", "destination", "expected"),
    [
        ("BR", "CN", "presumption-of-denial"),
        ("BR", "MO", "presumption-of-denial"),
        ("CN", "DE", "presumption-of-denial"),
        ("BR", "DE", "presumption-of-approval"),
        ("DE", "BR", "presumption-of-approval"),
    ],
)
def test_the_first_fitting_policy_decides(
    headquarters: str, destination: str, expected: str
) -> None:
    found = reviewed(headquarters=headquarters, destination=destination)
    assert found == (expected, None)


def test_elsewhere_the_allocation_decides_and_is_shown() -> None:
    assert reviewed() == ("presumption-of-approval", ALLOCATION)
    granted = licence(quantity=49000)
    assert reviewed(granted, quantity=898) == ("presumption-of-approval", ALLOCATION)
    assert reviewed(granted, quantity=899) == ("policy-of-denial", ALLOCATION)


def test_an_open_fact_leaves_the_review_open() -> None:
    assert reviewed(headquarters="unknown") == (None, None)
    assert reviewed(destination="GL") == (None, None)


def test_a_parent_abroad_that_nobody_knows_leaves_the_review_open() -> None:
    orphan = party("sub", ultimate_parent="unknown")
    assert reviewed(orphan, ultimate_consignee="sub", end_user="sub") == (None, None)


def test_a_day_without_a_figure_of_the_allocation_has_no_review() -> None:
    assert reviewed(on="2027-12-31") == ("presumption-of-approval", ALLOCATION)
    assert reviewed(on="2028-01-01") == (None, None)


def test_days_and_postures_that_nobody_knows_have_no_review() -> None:
    assert reviewed(on="2025-05-14") == (None, None)
    assert reviewed(posture="enforced") == (None, None)


TOY = """[[provision]]
id = "toy/act"
title = "an act"
cite = "toy 1"
published_on = 2025-01-01
effective_on = 2025-01-01
compliance_on = 2025-05-01

[[coverage]]
id = "toy"
cite = "toy 1"
posture = "enforced"

[[licence_requirement]]
id = "toy/asked"
title = "a licence"
provision = "toy/act"
cite = "toy 1"
when = [{ fact = "destination", values = ["BR", "CL"] }]

[[review]]
id = "toy/review"
provision = "toy/act"
order = 99
cite = "toy 1"
when = [{ fact = "destination", values = ["BR", "DE"] }]
within = "case-by-case"
"""


def test_a_policy_of_a_provision_that_does_not_decide_is_passed_over() -> None:
    pack = adopted(pack_text(TOY))
    assert reviewed(pack, posture="enforced") == ("case-by-case", None)
    assert reviewed(pack) == ("presumption-of-approval", ALLOCATION)


def test_where_no_policy_fits_the_review_is_open() -> None:
    pack = adopted(pack_text(TOY))
    assert reviewed(pack, posture="enforced", destination="CL") == (None, None)


def test_a_lot_that_no_rule_asks_a_licence_of_has_no_review() -> None:
    pack = adopted(pack_text(TOY))
    assert reviewed(pack, posture="enforced", destination="DE") == (None, None)
    plain = device("plain", "1000", performance_density="1")
    assert reviewed(plain, device="plain", destination="CN") == (None, None)


def test_a_lot_whose_class_is_not_known_has_no_review_yet() -> None:
    dark = device("dark", "3000", performance_density=None)
    for destination in ("BR", "CN", "DE"):
        assert reviewed(dark, device="dark", destination=destination) == (None, None)
