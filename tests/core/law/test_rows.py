from datetime import date
from decimal import Decimal

import pytest
from pydantic import ValidationError

from ledger.core.law.caps import Step, Window
from ledger.core.law.conditions import Test as FactTest
from ledger.core.law.rows import Due, Group, Provision, ReviewPolicy
from tests.core.builders import Fields, cap, on

PROVISION: Fields = {
    "id": "p",
    "cite": "90 FR 4544",
    "title": "a framework",
    "published_on": "2025-01-15",
    "effective_on": "2025-01-13",
    "compliance_on": "2025-05-15",
}


def provision(**more: object) -> Provision:
    return Provision.model_validate(PROVISION | more)


def test_a_row_is_in_force_from_its_first_day_to_the_day_before_its_end() -> None:
    row = cap(allowance=[{"tpp": 1}], **{"from": "2025-01-01", "until": "2026-01-01"})
    days = ["2024-12-31", "2025-01-01", "2025-12-31", "2026-01-01"]
    assert [row.in_force(on(day)) for day in days] == [False, True, True, False]


def test_a_provision_decides_on_the_books_from_compliance_until_it_is_rescinded() -> None:
    row = provision(rescinded_on="2026-02-01")
    days = ["2025-05-14", "2025-05-15", "2026-01-31", "2026-02-01"]
    assert [row.on_the_books(on(day)) for day in days] == [False, True, True, False]
    assert provision().on_the_books(date.max)


def test_a_provision_is_enforced_while_it_is_on_the_books_and_not_suspended() -> None:
    row = provision(suspended_on="2025-07-01")
    days = ["2025-05-14", "2025-05-15", "2025-06-30", "2025-07-01"]
    assert [row.enforced(on(day)) for day in days] == [False, True, True, False]
    assert row.on_the_books(on("2025-07-01"))
    assert provision().enforced(date.max)


def test_members_are_written_plainly_or_with_days_of_their_own() -> None:
    members = ["AU", {"iso": "KH", "until": "2026-02-03", "evidence": "UNCONFIRMED"}]
    group = Group.model_validate({"id": "g", "cite": "c", "title": "t", "members": members})
    assert [m.iso for m in group.members] == ["AU", "KH"]
    assert group.members[0].valid_from == date.min
    assert group.members[1].until == on("2026-02-03")
    with pytest.raises(ValidationError, match="members"):
        Group.model_validate({"id": "g", "cite": "c", "title": "t", "members": "AU"})


def test_a_test_of_a_switch_and_no_other_names_one() -> None:
    for fields in ({"fact": "switch"}, {"fact": "destination", "switch": "s"}):
        with pytest.raises(ValidationError, match="a test of a switch, and no other, names"):
            FactTest.model_validate(fields)
    assert FactTest.model_validate({"fact": "switch", "switch": "s"}).switch == "s"


def test_a_test_of_the_bandwidth_and_no_other_says_how_much() -> None:
    for fields in ({"fact": "dram_bandwidth"}, {"fact": "destination", "at_least": 1400}):
        with pytest.raises(ValidationError, match="a test of dram_bandwidth, and no other, says"):
            FactTest.model_validate(fields)
    found = FactTest.model_validate({"fact": "dram_bandwidth", "at_least": "1400.5"})
    assert found.at_least == Decimal("1400.5")


@pytest.mark.parametrize("text", ["02-29", "13-01", "00-10", "04-31"])
def test_a_day_of_the_year_is_one_that_every_year_has(text: str) -> None:
    for field in ("half_year_report", "next_of"):
        with pytest.raises(ValidationError, match="expected a day that every year has, as MM-DD"):
            Due.model_validate({field: [text]})


@pytest.mark.parametrize("text", ["2-1", "02-1", "2025-02-01", "", 201])
def test_a_day_of_the_year_has_one_form(text: object) -> None:
    with pytest.raises(ValidationError, match="expected a day of the year as MM-DD"):
        Due.model_validate({"next_of": [text]})


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
    ],
)
def test_a_cap_has_one_kind_of_allowance(rows: Fields) -> None:
    stock: Fields = {"basis": "installed", "window": {"kind": "stock"}}
    with pytest.raises(ValidationError, match="an allowance, a share or the balance of a licence"):
        cap(**(stock | rows))


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


def test_a_review_with_a_cap_says_what_holds_beyond_it() -> None:
    review: Fields = {"id": "r", "cite": "c", "order": 1, "provision": "p", "when": []}
    review |= {"within": "case-by-case"}
    for half in ({"cap": "c"}, {"beyond": "policy-of-denial"}):
        with pytest.raises(ValidationError, match="cap and beyond go together"):
            ReviewPolicy.model_validate(review | half)
    both: Fields = {"cap": "c", "beyond": "policy-of-denial"}
    assert ReviewPolicy.model_validate(review | both).beyond == "policy-of-denial"
