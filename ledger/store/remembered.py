"""What an open ledger remembers of what it read, for as long as it stays true."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from ledger.core.events import AnyEvent
from ledger.core.positions import STANDARD_SHAPES, Shape
from ledger.core.precedents import Precedents
from ledger.core.prefix import Match
from ledger.store.draws import Ask
from ledger.store.known_draws import KnownDraws
from ledger.store.statements import Statements

MAIN: Final = Statements()

MOST_KEPT: Final = 20_000
"""What is remembered of each sort, before that memory is begun anew."""


@dataclass(slots=True)
class Remembered:
    """What was read of a ledger's facts: good until an event about the same subject is appended."""

    about: dict[tuple[str, str], Sequence[Any]] = field(default_factory=dict)
    of_kind: dict[str, dict[tuple[str, ...], Sequence[Any]]] = field(default_factory=dict)
    matched: dict[tuple[str, tuple[str, ...], int], Sequence[Match]] = field(default_factory=dict)
    located: dict[str, tuple[int, AnyEvent]] = field(default_factory=dict)
    accepted: set[tuple[object, ...]] = field(default_factory=set)
    precedents: Precedents = field(default_factory=Precedents)
    units: dict[tuple[str, str], int] = field(default_factory=dict)
    draws: KnownDraws = field(default_factory=KnownDraws)
    shapes: frozenset[Shape] | None = None

    def totalled(self, shape: Shape, ask: Ask) -> bool:
        """Whether totals are kept of a shape: not of one that only a supposed pack asks for."""
        if shape in STANDARD_SHAPES:
            return True
        if self.shapes is None:
            rows = ask(MAIN.shapes).fetchall()
            self.shapes = frozenset(tuple(text.split(",")) for (text,) in rows)
        return shape in self.shapes
