"""Options, profiles and fixtures that every test may use."""

import os
import signal
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter  # noqa: F401 -- under a clock that stands still it would keep that clock's types
from hypothesis import settings

from tests.store import serving

_MOMENT = datetime(2026, 1, 2, 3, 4, tzinfo=UTC).replace(tzinfo=None)
pl.DataFrame(
    {"day": [_MOMENT.date()], "at": [_MOMENT], "time": [_MOMENT.time()], "span": [timedelta(1)]}
).rows()
"""Polars keeps the types that it meets first: not those of a clock that stands still."""

GOLDEN = Path(__file__).parent / "golden"

settings.register_profile("ledger", deadline=None, derandomize=True, max_examples=60)
settings.load_profile("ledger")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="rewrite the files of tests/golden with what the tests find: read the diff",
    )


@pytest.fixture(scope="session", autouse=True)
def keys(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Signing keys of every test lie in a temporary folder, those of started commands too."""
    folder = tmp_path_factory.mktemp("keys")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CHIPLEDGER_KEYS", str(folder))
        yield folder


OWNED = pytest.StashKey[str]()


def pytest_configure(config: pytest.Config) -> None:
    """Make room for a PostgreSQL server, which the first test that needs one starts."""
    if serving.prepare():
        # Whoever ends the session is no reason to leave its server running.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        config.stash[OWNED] = os.environ[serving.FOLDER]


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the server, if one was started: the session's own process, after all its workers."""
    if folder := config.stash.get(OWNED, None):
        serving.stop(Path(folder))
        del os.environ[serving.FOLDER]


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compare a text with tests/golden/<name>; the flag --update-golden rewrites it instead."""
    update = bool(request.config.getoption("--update-golden"))

    def compare(name: str, text: str) -> None:
        path = GOLDEN / name
        if update:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="")
        assert path.is_file(), f"tests/golden/{name} is missing: run pytest --update-golden"
        assert path.read_bytes().decode() == text, (
            f"tests/golden/{name} differs: if that is meant, run pytest --update-golden "
            "and read the diff"
        )

    return compare
