"""A prefix of the ledger: all that a decision may ask of the facts, whoever keeps them.

The store answers from its tables, `ledger.core.memory` from plain lists; both give the same answers
for the same entries, and a test holds them to it.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, NamedTuple, Protocol

from ledger.core.events import (
    AnyEvent,
    AuthorizationAmended,
    AuthorizationEnded,
    AuthorizationGranted,
    DeviceClassified,
    DutyDone,
    InterpretationAdopted,
    ListAdopted,
    LotExtended,
    LotReserved,
    PackAdopted,
    PartyCleared,
    PartyRegistered,
    SettingChanged,
    UsageReported,
)
from ledger.core.positions import Drawn, Movement, Query, Shape

STATED: Final = (
    "party.registered",
    "device.classified",
    "authorization.granted",
    "authorization.amended",
    "authorization.ended",
    "usage.reported",
    "interpretation.adopted",
    "pack.adopted",
)
"""Kinds of events that say what is so, on which it depends what counts against a cap."""


class Head(NamedTuple):
    """A position in the ledger: how many entries, and their Merkle root in hex."""

    size: int
    root: str


@dataclass(frozen=True, slots=True)
class Reservation:
    """A reservation as the prefix knows it: what is still open, and until when it is held."""

    event: LotReserved
    hold_until: date
    open_units: int
    open_tpp: int
    released: bool


@dataclass(frozen=True, slots=True)
class Match:
    """A name of a party that is near one of a listed party: `score` of 100, rounded up.

    `entry` names the listed party within its list, `source` the list it stands on.
    """

    entry: str
    source: str
    listed_name: str
    party_name: str
    score: int
    why: str


class Prefix(Protocol):
    """Everything the ledger knew at a head; entries that were reversed are left out."""

    @property
    def head(self) -> Head:
        """The position that this prefix ends at."""

    def packs(self) -> Sequence[PackAdopted]:
        """The last adoption of each pack, in the order of first adoption."""

    def party(self, party: str) -> Sequence[PartyRegistered]:
        """Registrations of a party by their days; equal days as recorded."""

    def below(self, party: str) -> Sequence[str]:
        """Parties that ever named this one as their parent."""

    def device(self, device: str) -> Sequence[DeviceClassified]:
        """Classifications of a device by their days; equal days as recorded."""

    def devices(self) -> Sequence[str]:
        """Every device that was classified by an event."""

    def device_days(self) -> frozenset[date]:
        """Days on which any device was classified."""

    def grants_to(self, party: str) -> Sequence[AuthorizationGranted]:
        """Authorizations granted to a party, as recorded."""

    def grant(self, reference: str) -> AuthorizationGranted | None:
        """The grant of a reference."""

    def grant_changes(self, reference: str) -> Sequence[AuthorizationAmended | AuthorizationEnded]:
        """Amendments and ends of a grant by their days; equal days as recorded."""

    def readings(self, switch: str) -> Sequence[InterpretationAdopted]:
        """Readings adopted for a switch by their days; equal days as recorded."""

    def usage(self, cap: str, holder: tuple[str, ...]) -> Sequence[UsageReported]:
        """Draws of others that were reported for a holder."""

    def draws(self, query: Query) -> Iterable[Drawn]:
        """Sums of the movements that a query asks for."""

    def expect(self, queries: Iterable[Query], *, listed: bool = False) -> None:
        """Be told which sums will be asked for next: a prefix that reads many at once does so now.

        With `listed` it is the movements that will be. What was read for an earlier such call is
        let go.
        """

    def listed(self, query: Query) -> Iterable[tuple[str, Movement]]:
        """The movements behind such sums, each with the id of the event that added it."""

    def movements_of(self, lot: str) -> Sequence[Movement]:
        """Every movement that belongs to a lot or a reservation."""

    def life_of(self, lot: str) -> Sequence[tuple[str, Movement]]:
        """The same as recorded, each with the id of the event that added it."""

    def bundle(self, bundle: str) -> Sequence[LotReserved]:
        """The reservations that were placed as one bundle, as recorded."""

    def of_device(self, device: str) -> Sequence[tuple[str, Movement]]:
        """Every movement of a device as recorded, each with the id of the event that added it."""

    def places(self, event_ids: Collection[str]) -> dict[str, int]:
        """Where events stand: their entries' places by their ids."""

    def stated(self) -> Sequence[tuple[int, AnyEvent]]:
        """Every entry that states what is so (`STATED`), or takes such a one back, with its place.

        Reversed ones are among them.
        """

    def open_reservations(self) -> Sequence[str]:
        """Ids of the reservations that still hold something."""

    def extensions(self, reservation: str) -> Sequence[LotExtended]:
        """The extensions of a hold by their days; equal days as recorded."""

    def reservation(self, event_id: str) -> Reservation | None:
        """A reservation and what is left of it."""

    def find(self, event_id: str) -> AnyEvent | None:
        """The event with an id, reversed or not."""

    def is_reversed(self, event_id: str) -> bool:
        """Whether an event was taken back."""

    def caused_by(self, event_id: str) -> Sequence[Movement]:
        """The movements that an event added."""

    def holders(self, shape: Shape) -> Sequence[tuple[str, ...]]:
        """Every combination of a shape's fields that any movement has."""

    def reported_holders(self, cap: str) -> Sequence[tuple[str, ...]]:
        """Every holder for which others' draws on a cap were reported."""

    def parties(self) -> Sequence[str]:
        """Every party that was registered."""

    def gone(
        self, first: date, until: date, under: Collection[str] | None = None
    ) -> Sequence[Movement]:
        """Lots that went on the days from `first` to the one before `until`, as they stand now.

        One movement of a lot, in the order of days and, of a day, as recorded; those `under` some
        authorizations alone.
        """

    def lists(self) -> Sequence[ListAdopted]:
        """Every screening list that was adopted, by the day it was published."""

    def matches(self, digest: str, names: Sequence[str], at_least: int) -> Sequence[Match]:
        """Listed parties of an adopted list with a name near one of these, best first."""

    def clearances(self, party: str) -> Sequence[PartyCleared]:
        """Clearances of a party by their days; equal days as recorded."""

    def settings(self, setting: str) -> Sequence[SettingChanged]:
        """Changes of a setting by their days; equal days as recorded."""

    def duties_done(self) -> Sequence[DutyDone]:
        """Every duty that was recorded as done."""

    def granted(self, authorization: str) -> Sequence[AuthorizationGranted]:
        """Every grant of one authorization."""
