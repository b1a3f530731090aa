"""What arises: what lots bring by themselves, told apart from what needs a look at others."""

from datetime import date

from ledger.core.arising import Asked, duty_rows, listing_ends
from ledger.core.calendar import of_lots, told
from ledger.core.events import AnyEvent, DutyDone
from ledger.core.headroom import ONE_DAY
from ledger.core.law.row import OPEN_END
from ledger.core.memory import MemoryPrefix
from tests.core.builders import (
    AIA,
    LPP,
    UVEU,
    adopted,
    exported,
    granted,
    ledger_of,
    on,
    pack_text,
    party,
    people,
    reserved,
    reversed_,
)

FIRST, UNTIL, TODAY = on("2025-01-01"), on("2031-01-01"), on("2026-01-01")
LOTS = (
    reserved("r", on="2025-09-01", quantity=5, authorization=LPP),
    exported("e", on="2025-09-10", quantity=2, reservation="r", authorization=LPP),
    exported("f", on="2025-09-11", authorization=LPP),
    exported("gone", on="2025-09-12", authorization=LPP),
    reversed_("undo", "gone"),
    exported("a", on="2025-10-01", authorization=AIA, destination="DE"),
    granted("V", UVEU, party="buyer", on="2025-05-15"),
    exported("u", on="2025-07-10", authorization=UVEU, destination="MY"),
    exported("v", on="2025-08-10", authorization=UVEU, destination="DE"),
    DutyDone(id="d", on=on("2025-09-20"), duty="us-ear/lpp/direct@r", document="letter"),
)


def life(*events: AnyEvent) -> MemoryPrefix:
    return ledger_of(*people("buyer"), party("other"), *events)


def every(ledger: MemoryPrefix, *, elsewhere: bool) -> dict[str, tuple[date, str]]:
    found = told(ledger, ledger.law, first=FIRST, until=UNTIL, today=TODAY, elsewhere=elsewhere)
    return {one.id: (one.due_on, one.state) for one in found}


def listed(ledger: MemoryPrefix) -> dict[str, tuple[date, str]]:
    """What a table of lots makes of the rules, lot by lot."""
    rules = of_lots(ledger, ledger.law, first=FIRST, until=UNTIL, today=TODAY)
    found: dict[str, tuple[date, str]] = {}
    for lot in ledger.gone(on("1990-01-01"), on("2090-01-01")):
        for one in rules.days:
            if one.on != lot.on or lot.authorization not in one.row.authorizations:
                continue
            subject = f"{lot.party}/{one.due_on}" if one.row.together else lot.lot
            held = f"{one.row.id}@{rules.came_from.get(lot.lot)}"
            done = f"{one.row.id}@{subject}" in rules.done or held in rules.done
            late = one.due_on < TODAY
            if not (one.row.lasts and late and not done):
                state = "done" if done else "overdue" if late else "due"
                found[f"{one.row.id}@{subject}"] = (one.due_on, state)
    return found


def test_what_lots_bring_by_themselves_and_the_rest_are_all_there_is() -> None:
    ledger = life(*LOTS)
    rest, own = every(ledger, elsewhere=True), listed(ledger)
    assert not rest.keys() & own.keys()
    assert {**rest, **own} == every(ledger, elsewhere=False)
    assert own["us-ear/lpp/direct@e"][1] == "done"
    assert "us-ear/veu/report@buyer/2026-01-15" in own
    assert "us-ear/lpp/direct@gone" not in own


def test_a_reservation_that_brings_a_common_duty_keeps_it_with_the_core() -> None:
    """Its lots and those that went have one duty together."""
    pack = pack_text(
        '[[duty]]\nid = "toy/together"\ncite = "a test"\nwhat = "tell"\ntogether = true\n'
        f'authorizations = ["{LPP}"]\n'
    )
    for events, simple in (((*LOTS, adopted(pack)), False), ((LOTS[2], adopted(pack)), True)):
        ledger = life(*events)
        asked = Asked(ledger, ledger.law, FIRST, UNTIL, today=TODAY, elsewhere=True)
        assert ("toy/together" in {one.row.id for one in asked.of_lots().days}) is simple
        assert {**every(ledger, elsewhere=True), **listed(ledger)} == every(ledger, elsewhere=False)


def test_nothing_is_left_to_others_unless_they_say_so() -> None:
    ledger = life(*LOTS)
    assert not Asked(ledger, ledger.law, FIRST, UNTIL, today=TODAY).of_lots().days


def test_a_listing_ends_on_the_day_before_its_own_end_or_its_members() -> None:
    ledger = life()
    (row,) = [row for row in duty_rows(ledger.law) if row.arises == "listing"][:1]
    found = listing_ends(row, ledger.law)
    named = [
        min(listing.until, member.until)
        for pack in ledger.law.adopted
        for listing in pack.pack.listings
        if listing.id in row.listings
        for member in listing.members
    ]
    assert {day + ONE_DAY for day in found} == {until for until in named if until != OPEN_END}
    assert any(found.values())
    for day, entries in found.items():
        for listing, member in entries:
            assert min(listing.until, member.until) == day + ONE_DAY
