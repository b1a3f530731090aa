"""The archive: a snapshot as Parquet, for auditors, exchange and larger engines.

What grows is partitioned by year and quarter of the legal day; each run adds the entries that the
archive does not have. The rest is small and written anew.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ledger.core.errors import Conflict, InvalidInput
from ledger.core.prefix import Head
from ledger.snapshot.engine import VERSION, Engine

GROWING: Final = ("entry", "lot", "position")
SMALL: Final = (
    "party", "device", "granted", "granted_line", "law_pack", "law_row", "law_step", "reservation",
)  # fmt: skip
MANIFEST: Final = "manifest.json"
FORM: Final = "FORMAT parquet, COMPRESSION zstd, PARQUET_VERSION v2"


@dataclass(frozen=True, slots=True)
class Archived:
    """What was written: the folder, the head that it ends at, and how many entries are new."""

    folder: Path
    head: Head
    entries: int


def archive(engine: Engine, head: Head, folder: Path, about: dict[str, Any]) -> Archived:
    """Bring an archive up to a head, from a snapshot whose views end there.

    `about` says what it is of, with the ledger's id under `ledger`, and is written into the
    manifest last: files that it does not name are what a crash left, and go.
    Raises `Conflict` for another ledger's archive and `InvalidInput` for a folder that is none.
    """
    known = _known(folder, head, about)
    since = int(known["size"])
    if since == head.size:
        return Archived(folder, head, 0)
    folder.mkdir(parents=True, exist_ok=True)
    _sweep(folder, set(known["files"]))
    for table in GROWING:
        _segment(engine, table, since, head.size, folder)
    for table in SMALL:
        target = _quoted(folder / f"{table}.parquet")
        engine.execute(f"COPY (SELECT * FROM {table}) TO {target} ({FORM})")  # noqa: S608 -- our own names
    files = sorted(str(one.relative_to(folder)) for one in folder.rglob("*.parquet"))
    manifest = {**about, "size": head.size, "root": head.root, "version": VERSION, "files": files}
    draft = folder / f"{MANIFEST}.part"
    draft.write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    draft.replace(folder / MANIFEST)
    return Archived(folder, head, head.size - since)


def _known(folder: Path, head: Head, about: dict[str, Any]) -> dict[str, Any]:
    """What a folder's manifest says, or that nothing is there yet."""
    nothing: dict[str, Any] = {"size": 0, "files": []}
    if not folder.exists() or not any(folder.iterdir()):
        return nothing
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        ledger, size, version = manifest["ledger"], int(manifest["size"]), manifest["version"]
    except (OSError, ValueError, KeyError) as failed:
        raise InvalidInput(
            f"{folder} holds something else than an archive ({failed})",
            where="--parquet",
            cure="name a new folder",
        ) from failed
    if ledger != about["ledger"] or size > head.size or version != VERSION:
        raise Conflict(
            f"{folder} holds the archive of another ledger, a later state of it or another version",
            where="--parquet",
            cure="name a new folder",
        )
    return dict(manifest)


def _sweep(folder: Path, named: set[str]) -> None:
    """Remove the Parquet files that no manifest names."""
    for one in folder.rglob("*.parquet"):
        if str(one.relative_to(folder)) not in named:
            one.unlink()


def _segment(engine: Engine, table: str, since: int, size: int, folder: Path) -> None:
    """Write the rows of a table that came after a size, one file a quarter."""
    engine.execute(
        "COPY (SELECT *, year(on_day) AS year, quarter(on_day) AS quarter "  # noqa: S608 -- our own names
        f"FROM kept.{table} WHERE seq > {since} AND seq <= {size}) TO {_quoted(folder / table)} "
        f"({FORM}, PARTITION_BY (year, quarter), OVERWRITE_OR_IGNORE, "
        f"FILENAME_PATTERN 'to-{size}-{{i}}')"
    )


def _quoted(path: Path) -> str:
    """A path as SQL text."""
    return "'" + str(path).replace("'", "''") + "'"
