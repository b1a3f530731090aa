"""Builders that tests share: parties, devices, lots, packs and ledgers, each in a line."""

from datetime import date
from functools import cache
from pathlib import Path

from ledger.core.candidates import Candidate
from ledger.core.decision import Decision, decide
from ledger.core.encoding import parse_event
from ledger.core.events import (
    AnyEvent,
    AuthorizationAmended,
    AuthorizationEnded,
    AuthorizationGranted,
    DeviceClassified,
    InterpretationAdopted,
    KeyAdopted,
    ListAdopted,
    LotAttrited,
    LotExported,
    LotExtended,
    LotReleased,
    LotRelocated,
    LotReserved,
    PackAdopted,
    PartyCleared,
    PartyRegistered,
    RecordReversed,
    SettingChanged,
    StockDeclared,
    UsageReported,
)
from ledger.core.findings import Finding
from ledger.core.law.caps import Cap
from ledger.core.law.law import AdoptedPack, Law
from ledger.core.law.pack import digest, read
from ledger.core.law.row import Posture
from ledger.core.lots import Request
from ledger.core.memory import Matcher, MemoryPrefix
from ledger.core.positions import Movement
from ledger.service.packs import STANDARD

ROOT = Path(__file__).parents[2]
RULES = ROOT / "ledger" / "rules"
Fields = dict[str, object]
FIRST = "2020-01-01"
ON = "2025-09-01"
H100 = "15832"
VERIFIER_KEY = f"chipledger/5f0d+0a1b2c3d+AQ{'0123456789' * 4}/+"
"""A key of the right form; nobody signs with it."""

LPP, AIA, NVEU, UVEU, LICENCE = (
    "us-ear/lpp",
    "us-ear/aia",
    "us-ear/nveu",
    "us-ear/uveu",
    "us-ear/license",
)
LPP_YEAR = "us-ear/lpp/parent-year"
TABLE = "us-ear/nveu/company-country"
ALLOCATION = "us-ear/allocation/country"


def on(text: str) -> date:
    return date.fromisoformat(text)


# ---- packs and law


def pack_texts() -> list[str]:
    """The standard packs in the order in which a new ledger adopts them."""
    return [(RULES / name).read_text(encoding="utf-8") for name in STANDARD]


def adopted(text: str, *, event_id: str | None = None) -> PackAdopted:
    pack = read(text)
    return PackAdopted(
        id=event_id or f"adopt-{pack.pack}-{pack.version}",
        on=on("2025-01-01"),
        pack=pack.pack,
        version=pack.version,
        text=text,
        digest=digest(text),
    )


def pack_text(body: str, *, pack: str = "toy", kind: str = "law") -> str:
    """A pack's text: the head that every pack needs, and the given rows."""
    head = [f'pack = "{pack}"', 'version = "1"', f'title = "the {pack} pack"', f'kind = "{kind}"']
    return "\n".join([*head, 'source = "a test"', "", body])


def house(*caps: str, pack: str = "house") -> PackAdopted:
    """A house pack; each cap is the text of its rows after id, title, cite and beside."""
    rows = [
        f'[[cap]]\nid = "{pack}/cap-{number}"\ntitle = "our own limit"\ncite = "board, 3 May"\n'
        f"beside = true\n{cap}"
        for number, cap in enumerate(caps, start=1)
    ]
    return adopted(pack_text("\n".join(rows), pack=pack, kind="house"))


def law_of(*bodies: str) -> Law:
    """The law of packs that hold the given rows, one pack each."""
    texts = [pack_text(body, pack=f"toy-{place}") for place, body in enumerate(bodies)]
    return Law(AdoptedPack(read(text), digest(text)) for text in texts)


def cap(**rows: object) -> Cap:
    """A cap with everything that a test leaves unsaid."""
    unsaid: Fields = {
        "id": "toy/cap",
        "cite": "a test",
        "title": "a cap",
        "per": ("end_user",),
        "basis": "exported",
        "window": {"kind": "calendar-year"},
    }
    return Cap.model_validate(unsaid | rows)


@cache
def _standard() -> MemoryPrefix:
    return MemoryPrefix([adopted(text) for text in pack_texts()])


