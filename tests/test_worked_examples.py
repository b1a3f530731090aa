"""Every worked example of the shared vectors: numbers that others published, reached by the code.

A test is keyed by the ids of the rows it covers; EXCEPTIONS says why a row has none.
"""

import csv
import itertools
import re
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from ledger.core.decision import Decision, decide
from ledger.core.devices import classify, performance_density, unit_tpp
from ledger.core.events import AnyEvent, DeviceClassified
from ledger.core.findings import figure
from ledger.core.headroom import whole_units
from ledger.core.values import Tpp
from tests.core.builders import (
    AIA,
    ALLOCATION,
    LPP,
    LPP_YEAR,
    NVEU,
    TABLE,
    UVEU,
    candidate_of,
    declared,
    device,
    exported,
    finding_of,
    granted,
    ledger_of,
    licence,
    on,
    party,
    people,
    request,
    used,
)

CSV = Path(__file__).parents[1].parent / "shared" / "vectors" / "worked_examples.csv"

EXCEPTIONS = {
    "W055": "A press rounding of W030, which is tested exactly.",
    "W056": "Press roundings of W031 and W043, which are tested exactly.",
    "W057": "Supplement No. 5(b) lists no destination as published, so no allocation is doubled.",
    "W071": "Model weights (ECCN 4E091) are not modelled: the gap us-ear/gap/weights says so.",
    "W088": "Model weights (ECCN 4E091) are not modelled.",
    "W089": "Model weights (ECCN 4E091) are not modelled.",
    "W090": "Model weights (ECCN 4E091) are not modelled.",
    "W093": "Model weights (ECCN 4E091) are not modelled.",
    "W096": "The life of a licence is what its grant says: from and until are the licence's own.",
}

Row = dict[str, str]


def read_rows() -> dict[str, Row]:
    if not CSV.is_file():
        return {}
    with CSV.open(encoding="utf-8", newline="") as file:
        return {row["id"]: row for row in csv.DictReader(file)}


ROWS = read_rows()
TESTED: set[str] = set()
Test = Callable[..., None]

pytestmark = pytest.mark.skipif(not ROWS, reason="shared/vectors/worked_examples.csv is absent")


def examples(*ids: str) -> Callable[[Test], Test]:
    """Run a test once for each of the named rows."""
    TESTED.update(ids)
    return pytest.mark.parametrize("row_id", ids)


def inputs(row_id: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in re.split(r"[; ]+", ROWS[row_id]["inputs"]))
    return {name: value for name, _, value in pairs if value}


def numbers(text: str) -> list[Decimal]:
    plain = re.sub(r"(?<=\d),(?=\d{3})", "", text)
    return [Decimal(found) for found in re.findall(r"\d+(?:\.\d+)?", plain)]


def expected(row_id: str) -> str:
    return ROWS[row_id]["expected"]


def result(row_id: str, name: str) -> str:
    found = re.search(rf"{name}=([0-9.]+)", expected(row_id))
    assert found is not None, f"{row_id} expects no {name}"
    return found[1]


def rounded(number: Fraction, like: str) -> str:
    """A number with as many decimals as the published one shows."""
    places = len(like.partition(".")[2])
    exact = Decimal(number.numerator) / Decimal(number.denominator)
    return str(exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP))


def answer(*events: AnyEvent, headquarters: str = "BR", **lot: object) -> Decision:
    ledger = ledger_of(*people("buyer", headquarters=headquarters), *events)
    return decide(request(**lot), ledger.law, ledger)


def met(facts: DeviceClassified) -> str:
    """The class of an IC and the paragraph it meets."""
    return classify(facts, ledger_of().law.classes(on("2025-09-01"))).why


# ---- TPP and classification

RATES = {"fp4": 4, "fp8": 8, "fp16": 16, "int8": 8}


def measured(row_id: str) -> DeviceClassified:
    """A device with the dense rates of a row; MacTOPS and sparse figures made dense first."""
    given, rates = inputs(row_id), dict[str, str]()
    for name, value in given.items():
        kind = name.removesuffix("_sparse")
        bits = str(RATES.get(kind, given.get("bits", "")))
        scale = Decimal("0.5") if name.endswith("_sparse") else 2 if name == "mactops" else 1
        if kind in {*RATES, "tops", "tflops", "mactops"}:
            rates[bits] = str(max(Decimal(value) * scale, Decimal(rates.get(bits, "0"))))
    return device(
        "ic", None, rates=rates, die_area_mm2=given.get("die_mm2"), performance_density=None
    )


