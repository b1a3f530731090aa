"""Asking one test of the facts of a lot, and a screening list of a few names to ask it of."""

from collections.abc import Iterator, Sequence
from typing import Final

from ledger.core.events import AnyEvent
from ledger.core.law.conditions import Test as FactTest
from ledger.core.memory import MemoryPrefix
from ledger.core.prefix import Match
from ledger.core.situation import Situation
from ledger.core.verdicts import Verdict
from tests.core.builders import ledger_of, people, request

LISTED: Final = {
    "Evil Chips": ("EL:1", 100),
    "Evil Chip Co": ("EL:1", 91),
    "Bad Bank": ("SDN:2", 100),
    "Denied Dan": ("DPL:3", 100),
}
"""Names that the fake list knows: the entry that each is near, and how near."""


def near(_: str, names: Sequence[str], at_least: int) -> Sequence[Match]:
    """Match names by the table above; what a real index does is tested in tests/screening."""
    found = (_match(name) for name in names if name in LISTED)
    return sorted((one for one in found if one.score >= at_least), key=lambda m: -m.score)


def _match(name: str) -> Match:
    entry, score = LISTED[name]
    source = entry.partition(":")[0]
    listed = next(known for known, (other, _) in LISTED.items() if other == entry)
    return Match(entry, source, listed, name, score, "the same words")


def situation(*events: AnyEvent, **lot: object) -> Situation:
    """One H100 from the seller in the United States to the buyer, on 2025-09-01.

    `headquarters` are those of the buyer, Brazil if left out.
    """
    headquarters = str(lot.pop("headquarters", "BR"))
    ledger = ledger_of(*people("buyer", headquarters=headquarters), *events, matcher=near)
    return of(ledger, **lot)


def of(ledger: MemoryPrefix, **lot: object) -> Situation:
    return Situation(request(**lot), ledger, ledger.law)


def verdict(found: Situation, **test: object) -> Verdict:
    return found.verdict(FactTest.model_validate(test))


def answers(found: Iterator[Situation] | Sequence[Situation], **test: object) -> list[bool | None]:
    """What the same test says of several lots."""
    return [verdict(one, **test).holds for one in found]
