from hashlib import sha256

import pytest

from ledger.core.errors import InvalidRulePack
from ledger.core.law.pack import KINDS, READING, ROWS, Mistake, Pack, as_data, digest, read, rows
from tests.core.builders import pack_text, pack_texts

GROUP = '[[group]]\nid = "g"\ntitle = "a group"\ncite = "a test"\n'
CAP = """[[cap]]
id = "c"
title = "a cap"
cite = "a test"
per = ["end_user"]
basis = "exported"
window = { kind = "calendar-year" }
allowance = [{ tpp = 100 }]
"""
DEVICE = """[[device]]
device = "d"
unit_tpp = 10
data_center = true
source = "a test"
confidence = "high"
"""


def test_a_pack_is_read_with_its_rows() -> None:
    pack = read(pack_text(GROUP + CAP))
    assert (pack.pack, pack.version, pack.kind) == ("toy", "1", "law")
    assert [row.id for row in rows(pack, "groups")] == ["g"]
    assert [row.id for row in rows(pack, "caps")] == ["c"]
    assert all(not rows(pack, kind) for kind in set(ROWS) - {"groups", "caps"})


def test_every_kind_of_row_of_a_pack_is_listed() -> None:
    fields = set(Pack.model_fields) - {"pack", "version", "title", "kind", "source", "devices"}
    assert fields == set(ROWS)


def test_the_digest_is_the_sha256_of_the_text() -> None:
    assert digest("tëxt") == sha256("tëxt".encode()).hexdigest()


def test_numbers_of_a_pack_are_exact() -> None:
    pack = read(pack_text(CAP.replace("tpp = 100", "tpp = 100.3")))
    assert [str(step.tpp) for step in pack.caps[0].allowance] == ["100.3"]


def test_two_versions_of_one_id_may_follow_each_other() -> None:
    first = GROUP + "until = 2026-01-01\n"
    assert len(read(pack_text(first + GROUP + "from = 2026-01-01\n")).groups) == 2


def test_caps_of_a_house_pack_stand_beside_all_authorizations() -> None:
    assert read(pack_text(CAP + "beside = true\n", kind="house")).caps[0].beside


def test_a_catalogue_holds_devices() -> None:
    assert len(read(pack_text(DEVICE, kind="catalogue")).devices) == 1


def test_a_row_as_data_leaves_defaults_out() -> None:
    row = read(pack_text(GROUP + "from = 2026-01-01\n")).groups[0]
    assert as_data(row) == {"id": "g", "title": "a group", "cite": "a test", "from": "2026-01-01"}


def test_the_standard_packs_are_read_and_have_distinct_names() -> None:
    packs = [read(text) for text in pack_texts()]
    assert len({pack.pack for pack in packs}) == len(packs)
    assert {"us-ear/groups", "us-ear/items", "devices"} <= {pack.pack for pack in packs}


# ---- mistakes: file, row, field, what was found and what is expected


def mistakes(text: str) -> list[Mistake]:
    """The mistakes of a text; each stands in the message with its row, field and both values."""
    with pytest.raises(InvalidRulePack) as refused:
        read(text, where="rules/toy.toml")
    error = refused.value
    assert error.where == "rules/toy.toml"
    assert error.sentence.startswith("rules/toy.toml: ")
    for one in error.mistakes:
        assert one.file == "rules/toy.toml"
        assert one.rule in READING
        said = (one.row, one.field, one.found, one.expected)
        assert one.rule == "P001" or all(part in error.what for part in said)
    return list(error.mistakes)


@pytest.mark.parametrize(
    ("text", "row", "found", "expected"),
    [
        ("a = 1\nb = x\n", "line 2, column 5", "'b = x'", "TOML: Invalid value"),
        ("pack = [", "end of document", "end of document", "TOML: Invalid value"),
        ("a = " + "[" * 5000, "a list in a list in a list", "a list", "it is nested too deeply"),
    ],
)
def test_text_that_is_no_toml_is_told_with_its_place(
    text: str, row: str, found: str, expected: str
) -> None:
    (one,) = mistakes(text)
    assert (one.rule, one.row, one.field) == ("P001", row, "")
    assert found in one.found
    assert expected in one.expected