@examples(
    *("W001", "W002", "W003", "W004", "W005", "W006", "W009", "W010", "W011", "W012", "W013"),
    *("W014", "W015", "W016", "W017", "W018", "W019"),
)
def test_tpp_density_and_class_follow_from_rates_and_area(row_id: str) -> None:
    facts, text = measured(row_id), expected(row_id)
    tpp = result(row_id, "TPP")
    assert rounded(Fraction(int(unit_tpp(facts)), 10), like=tpp) == tpp
    if "PD=" in text:
        density = performance_density(facts)
        assert density is not None
        assert rounded(density, like=result(row_id, "PD")) == result(row_id, "PD")
    paragraph = re.search(r"3A090\.[ab](?:\.\d)?|(?<=meets )a\.1", text)
    if "neither a nor b" in text:
        assert met(facts) == "meets no paragraph of 3A090.a, 3A090.b"
    elif paragraph is not None:
        assert paragraph[0] in met(facts)


@examples("W007")
def test_a_sparse_rate_counts_as_half_of_it(row_id: str) -> None:
    facts = measured(row_id)
    assert facts.rates == {"8": Decimal(result(row_id, "dense"))}
    assert str(unit_tpp(facts)) == result(row_id, "TPP")


@examples("W008")
def test_the_highest_of_several_bit_lengths_counts(row_id: str) -> None:
    text = ROWS[row_id]["inputs"].replace("B200 ", "")
    rates = {name: value for name, _, value in (p.partition("=") for p in text.split(";"))}
    both = [
        device("ic", None, rates={"4": rates["fp4"], "8": rates[eight], "16": rates["fp16"]})
        for eight in ("fp8", "int8")
    ]
    assert {str(unit_tpp(facts)) for facts in both} == {expected(row_id).split("=")[-1]}


@examples("W020", "W021", "W022", "W024")
def test_the_edges_of_the_paragraphs(row_id: str) -> None:
    given = inputs(row_id)
    facts = [
        device("ic", given["TPP"], performance_density=given["PD"], data_center=marketed)
        for marketed in (True, False)
    ]
    outside = "meets no paragraph of 3A090.a, 3A090.b"
    assert met(facts[1]) == outside
    if given.get("dc_marketed") == "false":
        assert "not in 3A090.a/.b" in expected(row_id)
    else:
        assert met(facts[0]) == f"meets {expected(row_id).split()[0]}"


@examples("W026")
def test_nac_and_aca_are_open_only_off_the_data_center(row_id: str) -> None:
    """ACA to Brazil, NAC to a buyer headquartered in China: each a gaming IC's, not this one's."""
    assert expected(row_id) == "NAC=no;ACA=no"
    tpp = inputs(row_id)["TPP"]
    for marketed, status in ((True, "ineligible"), (False, "available")):
        ic = device("ic", tpp, data_center=marketed)
        abroad, chinese = (answer(ic, headquarters=h, device="ic") for h in ("BR", "CN"))
        assert candidate_of(abroad, "us-ear/aca").status == status
        assert candidate_of(chinese, "us-ear/nac").status == status


@examples("W085")
def test_a_server_counts_with_the_sum_of_its_ics(row_id: str) -> None:
    (count, *_) = numbers(ROWS[row_id]["inputs"])
    one = unit_tpp(measured("W005"))
    server = device("server", str(Tpp(int(count) * one)), ics=int(count))
    found = finding_of(answer(server, device="server"), LPP_YEAR)
    assert f"{found.requested_tpp} TPP" == expected(row_id)


# ---- whole units under the caps


@examples("W027", "W028", "W029", "W030")
def test_so_many_units_fill_an_empty_year_of_lpp(row_id: str) -> None:
    given = inputs(row_id)
    found = finding_of(answer(unit_tpp=given["tpp"]), LPP_YEAR)
    assert str(found.allowance_tpp) == given["cap"]
    assert f"{found.headroom_units} whole units" == expected(row_id)


