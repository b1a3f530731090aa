from datetime import date
from itertools import permutations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.core.errors import InvalidRulePack
from ledger.core.law.law import Law, both, check_fits, every, negated, some
from ledger.core.law.pack import digest, read
from tests.core.builders import house, law_of, ledger_of, on, pack_text

RANK = {False: 0, None: 1, True: 2}
"""Kleene's logic: or is the greater, and the lesser, of false < unknown < true."""

verdicts = st.lists(st.sampled_from([True, False, None]), max_size=5)
VALUES = (True, False, None)


def lasting(**ids: str) -> str:
    """Groups by id, each with the rest of its rows."""
    return "\n".join(
        f'[[group]]\nid = "{name}"\ntitle = "t"\ncite = "c"\n{rows}' for name, rows in ids.items()
    )


def authorization(rows: str) -> str:
    head = '[[authorization]]\nid = "a"\ntitle = "t"\ncite = "c"\norder = 1\nkind = "exception"\n'
    return head + rows


REQUIREMENT = """[[authorization.requirements]]
fact = "destination"
needs = "a place"
cite = "c"
"""
CAP = """[[cap]]
id = "c"
title = "t"
cite = "c"
per = ["family"]
basis = "installed"
window = { kind = "stock" }
"""


PROVISION = """[[provision]]
id = "act"
title = "an act"
cite = "toy 1"
published_on = 2025-01-01
effective_on = 2025-01-01
compliance_on = 2025-01-01
"""
YEARLY = """per = ["end_user"]
basis = "exported"
window = { kind = "calendar-year" }
allowance = [{ tpp = 1 }]
"""


# ---- three-valued logic


TABLE_OF_AND = {
    (True, True): True,
    (True, None): None,
    (True, False): False,
    (None, None): None,
    (None, False): False,
    (False, False): False,
}


@pytest.mark.parametrize(("left", "right"), list(product(VALUES, VALUES)))
def test_and_of_two_is_its_truth_table(*, left: bool | None, right: bool | None) -> None:
    expected = TABLE_OF_AND.get((left, right), TABLE_OF_AND.get((right, left)))
    assert both(left, right) is expected
    assert every([left, right]) is expected


def test_not_is_its_truth_table() -> None:
    assert [negated(value) for value in (True, False, None)] == [False, True, None]


@given(verdicts)
def test_every_and_some_are_the_least_and_the_greatest(found: list[bool | None]) -> None:
    assert every(found) is min([True, *found], key=RANK.__getitem__)
    assert some(found) is max([False, *found], key=RANK.__getitem__)


@given(verdicts)
def test_some_is_not_every_not(found: list[bool | None]) -> None:
    assert some(found) is negated(every(negated(one) for one in found))


def test_of_nothing_every_holds_and_some_does_not() -> None:
    assert every([]) is True
    assert some([]) is False


@given(verdicts)
def test_the_order_of_verdicts_does_not_matter(found: list[bool | None]) -> None:
    assert len({every(order) for order in permutations(found[:4])}) == 1
    assert len({some(order) for order in permutations(found[:4])}) == 1


# ---- groups


def test_membership_has_days() -> None:
    law = law_of(lasting(g='members = [{ iso = "KH", from = 2025-01-01, until = 2026-02-03 }]'))
    days = ["2024-12-31", "2025-01-01", "2026-02-02", "2026-02-03"]
    assert [law.is_member("g", "KH", on(day)) for day in days] == [False, True, True, False]


def test_an_unconfirmed_membership_is_unknown() -> None:
    rows = 'members = ["AU", { iso = "GL", evidence = "UNCONFIRMED" }]'
    law = law_of(lasting(g=rows, h='evidence = "UNCONFIRMED"\nmembers = ["AU"]'))
    assert [law.is_member("g", iso, on("2025-01-01")) for iso in ("AU", "GL", "BR")] == [
        True,
        None,
        False,
    ]
    assert law.is_member("h", "AU", on("2025-01-01")) is None


def test_a_member_may_be_better_attested_than_its_group() -> None:
    rows = 'evidence = "UNCONFIRMED"\nmembers = [{ iso = "AU", evidence = "text" }]'
    assert law_of(lasting(g=rows)).is_member("g", "AU", on("2025-01-01")) is True


