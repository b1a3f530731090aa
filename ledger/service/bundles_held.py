"""What is done to all that a bundle still holds at once: giving it up, holding it longer."""

from collections.abc import Callable, Sequence
from datetime import date

from ledger.core.errors import NotFound, NotOpen
from ledger.core.events import AnyEvent, LotExtended, LotReleased, LotReserved
from ledger.service.extending import extended, held_already
from ledger.service.recorded import Recorded, Together, other_content
from ledger.service.recording import expire_overdue, short_id
from ledger.service.releasing import release_in
from ledger.service.shell import new_id
from ledger.service.writing import writing
from ledger.store.writer import Appended, Signature, Writer


def release_bundle(
    url: str, bundle: str, *, event_id: str | None = None, actor: str | None = None
) -> Together:
    """Give up all that a bundle still holds; raises `NotFound`, or `NotOpen` if that is nothing."""
    with writing(url, actor=actor) as (writer, mark):
        return release_bundle_in(writer, mark, bundle, event_id=event_id)


def release_bundle_in(
    writer: Writer, mark: Signature, bundle: str, *, event_id: str | None = None
) -> Together:
    """The same inside a transaction."""
    expire_overdue(writer, mark)
    members = _members(bundle, writer)
    done = _done_before(members, event_id, writer, lambda e: isinstance(e, LotReleased))
    if done is not None:
        return done
    name = event_id or new_id("release")
    return Together(
        tuple(
            (one.id, release_in(writer, mark, one.id, event_id=_event_id(name, one)))
            for one in _open(bundle, members, writer)
        )
    )


def extend_bundle(
    url: str,
    bundle: str,
    hold_until: date,
    *,
    event_id: str | None = None,
    actor: str | None = None,
) -> Together:
    """Hold all that a bundle still holds until a later day, or change nothing.

    Raises what `extend` raises for any of them.
    """
    with writing(url, actor=actor) as (writer, mark):
        return extend_bundle_in(writer, mark, bundle, hold_until, event_id=event_id)


def extend_bundle_in(
    writer: Writer,
    mark: Signature,
    bundle: str,
    hold_until: date,
    *,
    event_id: str | None = None,
) -> Together:
    """The same inside a transaction."""
    expire_overdue(writer, mark)
    members = _members(bundle, writer)
    done = _done_before(
        members,
        event_id,
        writer,
        lambda e: isinstance(e, LotExtended) and e.hold_until == hold_until,
    )
    if done is not None:
        return done
    name = event_id or new_id("extension")
    # Every one is looked at before any is recorded: a fault leaves nothing to take back.
    found = [
        (one, held_already(one.id, hold_until, writer)) for one in _open(bundle, members, writer)
    ]
    return Together(
        tuple(
            (one.id, done or extended(writer, mark, one.id, hold_until, _event_id(name, one)))
            for one, done in found
        )
    )


def _members(bundle: str, writer: Writer) -> Sequence[LotReserved]:
    members = writer.prefix.bundle(bundle)
    if not members:
        raise NotFound(
            f"there is no bundle '{bundle}'",
            where="--bundle",
            cure="the open reservations and their bundles are listed by 'chipledger headroom'",
        )
    return members


def _event_id(name: str, one: LotReserved) -> str:
    """The id of what is recorded about one reservation under a name for the whole."""
    return f"{short_id(name)}/{short_id(one.id)}"


def _open(bundle: str, members: Sequence[LotReserved], writer: Writer) -> list[LotReserved]:
    """The members that hold something; raises `NotOpen` if none does."""
    held = [one for one in members if _holds(one.id, writer)]
    if not held:
        raise NotOpen(
            f"the bundle '{bundle}' holds nothing: each of its reservations has ended",
            where="--bundle",
            cure="'chipledger explain' tells how each ended; reinstate those that are needed",
        )
    return held


def _holds(reservation: str, writer: Writer) -> bool:
    found = writer.prefix.reservation(reservation)
    return found is not None and found.open_units > 0


def _done_before(
    members: Sequence[LotReserved],
    event_id: str | None,
    writer: Writer,
    is_same: Callable[[AnyEvent], bool],
) -> Together | None:
    """What stands under the same id for these reservations, so that a retry is done once."""
    if event_id is None:
        return None
    done = []
    for one in members:
        name = _event_id(event_id, one)
        found = writer.prefix.locate(name)
        if found is not None and not is_same(found[1]):
            raise other_content(name, found[0])
        if found is not None:
            done.append((one.id, Recorded(name, Appended(found[0], new=False))))
    return Together(tuple(done)) if done else None
