"""The facts of a request on its day: device, class, parties, the licence line, the holders."""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from fractions import Fraction
from functools import cached_property
from typing import Final, Self

from ledger.core.devices import Classification, ic_tpp, unit_tpp
from ledger.core.errors import InvalidRequest, NotFound
from ledger.core.events import (
    DeviceClassified,
    DeviceFacts,
    LicenceLine,
    ListAdopted,
    PartyRegistered,
)
from ledger.core.grants import Grant, line_units, live_grants
from ledger.core.law.caps import Cap
from ledger.core.law.conditions import Test
from ledger.core.law.law import Law
from ledger.core.lots import Request
from ledger.core.parties import PartyFacts, controllers, latest, party_facts
from ledger.core.positions import BASIS, Query, line_key
from ledger.core.prefix import Prefix
from ledger.core.ratings import device_on
from ledger.core.screening import Hit, hits, list_on, names_of
from ledger.core.values import Tpp
from ledger.core.verdicts import Verdict

OF_A_LINE: Final = frozenset({"reference", "line"})
"""Holder keys that the licence line gives."""


@dataclass(frozen=True, slots=True)
class CoveringLine:
    """The licence line that covers a lot."""

    grant: Grant
    line: LicenceLine

    @property
    def key(self) -> str:
        """How the line is named in a position."""
        return line_key(self.grant.reference, self.line.line)

    @property
    def units(self) -> int:
        """The line's quantity with its tolerance, in whole units."""
        return line_units(self.line)


def _meant(party: str, prefix: Prefix) -> str:
    near = get_close_matches(party, prefix.parties(), n=3)
    return f"did you mean {' or '.join(near)}? Else " if near else ""


