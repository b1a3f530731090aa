"""Splits and other devices: each proposal is carried out, part after part, on the ledger itself."""

from typing import Final

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.core.alternatives import Alternative, OtherDevice, SplitPart, alternatives
from ledger.core.decision import decide
from ledger.core.events import AnyEvent
from ledger.core.law.row import Posture
from ledger.core.memory import MemoryPrefix
from tests.core.builders import (
    AIA,
    LICENCE,
    LPP,
    LPP_YEAR,
    NVEU,
    candidate_of,
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
    set_to,
    used,
)

TODAY: Final = on("2025-09-01")
YEAR: Final = 26900000
H100: Final = 15832


def proposed(ledger: MemoryPrefix, posture: Posture, **lot: object) -> list[Alternative]:
    decision = decide(request(**lot), ledger.law, ledger, posture)
    return list(alternatives(decision, ledger.law, ledger))


def splits(ledger: MemoryPrefix, **lot: object) -> list[tuple[SplitPart, ...]]:
    """The parts of each split that is proposed on the books."""
    values = [one.value for one in proposed(ledger, "on-the-books", **lot) if one.change == "split"]
    return [value for value in values if isinstance(value, tuple)]


def devices(ledger: MemoryPrefix, posture: Posture, **lot: object) -> list[tuple[str, int, str]]:
    """The other devices that are proposed, how many, and under which authorization."""
    found = proposed(ledger, posture, **lot)
    return [
        (one.value.device, one.value.quantity, one.authorization)
        for one in found
        if isinstance(one.value, OtherDevice)
    ]


def told(parts: tuple[SplitPart, ...]) -> list[tuple[int, str, str]]:
    return [(part.quantity, str(part.on), part.authorization) for part in parts]


def carry_out(ledger: MemoryPrefix, parts: tuple[SplitPart, ...], **lot: object) -> None:
    """Decide on each part after the parts before it have gone: all of them are permitted."""
    for number, part in enumerate(parts):
        fields = {**lot, "quantity": part.quantity, "on": part.on}
        asked = request(**fields, authorization=part.authorization)
        decision = decide(asked, ledger.law, ledger)
        assert (decision.outcome, decision.authorization) == ("permitted", part.authorization)
        line: dict[str, object] = {}
        if part.authorization == LICENCE:
            findings = candidate_of(decision, LICENCE).findings
            holder = next(f.holder for f in findings if f.cap == "us-ear/license/line")
            line = {"reference": holder[0], "line": int(holder[1])}
        event: dict[str, object] = {**fields, **line, "authorization": part.authorization}
        ledger.append(exported(f"part-{number}", **event))


def room_for(units: int, *more: AnyEvent) -> MemoryPrefix:
    """A ledger on which LPP still has room for so many H100 this year."""
    return ledger_of(*people("buyer"), used("u", LPP_YEAR, ["buyer"], YEAR - units * H100), *more)


# ---- over two authorizations


def test_what_lpp_does_not_carry_goes_under_a_licence_line() -> None:
    ledger = room_for(3, licence(quantity=4))
    (first, second) = splits(ledger, quantity=5)
    assert told(first) == [(3, "2025-09-01", LPP), (2, "2025-09-01", LICENCE)]
    assert told(second) == [(4, "2025-09-01", LICENCE), (1, "2025-09-01", LPP)]
    for parts in (first, second):
        carry_out(room_for(3, licence(quantity=4)), parts)


def test_a_rest_that_no_other_authorization_carries_waits_for_the_next_year() -> None:
    ledger = room_for(3, licence(quantity=4))
    (parts,) = splits(ledger, quantity=8)
    assert told(parts) == [(3, "2025-09-01", LPP), (5, "2026-01-01", LPP)]
    carry_out(ledger, parts)


def test_what_the_table_of_nveu_does_not_carry_goes_under_lpp() -> None:
    def ledger() -> MemoryPrefix:
        return ledger_of(
            *people("buyer"),
            granted("n", NVEU, destinations=["BR"]),
            reserved("r", quantity=79000, authorization=NVEU),
        )

    left = (1266000000 - 79000 * H100) // H100
    found = splits(ledger(), quantity=left + 1000)
    assert told(found[0]) == [(left, "2025-09-01", NVEU), (1000, "2025-09-01", LPP)]
    for parts in found:
        carry_out(ledger(), parts, quantity=left + 1000)


def test_lpp_draws_on_the_table_that_nveu_has_too() -> None:
    """The table counts the installed base, so that 1,699 under LPP leave that much less of it."""
    ledger = ledger_of(
        *people("buyer"),
        granted("n", NVEU, destinations=["BR"]),
        reserved("r", quantity=79000, authorization=NVEU),
    )
    left = (1266000000 - 79000 * H100) // H100
    assert left < 1699
    by_lpp = [told(p) for p in splits(ledger, quantity=1700) if p[0].authorization == LPP]
    assert by_lpp == [[(1699, "2025-09-01", LPP), (1, "2026-01-01", LPP)]]


def test_two_licences_carry_a_lot_that_neither_carries_alone() -> None:
    def ledger() -> MemoryPrefix:
        return room_for(0, licence("D1", quantity=4), licence("D2", quantity=3))

    found = splits(ledger(), quantity=6)
    assert [told(parts) for parts in found] == [
        [(4, "2025-09-01", LICENCE), (2, "2025-09-01", LICENCE)]
    ]
    carry_out(ledger(), found[0])