def ledger_of(
    *events: AnyEvent, standard: bool = True, matcher: Matcher | None = None
) -> MemoryPrefix:
    """A ledger with the standard packs adopted and the given events on top.

    The packs are read once: a fresh prefix starts from the same events and law. `matcher` looks
    names up in the screening lists that the events adopt.
    """
    ledger = MemoryPrefix(matcher=matcher)
    if standard:
        ledger.events = list(_standard().events)
        ledger._law = _standard().law
    for event in events:
        ledger.append(event)
    return ledger


def people(*names: str, headquarters: str = "BR") -> list[AnyEvent]:
    """The seller, the H100 under test, and companies that sit in one country."""
    return [
        party("seller", headquarters="US"),
        device("h100"),
        *(party(name, headquarters=headquarters) for name in names),
    ]


# ---- events


def party(name: str, /, *, headquarters: str = "BR", **more: object) -> PartyRegistered:
    fields: Fields = {"id": f"party-{name}-{more.get('on', FIRST)}", "on": FIRST, "party": name}
    place = "US" if headquarters == "unknown" else headquarters
    fields |= {"name": name, "location": place, "headquarters": headquarters}
    return PartyRegistered.model_validate(fields | more)


def device(name: str = "h100", unit_tpp: str | None = H100, **more: object) -> DeviceClassified:
    fields: Fields = {"id": f"device-{name}-{more.get('on', FIRST)}", "on": FIRST, "device": name}
    fields |= {"data_center": True, "performance_density": "19.4", "source": "a test"}
    if unit_tpp is not None:
        fields["unit_tpp"] = unit_tpp
    return DeviceClassified.model_validate(fields | more)


def lot(**changes: object) -> Fields:
    """The fields of a lot: one H100 from the United States to a buyer in Brazil."""
    unsaid: Fields = {"device": "h100", "quantity": 1, "destination": "BR", "exporter": "seller"}
    return unsaid | {"ultimate_consignee": "buyer"} | changes


def request(**changes: object) -> Request:
    return Request.model_validate(lot(on=ON) | changes)


def exported(event_id: str, **changes: object) -> LotExported:
    fields: Fields = lot(id=event_id, on="2025-08-01", authorization=LPP) | changes
    return LotExported.model_validate(fields)


def reserved(event_id: str, **changes: object) -> LotReserved:
    fields: Fields = lot(id=event_id, on="2025-08-01", authorization=LPP, hold_until="2025-12-01")
    return LotReserved.model_validate(fields | changes)


def extended(
    event_id: str, until: str, reservation: str = "r1", *, day: str = "2025-09-01"
) -> LotExtended:
    fields: Fields = {"id": event_id, "on": day, "reservation": reservation, "hold_until": until}
    return LotExtended.model_validate(fields)


def released(event_id: str, reservation: str, *, reason: str = "released") -> LotReleased:
    fields: Fields = {"id": event_id, "on": ON, "reservation": reservation, "reason": reason}
    return LotReleased.model_validate(fields)


def reversed_(event_id: str, target: str) -> RecordReversed:
    return RecordReversed(id=event_id, on=on(ON), target=target, reason="recorded in error")


def granted(reference: str, authorization: str, **changes: object) -> AuthorizationGranted:
    fields: Fields = {"id": f"grant-{reference}", "on": "2025-02-01", "from": "2025-02-01"}
    fields |= {"authorization": authorization, "reference": reference, "party": "buyer"}
    return AuthorizationGranted.model_validate(fields | changes)


def licence(
    reference: str = "D100", *, quantity: int = 100, **changes: object
) -> AuthorizationGranted:
    """A licence of one line: H100 for the buyer in Brazil."""
    line: Fields = {"line": 1, "device": "h100", "quantity": quantity}
    fields: Fields = {"party": "buyer", "destinations": ["BR"], "lines": [line]}
    return granted(reference, LICENCE, **(fields | changes))


def amended(event_id: str, reference: str, **changes: object) -> AuthorizationAmended:
    fields: Fields = {
        "id": event_id,
        "on": "2025-06-01",
        "reference": reference,
        "reason": "a test",
    }
    return AuthorizationAmended.model_validate(fields | {"reason": "a test"} | changes)