@examples("W031", "W032")
def test_so_many_units_fill_an_empty_allocation(row_id: str) -> None:
    given = inputs(row_id)
    found = finding_of(answer(unit_tpp=given["tpp"]), ALLOCATION)
    assert str(found.allowance_tpp) == given["cap"]
    assert str(found.headroom_units) == expected(row_id)


@examples("W034", "W046")
def test_so_many_units_fill_an_amount(row_id: str) -> None:
    given = inputs(row_id)
    assert str(whole_units(Tpp.of(given["cap"]), Tpp.of(given["tpp"]))) == expected(row_id)


@examples("W048", "W049", "W050", "W051", "W054")
def test_one_device_in_place_of_another(row_id: str) -> None:
    """The inputs are `amount/unit` or `quantity*unit/other unit`."""
    amount, _, unit = ROWS[row_id]["inputs"].rpartition("/")
    quantity, _, each = amount.rpartition("*")
    total = int(quantity or 1) * Tpp.of(each)
    assert whole_units(total, Tpp.of(unit)) == numbers(expected(row_id))[0]


def table(day: str) -> Tpp:
    """What the table of a national validated end user allows on a day."""
    ledger = ledger_of()
    found = figure(TABLE, ("x", "BR"), on=on(day), prefix=ledger, law=ledger.law)
    assert found is not None
    assert found.allowance_tpp is not None
    return found.allowance_tpp


@examples("W035", "W036", "W037", "W038", "W039", "W040", "W041", "W043")
def test_the_table_is_a_multiple_of_the_h100_of_the_authors(row_id: str) -> None:
    given = inputs(row_id)
    quarter = re.search(r"(\d{4})-Q(\d)", ROWS[row_id]["claim"])
    assert quarter is not None
    allowed = table(f"{quarter[1]}-{int(quarter[2]) * 3 - 2:02}-01")
    assert str(allowed) == given["cap"]
    assert divmod(allowed, Tpp.of(given["tpp"])) == (int(numbers(expected(row_id))[0]), 0)


@examples("W044", "W045")
def test_the_table_rises_by_equal_steps(row_id: str) -> None:
    days = {
        "W044": ["2025-01-01", "2025-04-01", "2025-07-01", "2025-10-01"],
        "W045": ["2026-01-01", "2026-04-01", "2026-07-01", "2026-10-01", "2027-01-01"],
    }[row_id]
    allowed = [table(day) for day in days]
    rises = {later - earlier for earlier, later in itertools.pairwise(allowed)}
    tpp, units, *_ = numbers(expected(row_id))
    assert rises == {Tpp.of(tpp)}
    assert units * Tpp.of(15825) == Tpp.of(tpp)


@examples("W052")
def test_one_cluster_takes_nearly_a_whole_country(row_id: str) -> None:
    quantity, unit = (int(n) for n in numbers(ROWS[row_id]["inputs"]))
    line = {"line": 1, "device": "gb300", "quantity": quantity}
    ledger = ledger_of(*people("buyer"), device("gb300", str(unit)), licence(lines=[line]))
    found = figure(ALLOCATION, ("BR",), on=on("2025-09-01"), prefix=ledger, law=ledger.law)
    assert found is not None
    assert found.allowance_tpp is not None
    tpp, percent, allocation = numbers(expected(row_id))
    assert (found.drawdown_tpp, found.allowance_tpp) == (Tpp.of(tpp), Tpp.of(allocation))
    part = Fraction(100 * found.drawdown_tpp, found.allowance_tpp)
    assert rounded(part, like=str(percent)) == str(percent)


@examples("W053")
def test_the_last_table_is_more_than_six_allocations(row_id: str) -> None:
    allocation = finding_of(answer(), ALLOCATION).allowance_tpp
    assert allocation is not None
    ratio = Fraction(table("2027-01-01"), allocation)
    assert rounded(ratio, like=expected(row_id)) == expected(row_id)


# ---- AIA and LPP


@examples("W058")
def test_the_unit_that_brings_the_certification(row_id: str) -> None:
    first, before, *_ = (int(n) for n in numbers(expected(row_id)))
    below = answer(headquarters="DE", destination="DE", quantity=before)
    reached = answer(headquarters="DE", destination="DE", quantity=first)
    for found, due in ((below, False), (reached, True)):
        assert found.authorization == AIA
        assert ("us-ear/aia/filing" in {duty.duty for duty in found.duties}) is due
    assert finding_of(reached, "us-ear/aia/consignee-certification").headroom_units == before


