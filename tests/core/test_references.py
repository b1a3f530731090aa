import pytest

from ledger.core.errors import InvalidEvent
from ledger.core.events import AnyEvent
from ledger.core.references import check_references, reference_faults, unknown_countries
from tests.core.builders import (
    LICENCE,
    LPP_YEAR,
    NVEU,
    TABLE,
    UVEU,
    adopted,
    amended,
    attrited,
    cleared,
    declared,
    device,
    ended,
    event,
    exported,
    granted,
    ledger_of,
    licence,
    list_adopted,
    pack_text,
    party,
    people,
    relocated,
    reserved,
    set_to,
    signed,
    used,
)

COUNTRIES = {"US", "BR", "CL", "CN"}
LEDGER = ledger_of(*people("buyer"), licence("D9"))


def faults(new: AnyEvent) -> list[tuple[str, str]]:
    """Field and value of each fault of an event on a ledger that knows the buyer and the H100."""
    found = reference_faults(new, LEDGER, LEDGER.law, COUNTRIES)
    return [(fault.field, fault.value) for fault in found]


@pytest.mark.parametrize(
    "new",
    [
        party("new", headquarters="CN"),
        party("new", headquarters="unknown"),
        exported("e"),
        exported("e", authorization="unknown"),
        exported("e", authorization=LICENCE, reference="D9", line=1),
        exported("e", authorization=LICENCE, reference="D9"),
        reserved("r"),
        declared("s"),
        attrited("a"),
        relocated("m"),
        granted("n", NVEU, destinations=["BR"]),
        licence(exporter="seller"),
        amended("a", "D9", until="2027-01-01"),
        ended("x", "D9", "2025-06-01"),
        used("u", LPP_YEAR, ["buyer"], 1),
        used("u", TABLE, ["buyer", "BR"], 1),
        signed("i", "us-ear/lpp-in-d1-d4", "barred"),
        adopted(pack_text("# no rows")),
        list_adopted(),
        cleared("buyer", "EL:1"),
        set_to("screening/threshold", "92"),
        event(kind="duty.done", id="d", on="2025-09-20", duty="us-ear/lpp/report e", document="x"),
    ],
)
def test_an_event_that_names_what_is_known_has_no_fault(new: AnyEvent) -> None:
    assert faults(new) == []
    check_references(new, LEDGER, LEDGER.law, COUNTRIES)


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        (party("new", headquarters="ZZ"), [("location", "ZZ"), ("headquarters", "ZZ")]),
        (exported("e", origin="ZZ", destination="YY"), [("origin", "ZZ"), ("destination", "YY")]),
        (declared("s", destination="ZZ"), [("destination", "ZZ")]),
        (attrited("a", destination="ZZ"), [("destination", "ZZ")]),
        (
            relocated("m", destination_from="ZZ", destination_to="YY"),
            [("destination_from", "ZZ"), ("destination_to", "YY")],
        ),
        (granted("n", UVEU, destinations=["BR", "ZZ"]), [("destinations[1]", "ZZ")]),
        (amended("a", "D9", destinations=["ZZ"]), [("destinations[0]", "ZZ")]),
    ],
)
def test_every_unknown_country_is_named(new: AnyEvent, expected: list[tuple[str, str]]) -> None:
    assert faults(new) == expected


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        (
            exported("e", exporter="a", purchaser="b", end_user="c", intermediate_consignees=["d"]),
            [
                ("exporter", "a"),
                ("purchaser", "b"),
                ("end_user", "c"),
                ("intermediate_consignees[0]", "d"),
            ],
        ),
        (declared("s", party="nobody"), [("party", "nobody")]),
        (attrited("a", party="nobody"), [("party", "nobody")]),
        (relocated("m", party="nobody"), [("party", "nobody")]),
        (licence(party="x", exporter="y"), [("party", "x"), ("exporter", "y")]),
        (cleared("nobody", "EL:1"), [("party", "nobody")]),
    ],
)
def test_every_unknown_party_is_named(new: AnyEvent, expected: list[tuple[str, str]]) -> None:
    assert faults(new) == expected


@pytest.mark.parametrize(
    ("new", "field"),
    [
        (exported("e", device="x"), "device"),
        (declared("s", device="x"), "device"),
        (attrited("a", device="x"), "device"),
        (relocated("m", device="x"), "device"),
        (licence(lines=[{"line": 1, "device": "x", "quantity": 1}]), "lines[0].device"),
        (
            amended("a", "D9", lines=[{"line": 2, "device": "x", "quantity": 1}]),
            "lines[0].device",
        ),
    ],
)
def test_every_unknown_device_is_named(new: AnyEvent, field: str) -> None:
    assert faults(new) == [(field, "x")]


def test_only_an_export_that_has_gone_may_have_an_unknown_authorization() -> None:
    assert faults(reserved("r", authorization="unknown")) == [("authorization", "unknown")]
    assert faults(exported("e", authorization="us-ear/x")) == [("authorization", "us-ear/x")]


def test_only_a_status_or_a_licence_is_granted() -> None:
    for authorization in ("us-ear/lpp", "us-ear/nlr", "us-ear/x"):
        found = list(reference_faults(granted("n", authorization), LEDGER, LEDGER.law, COUNTRIES))
        assert [(fault.field, fault.value) for fault in found] == [("authorization", authorization)]
        assert found[0].cure == "use one of us-ear/dc-veu, us-ear/license, us-ear/nveu, us-ear/uveu"


