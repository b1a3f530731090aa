"""kill -9 at every statement boundary: what was acknowledged is there, nothing is half there."""

import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from ledger.core.encoding import KINDS
from ledger.core.events import AnyEvent
from tests.core.builders import exported, reserved
from tests.crash.conftest import Fresh
from tests.crash.lives import ONE_OF_EACH_KIND, WITHOUT_LISTS, dump, history
from tests.crash.scenarios import Order
from tests.crash.trials import Nursery, Trials, seeded, seeds, some_of, trials
from tests.store.ledgers import put


def some_on(engine: str) -> int:
    """Trials of a scenario in `make test`: a soak makes all; a database costs more than a file."""
    return 25 if engine == "sqlite" else 8


def appending(folder: Path, events: Sequence[AnyEvent], a_commit: int) -> Order:
    file = dump(events, folder / "events.jsonl")
    arguments = {"events": str(file), "a_commit": a_commit}
    return Order("append", "", str(folder / "said"), arguments=arguments)


def kill_some(made: Trials) -> None:
    most = some_on(made.order.url.partition(":")[0])
    with seeded() as chance:
        for at in some_of(made.end.boundaries, most, chance):
            made.kill(at, inside=chance.random() < 0.5)


def test_the_life_of_these_tests_has_every_kind_that_can_be_recorded() -> None:
    assert {one.kind for one in ONE_OF_EACH_KIND} == KINDS - {"ledger.created", "key.adopted"}


def test_one_append_is_there_or_is_not(nursery: Nursery, on_engine: Fresh, folder: Path) -> None:
    kill_some(trials(nursery, on_engine, appending(folder, [exported("e1")], 1)))


def test_a_reservation_is_decided_and_placed_or_is_not(
    nursery: Nursery, on_engine: Fresh, folder: Path
) -> None:
    def with_an_overdue_one() -> str:
        url = on_engine()
        put(url, reserved("overdue", hold_until="2026-01-01"))
        return url

    kill_some(trials(nursery, with_an_overdue_one, Order("reserve", "", str(folder / "said"))))


@pytest.mark.parametrize("a_commit", [1, len(ONE_OF_EACH_KIND)])
def test_each_kind_of_event_in_a_commit_of_its_own_and_all_in_one(
    a_commit: int, nursery: Nursery, on_engine: Fresh, folder: Path
) -> None:
    kill_some(trials(nursery, on_engine, appending(folder, ONE_OF_EACH_KIND, a_commit)))


def test_random_histories_are_cut_off_in_the_middle_of_a_statement_too(
    nursery: Nursery, in_files: Fresh, folder: Path
) -> None:
    for seed in seeds(3):
        chance = random.Random(seed)  # noqa: S311 -- no secret
        order = appending(folder, history(seed, 30), chance.randint(1, 9))
        made = trials(nursery, in_files, replace(order, steps=chance.randint(20, 900)))
        for at in chance.sample(range(1, made.end.boundaries + 1), 3):
            made.kill(at)


@pytest.mark.parametrize("flags", [[], ["--atomic"]])
def test_an_import_stands_at_one_of_its_commits(
    flags: list[str], nursery: Nursery, on_engine: Fresh, folder: Path
) -> None:
    file = dump(history(7, 24, WITHOUT_LISTS), folder / "history.jsonl")
    rejects = str(folder / "rejects.csv")
    tokens = ["import", str(file), "--actor", "ana", "--rejects", rejects, *flags]
    tokens += ["--commit-every", "4"]
    order = Order("command", "", str(folder / "said"), arguments={"tokens": tokens})
    made = trials(nursery, on_engine, order, acknowledged=False)
    commits = len(made.whole.heads) - len(made.before.heads)
    assert commits == 1 if flags else commits > 2
    kill_some(made)
