"""`chipledger verify`."""

from rich.console import Console

from ledger.cli.flags import Common
from ledger.cli.output import emit, progress_bar
from ledger.service.agreeing import verify as verify_ledger


def verify(
    *,
    checkpoint: tuple[str, ...] = (),
    key: str | None = None,
    common: Common = Common(),  # noqa: B008 -- frozen
) -> int:
    """Verify every entry, hash and head, and the derived tables against a rebuild.

    Exit status 5 with the place of the first difference if the ledger is damaged. What was changed
    and made to fit again shows only against what was kept: name every checkpoint and proof that
    you have, each tells the place more closely.

    Examples: chipledger verify; chipledger verify --checkpoint 2026-Q3.checkpoint

    Parameters
    ----------
    checkpoint
        A checkpoint or proof that was kept; may be given several times.
    key
        The verifier key that they must be signed with, or a file that holds it.
    """
    from ledger.checkpoint.verifying import CHECKED, NOT_CHECKED, load, read_key

    kept = [load(name) for name in checkpoint]
    signer = None if key is None else read_key(key)
    with progress_bar("verifying") as progress:
        found = verify_ledger(common.url, kept, key=signer, progress=progress)
    sizes = [one.checkpoint.size for one in kept]
    signature = NOT_CHECKED if key is None else CHECKED
    data = {
        "verified": True,
        "entries": found.entries,
        "commits": found.commits,
        "movements": found.movements,
        "head": {"size": found.head.size, "root": found.head.root},
        **({"kept": {"sizes": sizes, "agree": True, "signature": signature}} if kept else {}),
    }

    def show(to: Console) -> None:
        to.print(
            f"[bold green]verified[/]  {found.entries:,} entries in {found.commits:,} commits, "
            f"{found.movements:,} movements\n[dim]head {found.head.size}, root {found.head.root}[/]"
        )
        if kept:
            at = ", ".join(f"{size:,}" for size in sizes)
            to.print(f"[bold green]agrees[/] with what was kept at {at} entries")
            to.print(f"[dim]signatures {signature}[/]")

    emit(data, show, as_json=common.json)
    return 0
