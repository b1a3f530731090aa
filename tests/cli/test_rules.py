from pathlib import Path

import pytest

from ledger.paths import RULES
from ledger.service.packs import STANDARD
from tests.cli.running import Cli
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


def test_a_house_pack_is_checked_then_adopted_then_listed(url: str, cli: Cli) -> None:
    before = stored(url)
    assert cli("rules", "lint", str(EXAMPLE)).out.startswith("fits  house/example 2026-11-22: ")
    assert cli("rules", "lint", str(EXAMPLE), "--json").data["fits"] is True
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
        (house_text(CAP + "colour = 1\n"), "unknown field 'cap.0.colour'"),
        (
            house_text(CAP.replace('cite = "board, 3 May"\n', "")),
            "the field 'cap.0.cite' is missing",
        ),
        (house_text(CAP + CAP), "two versions of house/cap overlap"),
        (
            house_text(CAP.replace("house/cap", "us-ear/lpp/parent-year")),
            "the id 'us-ear/lpp/parent-year' belongs to another adopted pack",
        ),
        (
            house_text(CAP + 'when = [{ fact = "destination", groups = ["house/x"] }]\n'),
            "house/cap names the group 'house/x', which no adopted pack has",
        ),
        (
            pack_text('[[gap]]\nid = "g"\ntitle = "t"\ncite = "c"\n', kind="house"),
            "a house pack holds caps only, found gaps",
        ),
    ],
)
def test_a_wrong_pack_is_bad_input_and_nothing_is_written(
    text: str, said: str, url: str, cli: Cli, tmp_path: Path
) -> None:
    before = stored(url)
    file = str(written(tmp_path, text))
    for command in ("lint", "adopt"):
        ran = cli("rules", command, file, "--json")
        assert (ran.status, ran.error["code"]) == (2, "invalid-rule-pack")
        assert said in ran.error["message"]
        assert said in cli("rules", command, file).said
    assert stored(url) == before


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
    for command in ("lint", "adopt"):
        ran = cli("rules", command, str(RULES / name), "--json")
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