def test_text_that_is_no_toml_is_told_in_one_sentence() -> None:
    with pytest.raises(InvalidRulePack) as refused:
        read("a = 1\nb = x\n", where="toy.toml")
    assert refused.value.sentence.startswith(
        "toy.toml: is not TOML: Invalid value (line 2, column 5). Write text in quotes"
    )


STOP = '[[stop]]\nid = "s"\ntitle = "t"\ncite = "90 FR 1"\neffect = "prohibited"\n'
REVIEW = """[[review]]
id = "r"
cite = "90 FR 1"
order = 1
provision = "p"
when = []
within = "case-by-case"
"""
DUTY = '[[duty]]\nid = "d"\ncite = "c"\nauthorizations = []\nwhat = "w"\n'


@pytest.mark.parametrize(
    ("body", "told"),
    [
        # a key that no such row has, with the nearest that there is
        (GROUP + "uniom = []\n", "P002 | g | uniom | the unknown key 'uniom' | 'union'"),
        (GROUP + "x = 1\n", "P002 | g | x | the unknown key 'x' | one of id, cite, from, until,"),
        (
            CAP.replace("tpp = 100", "tpp = 1, form = 2025-01-01"),
            "P002 | c | allowance[0].form | the unknown key 'form' | 'from'",
        ),
        (
            STOP + 'when = [{ fact = "switch", switch = "s", valeus = [] }]\n',
            "P002 | s | when[0].valeus | the unknown key 'valeus' | 'values'",
        ),
        (
            CAP + 'counts = { class = ["a"] }\n',
            "P002 | c | counts.class | the unknown key 'class' | 'classes'",
        ),
        # a kind of row that there is not
        ('[[cpa]]\nid = "c"\n', "P003 | cpa |  | rows of the unknown kind 'cpa' | 'cap'"),
        (
            "[zzz]\n",
            "P003 | zzz |  | rows of the unknown kind 'zzz' | one of provision, coverage, group,",
        ),
        # what is missing
        (GROUP.replace('cite = "a test"\n', ""), "P004 | g | cite | nothing | the key 'cite'"),
        ("[[group]]\n" + GROUP[18:], "P004 | group[0] | id | nothing | the key 'id'"),
        (
            CAP.replace("tpp = 100", "from = 2025-01-01"),
            "P004 | c | allowance[0].tpp | nothing | the key 'tpp'",
        ),
        # types
        (GROUP.replace('"a group"', "7"), "P005 | g | title | 7 | text, in quotes"),
        (GROUP.replace('"a group"', '""'), "P005 | g | title | '' | text that is not empty"),
        (GROUP + 'members = "AU"\n', "P005 | g | members | 'AU' | a list, in [ ]"),
        (GROUP + "members = [7]\n", "P005 | g | members[0] | 7 | a table, in { }"),
        (CAP + 'beside = "maybe"\n', "P005 | c | beside | 'maybe' | true or false"),
        (REVIEW.replace("= 1", "= 1.5"), "P005 | r | order | 1.5 | a whole number"),
        ('cap = { id = "c" }\n', "P005 | pack | cap | { id = 'c' } | rows, each under [[cap]]"),
        (CAP.replace('["end_user"]', "[]"), "P005 | c | per | [] | at least 1 item"),
        (DUTY + "due = true\n", "P005 | d | due | true | a table, in { }"),
        # words
        (
            CAP.replace('"calendar-year"', '"month"'),
            "P005 | c | window.kind | 'month' | 'lot', 'stock', 'period', 'calendar-quarter'",
        ),
        (
            STOP + 'when = []\nreview = "nice"\n',
            "P005 | s | review | 'nice' | or 'presumption-of-denial' or 'ordinary'",
        ),
        # days
        (GROUP + 'from = "1 May"\n', "P005 | g | from | '1 May' | a day as YYYY-MM-DD"),
        (
            GROUP + 'until = "2026-02-30"\n',
            "P005 | g | until | '2026-02-30' | a day as YYYY-MM-DD that is in the calendar",
        ),
        (
            GROUP + "from = 2026-01-01T00:00:00\n",
            "P005 | g | from | 2026-01-01T00:00:00 | a day as YYYY-MM-DD",
        ),
        (GROUP + "from = 1066-01-01\n", "P005 | g | from | 1066-01-01 | a day from 1900 to 2999"),
        (
            CAP + 'measured_on = ["02-29"]\n',
            "P005 | c | measured_on[0] | '02-29' | a day that every year has, as MM-DD",
        ),
        (
            DUTY + 'due = { half_year_report = ["02-30"] }\n',
            "P005 | d | due.half_year_report[0] | '02-30' | a day that every year has",
        ),
        # patterns
        (
            GROUP + 'members = ["AUS"]\n',
            "P005 | g | members[0].iso | 'AUS' | a country as two capital letters",
        ),
        (GROUP + 'union = [" D:5"]\n', "P005 | g | union[0] | ' D:5' | an id of 1 to 200 charac"),
        (
            CAP + 'counts = { when_switch = { " s" = "no" } }\n',
            "P005 | c | counts.when_switch. s | ' s' | without blanks at its ends",
        ),
        (GROUP + 'note = "\\u0000"\n', "P005 | g | note | '\x00' | text of the form ^[^"),
        (
            GROUP + f'note = "{"x" * 2001}"\n',
            "P005 | g | note | 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx | at most 2000 characters",
        ),
        # numbers
        (
            CAP.replace("100", "26.95"),
            "P005 | c | allowance[0].tpp | 26.95 | an amount of TPP with at most one decimal",
        ),
        (
            CAP.replace("100", '"unlimted"'),
            "P005 | c | allowance[0].tpp | 'unlimted' | a number or 'unlimited'",
        ),
        (CAP.replace("100", "-1"), "P005 | c | allowance[0].tpp | -1 | TPP of 0 or more and at"),
        (
            CAP.replace('"calendar-year"', '"rolling", days = 0'),
            "P005 | c | window.days | 0 | greater than or equal to 1",
        ),
        (DEVICE + "die_area_mm2 = 0\n", "P005 | d | die_area_mm2 | 0 | a number above 0"),
        (
            DEVICE + "rates = { eight = 1 }\n",
            "P006 | d | rates | { eight = 1 } | rates are keyed by bit length",
        ),
        # parts that do not fit each other
        (
            CAP + "share = { percent = 7 }\n",
            "P006 | c |  | a row with id, title, cite, per, | that a cap has an allowance, a sh",
        ),
        (
            CAP.replace('"calendar-year"', '"rolling"'),
            "P006 | c | window | { kind = 'rolling' } | that a rolling window, and no other",
        ),
        (
            STOP + 'when = [{ fact = "switch" }]\n',
            "P006 | s | when[0] | { fact = 'switch' } | that a test of a switch, and no othe",
        ),
        (
            REVIEW + 'cap = "c"\n',
            "P006 | r |  | a row with id, cite, order, prov | that cap and beyond go together",
        ),
        # rows that do not fit their pack, or each other
        (CAP + "beside = true\n", "P008 | c | beside | beside = true in a law pack | true for ev"),
        (DEVICE + DEVICE, "P009 | d | device | 2 rows | one for each device"),
        (
            GROUP + "until = 2026-01-01\n" + GROUP + "from = 2025-12-31\n",
            "P010 | g (group[1]) | from | two versions that overlap on 2025-12-31 | with until",
        ),
        (
            GROUP + GROUP,
            "P010 | g (group[0]) | from | two versions that overlap on the first day | with",
        ),
    ],
)
def test_a_mistake_is_told_with_row_field_found_and_expected(body: str, told: str) -> None:
    rule, row, field, found, expected = told.split(" | ")
    (one,) = mistakes(pack_text(body))
    assert (one.rule, one.row, one.field) == (rule, row, field)
    assert one.found.startswith(found)
    assert expected in one.expected


