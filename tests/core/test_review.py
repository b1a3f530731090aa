import pytest

from ledger.core.events import AnyEvent
from ledger.core.findings import lot_finding
from ledger.core.law.row import Posture
from ledger.core.requirements import Requirements
from ledger.core.review import LicenceReview, licence_review
from ledger.core.review import reviewed as weighed
from ledger.core.stops import stops_of
from ledger.core.usage import Tally
from tests.core.asking import situation
from tests.core.builders import (
    ALLOCATION,
    adopted,
    device,
    exported,
    licence,
    list_adopted,
    pack_text,
    party,
)

US_VOLUME = "us-ear/china/us-volume"


def review(*events: AnyEvent, enforced: object = False, **lot: object) -> LicenceReview:
    posture: Posture = "enforced" if enforced else "on-the-books"
    found = situation(*events, **lot)
    tally = Tally(found.prefix, found.law, found.on)
    stops = tuple(stops_of(found, posture))
    policy = licence_review(Requirements(found), posture, stops)
    return weighed(policy, lambda cap_id: lot_finding(cap_id, found, tally))


def reviewed(*events: AnyEvent, **lot: object) -> tuple[str | None, str | None]:
    """The policy, and the cap that it looked at."""
    found = review(*events, **lot)
    return found.policy, None if found.finding is None else found.finding.cap


# ---- the framework


@pytest.mark.parametrize(
    ("headquarters", "destination", "expected"),
    [
        ("BR", "CN", "presumption-of-denial"),
        ("BR", "MO", "presumption-of-denial"),
        ("CN", "DE", "presumption-of-denial"),
        ("BR", "DE", "presumption-of-approval"),
        ("DE", "BR", "presumption-of-approval"),
    ],
)
def test_the_first_fitting_policy_decides(
    headquarters: str, destination: str, expected: str
) -> None:
    found = reviewed(headquarters=headquarters, destination=destination)
    assert found == (expected, None)


def test_elsewhere_the_allocation_decides_and_is_shown() -> None:
    assert reviewed() == ("presumption-of-approval", ALLOCATION)
    granted = licence(quantity=49000)
    assert reviewed(granted, quantity=898) == ("presumption-of-approval", ALLOCATION)
    assert reviewed(granted, quantity=899) == ("policy-of-denial", ALLOCATION)


@pytest.mark.parametrize(
    ("headquarters", "destination", "expected"),
    [
        ("BR", "CN", "presumption-of-denial"),
        ("CN", "BR", "presumption-of-denial"),
        ("BR", "SA", "presumption-of-approval"),
    ],
)
def test_an_item_of_3a090_b_is_reviewed_by_its_own_rows(
    headquarters: str, destination: str, expected: str
) -> None:
    b_class = device("a30", "2640", performance_density="3.19")
    lot = {"headquarters": headquarters, "destination": destination}
    assert reviewed(b_class, device="a30", **lot) == (expected, None)


# ---- where it does not decide: before its compliance day, and as enforced


@pytest.mark.parametrize(
    ("headquarters", "destination"), [("BR", "CN"), ("BR", "MO"), ("CN", "BR"), ("MO", "SA")]
)
def test_as_enforced_macau_and_d5_are_presumed_to_be_denied(
    headquarters: str, destination: str
) -> None:
    lot = {"headquarters": headquarters, "destination": destination}
    assert reviewed(enforced=True, **lot) == ("presumption-of-denial", None)


def test_the_same_rows_decide_on_the_books_before_the_framework() -> None:
    assert reviewed(destination="CN", on="2023-11-17") == ("presumption-of-denial", None)
    assert review(destination="CN", on="2025-05-14").row == (
        "us-ear/review/2023-d5-or-macau-destination"
    )


