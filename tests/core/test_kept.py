"""What a prefix is asked again and again is asked once; movements are always read."""

from ledger.core.kept import kept
from tests.core.builders import exported, ledger_of, on, party, people
from tests.core.lives import installed


def test_facts_are_asked_once_and_movements_always() -> None:
    ledger = ledger_of(*people("buyer"), standard=False)
    remembering = kept(ledger)
    assert [one.id for one in remembering.party("buyer")] == ["party-buyer-2020-01-01"]
    ledger.append(party("buyer", on="2025-01-01"))
    ledger.append(exported("e", quantity=2))
    assert len(remembering.party("buyer")) == 1
    assert len(ledger.party("buyer")) == 2
    assert len(remembering.movements_of("e")) == 1
    assert remembering.head == ledger.head
    assert installed(ledger) == (2, 316640)
    assert remembering.gone(on("2025-01-01"), on("2026-01-01"))