@examples("W060")
def test_a_lot_fits_what_is_left_of_the_year(row_id: str) -> None:
    reported = used("u", LPP_YEAR, ["buyer"], inputs(row_id)["consignee_ytd"])
    found = answer(reported, quantity=50)
    assert found.authorization == LPP
    finding = finding_of(found, LPP_YEAR)
    assert str(finding.requested_tpp) == result(row_id, "ship")
    assert finding.headroom_tpp is not None
    assert finding.allowance_tpp is not None
    left = finding.headroom_tpp - finding.requested_tpp
    assert str(Tpp(left)) == result(row_id, "headroom")
    assert str(Tpp(finding.allowance_tpp - left)) == result(row_id, "total")


@examples("W062")
def test_the_exact_limit_is_allowed_and_reported(row_id: str) -> None:
    total = Tpp.of(inputs(row_id)["total"])
    before = used("u", LPP_YEAR, ["buyer"], str(Tpp(total - Tpp.of(15832))))
    found = answer(before)
    assert found.authorization == LPP
    finding = finding_of(found, LPP_YEAR)
    assert finding.headroom_tpp is not None
    assert str(Tpp(finding.headroom_tpp - finding.requested_tpp)) == result(row_id, "headroom")
    assert "us-ear/lpp/limit-reached" in {duty.duty for duty in found.duties}
    assert answer(before, quantity=2).outcome == "license-required"


@examples("W063")
def test_a_new_year_is_empty(row_id: str) -> None:
    given = ROWS[row_id]["inputs"]
    tpp = numbers(given)[1]
    gone = exported("e", unit_tpp=str(tpp / 10), quantity=10, on="2025-12-31")
    full = finding_of(answer(gone, on="2025-12-31"), LPP_YEAR)
    assert full.headroom_tpp == 0
    fresh = finding_of(answer(gone, on=given[-10:]), LPP_YEAR)
    assert str(fresh.headroom_tpp) == result(row_id, "headroom")


@examples("W065")
def test_a_chinese_parent_bars_the_exceptions(row_id: str) -> None:
    given = inputs(row_id)
    ledger = ledger_of(
        *people("top", headquarters=given["ultimate_parent_hq"]),
        party("buyer", headquarters=given["dest"], ultimate_parent="top"),
    )
    found = decide(request(destination=given["dest"]), ledger.law, ledger)
    assert candidate_of(found, LPP).status == candidate_of(found, AIA).status == "ineligible"
    assert found.review == "presumption-of-denial"
    assert "license review=presumption of denial" in expected(row_id)


@examples("W066")
def test_lpp_does_not_cover_a_transfer(row_id: str) -> None:
    assert expected(row_id) == "LPP=no"
    assert candidate_of(answer(origin="BR"), LPP).status == "ineligible"


@examples("W068")
def test_aia_has_no_cap_and_its_duties(row_id: str) -> None:
    given = inputs(row_id)
    owner = party("owner", headquarters=given["owner_hq"])
    site = party("site", headquarters=given["dest"], ultimate_parent="owner")
    found = answer(owner, site, destination="DE", ultimate_consignee="site", quantity=10**6)
    assert expected(row_id).startswith("AIA=yes")
    assert found.authorization == AIA
    assert {"us-ear/aia/certification", "us-ear/aia/notice"} <= {d.duty for d in found.duties}
    assert not [finding for finding in found.findings if finding.decides]


@examples("W070")
def test_a_partner_parent_does_not_carry_aia_abroad(row_id: str) -> None:
    given = inputs(row_id)
    owner = party("owner", headquarters=given["ultimate_parent_hq"])
    site = party("site", headquarters=given["dest"], ultimate_parent="owner")
    lots = {"destination": given["dest"], "ultimate_consignee": "site"}
    found = answer(owner, site, **lots)
    assert candidate_of(found, AIA).status == "ineligible"
    assert found.authorization == LPP
    beyond = answer(owner, site, quantity=10**5, **lots)
    assert beyond.review == "presumption-of-approval"
    assert "presumption of approval (A)(2)" in expected(row_id)


