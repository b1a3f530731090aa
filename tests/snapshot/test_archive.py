"""The Parquet archive: partitioned, grown by what is new, named by its manifest."""

import json
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ledger.core.errors import Conflict, InvalidInput
from ledger.snapshot.archive import Archived, archive
from ledger.snapshot.opening import root_at
from tests.core.builders import exported, reserved
from tests.snapshot.filled import shot
from tests.store.ledgers import SIZE, fresh, head_of, path_of, put


def archived(url: str, folder: Path) -> Archived:
    with shot(url) as found:
        root = partial(root_at, url)
        return archive(found.engine, found.prefix.head, folder, found.sealed(), root)


def rows(folder: Path, table: str, what: str) -> list[Any]:
    with closing(duckdb.connect()) as bare:
        files = f"'{folder}/{table}/**/*.parquet'"
        sql = f"SELECT {what} FROM read_parquet({files}) ORDER BY ALL"  # noqa: S608 -- our own
        return bare.execute(sql).fetchall()


def test_an_archive_grows_by_what_is_new(url: str, tmp_path: Path) -> None:
    folder = tmp_path / "archive"
    put(url, exported("L1", on="2025-06-02"), exported("L2", on="2025-12-31"))
    assert archived(url, folder).entries == SIZE + 2
    first = {one: one.stat().st_mtime_ns for one in folder.rglob("lot/**/*.parquet")}
    put(url, exported("L3", on="2025-06-30"), reserved("R1", on="2026-01-01"))
    assert archived(url, folder).entries == 2
    assert archived(url, folder).entries == 0
    assert {one: one.stat().st_mtime_ns for one in first} == first
    assert rows(folder, "lot", "event_id, year, quarter") == [
        ("L1", 2025, 2),
        ("L2", 2025, 4),
        ("L3", 2025, 2),
        ("R1", 2026, 1),
    ]
    assert rows(folder, "entry", "count(*), count(DISTINCT seq)") == [(SIZE + 4, SIZE + 4)]


def test_the_manifest_names_the_head_the_law_and_every_file(url: str, tmp_path: Path) -> None:
    put(url, exported("L1"))
    archived(url, tmp_path / "archive")
    manifest = json.loads((tmp_path / "archive" / "manifest.json").read_text())
    assert (manifest["size"], manifest["root"]) == (SIZE + 1, head_of(url).root)
    assert len(manifest["law"]) == 8
    files = {str(one.relative_to(tmp_path / "archive")) for one in tmp_path.rglob("*.parquet")}
    assert set(manifest["files"]) == files
    size = SIZE + 1
    assert {f"party-to-{size}.parquet", f"reservation-to-{size}.parquet"} < files


def test_what_a_crash_left_goes(url: str, tmp_path: Path) -> None:
    folder = tmp_path / "archive"
    put(url, exported("L1"))
    archived(url, folder)
    left = folder / "lot" / "year=2025" / "quarter=3" / "to-99-0.parquet"
    left.write_bytes(next(folder.rglob("lot/**/*.parquet")).read_bytes())
    put(url, exported("L2"))
    archived(url, folder)
    assert rows(folder, "lot", "event_id") == [("L1",), ("L2",)]


def test_an_archive_of_another_ledger_or_a_folder_of_other_things_is_left_alone(
    url: str, tmp_path: Path
) -> None:
    other, folder = tmp_path / "other", tmp_path / "archive"
    other.mkdir()
    theirs = fresh(other)
    put(theirs, exported("L1"), exported("L2"))
    archived(theirs, folder)
    before = (folder / "manifest.json").read_bytes()
    with pytest.raises(Conflict, match="another ledger"):
        archived(url, folder)
    assert (folder / "manifest.json").read_bytes() == before
    fork = fresh(other)  # the same ledger id, another history
    put(fork, exported("F1"), exported("F2"), exported("F3"))
    Path(f"{path_of(fork)}.snapshot.duckdb").unlink()
    with pytest.raises(Conflict, match="another history of it"):
        archived(fork, folder)
    assert (folder / "manifest.json").read_bytes() == before
    (other / "notes").mkdir()
    (other / "notes" / "letter.txt").write_text("dear sir")
    with pytest.raises(InvalidInput, match="something else than an archive"):
        archived(url, other / "notes")
