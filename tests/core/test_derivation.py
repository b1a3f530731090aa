from ledger.core.derivation import Derivation, derive
from ledger.core.memory import MemoryPrefix
from tests.core.builders import (
    LPP_YEAR,
    ON,
    TABLE,
    declared,
    exported,
    ledger_of,
    on,
    people,
    released,
    reserved,
    reversed_,
    used,
)


def derived(ledger: MemoryPrefix, cap_id: str, *holder: str, day: str = ON) -> Derivation | None:
    (cap,) = ledger.law.versions(cap_id)
    return derive(cap, holder, on=on(day), prefix=ledger, law=ledger.law)


def found(ledger: MemoryPrefix, cap_id: str, *holder: str) -> Derivation:
    one = derived(ledger, cap_id, *holder)
    assert one is not None
    return one


def test_a_figure_is_derived_event_by_event_to_its_sum() -> None:
    ledger = ledger_of(
        *people("buyer"),
        exported("e", quantity=2),
        used("u", LPP_YEAR, ["buyer"], "900.5"),
        exported("before", quantity=9, on="2024-12-31"),
        reserved("later", quantity=4, on="2026-02-01"),
    )
    one = found(ledger, LPP_YEAR, "buyer")
    parts = [(p.event, p.kind, p.units, str(p.tpp), str(p.sum_tpp)) for p in one.counted]
    assert parts == [
        ("u", "reported by others", 0, "900.5", "900.5"),
        ("e", "exported", 2, "31664", "32564.5"),
    ]
    assert one.counted[-1].sum_tpp == one.finding.drawdown_tpp + one.finding.reserved_tpp
    assert [(p.event, str(p.sum_tpp)) for p in one.later] == [("later", "63328")]
    assert (one.counted[1].device, one.counted[1].destination) == ("h100", "BR")
    assert (one.counted[0].device, one.counted[0].destination) == ("", "")
    assert one.allowance_row == "26,900,000 TPP"
    assert (one.cite, one.note) == ("15 CFR 740.29(a),(d)", None)
    assert (str(one.on), one.as_of.size) == (ON, ledger.head.size)


def test_a_reversal_stands_in_the_derivation_beside_what_it_took_back() -> None:
    ledger = ledger_of(*people("buyer"), exported("e"), reversed_("x", "e"))
    one = found(ledger, LPP_YEAR, "buyer")
    assert [(p.event, p.units, str(p.sum_tpp)) for p in one.counted] == [
        ("e", 1, "15832"),
        ("x", -1, "0"),
    ]


def test_the_row_of_a_stepped_allowance_names_its_day() -> None:
    one = found(ledger_of(*people("buyer")), TABLE, "buyer", "BR")
    assert one.allowance_row == "1,266,000,000 TPP from 2025-07-01"
    assert one.note is not None


def test_the_row_of_a_share_names_its_percentage() -> None:
    ledger = ledger_of(
        *people("buyer", headquarters="US"), declared("s", quantity=100, destination="US")
    )
    one = found(ledger, "us-ear/uveu/country", "buyer", "MY")
    assert one.allowance_row == "7 % of all TPP of the family: 110,824 TPP"


def test_a_day_without_a_figure_has_no_derivation() -> None:
    assert derived(ledger_of(), TABLE, "buyer", "BR", day="2028-01-01") is None


def test_the_mark_of_a_reinstatement_is_no_part_of_a_figure() -> None:
    ledger = ledger_of(
        *people("buyer"),
        reserved("r", quantity=4),
        released("x", "r"),
        reserved("s", quantity=3, reinstates="r"),
    )
    parts = [(p.event, p.units) for p in found(ledger, LPP_YEAR, "buyer").counted]
    assert parts == [("r", 4), ("x", -4), ("s", 3)]
