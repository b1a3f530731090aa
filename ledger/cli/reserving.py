"""`chipledger reserve`, `release` and `export-lot`."""

from rich.console import Console

from ledger.cli.checking import show_answer
from ledger.cli.flags import Acting, Common, LotFlags, PostureFlag, WholeFlag, as_day
from ledger.cli.output import emit, esc
from ledger.cli.restating import show_restated
from ledger.service import reserving as service
from ledger.service.exporting import export_lot as record_export
from ledger.service.reserving import Recorded
from ledger.service.restating import restated


def reserve(
    *,
    lot: LotFlags = LotFlags(),  # noqa: B008 -- frozen
    hold_until: str | None = None,
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
    posture
        Decide by what is on the books, or by what is enforced; else the setting posture/default.
    """
    made = service.reserve(
        common.url,
        lot.data(),
        event_id=acting.id,
        hold_until=as_day(hold_until, "--hold-until"),
        posture=posture,
        actor=acting.actor,
    )
    emit(made.as_data(), lambda to: _show(to, made, "reserved"), as_json=common.json)
    return int(made.appended is None)


def release(
    reservation: str,
    *,
    acting: Acting = Acting(),  # noqa: B008 -- frozen
    common: Common = Common(),  # noqa: B008 -- frozen
) -> int:
    """Give a reservation up: all the headroom it still holds comes back.

    Example: chipledger release r-2026-17

    Parameters
    ----------
    reservation
        Id of the reservation.
    """
    made = service.release(common.url, reservation, event_id=acting.id, actor=acting.actor)
    emit(made.as_data(), lambda to: _show(to, made, f"released {reservation}"), as_json=common.json)
    return 0


def export_lot(
    *,
    lot: LotFlags = LotFlags(),  # noqa: B008 -- frozen
    reservation: str | None = None,
    final: bool = False,
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
    reference
        Reference of the licence.
    line
        Line of the licence.
    document
        Order, invoice or filing number.
    posture
        Decide by what is on the books, or by what is enforced; else the setting posture/default.
    """
    extra = {
        "reservation": reservation,
        "final": final or None,
        "reference": reference,
        "line": line,
        "document": document,
    }
    made = record_export(
        common.url,
        lot.data(),
        extra=extra,
        event_id=acting.id,
        posture=posture,
        actor=acting.actor,
    )
    return _exported(made, common)


def _exported(made: Recorded, common: Common) -> int:
    """Say what was recorded, and what it restated."""
    found = restated(common.url, (0 if made.appended is None else made.appended.seq,))

    def show(to: Console) -> None:
        _show(to, made, "recorded export")
        show_restated(to, found)

    emit({**made.as_data(), "restated": found.as_data()}, show, as_json=common.json)
    return 0


def _show(to: Console, made: Recorded, what: str) -> None:
    if made.appended is None:
        to.print("[bold yellow]not reserved[/]: nothing was set aside\n")
    else:
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
