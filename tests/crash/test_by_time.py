"""Killed at any moment: the program that imports, and the server that it imports into."""

import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import mkdtemp
from threading import Timer

import pytest

from tests.core.builders import exported
from tests.crash.conftest import Fresh
from tests.crash.lives import dump
from tests.crash.scenarios import Order
from tests.crash.server import OwnServer
from tests.crash.trials import Nursery, seeds, verified_state
from tests.store.ledgers import SIZE, head_of

ROWS = 8_000
A_COMMIT = 1_000
EVERY = (f"--commit-every={A_COMMIT}",)
WHOLE = SIZE + ROWS


@pytest.fixture
def lots(folder: Path) -> Path:
    days = [f"2025-{month:02d}-15" for month in range(1, 13)]
    return dump(
        [exported(f"e{n}", on=days[n % 12], quantity=1 + n % 7) for n in range(ROWS)],
        folder / "lots.jsonl",
    )


def importing(url: str, file: Path) -> "subprocess.Popen[str]":
    """`chipledger import` in a process of its own, beside the file."""
    return subprocess.Popen(
        [sys.executable, "-m", "ledger.cli", "import", str(file), "--ledger", url, *EVERY],
        cwd=file.parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def goes_on(url: str, file: Path) -> None:
    """The same import again completes it; nothing stands twice."""
    again = importing(url, file)
    said, failed = again.communicate()
    assert again.returncode == 0, failed
    assert f"head {WHOLE}" in said
    assert verified_state(url).size == WHOLE


def at_a_commit(url: str) -> int:
    """How many of the rows are in, once the ledger is verified: always whole commits."""
    left = verified_state(url)
    assert (left.size - SIZE) % A_COMMIT == 0
    assert left.heads[2:] == list(range(SIZE + A_COMMIT, left.size + 1, A_COMMIT))
    return left.size - SIZE


def test_an_import_killed_at_any_moment_goes_on_where_its_last_commit_was(
    on_engine: Fresh, lots: Path
) -> None:
    began = time.monotonic()
    goes_on(on_engine(), lots)
    takes = time.monotonic() - began
    for seed in seeds(2):
        url = on_engine()
        running = importing(url, lots)
        time.sleep(random.Random(seed).random() * takes)  # noqa: S311 -- no secret
        running.kill()
        running.communicate()
        at_a_commit(url)
        goes_on(url, lots)


def wait_for_the_first_commit(url: str) -> None:
    while head_of(url).size == SIZE:
        time.sleep(0.01)


def test_an_import_stopped_by_hand_says_what_is_in_and_how_to_go_on(
    on_engine: Fresh, lots: Path
) -> None:
    url = on_engine()
    running = importing(url, lots)
    wait_for_the_first_commit(url)
    running.send_signal(signal.SIGINT)
    said, failed = running.communicate()
    if running.returncode == 0:
        pytest.skip("it was done before it could be stopped")
    assert (running.returncode, said) == (130, "")
    told = " ".join(failed.split())
    assert "Traceback" not in told
    assert "interrupted the import was stopped by hand: the first" in told
    assert "Import the same files again to go on" in told
    stated = int(told.partition("the first ")[2].partition(" rows")[0].replace(",", ""))
    assert stated in {at_a_commit(url), at_a_commit(url) - A_COMMIT}
    assert [one.name for one in lots.parent.glob("*.part")] == []
    goes_on(url, lots)


# ---- the server itself


@pytest.fixture(scope="module")
def own_server() -> Iterator[OwnServer]:
    # The path of its socket must be short: no folder of pytest's.
    made = OwnServer(Path(mkdtemp(prefix="chipledger-own-")))
    yield made
    made.close()


@pytest.mark.parametrize("end", [OwnServer.kill, OwnServer.stop_at_once])
def test_what_a_killed_server_acknowledged_is_there_when_it_is_started_again(
    end: Callable[[OwnServer], None], own_server: OwnServer, nursery: Nursery, folder: Path
) -> None:
    for seed in seeds(2):
        before = verified_state(own_server.url)
        events = [exported(f"{end.__name__} {seed} {n}") for n in range(60)]
        file = dump(events, folder / "events.jsonl")
        order = Order(
            "append",
            own_server.url,
            str(folder / "said"),
            arguments={"events": str(file), "a_commit": 1},
        )
        killer = Timer(0.2 + random.Random(seed).random(), end, (own_server,))  # noqa: S311 -- no secret
        killer.start()
        ended = nursery.run(order)
        killer.join()
        assert ended.status in {0, 3, 4}, ended.output
        own_server.start_again()
        left = verified_state(own_server.url)
        assert left.size >= (ended.acknowledged or [before.size])[-1]
        assert left.size - before.size <= len(ended.acknowledged) + 1
        assert nursery.run(order).status == 0
        after = verified_state(own_server.url)
        assert after.size == before.size + len(events)
