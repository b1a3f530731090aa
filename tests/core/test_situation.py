import pytest

from ledger.core.errors import InvalidRequest
from ledger.core.events import AnyEvent
from ledger.core.law.conditions import Test as FactTest
from ledger.core.situation import Situation, Verdict
from tests.core.builders import (
    LICENCE,
    NVEU,
    UVEU,
    cap,
    device,
    exported,
    granted,
    ledger_of,
    licence,
    party,
    people,
    request,
    reserved,
    signed,
)


def situation(*events: AnyEvent, headquarters: str = "BR", **lot: object) -> Situation:
    ledger = ledger_of(*people("buyer", headquarters=headquarters), *events)
    return Situation(request(**lot), ledger, ledger.law)


def verdict(found: Situation, **test: object) -> Verdict:
    return found.verdict(FactTest.model_validate(test))


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
        situation(**lot)  # type: ignore[arg-type]  # fields of a lot, not headquarters


# ---- tests of facts


def test_the_item_class_is_tested_with_its_reason() -> None:
    found = verdict(situation(), fact="item_class", values=["a-class"])
    assert found == Verdict(holds=True, found="a-class (meets 3A090.a.1)")
    dark = situation(device("dark", "3000", performance_density=None), device="dark")
    assert verdict(dark, fact="item_class", values=["a-class"]).holds is None
    assert verdict(dark, fact="item_class", values=["a-class"]).found.startswith("unknown (")


def test_a_lot_field_is_tested_as_it_stands() -> None:
    found = situation()
    assert verdict(found, fact="transaction", values=["export"]) == Verdict(True, "export")  # noqa: FBT003
    assert verdict(found, fact="destination", groups=["us-ear/partners"]).holds is False
    assert verdict(found, fact="destination", not_values=["BR"]).holds is False
    assert verdict(found, fact="data_center", values=["yes"]).found == "yes"
    gaming = situation(device("gaming", "5285", data_center=False), device="gaming")
    assert verdict(gaming, fact="data_center", values=["yes"]) == Verdict(False, "no")  # noqa: FBT003


def test_a_place_whose_membership_is_unconfirmed_leaves_the_test_open() -> None:
    found = situation(destination="GL")
    assert verdict(found, fact="destination", groups=["us-ear/partners"]).holds is None
    assert verdict(found, fact="destination", not_groups=["us-ear/partners"]).holds is None
    assert verdict(found, fact="destination", values=["GL"]).holds is True


def test_headquarters_mean_those_of_every_party_and_of_its_parent() -> None:
    chinese = party("top", headquarters="CN")
    found = situation(chinese, party("sub", ultimate_parent="top"), end_user="sub")
    every = verdict(found, fact="headquarters", not_groups=["us-ear/d5-or-macau"])
    assert every.holds is False
    assert every.found == (
        "buyer (ultimate_consignee) BR, its ultimate parent buyer BR; "
        "sub (end_user) BR, its ultimate parent top CN"
    )
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


def test_intermediate_consignees_are_parties_too() -> None:
    found = situation(party("hub", headquarters="CN"), intermediate_consignees=["buyer", "hub"])
    named = {"fact": "headquarters", "of": ["intermediate_consignees"], "values": ["CN"]}
    assert verdict(found, **named, some=True).holds is True
    assert verdict(found, **named).holds is False


def test_a_location_is_that_of_the_named_roles() -> None:
    found = situation(party("lab", headquarters="US", location="DE"), end_user="lab")
    lab = verdict(found, fact="location", of=["end_user"], groups=["us-ear/partners"])
    assert lab == Verdict(holds=True, found="lab (end_user) in DE")
    assert verdict(found, fact="location", values=["DE"]).holds is False
    later = situation(party("lab", on="2026-01-01"), end_user="lab")
    assert verdict(later, fact="location", of=["end_user"], values=["BR"]).found.endswith("unknown")


