import pytest
from pydantic import ValidationError

from ledger.core.events import AuthorizationGranted, Event, LotExported
from tests.core.builders import (
    amended,
    device,
    exported,
    granted,
    licence,
    party,
    relocated,
    used,
)

LINE = {"line": 1, "device": "h100", "quantity": 8}


def test_a_device_has_either_its_tpp_or_its_rates() -> None:
    for unit_tpp, rates in (("1", {"8": 1}), (None, {}), (None, None)):
        with pytest.raises(ValidationError, match="give either unit_tpp or rates, and not both"):
            device("ic", unit_tpp, rates=rates)


@pytest.mark.parametrize("bits", ["fp8", "0", "08", "-8", "8.0", "²"])
def test_rates_are_keyed_by_bit_length(bits: str) -> None:
    with pytest.raises(ValidationError, match=f"rates are keyed by bit length .* found '{bits}'"):
        device("ic", None, rates={bits: "100"})


def test_rates_are_above_zero() -> None:
    with pytest.raises(ValidationError, match="expected a number above 0"):
        device("ic", None, rates={"8": "0"})


def test_an_owner_holds_at_most_the_whole() -> None:
    with pytest.raises(ValidationError, match="less than or equal to 100"):
        party("a", owners=[{"party": "b", "percent": "100.1"}])


def test_a_grant_ends_after_it_begins() -> None:
    with pytest.raises(ValidationError, match="until 2025-02-01 is the first day out"):
        granted("n", "us-ear/nveu", until="2025-02-01")
    assert granted("n", "us-ear/nveu", until="2025-02-02").until is not None


@pytest.mark.parametrize("destinations", [[], ["BR", "CL"]])
def test_a_licence_with_lines_has_one_destination(destinations: list[str]) -> None:
    with pytest.raises(ValidationError, match="names exactly one destination"):
        licence(destinations=destinations)


def test_a_line_number_stands_once() -> None:
    with pytest.raises(ValidationError, match="a line number stands twice"):
        licence(lines=[LINE, LINE])


def test_from_is_the_field_that_people_write() -> None:
    assert "from" in licence().model_dump(by_alias=True)
    with pytest.raises(ValidationError, match="tolerance_percent"):
        licence(lines=[LINE | {"tolerance_percent": "101"}])


def test_an_amendment_says_what_it_changes() -> None:
    with pytest.raises(ValidationError, match="say what changes: until, destinations or lines"):
        amended("a", "D100")
    assert amended("a", "D100", destinations=[]).destinations == ()
    assert amended("a", "D100", lines=[]).lines == ()
    assert amended("a", "D100", until="2026-01-01").until is not None


def test_a_line_needs_the_reference_of_its_licence() -> None:
    with pytest.raises(ValidationError, match="line needs the reference of its licence"):
        exported("e", line=1)
    assert exported("e", line=1, reference="D100").line == 1
    assert exported("e", reference="D100").line is None


def test_only_an_export_of_a_reservation_is_final() -> None:
    with pytest.raises(ValidationError, match="final closes a reservation: name it"):
        exported("e", final=True)
    assert exported("e", final=True, reservation="r").final


def test_a_relocation_changes_the_destination() -> None:
    with pytest.raises(ValidationError, match="a relocation changes the destination, found BR"):
        relocated("m", destination_to="BR")


def test_reported_usage_names_its_holder() -> None:
    with pytest.raises(ValidationError, match="at least 1 item"):
        used("u", "us-ear/lpp/parent-year", [], 1)


def test_events_have_an_id_and_a_day_and_nothing_unknown() -> None:
    assert issubclass(LotExported, Event)
    assert issubclass(AuthorizationGranted, Event)
    with pytest.raises(ValidationError, match="extra_forbidden"):
        exported("e", colour="green")