def test_a_group_is_a_union_of_groups_less_others() -> None:
    law = law_of(
        lasting(
            a='members = ["AA", "AB", "AC"]',
            b='members = ["AB", { iso = "AC", evidence = "UNCONFIRMED" }]',
            c='union = ["a"]\nminus = ["b"]\nmembers = ["AD"]',
        )
    )
    found = [law.is_member("c", iso, on("2025-01-01")) for iso in ("AA", "AB", "AC", "AD", "AE")]
    assert found == [True, False, None, True, False]


def test_a_group_is_empty_outside_its_days() -> None:
    law = law_of(lasting(g='from = 2025-01-13\nmembers = ["AU"]'))
    assert law.is_member("g", "AU", on("2025-01-12")) is False
    assert law.is_member("g", "AU", on("2025-01-13")) is True
    assert law.is_member("nowhere", "AU", on("2025-01-13")) is False


def test_the_turning_days_of_a_group_include_those_of_its_parts() -> None:
    law = law_of(
        lasting(
            a='members = [{ iso = "AE", until = 2026-07-10 }]',
            b='members = [{ iso = "KH", from = 2026-02-03 }]',
            c='from = 2025-01-13\nunion = ["a"]\nminus = ["b"]\nmembers = ["AU"]',
        )
    )
    assert law.turning_days("c") == {on("2025-01-13"), on("2026-07-10"), on("2026-02-03")}
    assert law.turning_days("nowhere") == set()


def test_the_places_of_the_standard_groups_change_on_their_days() -> None:
    law = ledger_of().law
    assert law.is_member("us-ear/d5-or-macau", "KH", on("2026-02-02")) is True
    assert law.is_member("us-ear/d5-or-macau", "KH", on("2026-02-03")) is False
    assert law.is_member("us-ear/d5-or-macau", "MO", on("2026-02-03")) is True
    assert law.is_member("D:5", "MO", on("2026-02-03")) is False
    assert law.is_member("us-ear/d5-or-macau", "HK", on("2026-02-03")) is True
    assert law.is_member("us-ear/d1-d4-d5", "AE", on("2026-07-09")) is True
    assert law.is_member("us-ear/d1-d4-d5", "AE", on("2026-07-10")) is False


# ---- packs together


@pytest.mark.parametrize(
    ("rows", "row"),
    [
        (lasting(g='union = ["x"]'), "g"),
        (lasting(g='minus = ["x"]'), "g"),
        (CAP + 'share = { percent = 7, outside_groups = ["x"] }', "c"),
        (CAP + 'allowance = [{ tpp = 1 }]\ncounts = { not_headquartered_in = "x" }', "c"),
        (CAP + 'allowance = [{ tpp = 1 }]\nwhen = [{ fact = "destination", groups = ["x"] }]', "c"),
        (authorization(REQUIREMENT + 'groups = ["x"]'), "a"),
        (authorization(REQUIREMENT + 'not_groups = ["x"]'), "a"),
        (authorization(REQUIREMENT + 'when = [{ fact = "location", groups = ["x"] }]'), "a"),
        (
            (
                '[[licence_requirement]]\nid = "l"\ntitle = "t"\ncite = "c"\nprovision = "act"\n'
                'when = [{ fact = "destination", groups = ["x"] }]'
            ),
            "l",
        ),
        (
            (
                '[[review]]\nid = "r"\ncite = "c"\nprovision = "act"\norder = 1\n'
                'within = "case-by-case"\nwhen = [{ fact = "destination", groups = ["x"] }]'
            ),
            "r",
        ),
        (
            (
                '[[gap]]\nid = "y"\ntitle = "t"\ncite = "c"\n'
                'when = [{ fact = "destination", groups = ["x"] }]'
            ),
            "y",
        ),
    ],
)
def test_a_row_that_names_a_missing_group_is_found_on_adoption(rows: str, row: str) -> None:
    with pytest.raises(InvalidRulePack, match=f"{row} names the group 'x', which no adopted pack"):
        law_of(PROVISION, rows)
    law_of(PROVISION, lasting(x='members = ["AU"]'), rows)


def test_rows_of_all_packs_stand_together_in_their_order() -> None:
    second = authorization("").replace('"a"', '"b"').replace("order = 1", "order = 2")
    law = law_of(second, authorization("until = 2026-01-01\n"))
    assert [row.id for row in law.authorizations(on("2025-12-31"))] == ["a", "b"]
    assert [row.id for row in law.authorizations(on("2026-01-01"))] == ["b"]
    assert law.authorization_ids() == ["a", "b"]


