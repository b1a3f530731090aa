import pytest

from ledger.core.errors import InvalidEvent, NotFound, NotOpen
from ledger.core.events import AnyEvent
from ledger.core.memory import MemoryPrefix
from ledger.core.movements import Recording, device_on, recording
from ledger.core.positions import INSTALLED, Query, line_key
from tests.core.builders import (
    NVEU,
    adopted,
    amended,
    amounts,
    attrited,
    declared,
    device,
    ended,
    event,
    exported,
    granted,
    ledger_of,
    licence,
    on,
    pack_text,
    party,
    people,
    released,
    relocated,
    reserved,
    reversed_,
    signed,
    used,
)

B200 = device("b200", "36000")


def life(*events: AnyEvent) -> MemoryPrefix:
    return ledger_of(*people("buyer"), B200, *events, standard=False)


def draws(ledger: MemoryPrefix, new: AnyEvent) -> list[tuple[str, int, str]]:
    """What an event adds: kind, units and TPP of each movement."""
    return amounts(ledger.append(new).movements)


def installed(ledger: MemoryPrefix, destination: str = "BR") -> tuple[int, int]:
    query = Query(("party", "destination"), ("buyer", destination), INSTALLED, on("2020-01-01"))
    rows = list(ledger.draws(query))
    return sum(row.units for row in rows), sum(row.tpp for row in rows)


# ---- devices


def test_the_device_is_that_of_the_day_and_an_event_overrides_the_catalogue() -> None:
    ledger = ledger_of(device("nvidia-h100-sxm", "16000", on="2025-06-01"))
    assert "nvidia-h100-sxm" in ledger.law.catalogue
    before = device_on("nvidia-h100-sxm", on("2025-05-31"), ledger, ledger.law)
    assert str(before.unit_tpp) == "15831.2"
    after = device_on("nvidia-h100-sxm", on("2025-06-01"), ledger, ledger.law)
    assert str(after.unit_tpp) == "16000"


def test_an_unknown_device_and_one_not_yet_classified_are_not_found() -> None:
    ledger = life(device("new", on="2026-01-01"))
    with pytest.raises(NotFound, match="the device 'nothing' is not classified"):
        device_on("nothing", on("2025-01-01"), ledger, ledger.law)
    with pytest.raises(NotFound, match="on 2025-01-01; its first classification is of 2026-01-01"):
        device_on("new", on("2025-01-01"), ledger, ledger.law)


# ---- exports and reservations


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


def test_a_reservation_holds_its_units_until_they_go_or_are_released() -> None:
    ledger = life()
    assert draws(ledger, reserved("r", quantity=10)) == [("reserved", 10, "158320")]
    went = draws(ledger, exported("e", quantity=4, reservation="r"))
    assert went == [("exported", 4, "63328"), ("reserved", -4, "-63328")]
    assert draws(ledger, released("x", "r")) == [("reserved", -6, "-94992")]
    with pytest.raises(NotOpen, match="the reservation 'r' was released and holds nothing"):
        ledger.append(released("y", "r"))


def test_a_release_names_all_that_the_reservation_named() -> None:
    ledger = life(licence())
    held = ledger.append(reserved("r", quantity=3, reference="D100", line=1)).movements[0]
    (freed,) = ledger.append(released("x", "r")).movements
    assert freed == held.taken_back()


def test_a_final_export_closes_the_reservation_whatever_is_left() -> None:
    ledger = life(reserved("r", quantity=10))
    went = draws(ledger, exported("e", quantity=4, reservation="r", final=True))
    assert went == [("exported", 4, "63328"), ("reserved", -10, "-158320")]
    with pytest.raises(NotOpen, match="the reservation 'r' has been used up and holds nothing"):
        ledger.append(exported("f", reservation="r"))


def test_an_export_takes_no_more_than_is_reserved() -> None:
    ledger = life(reserved("r", quantity=2))
    went = draws(ledger, exported("e", quantity=3, reservation="r"))
    assert went == [("exported", 3, "47496"), ("reserved", -2, "-31664")]


def test_an_export_frees_what_was_reserved_at_the_tpp_that_was_reserved() -> None:
    ledger = life(reserved("r", quantity=3, unit_tpp="100"))
    went = draws(ledger, exported("e", quantity=1, unit_tpp="120", reservation="r"))
    assert went == [("exported", 1, "120"), ("reserved", -1, "-100")]


