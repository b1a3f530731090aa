"""Re-rating: whenever a classification is recorded, draws are what it says for their own day."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.core.errors import LedgerError
from ledger.core.events import AnyEvent, DeviceClassified, RecordReversed
from ledger.core.memory import MemoryPrefix
from ledger.core.positions import RESERVATIONS, Kind, Movement
from tests.core.builders import (
    adopted,
    amended,
    amounts,
    attrited,
    declared,
    device,
    exported,
    ledger_of,
    licence,
    on,
    pack_text,
    people,
    released,
    relocated,
    reserved,
    reversed_,
)
from tests.core.lives import draws, installed, life
from tests.store.histories import History, Step, steps_of
from tests.store.ledgers import KNOWN

NEW = "16000"


def better(day: str = "2025-01-01", unit: str = NEW, name: str = "h100") -> DeviceClassified:
    return device(name, unit, on=day, id=f"{name}-{unit}-{day}")


# ---- lives


def test_a_rating_of_an_earlier_day_rates_lots_again_until_the_next_one_begins() -> None:
    ledger = life(
        better("2025-09-01", "20000"),
        exported("before", on="2024-12-31", quantity=2),
        exported("within", on="2025-08-31", quantity=3),
        exported("after", on="2025-09-01", quantity=4),
    )
    added = ledger.append(better()).movements
    assert [(m.lot, *row) for m, row in zip(added, amounts(added), strict=True)] == [
        ("within", "exported", 0, "504")
    ]
    assert installed(ledger) == (9, 2 * 158320 + 3 * 160000 + 4 * 200000)


def test_a_lot_that_states_its_own_rating_keeps_it() -> None:
    ledger = life(exported("e", quantity=3, unit_tpp="15000"), exported("f", quantity=3))
    assert draws(ledger, better()) == [("exported", 0, "504")]
    assert [m.lot for m in ledger.caused_by("h100-16000-2025-01-01")] == ["f"]


def test_every_kind_of_draw_is_rated_again() -> None:
    ledger = life(
        declared("s", quantity=2),
        exported("e", quantity=2),
        exported("d", quantity=2, origin="BR", destination="CL"),
        reserved("r", quantity=2),
        licence("D1", quantity=2),
        relocated("m", quantity=1),
        attrited("a", quantity=1),
        attrited("b", quantity=1, lot="e"),
    )
    assert sorted(draws(ledger, better())) == [
        ("attrited", 0, "-168"),
        ("attrited", 0, "-168"),
        ("declared", 0, "336"),
        ("exported", 0, "336"),
        ("exported", 0, "336"),
        ("licensed", 0, "336"),
        ("relocated-in", 0, "168"),
        ("relocated-out", 0, "-168"),
        ("reserved", 0, "336"),
    ]


def test_the_later_of_two_classifications_of_a_day_decides() -> None:
    ledger = life(exported("e"))
    ledger.append(better())
    ledger.append(device("h100", "17000", on="2025-01-01", id="again"))
    assert installed(ledger) == (1, 170000)
    ledger.append(reversed_("x", "again"))
    assert installed(ledger) == (1, 160000)


def test_what_a_lot_lost_is_freed_as_the_lot_is_rated_again() -> None:
    ledger = life(exported("e", quantity=5), attrited("a", quantity=2, lot="e"))
    ledger.append(better())
    assert installed(ledger) == (3, 3 * 160000)
    assert draws(ledger, attrited("b", quantity=2, lot="e")) == [("attrited", -2, "-32000")]
    assert installed(ledger) == (1, 160000)


@pytest.mark.parametrize("order", list(permutations(["e", "a", "h100-16000-2025-01-01"])))
def test_nothing_is_left_whatever_is_taken_back_first(order: Sequence[str]) -> None:
    ledger = life(exported("e", quantity=5), attrited("a", quantity=2, lot="e"), better())
    for target in order:
        ledger.append(reversed_(f"undo-{target}", target))
    assert installed(ledger) == (0, 0)
    assert ledger.movements_of("e") != []


def test_an_attrition_that_is_taken_back_comes_back_at_the_new_rating() -> None:
    ledger = life(exported("e", quantity=5), attrited("a", quantity=2), better())
    assert draws(ledger, reversed_("x", "a")) == [("attrited", 2, "31664"), ("attrited", 0, "336")]
    assert installed(ledger) == (5, 800000)


def test_a_reservation_gives_back_and_takes_again_at_the_new_rating() -> None:
    ledger = life(
        reserved("r", quantity=10),
        exported("e", quantity=4, reservation="r", on="2025-09-02"),
        better(),
    )
    assert _held(ledger) == (6, 6 * 160000)
    ledger.append(reversed_("x", "e"))
    assert _held(ledger) == (10, 10 * 160000)
    ledger.append(exported("f", quantity=4, reservation="r"))
    ledger.append(released("gone", "r"))
    assert _held(ledger) == (0, 0)
    ledger.append(reversed_("y", "gone"))
    assert _held(ledger) == (6, 6 * 160000)


@pytest.mark.parametrize("confirmed", [0, 2])
def test_a_release_that_is_taken_back_after_a_classification_holds_at_the_new_rating(
    confirmed: int,
) -> None:
    """Nothing was held when the device was classified, so that nothing was rated again then."""
    ledger = life(reserved("r", quantity=6))
    if confirmed:
        ledger.append(exported("e", quantity=confirmed, reservation="r"))
    ledger.append(released("x", "r"))
    ledger.append(better())
    ledger.append(reversed_("back", "x"))
    held = ledger.reservation("r")
    assert held is not None
    assert (held.open_units, held.open_tpp) == (6 - confirmed, (6 - confirmed) * 160000)


def test_an_export_of_reserved_units_is_rated_on_its_own_day() -> None:
    ledger = life(reserved("r", on="2025-08-01", quantity=2), better("2025-09-01"))
    assert draws(ledger, exported("e", on="2025-09-02", quantity=1, reservation="r")) == [
        ("exported", 1, "16000"),
        ("reserved", -1, "-15832"),
    ]


def test_units_that_moved_are_rated_as_the_stock_that_they_left() -> None:
    ledger = life(exported("e", quantity=2), relocated("m", quantity=3, on="2025-10-01"), better())
    assert installed(ledger) == (0, 0)
    assert installed(ledger, "CL") == (3, 3 * 160000)
    ledger.append(better("2025-09-01", "20000"))
    assert installed(ledger, "CL") == (3, 2 * 160000 + 200000)
    ledger.append(reversed_("x", "m"))
    assert (installed(ledger), installed(ledger, "CL")) == ((2, 320000), (0, 0))


def test_what_was_given_back_for_lack_of_stock_is_rated_again_too() -> None:
    ledger = life(
        exported("e", quantity=4),
        attrited("a", quantity=3),
        reversed_("x", "e"),
        better(),
    )
    assert installed(ledger) == (0, 0)
    ledger.append(reversed_("y", "a"))
    assert installed(ledger) == (0, 0)
    assert all(sum(m.tpp for m in ledger.movements_of(lot)) == 0 for lot in ("e", "a"))


def test_licences_are_rated_on_the_day_of_each_amendment() -> None:
    more = {"line": 1, "device": "h100", "quantity": 130}
    ledger = life(
        licence("D1", quantity=100, on="2025-02-01"),
        amended("more", "D1", on="2025-06-01", lines=[more]),
        better("2025-05-01"),
    )
    assert sum(m.tpp for m in ledger.movements_of("grant-D1")) == 100 * 158320 + 30 * 160000
    ledger.append(reversed_("x", "more"))
    assert sum(m.tpp for m in ledger.movements_of("grant-D1")) == 100 * 158320


def test_taking_back_every_classification_leaves_what_was_recorded() -> None:
    ledger = life(
        device("new", "100", on="2025-01-01", id="first"),
        exported("e", device="new", quantity=2),
        declared("s", device="new", quantity=1),
        relocated("m", device="new", quantity=4),
        device("new", "200", on="2025-02-01", id="second"),
    )
    assert installed(ledger, "CL") == (4, 8000)
    for target in ("first", "second"):
        ledger.append(reversed_(f"undo-{target}", target))
    assert installed(ledger) == (0, 0)
    assert installed(ledger, "CL") == (4, 4000)


def test_of_a_day_before_all_that_is_left_the_earliest_rating_counts() -> None:
    ledger = life(
        device("new", "100", on="2025-01-01", id="first"),
        exported("e", device="new", quantity=2),
        device("new", "200", on="2025-12-01", id="second"),
    )
    ledger.append(reversed_("x", "first"))
    assert installed(ledger) == (2, 4000)


def test_a_pack_that_corrects_the_catalogue_rates_again_what_no_event_rates() -> None:
    def catalogue(unit: str, version: str, *more: str) -> AnyEvent:
        rows = "\n".join(
            f'[[device]]\ndevice = "{name}"\nconfidence = "high"\n'
            f'data_center = true\nunit_tpp = {unit}\nsource = "a sheet"\n'
            for name in ("chip", *more)
        )
        text = pack_text(rows, pack="devices").replace('version = "1"', f'version = "{version}"')
        return adopted(text)

    ledger = ledger_of(*people("buyer"), catalogue("100", "1", "gone"), standard=False)
    ledger.append(exported("e", device="chip", quantity=2))
    ledger.append(exported("g", device="gone", quantity=2))
    assert draws(ledger, catalogue("150", "2")) == [("exported", 0, "100")]
    assert draws(ledger, better("2025-07-01", "300", "chip")) == [("exported", 0, "300")]
    assert draws(ledger, catalogue("170", "3")) == []
    assert draws(ledger, reversed_("x", "chip-300-2025-07-01")) == [("exported", 0, "-260")]


# ---- an expectation of its own: what stands, times the rating of its day


@dataclass
class Book:
    """Units that stand, by lot, kept as a clerk would: no movement, no TPP."""

    left: dict[str, int] = field(default_factory=dict)
    day: dict[str, date] = field(default_factory=dict)
    stated: dict[str, int] = field(default_factory=dict)
    lost: dict[str, tuple[str, int]] = field(default_factory=dict)
    taken: dict[str, tuple[str, int]] = field(default_factory=dict)
    closed: set[str] = field(default_factory=set)
    ratings: list[tuple[date, str, int]] = field(default_factory=list)

    def expected(self) -> dict[str, int]:
        return {lot: units * self._unit(lot) for lot, units in self.left.items()}

    def _unit(self, lot: str) -> int:
        known = [
            unit
            for day, _, unit in sorted(self.ratings, key=lambda r: r[0])
            if day <= self.day[lot]
        ]
        return self.stated.get(lot) or known[-1]


Op = tuple[str, int, int, int]
"""What, a month, units, and which of those before."""

ops = st.lists(
    st.tuples(
        st.sampled_from(["lot", "stated", "stock", "hold", "take", "lose", "rate", "rate", "undo"]),
        st.integers(1, 12),
        st.integers(1, 9),
        st.integers(0, 30),
    ),
    min_size=3,
    max_size=16,
)


def _carry_out(ledger: MemoryPrefix, book: Book, op: Op) -> None:
    """Record what an operation means, and note it in the book."""
    what, month, units, pick = op
    name, day = f"{what}{len(ledger.events)}", f"2025-{month:02}-15"
    holds = [one for one in book.left if one.startswith("hold") and one not in book.closed]
    lots = [one for one in book.left if not one.startswith("hold")]
    match what:
        case "lot" | "stated":
            more: dict[str, object] = {"unit_tpp": "9000.5"} if what == "stated" else {}
            ledger.append(exported(name, on=day, quantity=units, **more))
            book.left[name], book.day[name] = units, on(day)
            if more:
                book.stated[name] = 90005
        case "stock":
            ledger.append(declared(name, on=day, quantity=units))
            book.left[name], book.day[name] = units, on(day)
        case "hold":
            ledger.append(reserved(name, on=day, quantity=units))
            book.left[name], book.day[name] = units, on(day)
        case "take" if holds:
            hold = holds[pick % len(holds)]
            ledger.append(exported(name, on=day, quantity=units, reservation=hold))
            book.taken[name] = (hold, min(units, book.left[hold]))
            book.left[hold] -= book.taken[name][1]
            book.left[name], book.day[name] = units, on(day)
        case "lose" if lots:
            lot = lots[pick % len(lots)]
            ledger.append(attrited(name, on="2027-01-01", quantity=units, lot=lot))
            book.lost[name] = (lot, min(units, book.left[lot]))
            book.left[lot] -= book.lost[name][1]
        case "rate":
            ledger.append(device("h100", str(1000 * units), on=day, id=name))
            book.ratings.append((on(day), name, 10000 * units))
        case "undo":
            _undo(ledger, book, name, pick)
        case _:
            return


def _undo(ledger: MemoryPrefix, book: Book, name: str, pick: int) -> None:
    rated = [one for _, one, _ in book.ratings if one != "base"]
    known = [*book.left, *book.lost, *rated]
    standing = [one for one in known if not ledger.is_reversed(one)]
    if not standing:
        return
    target = standing[pick % len(standing)]
    ledger.append(reversed_(name, target))
    book.ratings = [rating for rating in book.ratings if rating[1] != target]
    if target in book.lost:
        lot, units = book.lost[target]
        if not ledger.is_reversed(lot):
            book.left[lot] += units
    if target in book.left:
        book.left[target] = 0
        book.closed.add(target)
    if target in book.taken and book.taken[target][0] not in book.closed:
        hold, units = book.taken[target]
        book.left[hold] += units


@given(ops)
@settings(max_examples=120)
def test_what_is_drawn_is_what_stands_times_the_rating_of_its_day(made: list[Op]) -> None:
    ledger = life()
    book = Book(ratings=[(on("2020-01-01"), "base", 158320)])
    for op in made:
        _carry_out(ledger, book, op)
        assert _by_lot(ledger, "h100") == {k: v for k, v in book.expected().items() if v}


def _by_lot(ledger: MemoryPrefix, name: str) -> dict[str, int]:
    drawn: Counter[str] = Counter()
    for _, movement in ledger.of_device(name):
        drawn[movement.lot] += movement.tpp
    return {lot: tpp for lot, tpp in drawn.items() if tpp}


def _held(ledger: MemoryPrefix) -> tuple[int, int]:
    found = [m for _, m in ledger.of_device("h100") if m.kind in RESERVATIONS]
    return sum(m.units for m in found), sum(m.tpp for m in found)


# ---- whenever a classification is recorded, the same is drawn

KINDS = (
    "device.classified",
    "lot.exported",
    "lot.reserved",
    "export from a reservation",
    "lot.released",
    "stock.declared",
    "attrition of a lot",
    "lot.attrited",
    "lot.relocated",
    "authorization.granted",
    "authorization.amended",
    "record.reversed",
)
of_known_devices = steps_of(*KINDS).filter(lambda step: step.device < 2 and step.who < 2)


@given(st.lists(of_known_devices, min_size=4, max_size=25))
@settings(max_examples=120)
def test_it_makes_no_difference_when_a_classification_is_recorded(made: list[Step]) -> None:
    late, history = ledger_of(*KNOWN), History()
    for step in made:
        event = history.event(step)
        if _accepted(late, event):
            history.events.append(event)
    rated = [one for one in history.events if isinstance(one, DeviceClassified)]
    others = [one for one in history.events if not _about(one, {r.id for r in rated})]
    standing = [one for one in rated if not late.is_reversed(one.id)]
    early = ledger_of(*KNOWN, *standing, *others)
    assert _summed(early) == _summed(late)


def _about(event: AnyEvent, ids: set[str]) -> bool:
    return event.id in ids or (isinstance(event, RecordReversed) and event.target in ids)


def _accepted(ledger: MemoryPrefix, event: AnyEvent) -> bool:
    if ledger.find(event.id) is not None:
        return False
    try:
        ledger.append(event)
    except LedgerError:
        return False
    return True


def _summed(ledger: MemoryPrefix) -> dict[Movement, tuple[int, int]]:
    drawn: dict[Movement, tuple[int, int]] = {}
    for one in _movements(ledger):
        units, tpp = drawn.get(one.counted(0, 0), (0, 0))
        drawn[one.counted(0, 0)] = (units + one.units, tpp + one.tpp)
    return {one: sums for one, sums in drawn.items() if any(sums)}


def _movements(ledger: MemoryPrefix) -> Iterable[Movement]:
    return (one for name in ("h100", "h200") for _, one in ledger.of_device(name))


@given(st.permutations(["lot", "stock", "hold", "base", "first", "second"]))
def test_the_same_facts_in_any_order_draw_the_same(order: list[str]) -> None:
    facts: dict[str, AnyEvent] = {
        "lot": exported("lot", device="b200", quantity=3, on="2025-03-01"),
        "stock": declared("stock", device="b200", quantity=2, on="2025-05-01"),
        "hold": reserved("hold", device="b200", quantity=4, on="2025-07-01"),
        "base": better("2020-01-01", "35000", "b200"),
        "first": better("2025-04-01", "37000", "b200"),
        "second": better("2025-06-01", "38000.5", "b200"),
    }
    ledger = life(*(facts[name] for name in order))
    drawn = {m.kind: 0 for _, m in ledger.of_device("b200")}
    for _, m in ledger.of_device("b200"):
        drawn[m.kind] += m.tpp
    assert drawn == {
        Kind.EXPORTED: 3 * 350000,
        Kind.DECLARED: 2 * 370000,
        Kind.RESERVED: 4 * 380005,
    }
