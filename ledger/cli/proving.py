"""`chipledger head`, `prove` and `verify-proof`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter
from rich.console import Console

from ledger.cli.flags import Common, WholeFlag
from ledger.cli.output import emit, esc, put, table
from ledger.core.encoding import event_data
from ledger.core.errors import InvalidInput

if TYPE_CHECKING:
    from ledger.checkpoint.evidence import Evidence
    from ledger.checkpoint.verifying import Shown
    from ledger.service.proving import SignedHead


def head(
    *,
    as_of: WholeFlag = None,
    out: str | None = None,
    common: Common = Common(),  # noqa: B008 -- frozen
) -> int:
    """Show size, root and law of the ledger, signed: what an auditor keeps.

    Without the signing key the head is shown unsigned, and says so.

    Example: chipledger head --out 2026-Q4.checkpoint

    Parameters
    ----------
    as_of
        An earlier size.
    out
        Write the signed checkpoint into this file.
    """
    from ledger.service.proving import signed_head

    found = signed_head(common.url, as_of=as_of)
    if out is not None:
        if found.checkpoint is None:
            why = (found.unsigned or "").removesuffix(".")
            raise InvalidInput(f"there is nothing signed to write: {why}", where="--out")
        write(out, str(found.checkpoint))
    emit(found.as_data(), lambda to: _show_head(to, found), as_json=common.json)
    return 0


def _show_head(to: Console, found: "SignedHead") -> None:
    to.print(f"[bold]{found.head.size:,} entries[/], root {found.head.root}")
    to.print(f"[dim]{esc(found.origin)}[/]")
    made = table("law", "digest", whole=("law",))
    for one in found.law:
        made.add_row(esc(one["pack"]), one["digest"])
    put(to, made)
    if found.key is not None:
        to.print(f"key        {esc(found.key)}", soft_wrap=True)
    if found.checkpoint is None:
        to.print(f"[bold yellow]not signed[/]  {esc(found.unsigned)}")
    else:
        to.print("checkpoint\n")
        to.print(esc(found.checkpoint), soft_wrap=True, end="")


def prove(
    event: str | None = None,
    *,
    out: str,
    since: str | None = None,
    checkpoint: str | None = None,
    common: Common = Common(),  # noqa: B008 -- frozen
) -> int:
    """Write a proof that can be checked without the ledger: of an entry, or that it only grew.

    Examples: chipledger prove e-2026-17 --out e-2026-17.tlog-proof;
    chipledger prove --since 2026-Q3.checkpoint --out grown.proof

    Parameters
    ----------
    event
        Id of the event whose place is proven.
    out
        The file to write.
    since
        Prove instead that the ledger only added to its first SIZE entries, or to a checkpoint FILE
        that was kept.
    checkpoint
        End at this checkpoint that was kept, instead of signing the present head.
    """
    from ledger.checkpoint.verifying import load

    if (event is None) == (since is None):
        raise InvalidInput(
            "say what to prove", where="prove", cure="name one event, or an earlier head: --since"
        )
    kept = None if checkpoint is None else load(checkpoint)
    proof, what, data = (
        _grown(common.url, since, kept) if since is not None else _entry(common.url, event, kept)
    )
    write(out, proof)

    def show(to: Console) -> None:
        to.print(f"[bold green]written[/]  {esc(out)}: {esc(what)}")
        to.print(f"[dim]check it anywhere: chipledger verify-proof {esc(out)} --key KEY[/]")

    emit({**data, "file": out}, show, as_json=common.json)
    return 0


Made = tuple[str, str, dict[str, Any]]
"""A proof's text, what it shows in words, and for programs."""


def _grown(url: str, since: str, kept: "Evidence | None") -> Made:
    from ledger.checkpoint.heads import NUMBER
    from ledger.checkpoint.verifying import load
    from ledger.service.proving import prove_since

    size = int(since) if NUMBER.fullmatch(since) else None
    proof = prove_since(url, load(since) if size is None else size, kept=kept)
    now = proof.checkpoint.size
    what = f"{now:,} entries that only add to the first {proof.old:,}"
    return str(proof), what, {"proof": "consistency", "old": proof.old, "size": now}


