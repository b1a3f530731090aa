"""Putting one reservation in another's place, in one transaction: nothing is lost in between."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from ledger.core.events import LotReleased, LotReserved
from ledger.core.law.row import Posture
from ledger.core.reservations import known_reservation, open_reservation
from ledger.service.recorded import Recorded, other_content
from ledger.service.recording import check_names, expire_overdue, record, short_id
from ledger.service.requests import built, parse_request
from ledger.service.reserving import (
    answer_on,
    bare_lot,
    hold_day,
    recorded_before,
    reservation_of,
)
from ledger.service.shell import legal_today, new_id
from ledger.service.writing import writing
from ledger.store.writer import Signature, Writer


def replace(
    url: str,
    data: Mapping[str, Any],
    *,
    replaces: str,
    event_id: str | None = None,
    hold_until: date | None = None,
    posture: Posture | None = None,
    actor: str | None = None,
) -> Recorded:
    """Reserve a lot in the place of an open reservation, which is released with it.

    Lot fields left out, and the hold, are those of the old one. It is decided as if the old one
    held nothing; if the lot may not go, the old one stays as it was. Raises `NotFound`, `NotOpen`,
    `InvalidRequest` or `AlreadyRecorded`.
    """
    with writing(url, actor=actor) as (writer, mark):
        return replace_in(
            writer,
            mark,
            data,
            replaces=replaces,
            event_id=event_id,
            hold_until=hold_until,
            posture=posture,
        )


def replace_in(
    writer: Writer,
    mark: Signature,
    data: Mapping[str, Any],
    *,
    replaces: str,
    event_id: str | None = None,
    hold_until: date | None = None,
    posture: Posture | None = None,
) -> Recorded:
    """The same inside a transaction."""
    expire_overdue(writer, mark)
    known = _known(data, replaces, event_id, hold_until, writer)
    if known is not None:
        return known
    old = open_reservation(replaces, writer.prefix)
    lot = {**_lot(old.event, data), "quantity": old.open_units}
    request = parse_request({**lot, **data}, writer.prefix)
    until = hold_day(hold_until or old.hold_until, writer)
    asked_for = answer_on(request, writer, posture, without=replaces)
    if asked_for.decision.outcome != "permitted":
        return Recorded("", None, asked_for)
    name = new_id("reservation") if event_id is None else event_id
    given_up = built(
        LotReleased,
        "reserve",
        id=_release_id(name, replaces),
        on=legal_today(writer.prefix),
        reservation=replaces,
        reason="released",
    )
    more = {"id": name, "hold_until": until, "bundle": old.event.bundle}
    # Checked before anything is appended, so that what raises leaves the old one as it was.
    planned = reservation_of(request, asked_for.decision, writer.prefix, writer.law, **more)
    check_names(planned, writer)
    record(writer, given_up, mark)
    answer = answer_on(request, writer, posture)
    event = reservation_of(request, answer.decision, writer.prefix, writer.law, **more)
    return Recorded(event.id, record(writer, event, mark), answer)


def _lot(event: LotReserved, data: Mapping[str, Any]) -> dict[str, Any]:
    """The lot's fields, but for those that follow from others which change."""
    fields = {name: value for name, value in bare_lot(event).items() if value is not None}
    del fields["transaction"]
    if event.end_user == event.ultimate_consignee:
        del fields["end_user"]
    if "device" in data:
        fields.pop("unit_tpp", None)
    return {**fields, "on": event.on}


def _release_id(name: str, replaces: str) -> str:
    return f"release of {short_id(replaces)} for {short_id(name)}"


def _known(
    data: Mapping[str, Any],
    replaces: str,
    event_id: str | None,
    hold_until: date | None,
    writer: Writer,
) -> Recorded | None:
    """The same replacement made before under this id, so that a retry is done once."""
    found = None if event_id is None else writer.prefix.locate(event_id)
    if found is None or event_id is None:
        return None
    known_reservation(replaces, writer.prefix)
    seq, event = found
    if (
        not isinstance(event, LotReserved)
        or writer.prefix.find(_release_id(event_id, replaces)) is None
    ):
        raise other_content(event_id, seq)
    request = parse_request({**_lot(event, data), **data}, writer.prefix)
    return recorded_before(event_id, request, hold_until, writer)