def test_rows_of_every_kind_are_asked_for_a_day() -> None:
    law = ledger_of().law
    assert [row.id for row in law.classes(on("2025-09-01"))] == ["a-class", "b-class"]
    assert [row.id for row in law.classes(on("2023-11-16"))] == ["a-class"]
    assert law.classes(on("2022-10-20")) == []
    worldwide = "us-ear/worldwide-a-class"
    days = (on("2025-01-12"), on("2025-01-13"))
    asking = [[row.id for row in law.licence_requirements(day)] for day in days]
    assert [worldwide in ids for ids in asking] == [False, True]
    assert law.licence_requirements(on("2022-10-20")) == []
    orders = [row.order for row in law.reviews(on("2025-09-01"))]
    assert orders == sorted(orders) != []
    assert law.reviews(on("2022-10-20")) == []
    assert "us-ear/lpp/report" in {row.id for row in law.duties(on("2025-09-01"))}
    letters = "us-ear/gap/company-letters-destination"
    gaps = [{row.id for row in law.gaps(on(day))} for day in ("2025-04-08", "2025-04-09")]
    assert [letters in ids for ids in gaps] == [False, True]
    ascend = "us-ear/stop/general-prohibition-10"
    stops = [{row.id for row in law.stops(on(day))} for day in ("2025-05-12", "2025-05-13")]
    assert [ascend in ids for ids in stops] == [False, True]
    free = "us-ear/uae-licence-free"
    listings = [{row.id for row in law.listings(on(day))} for day in ("2026-07-09", "2026-07-10")]
    assert [free in ids for ids in listings] == [False, True]
    guidance = "us-ear/remark/headquarters-guidance"
    remarks = [{row.id for row in law.remarks(on(day))} for day in ("2026-05-30", "2026-05-31")]
    assert [guidance in ids for ids in remarks] == [False, True]
    assert "us-ear/ai-diffusion" in {row.id for row in law.provisions}
    assert "us-ear/advanced-computing/enforced" in {row.id for row in law.coverage}
    assert "us-ear/lpp-in-d1-d4" in law.switches


def test_versions_of_a_cap_stand_in_the_order_of_their_days() -> None:
    dated = CAP + "allowance = [{ tpp = 1 }]\n"
    law = law_of(dated + "from = 2026-01-01\n" + dated + "until = 2026-01-01\n")
    assert [cap.valid_from for cap in law.versions("c")] == [date.min, on("2026-01-01")]
    assert law.versions("nothing") == []


def test_a_later_catalogue_overrides_an_earlier_one() -> None:
    row = '[[device]]\ndevice = "d"\nunit_tpp = {}\ndata_center = true\nsource = "s"\n'
    row += 'confidence = "high"\n'
    law = law_of(row.format(10), row.format(20))
    assert str(law.catalogue["d"].unit_tpp) == "20"


def test_a_row_leads_to_the_pack_that_holds_it() -> None:
    law = ledger_of(house(YEARLY)).law
    assert getattr(law.pack_of("house/cap-1"), "pack", None) == "house"
    assert getattr(law.pack_of("us-ear/lpp"), "pack", None) == "us-ear/ai-diffusion"
    assert law.pack_of("nowhere") is None


# ---- a pack that is to join them


def joining(body: str, *others: str, pack: str = "toy-0") -> None:
    """Check a pack of the given name against a law of packs named toy-0, toy-1 and so on."""
    text = pack_text(body, pack=pack)
    check_fits(read(text), digest(text), law_of(*others), where="new.toml")


def test_a_pack_may_bring_rows_of_its_own_and_replace_its_earlier_version() -> None:
    joining(lasting(g=""), pack="new")
    joining(lasting(g='members = ["AU"]'), lasting(g=""))
    joining(lasting(h='union = ["g"]'), lasting(g=""), pack="new")


def test_a_pack_may_not_take_the_id_of_another_packs_row() -> None:
    with pytest.raises(InvalidRulePack, match="the id 'g' belongs to another adopted") as refused:
        joining(lasting(g=""), lasting(g=""), pack="new")
    assert refused.value.where == "new.toml"
    joining(authorization("").replace('"a"', '"g"'), lasting(g=""), pack="new")


