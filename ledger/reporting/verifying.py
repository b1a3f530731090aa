"""Verifying a filed pack: its files against its manifest, its head, and the ledger itself."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from ledger.checkpoint.heads import Checkpoint
from ledger.checkpoint.notes import Verifier
from ledger.checkpoint.verifying import load, verify_evidence
from ledger.core.errors import InvalidInput, NotFound, NotProven
from ledger.reporting.packs import HEAD, MANIFEST, Progress, digests, read_manifest, run_all
from ledger.reporting.running import Reporting


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found: each difference in words, and what was compared."""

    folder: Path
    manifest: dict[str, Any]
    differences: tuple[str, ...]
    signature: str
    derived: bool

    @property
    def equal(self) -> bool:
        """Whether nothing differs."""
        return not self.differences

    def as_data(self) -> dict[str, Any]:
        """The same for programs."""
        return {
            "folder": str(self.folder),
            "quarter": self.manifest["quarter"],
            "as_of": self.manifest["as_of"],
            "equal": self.equal,
            "derived": self.derived,
            "signature": self.signature,
            "differences": list(self.differences),
        }


def check_files(folder: Path, key: Verifier | None = None) -> Checked:
    """A pack against its manifest and its signed head, without a ledger."""
    manifest = read_manifest(folder)
    found = [*_differing(manifest["files"], digests(folder))]
    signature, wrong = _signature(folder, manifest, key)
    found += [wrong] if wrong else []
    return Checked(folder, manifest, tuple(found), signature, derived=False)


def _differing(named: Mapping[str, str], there: Mapping[str, str]) -> Iterator[str]:
    """Files that are missing, changed or too many."""
    for file, digest in named.items():
        if file not in there:
            yield f"{file} is missing"
        elif there[file] != digest:
            yield f"{file} was changed: its SHA-256 is {there[file]}, the manifest says {digest}"
    for file in there:
        if file not in named:
            yield f"{file} is not named in {MANIFEST}"


def _signature(folder: Path, manifest: Mapping[str, Any], key: Verifier | None) -> tuple[str, str]:
    """What is known of the head's signature, and what is wrong with it."""
    if not manifest.get("signed"):
        return "none: the pack was made where the ledger's key is not", ""
    try:
        shown = verify_evidence(load(str(folder / HEAD)), key=key)
    except (InvalidInput, NotFound, NotProven) as failed:
        return "wrong", f"{HEAD}: {failed.sentence}"
    head: Checkpoint = shown.checkpoint
    if (head.size, head.root.hex()) != (manifest["as_of"]["size"], manifest["as_of"]["root"]):
        return "wrong", f"{HEAD} is of head {head.size}, root {head.root.hex()}"
    return ("valid" if shown.keys else "not checked: name the key with --key"), ""


def derive(session: Reporting, checked: Checked, progress: Progress) -> Checked:
    """The same with every table made again; `session` is of the ledger as of the pack's head."""
    manifest, head = checked.manifest, session.shot.prefix.head
    found = list(checked.differences)
    if session.shot.ledger != manifest["ledger"]:
        found.append(f"the ledger is {session.shot.ledger}, the pack is of {manifest['ledger']}")
    elif head.root != manifest["as_of"]["root"]:
        found.append(f"at size {head.size} the ledger's root is {head.root}, the pack's is another")
    else:
        asked = {
            one["name"]: {k: v for k, v in one["parameters"].items() if v is not None}
            for one in manifest["reports"]
            if one["name"] != "restatement"
        }
        for ran in run_all(session, asked, progress):
            file = checked.folder / "tables" / f"{ran.report.name}.parquet"
            found += first_difference(ran.report.name, file, ran.table, ran.report.key)
    return Checked(checked.folder, manifest, tuple(found), checked.signature, derived=True)


def first_difference(
    name: str, file: Path, made: pl.DataFrame, key: tuple[str, ...]
) -> Iterator[str]:
    """The first cell in which a filed table differs from the one that was made again."""
    try:
        filed = pl.read_parquet(file)
    except (OSError, pl.exceptions.PolarsError) as failed:
        yield f"{name}: {file.name} can't be read ({str(failed).splitlines()[0]})"
        return
    if filed.columns != made.columns:
        yield f"{name}: the columns are {', '.join(filed.columns)}, not {', '.join(made.columns)}"
        return
    for number, (old, new) in enumerate(zip(filed.rows(), made.rows(), strict=False), start=1):
        for column, before, now in zip(made.columns, old, new, strict=True):
            if before != now:
                row = dict(zip(made.columns, new, strict=True))
                named = ", ".join(f"{one} {row[one]}" for one in key)
                yield (
                    f"{name}, row {number} ({named}), column {column}: filed {before}, "
                    f"derived {now}"
                )
                return
    if filed.height != made.height:
        yield f"{name}: {filed.height} rows are filed, {made.height} are derived"
