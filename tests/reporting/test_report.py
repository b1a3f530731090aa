"""The header of a report: what it may say, and what is said of a header that can't be read."""

from pathlib import Path

import pytest

from ledger.core.errors import InvalidInput, NotFound
from ledger.reporting.report import named, read, reports
from ledger.reporting.sources import SOURCES

GOOD = """\
-- title: A title
-- question: What is it?
-- param on: day = today; the day
-- param cap: text?; only this cap
-- needs: finding(on, cap); place()
-- needs: draw('us-ear/lpp/parent-year', on)
-- column cap: the cap
-- column left_tpp [TPP]: what is left
-- key: cap
-- total: left_tpp
SELECT cap, tpp(headroom) AS left_tpp FROM finding -- not of the header
"""


def write(folder: Path, text: str, name: str = "mine") -> Path:
    file = folder / f"{name}.sql"
    file.write_text(text, encoding="utf-8")
    return file


def test_a_header_says_what_a_report_asks_for_and_gives(tmp_path: Path) -> None:
    found = read(write(tmp_path, GOOD))
    assert (found.name, found.title, found.question) == ("mine", "A title", "What is it?")
    on, cap = found.parameters
    assert (on.name, on.type, on.optional, on.default) == ("on", "day", False, "today")
    assert (cap.name, cap.type, cap.optional, cap.default) == ("cap", "text", True, None)
    assert [(need.source, need.arguments) for need in found.needs] == [
        ("finding", ("on", "cap")),
        ("place", ()),
        ("draw", ("'us-ear/lpp/parent-year'", "on")),
    ]
    assert [(one.name, one.unit, one.label) for one in found.columns] == [
        ("cap", None, "cap"),
        ("left_tpp", "TPP", "left [TPP]"),
    ]
    assert (found.key, found.totals) == (("cap",), ("left_tpp",))
    assert found.sql.startswith("SELECT cap")
    assert found.chart is None


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("-- title: A title", "-- titel: A title", "mine.sql:1: '-- titel: A title' can't be read"),
        ("-- title: A title\n", "", "no '-- title: ...'"),
        ("-- key: cap\n", "", "no '-- key: ...'"),
        ("-- key: cap", "-- key: cup", "name columns of the report"),
        ("day = today;", "date = today;", "write '-- param on: TYPE"),
        ("finding(on, cap)", "finding on", "write '-- needs: SOURCE"),
        ("-- total: left_tpp", "-- total left_tpp", "mine.sql:10"),
    ],
)
def test_a_header_that_cannot_be_read_is_told_with_its_line(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        read(write(tmp_path, GOOD.replace(old, new)))
    assert said.casefold() in caught.value.sentence.casefold()


def test_a_folder_of_ones_own_adds_reports_and_takes_no_name(tmp_path: Path) -> None:
    write(tmp_path, GOOD)
    assert set(reports(tmp_path)) - set(reports()) == {"mine"}
    assert named("mine", tmp_path).title == "A title"
    write(tmp_path, GOOD, "headroom")
    with pytest.raises(InvalidInput, match="'headroom' is taken"):
        reports(tmp_path)
    with pytest.raises(NotFound, match="no folder"):
        reports(tmp_path / "nowhere")
    with pytest.raises(NotFound, match="Use one of balances"):
        named("nothing")


def test_the_programs_own_reports_are_whole() -> None:
    for one in reports().values():
        assert one.question.endswith("?"), one.name
        assert {need.source for need in one.needs} <= set(SOURCES), one.name
        assert len({column.name for column in one.columns}) == len(one.columns), one.name
        for column in one.columns:
            tpp = column.name.endswith("_tpp")
            assert tpp == (column.unit == "TPP"), f"{one.name}: {column.name}"
            days = column.name.endswith(("_on", "_day"))
            assert not days or column.unit == "day", f"{one.name}: {column.name}"


def test_no_report_counts_against_a_cap_by_itself() -> None:
    """Allowances are numbers of the core: SQL that sums positions never names a step of the law."""
    for one in reports().values():
        assert "law_step" not in one.sql, one.name
