"""Random lives of one holder: what was accepted never passes a cap on a later day."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.core.memory import MemoryPrefix
from tests.core.builders import (
    LPP,
    NVEU,
    UVEU,
    decided,
    declared,
    device,
    exported,
    granted,
    house,
    ledger_of,
    on,
    people,
    released,
    reserved,
)

FROM = date(2025, 5, 15)
THROUGH = date(2027, 12, 31)
LENGTH = (THROUGH - FROM).days
NVEU_STEPS = [
    ("2025-01-01", 633_000_000),
    ("2025-04-01", 949_500_000),
    ("2025-07-01", 1_266_000_000),
    ("2025-10-01", 1_582_500_000),
    ("2026-01-01", 1_899_000_000),
    ("2026-04-01", 2_690_250_000),
    ("2026-07-01", 3_481_500_000),
    ("2026-10-01", 4_272_750_000),
    ("2027-01-01", 5_064_000_000),
]
ROLLING = house(
    'per = ["ultimate_consignee"]\nbasis = "exported"\nwindow = { kind = "rolling", days = 90 }\n'
    "allowance = [{ tpp = 1000 }, { from = 2026-03-01, tpp = 400 }, "
    "{ from = 2027-01-01, tpp = 900 }]"
)
steps = st.lists(
    st.tuples(
        st.integers(0, LENGTH),
        st.integers(1, 6),
        st.sampled_from(["reserve", "reserve", "export", "ship", "release"]),
    ),
    min_size=2,
    max_size=10,
)


class Life:
    """A random life of one holder: only what `decide` permits is recorded.

    `book` is kept by hand: lot id to its day and the quantity that is reserved or gone.
    """

    def __init__(self, ledger: MemoryPrefix, **lot: object) -> None:
        self.ledger, self.lot = ledger, lot
        self.book: dict[str, tuple[date, int]] = {}
        self.open: list[str] = []

    def live(self, moves: list[tuple[int, int, str]]) -> None:
        for number, (offset, quantity, move) in enumerate(moves):
            name, day = f"lot-{number}", FROM + timedelta(days=offset)
            if move in ("reserve", "export"):
                self._ask(name, day, quantity, move)
            elif self.open:
                self._close(self.open.pop(offset % len(self.open)), name, quantity, move)

    def _ask(self, name: str, day: date, quantity: int, move: str) -> None:
        fields: dict[str, object] = {**self.lot, "on": str(day), "quantity": quantity}
        if decided(self.ledger, "on-the-books", **fields).outcome != "permitted":
            return
        self.book[name] = (day, quantity)
        if move == "reserve":
            self.ledger.append(reserved(name, **fields))
            self.open.append(name)
        else:
            self.ledger.append(exported(name, **fields))

    def _close(self, held: str, name: str, quantity: int, move: str) -> None:
        """Ship a part on the day it was held for and close the rest, or give it all up."""
        day, booked = self.book.pop(held)
        if move == "release":
            self.ledger.append(released(name, held))
            return
        gone = min(quantity, booked)
        fields: dict[str, object] = {**self.lot, "on": str(day), "quantity": gone}
        self.ledger.append(exported(name, **fields, reservation=held, final=True))
        self.book[name] = (day, gone)

    def drawn(self, first: date, last: date) -> int:
        return sum(quantity for day, quantity in self.book.values() if first <= day <= last)


def every_day() -> list[date]:
    return [FROM + timedelta(days=n) for n in range(LENGTH + 1)]


lives = settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])


@lives
@given(steps)
def test_accepted_lots_never_pass_the_yearly_cap_of_lpp(moves: list[tuple[int, int, str]]) -> None:
    unit = 5_000_000
    ledger = ledger_of(*people("buyer"), device("big", str(unit)))
    life = Life(ledger, device="big", authorization=LPP)
    life.live(moves)
    for year in (2025, 2026, 2027):
        assert life.drawn(date(year, 1, 1), date(year, 12, 31)) * unit <= 26_900_000


@lives
@given(steps)
def test_accepted_lots_never_pass_the_table_of_a_validated_end_user(
    moves: list[tuple[int, int, str]],
) -> None:
    unit = 10_000_000
    ledger = ledger_of(
        *people("buyer"), device("big", str(unit)), granted("n", NVEU, destinations=["BR"])
    )
    life = Life(ledger, device="big", authorization=NVEU)
    life.live([(offset, quantity * 30, move) for offset, quantity, move in moves])
    for day in every_day():
        allowed = next(tpp for start, tpp in reversed(NVEU_STEPS) if on(start) <= day)
        assert life.drawn(date.min, day) * unit <= allowed


@lives
@given(steps)
def test_accepted_lots_never_pass_a_rolling_cap_that_falls_and_rises(
    moves: list[tuple[int, int, str]],
) -> None:
    unit = 100
    ledger = ledger_of(*people("buyer"), ROLLING, device("small", str(unit)))
    life = Life(ledger, device="small")
    life.live([(offset % 500, quantity, move) for offset, quantity, move in moves])
    for day in every_day():
        allowed = 1000 if day < date(2026, 3, 1) else 400 if day < date(2027, 1, 1) else 900
        assert life.drawn(day - timedelta(days=89), day) * unit <= allowed


@lives
@given(steps)
def test_accepted_lots_keep_the_share_of_a_universal_end_user_once_they_have_gone(
    moves: list[tuple[int, int, str]],
) -> None:
    """Open reservations enter the numerator only: the share is held when all of them have gone."""
    ledger = ledger_of(
        *people("buyer", headquarters="US"),
        declared("s", quantity=100, destination="US"),
        granted("u", UVEU),
    )
    life = Life(ledger, destination="MY", authorization=UVEU)
    life.live(moves)
    for day in every_day():
        here = life.drawn(date.min, day)
        assert Fraction(here, 100 + here) <= Fraction(Decimal("0.07"))


def test_the_random_lives_reach_their_caps() -> None:
    """A life that asks for too much is stopped at the cap, not far below it."""
    ledger = ledger_of(*people("buyer"), device("big", "5000000"))
    life = Life(ledger, device="big", authorization=LPP)
    life.live([(10, 3, "reserve"), (0, 3, "export"), (20, 2, "reserve"), (400, 5, "export")])
    assert life.drawn(date(2025, 1, 1), date(2025, 12, 31)) == 5
    assert life.drawn(date(2026, 1, 1), date(2026, 12, 31)) == 5
