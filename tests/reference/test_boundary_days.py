"""Every day on which the law changes: the day before, the day, the day after.

A row of the tables is a lot and what each posture answers on each day: an authorization, or
`unresolved`, or a licence with the review of an application (`open` where that is not known). The
literals are from the digest of the law and its timeline; where both postures answer alike, one
row says so.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from typing import Final

import pytest

from ledger.core.decision import Decision
from ledger.core.law.row import Posture
from ledger.core.memory import MemoryPrefix
from tests.core.builders import (
    candidate_of,
    decided,
    declared,
    device,
    exported,
    granted,
    ledger_of,
    on,
    party,
    used,
)

NLR, ACA, NAC, LPP, AIA = "us-ear/nlr", "us-ear/aca", "us-ear/nac", "us-ear/lpp", "us-ear/aia"
DC_VEU, NVEU, UNRESOLVED = "us-ear/dc-veu", "us-ear/nveu", "unresolved"
DENIAL, APPROVAL = "licence: presumption-of-denial", "licence: presumption-of-approval"
CASE, OPEN = "licence: case-by-case", "licence: open"

BOOKS: Final[tuple[Posture, ...]] = ("on-the-books",)
ENFORCED: Final[tuple[Posture, ...]] = ("enforced",)
BOTH: Final[tuple[Posture, ...]] = ("on-the-books", "enforced")
MANY: Final = 1_700
"""More H100 or H200 than a year's LPP covers (1,699)."""

Row = tuple[str, dict[str, object], tuple[Posture, ...], dict[str, str]]


def _lot(item: str, buyer: str, destination: str, **more: object) -> dict[str, object]:
    fields: dict[str, object] = {"device": item, "destination": destination}
    return fields | {"ultimate_consignee": buyer} | more


def _density(of_one_ic: str) -> dict[str, object]:
    return {"performance_density": of_one_ic}


@cache
def _ledger() -> MemoryPrefix:
    at_home = {"device": "h200", "quantity": 100, "destination": "US", "authorization": NLR}
    seats = ["CN", "MO", "VN", "SA", "MY", "BR", "NI", "CY", "DE", "KH", "AE", "ET"]
    return ledger_of(
        device("h100", "15832", interconnect_gbps=900, dram_bandwidth_gbps=3350),
        device("h200", "15832", interconnect_gbps=900, dram_bandwidth_gbps=4800),
        device("h20", "2368", vendor="NVIDIA", dram_bandwidth_gbps=4000, **_density("2.91")),
        device("slow", "2368", vendor="NVIDIA", dram_bandwidth_gbps=1399, **_density("2.91")),
        device("other", "2368", vendor="another", dram_bandwidth_gbps=4000, **_density("2.91")),
        device("a100", "4992", performance_density="6.04", interconnect_gbps=600),
        device("a800", "4992", performance_density="6.04", interconnect_gbps=400),
        device("a30", "2640", performance_density="3.19", interconnect_gbps=200),
        device("gaming", "5285", data_center=False, interconnect_gbps=32),
        party("seller", headquarters="US"),
        *(party(seat.lower(), headquarters=seat) for seat in seats),
        party("my-sub", headquarters="MY", ultimate_parent="cn"),
        party("sa-veu", headquarters="SA"),
        granted("D1", "us-ear/dc-veu", party="sa-veu", destinations=["SA"], **_from("2024-01-02")),
        party("br-veu", headquarters="BR"),
        granted("N1", "us-ear/nveu", party="br-veu", destinations=["BR"], **_from("2025-01-13")),
        party("core42", headquarters="AE", name="Core42"),
        party("agency", headquarters="AE", party_kind="government"),
        party("samsung", headquarters="CN", name="Samsung China Semiconductor"),
        party("tsmc", headquarters="CN", name="TSMC Nanjing"),
        party("amd", headquarters="CN", name="Advanced Micro Devices China"),
        party("us", headquarters="US"),
        exported("home", on="2026-01-15", ultimate_consignee="us", **at_home),
    )


def _from(day: str) -> dict[str, object]:
    return {"on": day, "from": day}


def _asked(lot: dict[str, object], day: str, posture: Posture) -> Decision:
    return decided(_ledger(), posture, **lot, on=day)


def _said(decision: Decision) -> str:
    if decision.outcome == "license-required":
        return f"licence: {decision.review or 'open'}"
    return decision.authorization or decision.outcome