def test_a_status_is_held_for_the_destination() -> None:
    status = {"fact": "status", "of": ["ultimate_consignee"], "values": [NVEU]}
    held = situation(granted("N1", NVEU, destinations=["BR"]), granted("N2", UVEU))
    assert verdict(held, **status) == Verdict(
        holds=True, found="buyer (ultimate_consignee): us-ear/nveu N1"
    )
    elsewhere = situation(granted("N1", NVEU, destinations=["CL"]))
    assert verdict(elsewhere, **status) == Verdict(
        holds=False, found="buyer (ultimate_consignee): none for BR"
    )


def test_a_switch_is_tested_by_its_reading() -> None:
    asked = {"fact": "switch", "switch": "us-ear/lpp-in-d1-d4", "values": ["available"]}
    assert verdict(situation(), **asked) == Verdict(
        holds=None, found="no reading adopted for us-ear/lpp-in-d1-d4"
    )
    barred = situation(signed("i", "us-ear/lpp-in-d1-d4", "barred"))
    assert verdict(barred, **asked) == Verdict(holds=False, found="us-ear/lpp-in-d1-d4 = barred")


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
    assert verdict(found, fact="licence_line") == Verdict(
        holds=False, found="no live licence line covers the lot"
    )


@pytest.mark.parametrize("exporter", [None, "seller"])
def test_a_live_line_for_the_device_covers_the_lot(exporter: str | None) -> None:
    lines = [
        {"line": 1, "device": "b200", "quantity": 9},
        {"line": 7, "device": "h100", "quantity": 9},
    ]
    found = situation(device("b200", "36000"), licence(lines=lines, exporter=exporter))
    assert verdict(found, fact="licence_line") == Verdict(holds=True, found="licence D100, line 7")
    assert found.holder(cap(per=("reference", "line"), of_licence_line=True)) == ("D100", "7")


# ---- holders


def test_a_holder_is_named_by_the_keys_of_its_cap() -> None:
    found = situation(party("sub", ultimate_parent="buyer"), ultimate_consignee="sub")
    limit = [{"tpp": 1}]
    keys = ("family", "destination", "exporter")
    assert found.holder(cap(per=keys, allowance=limit)) == ("buyer", "BR", "seller")
    assert found.holder(cap(per=("ultimate_parent",), allowance=limit)) == ("buyer",)
    assert found.holder(cap(per=("ultimate_consignee",), allowance=limit)) == ("sub",)
    assert found.holder(cap(per=("end_user",), allowance=limit)) == ("sub",)


def test_a_holder_with_an_unknown_key_is_not_known() -> None:
    orphan = situation(party("sub", ultimate_parent="unknown"), ultimate_consignee="sub")
    limit = [{"tpp": 1}]
    assert orphan.holder(cap(per=("family", "destination"), allowance=limit)) is None
    assert orphan.holder(cap(per=("reference", "line"), of_licence_line=True)) is None


def test_all_of_several_tests_must_hold() -> None:
    found = situation()
    good = FactTest.model_validate({"fact": "transaction", "values": ["export"]})
    bad = FactTest.model_validate({"fact": "transaction", "values": ["transfer"]})
    assert found.holds([good, good]) is True
    assert found.holds([good, bad]) is False
    assert found.holds([]) is True


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
        found = Situation(request(quantity=5), ledger, ledger.law, line).covering_line
        assert (None if found is None else found.grant.reference) == expected


def test_the_bandwidth_is_tested_by_its_least() -> None:
    asked = {"fact": "dram_bandwidth", "at_least": "1400"}
    for known, holds in (("1399.9", False), ("1400", True), ("4000", True)):
        fast = situation(device("chip", dram_bandwidth_gbps=known), device="chip")
        assert verdict(fast, **asked) == Verdict(holds=holds, found=f"{known} GB/s")
    unknown = verdict(situation(device("chip"), device="chip"), **asked)
    assert unknown == Verdict(holds=None, found="DRAM bandwidth not known")


def test_the_groups_that_were_asked_about_are_remembered() -> None:
    found = situation()
    assert found.consulted == set()
    verdict(found, fact="destination", groups=["us-ear/partners"])
    verdict(found, fact="headquarters", not_groups=["us-ear/d5-or-macau"])
    assert found.consulted == {"us-ear/partners", "us-ear/d5-or-macau"}
