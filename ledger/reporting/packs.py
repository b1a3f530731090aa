"""The quarterly pack: one folder with everything that is filed of a quarter, and its digests.

It is made in a folder beside and moved into place whole. The manifest names the head, the law, the
lists, each report with its parameters and each file with its digest, so that anyone who has the
ledger can make every table again.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any, Final

from ledger.core.errors import InvalidInput
from ledger.reporting import charts
from ledger.reporting.pages import page
from ledger.reporting.papers import paper
from ledger.reporting.parameters import Quarter
from ledger.reporting.report import reports
from ledger.reporting.running import Ran, Reporting
from ledger.reporting.workbook import workbook
from ledger.reporting.writing import csv, json_text, parquet, text

MANIFEST: Final = "manifest.json"
HEAD: Final = "head.checkpoint"
VERSION: Final = 1
QUARTERS_AHEAD: Final = 5
LATE_DAYS: Final = "7"

MOST_ROWS: Final = 100_000
"""Rows of a sheet of a pack's workbook: what is longer, nobody reads there; the files have it."""

FOLDER_RIGHTS: Final = 0o755

Progress = Callable[[int, int], None]


def contents(quarter: Quarter, made_on: date) -> dict[str, dict[str, str]]:
    """The reports of a pack with their parameters, in their order."""
    own, last = str(quarter), str(quarter.last)
    span = {"from": str(quarter.first), "until": last}
    ahead = quarter
    for _ in range(QUARTERS_AHEAD):
        ahead = ahead.after
    return {
        "balances": {"quarter": own},
        "lots": span,
        "drawdown": span,
        "flows": span,
        "headroom": {"on": last},
        "country-quarter": {"from": own, "until": own},
        "headroom-by-quarter": {"from": own, "until": str(ahead)},
        "utilisation": {"since": str(quarter.first)},
        "breaches": span,
        "reservations": {"on": last},
        "licences": {"on": last},
        "uveu-shares": {"from": str(quarter.before), "until": own},
        "lpp": {"from": own, "until": own},
        "china-us-volume": {"from": own, "until": own},
        "duties": {"from": own, "until": own, "on": str(made_on)},
        "late-entries": {"days": LATE_DAYS, **span},
        "screening-log": {},
        "catalogue": {"on": last},
    }


@dataclass(frozen=True, slots=True)
class Pack:
    """A pack that was made: its folder, its manifest and its reports."""

    folder: Path
    manifest: dict[str, Any]
    ran: Sequence[Ran]


def run_all(
    session: Reporting, asked: Mapping[str, Mapping[str, str]], progress: Progress
) -> list[Ran]:
    """Run reports one after the other."""
    known, ran = reports(), []
    for done, (name, given) in enumerate(asked.items()):
        progress(done, len(asked))
        ran.append(session.run(known[name], given))
    progress(len(asked), len(asked))
    return ran