def test_a_pack_may_not_drop_or_miss_what_a_row_names() -> None:
    with pytest.raises(InvalidRulePack, match="h names the group 'g', which no adopted pack has"):
        joining(lasting(h='union = ["g"]'), pack="new")
    with pytest.raises(InvalidRulePack, match="h names the group 'g', which no adopted pack has"):
        joining(lasting(x=""), lasting(g=""), lasting(h='union = ["g"]'))


@pytest.mark.parametrize(
    ("rows", "what"),
    [
        (authorization('caps = ["x"]'), "a names the cap 'x'"),
        (authorization('provision = "x"'), "a names the provision 'x'"),
        (
            authorization(
                REQUIREMENT.replace('"destination"', '"switch"') + 'switch = "x"\nvalues = ["y"]'
            ),
            "a names the switch 'x'",
        ),
        (
            CAP + 'allowance = [{ tpp = 1 }]\ncounts = { when_switch = { x = "y" } }',
            "the switch 'x'",
        ),
        (
            '[[duty]]\nid = "d"\ncite = "c"\nauthorizations = []\nwhat = "w"\ncap = "x"',
            "d names the cap 'x'",
        ),
        (
            (
                '[[review]]\nid = "r"\ncite = "c"\nprovision = "x"\norder = 1\n'
                'within = "case-by-case"\nwhen = []'
            ),
            "r names the provision 'x'",
        ),
    ],
)
def test_a_misspelt_cap_provision_or_switch_is_found_on_adoption(rows: str, what: str) -> None:
    with pytest.raises(InvalidRulePack, match=f"{what}, which no adopted pack has"):
        law_of(rows)


STOP = '[[stop]]\nid = "s"\ntitle = "t"\ncite = "c"\neffect = "prohibited"\n'
REMARK = '[[remark]]\nid = "m"\ncite = "c"\ntext = "t"\n'
ASKING = (
    '[[licence_requirement]]\nid = "l"\ntitle = "t"\ncite = "c"\nprovision = "act"\nwhen = []\n'
)
RATIO = (
    CAP.replace("family", "device")
    .replace("installed", "exported")
    .replace('{ kind = "stock" }', '{ kind = "period", first_on = 2026-01-15 }')
)
IN_X = '[{ fact = "destination", groups = ["x"] }]\n'


@pytest.mark.parametrize(
    ("rows", "what"),
    [
        (STOP + f"when = {IN_X}", "s names the group 'x'"),
        (STOP + 'when = []\nprovision = "x"', "s names the provision 'x'"),
        (REMARK + f"when = {IN_X}", "m names the group 'x'"),
        (
            ASKING + f'[[licence_requirement.unless]]\ncite = "c"\nwhen = {IN_X}',
            "l names the group",
        ),
        (
            RATIO + 'ratio = { percent = 50, of_groups = ["x"], to_values = ["US"] }',
            "c names the g",
        ),
        (PROVISION.replace('"act"', '"old"') + 'replaced_by = "x"', "old names the provision 'x'"),
        (STOP + 'when = [{ fact = "listing", values = ["x"] }]', "s names the listing 'x'"),
    ],
)
def test_a_misspelt_id_never_makes_a_stop_or_an_exemption_that_meets_nothing(
    rows: str, what: str
) -> None:
    with pytest.raises(InvalidRulePack, match=what):
        law_of(PROVISION, rows)


def test_the_parts_of_a_group_are_the_groups_it_is_made_of() -> None:
    law = law_of(lasting(a="", b="", c='union = ["a"]\nminus = ["b"]', d='union = ["c"]'))
    assert law.parts("d") == {"a", "b", "c", "d"}
    assert law.parts("nowhere") == {"nowhere"}


def test_a_law_without_packs_knows_nothing() -> None:
    assert Law([]).authorizations(on("2025-09-01")) == []
    assert Law([]).groups == ()


def test_every_ground_is_known_on_whatever_day() -> None:
    law = ledger_of().law
    assert law.authorizations(on("2020-01-01")) == []
    grounds = law.grounds()
    assert sorted(grounds) == law.authorization_ids()
    named_only = '[[gap]]\nid = "g"\ntitle = "t"\ncite = "c"\nauthorizations = ["toy/leave"]\n'
    assert law_of(named_only, authorization("")).authorization_ids() == ["a", "toy/leave"]
    assert {row_id for row_id, row in grounds.items() if row.one_destination} == {
        "us-ear/dc-veu",
        "us-ear/nveu",
        "us-ear/license",
    }
