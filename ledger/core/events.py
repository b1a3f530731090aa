"""The event vocabulary, version 1: everything the ledger can hold (design, chapter 5)."""

from typing import Annotated, Final, Literal, Self

from pydantic import Field, field_validator, model_validator

from ledger.core.lots import Lot
from ledger.core.values import (
    AmountTpp,
    Country,
    Day,
    Exact,
    Headquarters,
    Id,
    Positive,
    Quantity,
    Text,
    UnitTpp,
    Value,
    VerifierKey,
)

UNSTATED: Final = "unstated"
"""What a field says that nobody filled in."""

Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
"""A SHA-256 digest in hex."""


class Event(Value):
    """A fact with the caller's id and its legal day."""

    id: Id
    on: Day


class LedgerCreated(Event):
    """The first entry of a ledger: its random id and the zone of its legal days."""

    kind: Literal["ledger.created"] = "ledger.created"
    ledger: Id
    time_zone: Id = "UTC"


class DeviceFacts(Value):
    """What is known of a device: either its TPP or the dense rates it follows from.

    `rates` maps the bit length of the widest multiply input to dense tera operations a second.
    `performance_density`, `die_area_mm2` and the bandwidths (GB/s; `interconnect_gbps` to other
    ICs, both directions together) are those of one IC. `eccn` is the paragraph that the unit is
    sold under, where it is not the IC's own.
    """

    device: Id
    vendor: Text = UNSTATED
    model: Text = UNSTATED
    unit_tpp: UnitTpp | None = None
    rates: dict[str, Positive] | None = None
    die_area_mm2: Positive | None = None
    performance_density: Positive | None = None
    data_center: bool
    dram_bandwidth_gbps: Positive | None = None
    interconnect_gbps: Positive | None = None
    eccn: Text | None = None
    ics: Quantity = 1
    source: Text
    note: Text | None = None

    @field_validator("rates")
    @classmethod
    def _bit_lengths(cls, rates: dict[str, Exact] | None) -> dict[str, Exact] | None:
        for bits in rates or {}:
            if not bits.isdecimal() or int(bits) < 1 or bits != str(int(bits)):
                msg = f"rates are keyed by bit length (such as 4, 8 or 16), found '{bits}'"
                raise ValueError(msg)
        return rates

    @model_validator(mode="after")
    def _tpp_or_rates(self) -> Self:
        if (self.unit_tpp is None) == (not self.rates):
            msg = "give either unit_tpp or rates, and not both"
            raise ValueError(msg)
        return self


class DeviceClassified(DeviceFacts, Event):
    """A device's facts from a day on; a later event overrides from its own day."""

    kind: Literal["device.classified"] = "device.classified"


class Owner(Value):
    """A direct owner of a party, with the percentage it holds."""

    party: Id
    percent: Annotated[Positive, Field(le=100)]


class PartyRegistered(Event):
    """A party's name, place, headquarters and owners from a day on."""

    kind: Literal["party.registered"] = "party.registered"
    party: Id
    name: Text
    aliases: tuple[Text, ...] = ()
    location: Country
    headquarters: Headquarters
    ultimate_parent: Id | None = None
    owners: tuple[Owner, ...] = ()
    party_kind: Literal["company", "government", "university"] = "company"


class LicenceLine(Value):
    """One line of a licence: a quantity of one device, with its tolerance."""

    line: Quantity
    device: Id
    quantity: Quantity
    tolerance_percent: Annotated[Exact, Field(ge=0, le=100)] | None = None


class AuthorizationGranted(Event):
    """A validated-end-user status or a licence, granted to a party for destinations and days."""

    kind: Literal["authorization.granted"] = "authorization.granted"
    authorization: Id
    reference: Id
    party: Id
    destinations: tuple[Country, ...] = ()
    valid_from: Day = Field(alias="from")
    until: Day | None = None
    exporter: Id | None = None
    lines: tuple[LicenceLine, ...] = ()

    @model_validator(mode="after")
    def _lines_of_a_licence(self) -> Self:
        if self.until is not None and self.until <= self.valid_from:
            msg = f"until {self.until} is the first day out and must come after from"
            raise ValueError(msg)
        if self.lines and len(self.destinations) != 1:
            msg = "a licence with lines names exactly one destination"
            raise ValueError(msg)
        if len({line.line for line in self.lines}) != len(self.lines):
            msg = "a line number stands twice"
            raise ValueError(msg)
        return self


class AuthorizationAmended(Event):
    """A change of a granted authorization from a day on: its end, destinations or lines."""

    kind: Literal["authorization.amended"] = "authorization.amended"
    reference: Id
    until: Day | None = None
    destinations: tuple[Country, ...] | None = None
    lines: tuple[LicenceLine, ...] | None = None
    reason: Text

    @model_validator(mode="after")
    def _says_what_changes(self) -> Self:
        if self.until is None and self.destinations is None and self.lines is None:
            msg = "say what changes: until, destinations or lines"
            raise ValueError(msg)
        return self


class AuthorizationEnded(Event):
    """The end of an authorization; `on` is the first day without it."""

    kind: Literal["authorization.ended"] = "authorization.ended"
    reference: Id
    reason: Text


class StockDeclared(Event):
    """An opening installed base of one device at one place; declarations add up."""

    kind: Literal["stock.declared"] = "stock.declared"
    party: Id
    destination: Country
    device: Id
    quantity: Quantity


