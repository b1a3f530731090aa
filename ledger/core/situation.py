"""A situation: the facts of a request, and the tests of law that are asked of them."""

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from typing import Final

from ledger.core import standing
from ledger.core.events import UNSTATED
from ledger.core.facts import CoveringLine, Facts
from ledger.core.law.conditions import Exemption, Test
from ledger.core.law.day import among
from ledger.core.law.logic import every, some
from ledger.core.switches import adopted_reading, reading
from ledger.core.values import UNKNOWN, Tpp
from ledger.core.verdicts import Verdict

__all__ = ["CoveringLine", "Situation", "Verdict"]


class Situation(Facts):
    """Facts that can be asked: whether tests hold, what was found, and where that stands."""

    def holds(self, tests: Sequence[Test]) -> bool | None:
        """Whether all tests hold."""
        return every(self.verdict(test).holds for test in tests) if tests else True

    def sources(self, tests: Iterable[Test]) -> tuple[str, ...]:
        """Where the facts behind some tests stand, each once."""
        return tuple(dict.fromkeys(one for test in tests for one in self.verdict(test).sources))

    def exempt(self, exemptions: Iterable[Exemption]) -> bool | None:
        """Whether some exemption is met."""
        return some(self.holds(exemption.when) for exemption in exemptions)

    def verdict(self, test: Test) -> Verdict:
        """Ask one test of the facts."""
        # Many rows ask the same, and each is asked more than once. Keeping a test keeps its id.
        test = self.law.alike.get(id(test), test)
        known = self._verdicts.get(id(test))
        if known is None:
            known = test, _ASK.get(test.fact, _of_the_lot)(self, test)
            self._verdicts[id(test)] = known
        return known[1]

    def rests_on(self, tests: Iterable[Test]) -> None:
        """Keep in `consulted` what an answer rests on: the groups that some tests ask about."""
        for test in tests:
            if test.groups or test.not_groups:
                self.consulted.update(test.groups, test.not_groups)


def _of_the_lot(facts: Facts, test: Test) -> Verdict:
    value = str(getattr(facts.request, test.fact))
    return Verdict(among(test, value, facts.rules), value, ("the request",))


def _item_class(facts: Facts, test: Test) -> Verdict:
    found = facts.classification
    label = f"{found.item_class or UNKNOWN} ({found.why})"
    holds = None
    if found.item_class is not None:
        holds = among(test, found.item_class, facts.rules)
    return Verdict(holds, label, (facts.device_source,))


def _eccn(facts: Facts, test: Test) -> Verdict:
    entry = facts.classification.entry
    holds = None if entry is None else among(test, entry, facts.rules)
    return Verdict(holds, entry or UNKNOWN, (facts.device_source,))


def _data_center(facts: Facts, test: Test) -> Verdict:
    value = "yes" if facts.device.data_center else "no"
    found = f"{'' if facts.device.data_center else 'not '}designed or marketed for data centers"
    return Verdict(among(test, value, facts.rules), found, (facts.device_source,))


def _vendor(facts: Facts, test: Test) -> Verdict:
    vendor, source = facts.device.vendor, (facts.device_source,)
    if vendor == UNSTATED:
        holds = False if UNSTATED in test.not_values else None
        return Verdict(holds, "the vendor is not stated", source)
    words = set(vendor.casefold().replace(",", " ").replace(".", " ").split())
    named = any(set(value.casefold().split()) <= words for value in test.values)
    return Verdict(named, vendor, source)


def _ic_tpp(facts: Facts, test: Test) -> Verdict:
    shown = f"{Tpp.ceiling(facts.ic_tpp).grouped()} TPP of one IC"
    return Verdict(_within(test, facts.ic_tpp), shown, (facts.device_source,))


def _dram_bandwidth(facts: Facts, test: Test) -> Verdict:
    known = facts.device.dram_bandwidth_gbps
    source = (facts.device_source,)
    if known is None:
        return Verdict(None, "DRAM bandwidth not known", source)
    return Verdict(_within(test, Fraction(known)), f"{known} GB/s", source)


def _within(test: Test, amount: Fraction) -> bool:
    """Whether an amount is within the bounds of a test: at_least counts in, below out."""
    enough = test.at_least is None or amount >= Fraction(test.at_least)
    return enough and (test.below is None or amount < Fraction(test.below))


def _switch(facts: Facts, test: Test) -> Verdict:
    name = test.switch or ""
    value = reading(name, facts.on, facts.prefix, facts.law)
    adopted = adopted_reading(name, facts.on, facts.prefix)
    source = f"the unset value of {name}" if adopted is None else adopted.id
    if value is None:
        return Verdict(None, f"no reading adopted for {name}", ())
    return Verdict(value in test.values, f"{name} = {value}", (source,))


def _licence_line(facts: Facts, _: Test) -> Verdict:
    covering = facts.covering_line
    if covering is None:
        return Verdict(holds=False, found="no live licence line covers the lot", sources=())
    return Verdict(
        holds=True,
        found=f"licence {covering.grant.reference}, line {covering.line.line}",
        sources=(covering.grant.event,),
    )


_ASK: Final[dict[str, Callable[[Facts, Test], Verdict]]] = {
    "item_class": _item_class,
    "eccn": _eccn,
    "vendor": _vendor,
    "data_center": _data_center,
    "ic_tpp": _ic_tpp,
    "dram_bandwidth": _dram_bandwidth,
    "location": standing.location,
    "headquarters": standing.headquarters,
    "party_kind": standing.party_kind,
    "listing": standing.listing,
    "screening": standing.screening,
    "owner_screening": standing.owner_screening,
    "affiliate": standing.affiliate,
    "status": standing.status,
    "switch": _switch,
    "licence_line": _licence_line,
}
"""Who answers a test of a fact; what is not here is a field of the request."""