@pytest.mark.parametrize(
    "other", [{"device": "b200"}, {"destination": "CL"}, {"ultimate_consignee": "other"}]
)
def test_an_export_may_not_use_a_reservation_of_another_lot(other: dict[str, str]) -> None:
    with pytest.raises(InvalidEvent, match="the reservation 'r' is for h100 to buyer in BR"):
        life(reserved("r")).append(exported("e", reservation="r", **other))


def test_a_reservation_that_does_not_exist_is_not_found() -> None:
    for new in (released("x", "e"), exported("f", reservation="nothing")):
        with pytest.raises(NotFound, match="there is no reservation '"):
            life(exported("e")).append(new)


def test_an_extension_draws_nothing_and_needs_an_open_reservation() -> None:
    more = event(
        kind="lot.extended", id="m", on="2025-09-01", reservation="r", hold_until="2026-01-01"
    )
    ledger = life(reserved("r"))
    assert ledger.append(more) == Recording()
    ledger.append(released("x", "r"))
    with pytest.raises(NotOpen):
        recording(more, ledger, ledger.law)


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
    ],
)
def test_facts_that_are_no_lots_draw_nothing(new: AnyEvent) -> None:
    assert recording(new, life(), ledger_of().law) == Recording()


# ---- stock


def test_declared_stock_counts_at_the_tpp_of_its_day() -> None:
    ledger = life()
    assert draws(ledger, declared("s", quantity=3)) == [("declared", 3, "47496")]
    assert installed(ledger) == (3, 474960)


def test_attrition_frees_what_is_recorded_and_reports_the_excess() -> None:
    ledger = life(declared("s", quantity=3))
    found = ledger.append(attrited("a", quantity=5))
    assert amounts(found.movements) == [("attrited", -3, "-47496")]
    assert found.excess_units == 2
    assert installed(ledger) == (0, 0)
    again = ledger.append(attrited("b", quantity=5))
    assert again == Recording(excess_units=5)


def test_attrition_of_a_known_export_is_freed_at_the_tpp_that_was_drawn() -> None:
    lots = [exported("e", quantity=4, unit_tpp="100"), exported("f", quantity=4, unit_tpp="300")]
    ledger = life(*lots)
    assert draws(ledger, attrited("a", quantity=2)) == [("attrited", -2, "-400")]
    ledger = life(*lots)
    assert draws(ledger, attrited("a", quantity=3, lot="e")) == [("attrited", -3, "-300")]
    found = ledger.append(attrited("b", quantity=3, lot="e"))
    assert (amounts(found.movements), found.excess_units) == ([("attrited", -1, "-100")], 2)
    assert ledger.append(attrited("c", quantity=3, lot="e")) == Recording(excess_units=3)


def test_attrition_before_the_units_came_frees_nothing() -> None:
    ledger = life(exported("e", quantity=4))
    assert ledger.append(attrited("a", on="2025-07-31")) == Recording(excess_units=1)
    assert ledger.append(attrited("b", on="2025-07-31", lot="e")) == Recording(excess_units=1)


def test_back_dated_attrition_leaves_what_later_attrition_took() -> None:
    ledger = life(declared("s", quantity=10), attrited("a", on="2025-12-01", quantity=8))
    found = ledger.append(attrited("b", on="2025-06-01", quantity=5))
    assert (amounts(found.movements), found.excess_units) == ([("attrited", -2, "-31664")], 3)


def test_attrition_of_an_unknown_or_another_lot_is_refused() -> None:
    ledger = life(exported("e"), reserved("r"), declared("s"))
    for nothing in ("nothing", "r"):
        with pytest.raises(NotFound, match=f"no export or stock has the id '{nothing}'"):
            ledger.append(attrited("a", lot=nothing))
    with pytest.raises(InvalidEvent, match="the lot 'e' is h100 of buyer in BR"):
        ledger.append(attrited("a", lot="e", destination="CL"))


def test_a_relocation_moves_units_with_their_tpp() -> None:
    ledger = life(declared("s", quantity=10, device="b200"), exported("e", unit_tpp="100"))
    found = ledger.append(relocated("m", device="b200", quantity=4))
    assert amounts(found.movements) == [("relocated", -4, "-144000"), ("relocated", 4, "144000")]
    assert [m.destination for m in found.movements] == ["BR", "CL"]
    assert installed(ledger, "CL") == (4, 1440000)


def test_a_relocation_of_more_than_is_recorded_arrives_in_full() -> None:
    ledger = life(exported("e", quantity=2, unit_tpp="100"))
    found = ledger.append(relocated("m", quantity=5))
    assert amounts(found.movements) == [("relocated", -2, "-200"), ("relocated", 5, "47696")]
    assert found.excess_units == 3
    nothing = ledger.append(relocated("n", quantity=1))
    assert amounts(nothing.movements) == [("relocated", 1, "15832")]
    assert nothing.excess_units == 1


