from datetime import date

import pytest
from pydantic import ValidationError

from ledger.core.law.rows import Group, Named, Provision, ReviewPolicy
from tests.core.builders import Fields, on

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


def test_a_stay_takes_the_text_itself_out_of_effect_for_its_days() -> None:
    row = provision(stayed_on="2025-11-10", stayed_until="2026-11-10")
    days = ["2025-11-09", "2025-11-10", "2026-11-09", "2026-11-10"]
    assert [row.stayed(on(day)) for day in days] == [False, True, True, False]
    assert [row.on_the_books(on(day)) for day in days] == [True, False, False, True]
    assert [row.enforced(on(day)) for day in days] == [True, False, False, True]
    assert not provision().stayed(on("2025-11-10"))


def test_a_stay_without_an_end_goes_on() -> None:
    assert provision(stayed_on="2025-11-10").stayed(date(9999, 12, 30))


def test_members_are_written_plainly_or_with_days_of_their_own() -> None:
    members = ["AU", {"iso": "KH", "until": "2026-02-03", "evidence": "UNCONFIRMED"}]
    group = Group.model_validate({"id": "g", "cite": "c", "title": "t", "members": members})
    assert [m.iso for m in group.members] == ["AU", "KH"]
    assert group.members[0].valid_from == date.min
    assert group.members[1].until == on("2026-02-03")
    with pytest.raises(ValidationError, match="members"):
        Group.model_validate({"id": "g", "cite": "c", "title": "t", "members": "AU"})


def test_a_review_with_a_cap_says_what_holds_beyond_it() -> None:
    review: Fields = {"id": "r", "cite": "c", "order": 1, "provision": "p", "when": []}
    review |= {"within": "case-by-case"}
    for half in ({"cap": "c"}, {"beyond": "policy-of-denial"}):
        with pytest.raises(ValidationError, match="cap and beyond go together"):
            ReviewPolicy.model_validate(review | half)
    both: Fields = {"cap": "c", "beyond": "policy-of-denial"}
    assert ReviewPolicy.model_validate(review | both).beyond == "policy-of-denial"


# ---- parties that the law names


def named(**fields: object) -> Named:
    return Named.model_validate(fields)


def test_a_listed_party_is_given_by_its_names_or_by_kind_and_seat() -> None:
    assert named(names=["Ames"]).subsidiaries is False
    assert named(party_kind="government", headquarters="AE").names == ()


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"party_kind": "government"},
        {"headquarters": "AE"},
        {"names": ["Ames"], "party_kind": "company", "headquarters": "US"},
    ],
)
def test_a_listed_party_given_by_neither_or_both_is_refused(fields: Fields) -> None:
    with pytest.raises(ValidationError, match="by names, or by party_kind and headquarters"):
        named(**fields)
