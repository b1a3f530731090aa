"""`chipledger report quarterly` and `report verify`."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from ledger.cli.flags import AsOfFlag, Common
from ledger.cli.output import emit, esc, lines, progress_bar, put, table

if TYPE_CHECKING:
    from ledger.reporting.packs import Pack
    from ledger.reporting.verifying import Checked


def quarterly(
    quarter: str,
    /,
    *,
    out: Path,
    against: Path | None = None,
    snapshot: Path | None = None,
    as_of: AsOfFlag = None,
    common: Common = Common(),  # noqa: B008 -- frozen
) -> int:
    """Write the compliance pack of a quarter into a new folder.

    It holds a workbook, a PDF, a page that stands alone, CSV and Parquet of each table, the
    pictures, the signed head, and a manifest with the digests of all. What was filed is never
    overwritten.

    Example: chipledger report quarterly 2026Q3 --out filed/2026Q3

    Parameters
    ----------
    quarter
        Such as 2026Q3; this or last.
    out
        The new folder.
    against
        The pack that was filed before: what differs from it is told, line by line, by which events.
    snapshot
        The snapshot's file, if not the usual one.
    as_of
        As the ledger was known at a size, a time with its offset from UTC, or the end of a day.
    """
    from ledger.reporting.filing import make

    with progress_bar("reports", shown=not common.json) as progress:
        made = make(
            common.url,
            quarter,
            out,
            against=against,
            snapshot=snapshot,
            as_of=as_of,
            progress=progress,
        )
    data = {"folder": str(made.folder), **made.manifest}
    emit(data, lambda to: _show_pack(to, made), as_json=common.json)
    return 0


def _show_pack(to: Console, made: "Pack") -> None:
    from ledger.reporting.packs import summary

    to.print(f"[bold green]written[/]  {esc(made.folder)}", soft_wrap=True)
    shown = table("what", "", right=[""])
    for label, value in summary(made.ran):
        shown.add_row(label, value)
    put(to, shown)
    as_of = made.manifest["as_of"]
    if not made.manifest["signed"]:
        to.print("[yellow]the head is not signed: the ledger's key is not here[/]")
    to.print(f"[dim]as of head {as_of['size']}, root {as_of['root']}[/]")


def verify(
    folder: Path,
    /,
    *,
    key: str | None = None,
    against: Path | None = None,
    common: Common = Common(),  # noqa: B008 -- frozen
) -> int:
    """Check a filed pack; the exit status is 1 where something differs.

    Alone: every file against the manifest, and the head that was signed. With --ledger (or
    CHIPLEDGER_URL) the whole pack is made again from the ledger as of the pack's head, and the
    first cell of each table that differs is named.

    Example: chipledger report verify filed/2026Q3 --ledger sqlite:///chipledger.db

    Parameters
    ----------
    folder
        The pack's folder.
    key
        The ledger's key as 'chipledger head' prints it, or a file that holds it.
    against
        Of a pack with a restatement, the one that it restates.
    """
    from ledger.checkpoint.verifying import read_key
    from ledger.reporting.filing import check

    url = common.ledger or os.environ.get("CHIPLEDGER_URL")
    verifier = None if key is None else read_key(key)
    with progress_bar("deriving", shown=not common.json) as progress:
        found = check(folder, url, key=verifier, against=against, progress=progress)
    emit(found.as_data(), lambda to: _show_checked(to, found), as_json=common.json)
    return 0 if found.equal else 1


def _show_checked(to: Console, found: "Checked") -> None:
    manifest: dict[str, Any] = found.manifest
    if found.equal:
        what = "and all is what the ledger gives" if found.derived else "(no ledger named)"
        what = "and what was derived is what the ledger gives" if found.notes else what
        to.print(f"[bold green]equal[/]  every file is as the manifest says {what}")
    else:
        to.print(f"[bold red]differs[/]  {esc(found.folder)}", soft_wrap=True)
        lines(to, found.differences)
    lines(to, found.notes)
    as_of = manifest["as_of"]
    to.print(f"signature  {esc(found.signature)}")
    to.print(
        f"[dim]{manifest['quarter']}, made on {manifest['made_on']} as of head {as_of['size']}, "
        f"root {as_of['root']}[/]"
    )
