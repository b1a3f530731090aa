"""`chipledger reserve` and `export-lot`."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console

from ledger.cli.checking import show_answer
from ledger.cli.flags import (
    Acting,
    Common,
    LotFlags,
    PostureFlag,
    WholeFlag,
    as_day,
    only_one,
    requests_of,
)
from ledger.cli.output import emit, esc, put, table
from ledger.cli.restating import show_restated
from ledger.service import reserving as service
from ledger.service.bundles import Bundle, reserve_bundle
from ledger.service.exporting import export_lot as record_export
from ledger.service.recorded import Recorded
from ledger.service.replacing import replace
from ledger.service.restating import restated


def reserve(
    *,
    lot: LotFlags = LotFlags(),  # noqa: B008 -- frozen
    hold_until: str | None = None,
    bundle: str | None = None,
    replaces: str | None = None,
    posture: PostureFlag | None = None,
    acting: Acting = Acting(),  # noqa: B008 -- frozen
    common: Common = Common(),  # noqa: B008 -- frozen
) -> int:
    """Set headroom aside for a lot, if it may go. Exit status 1 if it may not.

    Example: chipledger reserve --device nvidia-h100-sxm --quantity 50 --destination BR
    --ultimate-consignee uni-br --exporter seller --on 2027-06-01 --hold-until 2027-05-01

    Parameters
    ----------
    hold_until
        First day on which the reservation no longer holds; 14 days from today if left out.
    bundle
        Reserve every lot of a file or none: a JSON list, JSON Lines, or TOML with [[lot]]. Flags
        stand for every lot; --id names the bundle, an `id` in the file one lot.
    replaces
        An open reservation that this one takes the place of, all at once: it is released only if
        the new lot may go. Fields left out are those of the old lot, and so is the hold.
    posture
        Decide by what is on the books, or by what is enforced; else the setting posture/default.
    """
    only_one({"--bundle": bundle, "--replaces": replaces})
    only_one({"--bundle": bundle, "--request": lot.request})
    terms: dict[str, Any] = {
        "hold_until": as_day(hold_until, "--hold-until"),
        "posture": posture,
        "actor": acting.actor,
    }
    if bundle is not None:
        lots = [{**one, **lot.data()} for one in requests_of(bundle)]
        return _reserve_together(lots, acting.id, common, **terms)
    if replaces is not None:
        data = lot.data()
        made = replace(common.url, data, replaces=replaces, event_id=acting.id, **terms)
    else:
        made = service.reserve(common.url, lot.data(), event_id=acting.id, **terms)
    emit(made.as_data(), lambda to: show_recorded(to, made, "reserved"), as_json=common.json)
    return int(made.appended is None)


def _reserve_together(
    lots: Sequence[Mapping[str, Any]],
    name: str | None,
    common: Common,
    **terms: Any,  # noqa: ANN401 -- those of the service
) -> int:
    made = reserve_bundle(common.url, lots, bundle=name, **terms)
    emit(made.as_data(), lambda to: _show_bundle(to, made), as_json=common.json)
    return int(not made.reserved)


def export_lot(
    *,
    lot: LotFlags = LotFlags(),  # noqa: B008 -- frozen
    reservation: str | None = None,
    final: bool = False,
    more_than_reserved: bool = False,
    reference: str | None = None,
    line: WholeFlag = None,
    document: str | None = None,
    posture: PostureFlag | None = None,
    acting: Acting = Acting(),  # noqa: B008 -- frozen
    common: Common = Common(),  # noqa: B008 -- frozen
) -> int:
    """Record a lot that has gone. A fact is never refused: what it breaks is said.

    The figures of the caps it draws on are shown before and after, with the breaches it makes.

    Example: chipledger export-lot --reservation r-2026-17 --on 2026-11-20 --document ITN-X2026

    Parameters
    ----------
    reservation
        Reservation that the lot uses up; lot fields left out are taken from it.
    final
        Close the reservation, whatever is left of it.
    more_than_reserved
        More has gone than the reservation still holds: the rest is a draw of its own.
    reference
        Reference of the licence.
    line
        Line of the licence.
    document
        Order, invoice or filing number.
    posture
        Decide by what is on the books, or by what is enforced; else the setting posture/default.
    """
    named = {"reference": reference, "line": line, "document": document}
    made = record_export(
        common.url,
        lot.data(),
        extra={"reservation": reservation, "final": final or None, **named},
        more_than_reserved=more_than_reserved,
        event_id=acting.id,
        posture=posture,
        actor=acting.actor,
    )
    return _exported(made, common)


def _exported(made: Recorded, common: Common) -> int:
    """Say what was recorded, and what it restated."""
    found = restated(common.url, (0 if made.appended is None else made.appended.seq,))

    def show(to: Console) -> None:
        show_recorded(to, made, "recorded export")
        show_restated(to, found)

    emit({**made.as_data(), "restated": found.as_data()}, show, as_json=common.json)
    return 0


def show_recorded(to: Console, made: Recorded, what: str) -> None:
    """Show what was recorded, and the answer that it rests on."""
    if made.appended is None:
        to.print("[bold yellow]not reserved[/]: nothing was set aside\n")
    else:
        if made.note is not None:
            to.print(made.note, markup=False, soft_wrap=True)
            return
        before = "" if made.appended.new else " (it stood there already)"
        if made.open_units is not None:
            before = f" (it stood there already and holds {made.open_units:,} units)"
        to.print(
            f"[bold green]{esc(what)}[/]  id {esc(made.event_id)}, "
            f"entry {made.appended.seq}{before}",
        )
    if made.answer is not None:
        if made.appended is not None and made.answer.decision.outcome != "permitted":
            to.print("[bold red]the lot is not permitted as it was asked about:[/]")
        show_answer(to, made.answer)


def _show_bundle(to: Console, bundle: Bundle) -> None:
    """Show a bundle: its lots, or which of them stand in the way and why."""
    count = len(bundle.lots)
    if not bundle.reserved:
        places = ", ".join(str(place) for place, _ in bundle.refused)
        to.print(
            f"[bold yellow]not reserved[/]: nothing was set aside; of {count} lots may not go: "
            f"{places}"
        )
        for place, answer in bundle.refused:
            to.print(f"\n[bold]lot {place}[/]")
            show_answer(to, answer)
        return
    to.print(f"[bold green]reserved[/]  bundle {esc(bundle.bundle)}, {count} lots")
    made = table("lot", "id", "entry", "", right=("lot", "entry"))
    for place, (name, one) in enumerate(bundle.lots, start=1):
        seq = "" if one.appended is None else str(one.appended.seq)
        holds = "" if one.open_units is None else f"stood there already, holds {one.open_units:,}"
        under = "" if one.answer is None else f"under {one.answer.decision.authorization}"
        made.add_row(str(place), esc(name), seq, esc(holds or under))
    put(to, made)
