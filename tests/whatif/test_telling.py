"""Every hypothesis is told in a plain sentence."""

from pathlib import Path
from typing import Any

import pytest

from ledger.whatif.loading import load
from tests.whatif.asking import CLOUD, DOUBLED, SCENARIOS, UNI, compared, scenario

TABLE = {"cap": "us-ear/nveu/company-country", "from": "2026-07-01"}
ASKED = ", which the posture 'enforced' alone asks for"
STOCK = {"party": "example-hyperscaler", "device": "nvidia-h100-sxm", "quantity": 1000}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            {**DOUBLED, "cite": "Supp. 5(b)"},
            (
                "from 2026-07-01 the allowance of us-ear/nveu/company-country is 200 % of what it "
                "would be (Supp. 5(b))"
            ),
        ),
        (
            {**TABLE, "until": "2026-10-01", "allowance_tpp": 1000},
            (
                "from 2026-07-01 until 2026-10-01 the allowance of us-ear/nveu/company-country is "
                "1,000 TPP"
            ),
        ),
        (
            {"cap": "us-ear/uveu/country", "from": "2026-07-01", "percent": "7.5"},
            "from 2026-07-01 the percentage of us-ear/uveu/country is 7.5 %",
        ),
        (
            {
                "group": "us-ear/partners",
                "from": "2026-07-01",
                "add": ["AE"],
                "remove": ["AU", "JP"],
            },
            (
                "from 2026-07-01 AE joins us-ear/partners; from 2026-07-01 AU and JP leave "
                "us-ear/partners"
            ),
        ),
        (
            {"provision": "us-ear/ai-diffusion", "rescinded_on": "2026-12-01"},
            "us-ear/ai-diffusion is rescinded on 2026-12-01",
        ),
        (
            {
                "provision": "us-ear/ai-diffusion",
                "rescinded_on": "2026-12-01",
                "until": "2027-03-01",
            },
            (
                "us-ear/ai-diffusion is rescinded on 2026-12-01, told from 2026-12-01 until "
                "2027-03-01"
            ),
        ),
        (
            {"provision": "us-ear/ac-2023", "suspended_on": "2026-12-01"},
            "us-ear/ac-2023 is suspended on 2026-12-01" + ASKED,
        ),
        (
            {"provision": "us-ear/ai-diffusion", "from": "2026-12-01", "enforced": True},
            "from 2026-12-01 us-ear/ai-diffusion is enforced" + ASKED,
        ),
        (
            {"provision": "us-ear/ac-2023", "from": "2026-12-01", "enforced": False},
            "from 2026-12-01 us-ear/ac-2023 is not enforced" + ASKED,
        ),
        (
            {"authorization": "us-ear/lpp", "ends_on": "2027-01-01"},
            "the authorization us-ear/lpp ends on 2027-01-01",
        ),
        (
            {
                **TABLE,
                "set": {"note": "own", "allowance": [{"from": "2027-01-01", "tpp": 7}]},
            },
            (
                "from 2026-07-01 note of the cap us-ear/nveu/company-country is own; from "
                "2026-07-01 allowance of the cap us-ear/nveu/company-country is from 2027-01-01, "
                "tpp 7"
            ),
        ),
        (
            {**TABLE, "clear": ["note"]},
            "from 2026-07-01 the cap us-ear/nveu/company-country has no note",
        ),
        (
            {"switch": "us-ear/lpp-in-d1-d4", "value": "barred", "from": "2026-09-01"},
            "from 2026-09-01 the switch us-ear/lpp-in-d1-d4 is read as barred",
        ),
        (
            {"pack": "us-ear/parties", "ends_on": "2027-01-01", "cite": "a letter"},
            "every row of us-ear/parties ends on 2027-01-01 (a letter)",
        ),
    ],
)
def test_a_change_of_the_law_is_told(example_url: str, change: dict[str, Any], said: str) -> None:
    found = compared(example_url, scenario(law=[change]))
    assert found.scenarios[0].hypotheses == (said,)


