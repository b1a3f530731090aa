from collections.abc import Sequence
from fractions import Fraction

import pytest

from ledger.core.errors import InvalidRequest
from ledger.core.facts import Facts
from ledger.core.prefix import Match
from tests.core.asking import near, situation
from tests.core.builders import (
    LICENCE,
    amended,
    cap,
    cleared,
    device,
    exported,
    ledger_of,
    licence,
    list_adopted,
    party,
    people,
    request,
    reserved,
)

LIMIT = [{"tpp": 1}]


# ---- what the request names


def test_a_lot_counts_its_units_at_the_tpp_of_the_day_or_the_stated_one() -> None:
    assert str(situation(quantity=8).tpp) == "126656"
    assert str(situation(quantity=8, unit_tpp="100.5").tpp) == "804"


def test_an_unknown_device_is_an_invalid_request() -> None:
    with pytest.raises(InvalidRequest, match="device: the device 'x' is not classified") as refused:
        situation(device="x")
    assert refused.value.where == "device"
    assert "record device.classified" in refused.value.cure


@pytest.mark.parametrize(
    ("role", "lot"),
    [
        ("exporter", {"exporter": "nobody"}),
        ("ultimate_consignee", {"ultimate_consignee": "nobody", "end_user": "buyer"}),
        ("end_user", {"end_user": "nobody"}),
        ("purchaser", {"purchaser": "nobody"}),
        (r"intermediate_consignees\[1\]", {"intermediate_consignees": ["buyer", "nobody"]}),
    ],
)
def test_every_party_that_a_request_names_is_registered(role: str, lot: dict[str, object]) -> None:
    with pytest.raises(InvalidRequest, match=f"{role}: the party 'nobody' is not registered"):
        situation(**lot)


# ---- the device


def test_a_device_has_the_facts_of_the_day_and_names_where_they_stand() -> None:
    later = device("h100", "9000", on="2025-10-01")
    assert situation(later).device_source == "device-h100-2020-01-01"
    assert situation(later, on="2025-10-01").device_source == later.id
    listed = situation(device="nvidia-h100-sxm")
    assert listed.device_source == "the device catalogue: nvidia-h100-sxm"


def test_a_device_of_several_ics_is_classified_by_one_of_them() -> None:
    found = situation(device("server", "126656", ics=8), device="server")
    assert found.ic_tpp == Fraction(15832)
    assert (found.classification.item_class, found.classification.entry) == ("a-class", "4A090.a")


def test_the_classes_are_those_of_the_day() -> None:
    """The A800's slower links kept it out of the first rule; the second counts TPP only."""
    a800 = device("a800", "4992", interconnect_gbps="400")
    before, after = (situation(a800, device="a800", on=f"2023-11-{day}") for day in (16, 17))
    assert (before.classification.item_class, after.classification.item_class) == (
        "none",
        "a-class",
    )


# ---- the parties


def test_all_parties_to_the_lot_are_its_roles_and_the_exporter_where_it_is_named() -> None:
    found = situation(party("hub"), intermediate_consignees=["hub"], purchaser="buyer")
    roles = [role for role, _ in found.roles(())]
    assert roles == ["purchaser", "ultimate_consignee", "end_user", "intermediate_consignees[0]"]
    assert [facts.party for _, facts in found.roles(("exporter",))] == ["seller"]
    named = found.roles(("intermediate_consignees", "exporter"))
    assert {role: facts.party for role, facts in named} == {
        "intermediate_consignees[0]": "hub",
        "exporter": "seller",
    }


def test_a_party_has_the_facts_of_the_day() -> None:
    moved = party("buyer", on="2025-10-01", headquarters="CN")
    before, after = (situation(moved, on=day) for day in ("2025-09-30", "2025-10-01"))
    assert before.parties["end_user"].headquarters == "BR"
    assert after.parties["end_user"].headquarters == "CN"


def test_a_party_is_looked_up_in_the_screening_list_once() -> None:
    asked: list[str] = []

    def counting(digest: str, names: Sequence[str], at_least: int) -> Sequence[Match]:
        asked.extend(names)
        return near(digest, names, at_least)

    evil = party("evil", name="Evil Chips")
    ledger = ledger_of(*people("buyer"), evil, list_adopted(), matcher=counting)
    found = Facts(request(), ledger, ledger.law)
    assert [hit.match.entry for hit in found.hits("evil")] == ["EL:1"]
    assert found.hits("evil") == found.hits("evil")
    assert found.hits("buyer") == ()
    assert asked == ["Evil Chips", "buyer"]


def test_a_hit_carries_the_clearance_that_stands_on_the_day() -> None:
    evil = party("evil", name="Evil Chips")
    when = cleared("evil", "EL:1", day="2025-09-02")
    before, after = (
        situation(evil, list_adopted(), when, on=day) for day in ("2025-09-01", "2025-09-02")
    )
    assert [hit.clearance for hit in before.hits("evil")] == [None]
    assert [hit.clearance for hit in after.hits("evil")] == [when]


