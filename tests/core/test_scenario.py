from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from ledger.core.law.amendment import Amendment
from ledger.core.scenario import Adoption, Breaches, Headroom, PackEnd, Reading, Scenario

CAP = {"cap": "us-ear/nveu/company-country", "from": "2026-07-01", "allowance_tpp": 5}


def scenario(**fields: Any) -> Scenario:  # noqa: ANN401 -- as files hold it
    return Scenario.model_validate({"title": "one", **fields})


@pytest.mark.parametrize(
    ("change", "form"),
    [
        (CAP, Amendment),
        ({"switch": "us-ear/x", "set": {"unset": "yes"}, "from": "2026-07-01"}, Amendment),
        ({"switch": "us-ear/x", "value": "yes", "from": "2026-07-01"}, Reading),
        ({"adopt": "house.toml"}, Adoption),
        ({"pack": "us-ear/parties", "ends_on": "2027-01-01"}, PackEnd),
    ],
)
def test_a_change_of_the_law_is_read_by_the_keys_that_it_has(
    change: dict[str, Any], form: type[object]
) -> None:
    (found,) = scenario(law=[change]).law
    assert type(found) is form
    assert scenario(law=[found]).law == (found,)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"law": ["us-ear/nveu"]}, "valid dictionary or instance"),
        ({"law": [{"allowance_tpp": 5}]}, "names one row"),
        ({"base": {"head": "first"}}, "base.head"),
        ({"base": {"posture": "perhaps"}}, "base.posture"),
        ({"swap": [{"device": "a", "by": "b", "keep": "value"}]}, "keep"),
        ({"question": [{"ask": "decide", "lots": []}]}, "at least 1 item"),
        ({"question": [{"ask": "breaches", "name": "x"}] * 2}, "two questions have the same name"),
    ],
)
def test_what_cannot_be_meant_is_refused(fields: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        scenario(**fields)


def test_two_questions_may_go_without_a_name() -> None:
    assert len(scenario(question=[{"ask": "breaches"}] * 2).questions) == 2


def test_a_scenario_stands_on_the_one_that_it_extends() -> None:
    earlier = scenario(
        base={"posture": "enforced"},
        law=[CAP],
        event=[{"kind": "a"}],
        question=[{"ask": "breaches"}],
    )
    later = scenario(
        extends="earlier.toml",
        law=[{"adopt": "house.toml"}],
        swap=[{"device": "a", "by": "b"}],
        event=[{"kind": "b"}],
    )
    both = later.on(earlier)
    assert [type(one) for one in both.law] == [Amendment, Adoption]
    assert [one["kind"] for one in both.events] == ["a", "b"]
    assert (len(both.swaps), both.base.posture, both.extends) == (1, "enforced", None)
    assert both.questions == (Breaches(),)
    own = scenario(base={"head": 5}, question=[{"ask": "headroom", "days": ["2026-01-01"]}])
    again = own.on(earlier)
    assert (again.base.head, again.base.posture) == (5, None)
    assert again.questions == (Headroom(days=(date(2026, 1, 1),)),)
