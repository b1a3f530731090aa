"""The half of China and Macau day by day: a naive reference that looks at every event.

It knows no roll-ups, books or windows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Final

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.core.events import (
    AnyEvent,
    AuthorizationGranted,
    LotExported,
    LotReserved,
    UsageReported,
)
from ledger.core.findings import figure
from tests.china import CAP, START, UNIT, chinese, gone, held, ledger, under
from tests.core.builders import on, used


@dataclass(frozen=True)
class Side:
    """What stands on each side of the ratio on one day, in tenths of TPP."""

    drawn: int = 0
    reserved: int = 0
    against: int = 0

    @property
    def allowance(self) -> int:
        return int(Fraction(self.against, 2))

    @property
    def headroom(self) -> int:
        return self.allowance - self.drawn - self.reserved


def naive_day(events: Sequence[AnyEvent], day: date) -> Side:
    """Both sides on a day, by looking at every event."""
    drawn = reserved_ = against = 0
    for event in events:
        match event:
            case LotExported() if event.device == "h100" and START <= event.on <= day:
                drawn += event.quantity * UNIT * (event.destination in ("CN", "HK", "MO"))
                against += event.quantity * UNIT * (event.destination == "US")
            case LotReserved() if event.device == "h100" and START <= event.on <= day:
                reserved_ += event.quantity * UNIT * (event.destination in ("CN", "HK", "MO"))
            case AuthorizationGranted():
                reserved_ += naive_balance(events, event, day) * UNIT
            case UsageReported() if START <= event.on <= day:
                drawn += int(event.tpp)
            case _:
                continue
    return Side(drawn, reserved_, against)


def naive_balance(events: Sequence[AnyEvent], grant: AuthorizationGranted, day: date) -> int:
    """What a licence still covers on a day on which it is live."""
    (line,) = grant.lines
    over = grant.until is not None and grant.until <= day
    if line.device != "h100" or over or day < max(grant.valid_from, START):
        return 0
    if not {"CN", "HK", "MO"} & set(grant.destinations):
        return 0
    under = [e for e in events if isinstance(e, LotExported) and e.reference == grant.reference]
    return max(line.quantity - sum(e.quantity for e in under), 0)


DAYS: Final = [on("2026-01-10") + timedelta(days=n) for n in range(60)]
some_days = st.sampled_from(DAYS)
places = st.sampled_from(["US", "US", "US", "CN", "HK", "MO", "BR"])
kinds = st.sampled_from(["gone", "gone", "gone", "other", "held", "used", "licence"])
rows = st.lists(
    st.tuples(
        kinds, some_days, places, st.integers(1, 9), st.one_of(st.none(), st.integers(1, 30))
    ),
    max_size=9,
)
Row = tuple[str, date, str, int, int | None]


def told(number: int, row: Row) -> list[AnyEvent]:
    """A row as events; a licence comes with a lot that went under it."""
    kind, day, place, quantity, days = row
    on_day = str(day)
    match kind:
        case "gone":
            return [gone(f"e{number}", place, quantity, on_day)]
        case "other":
            return [gone(f"e{number}", place, quantity, on_day, device="h20")]
        case "held":
            return [held(f"r{number}", place, quantity, on_day)]
        case "used":
            return [used(f"u{number}", CAP, ["h100"], quantity * 15832, on=on_day)]
        case _:
            until = None if days is None else str(day + timedelta(days=days))
            to = "HK" if place == "US" else place
            grant = chinese(f"D{number}", 5, to, on=on_day, until=until, **{"from": on_day})
            lot = gone(f"l{number}", to, quantity, on_day, **under(f"D{number}"))
            return [grant, lot]


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rows, some_days)
def test_the_figure_is_the_one_found_by_walking_every_day(life: list[Row], day: date) -> None:
    events = [event for number, row in enumerate(life) for event in told(number, row)]
    prefix = ledger(*events)
    one = figure(CAP, ("h100",), on=day, prefix=prefix, law=prefix.law)
    if day < START:
        assert one is None
        return
    assert one is not None
    later = [day + timedelta(days=n) for n in range(120)]
    sides = {each: naive_day(events, each) for each in later}
    least = min(side.headroom for side in sides.values())
    binding = next(each for each in later if sides[each].headroom == least)
    side = sides[binding]
    assert (one.headroom_tpp, one.binding_on) == (least, binding)
    assert (one.allowance_tpp, one.drawdown_tpp, one.reserved_tpp) == (
        side.allowance,
        side.drawn,
        side.reserved,
    )
