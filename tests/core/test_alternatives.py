from datetime import date, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.core.alternatives import (
    Alternative,
    OtherDevice,
    SplitPart,
    _device,
    _split,
    _Trial,
    alternatives,
)
from ledger.core.decision import Decision, decide
from ledger.core.memory import MemoryPrefix
from ledger.core.precedents import Precedents
from tests.core.builders import (
    AIA,
    LICENCE,
    LPP,
    LPP_YEAR,
    NVEU,
    UVEU,
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
    request,
    reserved,
    signed,
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
    precedents = Precedents()
    decide(decision.request, ledger.law, ledger, precedents=precedents)
    assert alternatives(decision, ledger.law, ledger, precedents) == found
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


def test_a_device_that_is_classified_only_later_is_not_proposed() -> None:
    later = device("later", "18000", vendor="maker", on="2025-09-02")
    spent = used("u", LPP_YEAR, ["buyer"], 26900000 - 19000)
    ledger = ledger_of(*people("buyer"), B200, STRONG, WEAK, later, spent)
    before, after = (
        values(proposed(ledger, device="b200", on=day), "device")
        for day in ("2025-09-01", "2025-09-02")
    )
    assert before == [OtherDevice(device="weak", quantity=1)]
    assert after == [OtherDevice(device="later", quantity=1)]


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


def test_only_a_quantity_can_be_split() -> None:
    decision, one = trial()
    lpp = candidate_of(decision, LPP)
    named = Alternative(change="authorization", value=LPP, authorization=LPP)
    assert _split(named, lpp, one) == []
    whole = Alternative(change="quantity", value=1, authorization=LPP)
    assert _split(whole, lpp, one) == []


def test_a_device_that_nobody_knows_has_no_other() -> None:
    _, one = trial()
    one.request = one.request.model_copy(update={"device": "nothing"})
    assert _device(one, LPP) == []
    assert _device(one, None) == []


def test_a_split_never_passes_the_line_of_a_licence() -> None:
    quarter = house(
        'per = ["end_user"]\nbasis = "exported"\nwindow = { kind = "calendar-quarter" }\n'
        "allowance = [{ tpp = 15832000 }]"
    )
    used_up = used("u", LPP_YEAR, ["buyer"], 26900000)
    ledger = ledger_of(*people("buyer"), quarter, licence(quantity=10), used_up)
    found = alternatives(decided(ledger, quantity=15), ledger.law, ledger)
    assert [a.value for a in found if a.authorization == LICENCE] == [10]


def test_the_rest_of_a_split_goes_under_the_same_line() -> None:
    quarter = house(
        'per = ["end_user"]\nbasis = "exported"\nwindow = { kind = "calendar-quarter" }\n'
        "allowance = [{ tpp = 79160 }]"
    )
    used_up = used("u", LPP_YEAR, ["buyer"], 26900000)
    ledger = ledger_of(*people("buyer"), quarter, licence(quantity=8), used_up)
    found = proposed(ledger, quantity=8, authorization=LICENCE)
    assert values(found, "split") == [
        (
            SplitPart(quantity=5, on=on("2025-09-01"), authorization=LICENCE),
            SplitPart(quantity=3, on=on("2025-10-01"), authorization=LICENCE),
        )
    ]
    assert values(proposed(ledger, quantity=9, authorization=LICENCE), "split") == []


def test_a_named_line_is_the_one_that_every_proposal_goes_under() -> None:
    ledger = ledger_of(*people("buyer"), licence("D1", quantity=10), licence("D2", quantity=2))
    asked = request(quantity=5, authorization=LICENCE)
    assert decide(asked, ledger.law, ledger).outcome == "permitted"
    named = decide(asked, ledger.law, ledger, line="D2/1")
    assert candidate_of(named, LICENCE).status == "exceeds-cap"
    found = [(a.change, a.value) for a in alternatives(named, ledger.law, ledger)]
    assert found == [("quantity", 2), ("authorization", LPP)]


def test_a_named_line_that_has_ended_gives_no_later_day() -> None:
    quarter = house(
        'per = ["end_user"]\nbasis = "exported"\nwindow = { kind = "calendar-quarter" }\n'
        "allowance = [{ tpp = 79160 }]"
    )
    ledger = ledger_of(
        *people("buyer"),
        quarter,
        licence("D1", quantity=9),
        licence("D2", quantity=9, until="2025-10-01"),
        exported("e", quantity=3),
    )
    asked = request(quantity=3, authorization=LICENCE)
    later = {"D1/1": [date(2025, 10, 1)], "D2/1": []}
    for line, days in later.items():
        named = decide(asked, ledger.law, ledger, line=line)
        found = alternatives(named, ledger.law, ledger)
        assert [a.value for a in found if a.change == "on"] == days


# ---- the earliest day


def test_a_limit_of_certain_days_lets_the_lot_go_on_the_day_after() -> None:
    ledger = ledger_of(*people("buyer", headquarters="US"), granted("u", UVEU))
    lot: dict[str, object] = {"destination": "DE", "authorization": UVEU}
    assert decided(ledger, "on-the-books", on="2025-08-01", **lot).outcome != "permitted"
    found = proposed(ledger, on="2025-08-01", **lot)
    assert values(found, "on") == [date(2025, 8, 2)]
    assert decided(ledger, "on-the-books", on="2025-08-02", **lot).outcome == "permitted"


def test_a_day_with_room_on_which_nothing_permits_the_lot_is_passed_over() -> None:
    ledger = ledger_of(
        *people("buyer"),
        granted("n", NVEU, destinations=["BR"], until="2025-10-01"),
        reserved("r", quantity=79000, authorization=NVEU),
    )
    found = [one for one in proposed(ledger, quantity=5000) if one[2] == NVEU]
    assert values(found, "quantity") == [(1266000000 - 79000 * 15832) // 15832]
    assert values(found, "on") == []


def test_a_long_row_of_full_days_is_waited_out() -> None:
    full = ROLLING.replace("40000", str(29 * 15832))
    days = [on("2025-09-01") + timedelta(days=number) for number in range(1, 101)]
    draws = [reserved(f"r-{day}", on=day) for day in days]
    ledger = ledger_of(*people("buyer"), house(full), *draws)
    assert values(proposed(ledger), "on") == [on("2025-09-01") + timedelta(days=102)]


def test_a_lot_waits_for_the_first_year_that_has_room() -> None:
    years = [
        used(f"u-{year}", LPP_YEAR, ["buyer"], 26900000, on=f"{year}-01-01")
        for year in range(2025, 2028)
    ]
    found = proposed(ledger_of(*people("buyer"), *years))
    assert values(found, "on") == [date(2028, 1, 1)]


LIFE = st.lists(
    st.tuples(st.integers(-25, 40), st.integers(1, 3), st.booleans()), min_size=1, max_size=6
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(LIFE, st.integers(1, 3))
def test_the_earliest_day_is_the_first_one_by_trying(
    life: list[tuple[int, int, bool]], quantity: int
) -> None:
    rolling = ROLLING.replace("40000", str(4 * 15832)).replace("30", "20")
    today = on("2025-09-01")
    draws = [
        (reserved if held else exported)(
            f"e-{number}", on=today + timedelta(days=day), quantity=units
        )
        for number, (day, units, held) in enumerate(life)
    ]
    ledger = ledger_of(*people("buyer"), house(rolling), *draws)
    lot: dict[str, object] = {"quantity": quantity, "authorization": LPP}
    if decided(ledger, "on-the-books", **lot).outcome == "permitted":
        return
    later = (today + timedelta(days=number) for number in range(1, 80))
    first = next(
        day
        for day in later
        if decided(ledger, "on-the-books", on=day, **lot).outcome == "permitted"
    )
    assert values(proposed(ledger, **lot), "on") == [first]


def test_a_reservation_that_the_lot_uses_up_stands_in_the_way_of_no_alternative() -> None:
    month = house(
        'per = ["end_user"]\nbasis = "exported"\nwindow = { kind = "rolling", days = 30 }\n'
        'allowance = [{ tpp = "158320" }]'
    )
    held = reserved("r", quantity=10, on="2025-09-10")
    ledger = ledger_of(*people("buyer"), month, held)
    asked = request(quantity=15, on="2025-09-01", authorization=LPP)
    found = alternatives(decide(asked, ledger.law, ledger, without="r"), ledger.law, ledger)
    (split,) = [one.value for one in found if one.change == "split"]
    assert isinstance(split, tuple)
    parts = [(part.quantity, str(part.on)) for part in split]
    assert parts == [(10, "2025-09-01"), (5, "2025-10-01")]


def test_the_day_on_which_a_rule_turns_lets_the_lot_go() -> None:
    """Cambodia leaves D:5 on 2026-02-03 (91 FR 5091)."""
    reading = signed("s", "us-ear/lpp-in-d1-d4", "available")
    ledger = ledger_of(*people("buyer", headquarters="KH"), reading)
    found = proposed(ledger, on="2026-02-02", destination="KH")
    assert ("on", on("2026-02-03"), LPP) in found