RULES_OF_2022: Final[list[Row]] = [
    ("A100 to China", _lot("a100", "cn", "CN"), BOTH,
     {"2022-10-20": UNRESOLVED, "2022-10-21": DENIAL, "2022-10-22": DENIAL}),
    ("A800 to China: 400 GB/s is below 600", _lot("a800", "cn", "CN"), BOTH,
     {"2022-10-20": UNRESOLVED, "2022-10-21": NLR, "2022-10-22": NLR}),
    ("A100 to Vietnam", _lot("a100", "vn", "VN"), BOTH,
     {"2022-10-20": UNRESOLVED, "2022-10-21": NLR, "2022-10-22": NLR}),
    ("A100 to Macau: which day counts is not known", _lot("a100", "mo", "MO"), BOTH,
     {"2023-01-16": NLR, "2023-01-17": UNRESOLVED, "2023-01-18": DENIAL, "2023-01-19": DENIAL}),
    ("A100 to Hong Kong is to China all along", _lot("a100", "cn", "HK"), BOTH,
     {"2023-01-16": DENIAL, "2023-01-17": DENIAL, "2023-01-18": DENIAL}),
]  # fmt: skip

RULES_OF_2023: Final[list[Row]] = [
    ("A800 to China: the link rate counts no more", _lot("a800", "cn", "CN"), BOTH,
     {"2023-11-16": NLR, "2023-11-17": DENIAL, "2023-11-18": DENIAL}),
    ("H100 to Vietnam (D:1)", _lot("h100", "vn", "VN"), BOTH,
     {"2023-11-16": NLR, "2023-11-17": OPEN, "2023-11-18": OPEN}),
    ("H100 to Malaysia", _lot("h100", "my", "MY"), BOTH,
     {"2023-11-16": NLR, "2023-11-17": NLR, "2023-11-18": NLR}),
    ("H100 to a Chinese firm's subsidiary in Malaysia", _lot("h100", "my-sub", "MY"), BOTH,
     {"2023-11-16": NLR, "2023-11-17": DENIAL, "2023-11-18": DENIAL}),
    ("A30 (b-class) to Saudi Arabia", _lot("a30", "sa", "SA"), BOTH,
     {"2023-11-16": NLR, "2023-11-17": NAC, "2023-11-18": NAC}),
    ("a gaming card to China", _lot("gaming", "cn", "CN"), BOTH,
     {"2023-11-16": NLR, "2023-11-17": NAC, "2023-11-18": NAC}),
]  # fmt: skip

CHANGES_OF_2024: Final[list[Row]] = [
    ("H100 to Nicaragua: D:1, then D:5", _lot("h100", "ni", "NI"), BOTH,
     {"2024-03-13": UNRESOLVED, "2024-03-14": OPEN, "2024-03-15": DENIAL, "2024-03-16": DENIAL}),
    ("H100 to Brazil for a firm of Nicaragua", _lot("h100", "ni", "BR"), BOTH,
     {"2024-03-13": NLR, "2024-03-14": UNRESOLVED, "2024-03-15": DENIAL, "2024-03-16": DENIAL}),
    ("a gaming card to Saudi Arabia: ACA out of NAC", _lot("gaming", "sa", "SA"), BOTH,
     {"2024-04-03": NAC, "2024-04-04": ACA, "2024-04-05": ACA}),
    ("a gaming card to China stays with NAC", _lot("gaming", "cn", "CN"), BOTH,
     {"2024-04-03": NAC, "2024-04-04": NAC, "2024-04-05": NAC}),
    ("a gaming card within China", _lot("gaming", "cn", "CN", origin="CN"), BOTH,
     {"2024-04-03": NAC, "2024-04-04": ACA, "2024-04-05": ACA}),
    ("a gaming card within Malaysia to a Chinese firm's subsidiary",
     _lot("gaming", "my-sub", "MY", origin="MY"), BOTH,
     {"2024-04-03": DENIAL, "2024-04-04": DENIAL, "2024-04-05": DENIAL}),
    ("H100 to Cyprus (A:6) for a firm of Cyprus (D:5 up to then)", _lot("h100", "cy", "CY"), BOTH,
     {"2024-05-29": DENIAL, "2024-05-30": NLR, "2024-05-31": NLR}),
    ("H100 to a Data Center VEU in Saudi Arabia", _lot("h100", "sa-veu", "SA"), BOTH,
     {"2024-10-01": OPEN, "2024-10-02": DC_VEU, "2024-10-03": DC_VEU}),
]  # fmt: skip

