"""Tests of the parties to a lot, on the day of the lot."""

import pytest

from ledger.core.events import AnyEvent
from ledger.core.situation import Situation
from ledger.core.verdicts import Verdict
from tests.core.asking import situation, verdict
from tests.core.builders import (
    NVEU,
    UVEU,
    adopted,
    cleared,
    granted,
    list_adopted,
    pack_text,
    party,
)

BUYER, SELLER = "party-buyer-2020-01-01", "party-seller-2020-01-01"


# ---- where they are


def test_headquarters_mean_those_of_every_party_and_of_its_parent() -> None:
    chinese = party("top", headquarters="CN")
    found = situation(chinese, party("sub", ultimate_parent="top"), end_user="sub")
    every = verdict(found, fact="headquarters", not_groups=["us-ear/d5-or-macau"])
    assert every.holds is False
    assert every.found == (
        "buyer (ultimate_consignee) BR, its ultimate parent buyer BR; "
        "sub (end_user) BR, its ultimate parent top CN"
    )
    assert every.sources == (BUYER, "party-sub-2020-01-01", "party-top-2020-01-01")
    consignee = {"fact": "headquarters", "of": ["ultimate_consignee"]}
    assert verdict(found, **consignee, not_groups=["us-ear/d5-or-macau"]).holds is True
    assert verdict(found, fact="headquarters", some=True, values=["CN"]).holds is True
    assert verdict(found, fact="headquarters", some=True, values=["DE"]).holds is False


def test_unknown_headquarters_leave_the_test_open() -> None:
    found = situation(headquarters="unknown")
    open_one = verdict(found, fact="headquarters", not_groups=["us-ear/d5-or-macau"])
    assert open_one.holds is None
    assert "its ultimate parent buyer unknown" in open_one.found
    orphan = situation(party("sub", ultimate_parent="unknown"), end_user="sub")
    assert "its ultimate parent unknown unknown" in verdict(orphan, fact="headquarters").found


def test_one_party_known_to_be_there_is_enough_whatever_another_is() -> None:
    found = situation(party("a", headquarters="CN"), headquarters="unknown", end_user="a")
    assert verdict(found, fact="headquarters", some=True, values=["CN"]).holds is True
    assert verdict(found, fact="headquarters", some=True, values=["DE"]).holds is None


def test_the_exporter_is_asked_only_where_it_is_named() -> None:
    test = {"fact": "headquarters", "some": True, "values": ["US"]}
    assert verdict(situation(), **test).holds is False
    found = verdict(situation(), **test, of=["exporter"])
    assert (found.holds, found.sources) == (True, (SELLER,))


def test_intermediate_consignees_are_parties_too() -> None:
    found = situation(party("hub", headquarters="CN"), intermediate_consignees=["buyer", "hub"])
    named = {"fact": "headquarters", "of": ["intermediate_consignees"], "values": ["CN"]}
    assert verdict(found, **named, some=True).holds is True
    assert verdict(found, **named).holds is False


def test_a_location_is_that_of_the_named_roles() -> None:
    lab = party("lab", headquarters="US", location="DE")
    found = situation(lab, end_user="lab")
    there = verdict(found, fact="location", of=["end_user"], groups=["us-ear/partners"])
    assert there == Verdict(holds=True, found="lab (end_user) in DE", sources=(lab.id,))
    assert verdict(found, fact="location", values=["DE"]).holds is False
    later = situation(party("lab", on="2026-01-01"), end_user="lab")
    nowhere = verdict(later, fact="location", of=["end_user"], values=["BR"])
    assert nowhere == Verdict(holds=None, found="lab (end_user) in unknown")


# ---- what they are


def test_a_kind_is_that_of_the_party_and_of_its_ultimate_parent() -> None:
    test = {"fact": "party_kind", "of": ["end_user"], "not_values": ["government"]}
    assert verdict(situation(), **test).holds is True
    ministry = party("ministry", party_kind="government")
    firm = party("firm", ultimate_parent="ministry")
    found = verdict(situation(ministry, firm, end_user="firm"), **test)
    assert found == Verdict(
        holds=False,
        found="firm (end_user) company, its ultimate parent government",
        sources=(firm.id, ministry.id),
    )


@pytest.mark.parametrize("parent", ["unknown", "abroad"])
def test_the_kind_of_a_parent_that_nobody_knows_leaves_the_test_open(parent: str) -> None:
    found = situation(party("firm", ultimate_parent=parent), end_user="firm")
    test = {"fact": "party_kind", "of": ["end_user"], "not_values": ["government"]}
    assert verdict(found, **test).holds is None
    assert verdict(found, **test).found.endswith("company, its ultimate parent unknown")


