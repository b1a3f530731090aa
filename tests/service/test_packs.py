"""House packs: stricter than the law, named in every finding, refused as a whole where wrong."""

from pathlib import Path
from typing import Any, Final

import pytest

from ledger.core.alternatives import Alternative, SplitPart
from ledger.core.errors import AlreadyRecorded, InvalidEvent, InvalidRulePack, NotFound
from ledger.paths import RULES, data_folder
from ledger.service.packs import STANDARD, adopt, lint
from ledger.service.reserving import reverse
from tests.core.builders import (
    LPP,
    LPP_YEAR,
    NVEU,
    TABLE,
    declared,
    exported,
    on,
    pack_text,
    reserved,
)
from tests.service.lots import answer_to, drawn_and_reserved, finding_of, reserved_as
from tests.store.ledgers import H100_TPP, LPP_UNITS, entries_of, head_of, opened, put, stored

EXAMPLE: Final = data_folder("examples") / "house.toml"
HOUSE_CAP: Final = "house/end-user-365"
HOUSE_UNITS: Final = 400_000_000 // H100_TPP
TITLE: Final = "Example house limits"

CAP: Final = """
[[cap]]
id = "house/cap"
title = "our own limit"
cite = "board, 3 May"
per = ["end_user"]
basis = "exported"
window = { kind = "rolling", days = 30 }
allowance = [{ tpp = 500000 }]
beside = true
"""


def to_ae(quantity: int, day: str = "2025-09-01") -> dict[str, Any]:
    """A lot for the national validated end user in the Emirates."""
    fields = {"ultimate_consignee": "op-ae", "destination": "AE"}
    return {**fields, "quantity": quantity, "on": day}


def written(folder: Path, text: str) -> Path:
    file = folder / "house.toml"
    file.write_text(text, encoding="utf-8")
    return file


def house_text(body: str = CAP, *, kind: str = "house", pack: str = "house/ours") -> str:
    return pack_text(body, pack=pack, kind=kind)


def edition(version: str, body: str = CAP) -> str:
    return house_text(body).replace('version = "1"', f'version = "{version}"')


# ---- what a house cap does


def test_what_the_law_permits_and_the_house_does_not_is_prohibited(url: str) -> None:
    lot = to_ae(HOUSE_UNITS + 1)
    assert answer_to(url, **lot).decision.authorization == NVEU
    adopt(url, EXAMPLE)
    answer = answer_to(url, **lot)
    assert (answer.decision.outcome, answer.decision.authorization) == ("prohibited", None)
    finding = finding_of(answer.decision, HOUSE_CAP)
    assert (finding.house, finding.holder, finding.fits) == (TITLE, ("op-ae",), False)
    assert finding.cite == "Example policy, section 2"
    assert any(HOUSE_CAP in reason and TITLE in reason for reason in answer.decision.reasons)
    assert answer_to(url, **to_ae(HOUSE_UNITS)).decision.outcome == "permitted"


def test_a_house_cap_is_named_in_the_findings_of_a_permitted_lot(url: str) -> None:
    adopt(url, EXAMPLE)
    decision = answer_to(url, 10).decision
    assert decision.authorization == LPP
    assert {f.cap: f.house for f in decision.findings} == {
        LPP_YEAR: None,
        "us-ear/lpp/shipment-notice": None,
        HOUSE_CAP: TITLE,
        "house/country-quarter": TITLE,
    }


def test_a_house_cap_never_makes_the_law_milder(url: str) -> None:
    adopt(url, EXAMPLE)
    assert answer_to(url, LPP_UNITS + 1).decision.outcome == "license-required"