# ---- NVEU and the allocation


@examples("W072")
def test_a_lot_fits_the_quarter(row_id: str) -> None:
    status = granted("n", NVEU, destinations=["BR"])
    tpp = numbers(ROWS[row_id]["inputs"])[3]
    base = exported("e", quantity=100, unit_tpp=str(tpp / 100), on="2025-05-01")
    found = answer(status, base, on=inputs(row_id)["date"], quantity=3000)
    assert found.authorization == NVEU
    finding = finding_of(found, TABLE)
    after, allowance, left = (Tpp.of(n) for n in numbers(expected(row_id)))
    assert finding.allowance_tpp == allowance
    assert finding.drawdown_tpp + finding.requested_tpp == after
    assert finding.headroom_tpp is not None
    assert finding.headroom_tpp - finding.requested_tpp == left


@examples("W075")
def test_each_country_has_its_own_table(row_id: str) -> None:
    assert expected(row_id) == "two authorizations, two separate caps"
    events: list[AnyEvent] = [
        granted("one", NVEU, destinations=["AE"]),
        granted("two", NVEU, destinations=["SA"]),
        exported("e", quantity=1000, destination="AE", authorization=NVEU),
    ]
    drawn = [finding_of(answer(*events, destination=iso), TABLE) for iso in ("AE", "SA")]
    assert [finding.holder for finding in drawn] == [("buyer", "AE"), ("buyer", "SA")]
    assert [finding.drawdown_tpp for finding in drawn] == [1000 * Tpp.of(15832), 0]


@examples("W076")
def test_what_a_status_ships_leaves_the_allocation_whole(row_id: str) -> None:
    assert expected(row_id) == "AE country headroom unchanged"
    (tpp,) = numbers(ROWS[row_id]["inputs"])
    status = granted("n", NVEU, destinations=["AE"])
    went = exported(
        "e", quantity=100, unit_tpp=str(tpp / 100), destination="AE", authorization=NVEU
    )
    ledger = ledger_of(*people("buyer"), status, went)
    found = figure(ALLOCATION, ("AE",), on=on("2025-09-01"), prefix=ledger, law=ledger.law)
    assert found is not None
    assert found.headroom_tpp == found.allowance_tpp


@examples("W077")
def test_beyond_the_allocation_the_policy_is_denial(row_id: str) -> None:
    given = inputs(row_id)
    line = {"line": 1, "device": "unit", "quantity": 100}
    unit = str(Decimal(given["licensed_since_2025"]) / 100)
    events: list[AnyEvent] = [device("unit", unit), licence(lines=[line])]
    each = str(Decimal(given["application"]) / 2)
    found = answer(*events, quantity=2, unit_tpp=each, authorization=AIA)
    (finding,) = found.findings
    total, allocation = (Tpp.of(n) for n in numbers(expected(row_id))[:2])
    assert finding.drawdown_tpp + finding.requested_tpp == total
    assert finding.allowance_tpp == allocation
    assert (found.review, finding.fits) == ("policy-of-denial", False)
    assert "policy of denial" in expected(row_id)


# ---- UVEU shares

MILLION = "1000000"


def base(**stock: int) -> list[AnyEvent]:
    """A universal end user with so many units of a million TPP in each country."""
    installed: list[AnyEvent] = [
        declared(f"stock-{iso}", destination=iso, device="unit", quantity=quantity)
        for iso, quantity in stock.items()
    ]
    return [device("unit", MILLION), granted("u", UVEU), *installed]


def gone(destination: str, tpp: int) -> list[AnyEvent]:
    """Exports that leave exactly so many TPP installed in a country."""
    quantity, rest = divmod(tpp, 9_000_000)
    lots: dict[str, object] = {"device": "unit", "destination": destination}
    many = exported(f"many-{destination}", **lots, unit_tpp="9000000", quantity=quantity)
    return [many, exported(f"rest-{destination}", **lots, unit_tpp=str(rest))]


def share(cap_id: str, *events: AnyEvent, destination: str, **lot: object) -> bool:
    """Whether a lot fits a share of the family."""
    fields: dict[str, object] = {"device": "unit", "destination": destination, **lot}
    found = answer(*events, headquarters="US", **fields)
    return finding_of(found, cap_id).fits