# ---- what they hold


def test_a_status_is_held_for_the_destination() -> None:
    status = {"fact": "status", "of": ["ultimate_consignee"], "values": [NVEU]}
    grant = granted("N1", NVEU, destinations=["BR"])
    held = situation(grant, granted("N2", UVEU))
    assert verdict(held, **status) == Verdict(
        holds=True, found="buyer (ultimate_consignee): us-ear/nveu N1", sources=(grant.id,)
    )
    elsewhere = situation(granted("N1", NVEU, destinations=["CL"]))
    assert verdict(elsewhere, **status) == Verdict(
        holds=False, found="buyer (ultimate_consignee): none for BR"
    )


def test_each_of_the_roles_holds_a_status_of_its_own() -> None:
    test = {"fact": "status", "of": ["ultimate_consignee", "end_user"], "values": [UVEU, NVEU]}
    owner = granted("N1", NVEU, destinations=["BR"])
    operator = granted("U1", UVEU, party="operator")
    both = situation(party("operator"), owner, operator, end_user="operator")
    assert verdict(both, **test).holds is True
    assert verdict(both, **test).sources == (owner.id, operator.id)
    one = situation(party("operator"), owner, end_user="operator")
    assert verdict(one, **test).holds is False


# ---- parties that the law itself names

LISTING = """[[listing]]
id = "toy/free"
title = "free parties"
cite = "toy 1"
name_endings = ["inc", "group", "llc"]
members = [
  { names = ["Ames", "Ames Works"], subsidiaries = true },
  { names = ["Bolt Group"] },
  { party_kind = "government", headquarters = "AE" },
  { names = ["Late"], from = 2025-10-01, until = 2025-12-01 },
  { names = ["Perhaps"], evidence = "UNCONFIRMED" },
]
"""


def named(*events: AnyEvent, on: str = "2025-09-01", of: str = "end_user") -> bool | None:
    """Whether the toy listing names the end user, who is called "firm"."""
    pack = adopted(pack_text(LISTING))
    found = situation(pack, *events, on=on, **{of: "firm"})
    return verdict(found, fact="listing", of=[of], values=["toy/free"]).holds


@pytest.mark.parametrize(
    ("name", "holds"),
    [
        ("Ames", True),
        ("AMES, Inc.", True),
        ("Ames Works", True),
        ("ames-works L.L.C.", True),
        ("Ames Group Inc.", True),
        ("Bolt", True),
        ("Ames Bolts", False),
        ("Inc", False),
        ("Amesworks", False),
    ],
)
def test_a_name_is_compared_without_case_signs_and_endings(name: str, *, holds: bool) -> None:
    assert named(party("firm", name=name)) is holds


def test_an_alias_names_nobody() -> None:
    assert named(party("firm", name="A. W. Trading", aliases=["Bolt"])) is False


def test_a_subsidiary_is_named_with_its_owner_where_the_listing_says_so() -> None:
    firm = party("firm", owners=[{"party": "middle", "percent": "51"}])
    middle = party("middle", ultimate_parent="top")
    of_ames = named(party("top", name="Ames"), middle, firm)
    of_bolt = named(party("top", name="Bolt"), middle, firm)
    assert (of_ames, of_bolt) == (True, False)


def test_a_government_is_named_by_its_kind_and_seat() -> None:
    assert named(party("firm", party_kind="government", headquarters="AE")) is True
    assert named(party("firm", party_kind="government", headquarters="SA")) is False
    assert named(party("firm", headquarters="AE")) is False


def test_a_government_of_unknown_seat_may_be_the_one_that_is_named() -> None:
    assert named(party("firm", party_kind="government", headquarters="unknown")) is None


def test_a_member_is_named_on_its_days() -> None:
    late = party("firm", name="Late")
    days = ["2025-09-30", "2025-10-01", "2025-11-30", "2025-12-01"]
    assert [named(late, on=day) for day in days] == [False, True, True, False]


def test_a_member_that_is_unconfirmed_leaves_the_test_open() -> None:
    assert named(party("firm", name="Perhaps")) is None


def test_a_party_of_a_later_registration_is_not_named_yet() -> None:
    """Who it was before is not known: that leaves the test open."""
    assert named(party("firm", name="Ames", on="2025-09-02")) is None