def test_a_cap_of_the_house_binds_both_parts() -> None:
    month = house(
        'per = ["end_user"]\nbasis = "exported"\nwindow = { kind = "rolling", days = 30 }\n'
        f"allowance = [{{ tpp = {4 * H100} }}]"
    )
    ledger = room_for(3, licence(quantity=9), month)
    for parts in splits(ledger, quantity=5):
        assert parts[1].on > TODAY
        carry_out(room_for(3, licence(quantity=9), month), parts)


def test_a_named_authorization_is_kept_for_both_parts() -> None:
    ledger = room_for(3, licence(quantity=4))
    (parts,) = splits(ledger, quantity=5, authorization=LPP)
    assert told(parts) == [(3, "2025-09-01", LPP), (2, "2026-01-01", LPP)]
    assert splits(ledger, quantity=5, authorization=AIA) == []


def test_a_lot_that_goes_whole_is_not_split() -> None:
    assert splits(room_for(5, licence(quantity=5)), quantity=5) == []
    assert splits(room_for(3, licence(quantity=5)), quantity=5) == []


HISTORY = st.fixed_dictionaries(
    {
        "room": st.integers(0, 5),
        "lines": st.lists(st.integers(1, 4), max_size=2),
        "status": st.booleans(),
        "month": st.one_of(st.none(), st.integers(1, 8)),
        "held": st.integers(0, 2),
    }
)


def told_history(history: dict[str, object]) -> MemoryPrefix:
    room, lines, month = history["room"], history["lines"], history["month"]
    assert isinstance(room, int)
    assert isinstance(lines, list)
    events: list[AnyEvent] = [
        licence(f"D{number}", quantity=units) for number, units in enumerate(lines)
    ]
    if history["status"]:
        table = reserved("r", quantity=79961, authorization=NVEU)
        events += [granted("n", NVEU, destinations=["BR"]), table]
    if history["held"]:
        events.append(reserved("h", quantity=history["held"], on="2025-11-01"))
    if month is not None:
        rows = 'per = ["exporter"]\nbasis = "exported"\nwindow = { kind = "calendar-quarter" }\n'
        assert isinstance(month, int)
        allowance = (month + 79961 * bool(history["status"])) * H100
        events.append(house(f"{rows}allowance = [{{ tpp = {allowance} }}]"))
    return room_for(room, *events)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(HISTORY, st.integers(1, 10))
def test_every_split_can_be_carried_out_and_is_the_whole_lot(
    history: dict[str, object], quantity: int
) -> None:
    for parts in splits(told_history(history), quantity=quantity):
        assert sum(part.quantity for part in parts) == quantity
        assert [part.on for part in parts] == sorted(part.on for part in parts)
        carry_out(told_history(history), parts)


# ---- another device


STRONG, WEAKER, PLAIN, FOREIGN = (
    device("strong", "36000", vendor="maker"),
    device("weaker", "20000", vendor="maker"),
    device("plain", "1000", vendor="maker", performance_density="1"),
    device("foreign", "900", vendor="somebody else", performance_density="1"),
)


def test_where_every_authorization_is_closed_a_device_that_needs_none_is_proposed() -> None:
    for posture in ("on-the-books", "enforced"):
        ledger = ledger_of(*people("buyer", headquarters="CN"), STRONG, WEAKER, PLAIN, FOREIGN)
        lot: dict[str, object] = {"device": "strong", "destination": "CN", "quantity": 4}
        decision = decide(request(**lot), ledger.law, ledger, posture)
        assert decision.outcome == "license-required"
        assert {c.status for c in decision.candidates} == {"ineligible"}
        assert devices(ledger, posture, **lot) == [("plain", 4, "us-ear/nlr")]
        again = decide(request(**lot | {"device": "plain"}), ledger.law, ledger, posture)
        assert (again.outcome, again.authorization) == ("permitted", "us-ear/nlr")


def test_where_no_weaker_device_goes_either_none_is_proposed() -> None:
    ledger = ledger_of(*people("buyer", headquarters="CN"), STRONG, WEAKER, FOREIGN)
    lot: dict[str, object] = {"device": "strong", "destination": "CN", "quantity": 4}
    assert devices(ledger, "on-the-books", **lot) == []


def test_a_named_authorization_is_the_one_that_the_other_device_goes_under() -> None:
    ledger = ledger_of(*people("buyer", headquarters="CN"), STRONG, WEAKER, PLAIN)
    lot: dict[str, object] = {"device": "strong", "destination": "CN", "quantity": 4}
    assert devices(ledger, "on-the-books", authorization=LPP, **lot) == []
    found = devices(ledger, "on-the-books", authorization="us-ear/nlr", **lot)
    assert found == [("plain", 4, "us-ear/nlr")]


def test_an_open_question_is_not_answered_with_another_device() -> None:
    ledger = ledger_of(*people("buyer", headquarters="unknown"), STRONG, PLAIN)
    lot: dict[str, object] = {"device": "strong", "quantity": 4}
    assert decide(request(**lot), ledger.law, ledger).outcome == "unresolved"
    assert devices(ledger, "on-the-books", **lot) == []


def test_the_posture_that_was_asked_decides_on_the_other_device() -> None:
    ledger = room_for(3, STRONG, WEAKER, set_to("posture/default", "enforced"))
    lot: dict[str, object] = {"device": "strong", "quantity": 2}
    assert devices(ledger, "on-the-books", **lot) == [("weaker", 2, LPP)]
    assert devices(ledger, "enforced", **lot) == []