@examples("W079")
def test_a_quarter_outside_the_partners_is_allowed(row_id: str) -> None:
    total, outside = (int(n) // 10**6 for n in numbers(ROWS[row_id]["inputs"])[::2])
    events = base(US=total - outside, BR=outside - 1)
    assert expected(row_id).startswith("allowed")
    assert share("us-ear/uveu/outside-partners", *events, destination="MY")
    assert not share("us-ear/uveu/outside-partners", *events, destination="MY", quantity=2)


@examples("W080")
def test_seven_percent_in_one_country_is_allowed(row_id: str) -> None:
    assert expected(row_id) == "allowed / breach"
    total, allowed, breach = (int(n) for n in numbers(ROWS[row_id]["inputs"]))
    last = 5_000_000
    for here, fits in ((allowed, True), (breach, False)):
        events = [*base(), *gone("US", total - here), *gone("MY", here - last)]
        found = share("us-ear/uveu/country", *events, destination="MY", unit_tpp=str(last))
        assert found is fits


@examples("W081")
def test_both_limits_at_once(row_id: str) -> None:
    given = {name: int(value) for name, value in inputs(row_id).items()}
    outside = {iso: given[iso] for iso in ("MY", "SG", "IN", "BR")}
    assert sum(outside.values()) == numbers(expected(row_id))[0]
    home = given["total"] - sum(outside.values())
    events = base(US=home, **(outside | {"BR": outside["BR"] - 1}))
    limits = ("us-ear/uveu/outside-partners", "us-ear/uveu/country")
    assert all(share(cap, *events, destination="BR") for cap in limits)
    full = base(US=home, **outside)
    for iso in outside:
        assert not all(share(cap, *full, destination=iso) for cap in limits)


@examples("W082")
def test_half_in_the_united_states_is_measured_twice_a_year(row_id: str) -> None:
    total, outside = (int(n) for n in numbers(ROWS[row_id]["inputs"]))
    events = base(US=total - outside, DE=outside - 1)
    assert expected(row_id) == "breach on a reporting date (Feb 1 / Aug 1)"
    for day, decides in (("2026-01-31", False), ("2026-02-01", True), ("2026-08-01", True)):
        lot: dict[str, object] = {"device": "unit", "destination": "DE", "on": day}
        found = answer(*events, headquarters="US", **lot)
        finding = finding_of(found, "us-ear/uveu/outside-us")
        assert (finding.fits, finding.decides) == (False, decides)


@examples("W084")
def test_a_lot_stands_on_both_sides_of_its_share(row_id: str) -> None:
    total, here, more = (int(n) for n in numbers(ROWS[row_id]["inputs"]))
    events = base(US=total - here, MY=here)
    part, whole, percent = numbers(expected(row_id))
    assert (here + more, total + more) == (int(part), int(whole))
    assert rounded(Fraction(100 * (here + more), total + more), like=str(percent)) == str(percent)
    assert share("us-ear/uveu/country", *events, destination="MY", quantity=more)
    assert not share("us-ear/uveu/country", *events, destination="MY", quantity=more + 1)


# ---- the compliance day


@examples("W095")
def test_the_rule_applies_on_paper_from_its_compliance_day(row_id: str) -> None:
    before, first, announced = re.findall(r"\d{4}-\d{2}-\d{2}", ROWS[row_id]["inputs"])
    old = answer(on=before)
    assert (old.outcome, old.authorization) == ("permitted", "us-ear/nlr")
    found = answer(on=first)
    assert (found.outcome, found.authorization) == ("permitted", LPP)
    (framework,) = (one for one in found.status if one.provision == "us-ear/ai-diffusion")
    assert (framework.on_the_books, framework.enforced) == (True, False)
    assert framework.since == on(announced)


# ---- no row is forgotten


def test_every_worked_example_is_tested_or_excepted() -> None:
    assert set(ROWS) == TESTED | set(EXCEPTIONS), (
        "give each new row of the worked examples a test, or a reason in EXCEPTIONS: "
        f"{sorted(set(ROWS) ^ (TESTED | set(EXCEPTIONS)))}"
    )
    assert not TESTED & set(EXCEPTIONS)
