"""What became of a reservation: whether it is open, event by event, and what it is linked to."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from ledger.core.events import LotReserved
from ledger.core.prefix import Prefix
from ledger.core.reservations import Ended, State, ended, known_reservation, reinstated_by


@dataclass(frozen=True, slots=True)
class Held:
    """A reservation as it stands at a head: `life` is what each event added or took, in units."""

    event: LotReserved
    open_units: int
    hold_until: date
    end: Ended | None
    reinstated_by: str | None
    life: tuple[tuple[str, int], ...]

    @property
    def state(self) -> State:
        """Open, or how it ended."""
        return "open" if self.end is None else self.end.state

    def as_data(self) -> dict[str, Any]:
        """The reservation for programs."""
        return {
            "state": self.state,
            "open_units": self.open_units,
            "hold_until": str(self.hold_until),
            "ended_by": None if self.end is None else self.end.event.id,
            "ended_on": None if self.end is None else str(self.end.event.on),
            "reinstates": self.event.reinstates,
            "reinstated_by": self.reinstated_by,
            "bundle": self.event.bundle,
            "life": [{"event": by, "units": units} for by, units in self.life],
        }


def held(reservation: str, prefix: Prefix) -> Held:
    """How a reservation stands; raises `NotFound`."""
    found = known_reservation(reservation, prefix)
    after = reinstated_by(reservation, prefix)
    life = [(by, movement.units) for by, movement in prefix.life_of(reservation)]
    return Held(
        event=found.event,
        open_units=found.open_units,
        hold_until=found.hold_until,
        end=ended(found, prefix),
        reinstated_by=None if after is None else after.id,
        life=tuple((by, units) for by, units in life if units),
    )
