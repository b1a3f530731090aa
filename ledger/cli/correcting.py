"""`chipledger return`, `attrit`, `relocate`, `replace`, `rerate`, `correct-party`, `reverse`."""

import sys
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter
from rich.console import Console

from ledger.cli.flags import Acting, Common, LotFlags, WholeFlag, as_day
from ledger.cli.output import emit, esc
from ledger.cli.restating import show_restated
from ledger.core.encoding import parse_json
from ledger.core.errors import InvalidEvent, InvalidInput, NotFound
from ledger.service import correcting as service
from ledger.service import reserving
from ledger.service.recorded import Recorded
from ledger.service.restating import Restatement, restated

Reason = Literal["lost", "damaged", "failed", "relocated", "resold", "destroyed", "returned"]


def return_lot(
    lot: str,
    *,
    quantity: WholeFlag,
    on: str | None = None,
    acting: Acting = Acting(),  # noqa: B008 -- frozen
    common: Common = Common(),  # noqa: B008 -- frozen
) -> int:
    """Record that units of a lot came back. They free what the lot drew for them.

    Example: chipledger return e-2026-03 --quantity 8 --on 2026-11-20

    Parameters
    ----------
    lot
        Id of the export or declared stock that the units came with.
    quantity
        Whole units.
    on
        Day on which they came back; today if left out.
    """
    made = service.returned(
        common.url,
        lot,
        quantity or 0,
        on=as_day(on, "--on"),
        event_id=acting.id,
        actor=acting.actor,
    )
    return _done(made, f"returned {quantity} of {lot}", common)


def attrit(
    *,
    quantity: WholeFlag,
    reason: Reason,
    lot: str | None = None,
    party: str | None = None,
    destination: str | None = None,
    device: str | None = None,
    on: str | None = None,
    acting: Acting = Acting(),  # noqa: B008 -- frozen
    common: Common = Common(),  # noqa: B008 -- frozen
) -> int:
    """Record that units left an installed base. They free at most what is recorded.

    Example: chipledger attrit --party uni-br --destination BR --device nvidia-h100-sxm
    --quantity 2 --reason failed

    Parameters
    ----------
    quantity
        Whole units.
    reason
        Why they left.
    lot
        The export or stock that they came with; party, destination and device follow from it.
    party
        Who owned them.
    destination
        Where they were.
    device
        Device id.
    on
        Day on which they left; today if left out.
    """
    given = {
        "party": party,
        "destination": destination,
        "device": device,
        "quantity": quantity,
        "reason": reason,
        "lot": lot,
        "on": as_day(on, "--on"),
    }
    made = service.attrit(common.url, given, event_id=acting.id, actor=acting.actor)
    return _done(made, "recorded attrition", common)


def relocate(
    *,
    party: str,
    device: str,
    quantity: WholeFlag,
    from_: Annotated[str, Parameter(name="--from")],
    to: str,
    on: str | None = None,
    acting: Acting = Acting(),  # noqa: B008 -- frozen
    common: Common = Common(),  # noqa: B008 -- frozen
) -> int:
    """Record that units of an installed base moved to another destination.

    They leave as far as they are recorded, and arrive in full.

    Example: chipledger relocate --party op-ae --device nvidia-h200-sxm --quantity 8
    --from AE --to BR

    Parameters
    ----------
    party
        Who owns them.
    device
        Device id.
    quantity
        Whole units.
    from_
        Destination that they left (ISO 3166-1 alpha-2).
    to
        Destination where they are now.
    on
        Day on which they moved; today if left out.
    """
    given = {
        "party": party,
        "device": device,
        "quantity": quantity,
        "destination_from": from_,
        "destination_to": to,
        "on": as_day(on, "--on"),
    }
    made = service.relocate(common.url, given, event_id=acting.id, actor=acting.actor)
    return _done(made, "recorded relocation", common)


def replace(
    target: str,
    *,
    reason: str,
    event: Annotated[str | None, Parameter(allow_leading_hyphen=True)] = None,
    lot: LotFlags = LotFlags(),  # noqa: B008 -- frozen
    document: str | None = None,
    acting: Acting = Acting(),  # noqa: B008 -- frozen
    common: Common = Common(),  # noqa: B008 -- frozen
) -> int:
    """Take an entry back and record what holds instead: both, or nothing.

    Of an export, name the fields that change; of anything else, give the whole new event. The
    reversal names the new event, so that each leads to the other.

    Example: chipledger replace e-2026-03 --quantity 40 --reason "counted twice" --id e-2026-03b

    Parameters
    ----------
    target
        Id of the event.
    reason
        Why it is replaced; it stands in the ledger.
    event
        File with the new event as JSON, or '-' for standard input.
    document
        Order, invoice or filing number of the lot.
    """
    changes = lot.data() | ({} if document is None else {"document": document})
    if event is not None and changes:
        raise InvalidInput(
            "the new event is given twice", where="--event", cure="give either --event or lot flags"
        )
    if event is None and not changes:
        raise InvalidInput(
            "nothing is to change",
            where="replace",
            cure="name the lot's new fields, or --event FILE; to take it back alone: reverse",
        )
    made = service.replace(
        common.url,
        target,
        changes if event is None else _event(event),
        whole=event is not None,
        reason=reason,
        event_id=acting.id,
        actor=acting.actor,
    )
    places = () if made.appended is None else (made.appended.seq - 1, made.appended.seq)
    return _done(made, f"replaced {target}", common, *places)