@pytest.mark.parametrize(
    ("event", "said"),
    [
        (
            {"kind": "lot.exported", **CLOUD, "quantity": 1500},
            "1,500 nvidia-gb300-gpu to example-cloud-ae in AE on 2026-11-23 under us-ear/nveu",
        ),
        (
            {"kind": "lot.exported", **UNI, "quantity": 90_000},
            (
                "90,000 nvidia-h100-sxm to example-university-br in BR on 2026-11-23 under "
                "unknown; no authorization carries it"
            ),
        ),
        (
            {"kind": "lot.reserved", **UNI, "quantity": 5, "hold_until": "2027-01-01"},
            (
                "reserved: 5 nvidia-h100-sxm to example-university-br in BR on 2026-11-23 under "
                "us-ear/lpp"
            ),
        ),
        (
            {
                "kind": "authorization.granted",
                "on": "2026-12-01",
                "authorization": "us-ear/uveu",
                "reference": "U-2",
                "party": "example-cloud-ae",
                "from": "2026-12-05",
            },
            "us-ear/uveu (U-2) is granted to example-cloud-ae for any destination from 2026-12-05",
        ),
        (
            {
                "kind": "authorization.ended",
                "on": "2026-12-01",
                "reference": "UVEU-EXAMPLE-1",
                "reason": "revoked",
            },
            "UVEU-EXAMPLE-1 ends on 2026-12-01: revoked",
        ),
        (
            {"kind": "stock.declared", "on": "2025-06-02", "destination": "SG", **STOCK},
            "1,000 nvidia-h100-sxm of example-hyperscaler in SG",
        ),
        (
            {
                "kind": "lot.attrited",
                "on": "2026-12-01",
                "destination": "JP",
                "reason": "failed",
                **STOCK,
            },
            "1,000 nvidia-h100-sxm of example-hyperscaler failed in JP on 2026-12-01",
        ),
        (
            {
                "kind": "lot.relocated",
                "on": "2026-12-01",
                "destination_from": "JP",
                "destination_to": "SG",
                **STOCK,
            },
            "1,000 nvidia-h100-sxm of example-hyperscaler move from JP to SG on 2026-12-01",
        ),
        (
            {
                "kind": "usage.reported",
                "on": "2026-01-01",
                "cap": "us-ear/allocation/country",
                "holder": ["BR"],
                "tpp": 5000,
                "source": "a letter",
            },
            "others drew 5,000 TPP of us-ear/allocation/country for BR",
        ),
        (
            {"kind": "record.reversed", "on": "2026-11-23", "target": "more/1", "reason": "wrong"},
            "more/1 is taken back: wrong",
        ),
        (
            {"kind": "duty.done", "on": "2026-11-23", "duty": "a", "document": "b"},
            "duty.done on 2026-11-23: duty a, document b",
        ),
    ],
)
def test_an_event_is_told(example_url: str, event: dict[str, Any], said: str) -> None:
    found = compared(example_url, scenario(event=[event]))
    assert found.scenarios[0].hypotheses == (said,)


def test_a_rating_by_rates_is_told_by_its_fields(example_url: str) -> None:
    rated = {
        "kind": "device.classified",
        "on": "2026-01-01",
        "device": "new",
        "data_center": True,
        "source": "a test",
    }
    by_tpp = compared(example_url, scenario(event=[{**rated, "unit_tpp": 5000}])).scenarios[0]
    assert by_tpp.hypotheses == ("new is rated 5,000 TPP a unit from 2026-01-01",)
    by_rates = compared(example_url, scenario(event=[{**rated, "rates": {"8": "2000"}}])).scenarios[
        0
    ]
    assert "rates 8 2000" in by_rates.hypotheses[0]


def test_swaps_packs_and_what_is_recorded_already_are_told(
    example_url: str, tmp_path: Path
) -> None:
    swap = {"device": "nvidia-h100-sxm", "by": "nvidia-gb300-gpu"}
    kept = compared(example_url, scenario(swap=[swap])).scenarios[0].hypotheses[0]
    assert kept == (
        "nvidia-gb300-gpu instead of nvidia-h100-sxm in every open reservation: 2, each with as "
        "many units"
    )
    none = {**swap, "ultimate_consignee": "example-cloud-ae"}
    said = compared(example_url, scenario(swap=[none])).scenarios[0].hypotheses[0]
    assert said.endswith("open reservation of example-cloud-ae: there is none")
    less = compared(example_url, scenario(swap=[{**swap, "keep": "tpp"}])).scenarios[0]
    assert less.hypotheses[0].endswith("2, each with no more TPP than before")
    known = {"kind": "lot.exported", "id": "more/1", **UNI, "on": "2026-08-14", "quantity": 40}
    same = scenario(event=[{**known, "document": "ORDER-1", "authorization": "us-ear/lpp"}])
    assert compared(example_url, same).scenarios[0].hypotheses == ("it is recorded already",)
    house = (SCENARIOS.parent / "house.toml").read_text(encoding="utf-8")
    (tmp_path / "house.toml").write_text(house, encoding="utf-8")
    file = tmp_path / "a.toml"
    file.write_text('title = "x"\n[[law]]\nadopt = "house.toml"\n', encoding="utf-8")
    adopted = compared(example_url, load(file)).scenarios[0].hypotheses
    assert adopted[0].startswith("the pack ")
    assert adopted[0].endswith(" is adopted")
