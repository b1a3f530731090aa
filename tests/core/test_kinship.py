from ledger.core.kinship import above, family
from tests.core.builders import ledger_of, party


def test_a_family_is_all_that_ever_named_a_parent_in_it() -> None:
    ledger = ledger_of(
        party("top"),
        party("a", ultimate_parent="top"),
        party("b", ultimate_parent="a"),
        party("c", ultimate_parent="b"),
        party("round", ultimate_parent="c"),
        party("top", on="2026-01-01", ultimate_parent="round"),
        party("alone"),
    )
    assert family("top", ledger) == ["top", "a", "b", "c", "round"]
    assert family("alone", ledger) == ["alone"]


def test_above_a_party_are_all_that_it_ever_named() -> None:
    owner = {"party": "fund", "percent": "60"}
    ledger = ledger_of(
        party("a", ultimate_parent="top"), party("a", on="2026-01-01", owners=[owner])
    )
    assert above("a", ledger) == {"top", "fund"}
    assert above("nobody", ledger) == set()
