import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from ledger.core.errors import InvalidInput, LedgerDamaged, NotFound
from ledger.store.connection import create_url, open_url
from ledger.store.sqlite import path_of as file_of
from tests.store.ledgers import path_of, stored


@pytest.mark.parametrize("url", ["", "sqlite:///", "sqlite://x.db", "mysql://x/y", "x.db"])
def test_a_url_that_is_none_of_ours_is_refused_with_the_form_to_write(url: str) -> None:
    with pytest.raises(InvalidInput, match=r"--ledger: the ledger URL '.*Write sqlite:///FILE"):
        open_url(url)


def test_a_url_names_a_file_relative_or_absolute() -> None:
    assert file_of("sqlite:///a/b.db") == Path("a/b.db")
    assert file_of("sqlite:////a/b.db") == Path("/a/b.db")


def test_a_missing_ledger_is_not_made_by_opening_it(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"there is no ledger at .*none.db. Create one"):
        open_url(f"sqlite:///{tmp_path}/none.db")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_no_ledger(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="there is no ledger at"):
        open_url(f"sqlite:///{tmp_path}")


def test_a_ledger_needs_its_folder(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"there is no folder .*missing. Create the folder first"):
        create_url(f"sqlite:///{tmp_path}/missing/ledger.db")


def test_an_empty_file_and_another_database_hold_no_ledger(tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()
    with closing(sqlite3.connect(tmp_path / "other.db")) as other:
        other.execute("CREATE TABLE entry (x)")
    for name in ("empty.db", "other.db"):
        with pytest.raises(NotFound, match=f"{name} holds no ledger. Create one"):
            open_url(f"sqlite:///{tmp_path}/{name}")


@pytest.mark.parametrize("lost", ["entry", "head"])
def test_a_ledger_that_lost_a_table_is_damaged_and_not_made_anew(
    lost: str, damaged_url: str
) -> None:
    with closing(sqlite3.connect(path_of(damaged_url))) as connection:
        connection.execute(f"DROP TABLE {lost}")
    before = path_of(damaged_url).read_bytes()
    for use in (open_url, create_url):
        with pytest.raises(LedgerDamaged, match=r"has lost its entries or heads. Restore it from"):
            use(damaged_url)
    assert path_of(damaged_url).read_bytes() == before


def test_garbage_is_damage(tmp_path: Path) -> None:
    (tmp_path / "garbage.db").write_bytes(b"no database at all" * 100)
    with pytest.raises(LedgerDamaged, match=r"can't be read as a ledger .*Restore it"):
        open_url(f"sqlite:///{tmp_path}/garbage.db")


def test_every_commit_is_on_the_disk_before_it_is_acknowledged(file_url: str) -> None:
    with closing(open_url(file_url)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
        assert connection.execute("PRAGMA busy_timeout").fetchone() == (10_000,)


def test_creating_over_a_ledger_keeps_what_it_holds(url: str) -> None:
    before = stored(url)
    create_url(url).close()
    assert stored(url) == before


def test_a_text_that_is_not_utf_8_is_bad_input(url: str) -> None:
    with (
        closing(open_url(url)) as connection,
        pytest.raises(InvalidInput, match=r"a text can't be kept or found .*Write it in UTF-8"),
    ):
        connection.execute("SELECT 1 FROM entry WHERE event_id = ?", ("a\udcff",))
