from hashlib import sha256

import pytest

from ledger.core.errors import InvalidRulePack
from ledger.core.law.pack import ROWS, Pack, as_data, digest, read, rows
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


def test_text_that_is_no_toml_is_refused() -> None:
    with pytest.raises(InvalidRulePack, match="china: is not TOML: ") as refused:
        read("pack = [", where="china")
    assert refused.value.where == "china"


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (GROUP + 'colour = "green"\n', "unknown field 'group.0.colour'"),
        (GROUP.replace('cite = "a test"\n', ""), "the field 'group.0.cite' is missing"),
        (CAP.replace("tpp = 100", "tpp = 1.55"), "TPP has one decimal place, found 1.55"),
        (CAP.replace('"calendar-year"', '"month"'), "cap.0.window.kind: "),
    ],
)
def test_unknown_keys_and_missing_citations_are_refused(body: str, sentence: str) -> None:
    with pytest.raises(InvalidRulePack) as refused:
        read(pack_text(body), where="toy.toml")
    assert sentence in refused.value.what
    assert refused.value.where == "toy.toml"


def test_numbers_of_a_pack_are_exact() -> None:
    pack = read(pack_text(CAP.replace("tpp = 100", "tpp = 100.3")))
    assert [str(step.tpp) for step in pack.caps[0].allowance] == ["100.3"]


def test_two_versions_of_one_id_may_follow_each_other_and_not_overlap() -> None:
    first = GROUP + "until = 2026-01-01\n"
    assert len(read(pack_text(first + GROUP + "from = 2026-01-01\n")).groups) == 2
    with pytest.raises(InvalidRulePack, match="two versions of g overlap on 2025-12-31") as refused:
        read(pack_text(GROUP + "from = 2025-12-31\n" + first))
    assert refused.value.cure == "end the earlier row with until"


def test_a_house_pack_holds_caps_only() -> None:
    with pytest.raises(InvalidRulePack, match="a house pack holds caps only, found groups"):
        read(pack_text(GROUP, kind="house"))


def test_a_cap_stands_beside_all_authorizations_in_a_house_pack_and_only_there() -> None:
    assert read(pack_text(CAP + "beside = true\n", kind="house")).caps[0].beside
    with pytest.raises(InvalidRulePack, match="cap c: beside = false in a house pack"):
        read(pack_text(CAP, kind="house"))
    with pytest.raises(InvalidRulePack, match="cap c: beside = true in a law pack"):
        read(pack_text(CAP + "beside = true\n"))


def test_a_device_stands_once_in_a_catalogue() -> None:
    assert len(read(pack_text(DEVICE, kind="catalogue")).devices) == 1
    with pytest.raises(InvalidRulePack, match="a device stands twice"):
        read(pack_text(DEVICE + DEVICE, kind="catalogue"))


def test_a_row_as_data_leaves_defaults_out() -> None:
    row = read(pack_text(GROUP + "from = 2026-01-01\n")).groups[0]
    assert as_data(row) == {"id": "g", "title": "a group", "cite": "a test", "from": "2026-01-01"}


def test_the_standard_packs_are_read_and_have_distinct_names() -> None:
    packs = [read(text) for text in pack_texts()]
    assert len({pack.pack for pack in packs}) == len(packs)
    assert {"us-ear/groups", "us-ear/items", "devices"} <= {pack.pack for pack in packs}


@pytest.mark.parametrize("day", ["02-30", "02-29", "2-1", "soon"])
def test_a_measuring_day_stands_in_the_calendar(day: str) -> None:
    rows = 'per = ["end_user"]\nbasis = "exported"\nwindow = { kind = "calendar-year" }\n'
    rows += f'measured_on = ["{day}"]\nallowance = [{{ tpp = 1 }}]\nbeside = true\n'
    cap = '[[cap]]\nid = "house/x"\ntitle = "t"\ncite = "c"\n'
    with pytest.raises(InvalidRulePack):
        read(pack_text(cap + rows, kind="house"))


def test_a_reporting_day_stands_in_the_calendar() -> None:
    duty = '[[duty]]\nid = "d"\ncite = "c"\nauthorizations = []\nwhat = "w"\n'
    with pytest.raises(InvalidRulePack):
        read(pack_text(duty + 'due = { half_year_report = ["02-30"] }\n'))
