"""Trials: a child is killed somewhere, and what it left is held to what an unharmed one leaves."""

import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from itertools import count
from pathlib import Path
from time import monotonic
from typing import Any, Final

from ledger.core.encoding import event_data
from ledger.core.events import AnyEvent
from ledger.store.ledger import Ledger
from ledger.store.verification import verify
from tests.crash.scenarios import Order
from tests.store.ledgers import opened

ROOT: Final = Path(__file__).parents[2]

SOAK_SECONDS: Final = int(os.environ.get("CHIPLEDGER_SOAK_SECONDS", "0"))
"""With it every boundary is tried, and seeds beyond those of `make test`."""

FIRST_SEED: Final = int(os.environ.get("CHIPLEDGER_SEED", "1"))
"""The seed that random trials begin with: a failing test names its own."""

RANDOM_FIELDS: Final = frozenset({"decision_id", "ledger"})
"""What two runs of the same thing need not have in common."""


@dataclass(frozen=True)
class Ended:
    """How a child ended, and the sizes that were acknowledged to it."""

    status: int
    acknowledged: list[int]
    boundaries: int
    output: str

    @property
    def killed(self) -> bool:
        return self.status == -signal.SIGKILL


class Nursery:
    """The warm process that forks the children."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.crash.nursery"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, order: Order) -> Ended:
        """Let a child live or die by an order."""
        asking, answering = self._process.stdin, self._process.stdout
        assert asking is not None
        assert answering is not None
        asking.write(json.dumps(asdict(order)) + "\n")
        asking.flush()
        status, said = json.loads(answering.readline())
        counted = [one["boundaries"] for one in said if isinstance(one, dict)]
        sizes = [one for one in said if isinstance(one, int)]
        output = Path(order.output).read_text(encoding="utf-8")
        assert "Traceback" not in output, output
        return Ended(status, sizes, counted[0] if counted else 0, output)

    def close(self) -> None:
        self._process.communicate()


@dataclass(frozen=True)
class State:
    """What a ledger holds, as far as two runs of the same thing must agree."""

    heads: list[int]
    events: list[dict[str, Any]]

    @property
    def size(self) -> int:
        return self.heads[-1] if self.heads else 0


def plain(event: AnyEvent) -> dict[str, Any]:
    return {k: v for k, v in event_data(event).items() if k not in RANDOM_FIELDS}


def state_of(ledger: Ledger) -> State:
    heads = ledger.connection.execute("SELECT size FROM head ORDER BY size").fetchall()
    return State([row[0] for row in heads], [plain(one.event) for one in ledger.entries()])


def verified_state(url: str) -> State:
    """What a ledger holds, once it is verified from its first byte."""
    with opened(url) as ledger:
        verify(ledger)
        return state_of(ledger)


@dataclass
class Trials:
    """A scenario: where each run of it starts, what it does, and how it ends unharmed."""

    nursery: Nursery
    start: Callable[[], str]
    order: Order
    end: Ended
    before: State
    whole: State
    each_commit_acknowledged: bool = True

    def kill(self, at: int, *, inside: bool = False) -> None:
        """One trial: killed at a boundary, looked at, done again, looked at again."""
        url = self.start()
        order = replace(self.order, url=url, at=at, inside=inside)
        ended = self.nursery.run(order)
        assert ended.killed, (at, ended)
        left = verified_state(url)
        self._all_or_nothing(left)
        self._acknowledged(ended, left)
        again = self.nursery.run(replace(order, at=0))
        assert again.status == self.end.status, again.output
        after = verified_state(url)
        assert (after.size, after.events) == (self.whole.size, self.whole.events)

    def _all_or_nothing(self, left: State) -> None:
        """Whole commits of the unharmed run are there, from the first on, and nothing else."""
        assert len(left.heads) >= len(self.before.heads)
        assert left.heads == self.whole.heads[: len(left.heads)]
        assert left.events == self.whole.events[: left.size]

    def _acknowledged(self, ended: Ended, left: State) -> None:
        """All that was acknowledged is there, and at most the one commit that was on its way."""
        if not ended.acknowledged:
            return
        assert left.size >= ended.acknowledged[-1]
        if self.each_commit_acknowledged:
            place = self.whole.heads.index(ended.acknowledged[-1])
            assert left.heads[place + 1 :] in ([], self.whole.heads[place + 1 : place + 2])


def trials(
    nursery: Nursery, start: Callable[[], str], order: Order, *, acknowledged: bool = True
) -> Trials:
    """Run a scenario unharmed first: that says how many boundaries it has, and its end."""
    first = replace(order, url=start())
    before = verified_state(first.url)
    end = nursery.run(first)
    assert end.boundaries, end.output
    return Trials(nursery, start, first, end, before, verified_state(first.url), acknowledged)


def some_of(boundaries: int, most: int, chance: random.Random) -> list[int]:
    """Boundaries to die at: all of them where they are few or in a soak, else some by chance.

    The last ones, about the commit, are always among them.
    """
    if SOAK_SECONDS or boundaries <= most:
        return list(range(1, boundaries + 1))
    last = list(range(boundaries - 3, boundaries + 1))
    return sorted([*chance.sample(range(1, boundaries - 3), most - len(last)), *last])


@contextmanager
def seeded() -> Iterator[random.Random]:
    """A source of chance whose seed a failure names."""
    print(f"replay with CHIPLEDGER_SEED={FIRST_SEED}")  # noqa: T201 -- pytest shows it with a failure
    yield random.Random(FIRST_SEED)  # noqa: S311 -- no secret


def seeds(few: int) -> Iterator[int]:
    """The seeds of random trials: a few; in a soak as many more as its time allows."""
    until = monotonic() + SOAK_SECONDS
    for seed in count(FIRST_SEED):
        if seed >= FIRST_SEED + few and monotonic() >= until:
            return
        print(f"replay with CHIPLEDGER_SEED={seed}")  # noqa: T201 -- as above
        yield seed