# ---- reversals


def test_a_reversal_takes_back_what_an_event_drew() -> None:
    ledger = life(declared("s", quantity=3))
    assert draws(ledger, reversed_("x", "s")) == [("declared", -3, "-47496")]
    assert installed(ledger) == (0, 0)
    ledger.append(relocated("m", quantity=2))
    assert draws(ledger, reversed_("y", "m")) == [("relocated", -2, "-31664")]


def test_a_reversed_export_gives_its_units_back_to_the_reservation() -> None:
    ledger = life(reserved("r", quantity=10), exported("e", quantity=4, reservation="r"))
    taken = draws(ledger, reversed_("x", "e"))
    assert taken == [("exported", -4, "-63328"), ("reserved", 4, "63328")]
    assert getattr(ledger.reservation("r"), "open_units", None) == 10


def test_a_reversed_export_gives_nothing_back_to_a_released_reservation() -> None:
    ledger = life(
        reserved("r", quantity=10), exported("e", quantity=4, reservation="r"), released("x", "r")
    )
    assert draws(ledger, reversed_("y", "e")) == [("exported", -4, "-63328")]
    assert getattr(ledger.reservation("r"), "open_units", None) == 0


def test_a_reversed_export_takes_its_attrition_with_it() -> None:
    ledger = life(exported("e", quantity=4), attrited("a", quantity=3, lot="e"))
    assert draws(ledger, reversed_("x", "e")) == [
        ("exported", -4, "-63328"),
        ("attrited", 3, "47496"),
    ]
    assert draws(ledger, reversed_("y", "a")) == []
    assert installed(ledger) == (0, 0)


def test_attrition_reversed_before_its_lot_is_undone_once() -> None:
    ledger = life(exported("e", quantity=4), attrited("a", quantity=3, lot="e"))
    assert draws(ledger, reversed_("y", "a")) == [("attrited", 3, "47496")]
    ledger.append(reversed_("x", "e"))
    assert installed(ledger) == (0, 0)


def test_a_reversed_reservation_frees_what_is_still_open() -> None:
    ledger = life(reserved("r", quantity=10), exported("e", quantity=4, reservation="r"))
    assert draws(ledger, reversed_("x", "r")) == [("reserved", -6, "-94992")]
    used_up = life(reserved("r", quantity=4), exported("e", quantity=4, reservation="r"))
    assert draws(used_up, reversed_("x", "r")) == []


def test_a_reversed_release_opens_the_reservation_again() -> None:
    ledger = life(reserved("r", quantity=10), released("x", "r"))
    assert draws(ledger, reversed_("y", "x")) == [("reserved", 10, "158320")]
    assert getattr(ledger.reservation("r"), "released", None) is False


def test_an_event_is_reversed_once_and_a_reversal_never() -> None:
    created = event(kind="ledger.created", id="l", on="2025-01-01", ledger="5f0c")
    ledger = life(created, exported("e"), reversed_("x", "e"))
    with pytest.raises(NotOpen, match="the event 'e' was reversed before"):
        ledger.append(reversed_("y", "e"))
    for target, kind in (("x", "record.reversed"), ("l", "ledger.created")):
        with pytest.raises(InvalidEvent, match=f"a {kind} can't be reversed"):
            ledger.append(reversed_("y", target))
    with pytest.raises(NotFound, match="there is no event 'nothing'"):
        ledger.append(reversed_("y", "nothing"))


def test_the_adoption_of_a_pack_is_never_reversed() -> None:
    pack = adopted(pack_text("# no rows"))
    with pytest.raises(InvalidEvent, match="the adoption of 'toy' can't be reversed"):
        life(pack).append(reversed_("x", pack.id))


def test_a_reversed_release_of_a_reversed_reservation_opens_nothing() -> None:
    ledger = life(reserved("r", quantity=10), released("x", "r"), reversed_("y", "r"))
    assert draws(ledger, reversed_("z", "x")) == []
    assert getattr(ledger.reservation("r"), "open_units", None) == 0


def test_a_refused_event_leaves_nothing_behind() -> None:
    ledger = life(exported("e"))
    before = (list(ledger.events), installed(ledger))
    with pytest.raises(NotFound):
        ledger.append(exported("f", device="nothing"))
    assert (list(ledger.events), installed(ledger)) == before
