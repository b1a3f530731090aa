"""Reversals: what takes an entry back, whatever was built on it since."""

from collections.abc import Sequence

from ledger.core.errors import InvalidEvent, NotFound, NotOpen
from ledger.core.events import (
    AnyEvent,
    AuthorizationAmended,
    AuthorizationGranted,
    DeviceClassified,
    KeyAdopted,
    LedgerCreated,
    LotAttrited,
    LotExported,
    LotReleased,
    LotRelocated,
    LotReserved,
    PackAdopted,
    RecordReversed,
    StockDeclared,
)
from ledger.core.positions import RESERVATIONS, Movement
from ledger.core.prefix import Prefix
from ledger.core.reservations import released, reopened
from ledger.core.stock import already_given_back, uncovered


def reversed_movements(event: RecordReversed, prefix: Prefix) -> tuple[Movement, ...]:
    """What takes an entry back: nothing is edited, the opposite is added.

    Raises `NotFound`, `NotOpen` where it was taken back before, and `InvalidEvent` for entries that
    others build on.
    """
    target = prefix.find(event.target)
    if target is None:
        raise NotFound(
            f"there is no event '{event.target}'", cure="look its id up with 'chipledger explain'"
        )
    if isinstance(target, LedgerCreated | RecordReversed):
        raise InvalidEvent(
            f"a {target.kind} can't be reversed",
            cure="record the fact again under a new id",
        )
    if isinstance(target, PackAdopted):
        raise InvalidEvent(
            f"the adoption of '{target.pack}' can't be reversed: other packs may build on it",
            cure="adopt another version of it, without the rows that should go",
        )
    if isinstance(target, KeyAdopted):
        raise InvalidEvent(
            "the adoption of a key can't be reversed: heads were signed with it",
            cure="adopt another key: chipledger keys rotate",
        )
    if prefix.is_reversed(event.target):
        raise NotOpen(
            f"the event '{event.target}' was reversed before",
            cure="record the fact again under a new id if it holds after all",
        )
    if isinstance(target, LotReserved):
        reservation = prefix.reservation(target.id)
        still_open = reservation is not None and reservation.open_units > 0
        return released(reservation) if reservation is not None and still_open else ()
    if isinstance(target, LotReleased):
        return reopened(target, prefix)
    undone = [m.taken_back() for m in _still_standing(target, prefix)]
    if isinstance(target, LotAttrited | LotRelocated):
        undone += already_given_back(undone, prefix)
    return (*undone, *uncovered(undone, prefix))


def _still_standing(target: AnyEvent, prefix: Prefix) -> Sequence[Movement]:
    """What a reversal takes back: all that an event drew, and what left a lot since.

    What an export took from a reservation that is released stays taken; an attrition of a lot, or
    an amendment of a grant, that was itself reversed has nothing left to give back, whatever
    was granted since under the same reference.
    """
    match target:
        case LotExported():
            own = list(prefix.movements_of(target.id))
            reservation = prefix.reservation(target.reservation or "")
            if reservation is not None and not reservation.released:
                own += [m for m in prefix.caused_by(target.id) if m.kind in RESERVATIONS]
            return own
        case StockDeclared() | AuthorizationGranted():
            return prefix.movements_of(target.id)
        case AuthorizationAmended():
            # The grant that it drew for, which a later one of the same reference is not.
            drew = prefix.caused_by(target.id)
            return [m for m in drew if not prefix.is_reversed(m.lot)]
        case DeviceClassified():
            return ()  # what it re-rated is worked out anew: see `rerated`
        case LotAttrited() if target.lot is not None and prefix.is_reversed(target.lot):
            return ()
        case _:
            return prefix.caused_by(target.id)
