"""A request with all its facts on its day, and the tests of law that are asked of them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from ledger.core.devices import Classification, classify, unit_tpp
from ledger.core.errors import InvalidRequest, NotFound
from ledger.core.events import DeviceFacts, LicenceLine
from ledger.core.grants import Grant, live_grants
from ledger.core.law.law import Law, among, every, some
from ledger.core.law.rows import Cap, Test
from ledger.core.lots import Request
from ledger.core.parties import PartyFacts, party_facts
from ledger.core.positions import BASIS, Query, line_key
from ledger.core.prefix import Prefix
from ledger.core.ratings import device_on
from ledger.core.switches import reading
from ledger.core.values import UNKNOWN, Tpp


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a test found, and whether it holds; None where a fact is not known."""

    holds: bool | None
    found: str


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
        tolerance = self.line.tolerance_percent or 0
        return int(self.line.quantity * (100 + tolerance) // 100)


class Situation:
    """The facts of a request on its day, under a law."""

    def __init__(self, request: Request, prefix: Prefix, law: Law, line: str | None = None) -> None:
        """Look everything up; raises `InvalidRequest` where the request names what is unknown.

        `line` names the licence line that is meant, else one is looked for.

        `consulted` gathers the groups that tests ask about, so that an answer can say what it
        rests on.
        """
        self.request, self.prefix, self.law, self.on = request, prefix, law, request.on
        try:
            self.device: DeviceFacts = device_on(request.device, request.on, prefix, law)
        except NotFound as unknown:
            raise InvalidRequest(unknown.what, where="device", cure=unknown.cure) from unknown
        self.consulted: set[str] = set()
        self._named_line = line
        self.unit_tpp = Tpp(request.unit_tpp or unit_tpp(self.device))
        self.tpp = Tpp(self.unit_tpp * request.quantity)
        self.parties = {role: self._party(role, party) for role, party in request.parties().items()}
        self._party("exporter", request.exporter)

    def _party(self, role: str, party: str) -> PartyFacts:
        if not self.prefix.party(party):
            raise InvalidRequest(
                f"the party '{party}' is not registered",
                where=role,
                cure="record party.registered for it, with its headquarters and ultimate parent",
            )
        return party_facts(party, self.on, self.prefix.party)

    @cached_property
    def classification(self) -> Classification:
        """The item class of the device under the law of the day."""
        return classify(self.device, self.law.classes(self.on))

    @cached_property
    def covering_line(self) -> CoveringLine | None:
        """The live licence line for this very device, exporter, consignee and place.

        Of several, the first with enough left for the lot, else the one with the most left.
        """
        lines = list(self._covering_lines())
        enough = (one for one in lines if self._units_left(one) >= self.request.quantity)
        return next(enough, max(lines, key=self._units_left, default=None))

    def _covering_lines(self) -> Iterator[CoveringLine]:
        request = self.request
        for grant in live_grants(
            self.prefix, request.ultimate_consignee, request.destination, self.on
        ):
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

    def holds(self, tests: Iterable[Test]) -> bool | None:
        """Whether all tests hold."""
        return every(self.verdict(test).holds for test in tests)

    def verdict(self, test: Test) -> Verdict:  # noqa: PLR0911 -- one case per kind of fact
        """Ask one test of the facts."""
        match test.fact:
            case "item_class":
                found = self.classification
                label = f"{found.item_class or UNKNOWN} ({found.why})"
                return Verdict(self._among(test, [found.item_class]), label)
            case "location" | "headquarters":
                return self._party_verdict(test)
            case "status":
                return self._status(test)
            case "switch":
                return self._switch(test)
            case "licence_line":
                return self._licence_line()
            case "dram_bandwidth":
                return self._dram_bandwidth(test)
            case "data_center":
                value = "yes" if self.device.data_center else "no"
            case _:
                value = str(getattr(self.request, test.fact))
        return Verdict(self._among(test, [value]), value)

    def _party_verdict(self, test: Test) -> Verdict:
        values: list[str | None] = []
        shown = []
        for role, facts in self._roles(test.of):
            if test.fact == "location":
                values.append(facts.location)
                shown.append(f"{facts.party} ({role}) in {facts.location or UNKNOWN}")
            else:
                own, parent = facts.headquarters, facts.ultimate_parent_headquarters
                values += [own, parent]
                shown.append(
                    f"{facts.party} ({role}) {own or UNKNOWN}, its ultimate parent "
                    f"{facts.ultimate_parent or UNKNOWN} {parent or UNKNOWN}"
                )
        return Verdict(self._among(test, values), "; ".join(dict.fromkeys(shown)))

    def _roles(self, of: Sequence[str]) -> list[tuple[str, PartyFacts]]:
        return [
            (role, facts)
            for role, facts in self.parties.items()
            if not of or role.partition("[")[0] in of
        ]

    def _among(self, test: Test, values: Iterable[str | None]) -> bool | None:
        self.consulted |= {*test.groups, *test.not_groups}
        verdicts = [
            None if value is None else among(test, value, self.law, self.on) for value in values
        ]
        return some(verdicts) if test.some else every(verdicts)

    def _status(self, test: Test) -> Verdict:
        shown, verdicts = [], []
        for role, facts in self._roles(test.of):
            grants = [
                grant
                for grant in live_grants(
                    self.prefix, facts.party, self.request.destination, self.on
                )
                if grant.authorization in test.values
            ]
            verdicts.append(bool(grants))
            held = ", ".join(f"{grant.authorization} {grant.reference}" for grant in grants)
            shown.append(
                f"{facts.party} ({role}): {held or 'none for ' + self.request.destination}"
            )
        return Verdict(every(verdicts), "; ".join(shown))

    def _switch(self, test: Test) -> Verdict:
        value = reading(test.switch or "", self.on, self.prefix, self.law)
        if value is None:
            return Verdict(None, f"no reading adopted for {test.switch}")
        return Verdict(value in test.values, f"{test.switch} = {value}")

    def _dram_bandwidth(self, test: Test) -> Verdict:
        known = self.device.dram_bandwidth_gbps
        if known is None or test.at_least is None:
            return Verdict(None, "DRAM bandwidth not known")
        return Verdict(known >= test.at_least, f"{known} GB/s")

    def _licence_line(self) -> Verdict:
        covering = self.covering_line
        if covering is None:
            return Verdict(holds=False, found="no live licence line covers the lot")
        return Verdict(
            holds=True, found=f"licence {covering.grant.reference}, line {covering.line.line}"
        )
