"""The tests' own server: found, started once, stopped and removed; or a plain word why not."""

import os
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from tests.store import serving


@pytest.fixture
def own(monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a session of its own, beside that of the running one."""
    monkeypatch.delenv(serving.FOLDER, raising=False)
    assert serving.prepare()
    assert not serving.prepare(), "a session inside a session uses the outer one's server"
    return Path(os.environ[serving.FOLDER])


def test_a_server_is_started_once_and_leaves_neither_process_nor_folder(own: Path) -> None:
    address = serving.address()
    assert serving.address() == address
    with closing(psycopg.connect(address)) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
        process = int((own / "data" / "postmaster.pid").read_text(encoding="utf-8").split()[0])
        os.kill(process, 0)
        serving.stop(own)
    assert not own.exists()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(address)


def test_a_session_that_needs_no_server_leaves_no_folder(own: Path) -> None:
    serving.stop(own)
    assert not own.exists()


def test_the_server_of_the_system_is_taken_where_the_wheel_can_not_run(
    own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "from_wheel", unable)
    try:
        address = serving.address()
    except RuntimeError as told:
        serving.stop(own)
        pytest.skip(f"this machine has the wheel's server only: {told.args[0].splitlines()[-1]}")
    with closing(psycopg.connect(address)) as connection:
        assert connection.execute("SHOW data_directory").fetchone() == (str(own / "data"),)
    serving.stop(own)
    assert not own.exists()


def test_without_any_server_it_is_said_what_to_install(
    own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "from_wheel", unable)
    monkeypatch.setenv("PATH", str(own))
    monkeypatch.setattr(serving, "ELSEWHERE", ())
    with pytest.raises(RuntimeError, match=r"can start none\. Either install the test req") as told:
        serving.address()
    assert "the system's package 'postgresql'" in str(told.value)
    assert "unable: made for another machine" in str(told.value)
    serving.stop(own)


def unable(data: Path) -> str:
    """A wheel that was built for another machine."""
    data.mkdir()
    raise OSError("made for another machine")