def test_a_listing_says_who_is_named_and_where_that_stands() -> None:
    pack, ames = adopted(pack_text(LISTING)), party("ames", name="Ames")
    found = situation(pack, ames, end_user="ames")
    test = {"fact": "listing", "of": ["ultimate_consignee", "end_user"], "values": ["toy/free"]}
    assert verdict(found, **test) == Verdict(
        holds=False,
        found="buyer (ultimate_consignee) not named in toy/free; ames (end_user) named in toy/free",
        sources=(BUYER, ames.id),
    )
    assert verdict(found, **test, some=True).holds is True
    perhaps = situation(pack, party("maybe", name="Perhaps"), end_user="maybe")
    assert "maybe (end_user) may be named in" in verdict(perhaps, **test).found


def test_a_listing_that_is_not_in_force_names_nobody() -> None:
    pack = adopted(pack_text(LISTING.replace("cite", "until = 2025-09-01\ncite")))
    ames = party("ames", name="Ames")
    found = [situation(pack, ames, end_user="ames", on=day) for day in ("2025-08-31", "2025-09-01")]
    test = {"fact": "listing", "of": ["end_user"], "values": ["toy/free"]}
    assert [verdict(one, **test).holds for one in found] == [True, False]


@pytest.mark.parametrize(
    ("day", "holds"),
    [
        ("2026-07-09", False),
        ("2026-07-10", True),
        ("2027-04-05", True),
        ("2027-04-06", None),
        ("2027-04-07", False),
    ],
)
def test_g42_needs_no_licence_from_its_first_day_to_the_one_that_is_not_clear(
    day: str, *, holds: bool | None
) -> None:
    """Whether the freedom lapses on 2027-04-06 or after it is UNCONFIRMED (91 FR 43034)."""
    found = situation(
        party("g42", name="G42 Holding LLC", headquarters="AE"), end_user="g42", on=day
    )
    listed = {"fact": "listing", "of": ["end_user"], "values": ["us-ear/uae-licence-free"]}
    assert verdict(found, **listed).holds is holds


# ---- parties on a screening list

EVIL = party("evil", name="Evil Chips")
SCREENED = {"fact": "screening", "values": ["EL", "SDN"]}


def screened(*events: AnyEvent, **lot: object) -> Situation:
    return situation(list_adopted(), *events, **lot)


def test_a_party_that_matches_a_listed_one_is_found_with_the_list_it_was_found_on() -> None:
    found = screened(EVIL, end_user="evil")
    assert verdict(found, **SCREENED) == Verdict(
        holds=True,
        found="evil matches 'Evil Chips' (EL:1, score 100)",
        sources=("list",),
    )
    assert verdict(found, fact="screening", values=["SDN"]) == Verdict(
        holds=False, found="no party matches"
    )
    assert verdict(screened(EVIL), **SCREENED).holds is False


def test_several_hits_of_a_party_are_told_once_with_how_many_more() -> None:
    both = party("both", name="Evil Chips", aliases=["Bad Bank"])
    found = verdict(screened(both, end_user="both"), **SCREENED)
    assert found.found == "both matches 'Evil Chips' (EL:1, score 100) and 1 more"


def test_without_a_list_nobody_matches() -> None:
    assert verdict(situation(EVIL, end_user="evil"), **SCREENED).holds is False


def test_a_party_that_was_cleared_is_no_hit_from_that_day_on() -> None:
    when = cleared("evil", "EL:1", day="2025-09-02")
    found = [screened(EVIL, when, end_user="evil", on=day) for day in ("2025-09-01", "2025-09-02")]
    assert [verdict(one, **SCREENED).holds for one in found] == [True, False]


def test_a_name_without_a_letter_can_not_be_screened() -> None:
    nameless = party("x", name="—!")
    found = verdict(screened(nameless, end_user="x"), **SCREENED)
    assert found.holds is None
    assert found.found == "x can't be screened: its name has no letter or digit"
    assert verdict(situation(nameless, end_user="x"), **SCREENED).holds is False, (
        "no list, no doubt"
    )


def test_a_hit_goes_before_a_name_that_can_not_be_screened() -> None:
    nameless = party("x", name="?")
    found = verdict(screened(nameless, EVIL, end_user="x", purchaser="evil"), **SCREENED)
    assert found.holds is True