FRAMEWORK_OF_2025: Final[list[Row]] = [
    ("H100 to Brazil: effective, and nothing changes", _lot("h100", "br", "BR"), BOTH,
     {"2025-01-12": NLR, "2025-01-13": NLR, "2025-01-14": NLR}),
    ("H100 to Saudi Arabia: effective, and nothing changes", _lot("h100", "sa", "SA"), BOTH,
     {"2025-01-12": OPEN, "2025-01-13": OPEN, "2025-01-14": OPEN}),
    ("H20 to China: the letter", _lot("h20", "cn", "CN"), BOTH,
     {"2025-04-08": NLR, "2025-04-09": UNRESOLVED, "2025-04-10": UNRESOLVED}),
    ("H20 to a Chinese firm's subsidiary in Malaysia", _lot("h20", "my-sub", "MY"), BOTH,
     {"2025-04-08": NLR, "2025-04-09": UNRESOLVED, "2025-04-10": UNRESOLVED}),
    ("a like chip of a maker that had no letter", _lot("other", "cn", "CN"), BOTH,
     {"2025-04-08": NLR, "2025-04-09": NLR, "2025-04-10": NLR}),
    ("1,399 GB/s to China: below the letter", _lot("slow", "cn", "CN"), BOTH,
     {"2025-04-08": NLR, "2025-04-09": NLR, "2025-04-10": NLR}),
    ("H100 to Brazil around the statement", _lot("h100", "br", "BR"), BOTH,
     {"2025-05-12": NLR, "2025-05-13": NLR, "2025-05-14": NLR}),
    ("H100 to Brazil, compliance", _lot("h100", "br", "BR"), BOOKS,
     {"2025-05-14": NLR, "2025-05-15": LPP, "2025-05-16": LPP}),
    ("many H100 to Brazil, compliance", _lot("h100", "br", "BR", quantity=MANY), BOOKS,
     {"2025-05-14": NLR, "2025-05-15": APPROVAL, "2025-05-16": APPROVAL}),
    ("many H100 to Brazil, not enforced", _lot("h100", "br", "BR", quantity=MANY), ENFORCED,
     {"2025-05-14": NLR, "2025-05-15": NLR, "2025-05-16": NLR}),
    ("many H100 to Germany, compliance", _lot("h100", "de", "DE", quantity=MANY), BOOKS,
     {"2025-05-14": NLR, "2025-05-15": AIA, "2025-05-16": AIA}),
    ("many H100 to an NVEU", _lot("h100", "br-veu", "BR", quantity=MANY), BOOKS,
     {"2025-05-14": NLR, "2025-05-15": NVEU, "2025-05-16": NVEU}),
    ("H100 to Saudi Arabia: no reading on LPP is signed", _lot("h100", "sa", "SA"), BOOKS,
     {"2025-05-14": OPEN, "2025-05-15": UNRESOLVED, "2025-05-16": UNRESOLVED}),
    ("many H100 to a Data Center VEU of 2024", _lot("h100", "sa-veu", "SA", quantity=MANY), BOOKS,
     {"2025-05-14": DC_VEU, "2025-05-15": APPROVAL, "2025-05-16": APPROVAL}),
    ("the same where the framework is not enforced", _lot("h100", "sa-veu", "SA"), ENFORCED,
     {"2025-05-14": DC_VEU, "2025-05-15": DC_VEU, "2025-05-16": DC_VEU}),
]  # fmt: skip

CHANGES_OF_2026: Final[list[Row]] = [
    ("H200 from the United States to China", _lot("h200", "cn", "CN"), BOTH,
     {"2026-01-14": DENIAL, "2026-01-15": CASE, "2026-01-16": CASE}),
    ("H200 from Taiwan to China", _lot("h200", "cn", "CN", origin="TW"), BOTH,
     {"2026-01-14": DENIAL, "2026-01-15": DENIAL, "2026-01-16": DENIAL}),
    ("H200 to a Chinese firm's subsidiary in Malaysia", _lot("h200", "my-sub", "MY"), BOTH,
     {"2026-01-14": DENIAL, "2026-01-15": DENIAL, "2026-01-16": DENIAL}),
    ("many H100 to Cambodia: out of D:5, in D:1", _lot("h100", "kh", "KH", quantity=MANY), BOOKS,
     {"2026-02-02": DENIAL, "2026-02-03": APPROVAL, "2026-02-04": APPROVAL}),
    ("H100 to Cambodia as enforced", _lot("h100", "kh", "KH"), ENFORCED,
     {"2026-02-02": DENIAL, "2026-02-03": OPEN, "2026-02-04": OPEN}),
    ("H100 to Brazil for a firm of Cambodia", _lot("h100", "kh", "BR"), ENFORCED,
     {"2026-02-02": DENIAL, "2026-02-03": NLR, "2026-02-04": NLR}),
    ("H100 to a Chinese firm's subsidiary", _lot("h100", "my-sub", "MY"), BOTH,
     {"2026-05-30": DENIAL, "2026-05-31": DENIAL, "2026-06-01": DENIAL}),
]  # fmt: skip