def test_what_the_rule_of_2023_says_of_other_places_is_not_confirmed() -> None:
    found = review(destination="SA", enforced=True)
    assert (found.policy, found.row) == (None, "us-ear/review/2023-other")
    assert found.why == (
        "presumption-of-approval is UNCONFIRMED (15 CFR 742.6(b)(10) (88 FR 73458))"
    )


def test_the_first_rule_presumes_denial_for_china() -> None:
    a100 = device("a100", "4992", interconnect_gbps="600")
    lot = {"device": "a100", "destination": "CN"}
    assert reviewed(a100, **lot, on="2022-10-21") == ("presumption-of-denial", None)
    assert review(a100, **lot, on="2023-11-16").row == "us-ear/review/2022"


# ---- China from 2026 on

H200 = device("h200", "15832", dram_bandwidth_gbps="4800")
IN_CHINA = {"device": "h200", "destination": "CN", "ultimate_consignee": "cn"}
CN = party("cn", headquarters="CN")
SOLD_AT_HOME = exported(
    "home",
    device="h200",
    quantity=100,
    on="2026-02-01",
    destination="US",
    authorization="us-ear/nlr",
)


@pytest.mark.parametrize("enforced", [False, True])
def test_from_2026_a_lot_to_china_is_reviewed_case_by_case_up_to_half_of_the_us_volume(
    *, enforced: bool
) -> None:
    """91 FR 1684: at most 50 % of the TPP of the same product shipped for use in the US."""

    def on(day: str, quantity: int) -> tuple[str | None, str | None]:
        return reviewed(
            H200, CN, SOLD_AT_HOME, enforced=enforced, on=day, quantity=quantity, **IN_CHINA
        )

    assert on("2026-01-14", 1) == ("presumption-of-denial", None)
    assert on("2026-03-01", 50) == ("case-by-case", US_VOLUME)
    assert on("2026-03-01", 51) == ("presumption-of-denial", US_VOLUME)


@pytest.mark.parametrize(
    ("tpp", "bandwidth", "lot"),
    [
        ("21000", "4800", {}),
        ("15832", "6500", {}),
        ("15832", "4800", {"origin": "TW"}),
        ("15832", "4800", {"origin": "CN"}),
        ("15832", "4800", {"destination": "RU", "ultimate_consignee": "buyer"}),
        ("15832", "4800", {"ultimate_consignee": "cn", "end_user": "abroad"}),
    ],
)
def test_what_is_outside_the_window_of_2026_stays_presumed_to_be_denied(
    tpp: str, bandwidth: str, lot: dict[str, object]
) -> None:
    """The window: exports from the US, recipients in China or Macau, below TPP and bandwidth."""
    fast = device("h200", tpp, dram_bandwidth_gbps=bandwidth)
    abroad = party("abroad", headquarters="CN", location="SG")
    found = reviewed(fast, CN, abroad, SOLD_AT_HOME, **({**IN_CHINA, "on": "2026-03-01"} | lot))
    assert found == ("presumption-of-denial", None)


def test_a_bandwidth_that_nobody_knows_leaves_the_review_to_china_open() -> None:
    plain = device("h200", "15832")
    found = review(plain, CN, on="2026-03-01", **IN_CHINA)
    assert (found.policy, found.row) == (None, "us-ear/review/china-2026")
    assert found.why is not None
    assert found.why.startswith("whether us-ear/review/china-2026 applies (91 FR 1684")


# ---- what is open


def test_an_open_fact_leaves_the_review_open() -> None:
    found = review(headquarters="unknown")
    assert (found.policy, found.finding) == (None, None)
    assert found.why == (
        "whether us-ear/review/d5-or-macau-headquarters applies (15 CFR 742.6(b)(10)(iii)(A)(1))"
    )
    assert reviewed(destination="GL") == (None, None)


def test_a_parent_abroad_that_nobody_knows_leaves_the_review_open() -> None:
    orphan = party("sub", ultimate_parent="unknown")
    assert reviewed(orphan, ultimate_consignee="sub", end_user="sub") == (None, None)


