from datetime import date

import pytest

from ledger.core.errors import InvalidRulePack
from ledger.core.law.law import Law, check_fits
from ledger.core.law.pack import digest, read
from tests.core.builders import house, law_of, ledger_of, on, pack_text


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


# ---- groups


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


def test_the_law_of_a_day_is_looked_up_once_for_all_who_ask() -> None:
    law = ledger_of().law
    day = law.of_day(on("2025-09-01"))
    assert law.of_day(on("2025-09-01")) is day
    assert law.classes(on("2025-09-01")) is day.classes
    assert law.authorizations(on("2025-09-01")) is day.authorizations
    assert law.duties(on("2025-09-01")) is day.duties
    assert law.listings(on("2025-09-01")) is day.listings


def test_no_more_days_are_kept_than_a_life_of_lots_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger.core.law.law.MOST_DAYS", 2)
    law = law_of(authorization(""))
    days = [on(f"2025-09-0{number}") for number in (1, 2, 3)]
    kept = [law.of_day(day) for day in days]
    assert law.of_day(days[2]) is kept[2]
    assert law.of_day(days[0]) is not kept[0]
    assert law.authorizations(days[0]) == kept[0].authorizations


def test_versions_of_a_cap_stand_in_the_order_of_their_days() -> None:
    dated = CAP + "allowance = [{ tpp = 1 }]\n"
    law = law_of(dated + "from = 2026-01-01\n" + dated + "until = 2026-01-01\n")
    assert [cap.valid_from for cap in law.versions("c")] == [date.min, on("2026-01-01")]
    assert not law.versions("nothing")


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


def test_a_pack_may_not_count_a_cap_in_two_ways() -> None:
    """One book serves all versions of a cap, so that a lot is tested against later days, too."""
    rows = (
        '[[cap]]\nid = "house/x"\ntitle = "own"\ncite = "board, 3 May"\nbeside = true\n'
        'per = ["end_user"]\nbasis = "{}"\nwindow = {{ kind = "calendar-year" }}\n'
        "allowance = [{{ tpp = 5 }}]\n{}\n"
    )
    law = ledger_of().law
    for other, refused in (("exported", False), ("installed", True)):
        body = rows.format("exported", "until = 2027-01-01") + rows.format(
            other, "from = 2027-01-01"
        )
        pack = read(pack_text(body, pack="house", kind="house"))
        if not refused:
            check_fits(pack, "ab", law, where="x.toml")
            continue
        with pytest.raises(InvalidRulePack, match="'house/x' differ in basis: draws would"):
            check_fits(pack, "ab", law, where="x.toml")
