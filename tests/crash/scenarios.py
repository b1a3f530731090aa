"""What a child does until it is killed, by name; each tells what was acknowledged to it."""

import json
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final

from ledger.cli.app import run
from ledger.core.encoding import parse_event, parse_json
from ledger.core.events import ListAdopted
from ledger.service.recording import record
from ledger.service.reserving import reserve
from ledger.store.connection import batches
from ledger.store.ledger import Ledger
from tests.core.builders import lot
from tests.store.ledgers import MARK
from tests.store.lists import keep

Acknowledge = Callable[[int], None]
"""Told the size of the ledger's head once a call has returned."""


@dataclass(frozen=True)
class Order:
    """What a child is to do, and where it is to die.

    `at` counts boundaries from 1; 0 lets it live. `steps` and `inside`: see `watching`.
    """

    scenario: str
    url: str
    output: str
    at: int = 0
    inside: bool = False
    steps: int = 0
    arguments: dict[str, Any] = field(default_factory=dict)


def append(order: Order, acknowledge: Acknowledge) -> int:
    """The events of a file, some a commit; the contents of lists go in with their events."""
    text = Path(order.arguments["events"]).read_text(encoding="utf-8")
    events = [parse_event(parse_json(line)) for line in text.splitlines()]
    with closing(Ledger.open(order.url)) as ledger:
        for some in batches(events, order.arguments["a_commit"]):
            with ledger.writing() as writer:
                for event in some:
                    if isinstance(event, ListAdopted):
                        keep(ledger.connection)
                    record(writer, event, MARK)
            acknowledge(ledger.head().size)
    return 0


def place_reservation(order: Order, acknowledge: Acknowledge) -> int:
    """A reservation that the service decides on, with overdue ones to be expired before it."""
    until = date(2099, 1, 1)
    done = reserve(order.url, lot(on="2026-08-01"), event_id="r", hold_until=until, actor="ana")
    assert done.appended is not None
    acknowledge(done.appended.seq)
    return 0


def command(order: Order, acknowledge: Acknowledge) -> int:
    """A command of `chipledger`."""
    status = run([*order.arguments["tokens"], "--ledger", order.url])
    with closing(Ledger.open(order.url)) as ledger:
        acknowledge(ledger.head().size)
    return status


SCENARIOS: Final[dict[str, Callable[[Order, Acknowledge], int]]] = {
    "append": append,
    "reserve": place_reservation,
    "command": command,
}


def read_order(line: str) -> Order:
    return Order(**json.loads(line))