EMIRATES: Final[list[Row]] = [
    ("many H200 to Core42", _lot("h200", "core42", "AE", quantity=MANY), BOOKS,
     {"2026-07-09": APPROVAL, "2026-07-10": NLR, "2026-07-11": NLR,
      "2027-04-05": NLR, "2027-04-06": UNRESOLVED, "2027-04-07": APPROVAL}),
    ("many H200 to Core42 as enforced", _lot("h200", "core42", "AE", quantity=MANY), ENFORCED,
     {"2026-07-09": OPEN, "2026-07-10": NLR, "2026-07-11": NLR,
      "2027-04-05": NLR, "2027-04-06": UNRESOLVED, "2027-04-07": OPEN}),
    ("one H200 to Core42: A:5 ends the conflict over LPP", _lot("h200", "core42", "AE"), BOOKS,
     {"2026-07-09": UNRESOLVED, "2026-07-10": NLR, "2027-04-07": LPP, "2027-04-08": LPP}),
    ("H200 to an agency of the Emirates", _lot("h200", "agency", "AE"), ENFORCED,
     {"2026-07-09": OPEN, "2026-07-10": NLR, "2026-07-11": NLR, "2027-04-07": NLR}),
    ("H200 to a firm that is not listed", _lot("h200", "ae", "AE"), ENFORCED,
     {"2026-07-09": OPEN, "2026-07-10": OPEN, "2026-07-11": OPEN}),
    ("H200 to Core42 for a buyer that is not listed",
     _lot("h200", "core42", "AE", purchaser="ae"), ENFORCED,
     {"2026-07-09": OPEN, "2026-07-10": OPEN, "2026-07-11": OPEN}),
    ("A30 to a firm that is not listed", _lot("a30", "ae", "AE"), BOTH,
     {"2026-07-09": ACA, "2026-07-10": ACA, "2026-07-11": ACA}),
    ("A30 to Core42", _lot("a30", "core42", "AE"), BOTH,
     {"2026-07-09": ACA, "2026-07-10": NLR, "2026-07-11": NLR}),
    ("H200 to Core42 through a Chinese firm's subsidiary: the headquarters test stands",
     _lot("h200", "core42", "AE", intermediate_consignees=["my-sub"]), BOTH,
     {"2026-07-09": DENIAL, "2026-07-10": DENIAL, "2026-07-11": DENIAL}),
]  # fmt: skip

ENDS_OF_2027: Final[list[Row]] = [
    ("many H100 to Brazil: no allocation after 2027", _lot("h100", "br", "BR", quantity=MANY),
     BOOKS, {"2027-12-30": APPROVAL, "2027-12-31": APPROVAL, "2028-01-01": OPEN}),
    ("many H100 to an NVEU: no table after 2027", _lot("h100", "br-veu", "BR", quantity=MANY),
     BOOKS, {"2027-12-30": NVEU, "2027-12-31": NVEU, "2028-01-01": UNRESOLVED}),
]  # fmt: skip

TABLES: Final = [RULES_OF_2022, RULES_OF_2023, CHANGES_OF_2024, FRAMEWORK_OF_2025]
ROWS: Final = [row for table in [*TABLES, CHANGES_OF_2026, EMIRATES, ENDS_OF_2027] for row in table]


@pytest.mark.parametrize("row", ROWS, ids=[f"{row[0]}, {row[2][0]}" for row in ROWS])
def test_the_answer_changes_on_the_day_the_law_does(row: Row) -> None:
    _, lot, postures, expected = row
    for posture in postures:
        found = {day: _said(_asked(lot, day, posture)) for day in expected}
        assert found == expected, posture


# ---- what a day changes besides the answer


def _notes(item: str, buyer: str, destination: str, day: str) -> Iterator[str]:
    decision = _asked(_lot(item, buyer, destination), day, "enforced")
    return (note.provision for note in decision.status)


