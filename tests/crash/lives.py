"""Events to be appended while something breaks: one of each kind, or a history by a seed."""

import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from ledger.core.encoding import event_data
from ledger.core.errors import LedgerError
from ledger.core.events import AnyEvent, ListAdopted
from ledger.service.recording import record
from tests.core.builders import (
    LPP,
    LPP_YEAR,
    amended,
    attrited,
    cleared,
    declared,
    device,
    ended,
    event,
    exported,
    house,
    licence,
    list_adopted,
    party,
    released,
    relocated,
    reserved,
    reversed_,
    set_to,
    signed,
    used,
)
from tests.store.histories import BUSY_DAYS, HOUSE, KINDS, History, Step
from tests.store.ledgers import MARK, in_memory
from tests.store.lists import DIGESTS, keep

ONE_OF_EACH_KIND: Final[tuple[AnyEvent, ...]] = (
    party("newcomer"),
    device("late-chip", "4800"),
    licence("L-1", quantity=9, exporter="seller"),
    amended("amend", "L-1", lines=[{"line": 1, "device": "h100", "quantity": 12}]),
    declared("stock", quantity=20),
    reserved("held", quantity=4),
    event(
        kind="lot.extended",
        id="longer",
        on="2025-09-02",
        reservation="held",
        hold_until="2099-02-01",
    ),
    exported("gone", quantity=1, authorization=LPP, reservation="held"),
    released("given-up", "held"),
    exported("shipped", quantity=3),
    attrited("lost", quantity=2),
    relocated("moved", quantity=2),
    used("others", LPP_YEAR, ["buyer"], "1000"),
    signed("reading", "us-ear/lpp-in-d1-d4", "barred"),
    house(HOUSE[0]),
    list_adopted("list", digest=DIGESTS[0], name="us-csl"),
    cleared("buyer", "EL:1"),
    set_to("screening/threshold", "92"),
    event(
        kind="duty.done", id="duty", on="2025-09-20", duty="us-ear/lpp/report gone", document="m"
    ),
    reversed_("back", "shipped"),
    ended("withdrawn", "L-1", "2026-01-01"),
)


WITHOUT_LISTS: Final = tuple(kind for kind in KINDS if kind != "list.adopted")
"""Kinds whose events need nothing else in the ledger."""


def history(seed: int, steps: int, kinds: Sequence[str] = KINDS) -> list[AnyEvent]:
    """Events of random kinds that a ledger of the template takes, one after the other."""
    chance = random.Random(seed)  # noqa: S311 -- no secret
    so_far = History()
    ledger = in_memory()
    for _ in range(steps):
        drawn = so_far.event(_step(chance, kinds))
        try:
            with ledger.writing() as writer:
                if isinstance(drawn, ListAdopted):
                    keep(ledger.connection)
                record(writer, drawn, MARK)
        except LedgerError:
            continue
        so_far.events.append(drawn)
    ledger.close()
    return so_far.events


def _step(chance: random.Random, kinds: Sequence[str]) -> Step:
    return Step(
        kind=chance.choice(kinds),
        day=chance.choice(BUSY_DAYS),
        later=chance.randint(1, 400),
        who=chance.randint(0, 4),
        other=chance.randint(0, 5),
        place=chance.randint(0, 4),
        device=chance.randint(0, 3),
        quantity=chance.randint(1, 40),
        pick=chance.randint(0, 30),
        flag=chance.random() < 0.5,
    )


def dump(events: Sequence[AnyEvent], file: Path) -> Path:
    """Events as a file that children and imports read."""
    text = "".join(json.dumps(event_data(one)) + "\n" for one in events)
    file.write_text(text, encoding="utf-8")
    return file
