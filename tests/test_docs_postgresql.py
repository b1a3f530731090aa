"""What docs/postgresql.md tells a team to do is done, on a server of the tests."""

import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest

from ledger.core.errors import Conflict
from tests.core.builders import party
from tests.store.ledgers import SIZE, fresh, head_of, opened, put, verified
from tests.store.servers import admin, drop, programs, server, url_of

ROOT: Final = Path(__file__).parents[1]
PAGE: Final = (ROOT / "docs" / "postgresql.md").read_text(encoding="utf-8")
ROLES: Final = ("chipledger_owner", "chipledger_writer", "chipledger_reader")


@pytest.fixture
def team(tmp_path: Path) -> Iterator[str]:
    """What the commands of the page print, in their order."""
    script = "\n".join(re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL))
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    command = tmp_path / "chipledger"
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m ledger.cli "$@"\n', encoding="utf-8")
    command.chmod(0o755)
    places = [str(tmp_path), programs(), os.environ["PATH"]]
    done = subprocess.run(
        ["bash", "-e", "-c", script.replace("@db.example/", "@/")],  # noqa: S607 -- of the PATH
        cwd=tmp_path,
        env={
            **os.environ,
            "PATH": ":".join(places),
            "PYTHONPATH": str(ROOT),
            "PGHOST": server().rpartition("host=")[2],
            "PGUSER": "postgres",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    yield done.stdout
    for database in ("chipledger", "restored"):
        drop(url_of(database))
    with closing(admin()) as connection:
        for role in reversed(ROLES):
            connection.execute(f"DROP ROLE {role}")


def test_a_team_starts_backs_up_and_restores_as_the_page_says(team: str) -> None:
    verifications = re.findall(r"head (\d+), root (\w+)\n", team)
    assert len(verifications) == 2
    assert len(set(verifications)) == 1, "what was restored is what was verified before the dump"
    head = head_of(url_of("restored"))
    assert (str(head.size), head.root) == verifications[0]
    owner, writer, reader = (url_of("chipledger", user=role) for role in ROLES)
    assert put(writer, party("buyer")).size == head.size + 1
    assert verified(reader).entries == head.size + 1
    for url, change in (
        (reader, "INSERT INTO tile VALUES (9, 9, '')"),
        (writer, "UPDATE entry SET kind = 'x'"),
        (writer, "TRUNCATE entry"),
        (writer, "ALTER TABLE entry DISABLE TRIGGER entry_no_update"),
        (owner, "DELETE FROM entry"),
    ):
        with opened(url) as ledger, pytest.raises(Conflict):
            ledger.connection.execute(change)
    verified(owner)


def test_the_page_copies_a_file_as_sqlite_does_and_warns_of_the_file_alone(tmp_path: Path) -> None:
    assert "VACUUM INTO 'backup.db'" in PAGE
    assert '".backup backup.db"' in PAGE
    url = fresh(tmp_path)
    file = tmp_path / "ledger.db"
    with opened(url) as ledger:
        ledger.head()
        put(url, party("late"))
        shutil.copyfile(file, tmp_path / "alone.db")
        with closing(sqlite3.connect(file)) as connection:
            connection.execute(f"VACUUM INTO '{tmp_path}/vacuumed.db'")
            with closing(sqlite3.connect(tmp_path / "backup.db")) as other:
                connection.backup(other)
    assert head_of(f"sqlite:///{tmp_path}/alone.db").size == SIZE, "the last commit is missing"
    for name in ("vacuumed", "backup"):
        assert verified(f"sqlite:///{tmp_path}/{name}.db").head == head_of(url)