@pytest.mark.parametrize(
    ("day", "gap", "guidance"),
    [
        ("2025-05-12", False, False),
        ("2025-05-13", True, False),
        ("2025-05-14", True, False),
        ("2026-05-30", True, False),
        ("2026-05-31", False, True),
        ("2026-06-01", False, True),
    ],
)
def test_the_remark_on_the_headquarters_test(day: str, *, gap: bool, guidance: bool) -> None:
    notes = set(_notes("h100", "my-sub", "MY", day))
    assert ("us-ear/remark/headquarters-gap" in notes) is gap
    assert ("us-ear/remark/headquarters-guidance" in notes) is guidance


@pytest.mark.parametrize(
    ("day", "said"), [("2025-05-12", False), ("2025-05-13", True), ("2025-05-14", True)]
)
def test_the_statement_of_may_2025_is_told_from_its_day(day: str, *, said: bool) -> None:
    assert ("us-ear/ai-diffusion" in _notes("h100", "br", "BR", day)) is said


@pytest.mark.parametrize(
    ("buyer", "expected"),
    [
        ("samsung", {"2025-12-30": True, "2025-12-31": False, "2026-01-01": False}),
        ("tsmc", {"2025-12-30": None, "2025-12-31": False, "2026-01-01": False}),
        ("amd", {"2025-12-30": True, "2025-12-31": True, "2026-01-01": True}),
        ("cn", {"2025-12-30": False, "2025-12-31": False, "2026-01-01": False}),
    ],
)
def test_the_general_veus_of_china_that_were_removed(
    buyer: str, expected: dict[str, bool | None]
) -> None:
    found = {}
    for day in expected:
        decision = _asked(_lot("h20", buyer, "CN"), day, "on-the-books")
        asked = candidate_of(decision, "us-ear/veu").requirements
        found[day] = next(one.holds for one in asked if one.fact == "listing")
    assert found == expected


# ---- caps that change, or are measured, on a day


NVEU_ROWS: Final = {
    "2025-07-01": 1_266_000_000,
    "2025-10-01": 1_582_500_000,
    "2026-01-01": 1_899_000_000,
    "2026-04-01": 2_690_250_000,
    "2026-07-01": 3_481_500_000,
    "2026-10-01": 4_272_750_000,
    "2027-01-01": 5_064_000_000,
}


@pytest.mark.parametrize("day", NVEU_ROWS)
def test_the_nveu_table_steps_on_the_first_day_of_a_quarter(day: str) -> None:
    first = on(day)
    used_tpp = NVEU_ROWS[day] - 50 * 15_832
    holder = ["br-veu", "BR"]
    ledger = ledger_of(
        device("h100", "15832"),
        party("seller", headquarters="US"),
        party("br-veu", headquarters="BR"),
        granted("N1", NVEU, party="br-veu", destinations=["BR"], **_from("2025-01-13")),
        used("u", "us-ear/nveu/company-country", holder, used_tpp, on="2025-05-15"),
    )

    def status(asked: date, quantity: int) -> str:
        lot = _lot("h100", "br-veu", "BR", on=asked, quantity=quantity)
        return candidate_of(decided(ledger, "on-the-books", **lot), NVEU).status

    found = [status(first, units) for units in (50, 51)]
    assert found == ["available", "exceeds-cap"]
    assert status(first - timedelta(days=1), 1) == "exceeds-cap"
    assert status(first + timedelta(days=1), 50) == "available"


@pytest.mark.parametrize(
    ("day", "quantity", "expected"),
    [
        ("2025-07-31", 51, "available"),
        ("2025-08-01", 50, "available"),
        ("2025-08-01", 51, "exceeds-cap"),
        ("2025-08-02", 51, "available"),
        ("2026-01-31", 51, "available"),
        ("2026-02-01", 50, "available"),
        ("2026-02-01", 51, "exceeds-cap"),
        ("2026-02-02", 51, "available"),
    ],
)
def test_half_outside_the_united_states_is_measured_on_two_days(
    day: str, quantity: int, expected: str
) -> None:
    stock = {"US": 500, "DE": 450}
    ledger = ledger_of(
        device("h100", "15832"),
        party("seller", headquarters="US"),
        party("us-veu", headquarters="US"),
        granted("U1", "us-ear/uveu", party="us-veu", **_from("2025-01-13")),
        *(
            declared(f"in-{place}", party="us-veu", destination=place, quantity=units)
            for place, units in stock.items()
        ),
    )
    lot = _lot("h100", "us-veu", "DE", on=day, quantity=quantity)
    decision = decided(ledger, "on-the-books", **lot)
    assert candidate_of(decision, "us-ear/uveu").status == expected
