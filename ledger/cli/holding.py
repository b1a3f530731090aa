"""`chipledger release`, `extend` and `reinstate`: what becomes of a reservation."""

from collections.abc import Callable

from rich.console import Console

from ledger.cli.flags import Acting, Common, PostureFlag, as_day, only_one
from ledger.cli.output import emit, esc
from ledger.cli.reserving import show_recorded
from ledger.core.errors import InvalidInput
from ledger.service import extending, reinstating, releasing
from ledger.service.bundles_held import extend_bundle, release_bundle
from ledger.service.recorded import Recorded, Together


def release(
    reservation: str | None = None,
    *,
    bundle: str | None = None,
    overdue: bool = False,
    acting: Acting = Acting(),  # noqa: B008 -- frozen
    common: Common = Common(),  # noqa: B008 -- frozen
) -> int:
    """Give a reservation up: all the headroom it still holds comes back.

    Example: chipledger release r-2026-17

    Parameters
    ----------
    reservation
        Id of the reservation.
    bundle
        Give up all that is open of this bundle.
    overdue
        Record that every reservation whose hold has passed has expired. Every command that
        records does so first.
    """
    only_one({"RESERVATION": reservation, "--bundle": bundle, "--overdue": overdue}, needed=True)
    if reservation is not None:
        made = releasing.release(common.url, reservation, event_id=acting.id, actor=acting.actor)
        return _say(made, f"released {reservation}", common)
    if bundle is not None:
        found = release_bundle(common.url, bundle, event_id=acting.id, actor=acting.actor)
        return _say_each(found, lambda one: f"released {one}", common)
    if acting.id is not None:
        raise InvalidInput(
            "an expiry has an id of its own", where="--id", cure="leave --id out with --overdue"
        )
    found = releasing.release_overdue(common.url, actor=acting.actor)
    return _say_each(found, lambda one: f"expired {one}", common, none="nothing is overdue")


def extend(
    reservation: str | None = None,
    *,
    hold_until: str,
    bundle: str | None = None,
    acting: Acting = Acting(),  # noqa: B008 -- frozen
    common: Common = Common(),  # noqa: B008 -- frozen
) -> int:
    """Hold a reservation for longer; a hold is never shortened.

    Example: chipledger extend r-2026-17 --hold-until 2026-12-24

    Parameters
    ----------
    reservation
        Id of the reservation.
    hold_until
        First day on which it no longer holds; the day that it is held until already changes
        nothing.
    bundle
        Hold all that is open of this bundle, or change nothing.
    """
    only_one({"RESERVATION": reservation, "--bundle": bundle}, needed=True)
    until = as_day(hold_until, "--hold-until")
    if bundle is not None:
        found = extend_bundle(common.url, bundle, until, event_id=acting.id, actor=acting.actor)
        return _say_each(found, lambda one: f"held until {until}: {one}", common)
    named = reservation or ""
    made = extending.extend(common.url, named, until, event_id=acting.id, actor=acting.actor)
    return _say(made, f"held until {until}: {named}", common)


def reinstate(
    reservation: str,
    *,
    hold_until: str | None = None,
    posture: PostureFlag | None = None,
    acting: Acting = Acting(),  # noqa: B008 -- frozen
    common: Common = Common(),  # noqa: B008 -- frozen
) -> int:
    """Reserve again what an ended reservation still held, if it may go today.

    Only what was released or has expired, once. It is decided on again, under the same
    authorization; the new reservation is linked to the old one. Exit status 1 if it may not go.

    Example: chipledger reinstate r-2026-17 --hold-until 2026-12-24

    Parameters
    ----------
    reservation
        Id of the reservation that ended.
    hold_until
        First day on which the new one no longer holds; 14 days from today if left out.
    posture
        Decide by what is on the books, or by what is enforced; else the setting posture/default.
    """
    made = reinstating.reinstate(
        common.url,
        reservation,
        hold_until=as_day(hold_until, "--hold-until"),
        event_id=acting.id,
        posture=posture,
        actor=acting.actor,
    )
    _say(made, f"reinstated {reservation}", common)
    return int(made.appended is None)


def _say(made: Recorded, what: str, common: Common) -> int:
    emit(made.as_data(), lambda to: show_recorded(to, made, what), as_json=common.json)
    return 0


def _say_each(
    found: Together, what: Callable[[str], str], common: Common, *, none: str = ""
) -> int:
    def show(to: Console) -> None:
        for about, made in found.each:
            show_recorded(to, made, what(about))
        if not found.each:
            to.print(esc(none))

    emit(found.as_data(), show, as_json=common.json)
    return 0
