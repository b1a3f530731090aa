from pathlib import Path

import pytest

from ledger.core.law.lint import RULES as LINT_RULES
from ledger.core.law.pack import READING
from ledger.paths import RULES
from ledger.service.packs import STANDARD
from tests.cli.running import Cli, runner
from tests.core.builders import pack_text
from tests.service.test_packs import CAP, EXAMPLE, house_text, written
from tests.store.ledgers import SIZE, head_of, stored


def test_the_rules_are_listed_with_limit_days_and_citation(cli: Cli) -> None:
    ran = cli("rules")
    assert (ran.status, ran.err) == (0, "")
    shown = " ".join(ran.out.split())
    for said in ("us-ear/lpp", "26,900,000 exported per", "15 CFR 740.29", "Not modelled"):
        assert said in shown
    assert "every other day and posture is unresolved" in shown
    assert "us-ear/lpp-in-d1-d4 = available | barred (unset: unresolved)" in shown


def test_the_rules_for_programs_hold_every_row(cli: Cli) -> None:
    data = cli("rules", "--json").data
    assert len(data["packs"]) == len(STANDARD)
    caps = {cap["id"] for pack in data["packs"] for cap in pack.get("caps", [])}
    assert "us-ear/lpp/parent-year" in caps
    rows = [
        row for pack in data["packs"] for kind in ("caps", "groups") for row in pack.get(kind, [])
    ]
    assert all(row["cite"] for row in rows)
    assert data["as_of"]["size"] == SIZE
    assert data["not_modelled"]


def test_the_rules_of_a_day_are_those_in_force_on_it(cli: Cli) -> None:
    shown = " ".join(cli("rules", "--on", "2024-01-01").out.split())
    assert shown.startswith("In force on 2024-01-01 ")
    assert "us-ear/nac" in shown
    assert "us-ear/lpp/parent-year" not in shown
    data = cli("rules", "--on", "2024-01-01", "--json").data
    assert data["on"] == "2024-01-01"
    assert not [one for pack in data["packs"] for one in pack.get("caps", []) if "lpp" in one["id"]]


def test_a_house_pack_is_checked_then_adopted_then_listed(url: str, cli: Cli) -> None:
    before = stored(url)
    assert cli("rules", "lint", str(EXAMPLE)).out.startswith("fits  house/example 2026-11-22: ")
    data = cli("rules", "lint", str(EXAMPLE), "--json").data
    assert data["packs"] == [{"pack": "house/example", "version": "2026-11-22"}]
    assert (data["findings"], data["errors"], data["warnings"]) == ([], 0, 0)
    assert stored(url) == before
    ran = cli("rules", "adopt", str(EXAMPLE), "--actor", "ben")
    assert (ran.status, ran.out[:24]) == (0, "adopted  house/example 2")
    assert head_of(url).size == SIZE + 1
    assert "house/end-user-365 (house)" in " ".join(cli("rules").out.split())
    assert "house/example" not in cli("rules", "--as-of", str(SIZE)).out


def test_the_same_text_again_appends_nothing(url: str, cli: Cli) -> None:
    cli("rules", "adopt", str(EXAMPLE))
    before = stored(url)
    assert cli("rules", "adopt", str(EXAMPLE), "--json").status == 0
    assert stored(url) == before


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[cap", "is not TOML"),
        (house_text(CAP + "colour = 1\n"), "row house/cap, field colour: found the unknown key"),
        (
            house_text(CAP.replace('cite = "board, 3 May"\n', "")),
            "row house/cap, field cite: found nothing, expected the key 'cite'",
        ),
        (house_text(CAP + CAP), "field from: found two versions that overlap"),
        (
            pack_text('[[gap]]\nid = "g"\ntitle = "t"\ncite = "c"\n', kind="house"),
            "row g: found a row of the kind 'gap', expected caps only",
        ),
        (
            house_text(CAP.replace("house/cap", "us-ear/lpp/parent-year")),
            "the id 'us-ear/lpp/parent-year' belongs to another adopted pack",
        ),
        (
            house_text(CAP + 'when = [{ fact = "destination", groups = ["house/x"] }]\n'),
            "house/cap names the group 'house/x', which no adopted pack has",
        ),
    ],
)
def test_a_wrong_pack_is_bad_input_and_nothing_is_written(
    text: str, said: str, url: str, cli: Cli, tmp_path: Path
) -> None:
    before = stored(url)
    file = str(written(tmp_path, text))
    ran = cli("rules", "adopt", file, "--json")
    assert (ran.status, ran.error["code"]) == (2, "invalid-rule-pack")
    assert said in ran.error["message"]
    assert said in cli("rules", "adopt", file).said
    assert cli("rules", "lint", file).status == 2
    assert stored(url) == before


# ---- lint


def test_a_file_that_is_no_pack_is_told_mistake_by_mistake(cli: Cli, tmp_path: Path) -> None:
    file = str(written(tmp_path, house_text(CAP.replace("500000", "26.95") + "colour = 1\n")))
    ran = cli("rules", "lint", file, "--json")
    assert ran.status == 2
    assert (ran.data["packs"], ran.data["errors"], ran.data["warnings"]) == ([], 2, 0)
    assert ran.data["findings"][0] == {
        "rule": "P005",
        "file": file,
        "row": "house/cap",
        "field": "allowance[0].tpp",
        "found": "26.95",
        "expected": "an amount of TPP with at most one decimal place or 'unlimited'",
        "severity": "error",
    }
    shown = cli("rules", "lint", file)
    assert (shown.status, shown.err) == (2, "")
    for said in ("house.toml", "error P005", "allowance[0].tpp", "26.95", "errors: 2, warnings: 0"):
        assert said in shown.out
    assert "fits" not in shown.out


