"""The documentation runs: packs that it shows can be adopted, links lead somewhere."""

import doctest
import re
from pathlib import Path

import pytest

from ledger.core.law.pack import read, rows
from tests.core.builders import ledger_of
from tests.reporting.example import example

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


def test_the_house_pack_of_the_documentation_can_be_read() -> None:
    text = (ROOT / "docs" / "law.md").read_text(encoding="utf-8")
    packs = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    assert [read(pack).kind for pack in packs] == ["house"]


def _topics() -> list[tuple[str, str, list[str]]]:
    """The table of what is modelled: topic, state, the ids of the rows that it names."""
    text = (ROOT / "docs" / "law.md").read_text(encoding="utf-8")
    table = text.split("## What is modelled", 1)[1].split("\n\n", 2)[1]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()]
    return [(topic, state, re.findall(r"`([^`]+)`", ids)) for topic, state, ids in cells[2:]]


KINDS = (
    "provisions",
    "classes",
    "licence_requirements",
    "stops",
    "listings",
    "authorizations",
    "caps",
    "reviews",
    "switches",
    "remarks",
    "gaps",
)
"""Every kind of row but groups, coverage and duties, which have no topic of their own."""


def test_the_table_of_what_is_modelled_names_every_row_of_the_packs_and_no_other() -> None:
    law = ledger_of().law
    known = {
        row.id for adopted in law.adopted for kind in KINDS for row in rows(adopted.pack, kind)
    }
    named = [row_id for _, _, ids in _topics() for row_id in ids]
    assert sorted(set(named)) == sorted(known)
    assert len(named) == len(set(named))


def test_what_the_table_calls_not_modelled_are_the_gaps() -> None:
    gaps = {gap.id for adopted in ledger_of().law.adopted for gap in adopted.pack.gaps}
    for topic, state, ids in _topics():
        assert state in {"modelled", "partly", "not"}, topic
        assert ids, topic
        if state == "not":
            assert set(ids) <= gaps, topic
        if state == "modelled":
            assert gaps.isdisjoint(ids), topic


def test_the_table_of_switches_tells_every_value() -> None:
    text = (ROOT / "docs" / "law.md").read_text(encoding="utf-8")
    table = text.split("## Switches", 1)[1].split("\n\n", 2)[1]
    told = {
        row[0].strip(" `"): re.findall(r"`([^`]+)`", row[1])
        for row in (line.strip("|").split("|") for line in table.splitlines()[2:])
    }
    known = {name: list(switch.values) for name, switch in ledger_of().law.switches.items()}
    assert told == known


def test_every_mistake_that_others_report_has_the_test_that_rules_it_out() -> None:
    told = (ROOT / "docs" / "reservations.md").read_text(encoding="utf-8")
    tests = (ROOT / "tests" / "cli" / "test_known_mistakes.py").read_text(encoding="utf-8")
    named = re.findall(r"\| (R\d+) \| .* \| `(test_\w+)` \|", told)
    assert [number for number, _ in named] == [f"R{n}" for n in range(1, 11)]
    for number, test in named:
        assert test.startswith(f"test_{number.lower()}_")
        assert f"def {test}(" in tests


@pytest.mark.parametrize("page", PAGES, ids=[str(page.relative_to(ROOT)) for page in PAGES])
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?://|#)([^)#]+)", page.read_text(encoding="utf-8"))
    missing = [link for link in links if not (page.parent / link).exists()]
    assert missing == []


def test_the_code_of_the_page_for_notebooks_runs_and_gives_what_it_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = example(tmp_path)
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(tmp_path)
    text = (ROOT / "docs" / "notebook.md").read_text(encoding="utf-8")
    page = doctest.DocTestParser().get_doctest(text, {"url": url}, "notebook.md", None, 0)
    assert len(page.examples) > 10
    said: list[str] = []
    assert doctest.DocTestRunner(verbose=False).run(page, out=said.append).failed == 0, said
