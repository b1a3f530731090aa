"""The archive: a snapshot as Parquet, for auditors, exchange and larger engines.

What grows is partitioned by year and quarter of the legal day; each run adds the entries that the
archive does not have. The rest is small and written anew.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ledger.core.errors import Conflict, InvalidInput
from ledger.core.prefix import Head
from ledger.snapshot.engine import VERSION, Engine

GROWING: Final = ("entry", "lot", "position")
SMALL: Final = (
    "party", "device", "granted", "granted_line", "law_pack", "law_row", "law_step", "reservation",
    "reversal",
)  # fmt: skip
MANIFEST: Final = "manifest.json"
FORM: Final = "FORMAT parquet, COMPRESSION zstd, PARQUET_VERSION v2"


@dataclass(frozen=True, slots=True)
class Archived:
    """What was written: the folder, the head that it ends at, and how many entries are new."""

    folder: Path
    head: Head
    entries: int


def archive(
    engine: Engine,
    head: Head,
    folder: Path,
    about: dict[str, Any],
    root_at: Callable[[int], str | None],
) -> Archived:
    """Bring an archive up to a head, from a snapshot whose views end there.

    `about` says what it is of, with the ledger's id under `ledger`, and is written into the
    manifest last: files that it does not name are what a crash left, and go.
    `root_at` tells the ledger's root at an earlier size, None where it never had it.
    Raises `Conflict` for another ledger's archive and `InvalidInput` for a folder that is none.
    """
    known = _known(folder, about)
    since = int(known["size"])
    if since and root_at(since) != known["root"]:
        raise _another(folder)
    if since == head.size:
        return Archived(folder, head, 0)
    folder.mkdir(parents=True, exist_ok=True)
    _sweep(folder, set(known["files"]))
    for table in GROWING:
        _segment(engine, table, since, head.size, folder)
    for table in SMALL:
        target = _quoted(folder / f"{table}-to-{head.size}.parquet")
        engine.execute(f"COPY (SELECT * FROM {table} ORDER BY ALL) TO {target} ({FORM})")  # noqa: S608 -- our own names
    files = [*map(str, _named_files(folder, head.size))]
    manifest = {**about, "size": head.size, "root": head.root, "version": VERSION, "files": files}
    draft = folder / f"{MANIFEST}.part"
    draft.write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    draft.replace(folder / MANIFEST)
    _sweep(folder, set(files))
    return Archived(folder, head, head.size - since)


def _named_files(folder: Path, size: int) -> list[Path]:
    """The files of an archive at a size: all of what grows, and the small tables of that size."""
    grown = [one for table in GROWING for one in (folder / table).rglob("*.parquet")]
    small = [folder / f"{table}-to-{size}.parquet" for table in SMALL]
    return sorted(one.relative_to(folder) for one in (*grown, *small))


def _known(folder: Path, about: dict[str, Any]) -> dict[str, Any]:
    """What a folder's manifest says, or that nothing is there yet."""
    nothing: dict[str, Any] = {"size": 0, "files": []}
    if not folder.exists() or not any(folder.iterdir()):
        return nothing
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        ledger, version = manifest["ledger"], manifest["version"]
        int(manifest["size"]), manifest["root"], manifest["files"]
    except (OSError, ValueError, KeyError) as failed:
        raise InvalidInput(
            f"{folder} holds something else than an archive ({failed})",
            where="--parquet",
            cure="name a new folder",
        ) from failed
    if ledger != about["ledger"] or version != VERSION:
        raise _another(folder)
    return dict(manifest)


def _another(folder: Path) -> Conflict:
    return Conflict(
        f"{folder} holds the archive of another ledger, another history of it or another version",
        where="--parquet",
        cure="name a new folder",
    )


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