@pytest.mark.parametrize("destinations", [[], ["BR", "CL"]])
def test_a_licence_and_a_national_status_are_granted_for_one_destination(
    destinations: list[str],
) -> None:
    named = [("destinations", ", ".join(destinations))]
    assert faults(granted("n", NVEU, destinations=destinations)) == named
    assert faults(granted("D10", LICENCE, destinations=destinations)) == named
    assert faults(amended("a", "D9", destinations=destinations)) == named
    (fault,) = reference_faults(
        granted("n", NVEU, destinations=destinations), LEDGER, LEDGER.law, COUNTRIES
    )
    assert fault.what == "us-ear/nveu is granted for exactly one destination"
    assert faults(granted("n", UVEU, destinations=destinations)) == []


def test_an_amendment_moves_a_grant_to_one_other_destination() -> None:
    assert faults(amended("a", "D9", destinations=["CL"])) == []
    assert faults(amended("a", "nothing", destinations=["BR", "CL"])) == []
    everywhere = ledger_of(*people("buyer"), granted("u", UVEU))
    both = amended("a", "u", destinations=["BR", "CL"])
    assert list(reference_faults(both, everywhere, everywhere.law, COUNTRIES)) == []


def test_a_line_of_another_device_is_named() -> None:
    ledger = ledger_of(*people("buyer"), device("b200", "36000"), licence("D9"))
    (fault,) = reference_faults(
        exported("e", device="b200", authorization=LICENCE, reference="D9", line=1),
        ledger,
        ledger.law,
        COUNTRIES,
    )
    assert (fault.field, fault.value) == ("line", "1")
    assert fault.what == "line 1 of 'D9' is for h100, not b200"


def test_a_lot_under_an_unknown_licence_or_line_is_named() -> None:
    assert faults(exported("e", reference="D8")) == [("reference", "D8")]
    (fault,) = reference_faults(
        exported("e", authorization=LICENCE, reference="D9", line=2), LEDGER, LEDGER.law, COUNTRIES
    )
    assert (fault.field, fault.value, fault.cure) == ("line", "2", "use one of 1")
    bare = ledger_of(*people("buyer"), granted("n", NVEU))
    new = exported("e", authorization=NVEU, reference="n", line=2)
    (none,) = reference_faults(new, bare, bare.law, COUNTRIES)
    assert none.cure == "use one of none"


def test_a_lot_names_the_authorization_that_its_reference_is_of() -> None:
    (fault,) = reference_faults(
        exported("e", reference="D9", line=1), LEDGER, LEDGER.law, COUNTRIES
    )
    assert (fault.field, fault.value) == ("authorization", "us-ear/lpp")
    assert fault.what == "'D9' is a grant of us-ear/license, not of us-ear/lpp"


def test_reported_usage_names_a_known_cap_and_its_whole_holder() -> None:
    assert faults(used("u", "us-ear/x", ["buyer"], 1)) == [("cap", "us-ear/x")]
    assert faults(used("u", TABLE, ["buyer"], 1)) == [("holder", "buyer")]
    assert faults(used("u", LPP_YEAR, ["buyer", "BR"], 1)) == [("holder", "buyer, BR")]


def test_a_reading_is_one_of_a_known_switch() -> None:
    assert faults(signed("i", "us-ear/x", "yes")) == [("switch", "us-ear/x")]
    assert faults(signed("i", "us-ear/lpp-in-d1-d4", "maybe")) == [("value", "maybe")]


def test_a_pack_carries_the_digest_of_its_text() -> None:
    forged = event(
        kind="pack.adopted",
        id="p",
        on="2025-01-01",
        pack="p",
        version="1",
        text="",
        digest="0" * 64,
    )
    assert faults(forged) == [("digest", "0" * 64)]


def test_all_faults_of_an_event_are_said_at_once_with_their_cures() -> None:
    new = exported("e-7", device="x", destination="ZZ", ultimate_consignee="nobody")
    with pytest.raises(InvalidEvent) as refused:
        check_references(new, LEDGER, LEDGER.law, COUNTRIES)
    error = refused.value
    assert error.where == "e-7"
    assert error.what == (
        "destination: unknown country 'ZZ'; "
        "ultimate_consignee: the party 'nobody' is not registered; "
        "end_user: the party 'nobody' is not registered; "
        "device: the device 'x' is not classified"
    )
    assert error.cure.count("record party.registered") == 1


def test_a_field_without_a_country_is_passed_over() -> None:
    (fault,) = unknown_countries({"a": None, "b": "BR", "c": "ZZ"}, COUNTRIES)
    assert (fault.field, fault.what) == ("c", "unknown country 'ZZ'")


@pytest.mark.parametrize(
    ("setting", "value", "fault", "cure"),
    [
        ("screening/treshold", "92", ("setting", "screening/treshold"), "use one of screening/thr"),
        ("screening/threshold", "12", ("value", "12"), "use a whole number from 70 to 100"),
        ("posture/default", "both", ("value", "both"), "use on-the-books or enforced"),
    ],
)
def test_a_setting_is_one_that_there_is_and_its_value_one_that_it_takes(
    setting: str, value: str, fault: tuple[str, str], cure: str
) -> None:
    (found,) = reference_faults(set_to(setting, value), LEDGER, LEDGER.law, COUNTRIES)
    assert (found.field, found.value) == fault
    assert found.cure.startswith(cure)
