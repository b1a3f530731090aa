from datetime import date
from decimal import Decimal

import pytest
from pydantic import ValidationError

from ledger.core.deals import Deal


def deal(**changes: object) -> Deal:
    fields: dict[str, object] = {
        "deal": "D-1",
        "exporter": "seller",
        "end_user": "buyer",
        "destination": "BR",
        "device": "nvidia-h200",
        "quantity": 100,
        "earliest": "2026-07-01",
        "latest": "2026-12-31",
    }
    return Deal.model_validate({**fields, **changes})


def test_the_end_user_owns_what_it_uses_unless_another_owner_is_named() -> None:
    assert deal().ultimate_consignee == "buyer"
    assert deal(ultimate_consignee="owner").ultimate_consignee == "owner"


@pytest.mark.parametrize(
    ("written", "meant"),
    [("0.6", "0.6"), ("60%", "0.6"), ("12.5 %", "0.125"), (1, "1"), ("0", "0")],
)
def test_a_probability_is_a_share_or_a_percentage(written: object, meant: str) -> None:
    assert deal(probability=written).probability == Decimal(meant)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"probability": "1.2"},
            "a probability from 0 to 1, or a percentage such as 60%, found 1.2",
        ),
        ({"probability": "120%"}, "found 120%"),
        ({"probability": "often"}, "expected a number"),
        ({"priority": 0}, "a priority of 1 or more"),
        ({"value": "-1"}, "greater than or equal to 0"),
        ({"latest": "2026-06-30"}, "latest 2026-06-30 comes before earliest 2026-07-01"),
        ({"instead": [{"device": "nvidia-h200", "quantity": 1}]}, "a device stands twice"),
    ],
)
def test_what_cannot_be_meant_is_refused(changes: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        deal(**changes)


def test_a_deal_without_an_end_user_says_so() -> None:
    fields = deal().model_dump(exclude={"end_user", "ultimate_consignee"})
    with pytest.raises(ValidationError, match="end_user"):
        Deal.model_validate(fields)
    with pytest.raises(ValidationError, match="valid dictionary"):
        Deal.model_validate("D-1")


def test_a_deal_asks_for_all_of_it_or_for_some_units_of_another_device() -> None:
    one = deal(instead=[{"device": "nvidia-b200", "quantity": 40}], authorization="us-ear/lpp")
    assert one.devices == {"nvidia-h200": 100, "nvidia-b200": 40}
    whole = one.request(date(2026, 7, 1))
    assert (whole.device, whole.quantity, whole.authorization) == (
        "nvidia-h200",
        100,
        "us-ear/lpp",
    )
    assert whole.transaction == "export"
    assert one.request(date(2026, 7, 1), "nvidia-b200").quantity == 40
    assert one.request(date(2026, 7, 1), "nvidia-b200", 7).quantity == 7