def test_a_rolling_window_says_how_many_go_now_and_when_the_rest_does(url: str) -> None:
    adopt(url, EXAMPLE)
    put(url, exported("e1", authorization=NVEU, **to_ae(20_000, "2025-08-01")))
    answer = answer_to(url, **to_ae(10_000))
    assert answer.decision.outcome == "prohibited"
    fits = HOUSE_UNITS - 20_000
    # The earlier lot leaves the window of 365 days on the 365th day after it.
    later = on("2026-08-01")
    expected = [
        Alternative(change="quantity", value=fits, authorization=NVEU),
        Alternative(change="on", value=later, authorization=NVEU),
        Alternative(
            change="split",
            value=(
                SplitPart(quantity=fits, on=on("2025-09-01"), authorization=NVEU),
                SplitPart(quantity=10_000 - fits, on=later, authorization=NVEU),
            ),
            authorization=NVEU,
        ),
    ]
    assert [one for one in answer.alternatives if one.change != "device"] == expected
    assert answer_to(url, **to_ae(10_000, "2026-07-31")).decision.outcome == "prohibited"
    assert answer_to(url, **to_ae(10_000, "2026-08-01")).decision.outcome == "permitted"


def test_a_house_cap_refuses_a_reservation(url: str) -> None:
    adopt(url, EXAMPLE)
    made = reserved_as("r1", url, **to_ae(HOUSE_UNITS + 1))
    assert made.appended is None
    assert made.as_data()["decision"]["outcome"] == "prohibited"


def test_a_house_cap_counts_what_was_recorded_before_it_was_adopted(
    url: str, tmp_path: Path
) -> None:
    put(url, exported("e1", quantity=10, on="2025-08-20"), exported("e2", on="2025-07-01"))
    put(url, reserved("r1", quantity=5, on="2025-08-25", hold_until="2099-01-01"))
    cap = CAP.replace('["end_user"]', '["exporter", "end_user"]')
    adopt(url, written(tmp_path, house_text(cap)))
    finding = finding_of(answer_to(url).decision, "house/cap")
    assert finding.holder == ("seller", "buyer")
    assert str(finding.drawdown_tpp) == str(10 * H100_TPP)
    assert str(finding.reserved_tpp) == str(5 * H100_TPP)
    put(url, exported("e3", quantity=3, on="2025-08-21"))
    assert drawn_and_reserved(url, "house/cap", "seller")[0] == str(13 * H100_TPP)


