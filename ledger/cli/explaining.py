"""`chipledger explain`."""

from rich.console import Console

from ledger.cli.checking import show_answer, show_outcome
from ledger.cli.flags import AsOfFlag, Common, as_day
from ledger.cli.output import emit, esc, heading, lines, put, table, tpp
from ledger.core.derivation import Derivation, Part
from ledger.core.values import Tpp
from ledger.service.checking import Answer
from ledger.service.explaining import Explanation
from ledger.service.explaining import explain as explain_subject
from ledger.service.reservations import Held


def explain(
    subject: str,
    *holder: str,
    on: str | None = None,
    as_of: AsOfFlag = None,
    common: Common = Common(),  # noqa: B008 -- frozen
) -> int:
    """Show what stands behind an entry or a decision, or how a cap's figure comes about.

    Examples: chipledger explain r-2026-17;
    chipledger explain us-ear/nveu/company-country op-ae AE --on 2026-01-01

    Parameters
    ----------
    subject
        Id of an event, of a decision that was recorded, or of a cap.
    holder
        Of a cap: the keys of its holder, in order.
    on
        Of a cap: the day; today if left out.
    as_of
        As the ledger was known at a size, a time with its offset from UTC, or the end of a day.
    """
    found = explain_subject(common.url, subject, holder, on=as_day(on, "--on"), as_of=as_of)
    if isinstance(found, Derivation):
        derived = found
        emit(
            derived.model_dump(mode="json"),
            lambda to: show_derivation(to, derived),
            as_json=common.json,
        )
    else:
        entry = found
        emit(entry.as_data(), lambda to: show_entry(to, entry), as_json=common.json)
    return 0


def show_derivation(to: Console, found: Derivation) -> None:
    """Show a figure: each event's part and the sum, the allowance row, the citation."""
    figure = found.finding
    holder = esc(", ".join(figure.holder))
    to.print(
        f"[bold]{esc(figure.cap)}[/] for {holder} on {found.on}, binding on {figure.binding_on}"
    )
    to.print(f"[dim]{esc(figure.title)}[/]")
    if found.counted:
        _show_parts(to, found.counted)
    else:
        to.print("no event draws on it by that day")
    left = tpp(figure.headroom_tpp)
    share = " as a share: the lot is added on both sides" if figure.basis == "installed" else ""
    to.print(f"allowance   {found.allowance_row}  ({esc(found.cite)})")
    to.print(f"drawn       {tpp(figure.drawdown_tpp)}")
    to.print(f"reserved    {tpp(figure.reserved_tpp)}")
    to.print(f"[bold]headroom    {left} TPP[/]{share if '%' in found.allowance_row else ''}")
    if found.against:
        heading(to, "What it is measured against")
        _show_parts(to, found.against)
    if found.later:
        heading(to, "Later draws, not counted on that day")
        _show_parts(to, found.later)
    if found.note:
        to.print(f"\n[dim]{esc(found.note)}[/]")
    to.print(f"[dim]as of head {found.as_of.size}, root {found.as_of.root}[/]")


def _show_parts(to: Console, parts: tuple[Part, ...]) -> None:
    figures = ("units", "TPP", "sum")
    made = table("on", "event", "kind", "device", "place", *figures, right=figures, whole=("on",))
    for part in parts:
        made.add_row(
            str(part.on),
            esc(part.event),
            part.kind,
            esc(part.device),
            part.destination,
            f"{part.units:,}" if part.units else "",
            tpp(part.tpp),
            tpp(part.sum_tpp),
        )
    put(to, made)


def _show_held(to: Console, held: Held) -> None:
    """What became of a reservation."""
    heading(to, "What became of it")
    told = f"open: {held.open_units:,} units, held until {held.hold_until}"
    said = [told if held.end is None else held.end.told]
    if held.event.reinstates is not None:
        said.append(f"it reinstates {held.event.reinstates}")
    if held.reinstated_by is not None:
        said.append(f"reinstated as {held.reinstated_by}")
    if held.event.bundle is not None:
        said.append(f"one of the bundle {held.event.bundle}")
    lines(to, [*said, *(f"{units:+,} units by {by}" for by, units in held.life)])


def show_entry(to: Console, found: Explanation) -> None:
    """Show an entry: its fields, who recorded it, its movements, the decision before it."""
    event, envelope = found.entry.event, found.entry.envelope
    state = "  [bold red]reversed[/]" if found.is_reversed else ""
    to.print(f"[bold]{event.kind}[/] {esc(event.id)} on {event.on}, entry {envelope.seq}{state}")
    to.print(f"[dim]recorded {envelope.recorded_at} by {esc(envelope.actor)} via {envelope.via}[/]")
    if envelope.batch is not None:
        to.print(f"[dim]row {envelope.batch.row} of the file {envelope.batch.file}[/]")
    made = table("field", "value", whole=("field",))
    for name, value in found.as_data()["event"].items():
        shown = f"{len(value):,} characters" if name == "text" else str(value)
        made.add_row(name, esc(shown))
    put(to, made)
    if found.held is not None:
        _show_held(to, found.held)
    if found.movements:
        heading(to, "What it moved")
        moved = table("on", "kind", "device", "party", "place", "units", "TPP", whole=("on", "TPP"))
        for m in (m for m in found.movements if m.tpp):
            amounts = (f"{m.units:,}", tpp(Tpp(m.tpp)))
            moved.add_row(str(m.on), m.kind, esc(m.device), esc(m.party), m.destination, *amounts)
        put(to, moved)
    if found.decision is not None:
        how = (
            "What the decision would have been, at the head before it"
            if found.derived
            else "The decision it was made on, decided again at the head before it"
        )
        heading(to, how)
        show_answer(to, Answer(found.decision, ()), whole=True)
    if found.other is not None:
        heading(to, f"As {found.other.posture}")
        show_outcome(to, found.other)
        lines(to, found.other.reasons)
    to.print(f"\n[dim]as of head {found.head.size}, root {found.head.root}[/]")
