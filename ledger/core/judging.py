"""Judging: whether a draw counts against a cap for a holder, by the facts and the law of a day."""

from datetime import date

from ledger.core.events import DeviceClassified
from ledger.core.kinship import above, kin
from ledger.core.law.caps import Cap, Counts
from ledger.core.law.law import Law
from ledger.core.law.logic import every
from ledger.core.parties import party_facts, ultimate_parent
from ledger.core.plans import Known, Plan, may_count
from ledger.core.positions import FREEING, Drawn
from ledger.core.prefix import Prefix
from ledger.core.ratings import facts_on
from ledger.core.switches import reading

BY_PARENT = frozenset({"ultimate_parent", "family"})

Holder = tuple[str, ...]


class Judge:
    """Says of draws whether they count, under the law of one day."""

    def __init__(self, prefix: Prefix, law: Law, on: date, known: Known) -> None:
        """Hold what every draw of one question shares; `known` is kept for the next question."""
        self.prefix, self.law, self.on, self.known = prefix, law, on, known
        self._rules = law.of_day(on)

    def counts(
        self, plan: Plan, cap: Cap, holder: Holder, party: str, row: Drawn, *, whole: bool = False
    ) -> bool:
        """Whether a draw counts; asked once for all alike between two turns of the facts."""
        alike = (party, whole, plan.span(row.on), row[1:6])
        counts = plan.counted.get(alike)
        if counts is None:
            counts = plan.counted[alike] = self._asked(cap, holder, party, row, whole=whole)
        return counts

    def _asked(self, cap: Cap, holder: Holder, party: str, row: Drawn, *, whole: bool) -> bool:
        """Whether a draw counts, in doubt as the stricter reading has it.

        What is added counts if it may; what is freed only if it surely counted before, since units
        that leave are not traced to the day they came. In the denominator of a share (`whole`) it
        is the other way round.
        """
        if cap.ratio is not None and row.device != holder[0]:
            return False
        classes = self._class_verdicts(cap, row)
        parents = self._parent_verdicts(cap, holder, party, row)
        in_doubt = (row.kind in FREEING) == whole
        if in_doubt:
            counted = may_count(classes) and may_count(parents)
        else:
            counted = every((*classes, *parents)) is True
        return counted and self._allocated(cap.counts, row)

    def _class_verdicts(self, cap: Cap, row: Drawn) -> list[bool | None]:
        """Whether the device was of a counted class: on the draw's day; if freed, ever since."""
        if not cap.counts.classes:
            return []
        days = {row.on}
        if row.kind in FREEING:
            days |= {v.on for v in self.prefix.device(row.device) if v.on <= row.on} | {date.min}
        found = [self._class_of(row.device, day) for day in sorted(days)]
        return [None if one is None else one in cap.counts.classes for one in found]

    def _parent_verdicts(
        self, cap: Cap, holder: Holder, party: str, row: Drawn
    ) -> list[bool | None]:
        """Whether the party was of the family: on the draw's day; if freed, ever since."""
        if not party:
            return []
        top = next(h for key, h in zip(cap.per, holder, strict=True) if key in BY_PARENT)
        days = {row.on}
        if row.kind in FREEING:
            chain = kin([party], lambda one: above(one, self.prefix))
            first = min((v.on for v in self.prefix.party(party)), default=row.on)
            changes = {v.on for one in chain for v in self.prefix.party(one)}
            days |= {day for day in changes if first <= day <= row.on}
        found = [self._parent(party, day) for day in sorted(days)]
        return [None if one is None else one == top for one in found]

    def _parent(self, party: str, on: date) -> str | None:
        parents = self.known.parents
        if (party, on) not in parents:
            parents[party, on] = ultimate_parent(party, on, self.prefix.party)
        return parents[party, on]

    def _allocated(self, counts: Counts, row: Drawn) -> bool:
        """Whether a licence draws on the allocation, as the switch has it."""
        if counts.not_headquartered_in is None or not self._switched(counts.when_switch or {}):
            return True
        facts = party_facts(row.party, row.on, self.prefix.party)
        return not any(
            iso is not None and self.law.is_member(counts.not_headquartered_in, iso, row.on)
            for iso in (facts.headquarters, facts.ultimate_parent_headquarters)
        )

    def _switched(self, wanted: dict[str, str]) -> bool:
        return all(
            reading(switch, self.on, self.prefix, self.law) == value
            for switch, value in wanted.items()
        )

    def _class_of(self, device: str, on: date) -> str | None:
        facts = facts_on(device, on, self.prefix, self.law)
        if facts is None:
            return None
        classified = self.known.classified
        which = facts.id if isinstance(facts, DeviceClassified) else facts.device
        if which not in classified:
            classified[which] = self._rules.classified(facts).item_class
        return classified[which]
