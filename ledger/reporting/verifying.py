"""Verifying a filed pack: its files against its manifest, its head, and the ledger itself."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl

from ledger.checkpoint.heads import Checkpoint
from ledger.checkpoint.notes import Verifier
from ledger.checkpoint.verifying import load, verify_evidence
from ledger.core.errors import InvalidInput, NotFound, NotProven
from ledger.core.values import day
from ledger.reporting.packs import (
    HEAD,
    MANIFEST,
    Progress,
    check_files_of,
    contents,
    digests,
    run_all,
    told,
    write,
)
from ledger.reporting.parameters import Quarter
from ledger.reporting.parameters import quarter as quarter_of
from ledger.reporting.restating import filed, reference, restatement
from ledger.reporting.running import Ran, Reporting


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found: each difference in words, and what was compared."""

    folder: Path
    manifest: dict[str, Any]
    differences: tuple[str, ...]
    signature: str
    derived: bool
    notes: tuple[str, ...] = ()

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
            "notes": list(self.notes),
        }


def check_files(folder: Path, key: Verifier | None = None) -> Checked:
    """A pack against its manifest and its signed head, without a ledger."""
    manifest, differing = check_files_of(folder)
    found = list(differing)
    signature, wrong = _signature(folder, manifest, key)
    found += [wrong] if wrong else []
    return Checked(folder, manifest, tuple(found), signature, derived=False)


def _signature(folder: Path, manifest: Mapping[str, Any], key: Verifier | None) -> tuple[str, str]:
    """What is known of the head's signature, and what is wrong with it."""
    if not manifest.get("signed"):
        wrong = "the pack is not signed" if key is not None else ""
        return "none: the pack was made where the ledger's key is not", wrong
    try:
        shown = verify_evidence(load(str(folder / HEAD)), key=key)
    except (InvalidInput, NotFound, NotProven) as failed:
        return "wrong", f"{HEAD}: {failed.sentence}"
    head: Checkpoint = shown.checkpoint
    if (head.size, head.root.hex()) != (manifest["as_of"]["size"], manifest["as_of"]["root"]):
        return "wrong", f"{HEAD} is of head {head.size}, root {head.root.hex()}"
    return ("valid" if shown.keys else "not checked: name the key with --key"), ""


def derive(
    session: Reporting, checked: Checked, progress: Progress, *, against: Path | None = None
) -> Checked:
    """The same with the whole pack made again; `session` is of the ledger as of the pack's head.

    What is made follows from the quarter and the day alone, whatever the manifest says. A
    restatement needs the pack that it was made `against`.
    """
    manifest, found, notes = checked.manifest, list(checked.differences), []
    session.on(_made_on(manifest))
    found += _other_head(session, manifest)
    if len(found) == len(checked.differences):
        quarter, made_on = _of(manifest, session)
        ran = run_all(session, contents(quarter, made_on), progress)
        restates = manifest.get("restates")
        if against is not None:
            filed_one = filed(against, quarter, session)
            ran.append(restatement(against, filed_one, ran, session, quarter))
            restates = reference(against, filed_one)
        found += _other_manifest(manifest, ran, restates)
        for one in ran:
            file = checked.folder / "tables" / f"{one.report.name}.parquet"
            found += first_difference(one.report.name, file, one.table, one.report.key)
        if restates is None or against is not None:
            found += _other_files(checked.folder, quarter, made_on, ran, restates)
        else:
            notes.append(
                "the restatement and the documents that show it were not derived: name the pack "
                "that it restates with --against"
            )
    return replace(checked, differences=tuple(found), derived=True, notes=tuple(notes))


def _made_on(manifest: Mapping[str, Any]) -> date:
    """The day on which a pack was made; raises `InvalidInput`."""
    try:
        return day(manifest["made_on"])
    except ValueError as error:
        raise InvalidInput(f"its manifest is damaged ({error})", where=MANIFEST) from error


def _of(manifest: Mapping[str, Any], session: Reporting) -> tuple[Quarter, date]:
    """The quarter of a pack and the day on which it was made; raises `InvalidInput`."""
    try:
        return quarter_of(manifest["quarter"], session.today, session.begins_in), session.today
    except ValueError as error:
        raise InvalidInput(f"its manifest is damaged ({error})", where=MANIFEST) from error


def _other_head(session: Reporting, manifest: Mapping[str, Any]) -> Iterator[str]:
    """What of the ledger itself is not what the manifest says."""
    for key, value in session.sealed().items():
        if manifest.get(key) != value:
            yield f"{MANIFEST}: {key} is {manifest.get(key)}, the ledger gives {value}"


def _other_manifest(
    manifest: Mapping[str, Any], ran: Sequence[Ran], restates: object
) -> Iterator[str]:
    """Reports that are missing, too many, or were run for something else."""
    named = {one["name"]: one for one in manifest["reports"]}
    made = {one["name"]: one for one in told(ran)}
    if restates is not None and "restatement" not in made:
        named.pop("restatement", None)
    if manifest.get("restates") != restates:
        yield f"{MANIFEST}: it restates {manifest.get('restates')}, not {restates}"
    for name in dict.fromkeys((*made, *named)):
        if named.get(name) != made.get(name):
            yield f"{MANIFEST}: of {name} it says {named.get(name)}, the pack has {made.get(name)}"


def _other_files(
    folder: Path,
    quarter: Quarter,
    made_on: date,
    ran: Sequence[Ran],
    restates: Any,  # noqa: ANN401 -- of JSON
) -> Iterator[str]:
    """Files that are not what is made of the same reports; tables are compared cell by cell."""
    with TemporaryDirectory() as place:
        pack = write(
            Path(place) / "pack", quarter, made_on, ran, checkpoint=None, restates=restates
        )
        there = digests(folder)
        for name, digest in pack.manifest["files"].items():
            if not name.endswith(".parquet") and there.get(name) != digest:
                told_of = "(another version of the program may set it otherwise)"
                if name.endswith(".csv"):
                    told_of = "although its Parquet twin may be"
                yield f"{name} is not what comes of the ledger {told_of}"


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
