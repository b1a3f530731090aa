import pytest

from ledger.core.errors import InvalidEvent, NotFound, NotOpen
from ledger.core.findings import figure
from tests.core.builders import (
    ALLOCATION,
    adopted,
    amended,
    attrited,
    declared,
    event,
    exported,
    key_adopted,
    ledger_of,
    licence,
    on,
    pack_text,
    people,
    released,
    relocated,
    reserved,
    reversed_,
)
from tests.core.lives import draws, installed, life


def test_a_reversal_takes_back_what_an_event_drew() -> None:
    ledger = life(declared("s", quantity=3))
    assert draws(ledger, reversed_("x", "s")) == [("declared", -3, "-47496")]
    assert installed(ledger) == (0, 0)
    ledger.append(relocated("m", quantity=2))
    assert draws(ledger, reversed_("y", "m")) == [("relocated-in", -2, "-31664")]


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


def test_the_adoption_of_a_key_is_never_reversed() -> None:
    with pytest.raises(InvalidEvent, match="adoption of a key can't be reversed: heads were sig"):
        life(key_adopted()).append(reversed_("x", "key-1"))


def test_a_reversed_release_of_a_reversed_reservation_opens_nothing() -> None:
    ledger = life(reserved("r", quantity=10), released("x", "r"), reversed_("y", "r"))
    assert draws(ledger, reversed_("z", "x")) == []
    assert getattr(ledger.reservation("r"), "open_units", None) == 0


def test_a_reversed_grant_takes_its_amendments_with_it() -> None:
    more = [{"line": 1, "device": "h100", "quantity": 15}]
    ledger = ledger_of(*people("buyer"), licence(quantity=10), amended("a", "D100", lines=more))
    ledger.append(reversed_("x", "grant-D100"))
    found = figure(ALLOCATION, ("BR",), on=on("2025-09-01"), prefix=ledger, law=ledger.law)
    assert found is not None
    assert found.drawdown_tpp == 0


def test_the_order_of_two_reversals_does_not_matter() -> None:
    lives = []
    for order in (("e", "x"), ("x", "e")):
        ledger = ledger_of(
            *people("buyer"),
            reserved("r", quantity=10),
            exported("e", quantity=4, reservation="r"),
            released("x", "r"),
        )
        for target in order:
            ledger.append(reversed_(f"undo-{target}", target))
        lives.append(getattr(ledger.reservation("r"), "open_units", None))
    assert lives == [10, 10]


def test_an_amendment_of_a_reversed_grant_has_nothing_left_to_give_back() -> None:
    more = [{"line": 1, "device": "h100", "quantity": 15}]
    ledger = ledger_of(*people("buyer"), licence(quantity=10), amended("a", "D100", lines=more))
    ledger.append(reversed_("x", "grant-D100"))
    assert ledger.append(reversed_("y", "a")).movements == ()
    assert sum(m.units for m in ledger.movements_of("grant-D100")) == 0


def test_an_amendment_of_a_reversed_grant_gives_nothing_back_of_the_grant_that_followed() -> None:
    more = [{"line": 1, "device": "h100", "quantity": 15}]
    ledger = ledger_of(*people("buyer"), licence(quantity=10), amended("a", "D100", lines=more))
    ledger.append(reversed_("x", "grant-D100"))
    ledger.append(licence(quantity=10, id="again"))
    assert draws(ledger, reversed_("y", "a")) == []
    found = figure(ALLOCATION, ("BR",), on=on("2025-09-01"), prefix=ledger, law=ledger.law)
    assert found is not None
    assert found.drawdown_tpp.grouped() == "158,320"


def test_attrition_of_a_reversed_export_frees_nothing_of_other_devices() -> None:
    ledger = life(
        exported("e", quantity=4),
        exported("f", quantity=2, device="b200"),
        attrited("a", quantity=3),
    )
    assert draws(ledger, reversed_("x", "e")) == [
        ("exported", -4, "-63328"),
        ("attrited", 3, "47496"),
    ]
    assert installed(ledger) == (2, 720000)


def test_a_relocation_of_a_reversed_export_frees_nothing_where_it_left() -> None:
    ledger = life(
        exported("e", quantity=4), exported("f", quantity=2, device="b200"), relocated("m")
    )
    ledger.append(reversed_("x", "e"))
    assert installed(ledger) == (2, 720000)
    assert installed(ledger, "CL") == (1, 158320)


def test_what_left_again_is_given_back_when_its_relocation_is_reversed() -> None:
    ledger = life(
        declared("s", quantity=4),
        relocated("m", quantity=3),
        attrited("a", on="2025-10-01", destination="CL", quantity=3),
    )
    found = ledger.append(reversed_("x", "m")).movements
    assert [(m.kind.value, m.destination, m.units) for m in found] == [
        ("relocated-out", "BR", 3),
        ("relocated-in", "CL", -3),
        ("attrited", "CL", 3),
    ]
    assert (installed(ledger), installed(ledger, "CL")) == ((4, 633280), (0, 0))


@pytest.mark.parametrize("order", [("e", "a"), ("a", "e")])
@pytest.mark.parametrize("leaving", ["attrited", "relocated"])
def test_stock_is_gone_whichever_of_an_export_and_its_loss_is_taken_back_first(
    order: tuple[str, str], leaving: str
) -> None:
    lost = attrited("a", quantity=3) if leaving == "attrited" else relocated("a", quantity=3)
    ledger = life(exported("e", quantity=4), lost)
    for target in order:
        ledger.append(reversed_(f"undo-{target}", target))
    assert installed(ledger) == (0, 0)


def test_attrition_of_a_reversed_export_takes_nothing_from_another_one() -> None:
    ledger = life(exported("e", quantity=4), attrited("a", quantity=3), reversed_("x", "e"))
    ledger.append(exported("e2", quantity=4))
    added = ledger.append(attrited("b", quantity=3, lot="e"))
    assert (added.movements, added.excess_units) == ((), 3)