@pytest.mark.parametrize(
    ("line", "field", "found", "expected"),
    [
        ('kind = "rumour"', "kind", "'rumour'", "'law', 'house' or 'catalogue'"),
        ("kind = true", "kind", "true", "'law', 'house' or 'catalogue'"),
        ("", "kind", "nothing", "the key 'kind'"),
        ('kind = "law"\nkidn = "law"', "kidn", "the unknown key 'kidn'", "'kind'"),
    ],
)
def test_a_mistake_of_the_head_is_one_of_the_pack(
    line: str, field: str, found: str, expected: str
) -> None:
    (one,) = mistakes(pack_text(CAP + "beside = true\n").replace('kind = "law"', line))[:1]
    assert (one.row, one.field, one.found, one.expected) == ("pack", field, found, expected)


def test_a_house_pack_holds_caps_only_and_they_stand_beside_the_law() -> None:
    found = mistakes(pack_text(GROUP + CAP, kind="house"))
    assert [(one.rule, one.row, one.field, one.found) for one in found] == [
        ("P007", "g", "", "a row of the kind 'group'"),
        ("P008", "c", "beside", "beside = false in a house pack"),
    ]
    assert found[0].expected == "caps only: a house pack can only be stricter than the law"


def test_all_mistakes_of_a_file_are_told_at_once() -> None:
    wrong = CAP.replace('id = "c"', 'id = "wrong"').replace("tpp = 100", "tpp = 0.55, x = 1")
    found = mistakes(pack_text(wrong + CAP + "besides = true\n" + GROUP + GROUP, kind="house"))
    assert [(one.rule, one.row, one.field) for one in found] == [
        ("P005", "wrong", "allowance[0].tpp"),
        ("P002", "wrong", "allowance[0].x"),
        ("P002", "c", "besides"),
        ("P010", "g (group[0])", "from"),
        ("P007", "g", ""),
        ("P007", "g", ""),
    ]


