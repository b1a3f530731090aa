"""Derivations: which events a figure is made of, one by one, to the sum and the row of law."""

from datetime import date

from ledger.core.decision import AsOf
from ledger.core.findings import Finding, figure
from ledger.core.headroom import counted_from, version_on
from ledger.core.law.caps import Cap
from ledger.core.law.law import Law
from ledger.core.positions import Movement
from ledger.core.prefix import Prefix
from ledger.core.usage import Tally
from ledger.core.values import Tpp, Value, shown


class Part(Value):
    """One event's part in a figure, and the sum after it."""

    on: date
    event: str
    kind: str
    device: str
    destination: str
    units: int
    tpp: Tpp
    sum_tpp: Tpp


class Derivation(Value):
    """A figure of a day and what it is made of: counted on its binding day, later draws apart.

    `against` is what a ratio is measured against by that day.
    """

    on: date
    finding: Finding
    counted: tuple[Part, ...]
    later: tuple[Part, ...]
    against: tuple[Part, ...] = ()
    allowance_row: str
    cite: str
    note: str | None
    as_of: AsOf


def derive(
    cap: Cap, holder: tuple[str, ...], *, on: date, prefix: Prefix, law: Law
) -> Derivation | None:
    """Derive a cap's figure for a holder; None where the cap has no figure for the day."""
    found = figure(cap.id, holder, on=on, prefix=prefix, law=law)
    in_force = version_on(law.versions(cap.id), on)
    if found is None or in_force is None:
        return None
    tally = Tally(prefix, law, on)
    parts = _parts(in_force, holder, tally)
    against = [_part(event, one) for event, one in tally.listed_against(in_force, holder)]
    first = counted_from(in_force.window, found.binding_on)
    inside = [p for p in parts if first <= p.on <= found.binding_on]
    return Derivation(
        on=on,
        finding=found,
        counted=tuple(_summed(inside)),
        later=tuple(_summed([p for p in parts if p.on > found.binding_on])),
        against=tuple(_summed([p for p in against if first <= p.on <= found.binding_on])),
        allowance_row=_allowance_row(in_force, found),
        cite=in_force.cite,
        note=in_force.note,
        as_of=AsOf(size=prefix.head.size, root=prefix.head.root),
    )


def _parts(cap: Cap, holder: tuple[str, ...], tally: Tally) -> list[Part]:
    reported = [
        Part(
            on=usage.on,
            event=usage.id,
            kind="reported by others",
            device="",
            destination="",
            units=0,
            tpp=usage.tpp,
            sum_tpp=Tpp(0),
        )
        for usage in tally.prefix.usage(cap.id, holder)
    ]
    # A movement of nothing marks a reservation that was reinstated: it is no part of the sum.
    own = [_part(by, movement) for by, movement in tally.listed(cap, holder) if movement.tpp]
    aside = [
        Part(
            on=draw.on,
            event=event_id,
            kind="set aside for a licence" if draw.tpp > 0 else "its end",
            device=holder[0],
            destination="",
            units=0,
            tpp=Tpp(draw.tpp),
            sum_tpp=Tpp(0),
        )
        for event_id, draw in tally.set_aside(cap, holder)
    ]
    return sorted([*reported, *own, *aside], key=lambda part: part.on)


def _part(event_id: str, movement: Movement) -> Part:
    return Part(
        on=movement.on,
        event=event_id,
        kind=movement.kind.value,
        device=movement.device,
        destination=movement.destination,
        units=movement.units,
        tpp=Tpp(movement.tpp),
        sum_tpp=Tpp(0),
    )


def _summed(parts: list[Part]) -> list[Part]:
    total, summed = 0, []
    for part in parts:
        total += part.tpp
        summed.append(part.model_copy(update={"sum_tpp": Tpp(total)}))
    return summed


def _allowance_row(cap: Cap, found: Finding) -> str:
    if cap.share is not None:
        return f"{cap.share.percent} % of all TPP of the family: {shown(found.allowance_tpp)} TPP"
    if cap.ratio is not None:
        against = ", ".join(cap.ratio.to_values)
        return f"{cap.ratio.percent} % of what went to {against}: {shown(found.allowance_tpp)} TPP"
    step = max(s.valid_from for s in cap.allowance if s.valid_from <= found.binding_on)
    since = "" if step == date.min else f" from {step}"
    return f"{shown(found.allowance_tpp)} TPP{since}"
