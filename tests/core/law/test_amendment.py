from typing import Any

import pytest
from pydantic import ValidationError

from ledger.core.errors import InvalidInput
from ledger.core.law.amendment import ROW_KINDS, Amendment, check_apart
from ledger.core.law.pack import ROWS
from tests.core.builders import TABLE
from tests.core.law.test_amending import FRAMEWORK, PARTNERS, SHARE, change


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"kind": "table", "allowance_tpp": 1}, "'table' is no kind of row: use one of provision"),
        ({"kind": "group", "allowance_tpp": 1}, "allowance_tpp changes a cap, not a group"),
        ({"add": ["AE"]}, "add changes a group, not a cap"),
        ({}, "says of nothing how it changes"),
        ({"ends_on": "2026-01-01", "allowance_tpp": 1}, "ends_on stands alone"),
        ({"ends_on": "2025-06-01"}, "ends_on stands alone"),
        ({"ends_on": "2026-01-01", "until": "2027-01-01"}, "ends_on stands alone"),
        ({"allowance_tpp": 1, "allowance_percent": 5}, "says twice how allowance changes"),
        ({"allowance_tpp": 1, "set": {"allowance": []}}, "says twice how allowance changes"),
        ({"percent": 5, "set": {"share": {"percent": 5}}}, "says twice how percent changes"),
        ({"set": {"note": "x"}, "clear": ["note"]}, "says twice how note changes"),
        ({"set": {"id": "x"}}, "from, id, until, valid_from of a row do not change"),
        ({"clear": ["until"]}, "of a row do not change"),
        ({"allowance_tpp": 1, "from": None}, "from is missing"),
        ({"allowance_tpp": 1, "until": "2026-01-01"}, "must come after 2026-01-01"),
        ({"allowance_percent": -1}, "greater than or equal to 0"),
        ({"percentage": 1}, "Extra inputs"),
    ],
)
def test_a_change_that_says_nothing_clear_is_refused(fields: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Amendment.model_validate({"kind": "cap", "row": TABLE, "from": "2026-01-01", **fields})


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"add": ["AE"], "remove": ["AE"]}, "says twice how member AE changes"),
        ({"add": ["AE"], "set": {"members": ["AU"]}}, "says twice how member AE changes"),
        ({"add": ["AE", "AE"]}, "says twice how member AE changes"),
    ],
)
def test_a_member_is_told_once(fields: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        change("group", PARTNERS, begins="2026-01-01", **fields)


def test_a_provision_is_told_once_whether_it_is_enforced() -> None:
    for fields in ({"suspended_on": "2026-01-01"}, {"clear": ["suspended_on"]}):
        with pytest.raises(ValidationError, match="says twice how suspended_on changes"):
            change("provision", FRAMEWORK, begins="2026-01-01", enforced=True, **fields)
    both = change(
        "provision", FRAMEWORK, begins="2026-01-01", clear=["suspended_on", "suspended_by"]
    )
    assert both.touches == {"suspended_on"}


def test_changes_of_the_same_days_of_a_field_overlap() -> None:
    first = change("cap", TABLE, begins="2026-01-01", until="2026-07-01", allowance_tpp=1)
    check_apart([first, change("cap", TABLE, begins="2026-07-01", allowance_percent=50)])
    check_apart([first, change("cap", SHARE, begins="2026-03-01", percent=50)])
    check_apart([first, change("cap", TABLE, begins="2026-03-01", set={"note": "x"})])
    with pytest.raises(InvalidInput) as refused:
        check_apart([first, change("cap", TABLE, begins="2026-06-30", allowance_percent=50)])
    assert refused.value.sentence == (
        f"cap {TABLE}: two changes of allowance overlap: from 2026-01-01 and from 2026-06-30. "
        "End the earlier one with until, or leave one of them out."
    )
    joins = change("group", PARTNERS, begins="2026-01-01", add=["AE"])
    check_apart([joins, change("group", PARTNERS, begins="2026-01-01", add=["SA"])])
    with pytest.raises(InvalidInput, match="two changes of member AE overlap"):
        check_apart([joins, change("group", PARTNERS, begins="2026-03-01", remove=["AE"])])
    with pytest.raises(InvalidInput, match="two changes of allowance, ends_on overlap"):
        check_apart([first, change("cap", TABLE, ends_on="2026-03-01")])


def test_every_kind_of_row_can_be_named() -> None:
    assert set(ROW_KINDS.values()) == set(ROWS)


def test_the_published_form_of_a_change_names_one_row_by_its_kind() -> None:
    schema = Amendment.model_json_schema()
    assert {"cap", "group", "provision", "from", "allowance_tpp"} <= set(schema["properties"])
    assert not {"kind", "row"} & set(schema["properties"])
    assert [one["required"] for one in schema["oneOf"]] == [[kind] for kind in ROW_KINDS]
    assert Amendment.model_validate({"cap": TABLE, "from": "2026-01-01", "allowance_tpp": 1}) == (
        change("cap", TABLE, begins="2026-01-01", allowance_tpp=1)
    )
    with pytest.raises(ValidationError, match="valid dictionary"):
        Amendment.model_validate("cap")
    for rows_named, said in (({}, "none of them"), ({"cap": "a", "group": "b"}, "group and cap")):
        with pytest.raises(ValidationError, match=f"names one row, .*; found {said}"):
            Amendment.model_validate(rows_named)
