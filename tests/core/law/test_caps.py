import pytest
from pydantic import ValidationError

from ledger.core.law.caps import Step, Window
from tests.core.builders import Fields, cap

STOCK: Fields = {"basis": "installed", "window": {"kind": "stock"}}
RATIO: Fields = {"percent": 50, "of_groups": ["g"], "to_values": ["US"]}
SINCE: Fields = {"kind": "period", "first_on": "2026-01-15"}


def test_an_allowance_is_an_amount_or_written_unlimited() -> None:
    assert Step.model_validate({"tpp": "unlimited"}).tpp is None
    assert Step.model_validate({"tpp": 790}).tpp == 7900
    with pytest.raises(ValidationError, match="expected TPP of 0 or more"):
        Step.model_validate({"tpp": -1})
    with pytest.raises(ValidationError, match="expected a number, found 'none'"):
        Step.model_validate({"tpp": "none"})
    with pytest.raises(ValidationError, match="Field required"):
        Step.model_validate({})


@pytest.mark.parametrize(
    ("window", "sentence"),
    [
        ({"kind": "rolling"}, "a rolling window, and no other, has days"),
        ({"kind": "stock", "days": 5}, "a rolling window, and no other, has days"),
        ({"kind": "period"}, "a period, and no other window, has first_on"),
        ({"kind": "lot", "first_on": "2025-01-01"}, "a period, and no other window, has first_on"),
        ({"kind": "rolling", "days": 0}, "greater than or equal to 1"),
    ],
)
def test_a_window_says_what_its_kind_needs(window: Fields, sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence):
        Window.model_validate(window)


@pytest.mark.parametrize(
    "rows",
    [
        {},
        {"allowance": [{"tpp": 1}], "of_licence_line": True},
        {"allowance": [{"tpp": 1}], "share": {"percent": 25}},
        {"share": {"percent": 25}, "of_licence_line": True},
        {"allowance": [{"tpp": 1}], "ratio": RATIO},
        {"share": {"percent": 25}, "ratio": RATIO},
    ],
)
def test_a_cap_has_one_kind_of_allowance(rows: Fields) -> None:
    with pytest.raises(ValidationError, match="a ratio or a licence line's balance: one of them"):
        cap(**(STOCK | rows))


@pytest.mark.parametrize("days", [("2025-04-01", "2025-01-01"), ("2025-01-01", "2025-01-01")])
def test_the_steps_of_an_allowance_stand_in_the_order_of_their_days(days: tuple[str, str]) -> None:
    steps = [{"from": day, "tpp": 1} for day in days]
    with pytest.raises(ValidationError, match="stand in the order of their days, each day once"):
        cap(allowance=steps)


@pytest.mark.parametrize(
    "rows", [{"basis": "exported", "window": {"kind": "stock"}}, {"basis": "installed"}]
)
def test_a_share_is_one_of_the_installed_stock(rows: Fields) -> None:
    with pytest.raises(ValidationError, match="a share is one of the installed stock"):
        cap(share={"percent": 7}, **rows)


@pytest.mark.parametrize("percent", ["0", "100", "-5"])
def test_a_share_is_between_nothing_and_all(percent: str) -> None:
    with pytest.raises(ValidationError, match="percent"):
        cap(share={"percent": percent}, basis="installed", window={"kind": "stock"})


@pytest.mark.parametrize(
    "per",
    [("end_user", "end_user"), ("family", "ultimate_parent"), ("ultimate_consignee", "family")],
)
def test_a_holder_names_each_key_once_and_one_owner(per: tuple[str, ...]) -> None:
    with pytest.raises(ValidationError, match="per names each key once"):
        cap(per=per, allowance=[{"tpp": 1}])


def test_only_the_balance_of_a_licence_line_is_held_per_line() -> None:
    for per, rows in (
        (("end_user",), {"of_licence_line": True}),
        (("reference", "line"), {"allowance": [{"tpp": 1}]}),
        (("reference",), {"of_licence_line": True}),
    ):
        with pytest.raises(ValidationError, match="is held per reference and line"):
            cap(per=per, **rows)


def test_a_ratio_is_held_per_device_and_nothing_else_is() -> None:
    found = cap(per=("device",), ratio=RATIO, window=SINCE).ratio
    assert found is not None
    assert (found.of_groups, found.to_values) == (("g",), ("US",))
    for per, rows in (
        (("end_user",), {"ratio": RATIO}),
        (("device",), {"allowance": [{"tpp": 1}]}),
    ):
        with pytest.raises(ValidationError, match="a ratio, and no other cap, is held per device"):
            cap(per=per, window=SINCE, **rows)


@pytest.mark.parametrize(
    "rows", [{"window": {"kind": "calendar-year"}}, {"basis": "licensed", "window": SINCE}, STOCK]
)
def test_a_ratio_is_one_of_what_was_exported_in_a_period(rows: Fields) -> None:
    with pytest.raises(ValidationError, match="a ratio is one of what was exported in a period"):
        cap(per=("device",), ratio=RATIO, **rows)


@pytest.mark.parametrize(
    "ratio", [{"percent": 0}, {"percent": "100.1"}, {"of_groups": []}, {"to_values": []}]
)
def test_a_ratio_has_a_percentage_and_two_sides(ratio: Fields) -> None:
    with pytest.raises(ValidationError, match="ratio"):
        cap(per=("device",), window=SINCE, ratio=RATIO | ratio)
