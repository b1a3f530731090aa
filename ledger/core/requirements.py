"""Requirements: what the rules of the day ask of a lot and what was found, whatever the posture."""

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Final, TypeVar

from ledger.core.law.logic import every, negated
from ledger.core.law.rows import Authorization, LicenceRequirement
from ledger.core.situation import Situation
from ledger.core.values import Value

MOST_KEPT: Final = 20_000
"""How many findings are kept, before that memory is begun anew."""

V = TypeVar("V", bound=Value)


class RequirementFound(Value):
    """A requirement, what it needs and what was found; `holds` is null where a fact is open.

    `row` is the id of the row of law that asks for it; `sources` are the events (or words for what
    is no event) in which the facts stand.
    """

    fact: str
    needs: str
    found: str
    holds: bool | None
    cite: str
    row: str = ""
    sources: tuple[str, ...] = ()


class Found:
    """What was found of lots, each equal finding made once: most lots meet the same ones."""

    def __init__(self, most: int = MOST_KEPT) -> None:
        """Keep at most so many."""
        self.most = most
        self._kept: dict[tuple[object, ...], Value] = {}

    def requirement(
        self,
        *,
        fact: str,
        needs: str,
        found: str,
        holds: bool | None,
        cite: str,
        row: str,
        sources: tuple[str, ...] = (),
    ) -> RequirementFound:
        """The requirement with these fields."""

        def make() -> RequirementFound:
            return RequirementFound(
                fact=fact,
                needs=needs,
                found=found,
                holds=holds,
                cite=cite,
                row=row,
                sources=sources,
            )

        return self.once((fact, needs, found, holds, cite, row, sources), make)

    def once(self, key: tuple[object, ...], make: Callable[[], V]) -> V:
        """What was made under a key before, else what is made now.

        A key may hold ids of what was made here, if the value holds the things themselves.
        """
        known = self._kept.get(key)
        if known is None:
            if len(self._kept) >= self.most:
                self._kept = {}
            known = self._kept[key] = make()
        return known  # type: ignore[return-value]  # a key is that of one kind of value


def _applies(row: LicenceRequirement, situation: Situation) -> bool | None:
    evidence = None if row.evidence == "UNCONFIRMED" else True
    applies = every((evidence, situation.holds(row.when)))
    if applies is False or not row.unless:
        return applies
    return every((applies, negated(situation.exempt(row.unless))))


def _asks(row: LicenceRequirement, applies: bool | None, situation: Situation) -> str:  # noqa: FBT001 -- a logic value
    words = {True: "it applies", False: "it does not apply", None: "it may apply"}[applies]
    # An exemption whose very first test fails is about other lots.
    near = [one for one in row.unless if situation.holds(one.when[:1]) is not False]
    tests = [*row.when, *(test for one in near for test in one.when)]
    return f"{words}: {'; '.join(dict.fromkeys(situation.verdict(test).found for test in tests))}"


class Requirements:
    """Asks each rule once, for whichever authorizations and postures it is looked at."""

    def __init__(self, situation: Situation, found: Found | None = None) -> None:
        """Ask about one lot; `found` is what was found of others under the same law."""
        self.situation = situation
        self.found = Found() if found is None else found
        self._own: dict[int, tuple[RequirementFound, ...]] = {}
        self._applies: dict[int, bool | None] = {}
        self._asking: dict[int, RequirementFound] = {}

    def own(self, row: Authorization) -> tuple[RequirementFound, ...]:
        """What an authorization itself requires, where it applies to the lot."""
        # The rows are those of the law, which outlives the question: their ids stay theirs.
        if id(row) not in self._own:
            self._own[id(row)] = tuple(_own(row, self.situation, self.found))
        return self._own[id(row)]

    def asks(self, row: LicenceRequirement) -> bool | None:
        """Whether a rule asks for a licence of the lot: its case is met and no exemption is."""
        if id(row) not in self._applies:
            self._applies[id(row)] = _applies(row, self.situation)
        return self._applies[id(row)]

    def no_licence(self, row: LicenceRequirement) -> RequirementFound:
        """That a rule does not ask for a licence of the lot."""
        if id(row) not in self._asking:
            found = _not_asked(row, self.situation, self.found, applies=self.asks(row))
            self._asking[id(row)] = found
        return self._asking[id(row)]

    @cached_property
    def gaps(self) -> tuple[RequirementFound, ...]:
        """What is not modelled and might let the lot go, or ask a licence of it."""
        situation = self.situation
        return tuple(
            self.found.requirement(
                fact="not_modelled",
                needs="rules that are modelled",
                found=f"not modelled: {gap.title}",
                holds=None,
                cite=gap.cite,
                row=gap.id,
                sources=situation.sources(gap.when),
            )
            for gap in situation.rules.gaps
            if gap.when and situation.holds(gap.when) is not False
        )


def _not_asked(
    row: LicenceRequirement,
    situation: Situation,
    found: Found,
    *,
    applies: bool | None,
) -> RequirementFound:
    situation.rests_on(row.when)
    return found.requirement(
        fact="licence_requirement",
        needs=f"no licence requirement: {row.title}",
        found=_asks(row, applies, situation),
        holds=None if applies is None else not applies,
        cite=row.cite,
        row=row.id,
        sources=situation.sources(row.when),
    )


def _own(row: Authorization, situation: Situation, found: Found) -> Iterator[RequirementFound]:
    for requirement in row.requirements:
        applies = situation.holds(requirement.when)
        if applies is False:
            continue
        situation.rests_on(requirement.when)
        situation.rests_on((requirement,))
        verdict = situation.verdict(requirement)
        holds = verdict.holds
        if requirement.evidence == "UNCONFIRMED" or (applies is None and holds is False):
            holds = None
        yield found.requirement(
            fact=requirement.fact,
            needs=requirement.needs,
            found=verdict.found,
            holds=holds,
            cite=requirement.cite,
            row=row.id,
            sources=verdict.sources,
        )
