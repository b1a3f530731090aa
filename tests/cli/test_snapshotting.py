"""`chipledger snapshot`."""

from pathlib import Path

from tests.cli.running import Cli
from tests.core.builders import exported
from tests.store.ledgers import SIZE, path_of, put


def test_it_says_what_is_new_and_where(cli: Cli, url: str, tmp_path: Path) -> None:
    put(url, exported("L1"))
    file = Path(f"{path_of(url)}.snapshot.duckdb")
    done = cli("snapshot", "--json").data
    assert (done["file"], done["entries"], done["parquet"]) == (str(file), SIZE + 1, None)
    assert file.is_file()
    put(url, exported("L2"))
    ran = cli("snapshot", "--parquet", str(tmp_path / "a"))
    assert ran.status == 0
    assert "filled  1 new entries in" in ran.out
    assert f"archived  {SIZE + 2} new entries in" in ran.out
    assert f"head {SIZE + 2}, root" in ran.out


def test_another_file_may_be_named(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "mine.duckdb"
    assert cli("snapshot", "--file", str(file), "--json").data["file"] == str(file)
    assert cli("snapshot", "--file", str(tmp_path / "no" / "mine.duckdb")).status == 3