def test_a_house_cap_on_the_installed_base_counts_declared_stock(url: str, tmp_path: Path) -> None:
    put(url, declared("d1", quantity=30))
    cap = CAP.replace('"exported"', '"installed"').replace('"rolling", days = 30', '"stock"')
    adopt(url, written(tmp_path, house_text(cap)))
    finding = finding_of(answer_to(url, 2).decision, "house/cap")
    assert (finding.headroom_units, finding.fits) == (500_000 // H100_TPP - 30, False)


# ---- adopting


def test_adopting_the_same_text_again_appends_nothing(url: str) -> None:
    adopt(url, EXAMPLE)
    before = stored(url)
    assert adopt(url, EXAMPLE).pack == "house/example"
    assert stored(url) == before


def test_another_version_takes_the_place_of_the_one_before(url: str, tmp_path: Path) -> None:
    adopt(url, written(tmp_path, house_text()))
    then = head_of(url).size
    adopt(url, written(tmp_path, edition("2", CAP.replace("500000", "10000"))))
    assert answer_to(url).decision.outcome == "prohibited"
    with opened(url) as ledger, ledger.reading(then) as prefix:
        (cap,) = ledger.law(prefix).versions("house/cap")
        assert str(cap.allowance[0].tpp) == "500000"
    adopt(url, written(tmp_path, house_text()))
    assert answer_to(url).decision.outcome == "permitted"
    assert head_of(url).size == then + 2


def test_a_version_with_another_text_is_a_conflict(url: str, tmp_path: Path) -> None:
    adopt(url, written(tmp_path, house_text()))
    before = stored(url)
    file = written(tmp_path, house_text(CAP.replace("500000", "10000")))
    for use in (adopt, lint):
        with pytest.raises(AlreadyRecorded, match="house/ours 1 is adopted with another") as caught:
            use(url, file)
        assert caught.value.exit_status == 4
    assert stored(url) == before


@pytest.mark.parametrize("name", STANDARD)
def test_the_packs_of_the_program_are_not_adopted_by_hand(name: str, url: str) -> None:
    before = stored(url)
    with pytest.raises(InvalidRulePack, match=r"is a (law|catalogue) pack\. Adopt house pa"):
        adopt(url, RULES / name)
    assert lint(url, RULES / name).count("error") == 0
    assert stored(url) == before


def test_the_adoption_of_a_pack_can_not_be_taken_back(url: str) -> None:
    adopt(url, EXAMPLE)
    before = stored(url)
    for entry in (entries_of(url)[1], entries_of(url)[-1]):
        with pytest.raises(InvalidEvent, match="can't be reversed: other packs may build on it"):
            reverse(url, entry.event.id, reason="why")
    assert stored(url) == before


def test_who_adopts_is_kept(url: str) -> None:
    adopt(url, EXAMPLE, actor="ben")
    entry = entries_of(url)[-1]
    assert (entry.envelope.actor, entry.event.kind) == ("ben", "pack.adopted")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[cap", "is not TOML"),
        (house_text() + "colour = 1\n", "row house/cap, field colour: found the unknown key"),
        (house_text(CAP + "[extra]\nx = 1\n"), "found rows of the unknown kind 'extra'"),
        (
            house_text(CAP.replace('cite = "board, 3 May"\n', "")),
            "row house/cap, field cite: found nothing, expected the key 'cite'",
        ),
        (house_text(CAP.replace('["end_user"]', "[]")), "field per: found .*at least 1 item"),
        (house_text(CAP.replace('"end_user"', '"moon"')), r"field per\[0\]: found 'moon'"),
        (house_text(CAP.replace("500000", "0.55")), "found 0.55, expected an amount of TPP"),
        (house_text(CAP.replace(", days = 30", "")), "a rolling window, and no other, has days"),
        (house_text(CAP.replace("beside = true", "")), "beside = false in a house pack"),
        (house_text(CAP + CAP), "found two versions that overlap on the first day"),
        (
            house_text(CAP.replace("house/cap", LPP_YEAR)),
            f"the id '{LPP_YEAR}' belongs to another adopted pack. Use an id of your own",
        ),
        (
            house_text(CAP + 'when = [{ fact = "destination", groups = ["house/friends"] }]\n'),
            "house/cap names the group 'house/friends', which no adopted pack has",
        ),
        (
            house_text(
                '[[switch]]\nid = "house/s"\ntitle = "t"\ncite = "c"\nvalues = ["yes", "no"]\n'
            ),
            "row house/s: found a row of the kind 'switch', expected caps only: a house pack can",
        ),
        (house_text(kind="law"), "beside = true in a law pack"),
        (house_text(kind="rumour"), "kind: .*found 'rumour'"),
        (house_text(pack=" "), "pack: .*found ' '"),
    ],
)
def test_a_wrong_pack_is_refused_as_a_whole(text: str, said: str, url: str, tmp_path: Path) -> None:
    before = stored(url)
    file = written(tmp_path, text)
    for use in (adopt, lint):
        with pytest.raises(InvalidRulePack, match=said) as caught:
            use(url, file)
        assert caught.value.exit_status == 2
    assert stored(url) == before


def test_a_pack_that_is_no_text_is_refused(url: str, tmp_path: Path) -> None:
    file = tmp_path / "house.toml"
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(InvalidRulePack, match=r"house.toml: is not UTF-8 text"):
        adopt(url, file)


@pytest.mark.parametrize("name", ["missing.toml", "."])
def test_a_pack_that_can_not_be_read_is_not_found(name: str, url: str, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"can't read .* Check the path"):
        adopt(url, tmp_path / name)


def test_linting_adopts_nothing(url: str) -> None:
    before = stored(url)
    assert [pack.title for pack in lint(url, EXAMPLE).packs] == [TITLE]
    assert stored(url) == before


def test_the_caps_of_the_law_stay_as_they_are(url: str) -> None:
    before = finding_of(answer_to(url, **to_ae(5)).decision, TABLE)
    adopt(url, EXAMPLE)
    assert finding_of(answer_to(url, **to_ae(5)).decision, TABLE) == before
