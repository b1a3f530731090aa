from datetime import date

from ledger.core.alternatives import (
    Alternative,
    OtherDevice,
    SplitPart,
    _days_drawn,
    _device,
    _split,
    _Trial,
    _turning_days,
    alternatives,
)
from ledger.core.decision import Decision
from ledger.core.memory import MemoryPrefix
from tests.core.builders import (
    AIA,
    LICENCE,
    LPP,
    LPP_YEAR,
    NVEU,
    candidate_of,
    decided,
    device,
    exported,
    granted,
    house,
    ledger_of,
    licence,
    on,
    people,
    reserved,
    used,
)

B200 = device("b200", "36000", vendor="maker")
STRONG = device("strong", "20000", vendor="maker")
WEAK = device("weak", "10000", vendor="maker")
OTHER = device("other", "5000", vendor="somebody else")
ROLLING = (
    'per = ["end_user"]\nbasis = "exported"\nwindow = { kind = "rolling", days = 30 }\n'
    "allowance = [{ tpp = 40000 }]"
)


def proposed(ledger: MemoryPrefix, **lot: object) -> list[tuple[str, object, str]]:
    decision = decided(ledger, "on-the-books", **lot)
    found = alternatives(decision, ledger.law, ledger)
    return [(one.change, one.value, one.authorization) for one in found]


def values(found: list[tuple[str, object, str]], change: str) -> list[object]:
    return [value for kind, value, _ in found if kind == change]


def test_a_permitted_lot_is_shown_its_other_authorizations() -> None:
    ledger = ledger_of(*people("buyer"), granted("n", NVEU, destinations=["BR"]), licence())
    found = proposed(ledger)
    assert found == [("authorization", LPP, LPP), ("authorization", LICENCE, LICENCE)]
    assert proposed(ledger_of(*people("buyer"))) == []


def test_a_lot_beyond_the_year_may_shrink_wait_or_be_split() -> None:
    ledger = ledger_of(*people("buyer"), used("u", LPP_YEAR, ["buyer"], 26900000 - 15832 * 3))
    found = proposed(ledger, quantity=5)
    assert values(found, "quantity") == [3]
    assert values(found, "on") == [date(2026, 1, 1)]
    assert values(found, "split") == [
        (
            SplitPart(quantity=3, on=on("2025-09-01"), authorization=LPP),
            SplitPart(quantity=2, on=on("2026-01-01"), authorization=LPP),
        )
    ]


def test_every_proposal_is_permitted_when_it_is_asked() -> None:
    events = [*people("buyer"), used("u", LPP_YEAR, ["buyer"], 26800000), B200, STRONG]
    ledger = ledger_of(*events)
    found = proposed(ledger, device="b200", quantity=5)
    assert found
    for change, value, authorization in found:
        lot: dict[str, object] = {"device": "b200", "quantity": 5, "authorization": authorization}
        match value:
            case OtherDevice():
                lot |= {"device": value.device, "quantity": value.quantity}
            case tuple():
                lot |= {"quantity": value[0].quantity}
            case _:
                lot |= {change: value}
        assert decided(ledger, "on-the-books", **lot).outcome == "permitted"


def test_a_lot_that_nothing_is_left_for_may_only_wait() -> None:
    ledger = ledger_of(*people("buyer"), used("u", LPP_YEAR, ["buyer"], 26900000))
    found = proposed(ledger, quantity=5)
    assert [change for change, *_ in found] == ["on"]


def test_a_lot_larger_than_any_year_may_only_shrink() -> None:
    found = proposed(ledger_of(*people("buyer")), quantity=2000)
    assert values(found, "quantity") == [1699]
    assert values(found, "on") == []
    first, second = values(found, "split")[0]  # type: ignore[misc]  # two parts
    assert (first.quantity, second.quantity) == (1699, 301)  # type: ignore[has-type]  # as above
    larger = proposed(ledger_of(*people("buyer")), quantity=4000)
    assert values(larger, "split") == []