def test_a_pack_that_clashes_with_another_is_an_error(cli: Cli, tmp_path: Path) -> None:
    text = house_text(CAP.replace("house/cap", "us-ear/lpp/parent-year"))
    ran = cli("rules", "lint", str(written(tmp_path, text)), "--json")
    assert (ran.status, ran.error["code"]) == (2, "invalid-rule-pack")
    assert "belongs to another adopted pack" in ran.error["message"]


def test_a_pack_with_an_error_is_not_fit(url: str, cli: Cli, tmp_path: Path) -> None:
    before = stored(url)
    file = str(written(tmp_path, house_text(CAP.replace("board, 3 May", "TBD"))))
    ran = cli("rules", "lint", file, "--json")
    (one,) = ran.data["findings"]
    assert (ran.status, ran.data["errors"], one["rule"], one["file"]) == (1, 1, "L006", file)
    shown = cli("rules", "lint", file)
    assert (shown.status, "fits" in shown.out) == (1, False)
    assert "checked together with the adopted packs" in shown.out
    assert stored(url) == before


def test_all_adopted_packs_are_checked_together(cli: Cli) -> None:
    ran = cli("rules", "lint", "--json")
    assert (ran.status, ran.data["errors"]) == (0, 0)
    assert len(ran.data["packs"]) == len(STANDARD)
    assert cli("rules", "lint").out.count(f"fits  {len(STANDARD)} packs") == 1


def test_a_pack_of_the_program_is_checked_in_the_place_of_the_adopted_one(
    cli: Cli, tmp_path: Path
) -> None:
    assert cli("rules", "lint", str(RULES / "us_ear/licences.toml")).status == 0
    text = (RULES / "us_ear/licences.toml").read_text(encoding="utf-8")
    text = text.replace('cap = "us-ear/allocation/country"\n', "").replace(
        'within = "presumption-of-approval"\nbeyond = "policy-of-denial"\n',
        'within = "presumption-of-approval"\n',
    )
    ran = cli("rules", "lint", str(written(tmp_path, text)), "--json")
    (one,) = [one for one in ran.data["findings"] if one["rule"] == "L003"]
    assert (ran.status, one["row"]) == (1, "us-ear/allocation/country")


def test_a_file_is_checked_with_the_packs_of_the_program_where_there_is_no_ledger(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    cli = runner(capsys, "--ledger", f"sqlite:///{tmp_path}/none.db")
    ran = cli("rules", "lint", str(EXAMPLE))
    assert (ran.status, ran.err) == (0, "")
    assert "checked together with the packs of the program, for there is no ledger" in ran.out
    assert cli("rules", "lint", "--json").error["code"] == "not-found"


def test_the_lint_rules_are_listed(cli: Cli) -> None:
    listed = cli("rules", "lint", "--list", "--json").data["rules"]
    assert [one["rule"] for one in listed] == [*READING, *LINT_RULES]
    shown = cli("rules", "lint", "--list").out
    assert all(one["rule"] in shown and one["title"] in shown for one in listed)


def test_a_version_with_another_text_is_a_conflict(url: str, cli: Cli, tmp_path: Path) -> None:
    cli("rules", "adopt", str(written(tmp_path, house_text())))
    before = stored(url)
    file = str(written(tmp_path, house_text(CAP.replace("500000", "10000"))))
    for command in ("lint", "adopt"):
        ran = cli("rules", command, file, "--json")
        assert (ran.status, ran.error["code"]) == (4, "already-recorded")
        assert "Give the changed pack a version of its own." in ran.error["message"]
    assert stored(url) == before


@pytest.mark.parametrize(
    ("name", "kind"), [("us_ear/groups.toml", "law"), ("devices.toml", "catalogue")]
)
def test_the_packs_of_the_program_are_not_adopted_by_hand(
    name: str, kind: str, url: str, cli: Cli
) -> None:
    before = stored(url)
    ran = cli("rules", "adopt", str(RULES / name), "--json")
    assert (ran.status, ran.error["code"]) == (2, "invalid-rule-pack")
    assert f"is a {kind} pack. Adopt house packs" in ran.error["message"]
    assert stored(url) == before


def test_a_missing_pack_is_not_found(cli: Cli, tmp_path: Path) -> None:
    for command in ("lint", "adopt"):
        ran = cli("rules", command, str(tmp_path / "none.toml"), "--json")
        assert (ran.status, ran.error["code"]) == (3, "not-found")


def test_titles_are_shown_as_they_stand(cli: Cli, tmp_path: Path) -> None:
    text = house_text(CAP.replace("our own limit", "limit [/] of [red]ours"))
    assert cli("rules", "adopt", str(written(tmp_path, text))).status == 0
    assert cli("rules").status == 0
    lots = ("--device", "h100", "--quantity", "1", "--destination", "BR", "--exporter", "seller")
    shown = cli("check", *lots, "--ultimate-consignee", "buyer", "--on", "2025-09-01").out
    assert "limit [/] of [red]ours" in shown
