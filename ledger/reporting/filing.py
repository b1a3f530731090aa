"""Filing: a quarter's pack made from a ledger, and a filed one held against it."""

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from ledger.checkpoint.notes import Verifier
from ledger.core.errors import InvalidInput
from ledger.reporting.packs import Pack, Progress, contents, free, run_all, write
from ledger.reporting.parameters import Quarter
from ledger.reporting.parameters import quarter as quarter_of
from ledger.reporting.restating import filed, reference, restatement
from ledger.reporting.running import reporting
from ledger.reporting.verifying import Checked, check_files, derive
from ledger.service.proving import signed_head
from ledger.snapshot.opening import root_at
from ledger.store.as_of import AsOf


def make(
    url: str,
    named: str,
    out: Path,
    *,
    against: Path | None = None,
    snapshot: Path | None = None,
    as_of: AsOf | None = None,
    progress: Progress,
) -> Pack:
    """Make a quarter's pack in a new folder, with what differs from a filed one if one is named.

    Raises `InvalidInput` for what is no quarter, a folder that is not empty or a filed pack that
    was changed, and `Conflict` for one of another ledger.
    """
    out = free(out)
    with reporting(url, snapshot, as_of=as_of) as session:
        try:
            quarter: Quarter = quarter_of(named, session.today, session.begins_in)
        except ValueError as error:
            raise InvalidInput(str(error), where="QUARTER", cure="write 2026Q3") from error
        manifest = None if against is None else filed(against, quarter, session)
        ran = run_all(session, contents(quarter, session.today), progress)
        restates = None
        if against is not None and manifest is not None:
            restates = reference(against, manifest)
            ran.append(restatement(against, manifest, ran, session, quarter))
        head = signed_head(url, as_of=session.shot.prefix.head.size)
        return write(
            out,
            quarter,
            session.today,
            ran,
            checkpoint=None if head.checkpoint is None else str(head.checkpoint),
            restates=restates,
        )


def check(
    folder: Path,
    url: str | None,
    *,
    key: Verifier | None = None,
    against: Path | None = None,
    progress: Progress,
) -> Checked:
    """Check a pack by itself and, with a ledger, make all of it again.

    From the ledger's own tables: the snapshot that reports use is a cache, and is not asked.
    """
    checked = check_files(folder, key)
    if url is None:
        return checked
    size = int(checked.manifest["as_of"]["size"])
    if root_at(url, size) is None:
        short = f"the ledger has not reached the pack's head of {size} entries"
        return replace(checked, differences=(*checked.differences, short), derived=True)
    with (
        TemporaryDirectory() as place,
        reporting(url, Path(place) / "fresh.duckdb", as_of=size) as session,
    ):
        return derive(session, checked, progress, against=against)