class Facts:
    """Everything that is known of a request on its day, under a law."""

    def __init__(self, request: Request, prefix: Prefix, law: Law, line: str | None = None) -> None:
        """Look everything up; raises `InvalidRequest` where the request names what is unknown.

        `line` names the licence line that is meant, else one is looked for.

        `consulted` gathers the groups that tests ask about, so that an answer can say what it
        rests on.
        """
        self.request, self.prefix, self.law, self.on = request, prefix, law, request.on
        self.rules = law.of_day(request.on)
        try:
            self.device: DeviceFacts = device_on(request.device, request.on, prefix, law)
        except NotFound as unknown:
            raise InvalidRequest(unknown.what, where="device", cure=unknown.cure) from unknown
        self.consulted: set[str] = set()
        self._holders: dict[tuple[str, ...], tuple[str, ...] | None] = {}
        self._hits: dict[str, tuple[Hit, ...]] = {}
        self._names: dict[str, tuple[str, ...]] = {}
        self._roles: dict[tuple[str, ...], list[tuple[str, PartyFacts]]] = {}
        self._grants: dict[str, list[Grant]] = {}
        self._registered: dict[str, PartyRegistered | None] = {}
        self._controllers: dict[str, tuple[tuple[str, ...], bool]] = {}
        self._verdicts: dict[int, tuple[Test, Verdict]] = {}
        self._named_line = line
        self.unit_tpp = Tpp(request.unit_tpp or unit_tpp(self.device))
        self.parties = {role: self._party(role, party) for role, party in request.parties().items()}
        self.exporter = self._party("exporter", request.exporter)

    def _party(self, role: str, party: str) -> PartyFacts:
        if not self.prefix.party(party):
            raise InvalidRequest(
                f"the party '{party}' is not registered",
                where=role,
                cure=_meant(party, self.prefix)
                + "record party.registered for it, with its headquarters and ultimate parent",
            )
        return party_facts(party, self.on, self.prefix.party)

    def again(self, request: Request, prefix: Prefix) -> Self:
        """The same facts for another quantity, on a prefix that differs in movements alone.

        Meant for a request that is the same but for its quantity. What draws may change is asked
        anew.
        """
        same = object.__new__(type(self))
        same.__dict__.update(self.__dict__, request=request, prefix=prefix)
        for drawn in ("covering_line", "tpp"):
            same.__dict__.pop(drawn, None)
        return same

    @cached_property
    def tpp(self) -> Tpp:
        """TPP of the whole lot."""
        return Tpp(self.unit_tpp * self.request.quantity)

    def registered(self, party: str) -> PartyRegistered | None:
        """The registration of a party in force on the day."""
        if party not in self._registered:
            self._registered[party] = latest(self.prefix.party(party), self.on)
        return self._registered[party]

    def controllers(self, party: str) -> tuple[tuple[str, ...], bool]:
        """A party and its parents step by step, and whether the last one is surely the ultimate."""
        if party not in self._controllers:
            self._controllers[party] = controllers(party, self.on, self.prefix.party)
        return self._controllers[party]

    @cached_property
    def classification(self) -> Classification:
        """The item class of the device under the law of the day."""
        return self.rules.classified(self.device)

    @cached_property
    def ic_tpp(self) -> Fraction:
        """TPP of one IC of the device."""
        return ic_tpp(self.device)

    @property
    def device_source(self) -> str:
        """Where the device's facts stand: an event, or the catalogue."""
        if isinstance(self.device, DeviceClassified):
            return self.device.id
        return f"the device catalogue: {self.device.device}"

    def hits(self, party: str) -> tuple[Hit, ...]:
        """Listed parties that a party matches; each party is looked up once."""
        if party not in self._hits:
            self._hits[party] = hits(party, self.screening_list, self.on, self.prefix)
        return self._hits[party]

    @cached_property
    def screening_list(self) -> ListAdopted | None:
        """The screening list of the day."""
        return list_on(self.prefix, self.on)

    def names(self, party: str) -> tuple[str, ...]:
        """The names that a party is screened by."""
        if party not in self._names:
            self._names[party] = names_of(party, self.on, self.prefix)
        return self._names[party]

    def grants(self, party: str) -> list[Grant]:
        """Grants of a party that are valid for the destination on the day."""
        if party not in self._grants:
            destination = self.request.destination
            self._grants[party] = live_grants(self.prefix, party, destination, self.on)
        return self._grants[party]

    def roles(self, of: tuple[str, ...]) -> list[tuple[str, PartyFacts]]:
        """The parties in some roles; of none named, all parties to the lot but the exporter."""
        if of not in self._roles:
            everyone = {**self.parties, **({"exporter": self.exporter} if "exporter" in of else {})}
            self._roles[of] = [
                (role, facts)
                for role, facts in everyone.items()
                if not of or role.partition("[")[0] in of
            ]
        return self._roles[of]

    @cached_property
    def covering_line(self) -> CoveringLine | None:
        """The live licence line for this very device, exporter, consignee and place.

        Of several, the first with enough left for the lot, else the one with the most left.
        """
        if len(self.lines) < 2:  # noqa: PLR2004 -- there is nothing to choose
            return next(iter(self.lines), None)
        enough = (one for one in self.lines if self._units_left(one) >= self.request.quantity)
        return next(enough, max(self.lines, key=self._units_left))

    @property
    def own_line(self) -> tuple[str, int] | None:
        """The line that carries the whole lot, with the units that the lot uses up of it."""
        covering, wanted = self.covering_line, self.request.quantity
        if covering is None or self._units_left(covering) < wanted:
            return None
        return covering.key, wanted

    @cached_property
    def lines(self) -> tuple[CoveringLine, ...]:
        """Every live licence line that may cover the lot, whatever is left of it."""
        return tuple(self._lines())

    def _lines(self) -> Iterator[CoveringLine]:
        request = self.request
        for grant in self.grants(request.ultimate_consignee):
            if grant.exporter in (None, request.exporter):
                matching = (line for line in grant.lines if line.device == request.device)
                found = (CoveringLine(grant, line) for line in matching)
                yield from (one for one in found if self._named_line in (None, one.key))

    def _units_left(self, covering: CoveringLine) -> int:
        query = Query(
            shape=("line",),
            key=(covering.key,),
            kinds=BASIS["exported"],
            exact_from=self.on,
        )
        return covering.units - sum(drawn.units for drawn in self.prefix.draws(query))

    def holder(self, cap: Cap) -> tuple[str, ...] | None:
        """The keys whose share of a cap the lot would use; None where one is not known."""
        if not OF_A_LINE.isdisjoint(cap.per):  # which line it is depends on what was drawn
            return self._holder(cap)
        if cap.per not in self._holders:
            self._holders[cap.per] = self._holder(cap)
        return self._holders[cap.per]

    def _holder(self, cap: Cap) -> tuple[str, ...] | None:
        keys = [self._holder_key(key) for key in cap.per]
        known = [key for key in keys if key is not None]
        return tuple(known) if len(known) == len(keys) else None

    def _holder_key(self, key: str) -> str | None:
        match key:
            case "ultimate_parent" | "family":
                return self.parties["ultimate_consignee"].ultimate_parent
            case "reference":
                return None if self.covering_line is None else self.covering_line.grant.reference
            case "line":
                return None if self.covering_line is None else str(self.covering_line.line.line)
            case _:
                return str(getattr(self.request, key))
