from ledger.core.asides import Aside, asides, destinations
from ledger.core.headroom import Draw
from ledger.core.law.caps import Cap
from ledger.core.memory import MemoryPrefix
from tests.core.builders import (
    LPP_YEAR,
    adopted,
    cap,
    ended,
    ledger_of,
    licence,
    on,
    pack_text,
    people,
)

GROUP = """[[group]]
id = "there"
title = "there"
cite = "a test"
members = [{ iso = "BR", from = 2019-01-01 }, { iso = "CL", from = 2026-01-01 }]
"""
DAY = on("2025-09-01")


def half() -> Cap:
    ratio = {"percent": 50, "of_groups": ["there"], "to_values": ["US"]}
    return cap(per=("device",), ratio=ratio, window={"kind": "period", "first_on": "2025-06-01"})


def grown(*events: object) -> MemoryPrefix:
    text = pack_text(GROUP, pack="there")
    return ledger_of(*people("buyer"), adopted(text), *events)  # type: ignore[arg-type]  # events


def found(ledger: MemoryPrefix, device: str = "h100") -> list[tuple[str, str, int]]:
    lines = asides(half(), device, DAY, ledger, ledger.law)
    return [(one.event, one.line, one.units) for one in lines]


def test_the_lines_of_live_licences_for_the_destinations_are_set_aside() -> None:
    ledger = grown(licence("D1", quantity=3))
    assert found(ledger) == [("grant-D1", "D1/1", 3)]
    assert found(ledger, "h200") == []


def test_a_licence_that_has_ended_sets_nothing_aside() -> None:
    assert found(grown(licence("D1", quantity=3), ended("x", "D1", "2025-08-01"))) == []


def test_a_cap_without_a_ratio_sets_nothing_aside() -> None:
    ledger = grown(licence("D1"))
    yearly = ledger.law.versions(LPP_YEAR)[0]
    assert list(asides(yearly, "h100", DAY, ledger, ledger.law)) == []


def test_every_destination_that_may_ever_belong_is_capped() -> None:
    ledger = grown()
    ratio = half().ratio
    assert ratio is not None
    assert destinations(ratio, ledger.law) == ["BR", "CL"]


def test_what_is_set_aside_comes_back_when_the_licence_ends() -> None:
    one = Aside("D1", "D1/1", units=3, unit_tpp=10, first=DAY, until=on("2025-12-01"))
    assert list(one.draws(2)) == [
        Draw(DAY, 20, reserved=True),
        Draw(on("2025-12-01"), -20, reserved=True),
    ]
    assert next(iter(one.draws(0))).tpp == 0
    assert one.drawn.key == ("D1/1",)