def test_the_exporter_is_screened_where_it_is_named() -> None:
    found = screened(EVIL, exporter="evil")
    assert verdict(found, **SCREENED).holds is False
    assert verdict(found, **SCREENED, of=["exporter"]).holds is True


# ---- and their owners

OWNERS = {"fact": "owner_screening", "values": ["EL"]}


def held(percent: str, *, location: str = "BR") -> AnyEvent:
    owners = [{"party": "evil", "percent": percent}]
    return party("firm", owners=owners, location=location)


def test_an_owner_that_matches_is_a_red_flag_whatever_it_holds() -> None:
    found = verdict(screened(EVIL, held("1"), end_user="firm"), **OWNERS)
    assert found == Verdict(
        holds=True,
        found="evil matches 'Evil Chips' (EL:1, score 100), an owner of firm",
        sources=("list",),
    )


def test_a_listed_party_is_not_its_own_owner() -> None:
    found = verdict(screened(EVIL, end_user="evil"), **OWNERS)
    assert found == Verdict(holds=False, found="no owner matches")


def test_an_owner_of_an_owner_is_an_owner() -> None:
    middle = party("middle", owners=[{"party": "evil", "percent": "10"}])
    firm = party("firm", owners=[{"party": "middle", "percent": "10"}])
    assert verdict(screened(EVIL, middle, firm, end_user="firm"), **OWNERS).holds is True


@pytest.mark.parametrize("who", ["evil", "firm"])
def test_a_red_flag_is_resolved_by_clearing_the_owner_or_the_party(who: str) -> None:
    lot = (EVIL, held("20"), cleared(who, "EL:1"))
    assert verdict(screened(*lot, end_user="firm"), **OWNERS).holds is False


def test_clearing_the_party_of_another_entry_resolves_nothing() -> None:
    lot = (EVIL, held("20"), cleared("firm", "EL:2"))
    assert verdict(screened(*lot, end_user="firm"), **OWNERS).holds is True


# ---- affiliates: held to half by listed parties (90 FR 47201)

AFFILIATE = {"fact": "affiliate", "values": ["EL", "SDN"], "percent": 50, "not_values": ["US"]}


@pytest.mark.parametrize(("percent", "holds"), [("49.99", False), ("50", True), ("100", True)])
def test_half_is_enough_to_be_an_affiliate(percent: str, *, holds: bool) -> None:
    assert verdict(screened(EVIL, held(percent), end_user="firm"), **AFFILIATE).holds is holds


def test_listed_owners_count_together() -> None:
    bank = party("bank", name="Bad Bank")
    owners = [{"party": "evil", "percent": "25"}, {"party": "bank", "percent": "25"}]
    found = verdict(
        screened(EVIL, bank, party("firm", owners=owners), end_user="firm"), **AFFILIATE
    )
    assert found.holds is True
    assert found.found == "firm (end_user): 25 % by evil (listed); 25 % by bank (listed)"
    assert found.sources == ("list",)
    only_one = {**AFFILIATE, "values": ["EL"]}
    assert (
        verdict(screened(EVIL, bank, party("firm", owners=owners), end_user="firm"), **only_one)
    ).holds is False


def test_an_owner_of_whom_nothing_is_known_leaves_it_open() -> None:
    firm = party("firm", owners=[{"party": "nobody", "percent": "60"}])
    found = verdict(screened(firm, end_user="firm"), **AFFILIATE)
    assert found.holds is None
    assert "nobody is not registered" in found.found


def test_a_party_in_a_place_that_the_rule_leaves_out_is_no_affiliate() -> None:
    assert verdict(screened(EVIL, held("60", location="US"), end_user="firm"), **AFFILIATE) == (
        Verdict(holds=False, found="no owner is listed", sources=("list",))
    )


def test_a_party_that_was_cleared_holds_nothing_as_a_listed_one() -> None:
    lot = (EVIL, held("60"), cleared("evil", "EL:1"))
    assert verdict(screened(*lot, end_user="firm"), **AFFILIATE).holds is False


def test_what_the_law_asks_of_affiliates_stands_where_only_the_party_was_cleared() -> None:
    lot = (EVIL, held("60"), cleared("firm", "EL:1"))
    assert verdict(screened(*lot, end_user="firm"), **AFFILIATE).holds is True


def test_without_owners_nobody_is_an_affiliate() -> None:
    found = verdict(screened(), **AFFILIATE)
    assert found == Verdict(holds=False, found="no owner is listed", sources=("list",))
    assert verdict(situation(), **AFFILIATE).sources == ()