def ended(event_id: str, reference: str, day: str) -> AuthorizationEnded:
    return AuthorizationEnded(id=event_id, on=on(day), reference=reference, reason="withdrawn")


def declared(event_id: str, **changes: object) -> StockDeclared:
    fields: Fields = {"id": event_id, "on": "2025-02-01", "party": "buyer", "destination": "BR"}
    return StockDeclared.model_validate(fields | {"device": "h100", "quantity": 10} | changes)


def attrited(event_id: str, **changes: object) -> LotAttrited:
    fields: Fields = {"id": event_id, "on": "2025-09-15", "party": "buyer", "destination": "BR"}
    fields |= {"device": "h100", "quantity": 1, "reason": "failed"}
    return LotAttrited.model_validate(fields | changes)


def relocated(event_id: str, **changes: object) -> LotRelocated:
    fields: Fields = {"id": event_id, "on": "2025-09-15", "party": "buyer", "device": "h100"}
    fields |= {"quantity": 1, "destination_from": "BR", "destination_to": "CL"}
    return LotRelocated.model_validate(fields | changes)


def used(
    event_id: str, cap_id: str, holder: list[str], tpp: object, **changes: object
) -> UsageReported:
    fields: Fields = {
        "id": event_id,
        "on": "2025-06-02",
        "cap": cap_id,
        "holder": holder,
        "tpp": tpp,
    }
    return UsageReported.model_validate(fields | {"source": "a letter"} | changes)


def signed(event_id: str, switch: str, value: str, *, day: str = FIRST) -> InterpretationAdopted:
    fields: Fields = {"id": event_id, "on": day, "switch": switch, "value": value}
    return InterpretationAdopted.model_validate(
        fields | {"cite": "memo 7", "signed_by": "general counsel"}
    )


def list_adopted(event_id: str = "list", digest: str = "ab" * 32, **changes: object) -> ListAdopted:
    fields: Fields = {"id": event_id, "on": "2025-08-29", "name": "us-csl", "digest": digest}
    return ListAdopted.model_validate(fields | {"source_on": "2025-08-29", "count": 3} | changes)


def cleared(party_id: str, hit: str, *, day: str = "2025-08-30") -> PartyCleared:
    fields: Fields = {"id": f"clear-{party_id}-{hit}-{day}", "on": day, "party": party_id}
    fields |= {"hit": hit, "reason": "another address", "signed_by": "Ana"}
    return PartyCleared.model_validate(fields)


def key_adopted(event_id: str = "key-1", **fields: object) -> KeyAdopted:
    given: Fields = {"id": event_id, "on": FIRST, "key": VERIFIER_KEY, "reason": "a test", **fields}
    return KeyAdopted.model_validate(given)


def set_to(setting: str, value: str, *, day: str = FIRST) -> SettingChanged:
    fields: Fields = {"id": f"set-{setting}-{day}", "on": day, "setting": setting, "value": value}
    return SettingChanged.model_validate(fields | {"reason": "a test"})


def event(**fields: object) -> AnyEvent:
    return parse_event(fields)


# ---- answers


def decided(ledger: MemoryPrefix, posture: Posture = "on-the-books", **changes: object) -> Decision:
    return decide(request(**changes), ledger.law, ledger, posture)


def candidate_of(decision: Decision, authorization: str) -> Candidate:
    return next(c for c in decision.candidates if c.authorization == authorization)


def finding_of(decision: Decision, cap_id: str) -> Finding:
    """What a cap says in a decision, in whichever candidate it stands."""
    found = [f for c in decision.candidates for f in c.findings if f.cap == cap_id]
    assert found, f"no candidate has a finding of {cap_id}"
    return found[0]


def amounts(movements: list[Movement] | tuple[Movement, ...]) -> list[tuple[str, int, str]]:
    """Movements as kind, units and TPP: what most tests of them compare."""
    return [(m.kind.value, m.units, tpp_text(m.tpp)) for m in movements]


def tpp_text(tenths: int) -> str:
    whole, tenth = divmod(abs(tenths), 10)
    return f"{'-' if tenths < 0 else ''}{whole}" + (f".{tenth}" if tenth else "")
