"""A process that has imported everything and forks a child for each order: each can be killed.

`python -m tests.crash.nursery` reads orders from standard input, one a line, and answers each with
how the child ended and what it had acknowledged. It holds no connection and no thread of its own.
"""

import json
import os
import sys
import traceback
from importlib import import_module

from ledger.core.errors import LedgerError
from tests.crash.scenarios import SCENARIOS, Order, read_order
from tests.crash.watching import Boundaries

CRASHED = 70
WARM = (
    "alembic.command",
    "ledger.cli.creating",
    "ledger.cli.importing",
    "ledger.cli.rebuilding",
    "ledger.store.tables",
    "psycopg",
    "rich.progress",
    "sqlalchemy.dialects.postgresql",
    "sqlalchemy.dialects.sqlite",
)
"""What children would else import anew, each for itself."""


def main() -> None:
    for name in WARM:
        import_module(name)
    for line in sys.stdin:
        order = read_order(line)
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os._exit(live(order, writing))
        os.close(writing)
        with os.fdopen(reading) as told:
            said = [json.loads(one) for one in told]
        _, ended = os.waitpid(child, 0)
        print(json.dumps([os.waitstatus_to_exitcode(ended), said]), flush=True)  # noqa: T201


def live(order: Order, writing: int) -> int:
    """The child's whole life; what it tells is in the pipe before it goes on."""
    output = os.open(order.output, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    os.dup2(output, sys.stdout.fileno())
    os.dup2(output, sys.stderr.fileno())
    boundaries = Boundaries(order.at, inside=order.inside)
    if order.url.startswith("sqlite"):
        boundaries.watch_sqlite(order.steps)
    else:
        boundaries.watch_postgresql()

    def acknowledge(size: int) -> None:
        boundaries()
        os.write(writing, f"{size}\n".encode())

    try:
        status = SCENARIOS[order.scenario](order, acknowledge)
        os.write(writing, json.dumps({"boundaries": boundaries.count}).encode() + b"\n")
    except LedgerError as told:
        print(told.sentence)  # noqa: T201
        status = told.exit_status
    except BaseException:  # noqa: BLE001 -- the parent is shown whatever it is
        traceback.print_exc()
        status = CRASHED
    sys.stdout.flush()
    sys.stderr.flush()
    return status


if __name__ == "__main__":
    main()