def test_what_a_pack_may_hold_is_not_told_where_its_kind_is_wrong() -> None:
    text = pack_text(GROUP + GROUP + CAP + "beside = true\n", kind="rumour")
    assert [one.rule for one in mistakes(text)] == ["P005", "P010"]


@pytest.mark.parametrize("row_id", ["7", '""'])
def test_a_row_without_an_id_is_named_by_its_place(row_id: str) -> None:
    found = mistakes(pack_text(GROUP + GROUP.replace('"g"', row_id)))
    assert [(one.row, one.field) for one in found] == [("group[1]", "id")]


def test_versions_of_one_id_are_told_apart_by_their_place() -> None:
    later = GROUP + "from = 2026-01-01\nx = 1\n"
    (one,) = mistakes(pack_text(GROUP + "until = 2026-01-01\n" + later))
    assert one.sentence.startswith("row g (group[1]), field x: found the unknown key 'x', expected")


def test_a_message_names_file_row_field_found_and_expected() -> None:
    with pytest.raises(InvalidRulePack) as refused:
        read(pack_text(CAP.replace("100", "26.95")), where="lpp.toml")
    assert refused.value.sentence == (
        "lpp.toml: row c, field allowance[0].tpp: found 26.95, expected an amount of TPP with at "
        "most one decimal place or 'unlimited'. Correct the file: docs/law.md says what a row "
        "holds."
    )


def test_every_kind_of_row_has_the_name_under_which_a_file_writes_it() -> None:
    assert list(KINDS) == list(ROWS)
    assert KINDS["caps"] == "cap"
    assert KINDS["coverage"] == "coverage"
