from ledger.core.law.rows import Authorization, Group
from ledger.core.law.shelf import Shelf
from tests.core.law.test_lint import (
    AUTHORIZATION,
    CAP,
    CLASS,
    GROUP,
    PROVISION,
    REQUIREMENT,
    STOP,
    unchecked,
)

WHEN = 'when = [{ fact = "destination", groups = ["g"] }]'


def shelf(*bodies: str) -> Shelf:
    return Shelf(unchecked(*bodies))


def fields_of(body: str, *others: str) -> list[tuple[str, str]]:
    """Every test with its row and field."""
    return [(place.name, field) for place, field, _ in shelf(body, *others).tests()]


def names_in(body: str) -> set[tuple[str, str, str]]:
    """The field, kind and id of everything that the rows of a pack name."""
    return {(one.field, one.kind, one.id) for one in shelf(GROUP + PROVISION, body).mentions}


def test_rows_of_all_packs_stand_side_by_side() -> None:
    both = shelf(GROUP, GROUP.replace('"g"', '"h"') + STOP + "when = []\n")
    assert [(place.pack.pack, place.name) for place in both.all()] == [
        ("toy-0", "g"),
        ("toy-1", "h"),
        ("toy-1", "x"),
    ]
    assert [row.id for _, row in both.of(Group)] == ["g", "h"]
    assert list(both.of(Authorization)) == []


def test_versions_of_one_id_are_told_apart_by_their_place() -> None:
    versions = shelf(GROUP + "from = 2026-01-01\n" + GROUP + "until = 2026-01-01\n")
    assert [place.name for place in versions.all()] == ["g (group[0])", "g (group[1])"]
    (pair,) = versions.successions()
    assert [place.name for place in pair] == ["g (group[1])", "g (group[0])"]


def test_a_test_is_found_in_every_kind_of_row() -> None:
    head = 'id = "x"\ntitle = "t"\ncite = "90 FR 1"\n'
    asking = f'[[licence_requirement]]\n{head}provision = "act"\n{WHEN}\n'
    assert fields_of(STOP + WHEN, GROUP) == [("x", "when[0]")]
    assert fields_of(f'[[remark]]\n{head}text = "t"\n{WHEN}'.replace('title = "t"\n', ""), GROUP)
    assert fields_of(f"[[gap]]\n{head}{WHEN}\nwarn_{WHEN}", GROUP) == [
        ("x", "when[0]"),
        ("x", "warn_when[0]"),
    ]
    assert fields_of(
        f'{asking}[[licence_requirement.unless]]\ncite = "90 FR 1"\n{WHEN}', GROUP, PROVISION
    ) == [("x", "when[0]"), ("x", "unless[0].when[0]")]
    assert fields_of(AUTHORIZATION + REQUIREMENT + WHEN, GROUP + PROVISION + CAP + CLASS) == [
        ("a", "requirements[0]"),
        ("a", "requirements[0].when[0]"),
    ]


def test_a_name_is_found_wherever_a_row_may_give_one() -> None:
    group = GROUP.replace('"g"', '"h"').replace('members = ["BR"]', 'union = ["g"]\nminus = ["g"]')
    assert names_in(group) == {("union[0]", "group", "g"), ("minus[0]", "group", "g")}
    duty = '[[duty]]\nid = "d"\ncite = "90 FR 1"\nwhat = "w"\n'
    assert names_in(duty + 'authorizations = ["a"]\nlistings = ["l"]\n') == {
        ("authorizations[0]", "authorization", "a"),
        ("listings[0]", "listing", "l"),
    }
    asked = STOP + 'provision = "act"\nwhen = [{ fact = "destination", not_groups = ["g"] }]\n'
    assert names_in(asked) == {
        ("provision", "provision", "act"),
        ("when[0].not_groups[0]", "group", "g"),
    }


def test_a_cap_names_what_it_counts_and_is_measured_against() -> None:
    counts = 'counts = { classes = ["b"], authorizations = ["a"], not_headquartered_in = "g" }\n'
    assert names_in(CAP + counts) == {
        ("counts.classes[0]", "class", "b"),
        ("counts.authorizations[0]", "authorization", "a"),
        ("counts.not_headquartered_in", "group", "g"),
    }
    bare = CAP.replace("allowance = [{ tpp = 100 }]\n", "")
    stock = bare.replace("exported", "installed").replace("calendar-year", "stock")
    share = stock + 'share = { percent = 7, outside_groups = ["g"] }\n'
    assert names_in(share) == {("share.outside_groups[0]", "group", "g")}
    ratio = bare.replace("ultimate_consignee", "device").replace(
        '"calendar-year"', '"period", first_on = 2026-01-15'
    )
    ratio += 'ratio = { percent = 50, of_groups = ["g"], to_values = ["US"] }\n'
    assert names_in(ratio) == {("ratio.of_groups[0]", "group", "g")}


def test_ids_are_those_of_the_packs_and_what_is_known_without_a_row() -> None:
    gap = '[[gap]]\nid = "x"\ntitle = "t"\ncite = "90 FR 1"\nauthorizations = ["b"]\n'
    both = shelf(PROVISION + CLASS + CAP, AUTHORIZATION + REQUIREMENT + gap)
    assert both.ids("class") == {"a-class", "none"}
    assert both.ids("authorization") == {"a", "b"}
    assert both.ids("provision") == {"act"}
    assert both.named("cap") == {"c"}
