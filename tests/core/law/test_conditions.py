from decimal import Decimal

import pytest
from pydantic import ValidationError

from ledger.core.law.conditions import EVERYONE, Exemption
from ledger.core.law.conditions import Test as FactTest


def test_a_test_of_a_switch_and_no_other_names_one() -> None:
    for fields in ({"fact": "switch"}, {"fact": "destination", "switch": "s"}):
        with pytest.raises(ValidationError, match="a test of a switch, and no other, names"):
            FactTest.model_validate(fields)
    assert FactTest.model_validate({"fact": "switch", "switch": "s"}).switch == "s"


def test_a_test_of_an_amount_and_no_other_has_bounds() -> None:
    for fields in (
        {"fact": "dram_bandwidth"},
        {"fact": "ic_tpp", "values": ["21000"]},
        {"fact": "destination", "at_least": 1400},
        {"fact": "item_class", "below": 1400},
    ):
        with pytest.raises(ValidationError, match="a test of ic_tpp or dram_bandwidth, and no oth"):
            FactTest.model_validate(fields)
    found = FactTest.model_validate({"fact": "dram_bandwidth", "at_least": "1400.5"})
    assert (found.at_least, found.below) == (Decimal("1400.5"), None)
    assert FactTest.model_validate({"fact": "ic_tpp", "below": 21000}).below == 21000


def test_a_test_of_affiliates_and_no_other_says_how_much_is_held() -> None:
    for fields in ({"fact": "affiliate"}, {"fact": "screening", "percent": 50}):
        with pytest.raises(
            ValidationError, match="a test of affiliate, and no other, says percent"
        ):
            FactTest.model_validate(fields)
    assert FactTest.model_validate({"fact": "affiliate", "percent": "33.3"}).percent == Decimal(
        "33.3"
    )


@pytest.mark.parametrize(("percent", "good"), [("0", False), ("100", True), ("100.1", False)])
def test_a_percentage_is_above_nothing_and_at_most_all(percent: str, *, good: bool) -> None:
    fields = {"fact": "affiliate", "percent": percent}
    if good:
        assert FactTest.model_validate(fields).percent == Decimal(percent)
        return
    with pytest.raises(ValidationError, match="percent"):
        FactTest.model_validate(fields)


def test_everyone_is_every_role_that_a_test_can_name() -> None:
    assert FactTest.model_validate({"fact": "screening", "of": EVERYONE}).of == EVERYONE
    with pytest.raises(ValidationError, match="of"):
        FactTest.model_validate({"fact": "screening", "of": ["carrier"]})


def test_an_exemption_says_when_it_holds() -> None:
    with pytest.raises(ValidationError, match="when"):
        Exemption.model_validate({"cite": "c", "when": []})