def _entry(url: str, event: str | None, kept: "Evidence | None") -> Made:
    from ledger.service.proving import prove_entry

    proof = prove_entry(url, event or "", kept=kept)
    seq, now = proof.index + 1, proof.checkpoint.size
    what = f"{event} is entry {seq:,} of {now:,}"
    return str(proof), what, {"proof": "inclusion", "entry": seq, "size": now}


def write(name: str, text: str) -> None:
    """Write a file of evidence byte by byte; raises `InvalidInput`."""
    try:
        Path(name).write_bytes(text.encode())
    except OSError as error:
        raise InvalidInput(
            f"can't write {name} ({error.strerror})", where="--out", cure="name another file"
        ) from error


def verify_proof(
    file: str,
    *,
    key: str | None = None,
    old: str | None = None,
    json: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Check a proof or a checkpoint with nothing but the file and a key: no ledger is opened.

    Without a key only what follows from the checkpoint in the file is shown, not who signed it.
    Exit status 5 where something differs.

    Example: chipledger verify-proof e-2026-17.tlog-proof --key chipledger.key

    Parameters
    ----------
    file
        What `chipledger prove` or `chipledger head --out` wrote.
    key
        The verifier key that the ledger's owner handed out, or a file that holds it.
    old
        The earlier checkpoint that was kept, for a proof that the ledger only added to it.
    json
        Print one JSON document for programs.
    """
    from ledger.checkpoint.verifying import load, read_key, verify_evidence

    shown = verify_evidence(
        load(file),
        key=None if key is None else read_key(key),
        old=None if old is None else load(old),
    )
    emit(shown.as_data(), lambda to: _show(to, shown), as_json=json)
    return 0


def _show(to: Console, shown: "Shown") -> None:
    checkpoint = shown.checkpoint
    head_ = f"the head of {checkpoint.size:,} entries"
    match shown.what:
        case "inclusion":
            to.print(f"[bold green]shown[/]  this entry stands under {head_}")
            _show_entry(to, shown)
        case "consistency":
            to.print(f"[bold green]shown[/]  {head_} only adds to an earlier one")
            _show_old(to, shown)
        case _:
            to.print(f"[bold green]read[/]  {head_}")
    to.print(f"root {checkpoint.root.hex()}\nof {esc(checkpoint.origin)}")
    _show_keys(to, shown)


def _show_keys(to: Console, shown: "Shown") -> None:
    if not shown.keys:
        to.print(
            "[bold yellow]signature not checked[/]  nothing is shown of who signed this head: "
            "give the ledger's key with --key"
        )
        return
    to.print(f"[bold green]signed[/] by {esc(shown.keys[-1].label)}", soft_wrap=True)
    for before, after in zip(shown.keys, shown.keys[1:], strict=False):
        to.print(
            f"[dim]{esc(before.label)} endorses {esc(after.label)}: {esc(after)}[/]", soft_wrap=True
        )


def _show_old(to: Console, shown: "Shown") -> None:
    if shown.old is None:
        return
    to.print(f"earlier: {shown.old.old:,} entries, root {shown.old.old_root.hex()}")
    if shown.old_kept:
        to.print("[bold green]which is[/] the checkpoint that was kept")
    else:
        to.print("[bold yellow]not compared[/] with a checkpoint that was kept: give it with --old")


def _show_entry(to: Console, shown: "Shown") -> None:
    if shown.entry is None:
        return
    event, envelope = shown.entry.event, shown.entry.envelope
    to.print(f"[bold]{event.kind}[/] {esc(event.id)} on {event.on}, entry {envelope.seq}")
    to.print(f"[dim]recorded {envelope.recorded_at} by {esc(envelope.actor)} via {envelope.via}[/]")
    made = table("field", "value", whole=("field",))
    for name, value in event_data(event).items():
        text = f"{len(value):,} characters" if name == "text" else str(value)
        made.add_row(name, esc(text))
    put(to, made)
