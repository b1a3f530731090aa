"""`chipledger whatif`: side by side for people, one document for programs, files for both."""

from pathlib import Path

import pytest

from tests.cli.running import Cli, runner
from tests.reporting.conftest import example_url
from tests.whatif.asking import SCENARIOS

__all__ = ["example_url"]

DOUBLED = str(SCENARIOS / "nveu-doubled.toml")


@pytest.fixture
def on(example_url: str, capsys: pytest.CaptureFixture[str]) -> Cli:
    return runner(capsys, "--ledger", example_url)


def test_a_scenario_is_shown_beside_the_ledger(on: Cli) -> None:
    ran = on("whatif", DOUBLED)
    assert ran.status == 0
    assert "nothing is supposed" in ran.out
    assert "Which limits are passed?" in ran.out
    assert "7,345,500,000  (+4,272,750,000)" in ran.out
    assert "1 row is the same everywhere" in ran.out
    assert "nothing was recorded" in ran.out
    said = " ".join(ran.out.split())
    assert "cite, the ledger as it is: 15 CFR 748.15(a)(2)(iii)(B), Table 1" in said
    assert "Table 1, as changed by a hypothesis (Supp. No. 5(b) to 15 CFR part 740)" in said
    assert "law of the ledger as it is: us-ear/" in said
    assert "law of The NVEU table and the country allocation double: us-ear/" in said
    whole = on("whatif", DOUBLED, "--everything")
    assert "the same everywhere" not in whole.out
    assert "2026-06-30, us-ear/nveu/company-country" in whole.out


def test_an_answer_without_rows_says_so(on: Cli, tmp_path: Path) -> None:
    file = tmp_path / "a.toml"
    file.write_text(
        'title = "x"\n[[question]]\nask = "breaches"\ncap = "us-ear/nveu/company-country"\n',
        encoding="utf-8",
    )
    assert "There is nothing to show in any of them." in on("whatif", str(file)).out


def test_an_answer_is_shown_where_nothing_differs(on: Cli, tmp_path: Path) -> None:
    file = tmp_path / "a.toml"
    file.write_text(
        'title = "[/] tier"\n[[question]]\nask = "decide"\nlots = [{ device = "nvidia-h100-sxm", '
        'quantity = 5, destination = "BR", ultimate_consignee = "example-university-br", '
        'exporter = "example-exporter", on = 2026-11-23 }]\n',
        encoding="utf-8",
    )
    ran = on("whatif", str(file))
    assert "permitted" in ran.out
    assert "[/] tier" in ran.out
    assert "[/] tier: as in the ledger as it is" in ran.out


def test_programs_get_one_document(on: Cli) -> None:
    data = on("whatif", DOUBLED, str(SCENARIOS / "framework-rescinded.toml"), "--json").data
    assert [one["title"] for one in data["scenarios"]] == [
        "The NVEU table and the country allocation double",
        "The AI Diffusion framework is rescinded",
    ]
    assert len(data["questions"]) == 5
    assert on("whatif", DOUBLED, "--json").data["as_of"] == data["as_of"]


def test_another_scenario_may_be_what_it_is_compared_with(on: Cli) -> None:
    base = str(SCENARIOS / "open-deals.toml")
    data = on(
        "whatif", str(SCENARIOS / "gb300-instead-of-h200.toml"), "--against", base, "--json"
    ).data
    assert data["base"]["title"] == "Open deals in H200"
    (reason,) = data["questions"][0]["because"][0]
    assert reason.startswith("nvidia-gb300-gpu instead of nvidia-h200-sxm")


def test_a_posture_decides_everywhere(on: Cli) -> None:
    data = on(
        "whatif", str(SCENARIOS / "framework-rescinded.toml"), "--posture", "enforced", "--json"
    ).data
    rows = data["questions"][0]["rows"]
    assert {row["base"]["authorization"] for row in rows} == {"us-ear/nlr"}


def test_files_are_written_and_named(on: Cli, tmp_path: Path) -> None:
    ran = on("whatif", DOUBLED, "--format", "html,xlsx", "--out", str(tmp_path / "out"))
    assert "comparison.html" in ran.out.replace("\n", "")
    assert sorted(file.name for file in (tmp_path / "out").iterdir()) == [
        "comparison.html",
        "comparison.xlsx",
    ]


@pytest.mark.parametrize(
    ("tokens", "status", "said"),
    [
        (("whatif",), 2, "Name at least one scenario"),
        (("whatif", "no.toml"), 3, "can't read no.toml"),
        (("whatif", DOUBLED, "--out", "x"), 2, "--format and --out go together"),
        (("whatif", DOUBLED, "--format", "pdf", "--out", "x"), 2, "found 'pdf'"),
        (("whatif", DOUBLED, "--against", "no.toml"), 3, "can't read no.toml"),
    ],
)
def test_wrong_usage_says_what_to_do(
    on: Cli, tokens: tuple[str, ...], status: int, said: str
) -> None:
    ran = on(*tokens)
    assert ran.status == status
    assert said in ran.said


def test_a_hypothesis_that_cannot_stand_is_told_with_its_place(on: Cli, tmp_path: Path) -> None:
    file = tmp_path / "wrong.toml"
    file.write_text(
        'title = "x"\n[[law]]\ncap = "us-ear/nveu/company-country"\nfrom = 2028-02-01\n'
        "allowance_percent = 5\n",
        encoding="utf-8",
    )
    ran = on("whatif", str(file))
    assert ran.status == 2
    assert "law[0], cap us-ear/nveu/company-country: it is not in force on 2028-02-01" in ran.said