def test_the_strongest_weaker_device_of_the_same_maker_is_proposed() -> None:
    ledger = ledger_of(
        *people("buyer"),
        used("u", LPP_YEAR, ["buyer"], 26900000 - 60000),
        *(B200, STRONG, WEAK, OTHER),
    )
    assert values(proposed(ledger, device="b200", quantity=3), "device") == [
        OtherDevice(device="strong", quantity=3)
    ]
    assert values(proposed(ledger, device="b200", quantity=6), "device") == [
        OtherDevice(device="weak", quantity=6)
    ]
    assert values(proposed(ledger, device="b200", quantity=7), "device") == []


def test_a_lot_of_a_stated_tpp_has_no_other_device() -> None:
    ledger = ledger_of(*people("buyer"), B200, STRONG)
    found = proposed(ledger, device="b200", unit_tpp="9000000", quantity=3)
    assert values(found, "device") == []


def test_a_forced_authorization_is_answered_with_those_that_would_carry_the_lot() -> None:
    ledger = ledger_of(*people("buyer"), licence())
    found = proposed(ledger, authorization=AIA)
    assert found == [("authorization", LPP, LPP), ("authorization", LICENCE, LICENCE)]
    assert proposed(ledger_of(*people("buyer")), authorization=LICENCE) == [
        ("authorization", LPP, LPP)
    ]


def test_a_rolling_cap_frees_room_when_earlier_draws_leave_its_window() -> None:
    ledger = ledger_of(*people("buyer"), house(ROLLING), exported("e", quantity=2, on="2025-08-20"))
    found = proposed(ledger, quantity=2)
    assert values(found, "on") == [date(2025, 9, 19)]


def test_the_table_frees_room_on_its_next_step() -> None:
    ledger = ledger_of(
        *people("buyer"),
        granted("n", NVEU, destinations=["BR"]),
        reserved("r", quantity=79000, authorization=NVEU),
    )
    found = [one for one in proposed(ledger, quantity=5000) if one[2] == NVEU]
    assert values(found, "on") == [date(2025, 10, 1)]
    assert values(found, "quantity") == [(1266000000 - 79000 * 15832) // 15832]


# ---- what a decision never asks, and the code answers all the same


def trial(**lot: object) -> tuple[Decision, _Trial]:
    ledger = ledger_of(*people("buyer"), licence())
    decision = decided(ledger, "on-the-books", **lot)
    return decision, _Trial(decision, ledger.law, ledger)


def test_a_cap_that_has_ended_has_no_turning_days() -> None:
    decision, one = trial()
    lpp = candidate_of(decision, LPP)
    gone = lpp.findings[0].model_copy(update={"cap": "nothing"})
    assert _turning_days(lpp.model_copy(update={"findings": (gone,)}), one, on("2025-09-01")) == []
    assert _days_drawn(one, "nothing", on("2025-09-01")) == set()


def test_what_went_under_a_licence_line_frees_nothing_later() -> None:
    _, one = trial()
    assert _days_drawn(one, "us-ear/license/line", on("2025-09-01")) == set()


def test_only_a_quantity_can_be_split() -> None:
    decision, one = trial()
    lpp = candidate_of(decision, LPP)
    named = Alternative(change="authorization", value=LPP, authorization=LPP)
    assert _split(named, lpp, one) == []
    whole = Alternative(change="quantity", value=1, authorization=LPP)
    assert _split(whole, lpp, one) == []


def test_a_device_that_nobody_knows_has_no_other() -> None:
    decision, one = trial()
    one.request = one.request.model_copy(update={"device": "nothing"})
    assert _device(candidate_of(decision, LPP), one) == []


def test_a_split_never_passes_the_line_of_a_licence() -> None:
    quarter = house(
        'per = ["end_user"]\nbasis = "exported"\nwindow = { kind = "calendar-quarter" }\n'
        "allowance = [{ tpp = 15832000 }]"
    )
    used_up = used("u", LPP_YEAR, ["buyer"], 26900000)
    ledger = ledger_of(*people("buyer"), quarter, licence(quantity=10), used_up)
    found = alternatives(decided(ledger, quantity=15), ledger.law, ledger)
    splits = [a.value for a in found if a.change == "split" and a.authorization == LICENCE]
    for parts in splits:
        assert isinstance(parts, tuple)
        assert sum(part.quantity for part in parts) <= 10
