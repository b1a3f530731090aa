"""Random histories of a ledger: every kind of event, back-dated and future, good and bad.

A step is a draw of small numbers that becomes an event against what the history holds so far, so
that most steps are accepted, and a failing history shrinks to the few that matter.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final, TypeVar

from hypothesis import strategies as st

from ledger.core.encoding import parse_event
from ledger.core.events import AnyEvent, Event, LotExported, LotReserved
from ledger.core.lots import Request
from tests.core.builders import FIRST, LICENCE, LPP, LPP_YEAR, NVEU, TABLE, UVEU, house, on
from tests.store.lists import DIGESTS, ENTRIES

Fields = dict[str, Any]
AnEvent = TypeVar("AnEvent", bound=Event)

PARTIES: Final = ("buyer", "group", "branch", "op-ae", "late")
"""The last one is not registered at first; "branch" belongs to "group"."""

DEVICES: Final = ("h100", "h200", "nvidia-h20", "late-chip")
PLACES: Final = ("BR", "AE", "US", "CL", "DE")
AUTHORIZATIONS: Final = (LPP, NVEU, UVEU, LICENCE)
BUSY_DAYS: Final = (
    "2025-06-10",
    "2025-06-20",
    "2025-07-01",
    "2025-09-15",
    "2025-12-31",
    "2026-01-01",
    "2024-02-29",
    "2027-12-31",
)
"""Days on which much happens, so that facts change in the middle of a month with draws."""

BUNDLES: Final = ("bundle-1", "bundle-2")

KINDS: Final = (
    "lot.exported",
    "lot.reserved",
    "record.reversed",
    "party.registered",
    "device.classified",
    "authorization.granted",
    "authorization.amended",
    "authorization.ended",
    "stock.declared",
    "export from a reservation",
    "lot.extended",
    "lot.released",
    "reinstatement",
    "lot of a bundle",
    "lot.attrited",
    "attrition of a lot",
    "lot.relocated",
    "usage.reported",
    "interpretation.adopted",
    "pack.adopted",
    "list.adopted",
    "party.cleared",
    "setting.changed",
    "duty.done",
    "the same again",
    "same id, other content",
)

HOUSE: Final = (
    (
        'per = ["end_user"]\nbasis = "exported"\nwindow = { kind = "rolling", days = 90 }\n'
        "allowance = [{ tpp = 500000 }]\n"
    ),
    (
        'per = ["exporter", "end_user"]\nbasis = "installed"\nwindow = { kind = "stock" }\n'
        "allowance = [{ tpp = 900000 }]\n"
    ),
    (
        'per = ["ultimate_parent"]\nbasis = "exported"\nwindow = { kind = "calendar-quarter" }\n'
        "allowance = [{ tpp = 700000 }, { from = 2026-01-01, tpp = 800000 }]\n"
    ),
)


@dataclass(frozen=True)
class Step:
    """What is drawn for one event; what each number means depends on its kind."""

    kind: str
    day: str
    later: int
    who: int
    other: int
    place: int
    device: int
    quantity: int
    pick: int
    flag: bool


days = st.one_of(
    st.sampled_from(BUSY_DAYS), st.dates(date(2024, 1, 1), date(2027, 12, 31)).map(str)
)


def steps_of(*kinds: str) -> st.SearchStrategy[Step]:
    """Steps of these kinds only: a narrow choice meets itself more often."""
    return st.builds(
        Step,
        kind=st.sampled_from(kinds),
        day=days,
        later=st.integers(1, 400),
        who=st.integers(0, 4),
        other=st.integers(0, 5),
        place=st.integers(0, 4),
        device=st.integers(0, 3),
        quantity=st.integers(1, 40),
        pick=st.integers(0, 30),
        flag=st.booleans(),
    )


steps = steps_of(*KINDS)
requests = steps.map(
    lambda step: Request.model_validate(
        {**lot_fields(step), "on": step.day, "quantity": step.quantity}
    )
)


@dataclass
class History:
    """What the ledger under test accepted so far: what later steps refer to."""

    events: list[AnyEvent] = field(default_factory=list)

    def event(self, step: Step) -> AnyEvent:
        """The event that a step means after all before it."""
        number = len(self.events)
        match step.kind:
            case "the same again" if self.events:
                return _picked(step, self.events)
            case "same id, other content" if self.events:
                fields = _declared(step)
                return parse_event({**fields, "id": _picked(step, self.events).id})
            case "pack.adopted":
                return _house(step, number)
            case _:
                base = {"id": f"e{number}", "on": step.day}
                return parse_event({**base, **self._fields(step)})

    def _fields(self, step: Step) -> Fields:
        made = {
            "lot.exported": _exported,
            "party.registered": _party,
            "device.classified": _classified,
            "authorization.granted": _granted,
            "authorization.amended": _amended,
            "stock.declared": _declared,
            "lot.relocated": _relocated,
            "usage.reported": _used,
            "interpretation.adopted": _reading,
            "list.adopted": _list,
            "party.cleared": _cleared,
            "setting.changed": _setting,
            "duty.done": _done,
        }.get(step.kind)
        return self._about_another(step) if made is None else {"kind": step.kind, **made(step)}

    def _about_another(self, step: Step) -> Fields:
        """The events that name an earlier one."""
        exports = [e for e in self.events if isinstance(e, LotExported)]
        reserved = [e for e in self.events if isinstance(e, LotReserved)]
        held = _picked(step, reserved).id if reserved else "nothing"
        until = str(on(step.day) + timedelta(days=step.later))
        match step.kind:
            case "lot.reserved":
                fields = {**lot_fields(step), "authorization": LPP, "hold_until": until}
            case "lot.extended":
                fields = {"reservation": held, "hold_until": until}
            case "lot.released":
                fields = {"reservation": held, "reason": "expired" if step.flag else "released"}
            case "lot of a bundle":
                return _of_a_bundle(step, until)
            case "reinstatement" if reserved:
                return _carrying_on(step, _picked(step, reserved), until)
            case "export from a reservation" if reserved:
                return _from_reservation(step, _picked(step, reserved))
            case "attrition of a lot" if exports:
                return _of_lot(step, _picked(step, exports))
            case "record.reversed":
                target = _picked(step, self.events).id if self.events else "nothing"
                fields = {"target": target, "reason": "recorded in error"}
            case "authorization.ended":
                fields = {"reference": f"R{step.pick % 4}", "reason": "withdrawn"}
            case _:
                return {"kind": "lot.attrited", **_place(step), "reason": "failed"}
        return {"kind": step.kind, **fields}


def _picked(step: Step, among: Sequence[AnEvent]) -> AnEvent:
    return among[step.pick % len(among)]


def lot_fields(step: Step) -> Fields:
    fields: Fields = {
        **_place(step, "ultimate_consignee"),
        "exporter": "seller",
    }
    if step.flag:
        fields["end_user"] = PARTIES[step.other % len(PARTIES)]
    return fields


def _place(step: Step, owner: str = "party") -> Fields:
    return {
        owner: PARTIES[step.who],
        "destination": PLACES[step.place],
        "device": DEVICES[step.device],
        "quantity": step.quantity,
    }


def _exported(step: Step) -> Fields:
    authorization = AUTHORIZATIONS[step.pick % len(AUTHORIZATIONS)]
    fields = {**lot_fields(step), "authorization": authorization}
    if authorization == LICENCE:
        fields |= {"reference": f"R{step.other % 4}", "line": 1 + step.pick % 2}
    if step.flag:
        fields["unit_tpp"] = f"{step.later}.5"
    return fields


def _from_reservation(step: Step, held: LotReserved) -> Fields:
    return {
        "kind": "lot.exported",
        "device": held.device,
        "destination": held.destination,
        "ultimate_consignee": held.ultimate_consignee,
        "end_user": held.end_user,
        "exporter": held.exporter,
        "quantity": step.quantity,
        "authorization": held.authorization,
        "reservation": held.id,
        "final": step.flag,
    }


def _of_a_bundle(step: Step, until: str) -> Fields:
    fields = {**lot_fields(step), "authorization": LPP, "hold_until": until}
    return {"kind": "lot.reserved", **fields, "bundle": BUNDLES[step.pick % len(BUNDLES)]}


def _carrying_on(step: Step, ended: LotReserved, until: str) -> Fields:
    return {
        "kind": "lot.reserved",
        "on": str(ended.on) if step.flag else step.day,
        "device": ended.device,
        "destination": ended.destination,
        "ultimate_consignee": ended.ultimate_consignee,
        "end_user": ended.end_user,
        "exporter": ended.exporter,
        "quantity": min(step.quantity, ended.quantity),
        "authorization": ended.authorization,
        "hold_until": until,
        "reinstates": ended.id,
        "bundle": ended.bundle,
    }


def _of_lot(step: Step, lot: LotExported) -> Fields:
    return {
        "kind": "lot.attrited",
        "party": lot.ultimate_consignee,
        "destination": lot.destination,
        "device": lot.device,
        "quantity": step.quantity,
        "reason": "returned",
        "lot": lot.id,
    }


def _party(step: Step) -> Fields:
    above = ("group", "op-ae", "buyer", "branch", "unknown", None)[step.other]
    fields: Fields = {
        "party": PARTIES[step.who],
        "name": PARTIES[step.who],
        "location": "BR",
        "headquarters": ("BR", "AE", "DE", "CN", "unknown")[step.place],
    }
    if above is not None and step.flag:
        fields["ultimate_parent"] = above
    elif above is not None and above != "unknown":
        fields["owners"] = [{"party": above, "percent": str(48 + step.quantity)}]
    return fields


def _classified(step: Step) -> Fields:
    fields: Fields = {"device": DEVICES[step.device], "data_center": step.flag, "source": "a test"}
    fields |= {"unit_tpp": ("15832", "3000", "100.5", "4800")[step.pick % 4]}
    return fields | {"performance_density": "19.4"}


def _granted(step: Step) -> Fields:
    fields: Fields = {
        "authorization": AUTHORIZATIONS[1 + step.pick % 3],
        "reference": f"R{step.pick % 4}",
        "party": PARTIES[step.who],
        "destinations": [PLACES[step.place]],
        "from": step.day if step.flag else FIRST,
    }
    if fields["authorization"] == LICENCE:
        fields |= {"exporter": "seller", "lines": [_line(step, 1)]}
    return fields


def _line(step: Step, number: int) -> Fields:
    return {"line": number, "device": DEVICES[step.device], "quantity": step.quantity}


def _amended(step: Step) -> Fields:
    fields: Fields = {"reference": f"R{step.pick % 4}", "reason": "a change"}
    if step.flag:
        return fields | {"lines": [_line(step, 1 + step.other % 2)]}
    return fields | {"until": str(on(step.day) + timedelta(days=step.later))}


def _declared(step: Step) -> Fields:
    return {"kind": "stock.declared", "on": step.day, **_place(step)}


def _relocated(step: Step) -> Fields:
    fields = _place(step)
    fields["destination_from"] = fields.pop("destination")
    return fields | {"destination_to": PLACES[(step.place + 1 + step.other % 4) % len(PLACES)]}


def _used(step: Step) -> Fields:
    cap, holder = [
        (LPP_YEAR, [PARTIES[step.who]]),
        (TABLE, [PARTIES[step.who], PLACES[step.place]]),
    ][step.pick % 2]
    return {"cap": cap, "holder": holder, "tpp": f"{step.later}000.5", "source": "a letter"}


def _reading(step: Step) -> Fields:
    switch, values = [
        ("us-ear/lpp-in-d1-d4", ("available", "barred")),
        ("us-ear/partner-hq-licences-use-allocation", ("yes", "no")),
    ][step.pick % 2]
    return {"switch": switch, "value": values[step.flag], "cite": "memo 7", "signed_by": "counsel"}


def _list(step: Step) -> Fields:
    digest = DIGESTS[step.pick % len(DIGESTS)]
    published = on(step.day) - timedelta(days=step.later % 40)
    return {"name": "us-csl", "digest": digest, "source_on": str(published), "count": step.quantity}


def _cleared(step: Step) -> Fields:
    hit = ENTRIES[step.pick % len(ENTRIES)]
    return {"party": PARTIES[step.who], "hit": hit, "reason": "another", "signed_by": "ana"}


def _setting(step: Step) -> Fields:
    setting, value = [
        ("screening/threshold", str(70 + step.later % 31)),
        ("screening/max-age-days", str(step.quantity)),
        ("posture/default", "enforced" if step.flag else "on-the-books"),
    ][step.pick % 3]
    return {"setting": setting, "value": value, "reason": "a test"}


def _done(step: Step) -> Fields:
    return {"duty": f"us-ear/lpp/report e{step.pick}", "document": "a mail"}


def _house(step: Step, number: int) -> AnyEvent:
    return house(*HOUSE[step.pick % len(HOUSE) :]).model_copy(update={"id": f"e{number}"})
