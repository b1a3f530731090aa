"""The documentation runs: packs that it shows can be adopted, links lead somewhere."""

import re
from pathlib import Path

import pytest

from ledger.core.law.pack import read

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


def test_the_house_pack_of_the_documentation_can_be_read() -> None:
    text = (ROOT / "docs" / "law.md").read_text(encoding="utf-8")
    packs = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    assert [read(pack).kind for pack in packs] == ["house"]


@pytest.mark.parametrize("page", PAGES, ids=[str(page.relative_to(ROOT)) for page in PAGES])
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?://|#)([^)#]+)", page.read_text(encoding="utf-8"))
    missing = [link for link in links if not (page.parent / link).exists()]
    assert missing == []