def write(
    folder: Path,
    quarter: Quarter,
    made_on: date,
    ran: Sequence[Ran],
    *,
    checkpoint: str | None,
    restates: dict[str, Any] | None = None,
) -> Pack:
    """Write a pack; raises `InvalidInput` where something is in the folder already.

    `checkpoint` is the signed head, None where the key is not here; `restates` says of which filed
    pack this one tells the differences, which then are its last report.
    """
    folder = free(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(mkdtemp(prefix=f".{folder.name}.", suffix=".part", dir=folder.parent))
    try:
        manifest = _fill(draft, quarter, made_on, ran, checkpoint=checkpoint, restates=restates)
        if folder.exists():
            folder.rmdir()  # it is empty
        draft.chmod(FOLDER_RIGHTS)
        draft.rename(folder)
    except BaseException:
        rmtree(draft, ignore_errors=True)
        raise
    return Pack(folder, manifest, ran)


def _fill(
    draft: Path,
    quarter: Quarter,
    made_on: date,
    ran: Sequence[Ran],
    *,
    checkpoint: str | None,
    restates: dict[str, Any] | None,
) -> dict[str, Any]:
    """Write everything of a pack, the manifest last."""
    sealed = ran[0].sealed
    title = f"Compliance report {quarter}"
    made = {"quarter": f"{quarter}, {quarter.first} to {quarter.last}", "made on": str(made_on)}
    if made_on <= quarter.last:
        title += ", not over yet"
    if restates is not None:
        title += ", restated"
        made["restates"] = f"the pack of head {restates['as_of']['size']} of {restates['made_on']}"
    _documents(draft, f"quarterly-{quarter}", title, ran, {**made, **sealed})
    _tables(draft, ran)
    if checkpoint is not None:
        (draft / HEAD).write_text(checkpoint, encoding="utf-8")
    manifest = {
        "version": VERSION,
        "pack": "quarterly",
        "quarter": str(quarter),
        "made_on": str(made_on),
        **sealed,
        "signed": checkpoint is not None,
        "restates": restates,
        "reports": told(ran),
        "files": digests(draft),
    }
    (draft / MANIFEST).write_text(json_text(manifest), encoding="utf-8")
    return manifest


def free(folder: Path) -> Path:
    """A folder, whole, for a pack; raises `InvalidInput` where something is in it.

    What is filed is never overwritten.
    """
    folder = folder.resolve()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InvalidInput(
            f"there is something in {folder} already",
            where="--out",
            cure="name a new folder: what was filed is not overwritten",
        )
    return folder


def _documents(
    folder: Path, name: str, title: str, ran: Sequence[Ran], sealed: dict[str, Any]
) -> None:
    """The same reports as workbook, page and paper."""
    told = summary(ran)
    with workbook(folder / f"{name}.xlsx") as book:
        book.about(dict(told), "summary")
        for one in ran:
            book.table(one, most=MOST_ROWS)
        book.about({"title": title, **sealed}, "about")
        book.asked(ran)
    shown = [one for one in ran if one.table.height]
    made = page(shown, title, sealed, summary=told)
    (folder / f"{name}.html").write_text(made, encoding="utf-8")
    made_paper = paper(shown, title, sealed, summary=told, signature=True)
    (folder / f"{name}.pdf").write_bytes(made_paper)


def _tables(folder: Path, ran: Sequence[Ran]) -> None:
    """Each report as CSV and Parquet, and its picture."""
    for part in ("tables", "pictures"):
        (folder / part).mkdir()
    for one in ran:
        csv(one, folder / "tables" / f"{one.report.name}.csv")
        parquet(one, folder / "tables" / f"{one.report.name}.parquet")
        drawn = charts.svg(one)
        if drawn is not None:
            file = folder / "pictures" / f"{one.report.name}.svg"
            file.write_text(drawn, encoding="utf-8")


def summary(ran: Sequence[Ran]) -> list[tuple[str, str]]:
    """What the cover says: label and value."""
    by_name = {one.report.name: one for one in ran}
    restated = by_name.get("restatement")

    def total(report: str, column: str) -> str:
        one = by_name[report]
        place = [each.name for each in one.report.columns].index(column)
        return text(one.totals()[place]) or "0"

    def count(report: str, column: str, *values: str) -> str:
        cells = by_name[report].table[column].to_list()
        return text(sum(cell in values for cell in cells))

    return [
        ("lots recorded in the quarter", text(by_name["lots"].table.height)),
        ("units that stand", total("lots", "standing_units")),
        ("TPP that stand", total("lots", "standing_tpp")),
        ("TPP reserved", total("reservations", "open_tpp")),
        ("caps with a balance", text(by_name["balances"].table.height)),
        ("breaches in the quarter", text(by_name["breaches"].table.height)),
        ("duties of the quarter overdue", count("duties", "state", "overdue")),
        ("duties of the quarter done", count("duties", "state", "done")),
        *([("cells restated", text(restated.table.height))] if restated is not None else []),
    ]


def told(ran: Sequence[Ran]) -> list[dict[str, Any]]:
    """The reports of a pack as its manifest names them."""
    return [
        {
            "name": one.report.name,
            "title": one.report.title,
            "parameters": one.about()["parameters"],
            "rows": one.table.height,
        }
        for one in ran
    ]


def digests(folder: Path) -> dict[str, str]:
    """The digest of every file of a folder but the manifest, by its place in it."""
    return {
        file.relative_to(folder).as_posix(): sha256(file.read_bytes()).hexdigest()
        for file in sorted(folder.rglob("*"))
        if file.is_file() and file != folder / MANIFEST
    }


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a pack; raises `InvalidInput` where there is none that can be read."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        kind = manifest["pack"], manifest["version"]
        for key in ("quarter", "made_on", "ledger", "as_of", "reports", "files"):
            manifest[key]
    except (OSError, ValueError, KeyError, TypeError) as failed:
        raise InvalidInput(
            f"{folder} holds no pack that can be read ({failed})",
            where="FOLDER",
            cure="name the folder that 'chipledger report quarterly' wrote",
        ) from failed
    if kind != ("quarterly", VERSION):
        raise InvalidInput(
            f"{folder} holds a pack of another kind or version ({kind[0]}, {kind[1]})",
            where="FOLDER",
            cure="use the chipledger that made it",
        )
    return dict(manifest)


def check_files_of(folder: Path) -> tuple[dict[str, Any], list[str]]:
    """The manifest of a pack, and the files that are missing, changed or too many."""
    manifest = read_manifest(folder)
    return manifest, [*_differing(manifest["files"], digests(folder))]


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