class AuthorizedLot(Lot, Event):
    """A lot on its day under one authorization; of a licence, with the line it draws on."""

    authorization: Id
    reference: Id | None = None
    line: Quantity | None = None
    decision_id: Id | None = None

    @model_validator(mode="after")
    def _line_of_a_reference(self) -> Self:
        if self.line is not None and self.reference is None:
            msg = "line needs the reference of its licence"
            raise ValueError(msg)
        return self


class LotReserved(AuthorizedLot):
    """Headroom set aside for a lot not yet gone, held until a day.

    `reinstates` names the reservation, ended since, that it carries on; `bundle` the lots that
    were reserved together or not at all.
    """

    kind: Literal["lot.reserved"] = "lot.reserved"
    hold_until: Day
    reinstates: Id | None = None
    bundle: Id | None = None


class LotExtended(Event):
    """A reservation held for longer."""

    kind: Literal["lot.extended"] = "lot.extended"
    reservation: Id
    hold_until: Day


class LotReleased(Event):
    """A reservation given up, or one whose hold has passed."""

    kind: Literal["lot.released"] = "lot.released"
    reservation: Id
    reason: Literal["released", "expired"]


class LotExported(AuthorizedLot):
    """A lot that has gone; `final` closes the reservation it draws on, whatever is left of it."""

    kind: Literal["lot.exported"] = "lot.exported"
    reservation: Id | None = None
    final: bool = False
    document: Text | None = None

    @model_validator(mode="after")
    def _final_of_a_reservation(self) -> Self:
        if self.final and self.reservation is None:
            msg = "final closes a reservation: name it"
            raise ValueError(msg)
        return self


class LotAttrited(Event):
    """Units that left an installed base; of a known export, at the TPP that was drawn."""

    kind: Literal["lot.attrited"] = "lot.attrited"
    party: Id
    destination: Country
    device: Id
    quantity: Quantity
    reason: Literal["lost", "damaged", "failed", "relocated", "resold", "destroyed", "returned"]
    lot: Id | None = None


class LotRelocated(Event):
    """Units of an installed base moved from one destination to another."""

    kind: Literal["lot.relocated"] = "lot.relocated"
    party: Id
    device: Id
    quantity: Quantity
    destination_from: Country
    destination_to: Country

    @model_validator(mode="after")
    def _moves(self) -> Self:
        if self.destination_from == self.destination_to:
            msg = f"a relocation changes the destination, found {self.destination_to} twice"
            raise ValueError(msg)
        return self


class UsageReported(Event):
    """Draws of others on a shared cap; reports add up."""

    kind: Literal["usage.reported"] = "usage.reported"
    cap: Id
    holder: Annotated[tuple[Id, ...], Field(min_length=1)]
    tpp: AmountTpp
    source: Text


class InterpretationAdopted(Event):
    """An operator's signed reading where the text conflicts."""

    kind: Literal["interpretation.adopted"] = "interpretation.adopted"
    switch: Id
    value: Id
    cite: Text
    signed_by: Text


class ListAdopted(Event):
    """A screening list: its contents stand in the ledger under their digest.

    `source_on` is the day the publisher made it; `reason` says why a list that shrank was taken.
    """

    kind: Literal["list.adopted"] = "list.adopted"
    name: Id
    digest: Digest
    source_on: Day
    count: Quantity
    reason: Text | None = None


class PartyCleared(Event):
    """A person's finding that a hit does not stop a party, with the reason.

    Of a party that matched: it is not the listed one. Of a party whose owner matched: the listed
    owner is no obstacle; whatever the law asks of affiliates stands.
    """

    kind: Literal["party.cleared"] = "party.cleared"
    party: Id
    hit: Text
    reason: Text
    signed_by: Text


class SettingChanged(Event):
    """A setting that changes answers, from a day on."""

    kind: Literal["setting.changed"] = "setting.changed"
    setting: Id
    value: Text
    reason: Text


class DutyDone(Event):
    """A duty that was done, with the document that shows it."""

    kind: Literal["duty.done"] = "duty.done"
    duty: Text
    document: Text


class KeyAdopted(Event):
    """The public part of the key that the ledger's heads are signed with from here on.

    `endorsement` is the signed note in which the key before it names this one. It is left out for
    a ledger's first key, and where the key before was lost: nobody can follow to such a key.
    """

    kind: Literal["key.adopted"] = "key.adopted"
    key: VerifierKey
    endorsement: Text | None = None
    reason: Text


class PackAdopted(Event):
    """A rule pack, with its full text."""

    kind: Literal["pack.adopted"] = "pack.adopted"
    pack: Id
    version: Id
    text: str
    digest: Digest


class RecordReversed(Event):
    """An entry taken back: nothing is edited, its effect is undone from this entry on.

    `replaced_by` is the event, recorded together with this one, that says what holds instead.
    """

    kind: Literal["record.reversed"] = "record.reversed"
    target: Id
    reason: Text
    replaced_by: Id | None = None


AnyEvent = Annotated[
    LedgerCreated
    | DeviceClassified
    | PartyRegistered
    | AuthorizationGranted
    | AuthorizationAmended
    | AuthorizationEnded
    | StockDeclared
    | LotReserved
    | LotExtended
    | LotReleased
    | LotExported
    | LotAttrited
    | LotRelocated
    | UsageReported
    | InterpretationAdopted
    | PackAdopted
    | ListAdopted
    | PartyCleared
    | SettingChanged
    | DutyDone
    | KeyAdopted
    | RecordReversed,
    Field(discriminator="kind"),
]
