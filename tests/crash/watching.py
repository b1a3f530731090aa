"""Statement boundaries, as the engine's driver sees them, and SIGKILL at one of them.

Nothing of the program is replaced: SQLite itself calls back before each statement that it runs
(each row of many, and those of the migrations too), and the driver of PostgreSQL has one function
through which every exchange with the server goes.
"""

import os
import signal
import sqlite3
from collections.abc import Generator
from functools import partial
from typing import Any, TypeVar

Answer = TypeVar("Answer")


def die() -> None:
    """End this process at once: no handler, no `finally`, no buffer is written."""
    os.kill(os.getpid(), signal.SIGKILL)


class Boundaries:
    """Counts boundaries and dies at one of them; with `at` 0 it only counts."""

    def __init__(self, at: int, *, inside: bool) -> None:
        """Die at a boundary or, if `inside`, once a server has been sent what follows it."""
        self.at, self.inside, self.count = at, inside, 0

    def reached(self) -> bool:
        """Count one more; whether it is the one to die at."""
        self.count += 1
        return self.count == self.at

    def __call__(self, *_: object) -> int:
        """Die here if it is the place; else let the engine go on."""
        if self.reached():
            die()
        return 0

    def watch_sqlite(self, steps: int) -> None:
        """Count in every connection from now on; with `steps`, in the middle of statements too.

        `steps` are instructions of SQLite's own machine, between two more boundaries.
        """
        boundaries = self

        class Watched(sqlite3.Connection):
            def __init__(self, *given: Any, **named: Any) -> None:  # noqa: ANN401 -- the driver's own
                super().__init__(*given, **named)
                self.set_trace_callback(boundaries)
                if steps:
                    self.set_progress_handler(boundaries, steps)

        sqlite3.connect = partial(sqlite3.connect, factory=Watched)  # type: ignore[assignment]

    def watch_postgresql(self) -> None:
        """Count every exchange with a server from now on."""
        from psycopg import Connection

        boundaries, waited = self, Connection.wait

        def wait(
            of: "Connection[Any]", exchange: Generator[int, int, Answer], *given: float
        ) -> Answer:
            if boundaries.reached():
                if boundaries.inside:
                    next(exchange, None)
                die()
            return waited(of, exchange, *given)  # type: ignore[arg-type]

        Connection.wait = wait  # type: ignore[method-assign, assignment]