# ---- licence lines


@pytest.mark.parametrize(
    "grant",
    [
        {"exporter": "other"},
        {"until": "2025-09-01"},
        {"destinations": ["CL"]},
        {"party": "other"},
        {"lines": [{"line": 1, "device": "b200", "quantity": 9}]},
    ],
)
def test_a_licence_for_something_else_does_not_cover_the_lot(grant: dict[str, object]) -> None:
    found = situation(device("b200", "36000"), licence(**grant))  # type: ignore[arg-type]
    assert found.covering_line is None


@pytest.mark.parametrize("exporter", [None, "seller"])
def test_a_live_line_for_the_device_covers_the_lot(exporter: str | None) -> None:
    lines = [
        {"line": 1, "device": "b200", "quantity": 9},
        {"line": 7, "device": "h100", "quantity": 9},
    ]
    found = situation(device("b200", "36000"), licence(lines=lines, exporter=exporter))
    assert found.covering_line is not None
    assert found.covering_line.key == "D100/7"
    assert found.holder(cap(per=("reference", "line"), of_licence_line=True)) == ("D100", "7")


def test_a_line_covers_its_quantity_with_the_tolerance_in_whole_units() -> None:
    line = {"line": 1, "device": "h100", "quantity": 15, "tolerance_percent": "10"}
    covering = situation(licence(lines=[line])).covering_line
    assert covering is not None
    assert covering.units == 16
    bare = situation(licence(quantity=15)).covering_line
    assert bare is not None
    assert bare.units == 15


def test_a_line_is_that_of_the_day() -> None:
    more = amended("more", "D100", lines=[{"line": 1, "device": "h100", "quantity": 200}])
    found = [
        situation(licence(quantity=100), more, on=day).covering_line
        for day in ("2025-05-31", "2025-06-01")
    ]
    assert [None if one is None else one.units for one in found] == [100, 200]


def test_of_several_lines_the_first_with_enough_left_covers_the_lot() -> None:
    lines = (licence("D1", quantity=3), licence("D2", quantity=9), licence("D3", quantity=5))
    gone = exported("e", quantity=4, reference="D2", line=1, authorization=LICENCE)
    held = reserved("r", quantity=1, reference="D3", line=1, authorization=LICENCE)

    def covering(quantity: int) -> str | None:
        found = situation(*lines, gone, held, quantity=quantity).covering_line
        return None if found is None else found.key

    assert [covering(quantity) for quantity in (1, 3, 4, 5)] == ["D1/1", "D1/1", "D2/1", "D2/1"]
    assert covering(6) == "D2/1", "of lines that are all too short, the one with the most left"


def test_a_named_line_is_the_only_one_that_covers_the_lot() -> None:
    ledger = ledger_of(*people("buyer"), licence("D1", quantity=9), licence("D2", quantity=1))
    for line, expected in (("D1/1", "D1"), ("D2/1", "D2"), ("D2/2", None), ("D3/1", None)):
        found = Facts(request(quantity=5), ledger, ledger.law, line).covering_line
        assert (None if found is None else found.grant.reference) == expected


# ---- holders


def test_a_holder_is_named_by_the_keys_of_its_cap() -> None:
    found = situation(party("sub", ultimate_parent="buyer"), ultimate_consignee="sub")
    keys = ("family", "destination", "exporter")
    assert found.holder(cap(per=keys, allowance=LIMIT)) == ("buyer", "BR", "seller")
    assert found.holder(cap(per=("ultimate_parent",), allowance=LIMIT)) == ("buyer",)
    assert found.holder(cap(per=("ultimate_consignee",), allowance=LIMIT)) == ("sub",)
    assert found.holder(cap(per=("end_user",), allowance=LIMIT)) == ("sub",)


def test_a_holder_with_an_unknown_key_is_not_known() -> None:
    orphan = situation(party("sub", ultimate_parent="unknown"), ultimate_consignee="sub")
    assert orphan.holder(cap(per=("family", "destination"), allowance=LIMIT)) is None
    assert orphan.holder(cap(per=("reference", "line"), of_licence_line=True)) is None


# ---- the same facts again


def test_the_same_facts_serve_another_quantity_and_later_draws() -> None:
    found = situation(licence(quantity=10))
    assert (str(found.tpp), found.own_line) == ("15832", ("D100/1", 1))
    later = ledger_of(*people("buyer"), licence(quantity=10), exported("gone", **ON_THE_LINE))
    again = found.again(request(quantity=8), later)
    assert (str(again.tpp), again.own_line) == ("126656", None)
    assert again.covering_line == found.covering_line
    assert again.parties is found.parties
    assert found.request.quantity == 1


ON_THE_LINE = {"authorization": LICENCE, "reference": "D100", "line": 1, "quantity": 5}
