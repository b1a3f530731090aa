"""Reservations: the rules one by one, then random lives against a book kept by hand."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.core.decision import decide
from ledger.core.errors import Conflict, InvalidEvent, LedgerError, NotFound, NotOpen
from ledger.core.events import AnyEvent
from ledger.core.memory import MemoryPrefix
from ledger.core.movements import recording
from ledger.core.positions import Recording
from ledger.core.reservations import ended, known_reservation, reinstated_by
from tests.core.builders import (
    LPP_YEAR,
    event,
    exported,
    house,
    ledger_of,
    licence,
    people,
    released,
    request,
    reserved,
    reversed_,
)
from tests.core.lives import draws, life


def open_units(ledger: MemoryPrefix, name: str = "r") -> int:
    return known_reservation(name, ledger).open_units


# ---- placing, taking, ending


def test_a_reservation_holds_its_units_until_they_go_or_are_released() -> None:
    ledger = life()
    assert draws(ledger, reserved("r", quantity=10)) == [("reserved", 10, "158320")]
    went = draws(ledger, exported("e", quantity=4, reservation="r"))
    assert went == [("exported", 4, "63328"), ("reserved", -4, "-63328")]
    assert draws(ledger, released("x", "r")) == [("reserved", -6, "-94992")]
    with pytest.raises(NotOpen, match="'r' was released on 2025-09-01 by 'x' and holds nothing"):
        ledger.append(released("y", "r"))


def test_a_release_names_all_that_the_reservation_named() -> None:
    ledger = life(licence())
    held = ledger.append(reserved("r", quantity=3, reference="D100", line=1)).movements[0]
    (freed,) = ledger.append(released("x", "r")).movements
    assert freed == held.taken_back()


def test_a_final_export_closes_the_reservation_whatever_is_left() -> None:
    ledger = life(reserved("r", quantity=10))
    went = draws(ledger, exported("e", quantity=4, reservation="r", final=True))
    assert went == [("exported", 4, "63328"), ("reserved", -10, "-158320")]
    with pytest.raises(NotOpen, match="'r' was used up on 2025-08-01 by 'e' and holds nothing"):
        ledger.append(released("x", "r"))


def test_an_export_takes_no_more_than_is_reserved() -> None:
    ledger = life(reserved("r", quantity=2))
    went = draws(ledger, exported("e", quantity=3, reservation="r"))
    assert went == [("exported", 3, "47496"), ("reserved", -2, "-31664")]


def test_an_export_frees_what_was_reserved_at_the_tpp_that_was_reserved() -> None:
    ledger = life(reserved("r", quantity=3, unit_tpp="100"))
    went = draws(ledger, exported("e", quantity=1, unit_tpp="120", reservation="r"))
    assert went == [("exported", 1, "120"), ("reserved", -1, "-100")]


@pytest.mark.parametrize(
    "other", [{"device": "b200"}, {"destination": "CL"}, {"ultimate_consignee": "other"}]
)
def test_an_export_may_not_use_a_reservation_of_another_lot(other: dict[str, str]) -> None:
    with pytest.raises(InvalidEvent, match="the reservation 'r' is for h100 to buyer in BR"):
        life(reserved("r")).append(exported("e", reservation="r", **other))


def test_a_reservation_that_does_not_exist_is_not_found() -> None:
    for new in (released("x", "e"), exported("f", reservation="nothing")):
        with pytest.raises(NotFound, match="there is no reservation '"):
            life(exported("e")).append(new)


def test_an_extension_draws_nothing_and_needs_an_open_reservation() -> None:
    more = event(
        kind="lot.extended", id="m", on="2025-09-01", reservation="r", hold_until="2026-01-01"
    )
    ledger = life(reserved("r"))
    assert ledger.append(more) == Recording()
    ledger.append(released("x", "r"))
    with pytest.raises(NotOpen):
        recording(more, ledger, ledger.law)


def test_a_reservation_inside_the_united_states_is_held_as_domestic() -> None:
    ledger = life()
    inside = {"destination": "US", "ultimate_consignee": "seller", "end_user": "seller"}
    assert draws(ledger, reserved("r", quantity=3, **inside)) == [("reserved-domestic", 3, "47496")]
    assert draws(ledger, exported("e", quantity=1, reservation="r", **inside)) == [
        ("domestic", 1, "15832"),
        ("reserved-domestic", -1, "-15832"),
    ]
    assert getattr(ledger.reservation("r"), "open_units", None) == 2
    assert draws(ledger, released("x", "r")) == [("reserved-domestic", -2, "-31664")]
    assert draws(ledger, reversed_("y", "x")) == [("reserved-domestic", 2, "31664")]
    assert draws(ledger, reversed_("z", "e")) == [
        ("domestic", -1, "-15832"),
        ("reserved-domestic", 1, "15832"),
    ]
    assert getattr(ledger.reservation("r"), "open_units", None) == 3


# ---- a lot that has gone is a fact


@pytest.mark.parametrize(
    "closing",
    [
        released("x", "r"),
        released("x", "r", reason="expired"),
        exported("x", quantity=10, reservation="r"),
        exported("x", quantity=4, reservation="r", final=True),
        reversed_("x", "r"),
    ],
    ids=["released", "expired", "used up", "final", "reversed"],
)
@pytest.mark.parametrize("final", [False, True])
def test_an_export_from_a_reservation_that_ended_takes_nothing_from_it(
    closing: AnyEvent,
    final: bool,  # noqa: FBT001 -- a case
) -> None:
    ledger = life(reserved("r", quantity=10), closing)
    added = ledger.append(exported("late", quantity=3, reservation="r", final=final))
    assert [(m.kind.value, m.units) for m in added.movements] == [("exported", 3)]
    assert added.unreserved_units == 3
    assert open_units(ledger) == 0
    assert draws(ledger, reversed_("undo", "late")) == [("exported", -3, "-47496")]
    assert open_units(ledger) == 0


@pytest.mark.parametrize(
    ("quantity", "final", "beyond"), [(9, False, 0), (10, False, 0), (12, False, 2), (12, True, 2)]
)
def test_what_went_beyond_a_reservation_is_counted(
    quantity: int,
    final: bool,  # noqa: FBT001 -- a case
    beyond: int,
) -> None:
    ledger = life(reserved("r", quantity=10))
    gone = exported("e", quantity=quantity, reservation="r", final=final)
    assert ledger.append(gone).unreserved_units == beyond


def test_an_export_of_its_own_goes_beyond_nothing() -> None:
    assert life().append(exported("e", quantity=3)).unreserved_units == 0


def test_a_late_export_still_names_the_reservation_of_its_own_lot() -> None:
    ledger = life(reserved("r"), released("x", "r"))
    with pytest.raises(InvalidEvent, match="'r' is for h100 to buyer in BR, not for this lot"):
        ledger.append(exported("late", device="b200", reservation="r"))


# ---- how one ended


@pytest.mark.parametrize(
    ("closing", "said", "way_on"),
    [
        (released("x", "r"), "was released on 2025-09-01 by 'x'", "Reinstate it"),
        (released("x", "r", reason="expired"), "expired on 2025-09-01 by 'x'", "Reinstate it"),
        (exported("x", quantity=9, reservation="r"), "was used up on 2025-08-01", "Place a new"),
        (exported("x", reservation="r", final=True), "was used up on 2025-08-01", "Place a new"),
        (reversed_("x", "r"), "was taken back on 2025-09-01 by 'x'", "Place a new"),
    ],
)
def test_whoever_resolves_a_reservation_again_is_told_how_it_ended(
    closing: AnyEvent, said: str, way_on: str
) -> None:
    ledger = life(reserved("r", quantity=9), closing)
    for again in (released("y", "r"), longer("y", "r")):
        with pytest.raises(NotOpen, match=f"'r' {said}.* and holds nothing. {way_on}"):
            ledger.append(again)


def test_an_open_reservation_has_no_end() -> None:
    ledger = life(reserved("r", quantity=9), exported("e", quantity=8, reservation="r"))
    assert ended(known_reservation("r", ledger), ledger) is None


def test_a_release_of_a_reservation_that_was_taken_back_leads_to_a_new_one() -> None:
    ledger = life(reserved("r"), released("x", "r"), reversed_("y", "r"))
    with pytest.raises(NotOpen, match=r"'r' was released .* Place a new one"):
        ledger.append(released("z", "r"))


# ---- carrying one on


def longer(event_id: str, reservation: str) -> AnyEvent:
    fields = {"reservation": reservation, "hold_until": "2026-01-01", "on": "2025-09-01"}
    return event(kind="lot.extended", id=event_id, **fields)


def carried(event_id: str, before: str = "r", **changes: object) -> AnyEvent:
    return reserved(event_id, reinstates=before, **changes)


@pytest.mark.parametrize("reason", ["released", "expired"])
def test_a_reinstatement_holds_again_and_both_know_of_each_other(reason: str) -> None:
    ledger = life(
        reserved("r", quantity=10),
        exported("e", quantity=4, reservation="r"),
        released("x", "r", reason=reason),
    )
    assert reinstated_by("r", ledger) is None
    assert draws(ledger, carried("s", quantity=6)) == [
        ("reserved", 6, "94992"),
        ("reserved", 0, "0"),
    ]
    after = reinstated_by("r", ledger)
    assert after is not None
    assert after.id == "s"
    assert (open_units(ledger, "r"), open_units(ledger, "s")) == (0, 6)
    with pytest.raises(NotOpen, match=r"'r' was released|'r' expired") as told:
        ledger.append(released("y", "r"))
    assert told.value.cure == "it was reinstated as 's': name that one"


def test_no_more_is_reinstated_than_was_still_held() -> None:
    ledger = life(
        reserved("r", quantity=10), exported("e", quantity=4, reservation="r"), released("x", "r")
    )
    with pytest.raises(InvalidEvent, match="'r' held 6 units when it ended, not 7"):
        ledger.append(carried("s", quantity=7))
    ledger.append(carried("s", quantity=5))
    assert open_units(ledger, "s") == 5


def test_a_reservation_is_reinstated_once_and_the_next_time_the_one_that_carries_it_on() -> None:
    ledger = life(reserved("r"), released("x", "r"), carried("s"), released("y", "s"))
    with pytest.raises(NotOpen, match=r"'r' was reinstated before, as 's'.*reinstate s"):
        ledger.append(carried("t"))
    ledger.append(carried("t", "s"))
    assert open_units(ledger, "t") == 1


def test_a_reinstatement_that_was_taken_back_makes_room_for_another() -> None:
    ledger = life(reserved("r"), released("x", "r"), carried("s"), reversed_("y", "s"))
    assert reinstated_by("r", ledger) is None
    ledger.append(carried("t"))
    assert open_units(ledger, "t") == 1


@pytest.mark.parametrize(
    ("before", "kind", "said"),
    [
        ((), NotFound, "there is no reservation 'r'"),
        ((exported("r"),), NotFound, "there is no reservation 'r'"),
        ((reserved("r", quantity=3),), Conflict, "'r' is open and holds 3 units. Hold it for long"),
        ((reserved("r"), exported("e", reservation="r")), NotOpen, "'r' was used up .* by 'e'"),
        ((reserved("r"), reversed_("e", "r")), NotOpen, "'r' was taken back .* by 'e'"),
        (
            (reserved("r"), released("x", "r"), reversed_("e", "r")),
            NotOpen,
            "'r' was taken back: nothing is left to reinstate",
        ),
        (
            (reserved("r", device="b200"), released("x", "r")),
            InvalidEvent,
            "'r' is for b200 to buyer in BR",
        ),
    ],
)
def test_what_can_not_be_reinstated(
    before: tuple[AnyEvent, ...], kind: type[LedgerError], said: str
) -> None:
    ledger = life(*before)
    with pytest.raises(kind, match=said):
        ledger.append(carried("s"))
    assert ledger.reservation("s") is None


def test_a_release_is_not_taken_back_once_its_reservation_is_carried_on() -> None:
    """Its units would be held twice."""
    ledger = life(reserved("r", quantity=10), released("x", "r"), carried("s", quantity=10))
    with pytest.raises(NotOpen, match=r"'r' was reinstated as 's'.*twice. Reverse 's' first"):
        ledger.append(reversed_("y", "x"))
    ledger.append(reversed_("z", "s"))
    assert draws(ledger, reversed_("y", "x")) == [("reserved", 10, "158320")]
    assert (open_units(ledger, "r"), open_units(ledger, "s")) == (10, 0)


# ---- random lives against a book kept by hand


@dataclass
class Page:
    """One reservation in the book: what exports took of it, and whether it ended."""

    quantity: int
    open: int = 0
    taken: dict[str, int] = field(default_factory=dict)
    release: str | None = None
    reversed: bool = False
    next: str | None = None
    freed: int = 0

    @property
    def closed(self) -> bool:
        return self.release is not None or self.reversed


class Book:
    """Reservations as a clerk would keep them, with no movement and no sum of any."""

    def __init__(self) -> None:
        self.pages: dict[str, Page] = {}
        self.of: dict[str, tuple[str, str]] = {}

    def place(self, name: str, quantity: int) -> bool:
        self.pages[name] = Page(quantity, quantity)
        self.of[name] = ("place", name)
        return True

    def take(self, name: str, about: str, quantity: int, *, final: bool) -> bool:
        page = self.pages[about]
        page.taken[name] = page.open if final else min(quantity, page.open)
        page.open -= page.taken[name]
        self.of[name] = ("take", about)
        return True

    def release(self, name: str, about: str) -> bool:
        page = self.pages[about]
        if not page.open:
            return False
        page.freed, page.open, page.release = page.open, 0, name
        self.of[name] = ("release", about)
        return True

    def reinstate(self, name: str, about: str, quantity: int) -> bool:
        page = self.pages[about]
        fits = page.release is not None and not page.reversed and page.next is None
        if not fits or quantity > page.freed:
            return False
        page.next = name
        return self.place(name, quantity)

    def reverse(self, target: str) -> bool:
        if target not in self.of:
            return False
        kind, about = self.of[target]
        page = self.pages[about]
        if kind == "take":
            given_back = page.taken.pop(target)
            page.open += 0 if page.closed else given_back
        elif kind == "place":
            page.open, page.reversed = 0, True
            for other in self.pages.values():
                other.next = None if other.next == target else other.next
        elif page.reversed:
            page.release = None
        elif page.next is not None:
            return False
        else:
            page.open, page.release = page.quantity - sum(page.taken.values()), None
        del self.of[target]
        return True


moves = st.lists(
    st.tuples(
        st.sampled_from(["place", "take", "take", "final", "release", "reinstate", "reverse"]),
        st.integers(0, 9),
        st.integers(1, 12),
    ),
    min_size=3,
    max_size=25,
)


def _moved(book: Book, move: tuple[str, int, int], name: str) -> tuple[AnyEvent, bool]:
    """The event that a move means, and whether the book takes it."""
    kind, pick, quantity = move
    if kind == "reverse":
        target = [*book.of, "nothing"][pick % (len(book.of) + 1)]
        return reversed_(name, target), book.reverse(target)
    if kind == "place" or not book.pages:
        return reserved(name, quantity=quantity), book.place(name, quantity)
    about = list(book.pages)[pick % len(book.pages)]
    match kind:
        case "release":
            return released(name, about), book.release(name, about)
        case "reinstate":
            event = carried(name, about, quantity=quantity)
            return event, book.reinstate(name, about, quantity)
        case _:
            final = kind == "final"
            gone = exported(name, reservation=about, quantity=quantity, final=final)
            return gone, book.take(name, about, quantity, final=final)


@settings(max_examples=80)
@given(moves)
def test_random_lives_leave_what_a_clerk_would_have_in_his_book(
    moves: list[tuple[str, int, int]],
) -> None:
    ledger, book = life(), Book()
    for number, move in enumerate(moves):
        event, taken = _moved(book, move, f"e{number}")
        try:
            ledger.append(event)
            accepted = True
        except LedgerError:
            accepted = False
        assert accepted == taken, (event, taken)
        for name, page in book.pages.items():
            found = known_reservation(name, ledger)
            assert (found.open_units, found.open_tpp) == (page.open, page.open * 158_320)
            assert (ended(found, ledger) is None) == (page.open > 0)


# ---- one reservation holds every cap that it touches

PERS = (
    '["end_user"]',
    '["ultimate_consignee", "destination"]',
    '["destination"]',
    '["ultimate_parent"]',
    '["exporter", "end_user"]',
)
WINDOWS = (
    '{ kind = "period", first_on = 2025-01-01 }',
    '{ kind = "calendar-year" }',
    '{ kind = "calendar-quarter" }',
    '{ kind = "rolling", days = 30 }',
    '{ kind = "rolling", days = 365 }',
)
some_caps = st.lists(
    st.tuples(st.sampled_from(PERS), st.sampled_from(WINDOWS), st.booleans()),
    min_size=1,
    max_size=5,
    unique=True,
)


def _figures(ledger: MemoryPrefix) -> dict[tuple[str, tuple[str, ...]], tuple[int, int, int]]:
    """Of the law's yearly cap and the house's own: drawn, reserved and headroom in tenths."""
    found = decide(request(on="2025-08-01"), ledger.law, ledger)
    return {
        (f.cap, f.holder): (f.drawdown_tpp, f.reserved_tpp, f.headroom_tpp or 0)
        for c in found.candidates
        for f in c.findings
        if f.cap == LPP_YEAR or f.cap.startswith("house/")
    }


@settings(max_examples=60)
@given(some_caps, st.integers(2, 20), st.integers(1, 19), st.sampled_from(["expired", "released"]))
def test_one_reservation_holds_every_cap_it_touches_and_gives_all_of_them_back(
    caps: list[tuple[str, str, bool]], quantity: int, part: int, reason: str
) -> None:
    texts = []
    for per, window, installed in caps:
        basis, kept = ("installed", '{ kind = "stock" }') if installed else ("exported", window)
        texts.append(
            f'per = {per}\nbasis = "{basis}"\nwindow = {kept}\nallowance = [{{ tpp = 900000 }}]\n'
        )
    ledger = ledger_of(*people("buyer"), house(*texts))
    before = _figures(ledger)
    ours = {key for key in before if key[0].startswith("house/")}
    assert len({cap for cap, _ in ours}) == len(caps)
    ledger.append(reserved("r", quantity=quantity))
    held = quantity * 158_320
    for key, (drawn, aside, left) in _figures(ledger).items():
        assert (drawn, aside, left) == (before[key][0], held, before[key][2] - held), key
    gone = min(part, quantity - 1)
    ledger.append(exported("e", quantity=gone, reservation="r"))
    for key, (drawn, aside, left) in _figures(ledger).items():
        assert (drawn, aside) == (gone * 158_320, held - gone * 158_320), key
        assert left == before[key][2] - held, key
    ledger.append(released("x", "r", reason=reason))
    for key, (drawn, aside, left) in _figures(ledger).items():
        assert (drawn, aside, left) == (gone * 158_320, 0, before[key][2] - gone * 158_320), key
    ledger.append(reversed_("y", "e"))
    assert _figures(ledger) == before
