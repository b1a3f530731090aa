"""Worlds: the ledger as it is, or as a scenario supposes it, each asked in the same way."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from hashlib import sha256
from typing import Any

from ledger.core.breaches import View
from ledger.core.causes import Causes
from ledger.core.decision import ENGINE, Decision, decide
from ledger.core.encoding import canonical, event_data
from ledger.core.events import AnyEvent
from ledger.core.law.law import Law
from ledger.core.law.row import Posture
from ledger.core.layered import Layered
from ledger.core.lots import Request
from ledger.core.precedents import Precedents
from ledger.core.prefix import Prefix
from ledger.core.settings import posture as posture_of
from ledger.service.sizes import Sizes
from ledger.store.as_of import AsOf
from ledger.store.ledger import Ledger
from ledger.store.prefix import StorePrefix
from ledger.whatif.loading import Loaded
from ledger.whatif.supposing import Hypothesis, Supposed, suppose


@dataclass(slots=True)
class World:
    """A prefix with its law, under a posture; `digest` addresses what is supposed on it."""

    ground: "Ground"
    prefix: Prefix
    law: Law
    posture: Posture | None
    digest: str
    supposed: Supposed | None = None
    precedents: Precedents = field(default_factory=Precedents)
    _views: dict[int, View] = field(default_factory=dict)

    @property
    def own(self) -> tuple[AnyEvent, ...]:
        """What is supposed, as events."""
        by = () if self.supposed is None else self.supposed.by
        return tuple(event for _, events in by for event in events)

    def posture_on(self, on: date) -> Posture:
        """The posture that decides on a day: the scenario's, else that of the settings."""
        return posture_of(self.posture, on, self.prefix)

    def decide(self, request: Request, after: Layered | None = None) -> Decision:
        """Decide on a lot, or on one that goes `after` some others.

        An answer that rests on what is only supposed has an id of its own.
        """
        posture = self.posture_on(request.on)
        if after is None:
            found = decide(request, self.law, self.prefix, posture, precedents=self.precedents)
        else:
            found = decide(request, self.law, after, posture)
        before = [] if after is None else [event_data(event) for event in after.events]
        if not self.own and not before:
            return found
        said = canonical({"of": found.decision_id, "in": self.digest, "after": before})
        own = sha256(said).hexdigest()
        return found.model_copy(update={"decision_id": own})

    def view(self) -> View:
        """The whole of it, to be asked for breaches."""
        return self.at(self.size)

    @property
    def size(self) -> int:
        """Entries of the ledger and events that are supposed."""
        return self.prefix.head.size + len(self.own)

    def at(self, size: int) -> View:
        """The ledger at a size; beyond its head with as many of the events that are supposed."""
        beyond = size - self.prefix.head.size
        if beyond <= 0:
            return self.ground.sizes.at(size)
        if size not in self._views:
            prefix = Layered(self.ground.prefix, self.ground.law)
            for event in self.own[:beyond]:
                prefix.append(event)
            self._views[size] = View(prefix, prefix.law)
        return self._views[size]

    def causes(self) -> Causes:
        """Who made what pass, an entry or what is supposed."""
        return Causes(self.at, self.size)

    def event(self, place: int) -> tuple[AnyEvent, bool]:
        """The event at a place, and whether it is supposed."""
        beyond = place - self.prefix.head.size
        if beyond > 0:
            return self.own[beyond - 1], True
        return self.ground.sizes.entry(place).event, False


@dataclass
class Ground:
    """An open ledger up to a head: what every scenario of it stands on."""

    ledger: Ledger
    prefix: StorePrefix
    law: Law
    sizes: Sizes
    precedents: Precedents = field(default_factory=Precedents)

    @cached_property
    def _law(self) -> list[dict[str, Any]]:
        return [one.model_dump() for one in self.law.digests]

    def as_of(self) -> dict[str, Any]:
        """The head that every answer names."""
        return {"size": self.prefix.head.size, "root": self.prefix.head.root}

    def bare(self, posture: Posture | None) -> World:
        """The ledger as it is."""
        digest = self.digest((), posture)
        return World(self, self.prefix, self.law, posture, digest, precedents=self.precedents)

    def with_(self, hypotheses: tuple[Hypothesis, ...], posture: Posture | None) -> World:
        """The ledger with hypotheses; raises what `suppose` raises."""
        supposed = suppose(Layered(self.prefix, self.law), hypotheses, posture)
        return World(
            ground=self,
            prefix=supposed.prefix,
            law=supposed.prefix.law,
            posture=posture,
            digest=self.digest(hypotheses, posture),
            supposed=supposed,
        )

    def world(self, loaded: Loaded, posture: Posture | None = None) -> World:
        """The world of a scenario; a posture that is given goes before its own."""
        return self.with_(loaded.hypotheses, posture or loaded.scenario.base.posture)

    def digest(self, hypotheses: tuple[Hypothesis, ...], posture: Posture | None) -> str:
        """What addresses a scenario: the head, the law, the hypotheses, the posture, the engine."""
        about = {
            "engine": ENGINE,
            "head": self.as_of(),
            "law": self._law,
            "posture": posture or "",
            "hypotheses": [one.plain() for one in hypotheses],
        }
        return sha256(canonical(about)).hexdigest()


@contextmanager
def ground(url: str, as_of: AsOf | None = None) -> Iterator[Ground]:
    """The ledger at a URL, at its head or an earlier one, read in one transaction."""
    ledger = Ledger.open(url)
    try:
        with ledger.reading(as_of) as prefix:
            yield Ground(ledger, prefix, ledger.law(prefix), Sizes(ledger, prefix))
    finally:
        ledger.close()