def test_a_day_without_a_figure_of_the_allocation_leaves_it_open() -> None:
    assert reviewed(on="2027-12-31") == ("presumption-of-approval", ALLOCATION)
    found = review(on="2028-01-01")
    assert (found.policy, found.finding) == (None, None)
    assert found.why == "us-ear/allocation/country has no figure for the day"


def test_a_day_that_no_pack_covers_has_no_review() -> None:
    assert review(on="2022-10-20") == LicenceReview()


def test_a_lot_that_no_rule_asks_a_licence_of_has_no_review() -> None:
    assert review(enforced=True) == LicenceReview()
    plain = device("plain", "1000", performance_density="1")
    assert review(plain, device="plain", destination="CN") == LicenceReview()


def test_a_lot_whose_class_is_not_known_has_no_review_yet() -> None:
    dark = device("dark", "3000", performance_density=None)
    for destination in ("BR", "CN", "DE"):
        assert reviewed(dark, device="dark", destination=destination) == (None, None)


TOY = """[[provision]]
id = "toy/act"
title = "an act"
cite = "toy 1"
published_on = 2025-01-01
effective_on = 2025-01-01
compliance_on = 2025-05-01
suspended_on = 2025-08-01

[[licence_requirement]]
id = "toy/asked"
title = "a licence"
provision = "toy/act"
cite = "toy 1"
when = [{ fact = "destination", values = ["BR", "CL"] }]

[[review]]
id = "toy/review"
provision = "toy/act"
order = 0
cite = "toy 1"
when = [{ fact = "destination", values = ["BR", "DE"] }]
within = "case-by-case"
"""
PLAIN = device("plain", "1000", performance_density="1")


def test_a_policy_of_a_provision_that_does_not_decide_is_passed_over() -> None:
    pack = adopted(pack_text(TOY))
    assert reviewed(pack) == ("case-by-case", None)
    assert reviewed(pack, enforced=True, destination="CN") == ("presumption-of-denial", None)
    assert reviewed(pack, enforced=True) == (None, None)


def test_where_no_policy_fits_the_review_is_open() -> None:
    pack = adopted(pack_text(TOY))
    found = review(pack, PLAIN, device="plain", destination="CL")
    assert found == LicenceReview(why="no modelled policy fits the lot")
    fits = review(pack, PLAIN, device="plain", destination="BR")
    assert fits == LicenceReview(policy="case-by-case", row="toy/review", cite="toy 1")


# ---- what stops the lot

EVIL = party("evil", name="Evil Chips")


def test_the_policy_of_a_listed_party_is_that_of_its_entry() -> None:
    found = review(list_adopted(), EVIL, end_user="evil")
    assert found == LicenceReview(
        row="us-ear/stop/entity-list",
        cite="15 CFR 744.11; 744.16; Supp. No. 4 to part 744",
        why="the policy is that of a party on the Entity List",
    )


def test_a_stop_that_states_a_policy_decides_it() -> None:
    stop = '[[stop]]\nid = "toy"\ntitle = "t"\ncite = "c"\neffect = "license-required"\n'
    stop += 'review = "policy-of-denial"\nwhen = [{ fact = "destination", values = ["BR"] }]\n'
    found = review(adopted(pack_text(stop)))
    assert found == LicenceReview(policy="policy-of-denial", row="toy", cite="c")


def test_an_embargo_is_reviewed_as_any_other_lot() -> None:
    assert reviewed(destination="CU") == ("presumption-of-denial", None)
    assert review(destination="CU").row == "us-ear/review/d5-or-macau-destination"


def test_a_stop_in_doubt_says_nothing_of_the_review() -> None:
    tenth = party("firm", owners=[{"party": "evil", "percent": "10"}])
    found = reviewed(list_adopted(), EVIL, tenth, end_user="firm")
    assert found == ("presumption-of-approval", ALLOCATION)
