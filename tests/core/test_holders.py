from ledger.core.findings import figure
from ledger.core.holders import Holder, counts_for, holders, holders_of
from ledger.core.memory import MemoryPrefix
from tests.core.builders import (
    ALLOCATION,
    LPP_YEAR,
    NVEU,
    ON,
    TABLE,
    UVEU,
    declared,
    ended,
    exported,
    granted,
    house,
    ledger_of,
    licence,
    on,
    party,
    people,
    used,
)


def of(ledger: MemoryPrefix, cap_id: str, *destinations: str, day: str = ON) -> list[Holder]:
    (cap,) = ledger.law.versions(cap_id)
    return holders(cap, on=on(day), prefix=ledger, law=ledger.law, destinations=destinations)


def test_a_country_holds_its_allocation_where_it_has_one() -> None:
    found = of(ledger_of(), ALLOCATION, "SA", "BR", "DE", "CN", "GL")
    assert found == [("BR",), ("GL",), ("SA",)]


def test_whoever_drew_or_was_reported_holds_a_cap() -> None:
    ledger = ledger_of(
        *people("buyer", "top"),
        party("sub", ultimate_parent="top"),
        party("orphan", ultimate_parent="unknown"),
        exported("e"),
        exported("f", ultimate_consignee="sub"),
        exported("g", ultimate_consignee="orphan"),
        used("u", LPP_YEAR, ["reported"], 1),
    )
    assert of(ledger, LPP_YEAR) == [("buyer",), ("orphan",), ("reported",), ("top",)]


def test_while_it_is_open_who_is_above_each_that_is_named_stays_in_sight() -> None:
    """The owner by majority and the stated parent are two: `decide` counts the draws for both."""
    ledger = ledger_of(
        *people("stated", "holding"),
        party("sub", ultimate_parent="stated", owners=[{"party": "holding", "percent": "60"}]),
        exported("e", ultimate_consignee="sub"),
    )
    assert of(ledger, LPP_YEAR) == [("holding",), ("stated",), ("sub",)]
    for (holder,) in of(ledger, LPP_YEAR):
        found = figure(LPP_YEAR, (holder,), on=on(ON), prefix=ledger, law=ledger.law)
        assert found is not None
        assert found.drawdown_tpp == 158320


def test_a_parent_of_earlier_days_stays_in_sight() -> None:
    ledger = ledger_of(
        *people("old", "new", "grand"),
        party("sub", ultimate_parent="old"),
        party("sub", on="2025-03-01", ultimate_parent="new"),
        party("new", on="2025-04-01", ultimate_parent="grand"),
        exported("e", ultimate_consignee="sub", on="2025-02-01"),
    )
    assert of(ledger, LPP_YEAR) == [("grand",), ("new",), ("old",)]
    house_cap = house(
        'per = ["family", "destination"]\nbasis = "exported"\n'
        'window = { kind = "calendar-year" }\nallowance = [{ tpp = 1 }]\n'
    )
    ledger.append(house_cap)
    assert of(ledger, "house/cap-1") == [("grand", "BR"), ("new", "BR"), ("old", "BR")]


def test_each_live_status_holds_the_table_of_its_country() -> None:
    ledger = ledger_of(
        *people("buyer", "other"),
        granted("n", NVEU, destinations=["BR", "CL"]),
        granted("o", NVEU, party="other", destinations=["BR"]),
        ended("x", "o", "2025-08-01"),
    )
    assert of(ledger, TABLE) == [("buyer", "BR"), ("buyer", "CL")]
    assert of(ledger, TABLE, day="2025-07-31") == [
        ("buyer", "BR"),
        ("buyer", "CL"),
        ("other", "BR"),
    ]


def test_a_family_holds_its_shares_where_it_has_anything() -> None:
    ledger = ledger_of(
        *people("top", headquarters="US"),
        party("sub", headquarters="US", ultimate_parent="top"),
        party("orphan", headquarters="US", ultimate_parent="unknown"),
        granted("u", UVEU, party="sub"),
        granted("v", UVEU, party="orphan", destinations=["MY"]),
        declared("s", party="sub", destination="MY"),
        declared("t", party="top", destination="DE"),
        declared("x", party="other", destination="SG"),
    )
    assert of(ledger, "us-ear/uveu/outside-partners") == [("orphan",), ("top",)]
    assert of(ledger, "us-ear/uveu/country") == [("orphan", "MY"), ("top", "MY")]
    assert of(ledger, "us-ear/uveu/outside-us") == [("orphan",), ("top",)]


def test_half_outside_the_united_states_binds_only_who_is_headquartered_there() -> None:
    german = ledger_of(*people("buyer", headquarters="DE"), granted("u", UVEU))
    assert of(german, "us-ear/uveu/outside-us") == []
    unknown = ledger_of(*people("buyer", headquarters="unknown"), granted("u", UVEU))
    assert of(unknown, "us-ear/uveu/outside-us") == [("buyer",)]


def test_each_line_of_a_live_licence_holds_its_balance() -> None:
    lines = [{"line": number, "device": "h100", "quantity": 1} for number in (1, 2)]
    ledger = ledger_of(
        *people("buyer"), licence("D1", lines=lines), licence("D2", until="2025-08-01")
    )
    line = "us-ear/license/line"
    assert of(ledger, line) == [("D1", "1"), ("D1", "2")]


def test_a_house_cap_is_held_by_whatever_has_movements() -> None:
    rows = 'basis = "exported"\nwindow = { kind = "calendar-year" }\nallowance = [{ tpp = 1 }]\n'
    caps = ('per = ["destination"]\n', 'per = ["exporter", "end_user"]\n', 'per = ["family"]\n')
    where = 'when = [{ fact = "headquarters", values = ["BR"] }]\n'
    ledger = ledger_of(
        *people("buyer"), house(*(f"{cap}{rows}" for cap in caps), f"{caps[0]}{rows}{where}")
    )
    ledger.append(exported("e", end_user="buyer"))
    assert of(ledger, "house/cap-1", "CL") == [("BR",)]
    assert of(ledger, "house/cap-2") == [("seller", "buyer")]
    assert of(ledger, "house/cap-3") == [("buyer",)]
    assert of(ledger, "house/cap-4") == [("BR",)]


def test_a_movement_is_held_by_whom_it_may_count_for_and_by_nobody_where_a_key_is_missing() -> None:
    ledger = ledger_of(*people("buyer"), declared("s"), licence("D1"))
    law = ledger.law
    (stock,), (licensed,) = ledger.caused_by("s"), ledger.caused_by("grant-D1")
    (line,) = law.versions("us-ear/license/line")
    (year,) = law.versions(LPP_YEAR)
    assert holders_of(line, stock, ledger) == []
    assert holders_of(line, licensed, ledger) == [("D1", "1")]
    assert holders_of(year, stock, ledger) == [("buyer",)]


def test_a_line_counts_while_its_licence_is_live_and_only_where_one_was_granted() -> None:
    ledger = ledger_of(*people("buyer"), licence("D1", until="2026-01-01"))
    (line,) = ledger.law.versions("us-ear/license/line")

    def counts(day: str, *holder: str) -> bool:
        return counts_for(line, holder, on=on(day), prefix=ledger, law=ledger.law)

    assert counts("2025-12-31", "D1", "1")
    assert not counts("2026-01-01", "D1", "1")
    assert not counts("2025-12-31", "D1", "2")
    assert not counts("2025-12-31", "D9", "1")
