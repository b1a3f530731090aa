import pytest

from ledger.core.errors import InvalidEvent, NotFound
from ledger.core.events import AnyEvent
from ledger.core.movements import recording
from ledger.core.positions import Recording, line_key
from tests.core.builders import (
    NVEU,
    amended,
    amounts,
    device,
    ended,
    event,
    exported,
    granted,
    key_adopted,
    ledger_of,
    licence,
    on,
    party,
    signed,
    used,
)
from tests.core.lives import draws, installed, life

# ---- exports


def test_an_export_draws_its_units_at_the_tpp_of_its_day() -> None:
    found = life().append(exported("e", quantity=8, end_user="lab", exporter="seller"))
    (one,) = found.movements
    assert amounts(found.movements) == [("exported", 8, "126656")]
    assert (one.on, one.device, one.party) == (on("2025-08-01"), "h100", "buyer")
    assert (one.destination, one.lot, one.authorization) == ("BR", "e", "us-ear/lpp")
    assert (one.end_user, one.exporter, one.line) == ("lab", "seller", "")
    assert found.excess_units == 0


def test_a_stated_unit_tpp_goes_before_the_classification() -> None:
    assert draws(life(), exported("e", quantity=2, unit_tpp="100.5")) == [("exported", 2, "201")]


def test_a_lot_inside_the_united_states_is_domestic() -> None:
    assert draws(life(), exported("e", destination="US")) == [("domestic", 1, "15832")]


def test_a_lot_under_a_licence_names_its_line() -> None:
    found = life(licence()).append(exported("e", reference="D100", line=1))
    assert found.movements[0].line == line_key("D100", 1) == "D100/1"


# ---- grants


def test_a_licence_draws_each_line_on_the_day_it_is_recorded_for() -> None:
    lines = [
        {"line": 1, "device": "h100", "quantity": 10},
        {"line": 2, "device": "b200", "quantity": 2},
    ]
    found = life().append(licence(lines=lines, on="2025-06-01", exporter="seller"))
    assert amounts(found.movements) == [("licensed", 10, "158320"), ("licensed", 2, "72000")]
    one, two = found.movements
    assert (one.on, one.destination, one.party) == (on("2025-06-01"), "BR", "buyer")
    assert (one.line, two.line, one.exporter) == ("D100/1", "D100/2", "seller")
    assert (one.lot, one.authorization) == ("grant-D100", "us-ear/license")


def test_a_reference_is_granted_once() -> None:
    with pytest.raises(InvalidEvent, match="the reference 'D100' was granted before"):
        life(licence()).append(licence(id="again"))


def test_an_amendment_draws_the_units_it_adds_and_gives_none_back() -> None:
    lines = [{"line": 1, "device": "h100", "quantity": 12}, {"line": 2, **_b200(3)}]
    ledger = life(licence(quantity=10))
    assert draws(ledger, amended("a", "D100", lines=lines)) == [
        ("licensed", 2, "31664"),
        ("licensed", 3, "108000"),
    ]
    fewer = [{"line": 1, "device": "h100", "quantity": 5}]
    assert draws(ledger, amended("b", "D100", lines=fewer)) == []
    assert draws(ledger, amended("c", "D100", until="2027-01-01")) == []


def _b200(quantity: int) -> dict[str, object]:
    return {"device": "b200", "quantity": quantity}


def test_a_line_changed_to_another_device_draws_anew() -> None:
    ledger = life(licence(quantity=10))
    changed = draws(ledger, amended("a", "D100", lines=[{"line": 1, **_b200(10)}]))
    assert changed == [("licensed", 10, "360000")]


def test_what_changes_an_unknown_reference_is_not_found() -> None:
    for new in (amended("a", "none", until="2027-01-01"), ended("x", "none", "2025-06-01")):
        with pytest.raises(NotFound, match="no authorization has the reference 'none'"):
            life().append(new)


def test_an_end_and_a_status_draw_nothing() -> None:
    ledger = life(licence())
    assert draws(ledger, ended("x", "D100", "2025-06-01")) == []
    assert draws(ledger, granted("n", NVEU, destinations=["BR"])) == []


@pytest.mark.parametrize(
    "new",
    [
        event(kind="ledger.created", id="l", on="2025-01-01", ledger="5f0c"),
        device("a100", "4992"),
        party("other"),
        used("u", "us-ear/lpp/parent-year", ["buyer"], 1),
        signed("i", "us-ear/lpp-in-d1-d4", "available"),
        key_adopted(),
    ],
)
def test_facts_that_are_no_lots_draw_nothing(new: AnyEvent) -> None:
    assert recording(new, life(), ledger_of().law) == Recording()


def test_a_refused_event_leaves_nothing_behind() -> None:
    ledger = life(exported("e"))
    before = (list(ledger.events), installed(ledger))
    with pytest.raises(NotFound):
        ledger.append(exported("f", device="nothing"))
    assert (list(ledger.events), installed(ledger)) == before