def rerate(
    device: str,
    *,
    on: str,
    source: str,
    unit_tpp: str,
    performance_density: str | None = None,
    note: str | None = None,
    acting: Acting = Acting(),  # noqa: B008 -- frozen
    common: Common = Common(),  # noqa: B008 -- frozen
) -> int:
    """Rate a device anew from a day on. Every draw from that day on is restated.

    All other facts are those of that day. A lot that states its own TPP keeps it.

    Example: chipledger rerate nvidia-h100-sxm --unit-tpp 15840 --on 2026-01-01
    --source "data sheet of 2026-03"

    Parameters
    ----------
    device
        Device id.
    on
        First day on which the rating counts.
    source
        Where it stands.
    unit_tpp
        TPP of one unit.
    performance_density
        Of one IC, where it changes too.
    note
        What a reader should know.
    """
    changes = {
        "unit_tpp": unit_tpp,
        "performance_density": performance_density,
        "source": source,
        "note": note,
    }
    made = service.rerate(
        common.url,
        device,
        changes,
        on=as_day(on, "--on"),
        event_id=acting.id,
        actor=acting.actor,
    )
    return _done(made, f"rated {device}", common)


@Parameter(name="*", group="What was wrong")
@dataclass(frozen=True)
class PartyFlags:
    """The facts of a party that change."""

    name: str | None = None
    "Its name."
    location: str | None = None
    "Where it is (ISO 3166-1 alpha-2)."
    headquarters: str | None = None
    "Where its headquarters are, or 'unknown'."
    ultimate_parent: str | None = None
    "Party id of its ultimate parent, or 'unknown'."
    no_parent: Annotated[bool, Parameter(negative="")] = False
    "It is its own ultimate parent."
    party_kind: Literal["company", "government", "university"] | None = None
    "What it is."

    def data(self) -> dict[str, str]:
        """What changes; the empty text takes a fact away."""
        named = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "no_parent"}
        given = {name: value for name, value in named.items() if value is not None}
        return given | ({"ultimate_parent": ""} if self.no_parent else {})


def correct_party(
    party: str,
    *,
    on: str,
    facts: PartyFlags = PartyFlags(),
    acting: Acting = Acting(),  # noqa: B008 -- frozen
    common: Common = Common(),  # noqa: B008 -- frozen
) -> int:
    """Correct what is known of a party from a day on. What it drew counts for who it then was.

    All other facts are those of that day.

    Example: chipledger correct-party lab --ultimate-parent group --on 2025-01-01

    Parameters
    ----------
    party
        Party id.
    on
        First day on which this holds; the day of the old registration corrects it from the start.
    """
    changes = facts.data()
    if not changes:
        raise InvalidInput(
            "nothing is to change", where="correct-party", cure="name what was wrong"
        )
    made = service.correct_party(
        common.url,
        party,
        changes,
        on=as_day(on, "--on"),
        event_id=acting.id,
        actor=acting.actor,
    )
    return _done(made, f"corrected {party}", common)


def reverse(
    target: str,
    *,
    reason: str,
    acting: Acting = Acting(),  # noqa: B008 -- frozen
    common: Common = Common(),  # noqa: B008 -- frozen
) -> int:
    """Take an entry back. Nothing is edited: its effect is undone from this entry on.

    What it restates is shown before and after, with the breaches that come or go with it.

    Example: chipledger reverse e-2026-03 --reason "booked twice"

    Parameters
    ----------
    target
        Id of the event.
    reason
        Why it is taken back; it stands in the ledger.
    """
    made = reserving.reverse(
        common.url, target, reason=reason, event_id=acting.id, actor=acting.actor
    )
    return _done(made, f"reversed {target}", common)


def _done(made: Recorded, what: str, common: Common, *places: int) -> int:
    """Say what was recorded and what it restated."""
    seq = 0 if made.appended is None else made.appended.seq
    found = restated(common.url, places or (seq,))
    excess = 0 if made.appended is None else made.appended.excess_units
    data = {**made.as_data(), "excess_units": excess, "restated": found.as_data()}
    emit(data, lambda to: _show(to, made, what, found), as_json=common.json)
    return 0


def _show(to: Console, made: Recorded, what: str, found: Restatement) -> None:
    if made.appended is None:
        return
    before = "" if made.appended.new else " (it stood there already)"
    to.print(
        f"[bold green]{esc(what)}[/]  id {esc(made.event_id)}, entry {made.appended.seq}{before}"
    )
    if made.appended.excess_units:
        to.print(
            f"[bold yellow]{made.appended.excess_units:,} units are not recorded there[/] and free "
            "nothing"
        )
    show_restated(to, found)


def _event(name: str) -> dict[str, object]:
    try:
        text = sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")
    except OSError as error:
        raise NotFound(f"can't read {name}: {error.strerror}", cure="check the path") from error
    try:
        data = parse_json(text)
    except ValueError as error:
        raise InvalidEvent(
            f"is no JSON ({error})", where=name, cure="write one event as a JSON object"
        ) from error
    if not isinstance(data, dict):
        raise InvalidEvent("holds no object", where=name, cure="write one event as a JSON object")
    return data
